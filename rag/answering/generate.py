"""Streaming an answer from a model, and putting its sentences together while it comes."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import Final, NamedTuple

from rag.answering.context import Packed
from rag.answering.opening import is_bare, is_pleasantry
from rag.core.ports import ChatChunk, ChatModel
from rag.core.text import each_sentence
from rag.core.words import all_words

SENTINEL: Final = "NOT_IN_DOCUMENTS"
"""What the prompt tells the model to reply when the passages do not say."""
LOOKAHEAD: Final = 16
"""Characters, white space and citation marks apart, that must follow a sentence before its end is certain: what comes
next decides whether a full stop ends it ("3. September"), and a mark may still come behind it."""

# How models write the sentinel when they do not copy it: in bold, in quotes, in small letters, with spaces.
_SENTINEL_DRESS: Final = " \n\t*`\"'“”«[("
_NUMBERS: Final = r"\^?\d{1,2}(?:\s*[,;،–-]\s*\^?\d{1,2})*"
_BRACKETED: Final = rf"\[{_NUMBERS}\]"
# Before this there is no end of a sentence with `LOOKAHEAD` characters behind it: one of the characters that can end
# one (`rag.core.sentence`), a Thai letter for the space behind it.
_POSSIBLE_END: Final = re.compile(
    r"[.!?…。！？．｡؟۔।॥\n\f\v\u2028\u2029\u0e01-\u0e5b]" + rf"(?:\s{{0,9}}+\S){{{LOOKAHEAD}}}",
)
LONGEST: Final = 8_000
"""Characters in which a sentence must end, or it is cut: a model that writes on without an end is running in circles,
and looking for one again with each of its pieces would take longer and longer."""
SHORT: Final = 500
"""Characters in which most sentences end; looked at first, so that a long reply that came whole costs no more."""
_OPEN_MARK: Final = re.compile(r"[\[【［(][^\])】］\n]{0,40}\Z")


class Draft(NamedTuple):
    """A sentence as the model wrote it."""

    text: str
    """Without citation marks."""
    keys: tuple[str, ...]
    """The citations it carries, as passages are keyed: "[1]"."""


@cache
def _mark() -> re.Pattern[str]:
    """A citation, however it is written: "[1]", "[source 1, 2]", "(passage 1)", "(see [1])", "(1)." at the end."""
    words = "|".join(
        sorted({re.escape(word) for listed in all_words() for word in listed.citing}, key=len, reverse=True)
    )
    word = rf"(?:{words})\s*:?\s*"
    return re.compile(
        rf"(?<!\s)\s*(?:\[(?:{word})?(?P<a>{_NUMBERS})\]|【(?:{word})?(?P<b>{_NUMBERS})(?:†[^】]*)?】|［(?P<c>{_NUMBERS})］"
        rf"|\((?:see\s+)?{word}(?P<e>{_NUMBERS})\)"
        rf"|\((?:[^\W\d_]+:?\s+){{0,2}}(?P<f>{_BRACKETED}(?:\s*[,;،]?\s*{_BRACKETED})*)\)"
        rf"|\((?P<d>{_NUMBERS})\)(?=\s*[.!?。！？۔؟।]))",
        re.IGNORECASE,
    )


@contextmanager
def closing_stream(source: Iterator[ChatChunk]) -> Iterator[Iterator[ChatChunk]]:
    """Close a model's stream on leaving, which ends its request; an iterator that cannot be closed is left."""
    try:
        yield source
    finally:
        if isinstance(source, Generator):
            source.close()


def generate(model: ChatModel, packed: Packed, answer_tokens: int) -> Iterator[ChatChunk]:
    """Stream the answer; the pieces joined are what the model wrote. Its thoughts, and that it waits, pass through as
    they come.

    When the model replies with the sentinel, nothing of it is given and the stream ends: an end without text means that
    the passages do not say. What could become the sentinel is held back until it cannot, a word at most; nothing else
    waits. Closing the iterator closes the model's stream.

    Raises:
        ModelError: as the model's `stream` does.
    """
    stream = model.stream(packed.messages, window=packed.window, max_tokens=answer_tokens)
    with closing_stream(stream) as source:
        held, beginning = "", True
        for chunk in source:
            if chunk.thought or chunk.waiting or chunk.silent:
                yield chunk._replace(text="", usage=None)
            if chunk.withdrawn:
                held, beginning = "", True
            held += chunk.text
            before, sentinel, waiting = _split(held, beginning=beginning)
            if chunk.usage is not None:
                before, waiting = before + waiting, ""
            if before or chunk.usage is not None:
                beginning = False
                yield ChatChunk(before, chunk.usage)
            if sentinel:
                return
            held = waiting
        if held:
            yield ChatChunk(held)


