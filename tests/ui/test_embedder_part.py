"""The embedder on the library's page: what is in use, another in its place, the way back, and who may change it."""

from pathlib import Path

from ingest import worker
from rag.core.golden import GoldenQuestion, KeptQuestion
from rag.store.jobs import JobState
from rag.testing.sentence_model import make_sentence_model
from rag.ui.services import Services
from rag.ui.strings import embedder as words
from tests.ui.conftest import page, shown, until


def fill(app: Services, folder: Path) -> None:
    folder.mkdir()
    (folder / "lamps.md").write_text("# Lamps\n\n## Returns\n\nA lamp may be returned within 14 days of the sale.\n")
    job = app.kitabu.library.jobs.enqueue(worker.INGEST, {"paths": [str(folder)], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)


def over(app: Services) -> bool:
    return all(job.state.over for job in app.kitabu.library.jobs.recent(5))


def test_another_embedder_is_put_in_use_compared_and_taken_back(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    asked = GoldenQuestion("q1", "When may a lamp be returned?", ("14 days",), True, "lamps.md", (), "en", (), "test")
    app.kitabu.library.golden.put(KeptQuestion(asked))
    model = str(make_sentence_model(tmp_path / "tiny", max_tokens=64))
    library = page("library")
    assert words.in_use("minilm", 384) in shown(library)
    library.text_input(key="embedder-name").set_value(model)
    library.button(key="FormSubmitter:embedder-" + words.USE).click().run()
    assert not library.exception
    until(lambda: over(app))
    last = app.kitabu.library.jobs.recent(1)[0]
    assert (last.kind, last.state) == (worker.REINDEX, JobState.DONE), last
    library.run()
    assert app.kitabu.embedder.name == model
    assert words.compared(1) in shown(library)
    library.button(key="embedder-back").click().run()
    until(lambda: over(app))
    library.run()
    assert words.in_use("minilm", 384) in shown(library)


def test_code_of_ones_own_is_not_named_in_a_browser(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "documents")
    library = page("library")
    library.text_input(key="embedder-name").set_value("os.path.join")
    library.button(key="FormSubmitter:embedder-" + words.USE).click().run()
    assert words.NO_NAME in shown(library)
    assert [job.kind for job in app.kitabu.library.jobs.recent(5)] == [worker.INGEST]
