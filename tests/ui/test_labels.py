"""What is chosen from a list is what is meant: no two entries have the same label, and any name can be shown."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from rag.core.filters import Filter
from rag.ui import strings
from rag.ui.labels import distinct, folder_labels
from rag.ui.server import build_app
from rag.ui.services import Services
from tests.places import ROOT
from tests.ui.conftest import WAIT, page, shown, until

NAMES = st.text(st.sampled_from("ab ()12\u00e9e\u0301\udce9\t"), max_size=4)


@given(st.lists(st.tuples(NAMES, NAMES, NAMES), max_size=12, unique=True))
def test_no_two_labels_are_the_same_and_all_can_be_sent(options: list[tuple[str, str, str]]) -> None:
    ways = [lambda one, far=far: " (".join(one[:far]) for far in (1, 2, 3)]
    labels = distinct(options, *ways)
    assert list(labels) == options
    assert len({" ".join(label.split()) for label in labels.values()}) == len(options)
    for label in labels.values():
        label.encode("utf-8")


def test_a_label_tells_no_more_than_it_must() -> None:
    folders = ["/a/2019/rules", "/a/2025/rules", "/b/2025/rules", "/a/prices"]
    assert list(folder_labels(folders).values()) == ["2019/rules", "/a/2025/rules", "/b/2025/rules", "prices"]


def fill(app: Services, *files: tuple[Path, str], sync: bool = False) -> None:
    for path, words in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words)
        taken = str(path.parent if sync else path)
        app.kitabu.library.jobs.enqueue("ingest", {"paths": [taken], "sync": sync})
    until(lambda: not app.kitabu.library.jobs.recent(1, open_only=True))


def test_a_question_is_kept_to_the_document_and_the_folder_that_were_chosen(app: Services, tmp_path: Path) -> None:
    handbooks = [(tmp_path / year / "rules" / f"handbook-{year}.md", year) for year in ("2019", "2025")]
    fill(app, *((path, f"# Staff Handbook\n\nIn {year}, leave is 19 days.\n") for path, year in handbooks), sync=True)
    catalog = app.kitabu.library.catalog
    for document in catalog.documents():
        ask = page()
        ask.multiselect(key="kept-to-documents").set_value([document.id]).run()
        assert ask.session_state["kept-to"][1] == Filter(documents=(document.id,))
        assert document.name.removesuffix(".md") in ask.get("popover")[0].proto.popover.label.replace("\\", "")
    for folder in catalog.folders():
        ask = page()
        ask.multiselect(key="kept-to-folders").set_value([folder]).run()
        assert ask.session_state["kept-to"][1] == Filter(folders=(folder,))


def test_what_took_a_documents_place_is_the_one_that_was_chosen(app: Services, tmp_path: Path) -> None:
    fill(
        app,
        (tmp_path / "old.md", "# Old prices\n\nA lamp costs 9 shillings.\n"),
        *(
            (tmp_path / place / "price.md", f"# Prices\n\nIn the {place} a lamp costs 8 shillings.\n")
            for place in ("north", "south")
        ),
    )
    catalog = app.kitabu.library.catalog
    old = catalog.find("old.md")
    for chosen in [document for document in catalog.documents() if document.name == "price.md"]:
        library = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
        library.switch_page("rag/ui/pages/library.py")
        library.query_params["doc"] = old.id
        library.session_state["edited"] = old.id
        library.run()
        library.selectbox(key="edit-successor").set_value(chosen.id)
        library.button(key="edit-save").click().run()
        assert catalog.document(old.id).superseded_by == chosen.id


def test_names_that_are_no_text_do_not_take_a_page_down(app: Services, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/Pr\xe9sences"))
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("this file system takes no such name")
    lamps = odd / os.fsdecode(b"caf\xe9.md")
    fill(app, (lamps, "# Lamps\n\nA lamp costs 9 shillings.\n"), sync=True)
    fill(app, (tmp_path / "plain" / "b.md", "# Taps\n\nA tap costs 4 shillings.\n"), sync=True)
    ask = page()
    assert not ask.exception
    assert strings.UNEXPECTED not in shown(ask)
    ask.multiselect(key="kept-to-folders").set_value([str(odd)]).run()
    ask.chat_input(key="question").set_value("What does a lamp cost?").run()
    until(lambda: not app.answers.running(ask.query_params["c"]))
    ask.run()
    assert not ask.exception
    assert "9 shillings" in shown(ask)
    document = next(one for one in app.kitabu.library.catalog.documents() if one.title == "Lamps")
    reply = TestClient(build_app(app), base_url="http://localhost").get(f"/api/original/{document.id}")
    assert (reply.status_code, reply.content) == (200, lamps.read_bytes())
