"""All that depends on script and language: folding, tokens with offsets, index terms, sentences, language.

Index terms are stems of folded tokens. A question in a language that was told wrongly is stemmed wrongly, so an index
keeps the folded words themselves beside the stems (see `rag.store.keywords`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import regex

from rag.core.folding import Token, as_typed, fold, tokens
from rag.core.language import LANGUAGES, detect_language, is_right_to_left, is_stopword, stem, without_stop_phrases
from rag.core.sentence import each_sentence, sentences

__all__ = [
    "LANGUAGES",
    "QUESTION_MARKS",
    "Token",
    "as_typed",
    "as_whole_words",
    "content_terms",
    "content_words",
    "detect_language",
    "each_sentence",
    "fold",
    "is_right_to_left",
    "is_stopword",
    "sentences",
    "stem",
    "terms",
    "tokens",
    "without_numbering",
]


QUESTION_MARKS: Final = ("?", "؟", "？")
_NUMBERING: Final = regex.compile(r"^\s*\d{1,3}(?:\.\d{1,3})*[.):]?\s+(?=\p{L})")
REMEMBERED_TEXTS: Final = 2048
"""Texts whose terms are kept, a few megabytes: an answer's sentences are all compared with the same units."""


def without_numbering(heading: str) -> str:
    """A heading without its number: "Repairs" for "4.7 Repairs"."""
    return _NUMBERING.sub("", heading)


def as_whole_words(alternatives: str) -> str:
    """A pattern of what `alternatives` finds as whole words: to "\\b" Hindi's vowel signs are the end of a word.

    Args:
        alternatives: patterns of the module regex, parted by "|".
    """
    return rf"(?<![\p{{L}}\p{{M}}])(?:{alternatives})(?![\p{{L}}\p{{M}}])"


def terms(text: str, language: str) -> list[str]:
    """The index terms of `text` in order, with repeats: the stem of each token. Recent texts are remembered."""
    return list(_terms(text, language))


@lru_cache(maxsize=REMEMBERED_TEXTS)
def _terms(text: str, language: str) -> tuple[str, ...]:
    return tuple(stem(token.text, language) for token in tokens(text))


def content_words(text: str, language: str) -> list[str]:
    """The folded words of `text`, distinct, in order, without stop words; all words when all are stop words."""
    found = tokens(without_stop_phrases(text, language))
    kept = [token.text for token in found if not is_stopword(text[token.start : token.end], language)]
    return list(dict.fromkeys(kept or (token.text for token in tokens(text))))


def content_terms(text: str, language: str) -> list[str]:
    """The index terms of `text`, distinct, in order, without stop words and question words.

    Never empties a question: when every word is a stop word, all terms are given.
    """
    return list(dict.fromkeys(stem(word, language) for word in content_words(text, language)))
