"""`kitabu serve`: the app, on a port that is free."""

from __future__ import annotations

import errno
import os
import platform
import socket
import sys
import urllib.error
import urllib.request
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

from rag.cli.console import Console
from rag.cli.failures import DONE, WrongUse
from rag.core.config import Settings

SAMPLES: Final = Path(__file__).resolve().parents[2] / "sample_docs" / "library"
PORTS_TRIED: Final = 50


def serve(settings: Settings, *, samples: bool, browser: bool, console: Console) -> int:
    """Start the app and stay until it is stopped.

    Raises:
        WrongUse: the address cannot be listened on, or the sample documents are not there.
    """
    if samples and not SAMPLES.is_dir():
        raise WrongUse(f"The sample documents are not at {SAMPLES}.", "Start without --samples.")
    require_free(settings.host, settings.port)
    from rag.ui.server import serve as run_server

    address = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    shown = f"[{address}]" if ":" in address else address
    url = f"http://{shown}:{settings.port}"
    console.note(f"Kitabu is at {url} (Ctrl+C stops it). The library is {settings.data}.")
    # What Streamlit says of itself is no result.
    with redirect_stdout(sys.stderr):
        run_server(settings, samples=SAMPLES if samples else None, open_browser=browser and _has_screen())
    console.result({"url": url, "data": str(settings.data)})
    return DONE


def require_free(host: str, port: int) -> None:
    """Check that `port` can be listened on.

    Raises:
        WrongUse: it is taken, forbidden, or the address is not one of this computer's; says what to do.
    """
    problem = _bind(host, port)
    if problem is None:
        return
    if problem.errno == errno.EADDRINUSE:
        free = next((p for p in range(port + 1, min(port + PORTS_TRIED, 65536)) if _bind(host, p) is None), None)
        who = "another Kitabu, or another Streamlit app" if _is_streamlit(host, port) else "another program"
        remedy = f"Start with --port {free}" if free else "Choose another with --port"
        raise WrongUse(f"Port {port} is taken by {who}.", f"{remedy}, or stop the other one.")
    if problem.errno in (errno.EACCES, errno.EPERM):
        raise WrongUse(f"Port {port} may not be used by this account.", "Choose one above 1023 with --port.")
    raise WrongUse(f"{host} is not an address of this computer ({problem.strerror or problem}).", "Correct --host.")


def _bind(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As servers do: a port whose last connection is only waiting to be forgotten counts as free.
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def _is_streamlit(host: str, port: int) -> bool:
    address = "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}:{port}/_stcore/health", timeout=1) as reply:
            return bool(reply.read(10).strip() == b"ok")
    except (OSError, ValueError, urllib.error.URLError):
        return False


def _has_screen() -> bool:
    """Whether a browser can open here: not in CI, and on Linux only with a display."""
    if os.environ.get("CI"):
        return False
    if platform.system() == "Linux":
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
