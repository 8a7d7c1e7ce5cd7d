"""The catalog: invariants under any sequence of changes, finding, errors in plain words."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.core.errors import DocumentNotFound, LibraryLocked, StoreUnavailable
from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix
from rag.core.types import Block, BlockKind, Chunk, Document, Page, PageStatus, ParsedDocument, Span
from rag.store.beside import Beside, Made
from rag.store.catalog import Catalog, Failure, Place

DIMENSION = 4
FINGERPRINT = Fingerprint("test", "digest", DIMENSION, "", "", "fp32", "structure:240")


def put(catalog: Catalog, content: str, path: str, *, fingerprint: Fingerprint = FINGERPRINT, folder: str = "") -> str:
    """A document of one line a chunk; its id is that of its content."""
    document_id = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    pages = tuple(Page(i + 1, text, PageStatus.TEXT, f"p{i}") for i, text in enumerate(content.split("\n")))
    spans = [Span(page.number, 0, len(page.text)) for page in pages]
    parsed = ParsedDocument(
        "text/plain", "Title", pages, tuple(Block(BlockKind.PARAGRAPH, s, group=1) for s in spans), ("read warning",)
    )
    document = Document(document_id, Path(path).name, "text/plain", "Title", "en", 0, 0, len(content), 1.5, ("w",))
    catalog.put(
        document,
        parsed,
        chunks_of(document_id, parsed),
        vectors(len(pages)),
        fingerprint,
        Place(path, document_id, 1, 2, folder),
    )
    return document_id


def chunks_of(document_id: str, parsed: ParsedDocument) -> list[Chunk]:
    return [
        Chunk(f"{document_id}:{i}", document_id, i, ("Head", "Sub"), (Span(p.number, 0, len(p.text)),), p.text)
        for i, p in enumerate(parsed.pages)
    ]


def vectors(count: int) -> Matrix:
    drawn = np.random.default_rng(count).standard_normal((count, DIMENSION)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.open(tmp_path / "catalog.sqlite")


def rows_of(catalog: Catalog) -> dict[str, int]:
    tables = ("documents", "places", "pages", "blocks", "chunks", "vectors", "fingerprints")
    with sqlite3.connect(catalog.database.path) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


def test_reads_back_what_was_put(catalog: Catalog) -> None:
    content = "first page\x00 \r\ttext\nصفحة ثانية\n\u202ethird 疫苗"
    document_id = put(catalog, content, "/in/a\nb.txt", folder="/in")
    document = catalog.document(document_id)
    assert document == Document(document_id, "a\nb.txt", "text/plain", "Title", "en", 3, 3, len(content), 1.5, ("w",))
    parsed = catalog.parsed(document_id)
    assert [page.text for page in parsed.pages] == content.split("\n")
    assert parsed.warnings == ("read warning",)
    assert catalog.page(document_id, 2) == parsed.pages[1]
    assert catalog.blocks(document_id, [3, 1]) == [parsed.blocks[0], parsed.blocks[2]]
    chunks = chunks_of(document_id, parsed)
    assert catalog.chunk_range(document_id, 1, 9) == chunks[1:]
    ids = [chunk.id for chunk in reversed(chunks)]
    assert catalog.chunks([*ids, "unknown"]) == {chunk.id: chunk for chunk in chunks}
    assert np.array_equal(catalog.vectors(ids), vectors(3)[::-1])
    assert catalog.place("/in/a\nb.txt") == Place("/in/a\nb.txt", document_id, 1, 2, "/in")
    assert catalog.places_in("/in") == catalog.places(document_id)
    assert [(entry.chunk, entry.title, entry.language) for batch in catalog.iter_chunks(2) for entry in batch] == [
        (chunk, "Title", "en") for chunk in chunks
    ]
    batches = list(catalog.iter_vectors(2))
    assert [len(some) for some, _ in batches] == [2, 1]
    assert np.array_equal(np.concatenate([matrix for _, matrix in batches]), vectors(3))
    assert catalog.languages() == {"en": 1}
    assert catalog.fingerprints() == {FINGERPRINT}


def test_names_of_any_bytes(catalog: Catalog) -> None:
    path = "/in/\udcff\ud83d.txt".replace("\ud83d", "é")
    document_id = put(catalog, "lone \ud800 surrogate", path)
    assert catalog.places(document_id)[0].path == path
    # What no file can hold is shown as unreadable, at the same offset.
    assert catalog.page(document_id, 1).text == "lone \ufffd surrogate"


def test_same_bytes_again_change_nothing(catalog: Catalog) -> None:
    document_id = put(catalog, "a\nb", "/1")
    before = rows_of(catalog)
    put(catalog, "a\nb", "/1")
    assert rows_of(catalog) == before
    catalog.set_place(Place("/2", document_id, 1, 2))
    put(catalog, "a\nb", "/1")
    assert {place.path for place in catalog.places(document_id)} == {"/1", "/2"}


def test_changed_file_replaces_its_old_version(catalog: Catalog) -> None:
    old = put(catalog, "old\ntext", "/1")
    new = put(catalog, "new", "/1")
    assert [document.id for document in catalog.documents()] == [new]
    work = catalog.pending()
    assert set(work.deletions) == {f"{old}:0", f"{old}:1"}
    assert work.additions == [f"{new}:0"]


def test_document_goes_with_its_last_place(catalog: Catalog) -> None:
    document_id = put(catalog, "a", "/1")
    catalog.set_place(Place("/2", document_id, 1, 2))
    assert catalog.remove_place("/1")
    assert catalog.document(document_id).id == document_id
    assert catalog.remove_place("/2")
    assert not catalog.remove_place("/2")
    with pytest.raises(DocumentNotFound):
        catalog.document(document_id)
    assert set(rows_of(catalog).values()) == {0}


def test_a_set_beside_is_made_document_by_document_and_switched_at_once(catalog: Catalog) -> None:
    ids = sorted(put(catalog, content, content) for content in ("a", "b"))
    other = replace(FINGERPRINT, embedder="other", dimension=2)
    beside = Beside(catalog)
    assert beside.state() is None
    beside.begin(other)
    assert beside.missing() == ids
    chunks = [Chunk(f"{document_id}:0", document_id, 0, (), (Span(1, 0, 1),), "x") for document_id in ids]
    beside.put([Made(ids[0], chunks[:1], np.array([[1, 0]], dtype=np.float32))])
    beside.begin(other)
    assert beside.missing() == ids[1:], "what was made is kept"
    assert not beside.switch(1)
    assert catalog.made_with() == FINGERPRINT
    beside.put([Made(ids[1], chunks[1:], np.array([[0, 1]], dtype=np.float32))])
    before, revision = catalog.chunk_count(), catalog.revision()
    assert not beside.switch(1), "the indexes hold fewer"
    assert catalog.generation() == 0
    assert beside.switch(2)
    assert (catalog.generation(), catalog.made_with(), catalog.fingerprints()) == (1, other, {other})
    assert [(some, matrix.shape) for some, matrix in catalog.iter_vectors()] == [([c.id for c in chunks], (2, 2))]
    assert [document.chunks for document in catalog.documents()] == [1, 1]
    assert not catalog.pending()
    assert catalog.revision() > revision
    state = beside.state()
    assert (state.fingerprint, state.documents, state.chunks) == (FINGERPRINT, 2, before)
    catalog.remove_document(ids[0])
    assert beside.state().documents == 1
    assert beside.forget()
    assert beside.state() is None
    with catalog.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM other_vectors").fetchone() == (0,)


def test_a_refused_put_leaves_nothing(catalog: Catalog) -> None:
    kept = put(catalog, "kept", "/1")
    before, revision = rows_of(catalog), catalog.revision()
    document = replace(catalog.document(kept), id="x")
    parsed = catalog.parsed(kept)
    twice = [Chunk("x:0", "x", 0, (), (), "x")] * 2
    with pytest.raises(sqlite3.IntegrityError):
        catalog.put(document, parsed, twice, vectors(2), FINGERPRINT, Place("/1", "x", 1, 1))
    with pytest.raises(ValueError, match="vectors"):
        catalog.put(document, parsed, twice, vectors(1), FINGERPRINT, Place("/1", "x", 1, 1))
    assert rows_of(catalog) == before
    assert catalog.revision() == revision
    assert catalog.place("/1") is not None


def test_work_done_for_an_older_state_does_not_settle_a_newer_one(catalog: Catalog) -> None:
    document_id = put(catalog, "a", "/1")
    seen = catalog.pending()
    put(catalog, "a", "/1")
    catalog.mark_added(seen.additions, seen.revision)
    assert catalog.pending().additions == [f"{document_id}:0"]


def test_find(catalog: Catalog) -> None:
    first = put(catalog, "a", "/x/handbook.pdf")
    second = put(catalog, "b", "/y/handbook.pdf")
    third = put(catalog, "c", "/y/prices.xlsx")
    for name in (third, third[:8], third[:8].upper(), "prices.xlsx", "/y/prices.xlsx"):
        assert catalog.find(name).id == third
    with pytest.raises(DocumentNotFound) as several:
        catalog.find("handbook.pdf")
    assert first[:12] in several.value.hint
    assert second[:12] in several.value.hint
    assert catalog.find("/x/handbook.pdf").id == first
    with pytest.raises(DocumentNotFound) as none:
        catalog.find("price.xlsx")
    assert "prices.xlsx" in none.value.hint


def test_failures_and_folders(catalog: Catalog) -> None:
    failure = Failure("/1", 1, 2, "damaged", "It is damaged.", "Save it again.", 3.0)
    catalog.put_failure(replace(failure, code="no_text"))
    catalog.put_failure(failure)
    assert catalog.failures() == [failure]
    put(catalog, "a", "/1")
    assert catalog.failures() == []
    catalog.add_folder("/in")
    catalog.add_folder("/in")
    put(catalog, "b", "/in/b", folder="/in")
    assert catalog.folders() == ["/in"]
    catalog.remove_folder("/in")
    assert catalog.folders() == []
    assert [place.folder for place in catalog.places(catalog.find("/in/b").id)] == [""]


def test_read_only_leaves_documents_alone(catalog: Catalog) -> None:
    document_id = put(catalog, "a", "/1")
    other = Catalog.open(catalog.database.path, read_only=True)
    assert other.document(document_id).name == "1"
    for call in (
        lambda: other.remove_document(document_id),
        lambda: other.remove_place("/1"),
        lambda: other.add_folder("/2"),
        lambda: other.clear_failure("/1"),
    ):
        with pytest.raises(LibraryLocked):
            call()


def test_damaged_newer_and_unwritable_files(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreUnavailable, match="damaged") as error:
        Catalog.open(damaged)
    assert str(damaged) in error.value.message
    assert error.value.hint
    newer = tmp_path / "newer.sqlite"
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreUnavailable, match="newer"):
        Catalog.open(newer)
    with pytest.raises(StoreUnavailable):
        Catalog.open(tmp_path / "missing" / "catalog.sqlite")


def test_eight_threads_read_while_one_writes(catalog: Catalog) -> None:
    done = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not done.is_set():
            for document in catalog.documents():
                # A document is seen whole or not at all.
                pages = catalog.pages(document.id)
                if pages and len(pages) != document.pages:
                    wrong.append((document, pages))
            catalog.pending()

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for i in range(40):
        put(catalog, f"{i}\nb\nc", f"/{i % 5}")
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(catalog.documents()) == 5


def test_files_below_the_data_folder_move_with_it(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    (before / "uploads").mkdir(parents=True)
    upload, elsewhere = str(before / "uploads" / "b\udcff.txt"), str(tmp_path / "beforehand" / "c.txt")
    with closing(Catalog.open(before / "catalog.sqlite")) as catalog:
        document_id = put(catalog, "b", upload)
        catalog.set_place(Place(elsewhere, document_id, 1, 2))
        catalog.put_failure(Failure(f"{upload}.pdf", 1, 2, "damaged", "It is damaged.", "Save it.", 0.0))
        assert {place.path for place in catalog.places(document_id)} == {upload, elsewhere}
    before.rename(after)
    moved = str(after / "uploads" / "b\udcff.txt")
    with closing(Catalog.open(after / "catalog.sqlite")) as catalog:
        assert {place.path for place in catalog.places(document_id)} == {moved, elsewhere}
        assert catalog.place(moved) is not None
        assert catalog.place(upload) is None
        assert catalog.find(moved).id == document_id
        assert [failure.path for failure in catalog.failures()] == [f"{moved}.pdf"]
        catalog.clear_failure(f"{moved}.pdf")
        assert catalog.failures() == []
        assert catalog.remove_place(moved)


CONTENTS = ["a", "b\nc", "d\ne\nf"]
PATHS = ["/1", "/2", "/3"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(CONTENTS), st.sampled_from(PATHS)),
        st.tuples(st.just("place"), st.sampled_from(CONTENTS), st.sampled_from(PATHS)),
        st.tuples(st.just("remove_place"), st.just(""), st.sampled_from(PATHS)),
        st.tuples(st.just("remove"), st.sampled_from(CONTENTS), st.just("")),
        st.tuples(st.just("apply"), st.just(""), st.just("")),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_sequence_of_changes(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str]]) -> None:
    """Against a model: path -> content. The index is a set of chunk ids that follows the pending work."""
    catalog = Catalog.open(tmp_path_factory.mktemp("model") / "catalog.sqlite")
    model: dict[str, str] = {}
    index: set[str] = set()

    def apply() -> None:
        while work := catalog.pending(2):
            if work.deletions:
                index.difference_update(work.deletions)
                catalog.mark_deleted(work.deletions, work.revision)
            else:
                index.update(work.additions)
                catalog.mark_added(work.additions, work.revision)

    for step, content, path in steps:
        document_id = hashlib.sha256(content.encode()).hexdigest()
        if step == "put":
            put(catalog, content, path)
            model[path] = content
        elif step == "place" and content in model.values():
            catalog.set_place(Place(path, document_id, 1, 2))
            model[path] = content
        elif step == "remove_place":
            assert catalog.remove_place(path) == (path in model)
            model.pop(path, None)
        elif step == "remove" and content in model.values():
            catalog.remove_document(document_id)
            model = {path: other for path, other in model.items() if other != content}
        elif step == "apply":
            apply()
    apply()
    contents = {content.encode() for content in model.values()}
    chunks = {
        f"{hashlib.sha256(content).hexdigest()}:{i}" for content in contents for i in range(content.count(b"\n") + 1)
    }
    assert index == chunks == {chunk_id for ids, _ in catalog.iter_vectors() for chunk_id in ids}
    lines = len(chunks)
    assert rows_of(catalog) == {
        "documents": len(contents), "places": len(model), "pages": lines, "blocks": lines, "chunks": lines,
        "vectors": lines, "fingerprints": bool(contents),
    }  # fmt: skip
    catalog.close()
