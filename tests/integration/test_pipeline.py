"""Ingest from file to search result, and everything that happens to a document afterwards."""

import os
import signal
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest

from ingest.chunkers import StructureChunker
from ingest.embedding_text import embedded_text
from ingest.pipeline import Pipeline
from ingest.report import FileStatus, IngestReport, Progress, Stage
from ingest.uploads import save_upload
from rag.build import reader_pool
from rag.core.config import Settings
from rag.core.errors import DocumentNotFound, FingerprintMismatch
from rag.core.ports import Embedder
from rag.models.embedding import load_embedder
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder
from tests.places import ROOT

SCANNED = ROOT / "sample_docs" / "library" / "Scanned notice.pdf"


def make_pipeline(library: Library, embedder: Embedder, max_tokens: int = 256) -> Pipeline:
    chunker = StructureChunker(embedder.count_tokens, max_tokens)
    return Pipeline(library, embedder, chunker, max_file_bytes=10**6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    for word in ("aprons", "bandages", "candles"):
        (folder / f"{word}.md").write_text(f"# About {word}\n\nThe {word} are kept in the store.\n")
    return folder


def statuses(report: IngestReport) -> dict[str, str]:
    return {Path(file.path).name: file.status.value for file in report.files}


def found_names(library: Library, question: str) -> set[str]:
    hits = library.keywords.search(question, "en", 10)
    chunks = library.catalog.chunks([hit.chunk_id for hit in hits])
    return {library.catalog.document(chunk.document_id).name for chunk in chunks.values()}


def test_real_model_finds_what_was_added(tmp_path: Path) -> None:
    embedder = load_embedder("minilm")
    library = Library.open(tmp_path / "data", dimension=embedder.dimension)
    pipeline = make_pipeline(library, embedder, embedder.max_tokens)
    (tmp_path / "cold.txt").write_text("Vaccines are stored between 2 and 8 degrees Celsius in the refrigerator.")
    (tmp_path / "leave.txt").write_text("Every member of staff has thirty days of paid holiday in a year.")
    try:
        report = pipeline.ingest([tmp_path / "cold.txt", tmp_path / "leave.txt"])
        assert report.counts["indexed"] == 2
        (best, *_) = library.vectors.search(embedder.encode_query("How cold must immunisation doses be kept?"), 2)
        (chunk,) = library.catalog.chunks([best.chunk_id]).values()
        document = library.catalog.document(chunk.document_id)
        assert (document.name, document.language, document.pages, document.media_type) == (
            "cold.txt",
            "en",
            1,
            "text/plain",
        )
        assert library.counts() == (2, 2, 2)
    finally:
        pipeline.close()
        library.close()


def test_report_names_every_file_and_the_search_finds_it(pipeline: Pipeline, library: Library, folder: Path) -> None:
    report = pipeline.ingest([folder])
    assert [file.path for file in report.files] == sorted(str(path) for path in folder.iterdir())
    for file in report.files:
        assert file.status is FileStatus.INDEXED
        assert (file.pages, file.chunks, file.error) == (1, 1, None)
        assert file.document_id == library.catalog.find(file.path).id
    assert found_names(library, "bandages") == {"bandages.md"}


def test_same_bytes_again_and_elsewhere_do_nothing(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder])
    before = library.catalog.documents()
    (folder / "copy.md").write_bytes((folder / "aprons.md").read_bytes())
    report = pipeline.ingest([folder])
    assert set(statuses(report).values()) == {"unchanged"}
    assert len(report.files) == 4
    assert library.catalog.documents() == before
    places = library.catalog.places(library.catalog.find("aprons.md").id)
    assert [Path(place.path).name for place in places] == ["aprons.md", "copy.md"]


