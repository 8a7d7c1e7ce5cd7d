"""What the reader must know of the versions behind an answer: outdated, past their review, or in disagreement."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Final, NamedTuple

import regex

from rag.answering.claims import take_apart
from rag.answering.evidence import RankedUnit
from rag.answering.extract import cite
from rag.answering.measures import units
from rag.answering.normal import normal
from rag.answering.polarity import is_negation
from rag.answering.quantities import Quantity, absent, places, quantities
from rag.answering.units import Unit, cut
from rag.core.language import UNSPACED
from rag.core.messages import messages
from rag.core.text import content_terms, fold
from rag.core.types import BlockKind, Citation, Document, Passage, Sentence, Standing

ALIGNED: Final = 0.6
"""Jaccard index of two sentences' content words, numbers and units left out, from which on they say the same thing."""
ALIGNED_NEGATION: Final = 0.8
"""The same where only a "not" tells them apart: there must be no other difference to explain it."""
MOST: Final = 2
"""Disagreements told with one answer."""
SAID: Final = 120
"""Characters of a sentence that is given in place of a value."""
OUTDATED_SHARE: Final[Mapping[Standing, float]] = {
    Standing.CURRENT: 1.0,
    Standing.OLDER: 0.8,
    Standing.SUPERSEDED: 0.6,
    Standing.NOT_YET: 0.6,
}
"""What a unit's score counts for in a document that is not the one to go by: less, where somebody has said so."""

_VALUE: Final = regex.compile(r"\d[\d.,:/–-]*(?:\s?(?:%|°\s?[CF]|[\p{L}\p{M}]+))?")
_DIGITS: Final = regex.compile(r"\d[\d.,:/]*")


class Disagreement(NamedTuple):
    """What another version says in the place of a quotation."""

    cited: str
    """The value in the quotation, as it is written there."""
    rival: str
    citation: Citation
    """Of the other version; its key is ""."""


def prefer_current(ranked: Sequence[RankedUnit], named: Set[str]) -> list[RankedUnit]:
    """The units in a new order, those of outdated documents with `OUTDATED_SHARE` of their scores.

    Args:
        ranked: best first.
        named: ids of outdated documents that were asked for by name: they need not stand back.
    """
    judged = [
        entry
        if entry.unit.passage.document.id in named
        else replace(entry, score=entry.score * OUTDATED_SHARE[entry.unit.passage.standing])
        for entry in ranked
    ]
    return sorted(judged, key=lambda entry: -entry.score)


def standing_notices(
    documents: Iterable[Document],
    standings: Mapping[str, Standing],
    preferred: Callable[[str], Document | None],
    language: str,
    today: str,
) -> Iterator[str]:
    """A sentence for each cited document that is not the one to go by, and for each past its review date.

    Args:
        documents: that the answer cites.
        standings: of those that are not current, by id.
        preferred: gives the document to go by instead of one, None where there is none.
        language: the reader's.
        today: as YYYY-MM-DD.
    """
    said = messages(language)
    for document in documents:
        better = preferred(document.id)
        match standings.get(document.id, Standing.CURRENT):
            case Standing.OLDER if better:
                yield said.older_version.format(document=_dated(document), newer=_dated(better))
            case Standing.SUPERSEDED if better:
                yield said.superseded.format(document=_dated(document), newer=_dated(better))
            case Standing.NOT_YET:
                yield said.not_yet.format(document=document.name, date=document.effective)
            case _:
                pass
        if document.review and document.review < today:
            yield said.review_due.format(document=document.name, date=document.review)


def disagreement_notice(cited: Document, rival: Document, found: Disagreement, language: str) -> str:
    """The sentence that tells a disagreement, with both values, documents and dates."""
    return messages(language).disagree.format(
        document=_dated(cited), value=found.cited, other=_dated(rival), other_value=found.rival
    )


def quoted_unit(citation: Citation, passages: Sequence[Passage]) -> Unit | None:
    """The unit of the passages that a citation quotes."""
    for passage in passages:
        if passage.key == citation.key and passage.document.id == citation.document_id:
            for unit in cut(passage):
                if unit.span == citation.span:
                    return unit
    return None