def _split(text: str, *, beginning: bool) -> tuple[str, bool, str]:
    """What may be shown of `text`, whether the sentinel follows it, and what could still become the sentinel.

    At the beginning of an answer the sentinel counts however it is dressed, later only as it stands in the prompt.
    """
    if beginning:
        core = text.lstrip(_SENTINEL_DRESS).replace(" ", "_").upper()
        if core.startswith(SENTINEL):
            return "", True, ""
        if SENTINEL.startswith(core):
            return "", False, text
    before, found, _ = text.partition(SENTINEL)
    if found:
        return before, True, ""
    keep = next(n for n in range(min(len(text), len(SENTINEL) - 1), -1, -1) if text.endswith(SENTINEL[:n]))
    return text[: len(text) - keep], False, text[len(text) - keep :]


class _Range(NamedTuple):
    """Where a sentence stands."""

    start: int
    end: int
    following: int
    """Where the next one begins."""
    certain: bool
    """Whether its end stays, whatever follows."""


class SentenceAssembler:
    """Fed the pieces of an answer, gives its sentences with their citations, each as soon as its end is certain.

    However the answer is cut into pieces, the same sentences come out. Those that are only polite ("Sure!") are left
    out: no document says them, and a strict library would refuse the answer for them. A mark belongs to the sentence
    it stands in or behind ("28 days [1].", "28 days. [1]"), in an answer that begins with one to the sentence after it.
    """

    def __init__(self) -> None:
        self._buffer = ""
        self._text_came = False
        self._marks_lead: bool | None = None
        self._given = 0
        self._answer: Draft | None = None

    @property
    def started(self) -> bool:
        """Whether any text has come."""
        return self._text_came

    @property
    def refused(self) -> bool:
        """Whether, at the end, there is no sentence: the model found no answer in the passages."""
        return self._given == 0

    def feed(self, text: str) -> list[Draft]:
        """Take the next piece; gives the sentences that it completed."""
        self._buffer += text
        self._text_came = self._text_came or bool(text.strip())
        # Most pieces complete nothing; this tells without cutting the whole buffer into sentences.
        possible = len(self._buffer) > LONGEST or _POSSIBLE_END.search(self._buffer)
        return list(self._complete(final=False)) if possible else []

    def finish(self) -> list[Draft]:
        """The sentences left at the end of the answer."""
        return list(self._complete(final=True))

    def _complete(self, *, final: bool) -> Iterator[Draft]:
        while (draft := self._next(final=final)) is not None:
            if not draft.text or is_pleasantry(draft.text):
                continue
            if self._answer:
                draft = Draft(f"{self._answer.text} {draft.text}", tuple(dict.fromkeys(self._answer.keys + draft.keys)))
            # "Yes." says nothing by itself: it belongs to the sentence behind it.
            self._answer = draft if is_bare(draft.text) else None
            if self._answer is None:
                self._given += 1
                yield draft
        if final and self._answer:
            self._given += 1
            yield self._answer
            self._answer = None

    def _next(self, *, final: bool) -> Draft | None:
        if not self._buffer:
            return None
        found = self._first(SHORT)
        if not found.certain and len(self._buffer) > SHORT:
            found = self._first(LONGEST)
        if not (found.certain or final or len(self._buffer) > LONGEST):
            return None
        start, end, following, _ = found
        if start == end:
            self._buffer = self._buffer[following:]
            return Draft("", ())
        if self._marks_lead is None:
            self._marks_lead = _mark().match(self._buffer[:start]) is not None
        stop = end if self._marks_lead else following
        keys = _keys(self._buffer[:stop])
        text = _tidy(_mark().sub("", self._buffer[start:end]))
        self._buffer = self._buffer[stop:]
        return Draft(text if any(map(str.isalnum, text)) else "", keys)

    def _first(self, reach: int) -> _Range:
        """The first sentence within so many characters, cut behind a line or a word where it goes on behind them."""
        text = self._buffer[:reach]
        # Marks become white space of the same length, so that they do not hide the ends of sentences.
        masked = _mark().sub(lambda match: re.sub(r"\S", " ", match[0]), text)
        ranges = list(islice(each_sentence(masked), 2))
        start, end = ranges[0] if ranges else (len(masked), len(masked))
        following = ranges[1][0] if len(ranges) > 1 else len(masked)
        certain = sum(not char.isspace() for char in _OPEN_MARK.sub("", masked[end:])) >= LOOKAHEAD
        if following == len(text) < len(self._buffer):
            line, word = (masked.rfind(blank, start, end) for blank in "\n ")
            following = (line if line > start else word if word > start else end - 1) + 1
            end = min(end, following)
        return _Range(start, end, following, certain)


def _keys(text: str) -> tuple[str, ...]:
    """The distinct citation keys in `text`, in order; "[1-3]" is three."""
    found: list[str] = []
    for match in _mark().finditer(text):
        numbers = re.sub(r"[\[\]^]", "", re.sub(r"\]\s*\[", ",", next(group for group in match.groups() if group)))
        for part in re.split(r"\s*[,;،]\s*", numbers):
            first, _, last = (bound.strip() for bound in part.replace("–", "-").partition("-"))
            found += [f"[{number}]" for number in range(int(first), int(last or first) + 1)]
    return tuple(dict.fromkeys(found))


def _tidy(text: str) -> str:
    return re.sub(r"(?<!\s)\s+([.,;:!?。，！？،؛۔؟।])", r"\1", text).strip()
