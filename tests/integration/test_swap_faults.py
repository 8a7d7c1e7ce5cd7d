"""What goes wrong around a change of the embedder, and what is left as it was."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from ingest.pipeline import silent
from ingest.report import Stage
from ingest.steps import Maker, never
from ingest.worker import REINDEX
from rag.build import Kitabu, open_kitabu
from rag.core.config import Settings
from rag.core.errors import ConfigError, DocumentNotFound, FingerprintMismatch, ServerUnreachable, StoreUnavailable
from rag.core.golden import GoldenQuestion, KeptQuestion
from rag.core.messages import messages
from rag.engine import Engine
from rag.evaluation.beside import compare_beside
from rag.models.ollama import OllamaServer
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.derived import index_folder
from rag.store.vectors import ChromaIndex
from rag.testing.behaviours import embedding, streaming
from rag.testing.embedding import HashEmbedder
from rag.testing.replay import ReplayServer
from tests.integration.test_swap import NARROW, WIDE, dimensions, index_folders, settings_in
from tests.integration.waiting import wait_until
from tests.places import RECORDINGS

NOTES = ("aprons", "bandages", "candles")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "data", ollama_url="http://127.0.0.1:9")


@pytest.fixture
def kitabu(settings: Settings, tmp_path: Path) -> Iterator[Kitabu]:
    folder = tmp_path / "notes"
    folder.mkdir()
    for word in NOTES:
        (folder / f"{word}.md").write_text(f"# About {word}\n\nThe {word} are kept in the {word} store.\n")
    with open_kitabu(settings) as kitabu:
        kitabu.pipeline.ingest([folder])
        yield kitabu


def first(kitabu: Kitabu, word: str) -> str:
    hit = kitabu.engine.search(f"Where are the {word} kept?", 3).hits[0]
    return kitabu.library.catalog.document(hit.chunk.document_id).name


def has_tiny(server: ReplayServer, digest: str) -> None:
    """Have the server hold an embedding model of that digest, called tiny."""
    server.script("/api/show", streaming({"model_info": {"bert.context_length": 512}, "capabilities": ["embedding"]}))
    server.script("/api/embed", embedding(24))
    server.script("/api/tags", streaming({"models": [{"name": "tiny:latest", "size": 1, "digest": digest}]}))


def made_by(data: Path, name: str) -> None:
    """Have the library's documents be those of an embedder of that name."""
    with closing(Catalog.open(data / FILE_NAME)) as catalog, catalog.writing() as connection:
        connection.execute("UPDATE fingerprints SET content = replace(content, ?, ?)", (WIDE, name))


def one_document(kitabu: Kitabu) -> Callable[[], bool]:
    """Asks a run to stop when one document is made."""

    def stop() -> bool:
        state = kitabu.library.beside.state()
        return state is not None and state.documents > 0

    return stop


def vectors_of(data: Path, dimension: int) -> int:
    with closing(ChromaIndex(index_folder(data, "vectors", 1), dimension)) as index:
        return index.count()


def test_a_server_that_does_not_answer_yet_leaves_the_index_as_it_is(kitabu: Kitabu, settings: Settings) -> None:
    kitabu.worker.run(REINDEX, {"embedder": WIDE})
    kitabu.close()
    made_by(settings.data, "ollama:nomic-embed-text")
    with open_kitabu(settings) as waiting:
        assert waiting.engine.search("candles").hits[0].chunk.text.count("candles")
        with pytest.raises(ServerUnreachable):
            waiting.engine.evidence("candles")
    assert vectors_of(settings.data, 128) == len(NOTES)
    # Its server may be gone for good: it can be replaced all the same.
    with open_kitabu(settings, replacing=True) as again:
        assert again.worker.run(REINDEX, {})["switched"]
        assert first(again, "candles") == "candles.md"