def test_same_bytes_twice_in_one_run_are_one_document(pipeline: Pipeline, library: Library, tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("The same words.")
    report = pipeline.ingest([tmp_path / "one.txt", tmp_path / "two.txt"])
    assert statuses(report) == {"one.txt": "indexed", "two.txt": "unchanged"}
    assert len(library.catalog.documents()) == 1


def test_changed_file_replaces_its_old_version(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder])
    (folder / "aprons.md").write_text("# About overalls\n\nThe overalls are new.\n")
    assert statuses(pipeline.ingest([folder])) == {
        "aprons.md": "replaced",
        "bandages.md": "unchanged",
        "candles.md": "unchanged",
    }
    assert found_names(library, "overalls") == {"aprons.md"}
    assert found_names(library, "aprons") == set()
    assert len(library.catalog.documents()) == 3
    assert len(set(library.counts())) == 1
    # Back to bytes that are in the library under another name:
    (folder / "aprons.md").write_bytes((folder / "candles.md").read_bytes())
    assert statuses(pipeline.ingest([folder]))["aprons.md"] == "replaced"
    assert len(library.catalog.documents()) == 2
    assert library.counts() == (2, 2, 2)


def test_changed_file_that_cannot_be_read_keeps_the_old_version(
    pipeline: Pipeline, library: Library, folder: Path
) -> None:
    pipeline.ingest([folder])
    (folder / "aprons.md").write_bytes(b"")
    (result,) = pipeline.ingest([folder]).failed
    assert result.error is not None
    assert result.error.code == "no_text"
    assert result.warnings == ("The version read earlier stays in the library.",)
    assert found_names(library, "aprons") == {"aprons.md"}


# --- stopping, progress -----------------------------------------------------------------------------------------------


def test_stopped_run_keeps_finished_files_and_goes_on_later(pipeline: Pipeline, library: Library, folder: Path) -> None:
    stopped = threading.Event()

    def watch(progress: Progress) -> None:
        if progress.files_done == 1:
            stopped.set()

    for number in range(30):
        (folder / f"note {number:02}.md").write_text(f"# Note {number}\n\nShelf {number} is empty.\n")
    first = pipeline.ingest([folder], sync=True, on_progress=watch, stop=stopped.is_set)
    done = statuses(first)
    assert set(done.values()) == {"indexed"}
    assert len(done) < 33, "it was to stop after the first"
    assert {document.name for document in library.catalog.documents()} == set(done)
    assert len(set(library.counts())) == 1
    for name in done:
        assert name in found_names(library, (folder / name).read_text())
    second = statuses(pipeline.ingest([folder], sync=True))
    assert {name for name, status in second.items() if status == "unchanged"} == set(done)
    assert sorted(second.values()) == ["indexed"] * (33 - len(done)) + ["unchanged"] * len(done)


