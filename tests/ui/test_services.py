"""The library behind the pages: who owns it, and that the model's line and the pages' pictures tell the truth."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit import config

from ingest.viewing import PageViewer
from rag.build import ModelChooser, ModelInUse, open_kitabu
from rag.core.config import Settings, load_settings
from rag.core.errors import KitabuError
from rag.models.ollama import OllamaServer
from rag.testing.replay import ReplayServer
from rag.ui import services, strings
from tests.places import RECORDINGS, ROOT
from tests.ui.conftest import WAIT, until

HANDBOOK = ROOT / "sample_docs" / "library" / "Clinic handbook.pdf"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("KITABU_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return load_settings(data=tmp_path / "data", model="none")


@pytest.fixture
def viewer() -> Iterator[PageViewer]:
    opened = PageViewer()
    yield opened
    opened.close()


def test_an_app_that_came_second_takes_over_when_the_other_program_leaves(settings: Settings, tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    samples.mkdir()
    (samples / "boats.md").write_text("# Boats\n\nThe boat leaves at 06:40.\n")
    with open_kitabu(settings):
        app = services.start(settings, samples, wait=0.0)
        assert not app.owner
    try:
        until(lambda: app.owner)
        until(lambda: [document.name for document in app.kitabu.library.catalog.documents()] == ["boats.md"])
        assert "06:40" in app.kitabu.engine.answer("When does the boat leave?").text
    finally:
        app.close()
    with open_kitabu(settings) as after:
        assert after.library.owner


def test_a_short_visit_of_another_program_is_waited_for(settings: Settings) -> None:
    visitor = open_kitabu(settings)
    released = time.monotonic() + 1.0

    opened: list[services.Services] = []
    thread = threading.Thread(target=lambda: opened.append(services.start(settings)))
    thread.start()
    time.sleep(max(0.0, released - time.monotonic()))
    visitor.close()
    thread.join(WAIT)
    (app,) = opened
    assert app.owner
    app.close()


def in_use(settings: Settings, url: str = "http://127.0.0.1:9", **changes: str) -> ModelInUse:
    changed = settings.model_copy(update=changes)
    return ModelChooser(changed, OllamaServer(url, 5.0)).in_use()


def test_the_line_about_the_model_does_not_promise_what_is_not_there(settings: Settings) -> None:
    with ReplayServer(RECORDINGS) as ollama:
        missing = in_use(settings, ollama.url, model="ollama:notpulled")
        assert "notpulled" in missing.problem
        assert missing.remedy.endswith("ollama pull notpulled")
        there = in_use(settings, ollama.url, model="ollama:smollm2:135m")
        assert (there.problem, there.remedy) == ("", "")
        assert there.where.startswith("this computer")


def test_a_model_of_ones_own_has_nothing_to_do_with_ollama(settings: Settings) -> None:
    path = "tests.ui.test_services.own_model"
    own = in_use(settings, model=path)
    assert (own.where, own.problem, own.remedy) == ("", "", "")
    assert strings.answering(own.name, own.where) == f"answering: {own.name}"
    assert strings.model_place(own.where) == strings.MODEL_PLACE_UNKNOWN


def own_model() -> object:
    """A LangChain chat model such as somebody may name in the settings."""
    from langchain_core.language_models.fake_chat_models import FakeListChatModel

    return FakeListChatModel(responses=["Yes."])


def tall_pdf(path: Path) -> Path:
    """A page of 2 by 14,400 points: at a usual width its picture would have gigabytes."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 2 14400]>>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)
    path.write_bytes(body + b"xref\n0 4\n0000000000 65535 f \n" + table + trailer)
    return path


def test_a_page_of_absurd_shape_is_a_small_picture(viewer: PageViewer, tmp_path: Path) -> None:
    picture = viewer.render(tall_pdf(tmp_path / "tall.pdf"), 1, 1400)
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert width * height <= 20_000_000
    assert height <= 16_000


def test_pages_are_drawn_and_searched_outside_the_app(viewer: PageViewer, tmp_path: Path) -> None:
    assert viewer.render(HANDBOOK, 1, 200).startswith(b"\x89PNG")
    assert viewer.locate(HANDBOOK, 1, "Clinic Handbook")
    for path, page in ((HANDBOOK, 999), (tmp_path / "gone.pdf", 1)):
        with pytest.raises(KitabuError):
            viewer.render(path, page, 200)


def test_a_page_that_takes_too_long_costs_only_itself() -> None:
    hasty = PageViewer(seconds=0.001)
    with pytest.raises(KitabuError, match="cannot be shown"):
        hasty.render(HANDBOOK, 1, 1400)
    hasty.close()
    with pytest.raises(KitabuError):
        hasty.render(HANDBOOK, 1, 200)


def test_the_chat_client_is_imported_before_anybody_asks(tmp_path: Path) -> None:
    """In a process of its own: here another test has imported it already."""
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from rag.core.config import load_settings\n"
        "from rag.ui import services\n"
        "app = services.start(load_settings(data=Path(sys.argv[1]), model='ollama:m', ollama_url='127.0.0.1:9'))\n"
        "end = time.monotonic() + 120\n"
        "while 'langchain_ollama' not in sys.modules and time.monotonic() < end:\n"
        "    time.sleep(0.05)\n"
        "app.close()\n"
        "assert 'langchain_ollama' in sys.modules\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KITABU_")}
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


def test_no_collection_of_everything_after_each_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit collects after every run of a page unless told not to: a quarter of a second once models are loaded."""
    monkeypatch.chdir(ROOT)
    config.get_config_options(force_reparse=True)
    assert config.get_option("runner.postScriptGC") is False
