"""The page of one's data: what a test opens is on it, and warnings stand first."""

import socket
import sys
import time

import pytest
from streamlit.testing.v1 import AppTest

from rag.core.processes import Connection, Process
from rag.disclosure import Disclosure, ModelServer, Stored
from rag.ui.data_view import data_html
from rag.ui.services import Services
from rag.ui.strings import data as words
from tests.places import ROOT
from tests.ui.conftest import WAIT, shown


def found_out(test: AppTest) -> str:
    end = time.monotonic() + WAIT
    while words.LIMITS not in shown(test):
        assert time.monotonic() < end
        test.run()
    return shown(test)


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell")
def test_the_page_tells_what_is_open_now(app: Services) -> None:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run().switch_page("rag/ui/pages/data.py").run()
    html = found_out(test)
    assert not test.exception
    assert str(app.kitabu.settings.data / "catalog.sqlite") in html
    with socket.socket() as opened:
        opened.bind(("0.0.0.0", 0))
        opened.listen()
        port = opened.getsockname()[1]
        assert f"port {port}" not in html
        test.button(key="data-again").click().run()
        html = found_out(test)
        assert f"listens on 0.0.0.0 port {port}" in html
        assert html.index(words.TO_KNOW) < html.index(words.MODEL_SERVER)


def test_everything_is_told_in_words() -> None:
    visits = [Connection("tcp", "127.0.0.1", 8501, "127.0.0.1", port) for port in (50001, 50002)]
    sockets = (Connection("tcp", "127.0.0.1", 8501, "", 0), *visits, Connection("tcp", "10.0.0.2", 5, "192.0.2.1", 443))
    talking = Process(7, ("python", "<b>"), None, sockets)
    stored = Stored("The catalog", "/data/<i>", 1_500_000, "Texts.", "Until deleted.", "kitabu delete")
    server = ModelServer("http://192.0.2.7:11434", here=False, used=True, embeds=True, model="qwen3:4b")
    html = data_html(Disclosure((talking,), server, "127.0.0.1", (stored,), ("It is sent.",), ("Not seen.",)))
    for told in (
        "qwen3:4b, at http://192.0.2.7:11434, on another computer.",
        words.EMBEDS,
        "Process 7, uses the library",
        "talks to 192.0.2.1 port 443",
        "a browser at 127.0.0.1 has it open",
        "/data/&lt;i&gt;",
        "1.5 MB",
        "How it is deleted: kitabu delete",
        "It is sent.",
        "Not seen.",
    ):
        assert told in html, told
    foreign = ModelServer("", here=False, used=True, embeds=False, model="some.Model")
    assert words.place_unknown("some.Model") in data_html(Disclosure(None, foreign, "127.0.0.1", (), (), ()))
    calm = data_html(Disclosure(None, ModelServer("", True, False, False, "none"), "127.0.0.1", (), (), ()))
    for told in (words.ALL_HERE, words.NO_SERVER, words.NOT_TOLD, words.NOTHING_STORED):
        assert told in calm, told
