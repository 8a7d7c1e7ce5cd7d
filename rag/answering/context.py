"""The prompt within the window: which passages go in, and how large a window is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.core.errors import ContextOverflow
from rag.core.ports import ChatMessage, ChatModel
from rag.core.prompts import load
from rag.core.types import Passage

SMALLEST_WINDOW: Final = 4096
"""Ollama's own default, so that a model that another program loaded is used as it is."""
TEMPLATE_TOKENS: Final = 64
"""For the marks that the model's chat template puts around the messages, and for its rounding."""
BLANK_LINE_TOKENS: Final = 2
FENCE: Final = "====="


@dataclass(frozen=True, slots=True)
class Packed:
    """A prompt that fits."""

    messages: tuple[ChatMessage, ...]
    passages: tuple[Passage, ...]
    """Those that went in, best first, with the keys they had."""
    window: int
    """The context window to ask for, in tokens."""
    prompt_tokens: int
    """Estimate, on the high side."""
    left_out: tuple[Passage, ...]
    """Those that did not fit, best first."""


def pack(
    question: str,
    language: str,
    passages: Sequence[Passage],
    model: ChatModel,
    max_window: int,
    answer_tokens: int,
) -> Packed:
    """Put question and passages into the answering prompt.

    Passages go in whole, best first; one that does not fit is left out and named. The window is `SMALLEST_WINDOW`
    doubled until it holds prompt and answer, or the limit: the server loads the model again whenever the window
    changes, which takes seconds, so there are few sizes.

    Args:
        language: the answer's language by its English name.
        passages: best first.
        max_window: the setting; the model's own window limits it further.
        answer_tokens: room kept for the answer.

    Raises:
        ContextOverflow: the question alone, or with any one passage, does not fit.
        ModelError: the model cannot tell its window.
    """
    limit = min(max_window, model.window())
    room = limit - answer_tokens - TEMPLATE_TOKENS
    fence = _fence(passages)
    frame = _render(question, language, fence, [])
    used = _count(model, frame)
    if used > room:
        raise ContextOverflow(
            f"The question does not fit the window of '{model.name}': about {used:,} tokens of {max(room, 0):,}.",
            "Ask a shorter question, or set 'window' higher.",
        )
    taken: list[Passage] = []
    for passage in passages:
        cost = model.count_tokens(_block(passage, fence)) + BLANK_LINE_TOKENS
        if used + cost <= room:
            used += cost
            taken.append(passage)
    if passages and not taken:
        raise ContextOverflow(
            f"No passage fits the window of '{model.name}' ({limit:,} tokens).", "Set 'window' higher."
        )
    messages = _render(question, language, fence, taken)
    needed = used + answer_tokens + TEMPLATE_TOKENS
    window = SMALLEST_WINDOW
    while window < needed:
        window *= 2
    keys = {passage.key for passage in taken}
    left_out = tuple(passage for passage in passages if passage.key not in keys)
    return Packed(messages, tuple(taken), min(window, limit), used, left_out)


def _render(question: str, language: str, fence: str, passages: Sequence[Passage]) -> tuple[ChatMessage, ...]:
    blocks = "\n\n".join(_block(passage, fence) for passage in passages)
    return load("answer").render(fence=fence, language=language, passages=blocks, question=question)


def _count(model: ChatModel, messages: Sequence[ChatMessage]) -> int:
    return sum(model.count_tokens(message.content) for message in messages)


def _block(passage: Passage, fence: str) -> str:
    """The passage under its key, between two lines of fence."""
    return f"{passage.key}\n{fence}\n{_quoted(passage)}\n{fence}"


def _quoted(passage: Passage) -> str:
    """What the fence encloses: all that comes from files, file names and headings as well as text."""
    where = [passage.document.name, f"page {passage.page}", *passage.heading_path]
    return f"{' '.join(', '.join(where).split())}\n\n{passage.text}"


def _fence(passages: Sequence[Passage]) -> str:
    """A fence that stands in nothing that is quoted, so that none can close its own."""
    fence = FENCE
    quoted = [_quoted(passage) for passage in passages]
    while any(fence in text for text in quoted):
        fence += "="
    return fence
