"""Giving a model the sentences of its answer that did not hold, once, to write them again from the passages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from rag.answering.context import TEMPLATE_TOKENS, Packed
from rag.answering.generate import SENTINEL, SentenceAssembler, closing_stream
from rag.core.errors import ModelError
from rag.core.messages import messages
from rag.core.ports import ChatMessage, ChatModel
from rag.core.prompts import disarm, load
from rag.core.text import content_terms
from rag.core.types import Sentence

MOST: Final = 6
"""Sentences given back at once; an answer with more is beyond repair by a small model."""
PATIENCE: Final = 20.0
"""Seconds for the first word: the model is loaded and has read the passages already."""
LONGEST: Final = 30.0
"""Seconds for the whole reply; lines that are complete by then are used."""
GROWTH: Final = 2
"""A sentence written again may be so many times as long."""
MARK_TOKENS: Final = 12
"""For a line's number and its citation."""

Check = Callable[[str, Sequence[str]], Sentence]
"""Holds a text with its citation keys against the answer's passages."""

_LINE: Final = re.compile(r"[\s*-]*(\d{1,2})[.):]\s*(\S.*)")


@dataclass(frozen=True, slots=True)
class Request:
    """What the model is sent, and which sentences it is asked for."""

    messages: tuple[ChatMessage, ...]
    window: int
    max_tokens: int
    positions: tuple[int, ...]
    """Places in the answer of the sentences numbered 1, 2, ..."""


def request(
    model: ChatModel, packed: Packed, written: str, sentences: Sequence[Sentence], language: str
) -> Request | None:
    """The conversation so far with the sentences that do not hold; None where there are none or the window is full.

    It goes on from the answer's own messages, which the server has read already: only what is new takes time. The
    window stays, or the server would load the model again.

    Args:
        packed: the prompt that was answered.
        written: the answer as the model wrote it.
        language: of the answer, as a code.
    """
    positions = tuple(place for place, sentence in enumerate(sentences) if not sentence.supported)[:MOST]
    if not positions:
        return None
    failed = [sentences[place] for place in positions]
    listed = "\n".join(f"{number}. {_flat(one.text)} ({one.reason})" for number, one in enumerate(failed, start=1))
    asked = load("repair").render(language=messages(language).language_name, sentences=listed)
    added = (ChatMessage("assistant", disarm(written)), *asked)
    reply = sum(GROWTH * model.count_tokens(one.text) + MARK_TOKENS for one in failed)
    needed = packed.prompt_tokens + sum(model.count_tokens(message.content) for message in added) + reply
    if needed + 2 * TEMPLATE_TOKENS > packed.window:
        return None
    return Request((*packed.messages, *added), packed.window, reply, positions)


def repair(
    model: ChatModel, asked: Request, sentences: Sequence[Sentence], check: Check, language: str
) -> Iterator[tuple[int, Sentence]]:
    """(place in the answer, the sentence that now stands there) for each that holds, as its line completes.

    A line counts only when it is one sentence that the passages support, that speaks of what the old one spoke of, and
    that the answer does not say already. A server that fails, or takes longer than `LONGEST`, repairs nothing more.
    """
    said = {sentence.text.casefold() for sentence in sentences}
    for number, line in _lines(model, asked):
        if not 1 <= number <= len(asked.positions) or SENTINEL in line:
            continue
        place = asked.positions[number - 1]
        sentence = _held(line, check)
        if sentence is None or sentence.text.casefold() in said or not _akin(sentence, sentences[place], language):
            continue
        said.add(sentence.text.casefold())
        yield place, sentence


def _lines(model: ChatModel, asked: Request) -> Iterator[tuple[int, str]]:
    """The numbered lines of the reply; the last one only when the model ended it."""
    deadline = time.monotonic() + LONGEST
    stream = model.stream(asked.messages, window=asked.window, max_tokens=asked.max_tokens, patience=PATIENCE)
    buffer, seen = "", set[int]()
    with closing_stream(stream) as source, suppress(ModelError):
        for chunk in source:
            buffer = chunk.text if chunk.withdrawn else buffer + chunk.text
            *complete, buffer = buffer.split("\n")
            yield from _numbered(complete, seen)
            if time.monotonic() > deadline:
                return
        yield from _numbered([buffer], seen)


def _numbered(lines: Sequence[str], seen: set[int]) -> Iterator[tuple[int, str]]:
    for line in lines:
        found = _LINE.match(line)
        if found and int(found[1]) not in seen:
            seen.add(int(found[1]))
            yield int(found[1]), found[2]


def _held(line: str, check: Check) -> Sentence | None:
    assembler = SentenceAssembler()
    drafts = [*assembler.feed(line), *assembler.finish()]
    if len(drafts) != 1:
        return None
    sentence = check(*drafts[0])
    return sentence if sentence.supported else None


def _akin(one: Sentence, other: Sentence, language: str) -> bool:
    return not set(content_terms(one.text, language)).isdisjoint(content_terms(other.text, language))


def _flat(text: str) -> str:
    return " ".join(text.split())
