"""Every page opens, empty and filled, on the real library and engine; unforeseen things end in a calm box."""

import re
import threading
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
import reportlab
import streamlit as st
from PIL import Image, ImageDraw, ImageFont
from streamlit.testing.v1 import AppTest

from ingest.uploads import save_upload
from rag.core.config import load_settings
from rag.core.errors import KitabuError
from rag.core.events import Event, Searching
from rag.store.jobs import JobState
from rag.ui import services, strings
from rag.ui.jobs import AnswerJob
from rag.ui.library_view import failures_html
from rag.ui.services import Services
from rag.ui.suggestions import MOST_DOCUMENTS
from rag.ui.taking_in import dismiss_failure, failure_id, follow_folder
from tests.places import ROOT
from tests.ui.conftest import WAIT, page, shown, until

FAQ = "# Lamps\n\n## How long may a lamp be returned?\n\nA lamp may be returned within 14 days of the sale.\n"


def fill(app: Services, folder: Path) -> None:
    folder.mkdir()
    (folder / "lamps.md").write_text(FAQ)
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(folder)], "sync": True})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)


def test_an_empty_library_says_what_to_do(app: Services) -> None:
    ask = page()
    assert not ask.exception
    assert strings.EMPTY_LIBRARY in shown(ask)
    library = page("library")
    assert not library.exception
    assert strings.NO_DOCUMENTS in shown(library)


def test_a_suggested_question_is_asked_with_one_press_and_kept(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    ask = page()
    assert not ask.exception
    button = ask.button(key="suggestion-0")
    assert "How long may a lamp be returned" in button.label
    button.click().run()
    (conversation,) = app.kitabu.library.conversations.recent()
    assert ask.query_params["c"] == conversation.id
    until(lambda: app.kitabu.library.conversations.turns(conversation.id)[0].answer is not None)
    ask.run()
    assert not ask.exception
    assert "within 14 days" in shown(ask)
    assert ask.button(key=f"conversation-{conversation.id}")


def test_the_library_lists_documents_failures_and_folders(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    broken = tmp_path / "documents" / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing more")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(broken)], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    library = page("library")
    assert not library.exception
    assert "broken.pdf" in shown(library)
    assert "lamps.md" in shown(library)
    assert library.button(key="try-again")
    assert library.button(key="sync-0")
    library.text_input(key="search-words").set_value("nothing like it").run()
    assert strings.NO_MATCH in shown(library)


def test_addresses_that_lead_nowhere_are_calm(app: Services) -> None:
    ask = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    ask.query_params["c"] = "no-such-conversation"
    ask.query_params["doc"] = "no-such-document"
    ask.run()
    assert not ask.exception
    assert strings.NO_CONVERSATION in shown(ask)
    assert strings.NO_DOCUMENT in shown(ask)


def test_a_folder_that_is_not_there_is_refused_in_words(app: Services, tmp_path: Path) -> None:
    library = page("library")
    library.text_input(key="folder-path").set_value(str(tmp_path / "nowhere"))
    next(button for button in library.button if button.label == strings.FOLDER_ADD).click().run()
    assert strings.NO_SUCH_FOLDER in shown(library)
    assert not app.kitabu.library.jobs.recent()
    # What was typed is there to be corrected, and gone once it is followed.
    assert library.text_input(key="folder-path").value == str(tmp_path / "nowhere")
    (tmp_path / "nowhere").mkdir()
    next(button for button in library.button if button.label == strings.FOLDER_ADD).click().run()
    assert app.kitabu.library.jobs.recent()
    assert library.text_input(key="folder-path").value == ""


def test_something_unforeseen_is_a_plain_sentence_without_a_traceback(app: Services) -> None:
    app.kitabu.library.catalog.close()
    ask = page()
    assert not ask.exception
    assert "calm" in shown(ask)
    assert "Traceback" not in shown(ask)


def test_a_press_that_fails_ends_in_a_calm_box(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    ask = page()
    app.kitabu.library.catalog.close()
    ask.button(key="suggestion-0").click().run()
    assert not ask.exception
    assert "calm" in shown(ask)
    assert "Traceback" not in shown(ask)


def test_a_question_that_comes_too_early_is_given_back(app: Services) -> None:
    release = threading.Event()

    def slow() -> Iterator[Event]:
        yield Searching("First?", 1)
        release.wait(WAIT)

    store = app.kitabu.library.conversations
    conversation = store.create("First?")
    turn = store.add_turn(conversation.id, "First?")
    ask = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    ask.query_params["c"] = conversation.id
    ask.run()
    # Another tab asks; this one does not know it yet.
    app.answers.start(
        conversation.id,
        AnswerJob(turn, "First?", slow, partial(store.save_answer, turn), partial(store.save_partial, turn)),
    )
    ask.chat_input(key="question").set_value("And the second?").run()
    assert strings.STILL_ANSWERING in shown(ask)
    assert "And the second?" in shown(ask)
    assert ask.chat_input(key="question").disabled
    release.set()


def test_a_failed_upload_can_be_dismissed(app: Services) -> None:
    path = save_upload(app.kitabu.settings.data, "broken.pdf", b"%PDF-1.7 nothing more")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(path)], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    (failure,) = app.kitabu.library.catalog.failures()
    assert f'data-value="{failure_id(failure)}"' in failures_html([failure])
    assert not dismiss_failure(app.kitabu.library, "0" * 64)
    assert path.exists()
    dismiss_failure(app.kitabu.library, failure_id(failure))
    assert not path.exists()
    assert not app.kitabu.library.catalog.failures()


def test_dismissing_leaves_files_outside_kitabus_folder_alone(app: Services, tmp_path: Path) -> None:
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.7 nothing more")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(path)], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    (failure,) = app.kitabu.library.catalog.failures()
    dismiss_failure(app.kitabu.library, failure_id(failure))
    assert path.exists()
    assert not app.kitabu.library.catalog.failures()


def test_folders_are_followed_only_where_nobody_else_can_ask_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    opened = services.start(load_settings(data=tmp_path / "data", model="none", host="0.0.0.0"))
    services.provide(opened)
    st.cache_resource.clear()
    try:
        library = page("library")
        assert not library.exception
        assert not [button for button in library.button if button.label == strings.FOLDER_ADD]
        assert any(caption.value == strings.FOLDERS_ON_LOOPBACK for caption in library.caption)
        with pytest.raises(KitabuError, match="on this computer alone"):
            follow_folder(opened, str(tmp_path))
        assert not opened.kitabu.library.jobs.recent()
    finally:
        opened.close()
        st.cache_resource.clear()


def test_a_conversation_can_be_deleted(app: Services) -> None:
    conversation = app.kitabu.library.conversations.create("A question?")
    app.kitabu.library.conversations.add_turn(conversation.id, "A question?")
    ask = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    ask.query_params["c"] = conversation.id
    ask.run()
    ask.button(key="delete").click().run()
    ask.button(key="delete-yes").click().run()
    assert not ask.exception
    assert app.kitabu.library.conversations.get(conversation.id) is None
    assert "c" not in ask.query_params


def test_the_page_says_when_another_program_owns_the_library(app: Services) -> None:
    second = services.start(app.kitabu.settings, wait=0.0)
    services.provide(second)
    st.cache_resource.clear()
    try:
        library = page("library")
        assert not library.exception
        assert strings.OTHER_OWNER in shown(library)
    finally:
        second.close()


def scan(path: Path, *lines: str, pages: int = 1) -> Path:
    """A file of pictures of these lines."""
    font = ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"), 40)
    pictures = []
    for number in range(pages):
        picture = Image.new("L", (1240, 1754), 255)
        for place, line in enumerate(lines):
            ImageDraw.Draw(picture).text((120, 200 + 90 * place), line.format(number + 1), font=font, fill=0)
        pictures.append(picture)
    pictures[0].save(path, **({"save_all": True, "append_images": pictures[1:]} if pages > 1 else {}))
    return path


def take_in(app: Services, path: Path, *, sync: bool = False) -> None:
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(path)], "sync": sync})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)


