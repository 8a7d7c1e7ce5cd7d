"""A statement taken apart: its quantities with their comparators and clause, its negations, its turning words."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import regex

from rag.answering.measures import in_base, period_of
from rag.answering.normal import normal
from rag.answering.polarity import POSTPOSITIONAL, Sense, Term, is_negation, negations, senses, without
from rag.answering.quantities import Placed, Quantity, places
from rag.answering.wording import joined
from rag.core.language import UNSPACED
from rag.core.text import as_whole_words, content_terms, fold, stem, terms
from rag.core.words import List, all_words, words_of

REACH: Final = 3
"""Words that may stand between a comparator and its number: "below a temperature of 38 °C"."""
NEAR: Final = 2
"""Content words beside "before", "only" and the like that they are bound to."""
BESIDE: Final = 120
"""Characters before and behind a negation in which the word that it denies is looked for."""

_LIMITS: Final = frozenset({Sense.WITHIN, Sense.AT_MOST})
_TIME_BASES: Final = frozenset({"s", "month"})
"""Units, see `measures.in_base`, of lengths of time."""
# "every morning by two people" says nothing of two.
_REACHES: Final = {Sense.EVERY: 0, Sense.BEFORE: 1, Sense.AFTER: 1, Sense.LASTING: 2}
_WORD: Final = regex.compile(r"[\p{L}\p{M}\d]+")
_CONCORD: Final = frozenset({"fr", "es", "it", "pt", "ro", "ru", "el"})
"""Languages in which a denied verb takes further negations along."""
_OF_VERBS: Final = frozenset({"ne", "n", "no", "non", "nao", "nu", "не", "δεν", "μη", "μην"})
_NOR: Final = frozenset({"ni", "nem", "nici", "ни", "ουτε"})
_CLAUSE_END: Final = regex.compile(r"[.;:,!?،؛؟。，；۔।]")
# "Patients with a positive test and no danger sign get ...": it denies the thing that it stands by, and no more.
_WITH_NO: Final = regex.compile(r"\bwith (?:[\p{L}\p{M}\d-]+ ){0,6}?(no [\p{L}\p{M}\d-]+ (?:signs?|symptoms?))\b")


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity as it is said: with its comparator, and the content terms of its clause."""

    quantity: Quantity
    measured: bool
    sense: Sense | None
    edge: str
    near: frozenset[str]
    written: str
    """As it stands in the text, folded, its comparator included."""
    personal: bool = False
    """It is said to be somebody's age or weight: "a child of 12 kg", "a six-year-old"."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A "before", "only" or "unless" that stands by words and not by a number."""

    sense: Sense
    near: tuple[str, ...]
    written: str
    event: bool
    """It names the event that a time counts from, as "of" does: "within 7 days after returning"."""
    beyond: frozenset[str]
    """Terms of the sentence that it does not reach: what follows it behind a comma, unless it begins the sentence."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A text taken apart."""

    amounts: tuple[Amount, ...]
    turns: tuple[Turn, ...]
    negated: bool
    unnegated_terms: frozenset[str]
    """Terms of the parts that no negation reaches; all where nothing is negated."""
    negated_terms: frozenset[str]
    denied_terms: frozenset[str]
    """Those of `negated_terms` that no comma parts from the negation: surely meant by it."""
    denied_words: frozenset[str]
    """Of each negation the term right behind it, else right before it: what it denies first of all."""
    listed_words: frozenset[str]
    """Terms that an "or" or "and" joins to what is denied."""
    rates: frozenset[str]
    """Periods that stand without a number: the day of "twice a day"."""
    compound: bool
    """It has several clauses."""
    flipped: bool
    """The only negation stands before a comparator: "does not last more than 4 hours"."""


