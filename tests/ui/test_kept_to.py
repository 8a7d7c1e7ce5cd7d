"""Questions kept to some of the documents: chosen above the page, said with the answer, kept with the conversation."""

from datetime import date
from pathlib import Path

from streamlit.testing.v1 import AppTest

from rag.core.filters import Filter
from rag.ui import strings
from rag.ui.services import Services
from tests.ui.conftest import page, shown, until

QUESTION = "When does the boat leave?"


def fill(app: Services, folder: Path) -> dict[str, str]:
    """Two timetables that answer the same question differently; their ids by title."""
    folder.mkdir()
    for place, hour in (("Kaskazini", "06:40"), ("Kusini", "17:15")):
        (folder / f"{place}.md").write_text(f"# {place}\n\n## Boats\n\nThe boat leaves at {hour} on Tuesdays.\n")
    job = app.kitabu.library.jobs.enqueue("ingest", {"paths": [str(folder)], "sync": False})
    until(lambda: app.kitabu.library.jobs.get(job).state.over)
    return {document.title: document.id for document in app.kitabu.library.catalog.documents()}


def chosen(test: AppTest) -> str:
    """What the button above the page says."""
    return str(test.get("popover")[0].proto.popover.label)


def answered(app: Services, conversation: str, turns: int) -> None:
    until(lambda: len([one for one in app.kitabu.library.conversations.turns(conversation) if one.answer]) == turns)


def test_a_question_is_answered_from_the_documents_chosen(app: Services, tmp_path: Path) -> None:
    ids = fill(app, tmp_path / "timetables")
    ask = page()
    assert strings.all_documents(2) in chosen(ask)
    ask.multiselect(key="kept-to-documents").set_value([ids["Kusini"]]).run()
    assert "Kusini" in chosen(ask)
    ask.chat_input(key="question").set_value(QUESTION).run()
    conversation = ask.query_params["c"]
    answered(app, conversation, 1)
    ask.run()
    assert "kicker scope" in shown(ask)
    assert "17:15" in shown(ask)
    assert "06:40" not in shown(ask)

    # Another tab, later: the conversation is still kept to it, until somebody chooses otherwise.
    other = page()
    other.query_params["c"] = conversation
    other.run()
    assert "Kusini" in chosen(other)
    other.button(key="kept-to-all").click().run()
    assert strings.all_documents(2) in chosen(other)
    other.chat_input(key="question").set_value("When does the Kaskazini boat leave?").run()
    answered(app, conversation, 2)
    turns = app.kitabu.library.conversations.turns(conversation)
    assert shown(other.run()).count("kicker scope") == 1
    assert [turn.answer.within for turn in turns if turn.answer] == [Filter(documents=(ids["Kusini"],)), Filter()]


def test_a_choice_that_leaves_nothing_is_said_in_words(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "timetables")
    ask = page()
    ask.date_input(key="kept-to-since").set_value(date(2031, 1, 1)).run()
    assert strings.documents_left(0, 2) in chosen(ask)
    ask.chat_input(key="question").set_value(QUESTION).run()
    conversation = ask.query_params["c"]
    until(lambda: not app.answers.running(conversation))
    ask.run()
    assert "No document of the library is left" in shown(ask)
    assert not ask.exception


def test_dates_the_wrong_way_round_are_refused_in_words(app: Services, tmp_path: Path) -> None:
    fill(app, tmp_path / "timetables")
    ask = page()
    ask.date_input(key="kept-to-since").set_value(date(2025, 5, 1)).run()
    ask.date_input(key="kept-to-until").set_value(date(2025, 4, 1)).run()
    assert "Exchange the two dates" in shown(ask)
