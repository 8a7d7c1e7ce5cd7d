"""A deleted document leaves no byte of its text or vectors in the data folder, and its receipt says what was done."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from ingest.uploads import save_upload
from ingest.worker import DELETE, Worker
from rag.core.ports import Matrix
from rag.core.text import stem, tokens
from rag.core.types import Answer, Citation, Passage, Sentence, Span, Support, Usage
from rag.store.erasure import Receipt
from rag.store.keywords import FORMAT, TantivyIndex, analysed
from rag.store.library import Library
from rag.store.vectors import ChromaIndex
from rag.testing.contracts import unit_vectors
from rag.testing.embedding import HashEmbedder
from tests.places import ROOT

NAME = "quarantine.md"
SENTENCE = "The zorilla quarantine ledger of Okavangostan lies under the seventh floorboard."
WORDS = ("zorilla", "okavangostan", "floorboard")
SECRET = "# Quarantine\n\n" + "\n\n".join(f"{SENTENCE} Entry {number} follows." for number in range(40))
FILES = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(FILES):
        text = f"# Note {number}\n\n" + f"The clinic opens at eight and closes at {number} past five. " * 30
        (folder / f"note{number}.md").write_text(text)
    (folder / NAME).write_text(SECRET)
    return folder


def secret_vectors(library: Library) -> Matrix:
    document = library.catalog.find(NAME)
    return library.catalog.vectors([chunk.id for chunk in library.catalog.chunk_range(document.id, 0, 1000)])


def remains(data: Path, vectors: Matrix, where: Path) -> set[str]:
    """What is left of the secret in the files of a data folder, by file; the folder may be open."""
    # In a process of its own: closing a file that SQLite has open here would give up its locks.
    copying = f"import shutil; shutil.copytree({str(data)!r}, {str(where)!r})"
    subprocess.run([sys.executable, "-c", copying], check=True)
    found = set()
    for path in sorted(where.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        pieces = [SENTENCE, *WORDS, *(word.capitalize() for word in WORDS)]
        texts = {piece.encode(coding) for piece in pieces for coding in ("utf-8", "utf-16-le", "utf-16-be")}
        name = str(path.relative_to(where))
        if any(text in content for text in texts):
            found.add(f"{name}: text")
        if any(holds_vector(content, vector) for vector in vectors):
            found.add(f"{name}: vector")
    # tantivy keeps its terms compressed: its own reader tells which there are, deleted or not.
    for index in where.glob("keywords/*/meta.json"):
        if any(term_count(index.parent, word) for word in WORDS):
            found.add("keywords: term")
    shutil.rmtree(where)
    return found


def holds_vector(content: bytes, vector: Sequence[float]) -> bool:
    """Whether float32 numbers stand there that are these to five digits (they may have been scaled to length 1)."""
    for shift in range(4):
        usable = (len(content) - shift) // 4 * 4
        numbers = np.frombuffer(content[shift : shift + usable], dtype="<f4")
        last = len(numbers) - len(vector)
        with np.errstate(invalid="ignore", over="ignore"):  # most of it is no numbers
            near = np.flatnonzero(np.abs(numbers[: max(last + 1, 0)] - vector[0]) < 1e-6)
        for start in near:
            if np.allclose(numbers[start : start + len(vector)], vector, atol=1e-5):
                return True
    return False


def term_count(folder: Path, word: str) -> int:
    import tantivy

    searcher = tantivy.Index.open(str(folder)).searcher()
    return max(searcher.doc_freq("surface", word), searcher.doc_freq("stem", stem(word, "en")))


def answer(library: Library, *sentences: Sentence) -> Answer:
    document = library.catalog.find(NAME)
    passage = Passage("[1]", document, (), (Span(1, 0, 5),), SECRET, (), 1.0, 1.0, ())
    text = " ".join(sentence.text for sentence in sentences)
    citations = tuple(citation for sentence in sentences for citation in sentence.citations)
    usage = Usage(1, 1, 1)
    return Answer("?", "?", "en", text, sentences, citations, (passage,), None, "m", usage, {}, thoughts=SENTENCE)


def cite(library: Library) -> Citation:
    document = library.catalog.find(NAME)
    return Citation("[1]", document.id, document.name, Span(1, 0, 5), SENTENCE, verified=True)


def test_deleting_leaves_no_byte(pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path) -> None:
    upload = save_upload(library.data, NAME, SECRET.encode())
    abandoned = upload.with_name(".upload-abandoned")
    abandoned.write_text(SECRET[:500])
    os.utime(abandoned, (time.time() - 7200,) * 2)
    pipeline.ingest([folder, upload])
    kept = library.conversations
    conversation = kept.create("Where is the ledger?")
    turn, unfinished = (kept.add_turn(conversation.id, "Where is it?") for _ in range(2))
    told = Sentence(SENTENCE, Support.SUPPORTED, (cite(library),))
    uncited = Sentence(f"Note that {SENTENCE[4:60]}.", Support.NOT_FOUND)
    harmless = Sentence("Ask the keeper.", Support.NOT_FOUND, nearest=cite(library))
    kept.save_answer(turn, answer(library, told, uncited, harmless))
    kept.save_partial(unfinished, SENTENCE)
    report = pipeline.ingest([folder, upload]).to_json()
    job = library.jobs.enqueue("ingest", {"paths": [str(upload)], "sync": False})
    library.jobs.claim()
    library.jobs.finish(job, report)
    vectors = secret_vectors(library)
    before = remains(library.data, vectors, tmp_path / "copy")
    assert {"catalog.sqlite: text", "catalog.sqlite: vector", "keywords: term"} <= {
        one.replace("-wal", "") for one in before
    }
    assert any(one.startswith("vectors") and one.endswith("vector") for one in before)

    receipt = pipeline.delete(NAME)

    assert remains(library.data, vectors, tmp_path / "copy") == set()
    assert receipt.rows["chunks"] == receipt.vectors == receipt.postings == len(vectors) > 3
    assert receipt.answers == 1
    assert set(receipt.files_removed) == {str(upload), str(abandoned)}
    assert receipt.files_left == (str(folder / NAME),)
    assert receipt.checks
    assert all(check.clean for check in receipt.checks)
    assert receipt.left == ()
    assert str(upload) not in str(library.jobs.get(job))
    stored = kept.turn(turn)
    assert stored is not None
    assert "Ask the keeper." in stored.text
    assert len(set(library.counts())) == 1


def test_a_replaced_and_a_vanished_file_leave_no_byte(
    pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path
) -> None:
    (folder / "also.md").write_text(SECRET.replace("Entry", "Item"))
    pipeline.ingest([folder], sync=True)
    vectors = secret_vectors(library)
    (folder / "also.md").unlink()
    (folder / NAME).write_text("# Quarantine\n\nThere is none any more.")
    assert pipeline.ingest([folder], sync=True).counts["replaced"] == 1
    library.close()
    assert remains(library.data, vectors, tmp_path / "copy") == set()


def test_a_killed_deletion_is_completed_at_the_next_start(
    pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path
) -> None:
    pipeline.ingest([folder])
    vectors = secret_vectors(library)
    document = library.catalog.find(NAME)
    library.close()
    body = f"""
