"""What limits a statement of a source and is left out of a sentence: "severe" pneumonia, "in an emergency, ...", "on
Saturdays", the battery "of the lamp", "40 % of" the members; and doses by the time of day, "1-0-1"."""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import cache
from typing import Final

import regex

from rag.answering.claims import Statement, clauses_of, take_apart
from rag.answering.measures import spellings
from rag.answering.normal import normal
from rag.answering.wording import is_said, said_something
from rag.core.language import UNSPACED
from rag.core.text import content_terms, fold, is_stopword, stem, terms
from rag.core.words import words_of

REACH: Final = 2
"""Words from a qualifier within which what it qualifies stands: "severe bacterial pneumonia"."""
LONGEST_FRAME: Final = 8
"""Words of what a sentence begins with and a comma parts from it, "In severe pneumonia, ..."."""
SHORTEST_FRAME: Final = 5
"""Words within which a qualifier makes one of what no comma parts: "For chronic pain the dose is ..."."""

_WORD: Final = regex.compile(r"[\p{L}\p{M}\d'’-]+|[.,;:()|]")
_SENTENCES: Final = regex.compile(r"[.;:!?।۔؟](?=\s|$)")
# Doses in the morning, at noon, in the evening and at night.
_SCHEDULE: Final = regex.compile(r"(?<![\d/.,-])[\d½](?: ?[-+–] ?[\d½]){2,3}(?![\d/-]|[.,]\d)")


def left_unqualified(claim: str, source: str, language: str, *, row: bool) -> str:
    """What limits the source's statement and is not in the claim, as it is written; "" where nothing is.

    Args:
        claim: a sentence.
        source: the span it is held against, in the same language.
        row: it is a row of a table, whose cells limit nothing but by their qualifiers.
    """
    if language in UNSPACED:
        return ""
    said, own = frozenset(terms(claim, language)), normal(source, language)
    if found := _qualifier(said, take_apart(claim, language), source, language):
        return found
    if row:
        return ""
    return _frame(said, own, language) or _day(said, claim, source, language) or _part(claim, said, own, language)


def other_schedule(claim: str, source: str) -> str:
    """A dose by the time of day, "1-1-1", that the claim has and the source has not; "" where there is none."""
    ours, theirs = ([_plain(match[0]) for match in _SCHEDULE.finditer(text)] for text in (claim, source))
    return next((one for one in ours if one not in theirs), "")


def _plain(schedule: str) -> str:
    return regex.sub(r" ?[-+–] ?", "-", schedule)


def _qualifier(said: frozenset[str], stated: Statement, source: str, language: str) -> str:
    """A qualifier left out of what the claim speaks of, with what it qualifies, unless it is also told without it."""
    listed = _qualifying(language)
    left: dict[str, str] = {}
    told = set[str]()
    for clause in clauses_of(source, language) if listed else ():
        amounts = take_apart(clause, language).amounts
        meant = not amounts or any(a.quantity.agrees(b.quantity) for a in amounts for b in stated.amounts)
        words = _WORD.findall(clause)
        for place, word in enumerate(words):
            noun = stem(word, language)
            if word in listed or is_stopword(word, language) or not is_said(noun, said, language):
                continue
            beside = [other for other in _beside(words, place, language) if other in listed]
            missing = [other for other in beside if not _has(said, other, language)]
            if not missing:
                told.add(noun)
            elif meant:
                left.setdefault(noun, f"{missing[0]} {word}" if language in _BEFORE else f"{word} {missing[0]}")
    return next((written for noun, written in left.items() if noun not in told), "")


def _has(said: frozenset[str], word: str, language: str) -> bool:
    return all(is_said(term, said, language) for term in terms(word, language))


_BEFORE: Final = frozenset({"en", "de", "nl", "hi", "ur", "tr", "ru", "el"})
"""Languages whose adjectives stand before what they belong to; in the others on either side."""


