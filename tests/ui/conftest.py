"""The app's pages without a browser: the real library and engine behind Streamlit's own test runner."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.core.config import load_settings
from rag.ui import services
from rag.ui.services import Services
from tests.places import ROOT

WAIT = 120.0


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    for name in [name for name in os.environ if name.startswith("KITABU_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(ROOT)
    opened = services.start(load_settings(data=tmp_path / "data", model="none"))
    services.provide(opened)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield opened
    opened.close()
    st.cache_resource.clear()


def page(name: str = "") -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
    return test.switch_page(f"rag/ui/pages/{name}.py").run() if name else test


def shown(test: AppTest) -> str:
    """All markup that the page's reading components hold."""
    return "".join(str(element.proto) for element in test.get("bidi_component"))


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
