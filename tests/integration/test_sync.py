"""Finding files, and keeping folders in step with the library."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from ingest.pipeline import Pipeline
from ingest.report import FileStatus, IngestReport
from ingest.sync import discover
from rag.store.library import Library

JPEG = b"\xff\xd8\xff\xe0" + bytes(100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    (folder / "b").mkdir(parents=True)
    (folder / "a.txt").write_text("Aprons are washed every evening.")
    (folder / "b" / "c.txt").write_text("Candles are kept away from curtains.")
    (folder / "d.txt").write_text("Doors are locked at nine.")
    return folder


def statuses(report: IngestReport) -> dict[str, str]:
    return {Path(file.path).name: file.status.value for file in report.files}


# --- finding ----------------------------------------------------------------------------------------------------------


def test_order_is_that_of_names_and_each_file_comes_once(folder: Path, tmp_path: Path) -> None:
    found = discover([folder, folder / "d.txt", folder / "b" / ".." / "a.txt", folder / "b"], data=tmp_path / "data")
    assert [Path(file.path).relative_to(folder).as_posix() for file in found.files] == ["a.txt", "b/c.txt", "d.txt"]
    assert found.problems == []
    assert found.folders == [str(folder), str(folder / "b")]


def test_hidden_temporary_and_own_files_are_left_out_of_folders(folder: Path, tmp_path: Path) -> None:
    data = folder / "data"
    data.mkdir()
    (data / "catalog.sqlite").write_text("x")
    (folder / ".git").mkdir()
    (folder / ".git" / "config.txt").write_text("x")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "~$a.docx", ".~lock.a.odt#", "a.txt~", "film.crdownload"):
        (folder / name).write_text("x")
    found = discover([folder], data=data)
    assert [Path(file.path).name for file in found.files] == ["a.txt", "c.txt", "d.txt"]
    assert found.problems == []
    hidden = folder / ".git" / "config.txt"
    assert [file.path for file in discover([hidden], data=data).files] == [str(hidden)], "given by name, it is meant"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
def test_links_are_followed_only_within_their_folder(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("Salaries.")
    (folder / "to_file_outside.txt").symlink_to(outside / "secret.txt")
    (folder / "to_folder_outside").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "b" / "up").symlink_to("..")
    (folder / "itself").symlink_to("itself")
    (folder / "nowhere").symlink_to("missing")
    (folder / "inside.txt").symlink_to(folder / "a.txt")
    found = discover([folder], data=tmp_path / "data")
    assert [Path(file.path).name for file in found.files] == ["a.txt", "c.txt", "d.txt"]
    problems = {Path(problem.path).name: problem.error for problem in found.problems}
    assert sorted(problems) == ["itself", "nowhere", "to_file_outside.txt", "to_folder_outside"]
    for name, error in problems.items():
        assert error is not None
        assert error.code == "unreadable"
        assert name in error.message
        assert error.hint
    given = discover([folder / "to_file_outside.txt"], data=tmp_path / "data")
    assert [file.path for file in given.files] == [str(outside / "secret.txt")], "given by name, it is meant"


def test_folder_inside_a_linked_folder_is_no_way_out(tmp_path: Path) -> None:
    """`/a` must not count as the parent of `/ab`."""
    (tmp_path / "a").mkdir()
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "secret.txt").write_text("Salaries.")
    (tmp_path / "a" / "link.txt").symlink_to(tmp_path / "ab" / "secret.txt")
    found = discover([tmp_path / "a"], data=tmp_path / "data")
    assert found.files == []
    assert len(found.problems) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_pipes_and_missing_paths_are_problems(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(folder / "pipe.txt")
    found = discover([folder / "pipe.txt", folder / "none.txt", Path("a\0b")], data=tmp_path / "data")
    assert found.files == []
    assert [problem.error.code if problem.error else "" for problem in found.problems] == ["unreadable"] * 3


def test_what_is_no_document_is_counted_and_not_read(pipeline: Pipeline, library: Library, folder: Path) -> None:
    for name in ("1.jpg", "2.JPG"):
        (folder / name).write_bytes(JPEG)
    (folder / "b" / "all.zip").write_bytes(b"PK\x03\x04" + b"\0" * 50)
    (folder / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 4)
    (folder / "notes").write_text("Nails are in the second drawer.")
    (folder / "list.conf").write_text("Lamps are on the shelf.")
    (folder / "bad.txt").write_bytes(JPEG)
    (folder / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50)
    report = pipeline.ingest([folder], sync=True)
    assert report.skipped == {".jpg": 2, ".mp4": 1, ".zip": 1}
    assert {name for name, status in statuses(report).items() if status == "indexed"} == {
        "a.txt", "c.txt", "d.txt", "notes", "list.conf",
    }  # fmt: skip
    assert {Path(file.path).name for file in report.failed} == {"bad.txt", "old.doc"}, "their names promise a document"
    given = pipeline.ingest([folder / "1.jpg"])
    assert [file.error.code for file in given.failed if file.error] == ["unsupported_format"], (
        "given by name, it is meant"
    )
    assert given.skipped == {}


# --- in step ----------------------------------------------------------------------------------------------------------


def test_vanished_files_are_taken_out_only_when_synced(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder])
    (folder / "a.txt").unlink()
    assert statuses(pipeline.ingest([folder])) == {"c.txt": "unchanged", "d.txt": "unchanged"}
    assert len(library.catalog.documents()) == 3
    report = pipeline.ingest([folder], sync=True)
    assert statuses(report) == {"c.txt": "unchanged", "d.txt": "unchanged", "a.txt": "removed"}
    assert sorted(document.name for document in library.catalog.documents()) == ["c.txt", "d.txt"]
    assert library.catalog.folders() == [str(folder)]
    assert len(set(library.counts())) == 1
    assert library.keywords.search("aprons", "en", 5) == []


def test_only_the_given_folder_is_synced(pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "folder2"  # its path begins like the other one's
    other.mkdir()
    (other / "e.txt").write_text("Eggs are counted.")
    single = tmp_path / "single.txt"
    single.write_text("Singles are sorted.")
    pipeline.ingest([folder, other], sync=True)
    pipeline.ingest([single])
    for path in (other / "e.txt", single, folder / "b" / "c.txt"):
        path.unlink()
    assert statuses(pipeline.ingest([folder], sync=True))["c.txt"] == "removed"
    assert {document.name for document in library.catalog.documents()} == {"a.txt", "d.txt", "e.txt", "single.txt"}


def test_a_folder_inside_a_watched_one_can_be_synced(pipeline: Pipeline, library: Library, folder: Path) -> None:
    (folder / "b" / "e.txt").write_text("Eggs are counted.")
    pipeline.ingest([folder], sync=True)
    (folder / "b" / "c.txt").unlink()
    (folder / "d.txt").unlink()
    assert statuses(pipeline.ingest([folder / "b"], sync=True)) == {"e.txt": "unchanged", "c.txt": "removed"}
    assert {document.name for document in library.catalog.documents()} == {"a.txt", "d.txt", "e.txt"}


def test_missing_folder_empties_nothing(pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path) -> None:
    pipeline.ingest([folder], sync=True)
    folder.rename(tmp_path / "unplugged")
    report = pipeline.ingest([folder], sync=True)
    (result,) = report.files
    assert result.status is FileStatus.FAILED
    assert result.error is not None
    assert result.error.code == "unreadable"
    assert str(folder) in result.error.message
    assert len(library.catalog.documents()) == 3
    assert library.catalog.failures() == [], "a path that is not there is told, not kept"


def test_emptied_folder_empties_nothing(pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path) -> None:
    """The mount point of a stick that was pulled out stays behind as an empty folder."""
    other = tmp_path / "other"
    other.mkdir()
    for name in ("e", "f"):
        (other / f"{name}.txt").write_text(f"The {name} is counted.")
    pipeline.ingest([folder, other], sync=True)
    folder.rename(tmp_path / "unplugged")
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(JPEG)
    (other / "f.txt").unlink()
    report = pipeline.ingest([folder, other], sync=True)
    assert statuses(report) == {"e.txt": "unchanged", "folder": "failed", "f.txt": "removed"}
    (failed,) = report.failed
    assert failed.error is not None
    assert failed.error.code == "unreadable"
    assert str(folder) in failed.error.message
    assert "delete" in failed.error.hint
    assert len(library.catalog.documents()) == 4
    shutil.rmtree(folder)
    (tmp_path / "unplugged").rename(folder)
    assert pipeline.ingest([folder], sync=True).failed == ()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may list everything")
def test_folder_that_cannot_be_listed_loses_nothing(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder], sync=True)
    (folder / "b").chmod(0)
    try:
        report = pipeline.ingest([folder], sync=True)
    finally:
        (folder / "b").chmod(0o755)
    assert statuses(report) == {"a.txt": "unchanged", "d.txt": "unchanged", "b": "failed"}
    assert len(library.catalog.documents()) == 3


def test_moved_file_keeps_its_document(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder], sync=True)
    before = library.catalog.find("a.txt")
    (folder / "a.txt").rename(folder / "renamed.txt")
    report = pipeline.ingest([folder], sync=True)
    assert statuses(report) == {
        "c.txt": "unchanged",
        "d.txt": "unchanged",
        "renamed.txt": "unchanged",
        "a.txt": "removed",
    }
    assert library.catalog.document(before.id).added_at == before.added_at, "it was neither removed nor read again"
    assert [place.path for place in library.catalog.places(before.id)] == [str(folder / "renamed.txt")]


def test_unchanged_files_are_not_opened(pipeline: Pipeline, library: Library, tmp_path: Path) -> None:
    """Other bytes of the same size and time would be noticed by whoever opens the file."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(200):
        path = folder / f"{number:03}.txt"
        path.write_text(f"Note {number:03} of many.")
        os.utime(path, ns=(10**18, 10**18))
    first = pipeline.ingest([folder], sync=True)
    assert first.counts["indexed"] == 200
    for path in folder.iterdir():
        path.write_bytes(b"\x00" * path.stat().st_size)
        os.utime(path, ns=(10**18, 10**18))
    again = pipeline.ingest([folder], sync=True)
    assert again.counts["unchanged"] == 200
    assert [file.document_id for file in again.files] == [file.document_id for file in first.files]