def _beside(words: list[str], place: int, language: str) -> Iterator[str]:
    """The words beside one that may qualify it: no mark and no function word between them."""
    runs = [words[max(0, place - REACH) : place][::-1]]
    if language not in _BEFORE:
        runs.append(words[place + 1 : place + 1 + REACH])
    for run in runs:
        for word in run:
            if not word[0].isalnum() or is_stopword(word, language):
                break
            yield word


@cache
def _qualifying(language: str) -> frozenset[str]:
    """The words, not their stems: what is infected is no infection."""
    words = frozenset(map(fold, words_of(language).qualifying))
    return words | {f"{word}s" for word in words}


def _frame(said: frozenset[str], source: str, language: str) -> str:
    """What a sentence of the source begins with, "for chronic pain", of which the claim has no word."""
    pattern = _framing(language)
    for sentence in _SENTENCES.split(source) if pattern else ():
        frame, rest = _parted(sentence.strip(), language)
        if not pattern or not rest or not pattern.match(frame):
            continue
        own, told = said_something(content_terms(frame, language), language), frozenset(terms(rest, language))
        repeated = [term for term in said if is_said(term, told, language)]
        if own and 2 * len(repeated) >= len(said) and not any(is_said(term, said, language) for term in own):
            return frame
    return ""


def _parted(sentence: str, language: str) -> tuple[str, str]:
    """What a sentence begins with before its first comma, or its first qualifier and what that belongs to, and the
    rest; that is "" where it begins with neither."""
    frame, _, rest = sentence.partition(",")
    if len(frame.split()) <= LONGEST_FRAME:
        return frame, rest
    words, listed = sentence.split(), _qualifying(language)
    place = next((place for place, word in enumerate(words[:SHORTEST_FRAME]) if word in listed), None)
    if place is None:
        return frame, ""
    end = place + (2 if language in _BEFORE else 1)
    return " ".join(words[:end]), " ".join(words[end:])


@cache
def _framing(language: str) -> regex.Pattern[str] | None:
    words = words_of(language).framing
    return regex.compile(rf"(?:{'|'.join(map(fold, words))})(?![\p{{L}}\p{{M}}])") if words else None


def _day(said: frozenset[str], claim: str, source: str, language: str) -> str:
    """The day of the week on which the source says what the claim says without a day."""
    days = {stem(fold(word), language) for word in words_of(language).weekdays}
    if not days or not days.isdisjoint(said):
        return ""
    stated = take_apart(claim, language)
    for clause in clauses_of(source, language):
        found = [word for word in _WORD.findall(clause) if stem(word, language) in days]
        amounts = take_apart(clause, language).amounts
        shared = said & frozenset(terms(clause, language))
        meant = any(a.quantity.agrees(b.quantity) for a in amounts for b in stated.amounts)
        if found and (meant or 2 * len(shared) >= len(said)):
            return str(found[0])
    return ""


def _part(claim: str, said: Set[str], source: str, language: str) -> str:
    """The part that the source speaks of, "the battery of the lamp", where the claim speaks of the whole; or the share
    of it, "40 % of the members"."""
    pattern = _of_whole(language)
    spoken_of = said_something(content_terms(claim, language), language)[:1]
    if pattern is None or not spoken_of:
        return ""
    percent = spellings("%", language) | {"%"}
    for sentence in _SENTENCES.split(source):
        for match in pattern.finditer(sentence.strip()):
            part, whole = stem(match["part"], language), stem(match["whole"], language)
            share = match["part"] in percent and "%" not in claim and percent.isdisjoint(said)
            begins = match.start() == 0 and whole in spoken_of and not match["part"].isdigit()
            if is_said(whole, frozenset(said), language) and (
                share or (begins and match["part"] not in percent and not is_said(part, frozenset(said), language))
            ):
                return match[0]
    return ""


@cache
def _of_whole(language: str) -> regex.Pattern[str] | None:
    words = "|".join(map(fold, words_of(language).of_whole))
    if not words:
        return None
    return regex.compile(
        rf"(?:[\p{{L}}]{{1,3}} )?(?P<part>[\p{{L}}\p{{M}}]+|%) (?:{words})(?P<whole>(?<=[ '’])[\p{{L}}\p{{M}}]+)"
    )
