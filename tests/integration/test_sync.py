"""Finding files, and keeping folders in step with the library."""

import contextlib
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

import pytest

from ingest.pipeline import Pipeline
from ingest.report import FileStatus, IngestReport, Progress, Stage
from ingest.sync import discover, identity
from rag.core.errors import DocumentNotFound
from rag.core.types import Answer, Citation, Sentence, Span, Support, Usage
from rag.store.library import Library
from rag.store.places import Failure

FILM = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 4


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
    for name in ("1.mp4", "2.MP4"):
        (folder / name).write_bytes(FILM)
    (folder / "b" / "program.exe").write_bytes(b"MZ\x90\0" + bytes(range(256)) * 4)
    (folder / "notes").write_text("Nails are in the second drawer.")
    (folder / "list.conf").write_text("Lamps are on the shelf.")
    (folder / "bad.txt").write_bytes(FILM)
    (folder / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50)
    report = pipeline.ingest([folder], sync=True)
    assert report.skipped == {".exe": 1, ".mp4": 2}
    assert {name for name, status in statuses(report).items() if status == "indexed"} == {
        "a.txt", "c.txt", "d.txt", "notes", "list.conf",
    }  # fmt: skip
    assert {Path(file.path).name for file in report.failed} == {"bad.txt", "old.doc"}, "their names promise a document"
    given = pipeline.ingest([folder / "1.mp4"])
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


def test_a_folder_that_was_another_one_empties_nothing(
    pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path
) -> None:
    """The mount point of a stick that was pulled out stays behind as an empty folder."""
    other = tmp_path / "other"
    other.mkdir()
    for name in ("e", "f"):
        (other / f"{name}.txt").write_text(f"The {name} is counted.")
    pipeline.ingest([folder, other], sync=True)
    folder.rename(tmp_path / "unplugged")
    folder.mkdir()
    (folder / "film.mp4").write_bytes(FILM)
    (other / "f.txt").unlink()
    report = pipeline.ingest([folder, other], sync=True)
    told = statuses(report)
    assert (told["e.txt"], told["folder"], told["f.txt"]) == ("unchanged", "failed", "removed")
    failed = next(file for file in report.failed if file.path == str(folder))
    assert failed.error is not None
    assert failed.error.code == "unreadable"
    assert str(folder) in failed.error.message
    assert f"kitabu folders remove {folder} --documents" in failed.error.hint
    assert len(library.catalog.documents()) == 4
    shutil.rmtree(folder)
    (tmp_path / "unplugged").rename(folder)
    assert pipeline.ingest([folder], sync=True).failed == ()


def test_files_deleted_on_purpose_are_taken_out_to_the_last(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder], sync=True)
    for name in ("a.txt", "d.txt", "b/c.txt"):
        (folder / name).unlink()
    assert set(statuses(pipeline.ingest([folder / "b"], sync=True)).values()) == {"removed"}
    assert set(statuses(pipeline.ingest([folder], sync=True)).values()) == {"removed"}
    assert library.catalog.documents() == []
    assert library.catalog.folders() == [str(folder)], "a folder within a watched one is not watched twice"


def test_a_disk_that_is_not_in_its_folder_empties_nothing(pipeline: Pipeline, library: Library, folder: Path) -> None:
    """A disk mounted within a watched folder, taken out: its folder stays, on the disk that holds the rest."""
    pipeline.ingest([folder], sync=True)
    (watched,) = library.catalog.watched()
    assert watched.devices == {str(folder): identity(str(folder))}
    library.catalog.set_synced(str(folder), {**watched.devices, str(folder / "b"): "99:1"})
    (folder / "b" / "c.txt").unlink()
    (folder / "d.txt").unlink()
    for _ in range(2):  # also the second time: what was there is not forgotten
        assert statuses(pipeline.ingest([folder], sync=True))["b"] == "failed"
    assert {document.name for document in library.catalog.documents()} == {"a.txt", "c.txt"}


def test_files_left_alone_have_not_vanished(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder], sync=True)
    (folder / "a.txt").write_text("Aprons are wash")
    new = folder / "new.txt"
    new.write_text("New")
    report = pipeline.ingest([folder], sync=True, leave=[str(folder / "a.txt"), str(new), str(folder / "gone.txt")])
    assert statuses(report) == {"c.txt": "unchanged", "d.txt": "unchanged"}
    assert len(library.catalog.documents()) == 3


