"""Answering without a model: the sentences, list items or table rows that answer, quoted and cited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from rag.answering.evidence import RankedUnit, put_off, read_again
from rag.answering.expectation import Kind
from rag.answering.fitting import fits
from rag.answering.marks import Range, marked
from rag.answering.normal import normal
from rag.answering.noted import notes_below
from rag.answering.place import Place, block_above, expand, limited_by, named_terms, same_words
from rag.answering.polarity import negations
from rag.answering.quantities import quantities
from rag.answering.question import Question
from rag.answering.reading import Answering
from rag.answering.units import Unit
from rag.answering.unsaid import as_written, names_among, terms_nowhere
from rag.core.messages import messages
from rag.core.text import terms
from rag.core.types import BlockKind, Citation, Sentence, Span, Support

MAX_SOURCES: Final = 3
"""Separate places that one answer quotes."""
TOLD_FROM: Final = 1.5
"""What `evidence.put_off` gives at least where words that stand nowhere are told: an answer is five times likelier
without them. See docs/decisions/0017."""
TOLD_SHARE: Final = 0.5
"""The same where nothing was read again, in languages that the reader sees only letters in: share of the question's
information in the words that stand nowhere."""
FURTHER_SHARE: Final = 0.85
"""A further place is quoted when it scores at least this share of the best."""


def compose(question: Question, ranked: Sequence[RankedUnit]) -> list[Sentence]:
    """Quote the best-supported units as an answer, best first; every sentence is a quotation with its citation.

    Above them may stand what of the question is nowhere, see `told_above`.

    Args:
        ranked: units best first; must not be empty.
    """
    composed = told_above(question, ranked)
    for place in quoted_places(question, ranked):
        if composed:
            composed[-1] = replace(composed[-1], separator="\n\n")
        composed += place
    return composed


def told_above(question: Question, ranked: Sequence[RankedUnit]) -> list[Sentence]:
    """Which words of the question stand nowhere, where it may be another question that is answered; mostly nothing.

    Told are names, and any word without which a reader finds an answer much likelier; where it cannot tell, words that
    are half of the question. People ask in other words than a document's all the time, so that to tell each of them
    would be told for every third right answer.
    """
    nowhere = terms_nowhere(question, [entry.unit for entry in ranked])
    share = 0.0 if read_again(ranked) else sum(question.weights[term] for term in nowhere)
    if put_off(ranked) < TOLD_FROM and share < TOLD_SHARE:
        nowhere = names_among(question, nowhere)
    if not nowhere:
        return []
    words = ", ".join(as_written(question, nowhere))
    return [Sentence(messages(question.language).nowhere.format(words=words), Support.SUPPORTED)]


def quoted_places(question: Question, ranked: Sequence[RankedUnit]) -> list[list[Sentence]]:
    """What is quoted, for each place by itself, the best first.

    Args:
        ranked: units best first; must not be empty.
    """
    places = _places(question, ranked)
    answering = {(entry.unit.passage.key, entry.unit.span): entry.answering for entry in ranked}
    told = [unit for place in places for unit in place.units]
    quoted: list[list[Sentence]] = []
    for place, before in zip(places, [None, *places], strict=False):
        place = _with_above(question, place, before)
        notes = [note for note in notes_below(place.units) if note not in told]
        told += notes
        # In further places the reader's mark is wrong too often: there only quantities are marked.
        said = _sentences(question, place, notes, answering if before is None else {})
        if before is None:
            unsure = _denies_something_else(question, ranked)
        else:
            # Where the best place does not tell which value is meant, one marked below it would seem to be; and what
            # lacks a word of the question that the best place has may speak of another thing.
            marked_before = any(sentence.emphasis for sentences in quoted for sentence in sentences)
            unsure = bool(place.lacking) or not marked_before
        if unsure:
            said = [replace(sentence, emphasis=()) for sentence in said]
        if before is not None:
            said[0] = _prefixed(said[0], f"{messages(question.language).also} ")
        quoted.append(said)
    return quoted


def _places(question: Question, ranked: Sequence[RankedUnit]) -> list[Place]:
    """The places that are quoted, the best first."""
    best = ranked[0]
    places: list[Place] = []
    for candidate in ranked:
        if len(places) == MAX_SOURCES or candidate.score < FURTHER_SHARE * best.score:
            break
        if not _is_of_the_same(question, best, candidate) or (places and candidate.unit.note):
            continue
        known = [unit for place in places for unit in (*place.units, *place.left_out)]
        place = expand(question, candidate)
        if not any(same_words(unit, other) for unit in place.quoted for other in known):
            _add(question, places, place._replace(lacking=best.own_terms - candidate.own_terms))
    if _is_undecided(question, places[0]):
        places = [*places[:1], *_said_instead(question, ranked, places), *places[1:]][:MAX_SOURCES]
    return places


def _with_above(question: Question, place: Place, before: Place | None) -> Place:
    """A place with what has to be told above it, unless the place `before` it has just been quoted with that."""
    if not place.above and (before is not None or _asks_something_else(question, place.quoted[0])):
        # A FAQ's answer says of itself what it answers; elsewhere its question has to be told.
        # A paragraph that asks something may be anybody's.
        above = block_above(place.quoted[0])
        place = place._replace(above=[one for one in above if one.kind is not BlockKind.PARAGRAPH])
    if before is None:
        return place
    said = (*before.above, before.quoted[-1])
    above = [unit for unit in place.above if not any(same_words(unit, other) for other in said)]
    return place._replace(above=[unit for unit in above if not _is_said_by(before.units, unit)])


def _is_of_the_same(question: Question, best: RankedUnit, candidate: RankedUnit) -> bool:
    """Whether a further unit speaks of what the best one does: it has no word of less weight in place of another.

    Of "zinc for a child of 6 months" a unit on vitamin A has the child and the months, and lacks the zinc.
    """
    weights = question.weights
    lacking = max((weights[term] for term in best.matched - candidate.matched), default=0.0)
    return max((weights[term] for term in candidate.matched), default=0.0) >= lacking


def _denies_something_else(question: Question, ranked: Sequence[RankedUnit]) -> bool:
    """Whether the best unit for "what must not be given in pregnancy" lacks the weightiest word that others have."""
    if not question.denies:
        return False
    found = frozenset[str]().union(*(entry.matched for entry in ranked))
    return max((question.weights[term] for term in found - ranked[0].matched), default=0.0) > max(
        (question.weights[term] for term in ranked[0].matched), default=0.0
    )


def _add(question: Question, places: list[Place], place: Place) -> None:
    """Put a place behind the others; of a list or table that is quoted already, only what names something more."""
    first = place.quoted[0]
    for index, other in enumerate(places):
        known = other.quoted[0]
        if first.group and (first.passage.key, first.group) == (known.passage.key, known.group):
            named = {term for unit in other.quoted for term in named_terms(question, unit)}
            if not named_terms(question, first) <= named and fits(question.amounts, first) is not False:
                more = [unit for unit in place.units if unit not in other.units]
                quoted = sorted((*other.quoted, *more), key=lambda unit: unit.block)
                places[index] = other._replace(quoted=quoted, left_out=[*other.left_out, *place.left_out])
            return
    places.append(place)


def _said_instead(question: Question, ranked: Sequence[RankedUnit], places: Sequence[Place]) -> list[Place]:
    """What is said beside a table that has no row for the asked amount: "babies under 2 months are referred"."""
    passage = places[0].quoted[0].passage
    known = [unit for place in places for unit in place.units]
    beside = (entry for entry in ranked if entry.unit.passage == passage and entry.unit.kind is not BlockKind.TABLE_ROW)
    fitting = (entry for entry in beside if fits(question.amounts, entry.unit) and entry.unit not in known)
    return [expand(question, entry) for entry in fitting][:1]


def _sentences(
    question: Question, place: Place, notes: list[Unit], read: Mapping[tuple[str, Span], Answering | None]
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


def _is_beside_name(question: Question, place: Place, unit: Unit) -> bool:
    """Whether a sentence is quoted for the one that names its entry, or is that one, where a dose is asked for.

    Nor does one that only limits the sentence before it hold the answer.
    """
    if unit.names_entry:
        return Kind.DOSE in question.expected
    if not unit.lead and unit in limited_by(place.quoted[0], place.quoted):
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


def _is_undecided(question: Question, place: Place) -> bool:
    """Whether rows are quoted because none is for the amount that was asked about: a mark would seem to choose."""
    rows = [unit for unit in place.quoted if unit.kind is BlockKind.TABLE_ROW]
    if len(rows) < 2 or not question.quantities:
        return False
    return not any(fits(question.amounts, row) or question.quantities & quantities(row.readable()) for row in rows)


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
