"""Answering without a model: the sentences, list items or table rows that answer, quoted and cited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise, zip_longest
from typing import Final, NamedTuple

from rag.answering.conditions import denies, is_limitation
from rag.answering.evidence import Question, RankedUnit
from rag.answering.expectation import Kind
from rag.answering.fitting import fits
from rag.answering.marks import WITHOUT_HEAD, Range, marked
from rag.answering.noted import noted_by, notes_below
from rag.answering.polarity import is_negation, negations
from rag.answering.quantities import normal, quantities
from rag.answering.reading import Answering
from rag.answering.rows import asked_rows
from rag.answering.units import COLONS, Unit, cut, other_halves
from rag.core.messages import messages
from rag.core.text import content_terms, fold, terms, tokens
from rag.core.types import BlockKind, Citation, Sentence, Span, Support
from rag.core.words import words_of

_HEADINGS: Final = frozenset({BlockKind.HEADING, BlockKind.TITLE})
MAX_SOURCES: Final = 3
"""Separate places that one answer quotes."""
MAX_ITEMS: Final = 12
"""List items or rows quoted together; more would no longer read as an answer."""
MAX_SENTENCES: Final = 6
"""Sentences quoted together from one FAQ answer."""
FURTHER_SHARE: Final = 0.85
"""A further place is quoted when it scores at least this share of the best."""


class _Place(NamedTuple):
    """What is quoted from one place."""

    above: list[Unit]
    """What the rest hangs on: a list's lead, a heading, a table's caption."""
    quoted: list[Unit]
    """What answers; at least one."""
    left_out: list[Unit]
    """What would belong to it and is too much."""
    lacking: frozenset[str] = frozenset()
    """The question's terms that the best place has and this one has not."""

    @property
    def units(self) -> list[Unit]:
        """All that is quoted, in reading order."""
        return [*self.above, *self.quoted]


def compose(question: Question, ranked: Sequence[RankedUnit]) -> list[Sentence]:
    """Quote the best-supported units as an answer, best first; every sentence is a quotation with its citation.

    Args:
        ranked: units best first; must not be empty.
    """
    composed: list[Sentence] = []
    for place in quoted_places(question, ranked):
        if composed:
            composed[-1] = replace(composed[-1], separator="\n\n")
        composed += place
    return composed


def quoted_places(question: Question, ranked: Sequence[RankedUnit]) -> list[list[Sentence]]:
    """What is quoted, for each place by itself, the best first.

    Args:
        ranked: units best first; must not be empty.
    """
    best = ranked[0]
    answering = {(entry.unit.passage.key, entry.unit.span): entry.answering for entry in ranked}
    places: list[_Place] = []
    for candidate in ranked:
        if len(places) == MAX_SOURCES or candidate.score < FURTHER_SHARE * best.score:
            break
        if not _is_of_the_same(question, best, candidate) or (places and candidate.unit.note):
            continue
        known = [unit for place in places for unit in (*place.units, *place.left_out)]
        place = _expand(question, candidate)
        if not any(_same_words(unit, other) for unit in place.quoted for other in known):
            _add(question, places, place._replace(lacking=_own_terms(best) - _own_terms(candidate)))
    if _is_undecided(question, places[0]):
        places = [*places[:1], *_said_instead(question, ranked, places), *places[1:]][:MAX_SOURCES]
    quoted: list[list[Sentence]] = []
    told: list[Unit] = [unit for place in places for unit in place.units]
    for number, place in enumerate(places):
        if not place.above and (number or _asks_something_else(question, place.quoted[0])):
            # A FAQ's answer says of itself what it answers; elsewhere its question has to be told.
            # A paragraph that asks something may be anybody's.
            above = _block_above(place.quoted[0])
            place = place._replace(above=[one for one in above if one.kind is not BlockKind.PARAGRAPH])
        if number:
            # What the place before has just quoted leads to this one too.
            before = places[number - 1]
            said_before = (*before.above, before.quoted[-1])
            above = [unit for unit in place.above if not any(_same_words(unit, other) for other in said_before)]
            place = place._replace(above=[unit for unit in above if not _is_said_by(before.units, unit)])
        # In further places the reader's mark is wrong too often: there only quantities are marked.
        notes = [note for note in notes_below(place.units) if note not in told]
        told += notes
        said = _sentences(question, place, notes, {} if number else answering)
        if not number and _denies_something_else(question, ranked):
            said = [replace(sentence, emphasis=()) for sentence in said]
        if number:
            if place.lacking or not any(sentence.emphasis for sentences in quoted for sentence in sentences):
                # Where the best place does not tell which value is meant, one marked below it would seem to be; and
                # what lacks a word of the question that the best place has may speak of another thing.
                said = [replace(sentence, emphasis=()) for sentence in said]
            said[0] = _prefixed(said[0], f"{messages(question.language).also} ")
        quoted.append(said)
    return quoted