import os
from pathlib import Path
from rag.store.library import Library
library = Library.open(Path({str(library.data)!r}), dimension={HashEmbedder().dimension})
library.catalog.remove_document({document.id!r})
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", body], cwd=ROOT, check=False).returncode == 9
    assert remains(library.data, vectors, tmp_path / "copy")
    again = Library.open(library.data, dimension=HashEmbedder().dimension)
    assert remains(library.data, vectors, tmp_path / "copy") == set()
    assert len(set(again.counts())) == 1
    again.close()


def test_what_takes_long_is_left_for_later_and_said(
    pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path
) -> None:
    pipeline.ingest([folder])
    vectors = secret_vectors(library)
    receipt = pipeline.delete(NAME, most=1)
    assert "keyword index" in receipt.left[0]
    assert remains(library.data, vectors, tmp_path / "copy") == {"keywords: term"}
    assert library.erase(most=None, go_on=lambda: False)
    worker = Worker(pipeline, library)
    worker.start()
    deadline = time.monotonic() + 20
    while library.catalog.to_erase() is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.stop()
    assert remains(library.data, vectors, tmp_path / "copy") == set()
    assert len(set(library.counts())) == 1


def test_a_reader_that_keeps_the_catalog_busy_is_said(
    pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path
) -> None:
    pipeline.ingest([folder])
    vectors = secret_vectors(library)
    reading = sqlite3.connect(library.catalog.database.path, isolation_level=None)
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM pages").fetchone()
    receipt = pipeline.delete(NAME)
    assert "catalog" in receipt.left[0]
    reading.execute("COMMIT")
    reading.close()
    assert library.erase() == []
    assert remains(library.data, vectors, tmp_path / "copy") == set()