def test_unwatching_keeps_documents_or_takes_them_out(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder], sync=True)
    assert pipeline.unwatch(str(folder), documents=False) == 0
    assert (library.catalog.folders(), len(library.catalog.documents())) == ([], 3)
    with pytest.raises(DocumentNotFound, match="not a watched folder"):
        pipeline.unwatch(str(folder), documents=False)
    pipeline.ingest([folder], sync=True)
    assert pipeline.unwatch(str(folder / "b"), documents=True) == 1
    assert pipeline.unwatch(str(folder), documents=True) == 2
    assert library.catalog.folders() == []
    assert library.counts() == (0, 0, 0)


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


def added(library: Library) -> dict[str, tuple[str, float]]:
    """By name of the place: the document there and when it was read."""
    return {
        str(Path(place.path).name): (document.id, document.added_at)
        for document in library.catalog.documents()
        for place in library.catalog.places(document.id)
    }


def test_files_that_took_each_others_names_keep_their_documents(
    pipeline: Pipeline, library: Library, folder: Path
) -> None:
    pipeline.ingest([folder], sync=True)
    before = added(library)
    (folder / "a.txt").rename(folder / "x.txt")
    (folder / "d.txt").rename(folder / "a.txt")
    (folder / "x.txt").rename(folder / "d.txt")
    assert statuses(pipeline.ingest([folder])) == {"a.txt": "replaced", "c.txt": "unchanged", "d.txt": "replaced"}
    assert added(library) == {"a.txt": before["d.txt"], "c.txt": before["c.txt"], "d.txt": before["a.txt"]}
    (folder / "d.txt").rename(folder / "e.txt")
    (folder / "a.txt").rename(folder / "d.txt")
    (folder / "a.txt").write_text("Aprons are bought in spring.")
    pipeline.ingest([folder], sync=True)
    after = added(library)
    assert (after["e.txt"], after["d.txt"]) == (before["a.txt"], before["d.txt"])
    assert after["a.txt"] not in before.values()


def test_moved_files_keep_answers_that_quote_them(pipeline: Pipeline, library: Library, folder: Path) -> None:
    """A whole folder under another name, and a file over another one."""
    pipeline.ingest([folder], sync=True)
    before = added(library)
    document = library.catalog.find("c.txt")
    citation = Citation("[1]", document.id, document.name, Span(1, 0, 7), "Candles", True)
    sentence = Sentence("Candles.", Support.SUPPORTED, (citation,))
    conversations = library.conversations
    turn = conversations.add_turn(conversations.create("Candles").id, "Where?")
    answer = Answer(
        "Where?", "Where?", "en", "Candles.", (sentence,), (citation,), (), None, "none", Usage(), {}
    )  # fmt: skip
    conversations.save_answer(turn, answer)
    (folder / "b").rename(folder / "z")
    (folder / "a.txt").replace(folder / "d.txt")
    assert statuses(pipeline.ingest([folder], sync=True)) == {
        "c.txt": "removed",
        "d.txt": "replaced",
        "a.txt": "removed",
    }
    assert added(library) == {"c.txt": before["c.txt"], "d.txt": before["a.txt"]}
    assert [place.path for place in library.catalog.places(document.id)] == [str(folder / "z" / "c.txt")]
    kept = conversations.turn(turn)
    assert kept is not None
    assert kept.answer == answer


@pytest.mark.parametrize("first", ["from", "to", "both"])
def test_a_move_between_watched_folders_keeps_the_document(
    pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path, first: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "e.txt").write_text("Eggs are counted.")
    pipeline.ingest([folder, other], sync=True)
    before = added(library)
    (folder / "a.txt").rename(other / "apron.txt")
    order = {"from": [[folder], [other]], "to": [[other], [folder]], "both": [[folder, other]]}
    for folders in order[first]:
        pipeline.ingest(folders, sync=True)
        assert added(library)["apron.txt"] == before["a.txt"]
    assert added(library).keys() == {"apron.txt", "c.txt", "d.txt", "e.txt"}
    assert [place.path for place in library.catalog.places_in(str(other))] == [
        str(other / "apron.txt"),
        str(other / "e.txt"),
    ]


def test_a_sync_that_changes_nothing_writes_no_documents(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder])
    revision = library.catalog.revision()
    pipeline.ingest([folder])
    assert library.catalog.revision() == revision


def test_files_read_before_their_folder_was_watched_come_to_belong_to_it_at_once(
    pipeline: Pipeline, library: Library, folder: Path
) -> None:
    for number in range(20):
        (folder / f"more{number}.txt").write_text(f"Shelf {number} holds plates.")
    read = pipeline.ingest([folder]).counts["indexed"]
    before = library.catalog.revision()
    assert pipeline.ingest([folder], sync=True).counts["unchanged"] == read
    assert len(library.catalog.places_in(str(folder))) == read > 20
    assert library.catalog.revision() - before < 5, "a transaction for each file"


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