def _is_of_the_same(question: Question, best: RankedUnit, candidate: RankedUnit) -> bool:
    """Whether a further unit speaks of what the best one does: it has no word of less weight in place of another.

    Of "zinc for a child of 6 months" a unit on vitamin A has the child and the months, and lacks the zinc.
    """
    weights = question.weights
    lacking = max((weights[term] for term in best.matched - candidate.matched), default=0.0)
    return max((weights[term] for term in candidate.matched), default=0.0) >= lacking


def _denies_something_else(question: Question, ranked: Sequence[RankedUnit]) -> bool:
    """Whether the best unit for "what must not be given in pregnancy" lacks the weightiest word that others have."""
    if not denies(question.text, question.language):
        return False
    found = frozenset[str]().union(*(entry.matched for entry in ranked))
    return max((question.weights[term] for term in found - ranked[0].matched), default=0.0) > max(
        (question.weights[term] for term in ranked[0].matched), default=0.0
    )


def _own_terms(entry: RankedUnit) -> frozenset[str]:
    """The question's terms in a unit and what it hangs on; the sentence before it may speak of something else."""
    unit = entry.unit
    return entry.matched & frozenset(terms(f"{unit.text} {unit.context}", unit.passage.document.language))


def _add(question: Question, places: list[_Place], place: _Place) -> None:
    """Put a place behind the others; of a list or table that is quoted already, only what names something more."""
    first = place.quoted[0]
    for index, other in enumerate(places):
        known = other.quoted[0]
        if first.group and (first.passage.key, first.group) == (known.passage.key, known.group):
            named = {term for unit in other.quoted for term in _named_terms(question, unit)}
            if not _named_terms(question, first) <= named and _fits(question, first) is not False:
                more = [unit for unit in place.units if unit not in other.units]
                quoted = sorted((*other.quoted, *more), key=lambda unit: unit.block)
                places[index] = other._replace(quoted=quoted, left_out=[*other.left_out, *place.left_out])
            return
    places.append(place)


def _said_instead(question: Question, ranked: Sequence[RankedUnit], places: Sequence[_Place]) -> list[_Place]:
    """What is said beside a table that has no row for the asked amount: "babies under 2 months are referred"."""
    passage = places[0].quoted[0].passage
    known = [unit for place in places for unit in place.units]
    beside = (entry for entry in ranked if entry.unit.passage == passage and entry.unit.kind is not BlockKind.TABLE_ROW)
    fitting = (entry for entry in beside if _fits(question, entry.unit) and entry.unit not in known)
    return [_expand(question, entry) for entry in fitting][:1]


def _sentences(
    question: Question, place: _Place, notes: list[Unit], read: Mapping[tuple[str, Span], Answering | None]
) -> list[Sentence]:
    said = [_sentence(unit, []) for unit in place.above]
    for unit in place.quoted:
        found = read.get((unit.passage.key, unit.span))
        undecided = _is_undecided(question, place) or _is_beside_name(question, place, unit)
        unmarked = unit.note or undecided or any(map(_denies, place.above))
        said.append(_sentence(unit, [] if unmarked else marked(question, unit, found)))
    if place.left_out:
        more = messages(question.language).more_there.format(count=len(place.left_out))
        said[-1] = replace(said[-1], text=f"{said[-1].text} {more}")
    said += [_sentence(note, []) for note in notes]
    for index, (unit, following) in enumerate(pairwise([*place.units, *notes])):
        if following.kind is not BlockKind.PARAGRAPH or (following.note and following.note != unit.note):
            said[index] = replace(said[index], separator="\n")
    return said