def disagreement(unit: Unit, rivals: Sequence[Passage]) -> Disagreement | None:
    """Where another version says something else of the very thing that is quoted: other numbers, or the opposite.

    Args:
        unit: what is quoted.
        rivals: passages of the other version that may hold the same sentence or row.
    """
    aligned = _aligned(unit, rivals)
    if aligned is None:
        return None
    other, likeness = aligned
    one_text, other_text = unit.readable(), other.readable()
    one_language, other_language = unit.passage.document.language, other.passage.document.language
    ours, theirs = _in_order(one_text, one_language), _in_order(other_text, other_language)
    only_ours, only_theirs = _exchanged(ours, theirs)
    if only_ours and only_theirs:
        values = _written(unit, only_ours), _written(other, only_theirs)
    elif likeness >= ALIGNED_NEGATION and ours == theirs and _negated(unit) != _negated(other):
        values = _shortened(one_text), _shortened(other_text)
    else:
        return None
    return Disagreement(*values, replace(cite(other), key=""))


def _in_order(text: str, language: str) -> list[Quantity]:
    if language in UNSPACED:
        # A number is only read where it stands apart from letters.
        text = _DIGITS.sub(r" \g<0> ", text)
    return [placed.quantity for placed in places(normal(text, language), language)]


def _exchanged(ours: Sequence[Quantity], theirs: Sequence[Quantity]) -> tuple[list[Quantity], list[Quantity]]:
    """The quantities of each side that stand where the other has a different one; none where one has merely more."""
    one, other = absent(ours, theirs), absent(theirs, ours)
    if one and other:
        return one, other
    # "Polio 28 days, tetanus 28 days" and "Polio 14 days, tetanus 28 days": place by place.
    if len(ours) == len(theirs):
        steps = [(place, place + 1, place, place + 1) for place in range(len(ours))]
    else:
        matched = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
        steps = [step[1:] for step in matched if step[0] == "replace"]
    for start, stop, begin, end in steps:
        one += absent(ours[start:stop], theirs[begin:end])
        other += absent(theirs[begin:end], ours[start:stop])
    return (one, other) if one and other else ([], [])


def _aligned(unit: Unit, rivals: Sequence[Passage]) -> tuple[Unit, float] | None:
    """The unit of the other version that says the same thing, number and unit of measure aside."""
    own, exact = _topic(unit), _words(unit)
    best: tuple[float, float, Unit] | None = None
    for passage in rivals:
        for other in cut(passage):
            if (other.kind is BlockKind.TABLE_ROW) != (unit.kind is BlockKind.TABLE_ROW) or not _same_row(unit, other):
                continue
            judged = (_jaccard(own, _topic(other)), _jaccard(exact, _words(other)), other)
            if best is None or judged[:2] > best[:2]:
                best = judged
    return (best[2], best[0]) if best and best[0] >= ALIGNED else None


def _same_row(unit: Unit, other: Unit) -> bool:
    """Rows are of one thing when their first cell is the same: "Measles | 6 hours"."""
    if unit.kind is not BlockKind.TABLE_ROW:
        return True
    return bool(unit.cells) and bool(other.cells) and fold(unit.cells[0]) == fold(other.cells[0])


def _topic(unit: Unit) -> frozenset[str]:
    language = unit.passage.document.language
    measures = units(language)
    text = " ".join((unit.readable(), *(() if unit.kind is BlockKind.TABLE_ROW else (unit.lead,))))
    return frozenset(
        term
        for term in content_terms(text, language)
        if not any(map(str.isdecimal, term)) and term not in measures and not is_negation(term, language)
    )


def _words(unit: Unit) -> frozenset[str]:
    return frozenset(fold(unit.text).split())


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _negated(unit: Unit) -> bool:
    return take_apart(unit.readable(), unit.passage.document.language).negated


def _written(unit: Unit, wanted: Sequence[Quantity]) -> str:
    """The quantities as the unit writes them; its sentence, where they cannot be told apart from the words around."""
    language = unit.passage.document.language
    text = unicodedata.normalize("NFC", unit.readable())
    if language in UNSPACED:
        return _shortened(text)
    found = [
        match[0].strip(" .,:/-–")
        for match in _VALUE.finditer(text)
        if any(own.agrees(one) for own in quantities(match[0], language) for one in wanted)
    ]
    return ", ".join(dict.fromkeys(found)) or _shortened(text)


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= SAID else flat[: SAID - 1].rstrip() + '…'}”"


def _dated(document: Document) -> str:
    return f"{document.name} ({document.date})" if document.date else document.name


def cited_documents(sentences: Iterable[Sentence], passages: Sequence[Passage]) -> list[Document]:
    """The documents that sentences cite, in order, each once."""
    known = {passage.document.id: passage.document for passage in passages}
    ids = dict.fromkeys(citation.document_id for sentence in sentences for citation in sentence.citations)
    return [known[document_id] for document_id in ids if document_id in known]