def unreadable(folder: Path) -> Path:
    """A file of a text's name that holds a database."""
    bad = folder / "bad.txt"
    bad.write_bytes(b"SQLite format 3\0".ljust(108, b"\0"))
    os.utime(bad, ns=(10**18, 10**18))
    return bad


def mend_unseen(bad: Path) -> None:
    """Good bytes of the same size and time: only who opens the file sees them."""
    bad.write_bytes(b"Bandages are in the blue box. ".ljust(108, b"."))
    os.utime(bad, ns=(10**18, 10**18))


@pytest.mark.parametrize("sync", [True, False])
def test_a_failure_is_set_aside_until_it_is_named(
    pipeline: Pipeline, library: Library, folder: Path, sync: bool
) -> None:
    bad = unreadable(folder)
    first = pipeline.ingest([folder], sync=sync)
    assert statuses(first)["bad.txt"] == "failed"
    assert first.failed[0].warnings == ()
    mend_unseen(bad)
    again = pipeline.ingest([folder], sync=sync)
    assert statuses(again)["bad.txt"] == "failed"
    assert again.failed[0].error == first.failed[0].error
    (said,) = again.failed[0].warnings
    assert said.startswith("Set aside")
    assert f"kitabu ingest {bad}" in said
    assert statuses(pipeline.ingest([folder, bad]))["bad.txt"] == "indexed"
    assert library.catalog.failures() == []


def test_a_failure_is_tried_once_more_when_the_readers_have_changed(
    pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    bad = unreadable(folder)

    def tried() -> bool:
        (result,) = (file for file in pipeline.ingest([folder]).files if file.path == str(bad))
        return not result.warnings

    assert [tried(), tried()] == [True, False]
    office = programs / "soffice"
    office.write_text("#!/bin/sh\n")
    office.chmod(0o755)
    assert [tried(), tried()] == [True, False], "once, not for ever"
    office.unlink()
    mend_unseen(bad)
    assert statuses(pipeline.ingest([folder]))["bad.txt"] == "indexed"


def test_a_locked_file_is_not_tried_again_with_other_readers(
    pipeline: Pipeline, library: Library, folder: Path
) -> None:
    bad = unreadable(folder)
    now = bad.stat()
    for code, expected in (("password_protected", "failed"), ("unreadable", "indexed")):
        library.catalog.put_failure(Failure(str(bad), now.st_size, now.st_mtime_ns, code, "It failed.", "", 0.0, "old"))
        mend_unseen(bad)
        assert statuses(pipeline.ingest([folder]))["bad.txt"] == expected


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_what_crashed_its_reader_twice_is_set_aside(pipeline: Pipeline, library: Library, folder: Path) -> None:
    slow = folder / "slow.html"
    slow.write_text("<table>" + "<tr><td>a<td>b</tr>" * 40_000 + "</table>")

    def kill() -> None:
        for child in children():
            os.kill(child, signal.SIGKILL)

    def after_the_quick_ones(progress: Progress) -> None:
        if progress.files_done == 3 + crashes and progress.stage is not Stage.DONE and not killing:
            killing.append(threading.Timer(0.3, kill))  # the child has come to the slow one
            killing[0].start()

    for crashes in (1, 2):
        killing: list[threading.Timer] = []
        (folder / f"e{crashes}.txt").write_text(f"Earmuffs, {crashes} pairs.")  # so that the child is there before
        report = pipeline.ingest([folder], on_progress=after_the_quick_ones)
        (failed,) = report.failed
        assert (failed.error and failed.error.code, failed.warnings) == ("crashed", ())
        assert library.catalog.failures()[0].attempts == crashes
    (failed,) = pipeline.ingest([folder]).failed
    assert failed.warnings[0].startswith("Set aside")
    slow.write_text("<p>It is a short table now.</p>")
    assert pipeline.ingest([folder]).failed == ()


def children() -> list[int]:
    """Processes that this one has started."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == os.getpid():
                found.append(int(entry.name))
    return found


def test_failures_vanish_with_their_files(pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path) -> None:
    unreadable(folder)
    (folder / "out.txt").symlink_to(tmp_path)
    pipeline.ingest([folder], sync=True)
    assert len(library.catalog.failures()) == 2
    (folder / "bad.txt").unlink()
    (folder / "out.txt").unlink()
    pipeline.ingest([folder], sync=True)
    assert library.catalog.failures() == []