def _is_beside_name(question: Question, place: _Place, unit: Unit) -> bool:
    """Whether a sentence is quoted for the one that names its entry, or is that one, where a dose is asked for.

    Nor does one that only limits the sentence before it hold the answer.
    """
    if unit.names_entry:
        return Kind.DOSE in question.expected
    if not unit.lead and unit in _limited_by(place.quoted[0], place.quoted):
        return True
    return place.quoted[0].names_entry and place.quoted[0].entry == unit.entry


def _asks_something_else(question: Question, answer: Unit) -> bool:
    """Whether a FAQ's question lacks words of the one that was asked: "Yes" may answer only the former."""
    language = answer.passage.document.language
    asked = set(terms(answer.lead, language))
    return answer.kind is BlockKind.PARAGRAPH and bool(answer.lead) and not question.weights.keys() <= asked


def _is_said_by(units: Sequence[Unit], paragraph: Unit) -> bool:
    """Whether all sentences of a paragraph are among the units."""
    rest = paragraph.text
    for unit in units:
        if paragraph.passage.key == unit.passage.key and paragraph.span.contains(unit.span):
            rest = rest.replace(unit.text, "")
    return not rest.strip()


def _denies(unit: Unit) -> bool:
    """Whether a heading denies something: what stands below it may not be what was asked for."""
    language = unit.passage.document.language
    return unit.kind is BlockKind.HEADING and bool(negations(normal(unit.text, language), language))


def _is_undecided(question: Question, place: _Place) -> bool:
    """Whether rows are quoted because none is for the amount that was asked about: a mark would seem to choose."""
    rows = [unit for unit in place.quoted if unit.kind is BlockKind.TABLE_ROW]
    if len(rows) < 2 or not question.quantities:
        return False
    return not any(_fits(question, row) or question.quantities & quantities(row.readable()) for row in rows)


def plain_text(sentences: Iterable[Sentence]) -> str:
    """The answer as text, each sentence followed by the keys of its citations."""
    parts: list[str] = []
    for sentence in sentences:
        keys = "".join(dict.fromkeys(citation.key for citation in sentence.citations))
        parts += [f"{sentence.text} {keys}".rstrip(), sentence.separator]
    return "".join(parts[:-1])


def cite(unit: Unit) -> Citation:
    """The citation of a unit: its exact text on its page."""
    document = unit.passage.document
    return Citation(
        unit.passage.key,
        document.id,
        document.name,
        unit.span,
        unit.text,
        verified=True,
        dated=document.date,
        standing=unit.passage.standing,
    )


def _expand(question: Question, best: RankedUnit) -> _Place:
    """The unit with what it needs to be understood: a whole FAQ answer, a list with its lead, the other rows."""
    unit = best.unit
    units = cut(unit.passage)
    position = units.index(unit)
    if unit.note:
        return _noted_place(question, unit, units)
    if unit.kind is BlockKind.PARAGRAPH and unit.text.rstrip().endswith(COLONS):
        items = _led_by(units, position)
        return _Place([], [unit, *items[:MAX_ITEMS]], items[MAX_ITEMS:])
    if unit.kind is BlockKind.LIST_ITEM:
        items = [other for other in units if other.group == unit.group and other.kind is BlockKind.LIST_ITEM]
        if _asks_for_list(question, best):
            return _within(_lead(unit, units), items, unit, MAX_ITEMS)
        alike = [other for other in items if _matches_alike(question, unit, other)]
        return _within([*_lead(unit, units), *_parents(unit, items)], alike, unit, MAX_ITEMS)
    if unit.kind is BlockKind.TABLE_ROW:
        rows = [other for other in units if other.group == unit.group and other.kind is BlockKind.TABLE_ROW]
        asked = asked_rows(question, unit, rows)
        return _within([*_caption(unit), *_first_row(rows, asked)], asked, unit, MAX_ITEMS)
    if unit.names_entry:
        return _within([], [other for other in units if other.entry == unit.entry], unit, MAX_SENTENCES)
    if unit.entry_name:
        name, *entry = [other for other in units if other.entry == unit.entry]
        # For a baby of 6 months, the dose of adults alone would hide that children get it from 1 year on.
        others = [other for other in entry if _fits(question, unit) is None and _fits(question, other) is not None]
        return _Place([name], [other for other in entry if other == unit or other in others], [])
    if unit.kind is BlockKind.PARAGRAPH and unit.lead and not unit.lead.rstrip().endswith(COLONS):
        answer = [other for other in units if other.lead == unit.lead and other.kind is BlockKind.PARAGRAPH]
        place = _within([], answer, unit, MAX_SENTENCES)
        return place._replace(quoted=[part for one in place.quoted for part in _with_led(units, one)])
    before, behind = other_halves(unit, units)
    above = [*_heading(question, best, units), *_referred_to(before[0] if before else unit, units), *before]
    return _Place(above, [unit, *behind, *_limited_by(behind[0] if behind else unit, units)], [])