def test_stop_within_a_document_leaves_none_of_it(pipeline: Pipeline, library: Library, tmp_path: Path) -> None:
    path = tmp_path / "long.md"
    path.write_text("\n\n".join(f"# Part {number}\n\nSentence {number} stands here. " * 30 for number in range(200)))
    stopped = threading.Event()

    def watch(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING:
            stopped.set()

    report = pipeline.ingest([path], on_progress=watch, stop=stopped.is_set)
    assert report.files == ()
    assert library.catalog.documents() == []
    assert library.counts() == (0, 0, 0)


def test_progress_is_told_between_batches(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "long.md"
    path.write_text("\n\n".join(f"# Part {number}\n\nSentence {number} stands here. " * 30 for number in range(200)))
    seen: list[Progress] = []
    with closing(make_pipeline(library, HashEmbedder(seconds=0.005))) as pipeline:
        report = pipeline.ingest([path], on_progress=seen.append)
    embedding = [step for step in seen if step.stage is Stage.EMBEDDING]
    assert len(embedding) >= 3
    assert [step.chunks_done for step in embedding] == sorted({step.chunks_done for step in embedding})
    assert embedding[0].current == str(path)
    assert all(step.seconds_left is not None and step.rate > 0 for step in embedding)
    last = seen[-1]
    assert (last.stage, last.files_done, last.files_total, last.chunks_done) == (
        Stage.DONE,
        1,
        1,
        report.files[0].chunks,
    )


def archive(path: Path, members: int = 60) -> Path:
    """A file that takes seconds to read and says how far it got."""
    page = "<h1>Part</h1><p>The cold box is checked twice a day." + "<span></span>" * 5_000 + "</p>"
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        for number in range(members):
            made.writestr(f"{number:02}.html", page)
    return path


def test_stop_in_the_middle_of_a_file_that_takes_long(pipeline: Pipeline, library: Library, folder: Path) -> None:
    seen: list[Progress] = []
    stopped: list[float] = []

    def watch(progress: Progress) -> None:
        seen.append(progress)
        if progress.page and not stopped:
            stopped.append(time.monotonic())

    path = archive(folder / "z.zip")
    report = pipeline.ingest([folder], on_progress=watch, stop=lambda: bool(stopped))
    assert time.monotonic() - stopped[0] < 2, "within a second; the machine may be busy"
    assert str(path) not in {file.path for file in report.files}
    reading = [step for step in seen if step.pages]
    assert {(step.stage, step.current, step.pages) for step in reading} == {(Stage.READING, str(path), 60)}
    (folder / "d.txt").write_text("Doors are locked at six.")
    assert pipeline.ingest([folder / "d.txt"]).counts["indexed"] == 1, "other files can be read"


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_a_reader_that_crashes_costs_one_file_of_five(pipeline: Pipeline, folder: Path) -> None:
    (folder / "d.txt").write_text("Doors are locked at six.")
    archive(folder / "c.zip")
    killed: list[int] = []

    def watch(progress: Progress) -> None:
        if progress.page and not killed:
            killed.extend(children())
            for child in killed:
                os.kill(child, signal.SIGSEGV)

    report = pipeline.ingest([folder], on_progress=watch)
    assert statuses(report) == {
        "aprons.md": "indexed",
        "bandages.md": "indexed",
        "c.zip": "failed",
        "candles.md": "indexed",
        "d.txt": "indexed",
    }
    assert [file.error.code for file in report.failed] == ["crashed"]


def children() -> list[int]:
    """Processes that this one has started."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    of_threads = [task / "children" for task in listed.parents[1].iterdir()]
    return [int(pid) for each in of_threads for pid in each.read_text().split()]


def test_vectors_are_each_documents_own_whatever_they_were_batched_with(
    pipeline: Pipeline, library: Library, tmp_path: Path
) -> None:
    for number in range(40):
        sentence = f"Room {number} has a window to the yard and is swept on day {number}. "
        (tmp_path / f"{number:02}.txt").write_text("\n\n".join(sentence * (1 + part % 7) for part in range(number)))
    report = pipeline.ingest([tmp_path / f"{number:02}.txt" for number in range(1, 40)])
    assert report.counts["indexed"] == 39
    embedder = HashEmbedder()
    for file in report.files:
        assert file.document_id
        chunks = library.catalog.chunk_range(file.document_id, 0, 10**6)
        title = library.catalog.document(file.document_id).title
        expected = embedder.encode_document([embedded_text(title, chunk) for chunk in chunks])
        assert np.allclose(library.catalog.vectors([chunk.id for chunk in chunks]), expected, atol=1e-6)


def test_twins_of_a_file_that_fails_fail_under_their_own_names(pipeline: Pipeline, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.txt", "two.txt", "three.txt")]
    for path in paths:
        path.write_bytes(b" \n" * 50)
    report = pipeline.ingest(paths)
    for path, file in zip(paths, report.files, strict=True):
        assert file.path == str(path)
        assert path.name in file.error.message


def test_limits_of_the_settings_reach_the_readers(library: Library, tmp_path: Path) -> None:
    embedder = HashEmbedder()
    chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
    settings = Settings.model_validate({"max_unpacked_mb": 1, "ocr": "off"})
    pipeline = Pipeline(library, embedder, chunker, max_file_bytes=10**7, readers=reader_pool(settings))
    try:
        report = pipeline.ingest([archive(tmp_path / "bomb.zip"), SCANNED])
        assert [file.error.code for file in report.failed] == ["too_large", "no_text"]
    finally:
        pipeline.close()


# --- deleting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["name", "id", "path"])
def test_deleted_document_is_gone_everywhere(pipeline: Pipeline, library: Library, folder: Path, way: str) -> None:
    pipeline.ingest([folder])
    document = library.catalog.find("bandages.md")
    name = {"name": document.name, "id": document.id, "path": str(folder / "bandages.md")}[way]
    (chunk,) = library.catalog.chunk_range(document.id, 0, 10)
    vector = library.catalog.vectors([chunk.id])[0]
    deleted = pipeline.delete(name)
    assert deleted.id == document.id
    assert library.counts() == (2, 2, 2)
    assert found_names(library, "bandages") == set()
    assert chunk.id not in {hit.chunk_id for hit in library.vectors.search(vector, 10)}
    assert (folder / "bandages.md").exists(), "files outside the library are not touched"
    assert str(folder / "bandages.md") in deleted.warnings[0]
    with pytest.raises(DocumentNotFound):
        pipeline.delete("bandages.md")


def test_delete_says_when_a_sync_would_bring_it_back(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder], sync=True)
    (note,) = pipeline.delete("bandages.md").warnings
    assert "next sync" in note
    assert statuses(pipeline.ingest([folder], sync=True))["bandages.md"] == "indexed"


def test_deleting_an_upload_removes_its_file(pipeline: Pipeline, library: Library, folder: Path) -> None:
    path = save_upload(library.data, "note.txt", b"Umbrellas stand in the hall.")
    kept = save_upload(library.data, "other.txt", b"Keys hang at the door.")
    pipeline.ingest([path, kept])
    deleted = pipeline.delete("note.txt")
    assert deleted.warnings == ()
    assert not path.exists()
    assert kept.exists()


def test_delete_repairs_an_index_that_kept_a_vector(pipeline: Pipeline, library: Library, folder: Path) -> None:
    """Nothing may say "deleted" while an index still answers with the document."""
    pipeline.ingest([folder])
    document = library.catalog.find("bandages.md")
    stray = library.catalog.vectors([library.catalog.chunk_range(document.id, 0, 10)[0].id])
    library.vectors.add(["stray"], stray)
    pipeline.delete("bandages.md")
    assert library.counts() == (2, 2, 2)
    assert "stray" not in {hit.chunk_id for hit in library.vectors.search(stray[0], 10)}


def test_an_upload_can_be_deleted_after_the_data_folder_was_moved(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for data in (before, after):
        if data == after:
            before.rename(after)
        library = Library.open(data, dimension=HashEmbedder().dimension)
        pipeline = make_pipeline(library, HashEmbedder())
        if data == before:
            pipeline.ingest([save_upload(data, "note.txt", b"Umbrellas stand in the hall.")])
        else:
            assert pipeline.delete("note.txt").warnings == ()
        pipeline.close()
        library.close()
    assert list((after / "uploads").iterdir()) == []


# --- another embedder or chunker --------------------------------------------------------------------------------------


def test_other_chunker_is_refused_until_reindexed(pipeline: Pipeline, library: Library, folder: Path) -> None:
    (folder / "long.md").write_text("# Long\n\n" + "Gloves are worn at the sink. " * 60)
    pipeline.ingest([folder])
    before = {document.name: document.chunks for document in library.catalog.documents()}
    other = make_pipeline(library, HashEmbedder(), max_tokens=128)
    try:
        with pytest.raises(FingerprintMismatch, match="embedder use"):
            other.ingest([folder])
        for path in folder.iterdir():
            path.unlink()  # the stored pages are enough
        assert other.reindex(stop=lambda: True).files == ()
        rest = other.reindex()
        assert rest.counts["indexed"] == len(rest.files) == 4
        assert other.reindex().files == ()
        stray = library.catalog.vectors([library.catalog.chunk_range(rest.files[-1].document_id or "", 0, 0)[0].id])
        library.vectors.add(["stray"], stray)
        assert other.reindex().files == ()
        assert len(set(library.counts())) == 1, "indexes that disagree are built anew though no document is stale"
        after = {document.name: document.chunks for document in library.catalog.documents()}
        assert after["long.md"] > before["long.md"]
        assert len(set(library.counts())) == 1
        assert found_names(library, "gloves") == {"long.md"}
        assert other.ingest([]).files == ()
    finally:
        other.close()
