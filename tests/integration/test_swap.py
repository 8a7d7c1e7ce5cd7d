"""Another embedder is put in the place of the one in use: beside it, without a pause, and back again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest.recognition import COMPARED
from ingest.worker import DELETE, FORGET, REINDEX
from rag.build import Kitabu, open_kitabu
from rag.core.config import Settings, load_settings
from rag.core.golden import GoldenQuestion, KeptQuestion
from rag.core.ports import Embedder, KeywordIndex, VectorIndex
from rag.current import CurrentParts
from rag.evaluation.beside import compare_beside
from rag.models.embedding import load_embedder
from rag.searching import SearchParts
from rag.store.beside import Beside
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.jobs import JobState
from rag.testing.embedding import HashEmbeddings, WideHashEmbeddings
from tests.places import ROOT

NARROW, WIDE = (f"rag.testing.embedding.{name}" for name in ("HashEmbeddings", "WideHashEmbeddings"))
NOTES = ("aprons", "bandages", "candles", "drums")


def settings_in(data: Path, **more: object) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KITABU_")]:
            patch.delenv(name)
        patch.chdir(data.parent)
        return load_settings(data=data, model="none", embedder=NARROW, **more)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "data")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for word in NOTES:
        (folder / f"{word}.md").write_text(f"# About {word}\n\nThe {word} are kept in the {word} store.\n")
    return folder


@pytest.fixture
def kitabu(settings: Settings, folder: Path) -> Iterator[Kitabu]:
    with open_kitabu(settings) as kitabu:
        kitabu.pipeline.ingest([folder])
        yield kitabu


def found(kitabu: Kitabu, word: str) -> str:
    """The document that a question finds first; its vectors are those of the embedder in use."""
    result = kitabu.engine.search(f"Where are the {word} kept?", 3)
    assert result.wordings[0].vector.shape == (kitabu.library.catalog.made_with().dimension,)
    assert result.hits[0].origin["dense"] > 0.3
    return kitabu.library.catalog.document(result.hits[0].chunk.document_id).name


def dimensions(catalog: Catalog) -> dict[int, int]:
    return {size: count for size in (64, 128) if (count := catalog.chunk_count(size))}


def index_folders(data: Path) -> set[str]:
    return {path.name for path in data.iterdir() if path.name.startswith(("vectors", "keywords"))}


def test_there_and_back_again(kitabu: Kitabu, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(kitabu, "drums") == "drums.md"
    result = kitabu.worker.run(REINDEX, {"embedder": WIDE})
    assert (result["embedder"], result["switched"], result["counts"]["indexed"]) == (WIDE, True, len(NOTES))
    assert dimensions(kitabu.library.catalog) == {128: 4}
    assert kitabu.library.counts() == (4, 4, 4)
    assert kitabu.embedder.name == WIDE
    assert all(found(kitabu, word) == f"{word}.md" for word in NOTES)
    assert index_folders(settings.data) == {"vectors-1", "keywords-1"}

    # The way back embeds nothing: the earlier set is still in the catalog.
    embed, embedded = HashEmbeddings.embed_documents, set[str]()

    def noted(self: HashEmbeddings, texts: list[str]) -> list[list[float]]:
        embedded.update(texts)
        return embed(self, texts)

    monkeypatch.setattr(HashEmbeddings, "embed_documents", noted)
    again = kitabu.worker.run(REINDEX, {"embedder": NARROW})
    assert (again["switched"], again["files"]) == (True, [])
    assert dimensions(kitabu.library.catalog) == {64: 4}
    assert all(found(kitabu, word) == f"{word}.md" for word in NOTES)
    assert index_folders(settings.data) == {"vectors-2", "keywords-2"}
    # But for the few by which the embedder is known again.
    assert len(embedded) <= COMPARED < len(NOTES)
    assert kitabu.worker.run(FORGET, {}) == {"forgotten": True}
    assert kitabu.library.beside.state() is None
    assert kitabu.worker.run(FORGET, {}) == {"forgotten": False}


def test_the_library_keeps_its_embedder_whatever_is_set(kitabu: Kitabu, settings: Settings, tmp_path: Path) -> None:
    kitabu.worker.run(REINDEX, {"embedder": WIDE})
    kitabu.close()
    with open_kitabu(settings) as again:
        assert again.embedder.name == WIDE
        assert found(again, "candles") == "candles.md"
        note = tmp_path / "eggs.md"
        note.write_text("# Eggs\n\nThe eggs are kept in the eggs store.\n")
        assert not again.pipeline.ingest([note]).failed
        assert found(again, "eggs") == "eggs.md"
        assert dimensions(again.library.catalog) == {128: 5}
    # The first time the way back has one more document to make.
    with open_kitabu(settings) as again:
        result = again.worker.run(REINDEX, {"embedder": NARROW})
        assert [Path(file["path"]).name for file in result["files"]] == ["eggs.md"]
        assert dimensions(again.library.catalog) == {64: 5}


def test_a_library_whose_embedder_is_gone_can_be_given_another(kitabu: Kitabu, settings: Settings) -> None:
    kitabu.worker.run(REINDEX, {"embedder": WIDE})
    kitabu.close()
    with closing(Catalog.open(settings.data / FILE_NAME)) as catalog, catalog.writing() as connection:
        connection.execute("UPDATE fingerprints SET content = replace(content, 'WideHash', 'VanishedHash')")
    with open_kitabu(settings) as again:
        assert again.worker.run(REINDEX, {})["switched"]
        assert found(again, "aprons") == "aprons.md"


def test_what_changes_meanwhile_is_in_the_new_set(kitabu: Kitabu, tmp_path: Path) -> None:
    jobs, library = kitabu.library.jobs, kitabu.library
    number = jobs.enqueue(REINDEX, {"embedder": WIDE})
    late = tmp_path / "late.md"
    late.write_text("# Late\n\nThe late things are kept in the late store.\n")
    asked: list[str] = []

    def meddle(_kitabu: Kitabu, _beside: object, _stop: object) -> dict[str, object]:
        """A document comes and one goes after all was made, before the switch."""
        if not asked:
            asked.append("once")
            kitabu.pipeline.ingest([late])
            kitabu.pipeline.delete("aprons.md")
        return {}

    kitabu.compare = meddle
    kitabu.worker.run_pending()
    assert jobs.get(number).result["switched"]
    assert library.counts() == (4, 4, 4)
    assert dimensions(library.catalog) == {128: 4}
    assert found(kitabu, "late") == "late.md"


def test_a_deleted_document_leaves_the_set_beside_too(kitabu: Kitabu) -> None:
    kitabu.worker.run(REINDEX, {"embedder": WIDE})
    receipt = kitabu.worker.run(DELETE, {"document": "bandages.md"})
    assert receipt["rows"]["other_chunks"] == 1
    assert all(check["clean"] for check in receipt["checks"])
    state = kitabu.library.beside.state()
    assert (state.documents, state.wanted, state.chunks) == (3, 3, 3)


def test_a_document_that_changed_is_made_again(kitabu: Kitabu, folder: Path) -> None:
    kitabu.worker.run(REINDEX, {"embedder": WIDE})
    (folder / "drums.md").write_text("# Drums\n\nThe trumpets stand beside the drums.\n")
    kitabu.pipeline.ingest([folder])
    result = kitabu.worker.run(REINDEX, {"embedder": NARROW})
    assert [Path(file["path"]).name for file in result["files"]] == ["drums.md"]
    assert found(kitabu, "trumpets") == "drums.md"


def test_it_gives_way_to_other_work_and_can_be_paused(
    kitabu: Kitabu, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WideHashEmbeddings, "seconds", 0.4)
    jobs = kitabu.library.jobs
    number = jobs.enqueue(REINDEX, {"embedder": WIDE})
    kitabu.worker.start()
    wait_for(lambda: jobs.get(number).state is JobState.RUNNING)
    other = jobs.enqueue(DELETE, {"document": "candles.md"})
    wait_for(lambda: jobs.get(other).state is JobState.DONE)
    assert not jobs.get(number).state.over
    jobs.pause(number)
    assert found(kitabu, "drums") == "drums.md"
    wait_for(lambda: not jobs.others_wait(other))
    assert kitabu.library.generation == 0
    jobs.resume(number)
    wait_for(lambda: jobs.get(number).state is JobState.DONE)
    assert jobs.get(number).result["switched"]
    assert kitabu.library.counts() == (3, 3, 3)


def test_another_process_follows_the_switch(kitabu: Kitabu, settings: Settings) -> None:
    with open_kitabu(settings) as beside:
        assert not beside.library.owner
        assert found(beside, "drums") == "drums.md"
        kitabu.worker.run(REINDEX, {"embedder": WIDE})
        assert found(beside, "drums") == "drums.md"
        assert beside.engine.answer("Where are the drums kept?").passages


def test_both_are_measured_on_the_golden_questions(kitabu: Kitabu) -> None:
    kitabu.compare = compare_beside
    assert kitabu.worker.run(REINDEX, {"embedder": WIDE})["figures"] == {}
    golden = GoldenQuestion("q1", "Where are the drums kept?", ("drums store",), True, "drums.md", (), "en", (), "test")
    kitabu.library.golden.put(KeptQuestion(golden))
    figures = kitabu.worker.run(REINDEX, {"embedder": NARROW})["figures"]
    assert figures["questions"] == 1
    assert figures["now"]["answerable"] == figures["beside"]["answerable"] == 1
    assert figures["now"]["page_cited"] == figures["beside"]["page_cited"] == 1.0


def test_an_embedder_that_fails_changes_nothing(kitabu: Kitabu, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: WideHashEmbeddings, _texts: list[str]) -> list[list[float]]:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(WideHashEmbeddings, "embed_documents", fail)
    number = kitabu.library.jobs.enqueue(REINDEX, {"embedder": WIDE})
    kitabu.worker.run_pending()
    job = kitabu.library.jobs.get(number)
    assert (job.state, job.code) == (JobState.FAILED, "model")
    assert "out of memory" in job.message
    assert found(kitabu, "drums") == "drums.md"
    assert dimensions(kitabu.library.catalog) == {64: 4}


def test_a_switch_while_the_parts_are_put_together_is_no_mismatch(kitabu: Kitabu) -> None:
    made: list[SearchParts] = []

    def make(catalog: Catalog, vectors: VectorIndex, keywords: KeywordIndex, embedder: Embedder) -> SearchParts:
        if not made:  # the generation was looked at, what the vectors were made with was not yet
            assert kitabu.worker.run(REINDEX, {"embedder": WIDE})["switched"]
        made.append(kitabu._search_parts(catalog, vectors, keywords, embedder))
        return made[-1]

    parts = CurrentParts(kitabu.library, kitabu.embedder, load_embedder, make)
    assert parts().retriever.search("Where are the candles kept?", 1).hits
    assert parts() is made[1]


def test_searches_during_the_switch_are_all_right(kitabu: Kitabu) -> None:
    errors: list[BaseException] = []
    answers = [0]
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                word = NOTES[answers[0] % len(NOTES)]
                name = kitabu.engine.search(f"Where are the {word} kept?", 3).hits[0]
                assert kitabu.library.catalog.document(name.chunk.document_id).name == f"{word}.md"
                answers[0] += 1
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test fails with it
                errors.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for name in (WIDE, NARROW, WIDE):
        assert kitabu.worker.run(REINDEX, {"embedder": name})["switched"]
    over.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert answers[0] > 20


def wait_for(done: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)


# --- over 10,000 passages, killed ten times ---------------------------------------------------------------------------

KILLS = 10
DOCUMENTS, SECTIONS = 260, 40
SERVING = """
import os, sys, threading, time
from pathlib import Path
import chromadb.api.client, filelock, tantivy, langchain_core.embeddings  # slow: kills would come while they load
import rag.store.chroma_files
from rag.build import open_kitabu
from rag.core.config import Settings
from rag.testing.embedding import WideHashEmbeddings

