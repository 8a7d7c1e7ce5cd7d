"""What all chat models' replies have in common: thoughts kept apart, how a reply ended, and trying again before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain, repeat
from typing import Any, Final

from rag.core.errors import ConnectionLost, ContextOverflow, ModelError, ServerBusy, ServerUnreachable, Truncated
from rag.core.ports import ChatChunk
from rag.core.types import Usage
from rag.models.thinking import ThinkingFilter

LEAST_SHARE: Final = 0.25
"""Of the estimated prompt tokens, what a server that read all of it evaluates at least: the estimate is at most
about twice too high on measured text, and repetition and wide vocabularies lower the count further."""
RESTART_SECONDS: Final = 10.0
"""How long a server that closed the connection is given to come back: one that is restarted needs a second or two."""
CUT_OFF: Final = frozenset(
    """content_filter content_filtered guardrail_intervened refusal safety recitation blocklist prohibited_content spii
    error_toxic error abort""".split()
)
"""Why a reply that is not at its end was ended, in small letters, as servers write it: OpenAI and Azure, Bedrock,
Anthropic, Gemini, Cohere, Mistral, vLLM."""
PAUSES: Final = (0.25, 0.5)
"""Seconds before the first tries again; later ones come every second, so that whoever waits is seen to wait."""

Chunks = Generator[ChatChunk, None, None]


class Reply:
    """Takes in one streamed reply and judges how it ended.

    Args:
        model: its name.
        window: the context window asked for, in tokens.
        prompt_estimate: tokens of the prompt, on the high side.
    """

    def __init__(self, model: str, window: int, prompt_estimate: int = 0) -> None:
        self._model = model
        self._window = window
        self._prompt_estimate = prompt_estimate
        self._filter = ThinkingFilter()
        self._text_came = False
        self._usage = Usage(window=window)
        self._reason = ""

    @property
    def prompt_tokens(self) -> int:
        """As the server counted them; 0 where it did not."""
        return self._usage.prompt_tokens

    def take(self, text: str, thought: str = "") -> Iterator[ChatChunk]:
        """The next piece of text, which may hold thoughts between marks, and of thoughts that come apart."""
        shown = self._filter.feed(text)
        withdrawn = self._filter.withdrawn
        self._text_came = self._text_came and not withdrawn
        yield from self._show(shown, thought + self._filter.thought, withdrawn=withdrawn)

    def count(self, prompt_tokens: int, answer_tokens: int) -> None:
        """The tokens as the server counted them."""
        self._usage = Usage(prompt_tokens, answer_tokens, self._window)

    def end(self, reason: str) -> None:
        """The server said that it is done: "stop", "length" at the longest reply, or one of `CUT_OFF`."""
        self._reason = reason

    def finish(self) -> Iterator[ChatChunk]:
        """The rest and the usage.

        Raises:
            ContextOverflow: the server read only part of the prompt.
            Truncated: the stream broke off after text had come, the reply reached its longest length, or its server
                cut it off.
            ModelError: nothing came.
        """
        yield from self._show(self._filter.finish(), self._filter.thought)
        if not self._reason:
            raise self.broken(ModelError(f"'{self._model}' stopped without an answer.", "Ask again."))
        yield ChatChunk("", self._usage)
        if 0 < self._usage.prompt_tokens < self._prompt_estimate * LEAST_SHARE:
            raise ContextOverflow(
                f"'{self._model}' read only {self._usage.prompt_tokens} tokens of the passages; the rest was cut by "
                "the model server.",
                "Update the model server, or set 'passages' lower.",
            )
        if self._reason == "length":
            raise Truncated(
                f"The answer of '{self._model}' reached its longest length and stops there.",
                "Set 'answer_tokens' higher.",
            )
        if self._reason.lower() in CUT_OFF:
            raise Truncated(
                f"The answer of '{self._model}' was cut off by its server ({self._reason}).",
                "Ask in other words, or use another model.",
            )
        if not self._text_came:
            raise ModelError(f"'{self._model}' gave an empty answer.", "Ask again, or use another model.")

    def broken(self, cause: ModelError) -> ModelError:
        """The error for a stream that failed: `cause`, or `Truncated` when text had come."""
        if not self._text_came:
            return cause
        return Truncated(f"The answer of '{self._model}' broke off. {cause.message}", "Ask again.")

    def _show(self, text: str, thought: str, *, withdrawn: bool = False) -> Iterator[ChatChunk]:
        self._text_came = self._text_came or bool(text)
        if text or thought:
            yield ChatChunk(text, thought=thought, withdrawn=withdrawn)


def text_of(content: str | Sequence[str | Mapping[str, Any]] | None) -> str:
    """The text of a message's content, which is a string or a list of blocks: thoughts, for one, are blocks."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(
        block if isinstance(block, str) else str(block.get("text", ""))
        for block in content
        if isinstance(block, str) or block.get("type") == "text"
    )


def persistent(attempt: Callable[[], Chunks], seconds: float) -> Iterator[ChatChunk]:
    """The first attempt that goes through; between them a piece that says that it waits.

    A server whose queue is full is asked again for so many seconds, and one that closed the connection, which it does
    when it is restarted, for `RESTART_SECONDS` of them. Where nothing answers at all it is not worth it, and once
    anything was shown it would be shown twice.

    Raises:
        ModelError: as the last attempt did.
    """
    began, lost = time.monotonic(), False
    for pause in chain(PAUSES, repeat(1.0)):
        shown = False
        try:
            with closing(attempt()) as chunks:
                for chunk in chunks:
                    shown = shown or not chunk.silent
                    yield chunk
            return
        except (ServerBusy, ServerUnreachable) as error:
            lost = lost or isinstance(error, ConnectionLost)
            longest = seconds if isinstance(error, ServerBusy) else min(seconds, RESTART_SECONDS if lost else 0.0)
            if shown or time.monotonic() + pause > began + longest:
                raise
        yield ChatChunk("", waiting=True)
        time.sleep(pause)
