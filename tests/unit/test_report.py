"""The report's JSON is a contract of the command line; progress must be honest."""

import json
import time
from itertools import pairwise

from ingest.report import Clock, FileError, FileResult, FileStatus, IngestReport, Progress, Stage
from rag.core.errors import TooLarge

REPORT = IngestReport(
    (
        FileResult("/a/doses.pdf", FileStatus.INDEXED, "ab" * 32, 21, 40, ("Page 3 is a picture.",)),
        FileResult("/a/video.mkv", FileStatus.FAILED, error=FileError.of(TooLarge("Too large.", "Split it."))),
        FileResult("/a/bad\udcff\n.txt", FileStatus.UNCHANGED, "cd" * 32, 1, 2),
    ),
    1.23456,
    {".jpg": 400},
)


def test_report_is_exactly_the_json_of_the_contract() -> None:
    assert REPORT.to_json() == {
        "files": [
            {
                "path": "/a/doses.pdf",
                "status": "indexed",
                "document_id": "ab" * 32,
                "pages": 21,
                "chunks": 40,
                "warnings": ["Page 3 is a picture."],
                "error": None,
                "report": None,
            },
            {
                "path": "/a/video.mkv",
                "status": "failed",
                "document_id": None,
                "pages": 0,
                "chunks": 0,
                "warnings": [],
                "error": {"code": "too_large", "message": "Too large.", "hint": "Split it."},
                "report": None,
            },
            {
                "path": "/a/bad\udcff\n.txt",
                "status": "unchanged",
                "document_id": "cd" * 32,
                "pages": 1,
                "chunks": 2,
                "warnings": [],
                "error": None,
                "report": None,
            },
        ],
        "counts": {"indexed": 1, "unchanged": 1, "replaced": 0, "removed": 0, "failed": 1},
        "skipped": {".jpg": 400},
        "seconds": 1.235,
    }


def test_report_survives_json_also_with_names_that_are_no_text() -> None:
    text = json.dumps(REPORT.to_json())
    text.encode("utf-8")
    back = IngestReport.from_json(json.loads(text))
    assert (back.files, back.skipped) == (REPORT.files, REPORT.skipped)
    assert [file.path for file in REPORT.failed] == ["/a/video.mkv"]


def test_a_scan_after_quick_files_is_not_promised_to_be_quick() -> None:
    seen: list[Progress] = []
    clock = Clock(seen.append)
    clock.expect(3, 1000)
    clock.done(FileResult("/quick", FileStatus.INDEXED, "ab", 4, 5), 900)
    clock.tell(Stage.READING, "/scan", page=1, pages=100)
    time.sleep(0.05)
    clock.tell(Stage.READING, "/scan", share=1.0, page=2, pages=100)
    clock.tell(Stage.EMBEDDING, "/other", embedded=1, share=2.0)
    clock.done(FileResult("/scan", FileStatus.INDEXED, "cd", 100, 100), 50)
    clock.tell(Stage.READING, "/other")
    first, *slow, quick = [step.seconds_left or 0.0 for step in seen]
    assert all(4.5 < left < 20 for left in slow), "98 pages of a twentieth of a second"
    assert max(first, quick) < 1


def test_clock_counts_up_and_estimates_from_bytes() -> None:
    seen: list[Progress] = []
    clock = Clock(seen.append)
    clock.expect(2, 400)
    clock.tell(Stage.READING, "/a/one")
    clock.tell(Stage.EMBEDDING, "/a/one", embedded=3, share=50.0)
    clock.tell(Stage.EMBEDDING, "/a/one", embedded=2, share=100.0)
    clock.done(FileResult("/a/one", FileStatus.INDEXED, "ab", 4, 5), 100, embedded=5)
    clock.tell(Stage.INDEXING)
    clock.done(FileResult("/a/two", FileStatus.FAILED), 300)
    clock.tell(Stage.DONE)

    assert [step.chunks_done for step in seen] == [0, 3, 5, 5, 5]
    assert [step.files_done for step in seen] == [0, 0, 0, 1, 2]
    assert [step.pages_done for step in seen] == [0, 0, 0, 4, 4]
    assert all(later.seconds_elapsed >= earlier.seconds_elapsed for earlier, later in pairwise(seen))
    assert seen[0].seconds_left is None
    half = seen[1]
    assert half.seconds_left is not None
    assert abs(half.seconds_left - half.seconds_elapsed * 7) < 1e-9, (
        "50 of 400 bytes are done: seven times that is left"
    )
    assert seen[-1].seconds_left == 0
    assert seen[-1].rate > 0
    assert all(Progress.from_json(json.loads(json.dumps(step.to_json()))).stage is step.stage for step in seen)