def test_a_scan_is_shown_as_its_picture_with_the_quotation_marked(app: Services, tmp_path: Path) -> None:
    take_in(app, scan(tmp_path / "notice.png", "The pump at Mlimani is closed on Sundays.", "Bring a clean can."))
    catalog = app.kitabu.library.catalog
    (document,) = catalog.documents()
    words = catalog.page(document.id, 1).text
    start = words.index("Bring")
    ask = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    ask.query_params.update({"doc": document.id, "page": "1", "mark": f"{start}-{start + 18}"})
    ask.run()
    assert not ask.exception
    html = shown(ask)
    assert f"/api/page/{document.id}/1.png" in html
    assert "Read by text recognition" in html
    (left, top, width) = (
        float(found[1])
        for name in ("left", "top", "width")
        for found in [re.search(rf"mark class=\W+box\W+ data-mark=\W+0\W+ style=.*?{name}:([0-9.]+)%", html)]
        if found
    )
    # The second line: printed at 120 of 1240 and 290 of 1754 pixels.
    assert abs(left - 100 * 120 / 1240) < 1
    assert abs(top - 100 * 290 / 1754) < 1.5
    assert 15 < width < 60


def test_work_is_paused_goes_on_and_is_stopped(app: Services, tmp_path: Path) -> None:
    (tmp_path / "lamps.md").write_text(FAQ)
    app.kitabu.worker.stop()
    queue = app.kitabu.library.jobs
    job = queue.enqueue("ingest", {"paths": [str(tmp_path / "lamps.md")], "sync": False})
    library = page("library")
    assert "lamps.md" in shown(library)
    assert library.button(key=f"pause-{job}").label == strings.PAUSE
    library.button(key=f"pause-{job}").click().run()
    assert queue.get(job).state is JobState.PAUSED
    assert strings.PAUSED in shown(library)
    assert library.button(key=f"pause-{job}").label == strings.GO_ON
    library.button(key=f"pause-{job}").click().run()
    assert queue.get(job).state is JobState.QUEUED
    library.button(key=f"stop-{job}").click().run()
    assert queue.get(job).state is JobState.CANCELLED
    assert (tmp_path / "lamps.md").exists()
    upload = save_upload(app.kitabu.library.data, "taps.md", b"# Taps")
    job = queue.enqueue("ingest", {"paths": [str(upload)], "sync": False})
    page("library").button(key=f"stop-{job}").click().run()
    assert not upload.exists()
    queue.pause_queue()
    library = page("library")
    assert strings.ALL_PAUSED in shown(library)
    library.button(key="go-on-all").click().run()
    assert not queue.queue_paused()