def test_touched_file_is_unchanged(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder])
    os.utime(folder / "a.txt", ns=(10**18, 10**18))
    assert statuses(pipeline.ingest([folder]))["a.txt"] == "unchanged"
    place = library.catalog.place(str(folder / "a.txt"))
    assert place is not None
    assert place.mtime_ns == 10**18, "next time it is not even hashed"


def test_failure_is_read_again_when_added_but_not_when_synced(
    pipeline: Pipeline, library: Library, folder: Path
) -> None:
    bad = folder / "bad.txt"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    os.utime(bad, ns=(10**18, 10**18))
    assert statuses(pipeline.ingest([folder], sync=True))["bad.txt"] == "failed"
    noted = library.catalog.failures()
    assert [failure.path for failure in noted] == [str(bad)]
    # Good bytes of the same size and time: only who opens the file sees them.
    bad.write_bytes(b"Bandages are in the blue box. ".ljust(108, b"."))
    os.utime(bad, ns=(10**18, 10**18))
    again = pipeline.ingest([folder], sync=True)
    assert statuses(again)["bad.txt"] == "failed"
    assert again.failed[0].error is not None
    assert again.failed[0].error.message == noted[0].message
    assert statuses(pipeline.ingest([folder]))["bad.txt"] == "indexed"
    assert library.catalog.failures() == []


def test_failures_vanish_with_their_files(pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path) -> None:
    (folder / "bad.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    (folder / "out.txt").symlink_to(tmp_path)
    pipeline.ingest([folder], sync=True)
    assert len(library.catalog.failures()) == 2
    (folder / "bad.txt").unlink()
    (folder / "out.txt").unlink()
    pipeline.ingest([folder], sync=True)
    assert library.catalog.failures() == []