@lru_cache(maxsize=2048)
def take_apart(text: str, language: str) -> Statement:
    """Read `text` as a statement in `language`."""
    said = joined(normal(text, language), language)
    terms = senses(said, language)
    placed, bound = _compared(said, terms, language)
    used = {term.start for term in bound if term}
    clauses = _clauses(said, placed, terms, language)
    amounts = tuple(
        Amount(
            found.quantity,
            found.measured,
            _sense(said, term),
            found.edge,
            _near(said, found, clauses, language),
            _written(said, found, term),
            _personal(said, found),
        )
        for found, term in zip(placed, bound, strict=True)
    )
    ends = {
        found.end
        for found, term in zip(placed, bound, strict=True)
        if term and term.sense in _LIMITS and in_base(found.quantity.unit)[0] in _TIME_BASES
    }
    turns = tuple(
        _turn(said, term, language, ends)
        for term in terms
        if term.start not in used and term.sense is not Sense.LASTING
    )
    denied = negations(said, language)
    over = [term.start for term in terms if term.start in used and term.sense in (Sense.ABOVE, Sense.BELOW)]
    flipped = (
        len(denied) == 1
        and len(over) == 1
        and denied[-1] < over[0]
        and not regex.search(r"[.;:,]", said[denied[-1] : over[0]])
    )
    scopes = _scopes(said, denied, language)
    rates = _rates(said, placed, language)
    compound = sum(bool(_WORD.search(said[start:end])) for start, end in clauses) > 1
    first = _denied_words(said, denied, language)
    return Statement(
        amounts, turns, bool(denied), *scopes, first, _listed_words(said, first, language), rates, compound, flipped
    )


def _denied_words(said: str, denied: list[int], language: str) -> frozenset[str]:
    """Of each negation the content term that stands next to it in its clause: behind it, else before it.

    Of "no se da nunca" and "ne donne pas" the second word denies nothing more.
    """
    found = set[str]()
    for position in denied:
        word = None if language in UNSPACED else _WORD.match(said, position)
        end = word.end() if word else position + 1
        behind = _CLAUSE_END.split(said[end : end + BESIDE])[0]
        before = _CLAUSE_END.split(said[max(0, position - BESIDE) : position])[-1]
        again = word and word[0] not in _OF_VERBS | _NOR | without()
        if language in _CONCORD and again and not _OF_VERBS.isdisjoint(_WORD.findall(before)):
            continue
        beside = (*content_terms(behind, language), *reversed(content_terms(before, language)))
        found.update([term for term in beside if not is_negation(term, language)][:1])
    return frozenset(found)


def _listed_words(said: str, denied: Set[str], language: str) -> frozenset[str]:
    """Terms right behind an "or", or behind an "and" that joins them to what is denied: "not opened and moved"."""
    ors, ands = ({fold(word) for word in words} for words in (words_of(language).alternatives, conjunctions(language)))
    words = [word[0] for word in _WORD.finditer(said)]
    triples = zip(["", "", *words], ["", *words], words, strict=False)
    return frozenset(
        stem(word, language)
        for two, one, word in triples
        if not ors.isdisjoint((one, two)) or (one in ands and stem(two, language) in denied)
    )


def compared(said: str, language: str) -> list[tuple[Placed, Term | None]]:
    """The quantities of normal text in order, each with the comparator that belongs to it."""
    placed, bound = _compared(said, senses(said, language), language)
    return list(zip(placed, bound, strict=True))


def _compared(said: str, terms: list[Term], language: str) -> tuple[list[Placed], list[Term | None]]:
    placed = places(said, language)
    return placed, [_comparator(said, quantity, terms, placed) for quantity in placed]


def _sense(text: str, term: Term | None) -> Sense | None:
    """ "Can be returned for 30 days" says within which time."""
    open_period = term and term.sense is Sense.LASTING and _PERMITTED.search(text[: term.start])
    return Sense.WITHIN if open_period else term.sense if term else None


_PERMITTED: Final = regex.compile(
    r"\b(?:can|may|could) be (?:\w+ )?(?:used|returned|exchanged|cancelled|changed|claimed|refunded|filed|collected)"
    r"\b[^.;:,]*$|\b(?:is|are) (?:accepted|refunded|exchanged)\b[^.;:,]*$"
)


def _written(text: str, placed: Placed, term: Term | None) -> str:
    start, end = (min(placed.start, term.start), max(placed.end, term.end)) if term else (placed.start, placed.end)
    return text[start:end].strip()


def _personal(text: str, placed: Placed) -> bool:
    before, after = text[max(0, placed.start - 30) : placed.start], text[placed.end : placed.end + 10]
    return bool(_OF_SOMEBODY.search(before) or _OLD.match(after))