def serve(data):
    WideHashEmbeddings.seconds = 0.002
    settings = Settings(data=Path(data), model="none", embedder="rag.testing.embedding.HashEmbeddings")
    kitabu = open_kitabu(settings, wait=30)
    assert kitabu.library.owner
    kitabu.worker.start()
    number = 0
    while True:
        number = (number + 37) % 260
        hit = kitabu.engine.search(f"marker{number}x5", 3).hits[0]
        name = kitabu.library.catalog.document(hit.chunk.document_id).name
        generation = kitabu.library.catalog.generation()
        print("ok" if name == f"note{number:03}.md" else f"wrong {number} {name}", generation, flush=True)
        time.sleep(0.02)

for line in sys.stdin:
    child = os.fork()
    if not child:
        serve(line.rstrip("\\n"))
    print("child", child, flush=True)
    os.waitpid(child, 0)
    print("over", 0, flush=True)
"""


def large_library(settings: Settings, folder: Path) -> int:
    """Make a library of over 10,000 passages; how many."""
    folder.mkdir()
    for number in range(DOCUMENTS):
        sections = (
            f"# Section {section}\n\nHere stands marker{number}x{section} and nothing else of note."
            for section in range(SECTIONS)
        )
        (folder / f"note{number:03}.md").write_text("\n\n".join(sections))
    with open_kitabu(settings) as kitabu:
        assert not kitabu.pipeline.ingest([folder]).failed
        kitabu.library.jobs.enqueue(REINDEX, {"embedder": WIDE})
        return kitabu.library.catalog.chunk_count()


def documents_made(data: Path) -> int:
    """How many documents the set beside the one that is searched has."""
    with closing(Catalog.open(data / FILE_NAME, read_only=True)) as catalog:
        state = Beside(catalog).state()
        return state.documents if state else 0


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork")
def test_killed_ten_times_over_ten_thousand_passages(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "data")
    chunks = large_library(settings, tmp_path / "notes")
    assert chunks > 10_000
    chance = random.Random(20261130)
    made: list[int] = []
    with subprocess.Popen(
        [sys.executable, "-c", SERVING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            for kill in range(KILLS + 1):
                server.stdin.write(f"{settings.data}\n")
                server.stdin.flush()
                _, child = server.stdout.readline().split()
                answers = [server.stdout.readline().split()]
                until = time.monotonic() + (chance.uniform(0.1, 1.0) if kill < KILLS else 300)
                # On a slow machine a second may be over before anything is made.
                idle = kill < KILLS and made[-1:] == made[-2:-1] != []
                while answers[-1][1] == "0" and (
                    time.monotonic() < until or (idle and documents_made(settings.data) == made[-1])
                ):
                    answers.append(server.stdout.readline().split())
                    assert answers[-1][0] == "ok", answers[-1]
                if kill == KILLS:
                    # Switched: it still answers, and the old index goes.
                    answers += [server.stdout.readline().split() for _ in range(20)]
                    assert {tuple(answer) for answer in answers[-20:]} == {("ok", "1")}
                    wait_for(lambda: index_folders(settings.data) == {"vectors-1", "keywords-1"})
                os.kill(int(child), 9)
                while (line := server.stdout.readline().split())[0] != "over":
                    assert line[0] == "ok", line
                with closing(Catalog.open(settings.data / FILE_NAME, read_only=True)) as catalog:
                    state = Beside(catalog).state()
                    assert state is not None
                    if kill < KILLS:  # what is searched is whole
                        assert dimensions(catalog) == {64: chunks}
                        assert {"vectors", "keywords"} <= index_folders(settings.data)
                        made.append(state.documents)
        finally:
            server.kill()
    assert made == sorted(made), "nothing that was made is made again"
    assert len(set(made)) > KILLS // 2, "the kills came while it was being made"
    with open_kitabu(settings) as kitabu:
        library = kitabu.library
        assert dimensions(library.catalog) == {128: chunks}
        assert library.counts() == (chunks, chunks, chunks)
        assert library.beside.state().chunks == chunks
        for number in range(0, DOCUMENTS, 13):
            (hit, *_) = kitabu.engine.search(f"marker{number}x7", 3).hits
            assert library.catalog.document(hit.chunk.document_id).name == f"note{number:03}.md"
