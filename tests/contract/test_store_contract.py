"""Vector stores elsewhere against the contract of every index: a Chroma server, and LangChain's."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore

from ingest.recognition import COMPARED
from rag.build import open_kitabu
from rag.core.config import Settings, load_settings
from rag.core.errors import ConfigError, MissingDependency, StoreUnavailable, UnknownBackend
from rag.core.ports import VectorIndex
from rag.store.chroma_server import ChromaServerIndex
from rag.store.langchain_store import LangChainIndex
from rag.stores import index_maker
from rag.testing.contracts import VectorIndexContract, unit_vectors
from rag.testing.embedding import HashEmbeddings
from rag.testing.vectorstore import FOLDER, KeptVectorStore

MEMORY = "langchain_core.vectorstores.InMemoryVectorStore"
KEPT = "rag.testing.vectorstore.KeptVectorStore"


@pytest.fixture(scope="module")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real `chroma run`, ended with all its children afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("chroma-server")
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder), "--port", str(port)]
    environment = {**os.environ, "ANONYMIZED_TELEMETRY": "False"}
    with subprocess.Popen(
        [*command, "--host", "127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
        start_new_session=True,
    ) as server:  # fmt: skip
        try:
            until = time.monotonic() + 90
            while True:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                assert server.poll() is None
                assert time.monotonic() < until
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
class TestChromaServer(VectorIndexContract):
    @pytest.fixture
    def open_index(self, chroma_server: str, tmp_path: Path) -> Callable[[], VectorIndex]:
        return lambda: index_maker(f"chroma:{chroma_server}")(tmp_path / "vectors", self.dimension)

    def test_two_libraries_share_a_server(self, chroma_server: str, tmp_path: Path) -> None:
        one, other = (ChromaServerIndex(chroma_server, tmp_path / name, 8) for name in ("one", "other"))
        one.add(["a"], unit_vectors(1, 8))
        assert (one.count(), other.count()) == (1, 0)
        for index in (one, other):
            index.clear()
            index.close()


class TestLangChainInMemory(VectorIndexContract):
    durable = False

    @pytest.fixture
    def open_index(self, tmp_path: Path) -> Callable[[], VectorIndex]:
        return lambda: index_maker(MEMORY)(tmp_path / "vectors", self.dimension)


class TestLangChainKept(VectorIndexContract):
    @pytest.fixture
    def open_index(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], VectorIndex]:
        monkeypatch.setenv(FOLDER, str(tmp_path))
        return lambda: index_maker(KEPT)(tmp_path / "vectors", self.dimension)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    for name in [name for name in os.environ if name.startswith("KITABU_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return load_settings(data=tmp_path / "data", model="none", embedder="rag.testing.embedding.HashEmbeddings")


def test_a_library_moves_from_store_to_store_and_embeds_nothing(
    settings: Settings, tmp_path: Path, chroma_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("drums", "flutes", "horns", "harps", "bells"):
        (tmp_path / f"{name}.md").write_text(f"# {name.title()}\n\nThe {name} are kept in the hall.\n")
    with open_kitabu(settings) as kitabu:
        kitabu.pipeline.ingest(sorted(tmp_path.glob("*.md")))
    embed, again = HashEmbeddings.embed_documents, set[str]()

    def noted(self: HashEmbeddings, texts: list[str]) -> list[list[float]]:
        again.update(texts)
        return embed(self, texts)

    monkeypatch.setattr(HashEmbeddings, "embed_documents", noted)
    for store in (f"chroma:{chroma_server}", KEPT, MEMORY, "chroma"):
        with open_kitabu(settings.model_copy(update={"store": store})) as kitabu:
            assert kitabu.library.counts() == (5, 5, 5), store
            hit = kitabu.engine.search("Where are the drums kept?").hits[0]
            assert hit.origin["dense"] > 0.3
    # But for the few by which the embedder is known again.
    assert len([text for text in again if "are kept" in text]) <= COMPARED
    # What the stores before held is gone from them.
    assert {path.read_text() for path in tmp_path.glob("kitabu-*.json")} == {"{}"}
    assert not (settings.data / "vectors" / "store.txt").exists()


def test_what_is_deleted_is_deleted_in_the_store(settings: Settings, tmp_path: Path) -> None:
    note = tmp_path / "drums.md"
    note.write_text("# Drums\n\nThe drums are kept in the hall.\n")
    with open_kitabu(settings.model_copy(update={"store": KEPT})) as kitabu:
        kitabu.pipeline.ingest([note])
        receipt = kitabu.pipeline.delete("drums.md")
        assert all(check.clean for check in receipt.checks)
        assert "own files" in receipt.left[-1]
        assert kitabu.library.counts() == (0, 0, 0)


def test_the_index_beside_has_a_collection_of_its_own(settings: Settings, tmp_path: Path) -> None:
    note = tmp_path / "drums.md"
    note.write_text("# Drums\n\nThe drums are kept in the hall.\n")
    with open_kitabu(settings.model_copy(update={"store": KEPT})) as kitabu:
        kitabu.pipeline.ingest([note])
        wide = "rag.testing.embedding.WideHashEmbeddings"
        assert kitabu.worker.run("reindex", {"embedder": wide})["switched"]
        assert kitabu.library.counts() == (1, 1, 1)
        assert kitabu.engine.search("Where are the drums kept?").hits[0].origin["dense"] > 0.3
        sizes = sorted(len(path.read_text()) for path in tmp_path.glob("kitabu-*.json"))
        assert sizes[0] == 2, "the earlier one is emptied"
        assert sizes[1] > 1000


def test_what_a_store_holds_that_cannot_be_reached_is_removed_when_it_can_be(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "drums.md"
    note.write_text("# Drums\n\nThe drums are kept in the hall.\n")
    with open_kitabu(settings.model_copy(update={"store": KEPT})) as kitabu:
        kitabu.pipeline.ingest([note])
        (kept,) = tmp_path.glob("kitabu-*.json")

    def fail(_self: object, *_given: object, **_named: object) -> None:
        raise OSError("nobody answers")

    with monkeypatch.context() as patch:
        patch.setattr(KeptVectorStore, "delete", fail)
        for store in ("chroma", MEMORY):  # given up, and tried again as one of those that are left over
            with open_kitabu(settings.model_copy(update={"store": store})) as kitabu:
                assert kitabu.library.counts() == (1, 1, 1)
    assert kept.read_text() != "{}"
    open_kitabu(settings.model_copy(update={"store": "chroma"})).close()
    assert kept.read_text() == "{}"
    assert {path.name for path in settings.data.glob("vectors*")} == {"vectors"}


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    index = index_maker("chroma:http://127.0.0.1:9")(tmp_path / "vectors", 8)
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:9") as caught:
        index.count()
    assert "chroma run" in caught.value.hint


@pytest.mark.parametrize(
    ("store", "error"),
    [
        ("faiss", UnknownBackend),
        ("chroma:nowhere", ConfigError),
        ("no_such_package.Store", MissingDependency),
        ("rag.testing.embedding.HashEmbedder", StoreUnavailable),
        ("rag.testing.vectorstore.nameless_store", ConfigError),
    ],
)
def test_what_is_no_store(store: str, error: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(error):
        index_maker(store)(tmp_path / "vectors", 8).count()


def test_rows_of_others_in_a_store_are_no_passages(tmp_path: Path) -> None:
    made: list[InMemoryVectorStore] = []

    def make(embeddings: Embeddings) -> InMemoryVectorStore:
        made.append(InMemoryVectorStore(embeddings))
        return made[0]

    index = LangChainIndex(make, tmp_path, 8, "shared")
    vectors = unit_vectors(2, 8)
    index.add(["a", "b"], vectors)
    row = {"id": "x", "vector": [float(number) for number in vectors[0]], "text": "of others", "metadata": {}}
    made[0].store["x"] = row
    found = {one.chunk_id for one in index.search(vectors[0], 2)}
    assert found <= {"a", "b"}


def test_a_damaged_file_of_ids_is_told(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "held.sqlite")) as notes:
        notes.execute("CREATE TABLE held (other TEXT)")
    with pytest.raises(StoreUnavailable, match="shared"):
        LangChainIndex(InMemoryVectorStore, tmp_path, 8, "shared").count()