_OF_SOMEBODY: Final = regex.compile(
    r"\b(?:(?:child|baby|infant|patient|person|adult|girl|boy|woman|man|weight|age) of|(?:weight|age) is|aged?"
    r"|weigh(?:s|ing|ed)?) $"
)
_OLD: Final = regex.compile(r"[\s-]old\b")


def _comparator(text: str, placed: Placed, terms: list[Term], others: list[Placed]) -> Term | None:
    """The comparator that belongs to a quantity: the nearest before it, or one behind that closes it."""
    best: tuple[int, Term] | None = None
    for term in terms:
        if term.sense in (Sense.ONLY, Sense.EXCEPT, Sense.IF):
            continue
        if term.sense is Sense.LASTING and in_base(placed.quantity.unit)[0] not in _TIME_BASES:
            continue
        if term.end <= placed.start and not term.trailing:
            gap, reach = text[term.end : placed.start], _REACHES.get(term.sense, REACH)
        elif term.start >= placed.end and (term.trailing or term.sense in (Sense.AT_MOST, Sense.AT_LEAST)):
            gap, reach = text[placed.end : term.start], 1 if term.trailing else 0
            if not term.trailing and any(0 <= other.start - term.end <= 2 for other in others):
                continue
        else:
            continue
        words = len(_WORD.findall(gap))
        # "under running water for 15 minutes" is not under 15 minutes.
        if words > reach or regex.search(r"[.;:,()\d]|\bfor\b", gap):
            continue
        if best is None or words < best[0]:
            best = (words, term)
    return best[1] if best else None


def clauses_of(text: str, language: str) -> list[str]:
    """The parts of a text between commas, semicolons, full stops and "and"; in normal spelling."""
    return [part for part in _cut(language).split(normal(text, language)) if _WORD.search(part)]


def clause_with(wanted: Set[str], text: str, language: str) -> str:
    """The part of a text, between semicolons, full stops and "and", that has all wanted terms alone; else the text."""
    said = normal(text, language)
    parts = [part for part in _halves(language).split(said) if _WORD.search(part)]
    return next((part for part in parts if len(parts) > 1 and wanted <= set(terms(part, language))), text)


@cache
def _halves(language: str) -> regex.Pattern[str]:
    return regex.compile(rf"[;؛；]|[.।۔](?=\s|$)|{_ands(language)}")


def conjunctions(language: str) -> List:
    """What parts clauses, as it is written; "and" where a language has none listed."""
    return words_of(language).conjunctions or ("and",)


def _ands(language: str) -> str:
    return as_whole_words("|".join(map(fold, conjunctions(language))))


@cache
def _cut(language: str) -> regex.Pattern[str]:
    return regex.compile(rf"[;,،؛。，；]|[.।۔](?=\s|$)|{_ands(language)}")


def _clauses(text: str, placed: list[Placed], terms: list[Term], language: str) -> list[tuple[int, int]]:
    """Ranges between commas, semicolons and "and"; one inside a range of numbers or "20 kg and more" parts nothing."""
    ends = [(one.end, other.start) for one, other in pairwise(placed) if one.edge == "low"]
    cuts = [
        match.span()
        for match in _cut(language).finditer(text)
        if not any(a <= match.start() < b for a, b in ends)
        and not any(found.start < match.start() < found.end for found in placed)
        and not any(term.start <= match.start() < term.end for term in terms)
    ]
    starts = [0, *(end for _, end in cuts)]
    return list(zip(starts, [*(start for start, _ in cuts), len(text)], strict=True))


def _near(text: str, placed: Placed, clauses: list[tuple[int, int]], language: str) -> frozenset[str]:
    """The content terms of the quantity's clause; a clause of the bare number takes the one before it too."""
    index = next(i for i, (start, end) in enumerate(clauses) if start <= placed.start < end or end == len(text))
    found: frozenset[str] = frozenset()
    while index >= 0 and not found:
        start, end = clauses[index]
        clause = text[start:end].strip()
        found = _words(regex.sub(r"^و(?=\p{L}{3})", "", clause) if language == "ar" else clause, language)
        index -= 1
    return found