def test_while_its_server_is_away_a_library_answers_by_words(kitabu: Kitabu, settings: Settings) -> None:
    with ReplayServer(RECORDINGS) as before:
        has_tiny(before, "a" * 64)
        kitabu.server = OllamaServer(before.url, 2.0)
        assert kitabu.worker.run(REINDEX, {"embedder": "ollama:tiny"})["switched"]
        port, url = before.port, before.url
    question = "Where are the candles kept?"
    # Its server is gone while it is in use.
    answer = kitabu.engine.answer(question)
    assert "candles store" in answer.text
    kitabu.close()
    # Its server is gone when it is opened.
    elsewhere = settings.model_copy(update={"ollama_url": url})
    with open_kitabu(elsewhere) as again:
        answer = again.engine.answer(question)
        assert "candles store" in answer.text
        assert [note.endswith(messages("en").by_words) for note in answer.notices] == [True]
        assert url in answer.notices[0]
        with pytest.raises(ServerUnreachable):
            again.engine.evidence(question)
        notes = again.settings.data.parent / "more.md"
        notes.write_text("# Drums\n\nThe drums are kept in the drum store.\n")
        with pytest.raises(ServerUnreachable):
            again.pipeline.ingest([notes])
        with ReplayServer(RECORDINGS, port=port) as back:
            has_tiny(back, "a" * 64)
            wait_until(lambda: not again.engine.answer(question).notices, seconds=30)
            assert again.pipeline.ingest([notes]).counts["indexed"] == 1
            assert "drum store" in again.engine.answer("Where are the drums kept?").text
    with open_kitabu(elsewhere) as again, ReplayServer(RECORDINGS, port=port) as other:
        has_tiny(other, "b" * 64)
        # The model of that name is another one by now: no question is asked of it.
        wait_until(lambda: _raises(FingerprintMismatch, lambda: again.engine.answer(question)), seconds=30)


def _raises(error: type[Exception], work: Callable[[], object]) -> bool:
    try:
        work()
    except error:
        return True
    return False


def test_an_embedder_that_cannot_be_loaded_leaves_the_index_as_it_is(kitabu: Kitabu, settings: Settings) -> None:
    kitabu.worker.run(REINDEX, {"embedder": WIDE})
    kitabu.close()
    made_by(settings.data, "rag.testing.embedding.Vanished")
    with open_kitabu(settings) as again:
        assert again.embedder.name == NARROW
        with pytest.raises(FingerprintMismatch):
            first(again, "candles")
        again.pipeline.delete("aprons.md")
        assert dimensions(again.library.catalog) == {128: 2}
        assert again.library.counts() == (2, 2, 2)


def test_one_that_waits_for_the_library_takes_what_is_in_place_by_then(kitabu: Kitabu, settings: Settings) -> None:
    opened: list[Kitabu] = []
    waiting = threading.Thread(target=lambda: opened.append(open_kitabu(settings, wait=60)))
    waiting.start()
    time.sleep(1)  # by now it has looked which embedder the library is of
    kitabu.worker.run(REINDEX, {"embedder": WIDE})
    kitabu.close()
    waiting.join()
    with opened[0] as again:
        assert again.library.owner
        assert again.embedder.name == WIDE
        assert again.library.counts() == (3, 3, 3)
        assert first(again, "candles") == "candles.md"


def test_without_documents_the_embedder_is_a_matter_of_the_settings(settings: Settings, tmp_path: Path) -> None:
    with open_kitabu(settings) as empty:
        with pytest.raises(ConfigError, match="no documents yet"):
            empty.worker.run(REINDEX, {"embedder": WIDE})
        assert empty.worker.run(REINDEX, {})["switched"] is False
        assert empty.embedder.name == NARROW
        (tmp_path / "eggs.md").write_text("# Eggs\n\nThe eggs are kept in the eggs store.\n")
        empty.pipeline.ingest([tmp_path / "eggs.md"])
        assert empty.library.counts() == (1, 1, 1)


def test_what_was_never_searched_is_no_way_back(kitabu: Kitabu) -> None:
    kitabu.pipeline.reindex(Maker(HashEmbedder(32), kitabu.pipeline.chunker), stop=one_document(kitabu))
    state = kitabu.library.beside.state()
    assert state is not None
    assert not state.earlier
    with pytest.raises(DocumentNotFound):
        kitabu.worker.run(REINDEX, {"embedder": WIDE, "back": True})
    kitabu.worker.run(REINDEX, {"embedder": WIDE})
    # The same name stands for another chunker by now.
    with kitabu.library.catalog.writing() as connection:
        connection.execute("UPDATE other_set SET fingerprint = replace(fingerprint, 'structure', 'another')")
    with pytest.raises(ConfigError, match="another"):
        kitabu.worker.run(REINDEX, {"embedder": NARROW, "back": True})
    with kitabu.library.catalog.writing() as connection:
        connection.execute("UPDATE other_set SET fingerprint = replace(fingerprint, 'another', 'structure')")
    assert kitabu.worker.run(REINDEX, {"embedder": NARROW, "back": True})["switched"]


