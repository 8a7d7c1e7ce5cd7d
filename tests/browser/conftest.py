"""One chromium and one server for all browser tests; nothing may leave 127.0.0.1."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.places import ROOT

REQUIRED = "KITABU_REQUIRE_BROWSER"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 90.0
PATIENCE = 60_000
"""Milliseconds; the machine may be busy with other work."""


@dataclass(frozen=True)
class Server:
    """A running app."""

    url: str
    data: Path
    process: int


Serve = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    if not found and not os.environ.get(REQUIRED):
        pytest.skip("no chromium here; with KITABU_REQUIRE_BROWSER=1 this would fail")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        opened = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def running() -> "dict[Path, subprocess.Popen[bytes]]":
    """The servers, by their logs."""
    return {}


@pytest.fixture(autouse=True)
def no_server_crashes(running: "dict[Path, subprocess.Popen[bytes]]") -> Iterator[None]:
    yield
    for log, process in running.items():
        assert process.poll() is None, log.read_text()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory, running: "dict[Path, subprocess.Popen[bytes]]") -> Serve:
    @contextlib.contextmanager
    def start(*options: str, **environment: str) -> Iterator[Server]:
        folder = tmp_path_factory.mktemp("server")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KITABU_")}
        command = [sys.executable, "-m", "rag", "serve", "--no-browser", f"--port={port}", f"--data={folder / 'data'}"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [*command, *options],
                # Any folder will do: the app finds its own files.
                cwd=folder,
                env={**kept, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        running[folder / "log"] = process
        try:
            url = f"http://127.0.0.1:{port}"
            _await(url, process, folder / "log")
            yield Server(url, folder / "data", process.pid)
            assert process.poll() is None, (folder / "log").read_text()
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0, (folder / "log").read_text()
            assert "Traceback" not in (folder / "log").read_text()
        finally:
            del running[folder / "log"]
            process.kill()
            process.wait()

    return start


def _await(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
            return
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def server(serve: Serve) -> Iterator[Server]:
    """The app with the sample documents and without a model."""
    with serve("--samples", "--model=none") as running:
        yield running


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens a page in a new context; fails afterwards when it asked for anything outside this machine."""
    contexts: list[BrowserContext] = []
    strayed: list[str] = []

    def guard(route: Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1", "data:", "blob:")):
            route.continue_()
        else:
            strayed.append(route.request.url)
            route.abort()

    def open_it(url: str, width: int = 1280, height: int = 850, locale: str = "en-US") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.route("**/*", guard)
        page = context.new_page()
        # The policy blocks before a request is made: its reports count as attempts too.
        page.on("console", lambda message: strayed.append(message.text) if "Content Security" in message.text else None)
        page.goto(url)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert strayed == []