def _words(text: str, language: str) -> frozenset[str]:
    return (
        frozenset(term for term in content_terms(text, language) if not term[0].isdigit())
        if text.strip()
        else frozenset()
    )


def _rates(text: str, placed: list[Placed], language: str) -> frozenset[str]:
    return frozenset(
        period
        for word in _WORD.finditer(text)
        # "every other day" is no rate of a day.
        if not _ALTERNATE.search(text, max(0, word.start() - 12), word.start())
        if (period := period_of(word[0], language)) and not any(q.start <= word.start() < q.end for q in placed)
    )


_ALTERNATE: Final = regex.compile(r"\b(?:other|second|third|alternate) $")


def _turn(text: str, term: Term, language: str, limits: Set[int]) -> Turn:
    before, after = text[: term.start], text[term.end :]
    if term.trailing or language in POSTPOSITIONAL:
        words = content_terms(regex.split(r"[.;]", before)[-1], language)[::-1]
    else:
        words = content_terms(regex.split(r"[.;]", after)[0], language)
    begins = not _WORD.search(regex.split(r"[.;:!?]\s", before)[-1])
    behind = regex.split(r"[,;.]", after, maxsplit=1)[1:]
    beyond = frozenset[str]() if begins or language in POSTPOSITIONAL or not behind else _words(behind[0], language)
    if term.sense is Sense.EXCEPT and behind and before.rstrip().endswith(","):
        # "All drivers, except those with a note, work on Sundays": what follows is said of the same.
        following = _WORD.search(behind[0])
        opens = following is not None and following[0] in map(fold, conjunctions(language))
        beyond = beyond if opens else frozenset()
    event = term.sense is Sense.AFTER and term.start - 1 in limits
    return Turn(term.sense, tuple(words[:NEAR]), text[term.start : term.end], event, beyond)


class _Scopes(NamedTuple):
    free: frozenset[str]
    """Terms that no negation reaches."""
    reached: frozenset[str]
    near: frozenset[str]
    """Of those reached the ones that no comma parts from it."""


def _scopes(text: str, denied: list[int], language: str) -> _Scopes:
    """How far negations reach.

    A negation reaches from the "and" or comma before it to the end of its sentence or a "but", "without" from where it
    stands; in languages that put the verb last, the whole sentence.
    """
    reached, near, free = set[str](), set[str](), set[str]()
    offset = 0
    for part in regex.split(r"([.;:!?。।۔؟](?=\s|$)|[。；])", text):
        inside = [position - offset for position in denied if offset <= position < offset + len(part)]
        if inside:
            start, end = _reach(part, inside, language)
            reached |= _words(part[start:end], language)
            free |= _words(part[:start], language) | _words(part[end:], language)
            comma = None if language in POSTPOSITIONAL else regex.search(r"[,،]", part[inside[-1] : end])
            near |= _words(part[start : inside[-1] + comma.start() if comma else end], language)
        else:
            free |= _words(part, language)
        offset += len(part)
    return _Scopes(frozenset(free), frozenset(reached), frozenset(near))


@cache
def _but() -> frozenset[str]:
    """The folded words of all languages that end the reach of a negation."""
    return frozenset(fold(word) for listed in all_words() for word in listed.but)


def _reach(part: str, inside: list[int], language: str) -> tuple[int, int]:
    start, end = 0, len(part)
    if language not in POSTPOSITIONAL:
        ands = {fold(word) for word in conjunctions(language)}
        for word in _WORD.finditer(part):
            if word.start() < inside[0] and word[0] in ands:
                start = word.end()
        first = _WORD.match(part, inside[0])
        commas = [match.end() for match in regex.finditer(r"[,،]\s", part[: inside[0]])]
        if commas and commas[-1] > start and _words(part[commas[-1] : inside[0]], language):
            # "Nursing mothers may take it, pregnant women must not."
            start = commas[-1]
        if regex.search(r"[,،]\s*$", part[: inside[0]]) or (first and first[0] in without()):
            start = inside[0]
    if language == "en" and len(inside) == 1 and (beside := _WITH_NO.search(part)) and beside.start(1) == inside[0]:
        return beside.span(1)
    for word in _WORD.finditer(part, inside[-1]):
        if word[0] in _but():
            end = word.start()
            break
    return start, end
