"""How a `ReplayServer` answers as a server that speaks OpenAI's protocol, well or badly."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from rag.testing.behaviours import JSON, Behaviour

if TYPE_CHECKING:
    from rag.testing.replay import Reply

EVENTS: Final = "text/event-stream"


def events(*deltas: Mapping[str, Any], error: str = "", raw: bytes | None = None) -> Behaviour:
    """Stream these bytes, then these deltas, then the error or a proper end; only bytes without deltas and error."""

    def behave(reply: Reply) -> None:
        reply.start(200, EVENTS)
        if raw is not None:
            reply.send(raw)
        for delta in deltas:
            reply.send(_event(delta))
        if error:
            reply.send(_data({"error": {"message": error, "code": 500}}))
        elif deltas or raw is None:
            reply.send(_event({}, "stop") + b"data: [DONE]\n\n")
        reply.end()

    return behave


def speaking(
    text: str,
    *,
    stop: str | None = "stop",
    before: float = 0.0,
    delay: float = 0.0,
    then: float = 0.0,
    prompt_tokens: int = 0,
) -> Behaviour:
    """Stream `text` in pieces, as vLLM does.

    Args:
        stop: why it ends; None for a stream that says nothing of it.
        before: seconds from the headers to the first word.
        delay: seconds before each piece.
        then: seconds of silence after the words.
        prompt_tokens: as counted; 0 takes a fourth of the prompt's characters.
    """

    def behave(reply: Reply) -> None:
        reply.start(200, EVENTS)
        reply.send(_event({"role": "assistant", "content": ""}))
        if before and not reply.wait(before):
            return
        pieces = re.findall(r"\s*\S+", text)
        for piece in pieces:
            if delay and not reply.wait(delay):
                return
            reply.send(_event({"content": piece}))
        if then and not reply.wait(then):
            return
        if stop is not None:
            prompt = sum(len(message["content"]) for message in reply.request.body["messages"]) // 4
            counts = {"prompt_tokens": prompt_tokens or prompt, "completion_tokens": len(pieces)}
            reply.send(_event({}, stop) + _data({"choices": [], "usage": counts}) + b"data: [DONE]\n\n")
        reply.end()

    return behave


def hanging_up(after: int) -> Behaviour:
    """Break the connection after that many words."""

    def behave(reply: Reply) -> None:
        reply.start(200, EVENTS)
        for piece in ("The", " clinic", " opens")[:after]:
            reply.send(_event({"content": piece}))
        reply.wait(0.05)
        reply.drop()

    return behave


def refusing(status: int, message: str) -> Behaviour:
    """An error as these servers write it."""

    def behave(reply: Reply) -> None:
        body = json.dumps({"error": {"message": message, "type": "error", "code": status}}).encode()
        reply.start(status, JSON, length=len(body))
        reply.send(body)

    return behave


def _event(delta: Mapping[str, Any], reason: str | None = None) -> bytes:
    return _data({"choices": [{"index": 0, "delta": dict(delta), "finish_reason": reason}]})


def _data(told: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(told).encode() + b"\n\n"
