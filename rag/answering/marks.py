"""Which words of a quotation are marked as the answer: a row's cell, what a reader found, or quantities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from functools import cache, lru_cache
from typing import Final, NamedTuple

import regex

from rag.answering.asked_cell import BOUNDS, OF_PERSONS, TIMES, asked_cell, counted_measures, measure_stems
from rag.answering.claims import conjunctions, take_apart
from rag.answering.conditions import denies
from rag.answering.expectation import Kind, wants_yes_or_no
from rag.answering.fitness import is_of_another, says_no
from rag.answering.fitting import text_fits
from rag.answering.intervals import Interval
from rag.answering.measures import COUNTING, in_base, number_words, units, whole_words
from rag.answering.normal import UNIT_FIRST, attached, normal
from rag.answering.parallel import persons_among
from rag.answering.persons import persons
from rag.answering.polarity import negations, without_comparators
from rag.answering.quantities import CLOCK, Quantity, places
from rag.answering.question import Question
from rag.answering.reading import Answering
from rag.answering.rows import may_be_marked
from rag.answering.units import Unit
from rag.answering.wording import is_said
from rag.core.language import UNSPACED
from rag.core.text import as_whole_words, fold, is_stopword, stem, terms, tokens
from rag.core.types import BlockKind
from rag.core.words import all_words

LEAST_MARKED: Final = 0.1
"""Words that a reader thinks less likely to answer are not marked: a wrong mark misleads, none only costs a second."""

_LONGEST: Final = 6
"""Words of a quantity: "between 2 and 3 litres" has five. In scripts without spaces, characters behind a number."""
_WORD: Final = regex.compile(r"\p{N}+(?:[.,:/]\p{N}+)*|[\p{L}\p{M}\p{Cf}]+(?:/[\p{L}\p{M}]+)?|[%°$€£¥₹₺½¼¾⅓⅔]")
_NUMBERING: Final = regex.compile(r"\s*\(?\p{N}{1,3}[.)](?=\s)")
_BULLET: Final = regex.compile(r"\s*[•◦▪‣●○■□☐☑✓✔·*–—−-]\s+")
# Scripts that part words by spaces: a mark in the others may end between any two letters.
_LETTER: Final = r"(?:(?![\p{Han}\p{Thai}\p{Hiragana}\p{Katakana}])[\p{L}\p{N}]|[\p{M}\p{Cf}])"
_LETTER_AT: Final = regex.compile(_LETTER)
_REST_OF_WORD: Final = regex.compile(rf"(?:{_LETTER}|(?<=\p{{N}})[.,:](?=\p{{N}})|/(?=\p{{L}}))*")
_BEGUN_WORD: Final = regex.compile(rf"{_LETTER}*$")
_COMMAS: Final = (",", "،", "，", "、")
_FROST: Final = regex.compile(r"(?<=^|[\s(])[-−]$")
# Of "SL-200" and "COVID-19" the number is no quantity.
_NO_DOSES: Final = TIMES | {"%", "time", "°c", "°f", "visit"}
WITHOUT_HEAD: Final = 2
"""Columns that are understood without a head: a name and what is said of it."""
_CODE: Final = regex.compile(r"\p{L}[-–]$|\p{Latin}$")
_BESIDE: Final = frozenset({"", " ", ".", ". "})
"""What may stand between a unit and its number behind it: "Rs. 500"."""

Range = tuple[int, int]


class Value(NamedTuple):
    """A quantity, or a range of them, and where it stands in a text."""

    start: int
    end: int
    quantity: Quantity
    """Of a range, its upper end."""
    measured: bool
    """It has a known measure, not merely a word behind it."""


def marked(question: Question, unit: Unit, answering: Answering | None) -> list[Range]:
    """Where the answer stands in `unit.readable()`; nothing where that cannot be told.

    Of a row, the cell under a head that was asked for; else the words that a reader found, else quantities new to the
    question. Nothing is marked where the text is for another weight, age or the like than was asked about, or may be.
    """
    text, language = unit.readable(), unit.passage.document.language
    if not may_be_marked(question, unit):
        return []
    if unit.kind is BlockKind.TABLE_ROW and len(unit.head) == len(unit.cells):
        cell = asked_cell(question, unit)
        return [cell] if cell else []
    if unit.kind is BlockKind.TABLE_ROW and len(unit.cells) > WITHOUT_HEAD:
        return []
    if is_of_another(question, unit, conditional=False) or (
        denies(question.text, question.language) and not says_no(unit)
    ):
        return []
    found = values(text, language)
    amounts = question.amounts
    if text_fits(amounts, text, language) is False or _is_under_another(amounts, unit):
        return []
    dosing = Kind.DOSE in question.expected
    conditions = _conditions(amounts, unit, found)
    if answering is not None and answering.probability >= LEAST_MARKED:
        start, end = _widened(text, found, max(answering.start, _bullet_end(unit, text)), answering.end)
        if any(text_fits(amounts, part, language) is False for part in _around(text, found, start, language)):
            return []
        inside = [value for value in found if value.start < end and value.end > start]
        if dosing and inside and not (any(map(_is_dose, inside)) and _is_given(question, text, found, start, language)):
            return []  # "Never to anyone under 16 years" tells no dose
        if start >= end or (
            _asks_of_person(question, amounts) and _only_says_whom(text[start:end], inside, conditions, language)
        ):
            return []
        if _is_beside_denial(question, text, start, end, language):
            return []
        if not inside and _is_half_of_a_list(text, start, end, language):
            return []
        return [(start, end)] if all(_is_meant(question, unit, found, value, inside) for value in inside) else []
    if wants_yes_or_no(question.text, question.language):
        return []  # "only if the fever is above 38.5 °C" is no yes
    new = [value for value in found if value not in conditions and _is_new(question, text, value)]
    if dosing:
        new = [value for value in new if _is_dose(value) and _is_given(question, text, found, value.start, language)]
    new = [value for value in new if text_fits(amounts, _clause(text, found, value, language), language) is not False]
    if counted := counted_measures(question):
        new = [value for value in new if in_base(value.quantity.unit)[0] in counted]
    meant = [value for value in new if _is_meant(question, unit, found, value, [value])]
    # Hours are told together, "08:00 to 12:30"; of two doses both marked would be one too many.
    told = meant or [value for value in new if value.quantity.unit == CLOCK]
    return [_widened(text, [], value.start, value.end) for value in told]


def _is_beside_denial(question: Question, text: str, start: int, end: int, language: str) -> bool:
    """Whether marked words leave out the "not" of their sentence, where a yes or a no is asked for.

    Of "kept in the red box; they are not burned" the red box is no answer to "Can I burn them?".
    """
    if not wants_yes_or_no(question.text, question.language):
        return False
    return denies(text, language) and not denies(text[start:end], language)


def _is_under_another(amounts: Sequence[Interval], unit: Unit) -> bool:
    """Whether only its heading says that a sentence is for another age than was asked about: "Fits in children"."""
    blocks, language = unit.passage.blocks[: max(unit.block, 0)], unit.passage.document.language
    inner = [unit.passage.slice(block.span) for block in blocks if block.kind is BlockKind.HEADING]
    heading = next(reversed([*unit.passage.heading_path, *inner]), "")
    if text_fits(amounts, heading, language) is not False:
        return False
    return not text_fits(amounts, unit.readable(), language) and not persons(unit.readable(), language)


def _is_half_of_a_list(text: str, start: int, end: int, language: str) -> bool:
    """Whether marked words are a part of a list, parted from the rest by an "and" or a comma: "ice, salt and eggs"."""
    joints = [joint.span() for joint in _and(language).finditer(text)]
    before, behind = text[:start].rstrip(), end + len(text[end:]) - len(text[end:].lstrip())
    listed = before.endswith(_COMMAS) and any(start < first and last < end for first, last in joints)
    return listed or any(first == behind or last == len(before) for first, last in joints)


@cache
def _and(language: str) -> regex.Pattern[str]:
    return regex.compile(as_whole_words("|".join(conjunctions(language))), regex.IGNORECASE)


def _conditions(amounts: Sequence[Interval], unit: Unit, found: Sequence[Value]) -> set[Value]:
    """The values that say whom a sentence is for: "under 12 years", "6 to 11 months", "20 kg and more".

    A length of time is one only where persons are spoken of or asked about: records are kept "at least 10 years".
    """
    language = unit.passage.document.language
    bounded = {
        amount.quantity
        for amount in take_apart(unit.readable(), language).amounts
        if amount.edge or amount.sense in BOUNDS
    }
    kinds = {amount.kind for amount in amounts if amount.is_of_person}
    spoken_of = bool(persons_among(terms(f"{unit.lead} {unit.readable()}", language), language))
    return {
        value
        for value in found
        if value.quantity.unit in OF_PERSONS
        and value.quantity in bounded
        and (value.quantity.unit == "kg" or spoken_of or in_base(value.quantity.unit)[0] in kinds)
    }


def _asks_of_person(question: Question, amounts: Sequence[Interval]) -> bool:
    named = persons_among(question.weights, question.language)
    return bool(named) or any(amount.is_of_person for amount in amounts)


def _only_says_whom(said: str, inside: Sequence[Value], conditions: Set[Value], language: str) -> bool:
    """Whether marked words say no more than for whom something is; "not given to people over 65 years" says more."""
    if not inside or not all(value in conditions for value in inside):
        return False
    words = _content(said, language)
    return not words - persons_among(words, language)


def _bullet_end(unit: Unit, text: str) -> int:
    bullet = _BULLET.match(text) if unit.kind is BlockKind.LIST_ITEM else None
    return bullet.end() if bullet else 0


def _known(language: str) -> str:
    return "" if language == "und" else language


def _is_new(question: Question, text: str, value: Value) -> bool:
    if value.quantity.unit.endswith(COUNTING):
        return False
    asked = any(value.quantity.agrees(other) for other in question.quantities)
    counted = value.measured or stem(value.quantity.unit, question.language) in question.weights
    return counted and not asked and text[value.start : value.end] not in question.text


@lru_cache(maxsize=256)
def values(text: str, language: str) -> tuple[Value, ...]:
    """The quantities of a text as it is written, in order; the number of a list item is none.

    Args:
        text: as a person reads it, in its own spelling.
        language: of the document.
    """
    language = _known(language)
    words = list(_WORD.finditer(text))
    numbering = _NUMBERING.match(text)
    found: list[Value] = []
    for index, word in enumerate(words):
        end = found[-1].end if found else numbering.end() if numbering else 0
        begin = word.start() + attached(word[0], language)
        if begin < end or not _is_number(text[begin : word.end()], language) or _CODE.search(text[:begin]):
            continue
        behind = [other.end() for other in words[index : index + _LONGEST]]
        if language in UNSPACED:
            behind = list(range(word.end(), min(word.end() + _LONGEST, len(text)) + 1))
        previous = words[index - 1] if index else None
        joined = previous and previous.start() >= end and text[previous.end() : begin] in _BESIDE
        starts = [begin, *([previous.start()] if previous and joined else [])]
        for start in reversed(starts) if language in UNIT_FIRST else starts:
            value = next(filter(None, (_value(text, start, stop, language) for stop in reversed(behind))), None)
            if value is not None:
                found.append(value)
                break
    return tuple(found)


def _is_number(word: str, language: str) -> bool:
    known, folded = language or "en", fold(word)
    return any(map(str.isnumeric, word)) or folded in number_words(known) or folded in whole_words(known)


def _value(text: str, start: int, end: int, language: str) -> Value | None:
    """The quantity or range that the text from `start` to `end` is, and nothing beside it."""
    said = normal(text[start:end], language)
    placed = places(said, language)
    if not placed or placed[0].start or placed[-1].end != len(said) or not all(one.quantity.unit for one in placed):
        return None
    # "10 to 17 kg", "1 or 2 tablets"; not "5 mg, then 10 mg".
    shared = placed[0].edge == "low" or (placed[0].measured and said[: placed[0].end].replace(".", "").isdigit())
    likewise = said[0].isdigit() is said[placed[-1].start].isdigit()
    if len(placed) > 2 or (len(placed) == 2 and not (shared and likewise)):
        return None
    if fold(text[start:end]) in whole_words(language or "en") and placed[0].quantity.unit == "time":
        return None  # "at once" is no number of times
    measures = units(language)
    behind, before = _rates()
    if (rate := behind.match(text, end)) and fold(rate[1]) in measures:
        end = rate.end()
    if (rate := before.search(text[:start])) and fold(rate[1]) in measures:
        start = rate.start()
    return Value(start, end, placed[-1].quantity, all(one.measured for one in placed))


@cache
def _rates() -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """What makes a rate of a quantity, behind and before it, with the measure as its group, in any language."""
    per = "|".join(word for listed in all_words() for word in listed.per)
    behind = rf"\s(?:{per})\s([\p{{L}}\p{{M}}]+)(?!\s*\p{{N}})\b"
    return regex.compile(behind), regex.compile(rf"(?:^|(?<=\s))(?:{per})\s([\p{{L}}\p{{M}}]+)\s$")


def _widened(text: str, found: Sequence[Value], start: int, end: int) -> Range:
    """The range with the whole of the quantities and words that it touches: with "/kg", with vowel signs."""
    for value in found:
        if value.measured and value.start < end and value.end > start:
            start, end = min(start, value.start), max(end, value.end)
    if _LETTER_AT.match(text, start) and (begun := _BEGUN_WORD.search(text[:start])):
        start = begun.start()
    if text[start : start + 1].isnumeric() and _FROST.search(text[:start]):
        start -= 1
    if end and _LETTER_AT.match(text, end - 1) and (rest := _REST_OF_WORD.match(text, end)):
        end = rest.end()
    return start, end


def _is_meant(question: Question, unit: Unit, found: Sequence[Value], value: Value, inside: Sequence[Value]) -> bool:
    """Whether the question's words tell a value from others of its measure that stand in the same sentence.

    Of "4 g slowly into a vein and 10 g into the muscle", "muscle" tells 10 g.

    Args:
        inside: values that are marked together, none of which stands against another.
    """
    base, text = _measured(value), unit.readable()
    # "4 g of a solution, with 1 ml of another": either may be the dose.
    dosing = Kind.DOSE in question.expected and _is_dose(value)
    rivals = [
        other
        for other in found
        if other not in inside
        and other.measured
        and (_measured(other) == base or (dosing and _is_dose(other)))
        and not other.quantity.agrees(value.quantity)
        and _is_new(question, text, other)
    ]
    if not rivals or not value.measured:
        return True
    said = _told_by(question, unit, found, sorted([value, *rivals]))
    if said is None:
        return False
    own, others = said[value], [said[rival] for rival in rivals]
    return bool(own.difference(*others)) and all(other <= own for other in others)


def _is_given(question: Question, text: str, found: Sequence[Value], position: int, language: str) -> bool:
    """Whether a dose stands where nothing is denied: not in "5 mg under the tongue is no longer recommended"."""
    clause = next(text[start:end] for start, end in _clauses(text, found, language) if start <= position <= end)
    return not negations(normal(clause, language), language) or denies(question.text, question.language)


def _is_dose(value: Value) -> bool:
    """Whether it can be an amount of a medicine: no time, share or temperature."""
    return value.quantity.unit not in _NO_DOSES and value.quantity.unit != ""


def _measured(value: Value) -> str:
    """The base unit; a dose for each kilogram stands against a dose."""
    return in_base(value.quantity.unit.removesuffix("/kg"))[0]


_RIGHT_RANGE: Final = " "
"""Stands among a clause's words where a range in it holds what was asked about; no term has a space."""


