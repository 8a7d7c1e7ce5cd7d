"""What a model writes, screened before anybody sees it: its own instructions, and addresses that nobody gave it.

And what a check of sentences cannot know: that the text which supports one gives orders to a program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import regex

from rag.answering.context import Packed
from rag.answering.evidence import RankedUnit
from rag.answering.generate import closing_stream
from rag.answering.links import without_foreign
from rag.core.checking import verdicts
from rag.core.errors import ModelError
from rag.core.messages import messages
from rag.core.orders import find_orders
from rag.core.ports import ChatChunk
from rag.core.types import Citation, Passage, Sentence, Span, Support

REPEATED: Final = 8
"""Words in a row that stand in the model's instructions as well: so many are no chance."""

_WORD: Final = regex.compile(r"\S+\s*|\s+")
_LETTERS: Final = regex.compile(r"[\p{L}\p{M}\p{N}_]+")
_OPEN_WORD: Final = regex.compile(
    r"(?:!?\[[^\]\n]{0,80}(?:\](?:\([^)\n]{0,300})?)?|[^\s\p{Han}\p{Thai}\p{Hiragana}\p{Katakana}]{1,300})\Z"
)


def screened(source: Iterator[ChatChunk], packed: Packed, language: str) -> Iterator[ChatChunk]:
    """The stream without what nobody should see; words wait until they are whole.

    Left out: runs of `REPEATED` words or more from the model's instructions, where no passage has them too. Replaced
    by a mark in the reader's language: addresses that stand in no passage, or only in text that gives orders.

    Args:
        packed: the prompt that the stream answers.
        language: of the answer.

    Raises:
        ModelError: as the stream does.
    """
    screen = _Screen(packed, language)
    with closing_stream(source) as pieces:
        try:
            for chunk in pieces:
                if chunk.thought or chunk.waiting or chunk.silent:
                    yield chunk._replace(text="", usage=None)
                if chunk.withdrawn:
                    screen = _Screen(packed, language)
                text = screen.feed(chunk.text)
                if chunk.usage is not None:
                    text += screen.finish()
                if text or chunk.usage is not None:
                    yield ChatChunk(text, chunk.usage)
        except ModelError:
            # What came before the failure is kept.
            if rest := screen.finish():
                yield ChatChunk(rest)
            raise
    if rest := screen.finish():
        yield ChatChunk(rest)


def judged(sentence: Sentence, passages: Sequence[Passage], language: str) -> Sentence:
    """A checked sentence, not supported when an address was taken out of it or when only orders say what it says."""
    if messages(language).address_left_out in sentence.text:
        return replace(sentence, support=Support.NOT_FOUND, citations=(), reason=verdicts(language).address)
    if sentence.supported and sentence.citations and all(_ordered(c, passages) for c in sentence.citations):
        # Its citation stays: the reader sees where the model took it from.
        return replace(sentence, support=Support.NOT_FOUND, reason=verdicts(language).ordered)
    return sentence


def without_orders(ranked: Sequence[RankedUnit]) -> list[RankedUnit]:
    """The units without those in which orders to a program stand; all of them where there are no others."""
    passages = {one.unit.passage.key: one.unit.passage for one in ranked}
    spans = {key: order_spans(passage) for key, passage in passages.items()}
    return [one for one in ranked if not _touches(one.unit.span, spans[one.unit.passage.key])] or list(ranked)


def order_spans(passage: Passage) -> list[Span]:
    """Where in the document the passage's text gives orders to a program."""
    return [
        Span(span.page, span.start + order.start, span.start + order.end)
        for span in passage.spans
        for order in find_orders(passage.slice(span))
    ]


def _ordered(citation: Citation, passages: Sequence[Passage]) -> bool:
    return any(
        _touches(citation.span, order_spans(passage))
        for passage in passages
        if passage.document.id == citation.document_id
    )


def _touches(span: Span, others: Sequence[Span]) -> bool:
    return any(span.page == other.page and span.start < other.end and other.start < span.end for other in others)


def _without_orders(passage: Passage) -> str:
    """What may be repeated of a passage: its text and where it stands, orders to a program apart."""
    parts = [passage.document.name, *passage.heading_path, passage.text]
    kept = []
    for part in parts:
        at = 0
        for order in find_orders(part):
            kept.append(part[at : order.start])
            at = order.end
        kept.append(part[at:])
    return "\n".join(kept)


class _Screen:
    def __init__(self, packed: Packed, language: str) -> None:
        self._mark = messages(language).address_left_out
        self._sources = [_without_orders(passage) for passage in packed.passages]
        self._instructions = " ".join(_words(packed.messages[0].content))
        self._quoted = " ".join(word for passage in packed.passages for word in _words(passage.text))
        self._open = ""
        """The end of what came, in which a word may go on."""
        self._held = ""
        """Words that may be the beginning of the instructions repeated."""
        self._repeating = False

    def feed(self, text: str) -> str:
        """Take the next piece; gives what may be shown."""
        self._open += text
        tail = _OPEN_WORD.search(self._open)
        stop = tail.start() if tail else len(self._open)
        whole, self._open = self._open[:stop], self._open[stop:]
        return self._take(whole)

    def finish(self) -> str:
        """What is left at the end."""
        whole, self._open = self._open, ""
        shown = self._take(whole)
        held, self._held = self._held, ""
        return shown + ("" if self._repeating else self._clean(held))

    def _take(self, text: str) -> str:
        shown = ""
        for word in _WORD.findall(text):
            grown = self._held + word
            if self._known(grown):
                self._held = grown
                self._repeating = self._repeating or len(_words(grown)) >= REPEATED
                continue
            shown += "" if self._repeating else self._held
            self._repeating, self._held = False, word if self._known(word) else ""
            shown += "" if self._held else word
        return self._clean(shown)

    def _known(self, text: str) -> bool:
        """Whether its words stand in a row in the instructions, and not in a passage."""
        said = " ".join(_words(text))
        return bool(said) and f" {said} " in f" {self._instructions} " and f" {said} " not in f" {self._quoted} "

    def _clean(self, text: str) -> str:
        return without_foreign(text, self._sources, self._mark) if text else ""


def _words(text: str) -> list[str]:
    return [match[0].casefold() for match in _LETTERS.finditer(text)]
