"""What the failures of an Ollama server mean, and what to do about them."""

from __future__ import annotations

import json
import re
import sys
from typing import Final

from rag.core.errors import (
    ConnectionLost,
    ContextOverflow,
    ModelError,
    ModelNotPulled,
    ServerBusy,
    ServerUnreachable,
    TimedOut,
)

SUGGESTED_MODEL: Final = "qwen3:4b"


def _start_hint(platform: str) -> str:
    start = {"win32": "start Ollama from the Start menu", "darwin": "open the Ollama app"}
    return f"Install Ollama from ollama.com, then {start.get(platform, 'run: ollama serve')}."


START_HINT: Final = _start_hint(sys.platform)
PULL_HINT: Final = f"Open a terminal and run: ollama pull {SUGGESTED_MODEL}"


def status_error(status: int, body: str, url: str, model: str) -> ModelError:
    """The error for a reply other than 200, or for an error line in a stream (`status` -1)."""
    told = error_text(body)
    if re.search(r"exceed.*context|context.*exceed", told):
        return ContextOverflow(
            f"The question and its passages do not fit the window of '{model}'.", "Set 'window' higher or ask for less."
        )
    if status == 404:
        return ModelNotPulled(f"The model server at {url} does not have '{model}'.", f"Run: ollama pull {model}")
    if status == 503:
        return ServerBusy(f"The model server at {url} is busy.", "Wait a moment and ask again.")
    if "memory" in told:
        return ModelError(f"'{model}' does not fit the memory: {told}.", f"Use a smaller model. {PULL_HINT}")
    return ModelError(f"The model server at {url} reported an error for '{model}': {told}.", "Ask again.")


def transport_error(error: Exception, url: str, model: str) -> ModelError:
    """The error for a request that got no reply, or one that is not Ollama's."""
    import httpx

    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | ConnectionError):
        return ServerUnreachable(f"Nothing answers at {url}.", START_HINT)
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(
            f"The model server at {url} stopped answering.", f"'{model}' may be too large: try a smaller one."
        )
    if isinstance(error, httpx.TransportError):
        return ConnectionLost(f"The model server at {url} closed the connection.", "Look whether it still runs.")
    return ModelError(
        f"What answers at {url} does not speak Ollama's language.", "Check the setting 'ollama_url' and its version."
    )


def error_text(body: str) -> str:
    """What an error reply says, in one line."""
    try:
        told = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        told = body
    return " ".join(str(told).split())[:300].rstrip(".") or "no reason given"