def _told_by(
    question: Question, unit: Unit, found: Sequence[Value], group: Sequence[Value]
) -> dict[Value, set[str]] | None:
    """Of each value the words of the question in its clause; None where two of them share a clause.

    What stands before the first value is said of all, unless each of them has words before it: "A pack takes 30 minutes
    wrapped and 20 minutes unwrapped", but "it opens at 8:00 and closes at 17:00".
    """
    text, language = unit.readable(), unit.passage.document.language
    clauses = _clauses(text, found, language)
    own = [next(clause for clause in clauses if clause[0] <= value.start < clause[1]) for value in group]
    if len(set(own)) < len(own):
        return None
    before = [_content(text[start : value.start], language) for value, (start, _) in zip(group, own, strict=True)]
    asked = [
        term for term in question.weights if not term[0].isdigit() and term not in measure_stems(question.language)
    ]
    amounts = question.amounts
    said: dict[Value, set[str]] = {}
    for number, (value, (start, end)) in enumerate(zip(group, own, strict=True)):
        words = _content(text[value.end : end], language)
        words |= before[number] if number or all(before) else set()
        said[value] = {term for term in asked if is_said(term, frozenset(words), language)}
        if text_fits(amounts, text[start:end], language):
            said[value].add(_RIGHT_RANGE)
    return said


