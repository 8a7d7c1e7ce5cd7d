"""How a `ReplayServer` answers: as recorded, with a made-up reply, or with a fault."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rag.testing.replay import Reply, Request

JSON: Final = "application/json; charset=utf-8"
NDJSON: Final = "application/x-ndjson"

Behaviour = Callable[["Reply"], None]
"""Answers one request."""


def replaying(delay: float = 0.0) -> Behaviour:
    """As recorded, `delay` seconds before each line; Ollama's own 404 when nothing recorded fits."""

    def behave(reply: Reply) -> None:
        recording = reply.recording
        if recording is None:
            model = reply.request.body.get("model")
            failing(404, f"model '{model}' not found" if model else "404 page not found")(reply)
            return
        content_type = recording.headers.get("Content-Type", JSON)
        if "chunked" not in recording.headers.get("Transfer-Encoding", ""):
            reply.start(recording.status, content_type, length=len(recording.body))
            reply.send(recording.body)
            return
        reply.start(recording.status, content_type)
        for line in reply.lines():
            if delay and not reply.wait(delay):
                return
            reply.send(line)
        reply.end()

    return behave


def saying(text: str, *, delay: float = 0.0) -> Behaviour:
    """Stream `text` in pieces as a model would, `delay` seconds before each."""

    def behave(reply: Reply) -> None:
        reply.recording = None
        reply.start(200, NDJSON)
        for line in spoken(text, reply.request).splitlines(keepends=True):
            if delay and not reply.wait(delay):
                return
            reply.send(line)
        reply.end()

    return behave


def answering(reply_to: Callable[[str], str], *, delay: float = 0.0) -> Behaviour:
    """Stream what `reply_to` makes of the last message."""

    def behave(reply: Reply) -> None:
        saying(reply_to(reply.request.body["messages"][-1]["content"]), delay=delay)(reply)

    return behave


def streaming(*records: Mapping[str, Any]) -> Behaviour:
    """Stream these JSON objects, one a line."""

    def behave(reply: Reply) -> None:
        reply.start(200, NDJSON)
        for record in records:
            reply.send(_line(record))
        reply.end()

    return behave


def embedding(dimension: int) -> Behaviour:
    """A vector for each input of `/api/embed`, the same for the same text, as long as the words make it."""
    from rag.testing.embedding import word_sum

    def behave(reply: Reply) -> None:
        body = reply.request.body
        vectors = [word_sum(text, dimension).tolist() for text in body["input"]]
        streaming({"model": body["model"], "embeddings": vectors})(reply)

    return behave


def failing(status: int, error: str) -> Behaviour:
    """An error reply as Ollama writes it."""

    def behave(reply: Reply) -> None:
        body = json.dumps({"error": error}).encode()
        reply.start(status, JSON, length=len(body))
        reply.send(body)

    return behave


def dropping(after: int | None = None) -> Behaviour:
    """Break the connection after that many lines; None: before the headers."""

    def behave(reply: Reply) -> None:
        _begin(reply, after)
        # Time for the client to read what was sent: a reset discards it.
        reply.wait(0.05 if after else 0.0)
        reply.drop()

    return behave


def hanging(after: int | None = None, seconds: float = 60.0) -> Behaviour:
    """Say nothing more after that many lines, the connection open; None: not even headers."""

    def behave(reply: Reply) -> None:
        _begin(reply, after)
        reply.wait(seconds)
        reply.drop()

    return behave


def cutting(after: int) -> Behaviour:
    """End the stream properly after that many lines, without `done`."""

    def behave(reply: Reply) -> None:
        _begin(reply, after)
        reply.end()

    return behave


def breaking(after: int, error: str) -> Behaviour:
    """After that many lines a line `{"error": ...}`, under status 200."""

    def behave(reply: Reply) -> None:
        _begin(reply, after)
        reply.send(_line({"error": error}))
        reply.end()

    return behave


def garbling(after: int = 0, garbage: bytes = b"\xff\xfe<html>not json\n") -> Behaviour:
    """After that many lines, bytes that are no JSON."""

    def behave(reply: Reply) -> None:
        _begin(reply, after)
        reply.send(garbage)
        reply.end()

    return behave


def pulling(size: int, *, steps: int = 20, delay: float = 0.0) -> Behaviour:
    """Pull a model of `size` bytes as Ollama does, in `steps`, `delay` seconds before each.

    What has come when the client hangs up is kept, and the next request goes on from there.
    """
    parts = {f"sha256:{'ab' * 32}": size - size // 10, f"sha256:{'cd' * 32}": size // 10}
    kept = dict.fromkeys(parts, 0)

    def behave(reply: Reply) -> None:
        reply.start(200, NDJSON)
        reply.send(_line({"status": "pulling manifest"}))
        for digest, whole in parts.items():
            said = {"status": f"pulling {digest[7:19]}", "digest": digest, "total": whole}
            reply.send(_line(said if not kept[digest] else {**said, "completed": kept[digest]}))
            while kept[digest] < whole:
                if delay and not reply.wait(delay):
                    return
                kept[digest] = min(whole, kept[digest] + max(1, size // steps))
                reply.send(_line({**said, "completed": kept[digest]}))
        for status in ("verifying sha256 digest", "writing manifest", "success"):
            reply.send(_line({"status": status}))
        reply.end()

    return behave


def _begin(reply: Reply, lines: int | None) -> None:
    if lines is None:
        return
    reply.start(200, NDJSON)
    for line in reply.lines()[:lines]:
        reply.send(line)


def spoken(text: str, request: Request) -> bytes:
    """What Ollama would stream if its model wrote `text`: a line for each piece, then one with the counts."""
    pieces: Sequence[str] = re.findall(r"\s*\w{1,6}|\s*\W|\s+", text)
    base = {"model": request.body.get("model", ""), "created_at": "2026-11-22T03:37:46.865099778Z"}
    messages: Sequence[Mapping[str, str]] = request.body.get("messages") or ()
    prompt = sum(len(message.get("content", "").encode()) for message in messages) // 4 + 4 * len(messages)
    records: list[dict[str, Any]] = [
        {**base, "message": {"role": "assistant", "content": piece}, "done": False} for piece in pieces
    ]
    ending = {
        "done": True,
        "done_reason": "stop",
        "total_duration": 10_000_000 * (len(pieces) + 1),
        "load_duration": 1_000_000,
        "prompt_eval_count": prompt,
        "prompt_eval_duration": 10_000_000,
        "eval_count": len(pieces),
        "eval_duration": 10_000_000 * len(pieces),
    }
    records.append({**base, "message": {"role": "assistant", "content": ""}, **ending})
    return b"".join(map(_line, records))


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
