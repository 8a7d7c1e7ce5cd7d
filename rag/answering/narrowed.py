"""Persons of whom a source says something, and a sentence of more: "pregnant women" told as "women"."""

from __future__ import annotations

from functools import cache
from typing import Final

import regex

from rag.answering.normal import normal
from rag.answering.persons import person_words
from rag.answering.polarity import Sense, senses
from rag.answering.wording import is_said
from rag.core.language import UNSPACED
from rag.core.text import as_whole_words, content_terms, fold, is_stopword, stem, terms
from rag.core.words import words_of

_UNSPACED: Final = UNSPACED | {"vi"}
_ADJECTIVES_FIRST: Final = frozenset({"en", "de", "nl"})
_SENTENCE_END: Final = regex.compile(r"[.;:!?।۔؟|]")
_WORD: Final = regex.compile(r"[\p{L}\p{M}\d'’-]+|[,.;:]")
_BEFORE: Final = regex.compile(r"(?:(?:^|[.,;:|]\s*)|([\p{L}\p{M}'’]+)\s+)([\p{L}\p{M}-]+)\s+$")
# A sentence that begins "Refer patients ..." has no adjective before them, one that begins "Diabetic patients" has.
_ADJECTIVE: Final = regex.compile(r"(?:ic|al|ant|ent|ed|ing|ive|ous|ary|less|ful)$")


def widened_persons(claim: str, language: str, source: str, source_language: str) -> str:
    """The persons of the source, as written there, of whom the claim drops which ones are meant; "" if none."""
    pattern = _persons(source_language)
    if pattern is None or language != source_language:
        return ""
    said, own = frozenset(terms(claim, language)), normal(source, source_language)
    # "Staff who believe that a rule was broken": "if a rule was broken".
    conditional = any(term.sense is Sense.IF for term in senses(normal(claim, language), language))
    groups = frozenset(map(fold, words_of(language).groups))
    for match in pattern.finditer(own):
        if stem(match[0], language) not in said or (match[0] in groups and conditional):
            continue
        for narrowing, written in (_before(own, match, language), _behind(own, match, language)):
            if narrowing and not any(is_said(term, said, language) for term in narrowing):
                return written
    return ""


def _before(text: str, match: regex.Match[str], language: str) -> tuple[list[str], str]:
    """The adjective before a person (English only), as terms and with the person as it is written."""
    found = _BEFORE.search(text, 0, match.start()) if language == "en" else None
    if found is None or is_stopword(found[2], language):
        return [], ""
    begins = found[1] is None
    linked = not begins and (is_stopword(found[1], language) or found[1] in words_of(language).extents["all"])
    if not linked and not (begins and _ADJECTIVE.search(found[2])):
        return [], ""
    return content_terms(found[2], language), f"{found[2]} {match[0]}"


def _behind(text: str, match: regex.Match[str], language: str) -> tuple[list[str], str]:
    """What is said of a person by "who ..." or "with ..." behind it."""
    found = _restricting(language).match(text, match.end())
    if found is None:
        return [], ""
    sentence = _SENTENCE_END.split(text[found.end() :])[0]
    if any(fold(word) in sentence.split() for word in words_of(language).alternatives):
        # "With an earlier caesarean, twins or a height below 145 cm": one of them is enough.
        narrowing = content_terms(sentence, language)
    else:
        narrowing = _first(sentence, language)
    return narrowing, f"{match[0]} {found[0].strip()} {' '.join(sentence.split()[:SHOWN])}"


def _first(text: str, language: str) -> list[str]:
    """The first content word, and the one right behind it where adjectives come first: "known allergy"."""
    found: list[str] = []
    most = SHOWN if language in _ADJECTIVES_FIRST else 1
    for word in _WORD.findall(text):
        if not word[0].isalnum() or is_stopword(word, language):
            if found:
                break
            continue
        found += content_terms(word, language)[:1]
        if len(found) == most:
            break
    return found


SHOWN: Final = 2
"""Words of what is behind a person that tell whether a sentence says it, and that are shown."""


@cache
def _persons(language: str) -> regex.Pattern[str] | None:
    words = [*person_words(language), *words_of(language).persons.get("anybody", ()), *words_of(language).groups]
    if not words or language in _UNSPACED or not words_of(language).restricting:
        return None
    return regex.compile(as_whole_words("|".join(regex.escape(fold(word)) + "s?" for word in words)))


@cache
def _restricting(language: str) -> regex.Pattern[str]:
    words = "|".join(regex.escape(fold(word)) for word in words_of(language).restricting)
    return regex.compile(rf"\s+(?:{words})(?![\p{{L}}\p{{M}}])")