def _clauses(text: str, found: Sequence[Value], language: str) -> list[Range]:
    cuts = [match.span() for match in _cut(language).finditer(text)]
    cuts = [cut for cut in cuts if not any(value.start < cut[1] and cut[0] < value.end for value in found)]
    # Arabic joins its "and" to the number behind it.
    joined = [value.start - 1 for value in found if text[max(0, value.start - 2) : value.start] == " و"]
    cuts = sorted({*cuts, *((place, place + 1) for place in joined)})
    starts = [0, *(end for _, end in cuts)]
    return list(zip(starts, [*(start for start, _ in cuts), len(text)], strict=True))


def _clause(text: str, found: Sequence[Value], value: Value, language: str) -> str:
    return next(text[start:end] for start, end in _clauses(text, found, language) if start <= value.start < end)


def _around(text: str, found: Sequence[Value], position: int, language: str) -> Iterator[str]:
    """The clause at a position, and the clauses about it that no semicolon or colon parts from it."""
    clauses = _clauses(text, found, language)
    own = next(number for number, (_, end) in enumerate(clauses) if position < end or end == len(text))
    yield text[slice(*clauses[own])]
    first = last = own
    while first and not _PARTS.search(text[clauses[first - 1][1] : clauses[first][0]]):
        first -= 1
    while last + 1 < len(clauses) and not _PARTS.search(text[clauses[last][1] : clauses[last + 1][0]]):
        last += 1
    yield text[clauses[first][0] : clauses[last][1]]


_PARTS: Final = regex.compile(r"[;؛；。:：.।۔]")


@cache
def _cut(language: str) -> regex.Pattern[str]:
    """What parts clauses in a text as it is written; Arabic joins its "and" to the number behind it."""
    ands = as_whole_words("|".join(conjunctions(language)))
    return regex.compile(rf"[;؛；。:：]|[,،，](?!\p{{N}})|[.।۔](?=\s|$)|(?<=\s)و(?=\p{{N}})|{ands}", regex.IGNORECASE)


def _content(text: str, language: str) -> set[str]:
    said = without_comparators(normal(text, language), language)
    words = (said[token.start : token.end] for token in tokens(said))
    kept = {stem(word, language) for word in words if not word[0].isdigit() and not is_stopword(word, language)}
    return kept - measure_stems(language)