def test_a_run_that_is_stopped_says_so(kitabu: Kitabu) -> None:
    stopped = [
        kitabu._reindex({"embedder": WIDE}, silent, stop)[1]["stopped"]
        for stop in (lambda: True, one_document(kitabu), never, never)
    ]
    assert stopped == [True, True, False, False]


def test_indexes_that_did_not_come_into_use_are_removed(kitabu: Kitabu, settings: Settings) -> None:
    def fail(_kitabu: Kitabu, _beside: Engine, _stop: object) -> dict[str, object]:
        raise RuntimeError("no comparison")

    kitabu.compare = fail
    with pytest.raises(RuntimeError, match="no comparison"):
        kitabu._reindex({"embedder": WIDE}, silent, never)
    assert index_folders(settings.data) == {"vectors", "keywords"}
    kitabu.compare = None
    assert kitabu.worker.run(REINDEX, {"embedder": WIDE})["switched"]


def test_indexing_and_comparing_can_be_stopped(kitabu: Kitabu, settings: Settings) -> None:
    for number in range(3):
        asked = GoldenQuestion(f"q{number}", f"Where is {number}?", ("x",), True, "a.md", (), "en", (), "test")
        kitabu.library.golden.put(KeptQuestion(asked))
    stages: list[Stage] = []
    kitabu.compare = compare_beside
    # All is made, none is indexed: from then on the run is asked to stop while it indexes.
    report, told = kitabu._reindex(
        {"embedder": WIDE}, lambda progress: stages.append(progress.stage), lambda: Stage.INDEXING in stages
    )
    assert (len(report.files), told["switched"], told["stopped"]) == (3, False, True)
    assert index_folders(settings.data) == {"vectors", "keywords"}
    # And while it asks the golden questions: before the third one of six.
    compared: list[int] = []

    def comparing(kitabu: Kitabu, beside: Engine, stop: Callable[[], bool]) -> Mapping[str, object]:
        def asked() -> bool:
            compared.append(1)
            return stop()

        return compare_beside(kitabu, beside, asked)

    kitabu.compare = comparing
    _, told = kitabu._reindex({"embedder": WIDE}, silent, lambda: len(compared) > 2)
    assert (told["switched"], told["figures"], len(compared)) == (False, {}, 3)
    assert kitabu.library.generation == 0


class Forgetful(ChromaIndex):
    """Says that it holds one vector less than it was given."""

    def count(self) -> int:
        return max(0, super().count() - 1)


def test_indexes_that_never_agree_end_the_change(kitabu: Kitabu) -> None:
    kitabu.library._make = Forgetful
    with pytest.raises(StoreUnavailable, match="2 passages and the new keyword index 3"):
        kitabu._reindex({"embedder": WIDE}, silent, never)
    assert first(kitabu, "candles") == "candles.md"


def test_a_model_that_was_got_anew_under_its_name_is_noticed(kitabu: Kitabu, ollama: ReplayServer) -> None:
    kitabu.server = OllamaServer(ollama.url, 2.0)

    has_tiny(ollama, "a" * 64)
    assert kitabu.worker.run(REINDEX, {"embedder": "ollama:tiny"})["switched"]
    assert not kitabu.worker.run(REINDEX, {"embedder": "ollama:tiny"})["switched"]
    has_tiny(ollama, "b" * 64)
    assert kitabu.worker.run(REINDEX, {"embedder": "ollama:tiny"})["switched"]
    assert kitabu.library.catalog.made_with() == kitabu.embedder.fingerprint(kitabu.pipeline.chunker.name)
    assert first(kitabu, "candles") == "candles.md"


def test_a_switch_before_the_first_question_is_followed(kitabu: Kitabu, settings: Settings) -> None:
    with open_kitabu(settings) as beside:
        kitabu.worker.run(REINDEX, {"embedder": WIDE})
        assert first(beside, "candles") == "candles.md"
