"""Work is told in words: how far it is, what came of it, and the receipt of a deletion."""

from dataclasses import replace
from typing import Any

from ingest.report import FileError, FileResult, FileStatus, IngestReport, Progress, Stage
from ingest.worker import DELETE, EDIT, INGEST
from rag.store.jobs import Job, JobState
from rag.ui.jobs_view import FAILED_FILES, open_html, recent_html, title

PROGRESS = Progress(3, 80, 340, 900, "/a/scan <1>.pdf", Stage.READING, 60.0, 190.0, 2.5, page=12, pages=80)


def make(kind: str = INGEST, state: JobState = JobState.RUNNING, **more: Any) -> Job:
    payload = more.pop("payload", {"paths": ["/a/scan <1>.pdf", "/a/b.md"], "sync": False})
    progress, result = more.pop("progress", {}), more.pop("result", {})
    words = {"code": "", "message": "", "hint": "", **more}
    return Job(7, kind, payload, state, progress, result, **words, created_at=0.0, updated_at=0.0)


def test_running_work_says_how_far_it_is_and_how_long_still() -> None:
    html = open_html(make(progress=PROGRESS.to_json()), {}, stopping=False)
    for words in (
        "Adding \u2068scan &lt;1&gt;.pdf\u2069 and 1 more",
        "3 of 80 files",
        "340 pages",
        "150 passages a minute",
        "3 minutes left",
        "page 12 of 80 of \u2068scan &lt;1&gt;.pdf\u2069",
        'value="3.150" max="80"',
    ):
        assert words in html, words


def test_what_does_not_move_promises_nothing() -> None:
    job = make(progress=PROGRESS.to_json())
    paused = open_html(replace(job, state=JobState.PAUSED), {}, stopping=False)
    assert "paused · 3 of 80 files" in paused
    stopping = open_html(job, {}, stopping=True)
    assert "stopping after the file in hand" in stopping
    for html in (paused, stopping):
        assert "left" not in html
        assert "a minute" not in html
    waiting = open_html(make(state=JobState.QUEUED), {}, stopping=False)
    assert "waiting" in waiting
    assert 'value="0"' in waiting


def test_documents_are_named_and_ids_never_shown() -> None:
    document = "d" * 64
    job = make(DELETE, payload={"document": document})
    assert title(job, {document: "a.md"}) == "Deleting \u2068a.md\u2069"
    assert title(job, {}) == "Deleting a document"
    assert title(make(EDIT, payload={"document": "a.md", "said": {}}), {}) == "Noting dates of \u2068a.md\u2069"


def test_what_is_over_unfolds_to_what_failed() -> None:
    error = FileError("damaged", "<b> is damaged.", "Get a fresh copy.")
    failed = [FileResult(f"/a/{number}.pdf", FileStatus.FAILED, error=error) for number in range(FAILED_FILES + 2)]
    report = IngestReport((FileResult("/a/ok.md", FileStatus.INDEXED, "d"), *failed), 2.0)
    html = recent_html([make(state=JobState.DONE, result=report.to_json())], {}, now=0.0)
    assert "1 added, 22 not added" in html
    assert "&lt;b&gt; is damaged. Get a fresh copy." in html
    assert "and 2 more files" in html
    assert "today at" in html
    stopped = recent_html([make(state=JobState.CANCELLED, result=IngestReport((), 1.0).to_json())], {}, now=0.0)
    assert "stopped · today" in stopped
    broken = recent_html([make(state=JobState.FAILED, message="No <room>.", hint="Make some.")], {}, now=0.0)
    assert "No &lt;room&gt;. Make some." in broken


def test_a_receipt_says_what_was_removed_checked_and_what_stays() -> None:
    receipt = {
        "name": "a.md",
        "postings": 120,
        "answers": 3,
        "files_removed": ["/data/uploads/a.md"],
        "checks": [
            {"what": "no row of it in the catalog", "clean": True},
            {"what": "no vector of it in the vector index", "clean": False},
        ],
        "left": ["Single words are still there."],
        "warnings": ["The file /x/<a>.md was not touched."],
    }
    html = recent_html([make(DELETE, JobState.DONE, payload={"document": "d"}, result=receipt)], {}, now=0.0)
    for words in (
        "Deleting \u2068a.md\u2069",
        "120 passages from both search indexes",
        "3 kept answers that quoted it and 1 uploaded file",
        "There is no row of it in the catalog.",
        "Still there",
        "no vector of it in the vector index",
        "Single words are still there.",
        "The file /x/&lt;a&gt;.md was not touched.",
    ):
        assert words in html, words
