"""The page of quality on the real library and engine: questions come in, are asked, and figures come out."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rag.core.errors import InvalidQuestion
from rag.core.golden import GoldenQuestion, KeptQuestion, Source
from rag.core.types import Answer, Refusal, Usage
from rag.ui import strings
from rag.ui.golden_form import parse_pages
from rag.ui.measuring import Measurement
from rag.ui.quality_questions import pressed_turn
from rag.ui.services import Services
from rag.ui.widgets import Press
from tests.places import ROOT
from tests.ui.conftest import WAIT, shown, until

FAQ = (
    "# Lamps\n\n## How long may a lamp be returned?\n\nA lamp may be returned within 14 days of the sale.\n\n"
    "## Where are lamps repaired?\n\nLamps are repaired in the workshop at Mwanza.\n"
)


@pytest.fixture
def lamps(app: Services, tmp_path: Path) -> Services:
    """With a document."""
    (tmp_path / "lamps.md").write_text(FAQ)
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(tmp_path / "lamps.md")], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    return app


def question(key: str, asked: str, *answers: str) -> KeptQuestion:
    document = "lamps.md" if answers else None
    return KeptQuestion(GoldenQuestion(key, asked, answers, bool(answers), document, (), "en", (), "test"))


RIGHT = question("q1", "How long may a lamp be returned?", "14 days")
WRONG = question("q2", "Where are lamps repaired?", "in the workshop at Dodoma")
STRANGE = question("q3", "Who won the football match between the villages?")


def page(part: str = "") -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT).run()
    test.switch_page("rag/ui/pages/quality.py").run()
    assert not test.exception
    if part:
        test.segmented_control(key="part").set_value(part).run()
        assert not test.exception
    return test


def measured(app: Services, test: AppTest) -> AppTest:
    test.button(key="measure").click().run()
    assert not test.exception
    until(lambda: app.measurements.current().progress().done)
    test.run()
    assert not test.exception
    return test


def test_without_questions_it_says_what_to_do(app: Services) -> None:
    assert strings.NO_QUESTIONS in shown(page())
    assert strings.NOTHING_TO_LOOK_AT in shown(page("look"))
    assert strings.NO_RUNS in shown(page("runs"))


def test_a_run_says_in_plain_words_what_came_of_it_and_is_kept(lamps: Services) -> None:
    golden = lamps.kitabu.library.golden
    golden.put_all((one, ()) for one in (RIGHT, WRONG, STRANGE))
    test = measured(lamps, page())
    said = shown(test)
    assert strings.counted_figure("citation_recall", 2, 2) in said
    assert strings.counted_figure("refusal_recall", 1, 1) in said
    assert strings.counted_figure("answer_in_text", 1, 2) in said
    assert strings.NO_TARGETS_TEXT in said
    (run,) = lamps.kitabu.library.runs.recent(5)
    assert (run.asked, run.wanted, run.settings["model"], run.settings["passages"]) == (3, 3, "none", 6)
    assert strings.CHANGED_SETTINGS not in said
    assert strings.CHANGED_QUESTIONS not in said
    # Which it was, what was expected, what was said; a press opens its form.
    assert f"{strings.WENT_WRONG}: 1" in said
    assert "in the workshop at Dodoma" in said
    assert strings.OTHER_WORDS in said
    assert "in the workshop at Mwanza" in said


def test_what_is_asked_for_makes_it_go_or_no_go(lamps: Services) -> None:
    golden = lamps.kitabu.library.golden
    golden.put_all((one, ()) for one in (RIGHT, WRONG, STRANGE))
    test = page()
    test.number_input(key="target-citation_recall").set_value(90)
    test.number_input(key="target-refusal_recall").set_value(100)
    test.button(key="save-targets").click().run()
    assert golden.targets() == {"citation_recall": 0.9, "refusal_recall": 1.0}
    test = measured(lamps, test)
    assert strings.GO_TEXT in shown(test)
    golden.set_targets({"answer_in_text": 0.9})
    test.run()
    assert strings.NO_GO_TEXT in shown(test)
    assert strings.counted_figure("answer_in_text", 1, 2) in shown(test)
    # The run is not made better by deleting what went wrong in it.
    golden.delete(["q2"])
    test.run()
    assert strings.NO_GO_TEXT in shown(test)
    assert strings.CHANGED_QUESTIONS in shown(test)


def test_two_runs_are_held_against_each_other(lamps: Services) -> None:
    golden = lamps.kitabu.library.golden
    golden.put_all((one, ()) for one in (RIGHT, STRANGE))
    test = measured(lamps, page())
    # What was right is not known to be there any more, so the same answer is held against another expectation.
    golden.put(replace(RIGHT, golden=replace(RIGHT.golden, answers=("15 days",))))
    test.run()
    assert strings.CHANGED_QUESTIONS in shown(test)
    measured(lamps, test)
    test = page("runs")
    assert strings.HISTORY_PLOT in shown(test)
    assert strings.SAME_SETTINGS in shown(test)
    # Of the two questions only the one that nobody changed is compared.
    assert f"{strings.WENT_ANOTHER_WAY}: 0" in shown(test)
    golden.delete(["q1", "q3"])
    test.run()
    assert not test.exception
    assert strings.NOTHING_COMPARABLE in shown(test)


def test_runs_of_other_documents_are_said_to_be_such(lamps: Services, tmp_path: Path) -> None:
    lamps.kitabu.library.golden.put(RIGHT)
    test = measured(lamps, page())
    (tmp_path / "more.md").write_text("# More\n\nLamps are charged for eight hours.\n")
    job = lamps.kitabu.library.jobs.enqueue("ingest", {"paths": [str(tmp_path / "more.md")], "sync": False})
    until(lambda: lamps.kitabu.library.jobs.get(job).state.over)
    measured(lamps, test)
    assert strings.CHANGED_BETWEEN in shown(page("runs"))


def test_runs_of_the_same_minute_are_told_apart(lamps: Services) -> None:
    lamps.kitabu.library.golden.put(RIGHT)
    measured(lamps, measured(lamps, page()))
    newer, older = [run.id for run in lamps.kitabu.library.runs.recent(2)]
    test = page("runs")
    for _ in range(2):
        assert (test.selectbox(key="compare-first").value, test.selectbox(key="compare-second").value) == (older, newer)
        test.run()
    assert len(set(test.selectbox(key="compare-first").options)) == 2


def test_a_stopped_run_keeps_what_was_asked_and_says_so(lamps: Services) -> None:
    golden = lamps.kitabu.library.golden
    golden.put_all((replace(RIGHT, golden=replace(RIGHT.golden, id=str(number))), ()) for number in range(400))
    lamps.measurements.start(lamps.kitabu, golden.accepted())
    running = lamps.measurements.current()
    until(lambda: running.progress().asked > 0)
    test = page()
    assert strings.MEASURING in shown(test)
    # A second press, in another tab, begins nothing.
    lamps.measurements.start(lamps.kitabu, golden.accepted())
    assert lamps.measurements.current() is running
    test.button(key="stop-measuring").click().run()
    assert running.wait(WAIT)
    (run,) = lamps.kitabu.library.runs.recent(5)
    assert 0 < run.asked < run.wanted == 400
    assert not run.complete
    test.run()
    assert strings.stopped_run(run.asked, run.wanted) in shown(test)
    # However well it went until then, it does not say go.
    golden.set_targets({"citation_recall": 0.01})
    test.run()
    assert strings.NO_GO_STOPPED in shown(test)


def test_a_run_that_cannot_be_asked_ends_in_words(lamps: Services) -> None:
    broken = Measurement(lamps.kitabu, [RIGHT.golden])
    lamps.kitabu.library.catalog.close()
    broken.start()
    assert broken.wait(WAIT)
    assert broken.progress().error is not None


def test_drafts_are_made_with_one_press_and_a_question_is_written_and_deleted(lamps: Services) -> None:
    golden = lamps.kitabu.library.golden
    test = page()
    test.button(key="draft").click().run()
    assert not test.exception
    drafts = golden.all()
    assert "How long may a lamp be returned?" in [kept.golden.question for kept in drafts]
    assert all(kept.draft for kept in drafts)
    assert strings.DRAFTS_TEXT in shown(test)
    test.button(key="add").click().run()
    test.text_area(key="golden-question").set_value("Who repairs a lamp?")
    test.button(key="golden-save").click().run()
    assert strings.WHAT_IS_RIGHT in shown(test)
    test.text_area(key="golden-answers").set_value("the workshop\nthe workshop at Mwanza")
    test.selectbox(key="golden-document").set_value("lamps.md")
    test.text_input(key="golden-pages").set_value("1")
    test.button(key="golden-save").click().run()
    assert not test.exception
    (kept,) = [kept for kept in golden.all() if not kept.draft]
    assert kept.source is Source.PERSON
    assert kept.golden.answers == ("the workshop", "the workshop at Mwanza")
    assert (kept.golden.document, kept.golden.pages, kept.golden.language) == ("lamps.md", (1,), "en")
    test.session_state["golden-edited"] = kept.golden.id
    test.run()
    test.button(key="golden-delete").click().run()
    assert not test.exception
    assert golden.get(kept.golden.id) is None


def test_questions_are_saved_as_a_file_and_taken_in_again(lamps: Services) -> None:
    golden = lamps.kitabu.library.golden
    golden.put(RIGHT)
    test = page("questions")
    assert "14 days" in shown(test)
    lines = (
        '{"id": "q1", "question": "How long?", "answers": ["14 days"], "answerable": true}\n'
        '{"id": "q9", "question": "Who won?", "answers": [], "answerable": false, "draft": true,'
        ' "source": "near miss"}\n'
    )
    test.file_uploader(key="import-0").upload("questions.jsonl", lines.encode(), "application/x-ndjson").run()
    assert not test.exception
    assert strings.imported(1, 1) in shown(test)
    first, second = golden.all()
    assert (first.golden.question, first.golden.document) == ("How long?", None)
    assert (second.draft, second.source) == (True, Source.NEAR_MISS)
    test.file_uploader(key="import-1").upload("questions.jsonl", b"not a question", "application/x-ndjson").run()
    assert "Line 1 of questions.jsonl" in shown(test)
    assert len(golden.all()) == 2
    # A file of drafts made anew un-accepts nothing; a name that is no document's is told, and marked in the list.
    accepted = (
        '{"id": "q1", "question": "How long?", "answers": ["9 days"], "answerable": true, "draft": true}\n'
        '{"id": "q8", "question": "Where?", "answers": ["Mwanza"], "answerable": true, "document": "lamp.md"}\n'
    )
    test.file_uploader(key="import-2").upload("questions.jsonl", accepted.encode(), "application/x-ndjson").run()
    assert strings.imported(1, 0, 1) in shown(test)
    assert strings.PLACE_MISSING in shown(test)
    kept = golden.get("q1")
    assert (kept.draft, kept.golden.answers) == (False, ("14 days",))


def test_refusals_wait_to_become_questions(lamps: Services) -> None:
    store = lamps.kitabu.library.conversations
    turn = store.add_turn(store.create("Who won?").id, "Who won?")
    refusal = Refusal("not_in_documents", "The documents do not say.")
    store.save_answer(turn, Answer("Who won?", "Who won?", "en", "", (), (), (), refusal, "none", Usage(), {}))
    test = page("look")
    assert "Who won?" in shown(test)
    assert strings.WAS_REFUSED in shown(test)
    # What was asked twice is looked at once.
    again = store.add_turn(store.create("Who won?").id, "who won?")
    store.save_answer(again, Answer("who won?", "who won?", "en", "", (), (), (), refusal, "none", Usage(), {}))
    test.run()
    assert shown(test).count(strings.WAS_REFUSED) == 1
    pressed_turn(lamps, store.unhelpful(9), Press("leave", again))
    test.run()
    assert strings.NOTHING_TO_LOOK_AT in shown(test)


def test_a_conversation_gets_another_title(app: Services) -> None:
    store = app.kitabu.library.conversations
    conversation = store.create("How long may")
    store.add_turn(conversation.id, "How long may a lamp be returned?")
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=WAIT)
    test.query_params["c"] = conversation.id
    test.run()
    test.button(key="rename").click().run()
    test.text_input(key="conversation-title").set_value("  Returned   lamps ")
    test.button(key="rename-yes").click().run()
    assert not test.exception
    assert store.get(conversation.id).title == "Returned lamps"


def test_a_run_in_which_the_model_failed_is_no_go(lamps: Services) -> None:
    golden = lamps.kitabu.library.golden
    golden.put(RIGHT)
    golden.set_targets({"citation_recall": 0.5})
    measured(lamps, page())
    (run,) = lamps.kitabu.library.runs.recent(1)
    assert strings.GO_TEXT in shown(page())
    failed = replace(run, figures={**run.figures, "quoted_instead": 1})
    lamps.kitabu.library.runs.keep(failed, lamps.kitabu.library.runs.results(run.id))
    assert strings.NO_GO_QUOTED in shown(page())


def test_what_was_asked_before_a_run_broke_off_is_kept(lamps: Services) -> None:
    unaskable = replace(RIGHT.golden, id="q9", question="")
    for each in (RIGHT, replace(RIGHT, golden=unaskable)):
        lamps.kitabu.library.golden.put(each)
    run = Measurement(lamps.kitabu, [RIGHT.golden, unaskable])
    run.start()
    assert run.wait(WAIT)
    assert isinstance(run.progress().error, InvalidQuestion)
    assert [(kept.asked, kept.complete) for kept in lamps.kitabu.library.runs.recent(2)] == [(1, False)]


@pytest.mark.parametrize("written", ["five", "0", "5-6", "-1", "٣"])
def test_pages_that_are_none_are_refused(written: str) -> None:
    assert parse_pages(" 5, 6,5 ,") == (5, 6)
    with pytest.raises(InvalidQuestion):
        parse_pages(written)
