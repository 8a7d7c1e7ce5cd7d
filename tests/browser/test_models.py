"""A model is got, stopped, got on, looked at and chosen, as a person goes that way."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from rag.store.catalog import Catalog
from rag.store.models import Models
from rag.testing.behaviours import pulling, streaming
from rag.testing.replay import ReplayServer
from rag.ui import strings
from rag.ui.strings import models as words
from tests.browser.conftest import Open, Serve, Server
from tests.places import RECORDINGS

GOT = {
    "name": "qwen3:4b",
    "digest": "e55aed6fe643",
    "size": 2_500_000_000,
    "details": {"parameter_size": "4.0B", "quantization_level": "Q4_K_M", "context_length": 40960},
    "capabilities": ["completion"],
}


@pytest.fixture
def ollama() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as running:
        yield running


@pytest.fixture
def served(serve: Serve, ollama: ReplayServer) -> Iterator[Server]:
    with serve(KITABU_OLLAMA_URL=ollama.url) as running:
        yield running


def test_a_model_is_got_and_answers_for_everybody(served: Server, ollama: ReplayServer, open_page: Open) -> None:
    ollama.script("/api/pull", pulling(2_500_000_000, steps=50, delay=0.1))
    page = open_page(f"{served.url}/models")
    expect(page.get_by_role("button", name="smollm2:135m", exact=True)).to_be_visible()
    page.get_by_label(words.NAME).fill("qwen3:4b")
    page.get_by_role("button", name=words.GET_IT).click()
    expect(page.get_by_text(re.compile(r"of 2\.2 GB · .* a second · "))).to_be_visible()
    page.get_by_role("button", name=strings.STOP, exact=True).click()
    expect(page.get_by_text(words.STOPPED)).to_be_visible()
    assert ollama.asked("/api/pull")[0].disconnected.wait(10)
    ollama.script("/api/tags", streaming({"models": [GOT]}))
    # Another page in between loses nothing.
    page.get_by_role("link", name=strings.QUALITY).click()
    page.get_by_role("link", name=strings.MODELS, exact=True).click()
    page.get_by_role("button", name=words.GO_ON).click()
    row = page.get_by_role("button", name="qwen3:4b", exact=True)
    expect(row).to_be_visible()
    expect(page.get_by_text(words.getting("qwen3:4b"))).to_have_count(0)
    research = {"license": "Qwen RESEARCH LICENSE AGREEMENT", "details": {}, "model_info": {}}
    ollama.script("/api/show", streaming(research))
    row.click()
    expect(page.get_by_text("does not allow commercial use")).to_be_visible()
    expect(page).to_have_url(re.compile("model=qwen3"))
    page.reload()
    page.get_by_role("button", name=words.USE).click()
    expect(page.get_by_text(words.FOR_EVERYBODY)).to_be_visible()
    expect(page.get_by_text(strings.answering("qwen3:4b", "this computer"))).to_be_visible()
    catalog = Catalog.open(served.data / "catalog.sqlite", read_only=True)
    assert Models(catalog).chosen() == "ollama:qwen3:4b"
    catalog.close()
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    # Escape closes the card.
    page.keyboard.press("Escape")
    expect(page.get_by_text("does not allow commercial use")).to_have_count(0)