def test_the_queue_keeps_the_receipt(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder])
    job = library.jobs.enqueue(DELETE, {"document": NAME})
    Worker(pipeline, library).run_pending()
    result = library.jobs.get(job).result
    assert result["name"] == NAME
    assert {"document_id", "name", "warnings"} < result.keys()
    assert result["left"] == []
    assert all(check["clean"] for check in result["checks"])


def test_a_receipt_does_not_call_clean_what_is_not(pipeline: Pipeline, library: Library, folder: Path) -> None:
    """A further document holds the same sentences: they are found in the file, and are not the deleted one's."""
    (folder / "copy.md").write_text(SECRET + "\n\nAnd more.")
    pipeline.ingest([folder])
    assert all(check.clean for check in pipeline.delete(NAME).checks)
    document = library.catalog.find("copy.md")
    # Bytes that no row accounts for: in a table that nobody knows of.
    with library.catalog.database.writing() as connection:
        connection.execute("CREATE TABLE stray (text TEXT)")
        connection.execute("INSERT INTO stray VALUES (?)", (library.catalog.page(document.id, 1).text,))
    receipt = pipeline.delete("copy.md")
    assert [check.what for check in receipt.checks if not check.clean] == [receipt.checks[-1].what]


def test_searches_go_on_while_files_are_overwritten(pipeline: Pipeline, library: Library, folder: Path) -> None:
    pipeline.ingest([folder])
    vector = secret_vectors(library)[0]
    done = threading.Event()
    searches: list[tuple[int, ...]] = []

    def search() -> None:
        while not done.is_set():
            found = library.vectors.search(vector, 5), library.keywords.search("clinic", "en", 5)
            searches.append(tuple(map(len, found)))

    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(search) for _ in range(3)]
        for number in range(4):
            pipeline.delete(f"note{number}.md")
        done.set()
        for one in running:
            one.result()
    assert set(searches) == {(5, 5)}


def test_a_layout_that_is_not_known_is_built_anew(
    pipeline: Pipeline, library: Library, folder: Path, tmp_path: Path
) -> None:
    vectors = unit_vectors(1200, HashEmbedder().dimension)  # so many that the graph's files are written
    library.vectors.add([f"filler{number}" for number in range(1200)], vectors)
    pipeline.ingest([folder])
    secret = secret_vectors(library)
    library.vectors.delete([f"filler{number}" for number in range(1200)])
    library.vectors.close()
    (header,) = library.data.glob("vectors/*/*/header.bin")
    header.write_bytes(b"\x07" + header.read_bytes()[1:])
    library.catalog.remove_document(library.catalog.find(NAME).id)
    library.close()
    again = Library.open(library.data, dimension=HashEmbedder().dimension)
    assert len(set(again.counts())) == 1
    again.close()
    assert remains(library.data, secret, tmp_path / "copy") == set()


