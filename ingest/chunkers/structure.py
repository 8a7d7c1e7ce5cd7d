"""Chunks along a document's structure: whole sections where they fit, never a row without its table's head."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Final

from ingest.chunkers.splitting import split_range
from ingest.embedding_text import context, embedded_text
from rag.core.text import sentences
from rag.core.types import SPAN_SEPARATOR, Block, BlockKind, Chunk, ParsedDocument, Span

_VERSION: Final = 1
# A full chunk leaves room: embedders read a text's first part best, and neighbours are merged into passages later.
_TARGET: Final = 0.75
# A repeated head or introduction may take up this share of a chunk.
_LEAD_SHARE: Final = 1 / 3
# No token of running text stands for more letters than this; a picture written as letters counts by its length.
_LETTERS_PER_TOKEN: Final = 12
_LONGEST_CAPTION: Final = 120
_LONGEST_HEADING: Final = 200
_SMALLEST_LIMIT: Final = 64
_COLONS: Final = (":", "：", "︰")


@dataclass(frozen=True, slots=True)
class _Atom:
    """What is not divided: a paragraph or part of one, a list item, a table row."""

    span: Span
    cost: int
    leads: tuple[Span, ...] = ()
    """Spans to be repeated before it where it begins a chunk: the table's head, the list's introduction."""
    lead_cost: int = 0
    keep_with_next: bool = False


@dataclass(slots=True)
class _Section:
    """The blocks below one heading, the heading among them."""

    path: tuple[str, ...]
    blocks: list[Block] = field(default_factory=list)

    @property
    def only_headings(self) -> bool:
        return all(block.kind in _HEADINGS for block in self.blocks)


_HEADINGS: Final = frozenset({BlockKind.TITLE, BlockKind.HEADING})


class StructureChunker:
    """Cuts a document into chunks that follow its headings, lists and tables.

    Args:
        count_tokens: tokens of each text as the embedder counts them, its special tokens included.
        max_tokens: what the embedder reads whole; no chunk's embedded text is longer. (Below 128, a title of 100
            characters that are a token each could fill it; titles made of words do not.)

    Raises:
        ValueError: `max_tokens` is too small for a title, headings and a sentence.
    """

    def __init__(self, count_tokens: Callable[[Sequence[str]], list[int]], max_tokens: int) -> None:
        if max_tokens < _SMALLEST_LIMIT:
            raise ValueError(f"chunks of {max_tokens} tokens are too small; at least {_SMALLEST_LIMIT} are needed")
        self._count = count_tokens
        self._max = max_tokens
        self.name = f"structure:{_VERSION}:{max_tokens}"

    def chunk(self, document_id: str, parsed: ParsedDocument) -> list[Chunk]:
        """The document's chunks in reading order; every block's text but the furniture's is in at least one."""
        sections = _sections(parsed)
        special = self._count([""])[0]
        above = self._cost([context(parsed.title, section.path) for section in sections]) if sections else []
        chunks: list[Chunk] = []
        for section, outer in zip(sections, above, strict=True):
            path = section.path
            # A long path in a script of many tokens leaves no room for text: the outer headings give way.
            while path and outer > self._max // 2:
                path = path[1:]
                outer = self._cost([context(parsed.title, path)])[0]
            budget = max(8, self._max - special - outer)
            chunks.extend(self._section_chunks(document_id, parsed, replace(section, path=path), budget, len(chunks)))
        return chunks

    def _cost(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text without the special ones."""
        counts = self._count(["", *texts])
        return [
            max(count - counts[0], len(text) // _LETTERS_PER_TOKEN)
            for count, text in zip(counts[1:], texts, strict=True)
        ]

    def _section_chunks(
        self, document_id: str, parsed: ParsedDocument, section: _Section, budget: int, ordinal: int
    ) -> list[Chunk]:
        """One section's chunks. Tokens of parts do not always add up: where a chunk came out too long, with less."""
        while True:
            groups = _pack(self._atoms(parsed, section.blocks, budget), budget, int(budget * _TARGET))
            chunks = [
                self._make(document_id, parsed, section.path, spans, ordinal + place)
                for place, spans in enumerate(groups)
            ]
            counts = self._count([embedded_text(parsed.title, chunk) for chunk in chunks])
            if budget <= 1 or all(count <= self._max for count in counts):
                return chunks
            budget = budget * 4 // 5

    def _atoms(self, parsed: ParsedDocument, blocks: Sequence[Block], budget: int) -> list[_Atom]:
        costs = self._cost([parsed.slice(block.span) for block in blocks])
        leads = _leads(parsed, blocks)
        wanted = sorted({lead for group in leads for lead in group})
        prices = dict(zip(wanted, self._cost([parsed.slice(lead) for lead in wanted]), strict=True))
        atoms: list[_Atom] = []
        for index, (block, cost) in enumerate(zip(blocks, costs, strict=True)):
            own = leads[index]
            while own and sum(prices[lead] for lead in own) > budget * _LEAD_SHARE:
                own = own[1:]
            lead_cost = sum(prices[lead] for lead in own)
            following = blocks[index + 1] if index + 1 < len(blocks) else None
            atom = _Atom(block.span, cost, own, lead_cost, _keeps(parsed, block, following))
            atoms.extend(self._divided(parsed, atom, budget - lead_cost) if cost > budget - lead_cost else [atom])
        return atoms

    def _divided(self, parsed: ParsedDocument, atom: _Atom, limit: int) -> list[_Atom]:
        page = parsed.pages[atom.span.page - 1].text
        ranges = split_range(page, atom.span.start, atom.span.end, max(1, limit), self._cost)
        costs = self._cost([page[start:end] for start, end in ranges])
        parts = [
            replace(atom, span=Span(atom.span.page, start, end), cost=cost, keep_with_next=False)
            for (start, end), cost in zip(ranges, costs, strict=True)
        ]
        return [*parts[:-1], replace(parts[-1], keep_with_next=atom.keep_with_next)]

    def _make(
        self, document_id: str, parsed: ParsedDocument, path: tuple[str, ...], atoms: Sequence[_Atom], ordinal: int
    ) -> Chunk:
        spans = _merged(parsed, atoms)
        digest = hashlib.sha256(f"{document_id}\n{ordinal}\n{self.name}".encode()).hexdigest()
        text = SPAN_SEPARATOR.join(parsed.slice(span) for span in spans)
        return Chunk(digest[:32], document_id, ordinal, path, spans, text)


def _sections(parsed: ParsedDocument) -> list[_Section]:
    """Blocks grouped by heading. A heading without text of its own stands at the head of the next section."""
    sections: list[_Section] = []
    open_headings: list[tuple[int, str]] = []
    current = _Section(())
    for block in parsed.blocks:
        if block.kind is BlockKind.FURNITURE or not parsed.slice(block.span).strip():
            continue
        if block.kind in _HEADINGS:
            if current.blocks and not current.only_headings:
                sections.append(current)
                current = _Section(())
            if block.kind is BlockKind.HEADING:
                open_headings = [entry for entry in open_headings if entry[0] < block.level]
                open_headings.append((block.level, parsed.slice(block.span)[:_LONGEST_HEADING]))
            current.path = tuple(text for _, text in open_headings)
        current.blocks.append(block)
    if current.blocks and current.only_headings and sections:
        sections[-1].blocks.extend(current.blocks)
    elif current.blocks:
        sections.append(current)
    return sections


def _leads(parsed: ParsedDocument, blocks: Sequence[Block]) -> list[tuple[Span, ...]]:
    """For each block what has to be repeated before it when it begins a chunk."""
    leads: list[tuple[Span, ...]] = []
    heads: dict[int, list[Span]] = {}
    intro: Span | None = None
    parents: list[tuple[int, Span]] = []
    group = 0
    for index, block in enumerate(blocks):
        before = blocks[index - 1] if index else None
        if block.kind is BlockKind.TABLE_HEAD:
            # A head repeated on the next page replaces the one before; a second head row directly below joins it.
            joins = before is not None and before.kind is BlockKind.TABLE_HEAD and before.group == block.group
            heads[block.group] = [*heads.get(block.group, []), block.span] if joins else [block.span]
            leads.append(())
        elif block.kind is BlockKind.TABLE_ROW:
            leads.append(tuple(heads.get(block.group, [])))
        elif block.kind is BlockKind.LIST_ITEM:
            if block.group != group or group == 0:
                group, parents = block.group, []
                intro = _introduction(parsed, before)
            parents = [entry for entry in parents if entry[0] < block.level]
            leads.append(tuple([intro] if intro else []) + tuple(span for _, span in parents))
            parents.append((block.level, block.span))
        else:
            leads.append(())
            if block.group != group:
                group = 0
    return leads


def _introduction(parsed: ParsedDocument, block: Block | None) -> Span | None:
    """The sentence that introduces a list: the last one of a paragraph that ends in a colon."""
    if block is None or block.kind is not BlockKind.PARAGRAPH:
        return None
    text = parsed.slice(block.span)
    found = sentences(text)
    if not text.rstrip().endswith(_COLONS) or not found:
        return None
    start, end = found[-1]
    return Span(block.span.page, block.span.start + start, block.span.start + end)


def _keeps(parsed: ParsedDocument, block: Block, following: Block | None) -> bool:
    """Whether a block must not end a chunk: headings, table heads, captions, a list's introduction."""
    if following is None:
        return False
    if block.kind in _HEADINGS or block.kind is BlockKind.TABLE_HEAD:
        return True
    if block.kind is not BlockKind.PARAGRAPH:
        return False
    text = parsed.slice(block.span)
    if following.kind is BlockKind.LIST_ITEM:
        return text.rstrip().endswith(_COLONS)
    return following.kind is BlockKind.TABLE_HEAD and len(text) <= _LONGEST_CAPTION


def _pack(atoms: Sequence[_Atom], budget: int, target: int) -> list[list[_Atom]]:
    """Atoms into chunks of at most `budget`, about equally full and near `target` where there are several."""
    total = sum(atom.cost for atom in atoms)
    if total <= budget:
        return [list(atoms)] if atoms else []
    goal = ceil(total / ceil(total / max(1, target)))
    groups: list[list[_Atom]] = []
    used = 0
    for unit in _units(atoms, budget):
        cost = sum(atom.cost for atom in unit)
        if groups and used + cost <= budget and (used + cost <= goal or used < goal / 2):
            groups[-1].extend(unit)
            used += cost
        else:
            groups.append(list(unit))
            used = cost + unit[0].lead_cost
    return groups


def _units(atoms: Iterable[_Atom], budget: int) -> list[list[_Atom]]:
    """Atoms that stay together: those to be kept with the next, and the next."""
    units: list[list[_Atom]] = []
    for atom in atoms:
        if units and units[-1][-1].keep_with_next:
            cost = sum(each.cost for each in units[-1]) + units[-1][0].lead_cost
            if cost + atom.cost <= budget:
                units[-1].append(atom)
                continue
        units.append([atom])
    return units


def _merged(parsed: ParsedDocument, atoms: Sequence[_Atom]) -> tuple[Span, ...]:
    """The spans of a chunk: what is repeated first, then its own, neighbours on one page as one."""
    spans = _joined(parsed, [atom.span for atom in atoms])
    repeated = [lead for lead in atoms[0].leads if not any(span.contains(lead) for span in spans)]
    return (*_joined(parsed, repeated), *spans)


def _joined(parsed: ParsedDocument, spans: Sequence[Span]) -> list[Span]:
    """Spans with nothing but white space between them on one page become one."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].page == span.page and joined[-1].end <= span.start:
            page = parsed.pages[span.page - 1].text
            if not page[joined[-1].end : span.start].strip():
                joined[-1] = Span(span.page, joined[-1].start, span.end)
                continue
        joined.append(span)
    return joined