def _limited_by(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    """The sentence behind one that takes back a part of it, or denies it: "The proposal was rejected."."""
    language = unit.passage.document.language
    behind = next((other for other in units if other.block == unit.block and other.before == unit.text), None)
    if unit.kind is not BlockKind.PARAGRAPH or behind is None:
        return []
    if is_limitation(behind.text, language):
        return [behind]
    first = next(iter(content_terms(behind.text, language)), "")
    opening = next((token.text for token in tokens(behind.text)), "")
    # "Aspirin is stopped. Not stopped is ..." goes on with another thing.
    again = first in terms(unit.text, language) and not is_negation(opening, language)
    taken_up = again or opening in _pronouns(language)
    return [behind] if taken_up and denies(behind.text, language) else []


def _first_row(rows: Sequence[Unit], asked: Sequence[Unit]) -> list[Unit]:
    """What seems to be the head of a table that has none: without it nobody knows what "no" and "yes" are said of.

    Words that do not come again below them, in a row before which the passage has something else.
    """
    first = rows[0]
    if first.head or len(first.cells) <= WITHOUT_HEAD or not first.block or first in asked:
        return []
    below = [set(cells) for cells in zip_longest(*(row.cells for row in rows[1:]), fillvalue="")]
    again = any(cell in others for cell, others in zip(first.cells, below, strict=False))
    named = all(first.cells[1:]) and not any(char.isdigit() for char in first.text)
    return [first] if named and not again else []


def _heading(question: Question, best: RankedUnit, units: Sequence[Unit]) -> list[Unit]:
    """The heading above a sentence where it says something itself, and a word of the question that the sentence lacks.

    "Tablets are swallowed with water" is half an answer under "Aspirin: not for children".
    """
    unit = best.unit
    heads = [index for index, block in enumerate(unit.passage.blocks[: unit.block]) if block.kind in _HEADINGS]
    own = set(terms(unit.text, unit.passage.document.language))
    return [
        other
        for other in units
        if other.kind is BlockKind.HEADING
        and other.block in heads[-1:]
        and not own >= question.weights.keys() & {*terms(other.text, other.passage.document.language)}
    ]


def _noted_place(question: Question, unit: Unit, units: Sequence[Unit]) -> _Place:
    """A note below what refers to it, and below the rows that the question asks for where it names some."""
    noted, note = noted_by(unit)
    first = next((other for other in noted if other.kind is BlockKind.TABLE_ROW), None)
    if first is not None:
        rows = [other for other in units if other.group == first.group and other.kind is BlockKind.TABLE_ROW]
        asked = asked_rows(question, first, rows)
        if len(asked) < len(rows):
            noted = [other for other in units if other in noted or other in asked]
    return _Place([*(_caption(noted[0]) if noted else ()), *noted[:MAX_ITEMS]], note, [])


def _referred_to(unit: Unit, units: Sequence[Unit]) -> list[Unit]:
    """The sentence before one that begins with "It" or "But": without it nobody knows what is spoken of."""
    language = unit.passage.document.language
    first = next((token.text for token in tokens(unit.text)), "")
    before = [other for other in units[: units.index(unit)] if other.block == unit.block and other.text == unit.before]
    goes_on = first in _pronouns(language) or is_limitation(unit.text, language)
    return before[-1:] if unit.before and goes_on else []


@cache
def _pronouns(language: str) -> frozenset[str]:
    return frozenset(map(fold, words_of(language).sentence_pronouns))


def _within(above: list[Unit], wanted: list[Unit], unit: Unit, most: int) -> _Place:
    """So many of the wanted units at most, the given one among them where it is wanted."""
    first = max(0, wanted.index(unit) - most + 1) if unit in wanted else 0
    return _Place(above, wanted[first : first + most], [*wanted[:first], *wanted[first + most :]])


def _with_led(units: Sequence[Unit], unit: Unit) -> list[Unit]:
    return [unit, *(_led_by(units, units.index(unit)) if unit.text.rstrip().endswith(COLONS) else ())]


def _led_by(units: Sequence[Unit], position: int) -> list[Unit]:
    """The list, the table or the paragraph that a line ending in a colon leads to: what stands right behind it."""
    behind = units[position + 1 :]
    if not behind or units[position].text.strip() not in behind[0].lead:
        return []
    first = behind[0]
    if first.kind is BlockKind.PARAGRAPH:
        return [other for other in behind if other.block == first.block]
    return [other for other in behind if other.kind is first.kind and other.group == first.group]


def _lead(item: Unit, units: Sequence[Unit]) -> list[Unit]:
    """What a list hangs on, in its exact words: without it "spray cans" may be what is burned or what must not be."""
    before = [other for other in units[: units.index(item)] if other.kind is BlockKind.PARAGRAPH]
    leading = [other for other in before if other.text in item.lead and other.text.rstrip().endswith(COLONS)]
    return leading[-1:] or _block_above(item)


def _parents(item: Unit, items: Sequence[Unit]) -> list[Unit]:
    """The items of a list that an inner one stands under, the outermost first."""
    blocks = item.passage.blocks
    level, found = blocks[item.block].level, list[Unit]()
    for other in reversed(items[: items.index(item)]):
        if blocks[other.block].level < level:
            level = blocks[other.block].level
            found.insert(0, other)
    return found


def _matches_alike(question: Question, unit: Unit, other: Unit) -> bool:
    """Whether another item has all that the question says of this one, and is as much for what it asks about."""
    if _fits(question, unit) is not _fits(question, other):
        return False
    amounts = quantities(unit.readable()) & question.quantities
    return amounts <= quantities(other.readable()) and _named_terms(question, unit) <= _named_terms(question, other)


def _fits(question: Question, unit: Unit) -> bool | None:
    return fits(question.amounts, unit)


def _named_terms(question: Question, unit: Unit) -> set[str]:
    """The question's words that a row or item has, and its lead and head have not; a number alone names nothing."""
    language = unit.passage.document.language
    own = set(terms(unit.text, language)) - set(terms(" ".join((unit.lead, *unit.head)), language))
    return {term for term in own & question.weights.keys() if not term[0].isdigit()}


def _asks_for_list(question: Question, best: RankedUnit) -> bool:
    """The item itself adds little to what its lead already says of the question: the whole list is asked for."""
    language = best.unit.passage.document.language
    own = set(terms(best.unit.text, language))
    lead = set(terms(best.unit.lead, language))
    return sum(question.weights[term] for term in best.matched if term in own and term not in lead) < 0.2


def _caption(row: Unit) -> list[Unit]:
    """The table's caption as a unit: a dose without "every 6 hours, at most four a day" is half an answer."""
    return [above for above in _block_above(row) if above.kind is BlockKind.PARAGRAPH]


def _block_above(unit: Unit) -> list[Unit]:
    """The heading or paragraph that is the unit's lead, where the passage has it; one or none."""
    passage = unit.passage
    return [
        Unit(passage, block.span, unit.lead, block.kind, index)
        for index, block in enumerate(passage.blocks[: unit.block])
        if block.kind in (BlockKind.HEADING, BlockKind.TITLE, BlockKind.PARAGRAPH)
        and passage.slice(block.span) == unit.lead
    ][-1:]


def _same_words(one: Unit, other: Unit) -> bool:
    if one.entry_name != other.entry_name:
        # "Pregnancy: avoid." is said of two medicines.
        return False
    return one.span == other.span or one.text.split() == other.text.split()


def _sentence(unit: Unit, marks: Sequence[Range]) -> Sentence:
    return Sentence(
        text=f"“{unit.readable()}”",
        support=Support.SUPPORTED,
        citations=(cite(unit),),
        emphasis=tuple((start + 1, end + 1) for start, end in marks),  # behind the quotation mark
    )


def _prefixed(sentence: Sentence, prefix: str) -> Sentence:
    shift = len(prefix)
    emphasis = tuple((start + shift, end + shift) for start, end in sentence.emphasis)
    return replace(sentence, text=prefix + sentence.text, emphasis=emphasis)