def test_vectors_leave_the_graph_file_and_the_queue(library: Library, tmp_path: Path) -> None:
    """More vectors than Chroma keeps in its queue: old ones lie in the graph's file, new ones in the queue."""
    dimension = HashEmbedder().dimension
    vectors = unit_vectors(2500, dimension)
    ids = [f"c{number}" for number in range(2500)]
    library.vectors.add(ids, vectors)
    gone = [*range(0, 2500, 50), 2499]
    library.vectors.delete([ids[number] for number in gone])
    assert isinstance(library.vectors, ChromaIndex)
    library.vectors.erase()
    assert remains(library.data, vectors[gone], tmp_path / "copy") == set()
    assert library.vectors.count() == 2500 - len(gone)
    kept = [number for number in range(2500) if number not in set(gone)]
    found = [library.vectors.search(vectors[number], 1)[0].chunk_id for number in kept[::40]]
    assert found == [ids[number] for number in kept[::40]]
    assert not {ids[number] for number in gone} & {
        hit.chunk_id for number in gone for hit in library.vectors.search(vectors[number], 10)
    }


def test_room_for_more_vectors_is_empty(tmp_path: Path) -> None:
    """Chroma writes the memory that it has set aside as it finds it: any text or vector may have been there."""
    dimension = HashEmbedder().dimension
    for _ in range(3):
        index = ChromaIndex(tmp_path, dimension)
        lived = [np.full(dimension * 4, 7.25, dtype=np.float32).tobytes() for _ in range(5000)]
        del lived
        index.add(["a"], unit_vectors(1, dimension))
        (data,) = tmp_path.glob("*/*/data_level0.bin")
        assert data.read_bytes().strip(b"\0") == b""
        data.write_bytes(b"\x07" * data.stat().st_size)
        assert index.count() == 1
        index.close()
        index = ChromaIndex(tmp_path, dimension)
        assert index.count() == 1
        assert data.read_bytes().strip(b"\0") == b""
        index.close()


def test_small_and_large_segments_are_written_again(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    texts = {f"c{number}": f"common word{number}" for number in range(3000)}
    for start in range(0, 3000, 250):
        index.add([(key, text, "en") for key, text in list(texts.items())[start : start + 250]])
    gone = ["c5", "c1500", "c2999"]
    index.delete(gone)

    def entries(ids: Sequence[str]) -> list[tuple[str, str, str]]:
        return [(key, texts[key], "en") for key in ids]

    assert term_count(tmp_path / FORMAT, "word5")
    assert index.erase(entries, lambda: True)
    assert [term_count(tmp_path / FORMAT, f"word{key[1:]}") for key in (*gone, "c6")] == [0, 0, 0, 1]
    assert index.count() == 2997
    assert index.document_frequency(["common"]) == [2997]
    assert index.holds([*gone, "c6"]) == 1
    index.close()


@given(st.text(max_size=80), st.sampled_from(["en", "sw", "zh", "th", "ar"]))
def test_words_are_the_same_piece_by_piece(text: str, language: str) -> None:
    stems = [stem(token.text, language) for token in tokens(text)]
    assert analysed(text, language)[1].split() == [word for word in " ".join(stems).split() if word]


@pytest.fixture
def pipeline(library: Library) -> Iterator[Pipeline]:
    """As in the other tests; the library may be closed before."""
    embedder = HashEmbedder()
    pipeline = Pipeline(
        library, embedder, StructureChunker(embedder.count_tokens, embedder.max_tokens), max_file_bytes=1_000_000
    )
    yield pipeline
    pipeline.close()


def test_receipt_as_json(pipeline: Pipeline, folder: Path) -> None:
    pipeline.ingest([folder])
    receipt = pipeline.delete(NAME)
    assert isinstance(receipt, Receipt)
    assert list(receipt.to_json())[:3] == ["document_id", "name", "warnings"]
