"""The app's own server: Streamlit on this machine, with headers that let a page load nothing from elsewhere."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import logging.handlers
import re
import signal
import socket
import sys
import threading
import time
import tomllib
import webbrowser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from rag.core.config import Settings
from rag.core.errors import KitabuError
from rag.core.machine import LOOPBACK

if TYPE_CHECKING:
    import streamlit as st
    from starlette.datastructures import MutableHeaders
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from rag.ui.services import Services

ROOT: Final = Path(__file__).resolve().parents[2]
ENTRY: Final = ROOT / "app.py"
LOOK: Final = ROOT / ".streamlit" / "config.toml"
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:; font-src 'self' data:; "
    "connect-src 'self'{sockets}; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
"""What Streamlit needs and no more: nothing is loaded from, or sent to, another host. `sockets` are the websockets of
this server, which older browsers do not count to 'self'."""
HEADERS: Final = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
PAGE_WIDTH: Final = 1400
"""Pixels a page is drawn wide: sharp at twice the panel's usual width."""
_LOG_BYTES: Final = 2_000_000
_POLICY_VIOLATION: Final = 1008
"""Status of a websocket, RFC 6455, section 7.4.1."""
_HOST: Final = re.compile(r"[\w.\-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?", re.ASCII)
"""A name or an address with its port: nothing that would mean something else within the policy."""


class SecurityHeaders:
    """Adds `HEADERS` and the policy to every response, and turns websockets of other sites' pages away.

    Streamlit would take them from any port of this computer; and of a name that it does not know it asks an outside
    host whether that is its own, so that every page in the browser could have it go there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        host, origin = (_header(scope, name) for name in (b"host", b"origin"))
        if scope["type"] == "websocket" and origin and origin.partition("://")[2] != host:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _set_headers(_headers(message), host)
            await send(message)

        await self._app(scope, receive, with_headers)


def serve(settings: Settings, *, samples: Path | None, open_browser: bool) -> None:
    """Run the app until it is interrupted.

    Args:
        samples: a folder of documents to take in when the library is empty.
        open_browser: open the app in the browser of this machine once it answers.

    Raises:
        KitabuError: the library cannot be opened.
    """
    from rag.ui import services as shared

    # A crash in native code says where it happened.
    faulthandler.enable(all_threads=False)
    services = shared.start(settings, samples)
    _log_to(Path(services.log_path))
    shared.provide(services)
    try:
        app = build_app(services)
        if open_browser:
            host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
            threading.Thread(target=_open_when_ready, args=(host, settings.port), daemon=True).start()
        _without_uvloop()
        _ended_by_sigterm_as_by_ctrl_c()
        # Ctrl+C is how a server is meant to end; uvicorn raises it again once it has shut down.
        with contextlib.suppress(KeyboardInterrupt):
            app.run(config=_options(settings))
    finally:
        services.close()


def _ended_by_sigterm_as_by_ctrl_c() -> None:
    """Let `systemctl stop` and `docker stop` end the server in order, with what is under way kept.

    uvicorn puts back the handler that it found and raises the signal again: Python's own would end the process at once.
    """

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupt)


def _without_uvloop() -> None:
    """Let uvicorn take Python's own event loop.

    uvloop 0.23, which comes with Chroma's dependencies, now and then ends the process with a segmentation fault when a
    server that has had connections is interrupted (github.com/MagicStack/uvloop/issues/706). One user at a time gains
    nothing by it. What stands as None among the modules cannot be imported, and uvicorn then does without.
    """
    cast(dict[str, Any], sys.modules)["uvloop"] = None


def build_app(services: Services) -> st.App:
    """The ASGI application: Streamlit, the pages' pictures and original files, and the headers."""
    import streamlit as st
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import FileResponse, PlainTextResponse
    from starlette.responses import Response as BytesResponse
    from starlette.routing import Route

    from ingest.readers.office_pictures import picture_of
    from ingest.run import visible

    def page_picture(request: Request) -> Response:
        number = int(request.path_params["page"])
        try:
            document = services.kitabu.library.catalog.document(request.path_params["document"])
            found = services.original(document)
            if found is None:
                return PlainTextResponse("", 404)
            within = picture_of(document, services.kitabu.library.catalog.page(document.id, number))
            picture = services.viewer.render(found, number, PAGE_WIDTH, within)
        except KitabuError:
            return PlainTextResponse("", 404)
        return BytesResponse(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})

    def original_file(request: Request) -> Response:
        found = _document(services, request)
        if found is None:
            return PlainTextResponse("", 404)
        # As a download only: a web page among the documents must not run within the app's origin.
        return FileResponse(found, media_type="application/octet-stream", filename=visible(found.name))

    hosts = _hosts(services.kitabu.settings)
    return st.App(
        ENTRY,
        routes=[
            Route("/api/page/{document}/{page:int}.png", page_picture),
            Route("/api/original/{document}", original_file),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts or ["*"]), Middleware(SecurityHeaders)],
    )


def _document(services: Services, request: Request) -> Path | None:
    try:
        document = services.kitabu.library.catalog.document(request.path_params["document"])
    except KitabuError:
        return None
    return services.original(document)


def _headers(message: Message) -> MutableHeaders:
    from starlette.datastructures import MutableHeaders

    return MutableHeaders(scope=message)


def _header(scope: Scope, name: bytes) -> str:
    """A header of the request, "" where it has none."""
    headers: Iterable[tuple[bytes, bytes]] = scope.get("headers", ())
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def _set_headers(headers: MutableHeaders, host: str) -> None:
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.format(sockets=sockets)
    for name, value in HEADERS.items():
        headers[name] = value


def _hosts(settings: Settings) -> list[str]:
    """Names under which the app may be asked for; empty (any) when it listens beyond this machine."""
    return sorted(LOOPBACK) if settings.host in LOOPBACK else []


def _options(settings: Settings) -> dict[str, Any]:
    look = tomllib.loads(LOOK.read_text(encoding="utf-8")) if LOOK.is_file() else {}
    return {
        **_flat(look),
        "server.address": settings.host,
        "server.port": settings.port,
        "server.allowedHosts": _hosts(settings),
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.maxUploadSize": settings.max_file_mb,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": settings.host,
        "client.showErrorDetails": "none",
    }


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _log_to(path: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    for name in ("kitabu", "rag", "ingest", "streamlit"):
        logging.getLogger(name).addHandler(handler)


def _open_when_ready(host: str, port: int) -> None:
    for _ in range(120):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.25)
        else:
            webbrowser.open(f"http://{f'[{host}]' if ':' in host else host}:{port}")
            return