def test_a_deletion_ends_with_its_receipt(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    (document,) = app.kitabu.library.catalog.documents()
    library = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
    library.switch_page("rag/ui/pages/library.py")
    library.query_params["doc"] = document.id
    library.run()
    library.button(key="delete").click().run()
    library.button(key="delete-yes").click().run()
    queue = app.kitabu.library.jobs
    until(lambda: queue.recent(1)[0].kind == "delete" and queue.recent(1)[0].state.over)
    library.run()
    assert not library.exception
    html = shown(library)
    assert "was deleted" in html
    assert strings.RECEIPT_CHECKED in html
    assert str(tmp_path / "documents" / "lamps.md") in html


def test_dates_and_the_successor_are_noted_in_the_small_form(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    (tmp_path / "other.md").write_text("# Boats\n\nThe boat leaves at six in the morning.\n")
    take_in(app, tmp_path / "other.md")
    catalog = app.kitabu.library.catalog
    lamps, boats = catalog.find("lamps.md"), catalog.find("other.md")
    library = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
    library.switch_page("rag/ui/pages/library.py")
    library.query_params["doc"] = lamps.id
    library.session_state["edited"] = lamps.id
    library.run()
    assert not library.exception
    catalog.describe(boats.id, superseded_by=lamps.id)
    library.run()  # draws the page anew, since the library has changed; the form stays open
    library.selectbox(key="edit-successor").set_value(boats.id)
    library.button(key="edit-save").click().run()
    assert "cannot take its own place" in shown(library)
    catalog.describe(boats.id, superseded_by="")
    library.run()
    library.date_input(key="edit-review").set_value(date(2025, 3, 1))
    library.selectbox(key="edit-successor").set_value(boats.id)
    library.button(key="edit-save").click().run()
    assert not library.exception
    noted = catalog.document(lamps.id)
    assert (noted.effective, noted.review, noted.superseded_by) == ("", "2025-03-01", boats.id)
    html = shown(page("library"))
    assert "superseded by" in html
    assert "review was due 1 March 2025" in html


def test_a_folder_that_is_no_longer_followed_is_not_followed_again_by_a_waiting_sync(
    app: Services, tmp_path: Path
) -> None:
    fill(app, tmp_path / "documents")
    library = app.kitabu.library
    app.kitabu.worker.stop()
    waiting = library.jobs.enqueue("ingest", {"paths": [str(tmp_path / "documents")], "sync": True})
    test = page("library")
    assert str(tmp_path / "documents") in shown(test)
    test.button(key="unfollow-0").click().run()
    assert not library.catalog.folders()
    assert library.jobs.get(waiting).state is JobState.CANCELLED


def test_a_folder_on_a_disk_that_is_gone_says_so(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    (tmp_path / "documents").rename(tmp_path / "elsewhere")
    assert strings.FOLDER_STATES["missing"] in shown(page("library"))


def test_files_of_every_kind_can_be_handed_in(app: Services) -> None:
    library = page("library")
    assert not library.file_uploader[0].proto.type
    library.file_uploader[0].upload(
        "letter.eml", b"Subject: Boats\n\nThe boat leaves at six.\n", "message/rfc822"
    ).run()
    until(lambda: [document.name for document in app.kitabu.library.catalog.documents()] == ["letter.eml"])


def test_new_documents_that_ask_nothing_leave_the_suggestions(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    for number in range(MOST_DOCUMENTS + 1):
        (tmp_path / "documents" / f"{number}.md").write_text(f"# Room {number}\n\nRoom {number} is locked.\n")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(tmp_path / "documents")], "sync": True})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    assert app.suggestions.of(app.kitabu.library) == ["How long may a lamp be returned?"]


def test_suggestions_rest_while_documents_are_read(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    library = app.kitabu.library
    kept = app.suggestions.of(library)
    assert kept == ["How long may a lamp be returned?"]
    app.kitabu.worker.stop()
    job = library.jobs.enqueue("ingest", {"paths": [], "sync": False})
    library.catalog.remove_document(library.catalog.documents()[0].id)
    assert app.suggestions.of(library) == kept
    library.jobs.cancel(job)
    assert app.suggestions.of(library) == []
