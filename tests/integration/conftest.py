"""The sample documents, indexed once by the real parts, and small libraries of a test's own."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest.chunkers import StructureChunker
from ingest.pipeline import Pipeline
from rag.build import Kitabu
from rag.core.config import Settings, load_settings
from rag.core.ports import Embedder
from rag.models.embedding import load_embedder
from rag.models.figures import FILE
from rag.store.library import Library
from rag.testing.embedding import HashEmbedder
from rag.testing.replay import ReplayServer
from tests.places import RECORDINGS, ROOT

SAMPLES = ROOT / "sample_docs" / "library"
RECORDED_MODEL = "ollama:smollm2:135m"

Reconfigure = Callable[..., Kitabu]
MakeLibrary = Callable[[Mapping[str, str]], Kitabu]


def _settings(data: Path) -> Settings:
    """Settings that nothing on this machine changes: no variable, no kitabu.toml in the working directory."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KITABU_")]:
            patch.delenv(name)
        patch.chdir(data.parent)
        return load_settings(data=data, model="none")


def _open(data: Path, minilm: Embedder) -> Kitabu:
    return Kitabu(_settings(data), Library.open(data, dimension=minilm.dimension), minilm)


@pytest.fixture(scope="session")
def minilm() -> Embedder:
    """The embedder of every library here: its weights are loaded once."""
    return load_embedder("minilm")


@pytest.fixture(scope="session")
def samples(minilm: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitabu]:
    """The library of the sample documents, quoting. Tests do not change it."""
    with _open(tmp_path_factory.mktemp("samples") / "data", minilm) as kitabu:
        report = kitabu.pipeline.ingest([SAMPLES])
        assert [file.path for file in report.files if file.error] == []
        yield kitabu


@pytest.fixture
def make_library(tmp_path: Path, minilm: Embedder) -> Iterator[MakeLibrary]:
    """Makes a library of a test's own from names and texts; closed afterwards."""
    with ExitStack() as opened:

        def make(texts: Mapping[str, str]) -> Kitabu:
            folder = tmp_path / "documents"
            folder.mkdir()
            for name, text in texts.items():
                (folder / name).write_text(text, encoding="utf-8")
            kitabu = opened.enter_context(_open(tmp_path / "data", minilm))
            report = kitabu.pipeline.ingest([folder])
            assert report.counts["indexed"] == len(texts)
            return kitabu

        yield make


@pytest.fixture
def ollama() -> Iterator[ReplayServer]:
    """What is asked and answered as Ollama does it, at `.url`."""
    with ReplayServer(RECORDINGS) as server:
        yield server


@pytest.fixture
def with_model(ollama: ReplayServer) -> Reconfigure:
    """A library's parts again, set to answer with the recorded model at the replay server; it need not be closed."""

    def reconfigure(kitabu: Kitabu, **changes: object) -> Kitabu:
        # What the model counted in an earlier test would change how much fits the window in this one.
        # The figures live as long as a model of that test does, which hangs in a circle of references.
        (kitabu.settings.data / FILE).unlink(missing_ok=True)
        gc.collect()
        limits = {"connect_timeout": 1.0, "first_token_timeout": 1.0, "token_timeout": 1.0}
        update = {"ollama_url": ollama.url, "model": RECORDED_MODEL, **limits, **changes}
        return Kitabu(kitabu.settings.model_copy(update=update), kitabu.library, kitabu.embedder)

    return reconfigure


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library for vectors of the hash embedder, in this process."""
    library = Library.open(tmp_path / "data", dimension=HashEmbedder().dimension)
    yield library
    library.close()


@pytest.fixture
def pipeline(library: Library) -> Iterator[Pipeline]:
    """Takes files of at most a megabyte into `library`."""
    embedder = HashEmbedder()
    chunker = StructureChunker(embedder.count_tokens, embedder.max_tokens)
    pipeline = Pipeline(library, embedder, chunker, max_file_bytes=1_000_000)
    yield pipeline
    pipeline.close()
