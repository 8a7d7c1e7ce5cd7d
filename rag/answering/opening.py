"""What a model writes around a statement, "According to the handbook, ...", "Yes, ...", "(handbook.pdf, page 3)", and
in the place of one: that the documents do not say, "I hope this helps!"."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cache
from pathlib import PurePath
from typing import Final, NamedTuple

import regex

from rag.core.text import as_whole_words, fold, tokens
from rag.core.types import Passage, Sentence
from rag.core.words import all_words, words_of

_ALWAYS: Final = "en"
"""Models fall back into it, whatever the language of the question."""
_ENDS: Final = " .,:;!¡?¿…।۔؟*_-–—"
_BARE: Final = regex.compile(r"[^\p{L}\p{M}]+")
# "Answer: ...", "The correct answer is that ...": what small models put before a sentence.
_LABEL: Final = regex.compile(
    r"^\s*(?:(?:\d{1,2}[.)]|[-*•])\s+)?(?:the (?:correct )?answer(?: to (?:this|the) question)? is(?:\s*:| that)?\s"
    r"|(?:answer|sentence|premise|step|note|réponse|respuesta|antwort|jibu|उत्तर|جواب|الجواب)(?: \d{1,2})?\s*:)\s*",
    regex.IGNORECASE,
)


class Affirmed(NamedTuple):
    """A statement that began with "Yes, ..." or "No, ..."."""

    text: str
    """What follows it."""
    affirmed: bool


def without_introduction(text: str, language: str) -> str:
    """The sentence without what introduces it; as it is where nothing is left then."""
    plain = _LABEL.sub("", text)
    for pattern in filter(None, (_introduction(language), _introduction(_ALWAYS))):
        plain = pattern.sub("", plain)
    return plain if any(map(str.isalnum, plain)) else text


def without_source(text: str, passages: Sequence[Passage]) -> str:
    """The sentence without the brackets in which it names a passage as its source: "(handbook.pdf, page 3)".

    Brackets stay that hold anything else, or another page than the passage's.
    """
    return _BRACKETS.sub(lambda match: "" if _names_source(match[1], passages) else match[0], text)


def _names_source(inside: str, passages: Sequence[Passage]) -> bool:
    said = _words(inside)
    labels, pages = _labels()
    for passage in passages:
        document = passage.document
        names = [_words(PurePath(document.name).stem), _words(document.title)]
        around = _words(" ".join((document.name, document.title, *passage.heading_path)))
        places = {str(passage.page), passage.key.strip("[]")}
        named = any(name and name <= said for name in names) or not said.isdisjoint(labels)
        if named and said - labels - pages <= around | places:
            return True
    return False


_BRACKETS: Final = regex.compile(r"\s*[(\[]([^()\[\]\n]{1,200})[)\]]")


def _words(text: str) -> Set[str]:
    return {token.text for token in tokens(text)}


@cache
def _labels() -> tuple[frozenset[str], frozenset[str]]:
    listed = list(all_words())
    citing = frozenset(fold(word) for words in listed for word in words.citing)
    return citing, frozenset(fold(word) for words in listed for word in words.paging)


def affirmed(text: str, language: str) -> Affirmed | None:
    """The statement behind a "Yes, ..." or "No, ..."; None where none begins so."""
    for known in dict.fromkeys((language, _ALWAYS)):
        if (pattern := _answering(known)) and (match := pattern.match(text)):
            return Affirmed(text[match.end() :], match["yes"] is not None)
    return None


def is_bare(text: str) -> bool:
    """Whether it is no more than a "Yes." or "No", which say nothing without the question."""
    return " ".join(_BARE.sub(" ", fold(text)).split()) in _bare_words()


def is_pleasantry(text: str) -> bool:
    """Whether a sentence is only polite, "I hope this helps!", and says nothing that a document could have."""
    return _polite().fullmatch(" ".join(fold(text).strip(_ENDS).split())) is not None


def says_nothing(text: str, language: str) -> bool:
    """Whether a sentence says, in words of its own, that the documents do not say."""
    folded = fold(text)
    return any(
        pattern.search(folded) for known in dict.fromkeys((language, _ALWAYS)) if (pattern := _saying_nothing(known))
    )


def finds_nothing(sentences: Sequence[Sentence], language: str) -> bool:
    """Whether an answer begins by saying that the documents do not say, and nothing behind it holds."""
    return says_nothing(sentences[0].text, language) and not any(sentence.supported for sentence in sentences)


@cache
def _polite() -> regex.Pattern[str]:
    """Of all languages: what is polite in one says nothing in another."""
    return regex.compile("|".join(f"(?:{pattern})" for words in all_words() for pattern in words.pleasantries))


@cache
def _introduction(language: str) -> regex.Pattern[str] | None:
    patterns = words_of(language).introductions
    found = "|".join(patterns)
    return regex.compile(rf"^\s*(?:{found})(?![\p{{L}}\p{{M}}])[\s,:،]*", regex.IGNORECASE) if patterns else None


@cache
def _answering(language: str) -> regex.Pattern[str] | None:
    words = words_of(language)
    if not words.yes or not words.no:
        return None
    yes, no = ("|".join(sorted(map(regex.escape, listed), key=len, reverse=True)) for listed in (words.yes, words.no))
    # Arabic and Urdu deny a sentence with the same word: only a mark behind it makes it an answer.
    return regex.compile(rf"^\W*(?:(?P<yes>{yes})|(?:{no}))\s*[,.!;:،。，！۔।–—][\s*]*(?=[^\s*])", regex.IGNORECASE)


@cache
def _bare_words() -> frozenset[str]:
    return frozenset(fold(word) for words in all_words() for word in (*words.yes, *words.no))


@cache
def _saying_nothing(language: str) -> regex.Pattern[str] | None:
    patterns = words_of(language).says_nothing
    return regex.compile(as_whole_words("|".join(map(fold, patterns)))) if patterns else None
