"""Golden questions and runs in the catalog, and what becomes of them when a document is deleted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.core.golden import GoldenQuestion, KeptQuestion, Source
from rag.core.types import Refusal, Turn
from rag.store.catalog import Catalog
from rag.store.conversations import Conversations
from rag.store.golden import GoldenQuestions
from rag.store.runs import Run, RunResult, Runs
from tests.unit.test_jobs import add, answer_from

GOLDEN = GoldenQuestion(
    "q1", "How much zinc?", ("20 mg",), True, "zinc.txt", (2, 3), "en", (Turn("What is given?", "Zinc."),), "tune"
)
KEPT = KeptQuestion(GOLDEN, source=Source.REFUSAL)
STRANGE = KeptQuestion(replace(GOLDEN, id="q2", answers=(), answerable=False, document=None, pages=()), draft=True)
RUN = Run(1.0, 2, 2, {"metrics": {"f1": 0.5}}, {"model": "none"}, "digest")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.open(tmp_path / "catalog.sqlite")


def test_questions_come_back_as_they_were_put(catalog: Catalog) -> None:
    golden = GoldenQuestions(catalog)
    golden.put_all([(KEPT, ()), (STRANGE, ())])
    assert golden.all() == [KEPT, STRANGE]
    assert golden.accepted() == [GOLDEN]
    changed = replace(KEPT, golden=replace(GOLDEN, question="How much zinc a day?"))
    golden.put(changed)
    assert golden.all() == [changed, STRANGE]
    golden.delete(["q1", "never there"])
    assert golden.all() == [STRANGE]
    assert golden.get("q1") is None


def test_a_question_is_the_same_until_somebody_changes_what_is_asked_or_right(catalog: Catalog) -> None:
    assert replace(GOLDEN, id="other").digest() == GOLDEN.digest()
    for change in ({"question": "Why?"}, {"answers": ("10 mg",)}, {"pages": ()}, {"answerable": False}):
        assert replace(GOLDEN, **change).digest() != GOLDEN.digest()


def test_wanted_figures_are_kept_until_others_are_set(catalog: Catalog) -> None:
    golden = GoldenQuestions(catalog)
    assert golden.targets() == {}
    golden.set_targets({"citation_recall": 0.8, "refusal_recall": 0.9})
    golden.set_targets({"citation_recall": 0.85})
    assert golden.targets() == {"citation_recall": 0.85}


def test_runs_are_kept_with_what_each_question_brought(catalog: Catalog) -> None:
    GoldenQuestions(catalog).put(KEPT)
    runs = Runs(catalog)
    result = RunResult("q1", GOLDEN.digest(), "20 mg", {"refused": False})
    first = runs.keep(RUN, [result, replace(result, question_id="deleted meanwhile")])
    second = runs.keep(replace(RUN, asked=1), [])
    assert [(run.id, run.complete) for run in runs.recent(5)] == [(second, False), (first, True)]
    assert runs.results(first) == [result]


def test_a_deleted_document_takes_questions_made_of_its_words_and_clears_those_that_it_answered(
    catalog: Catalog,
) -> None:
    zinc, salt = add(catalog, "zinc"), add(catalog, "salt")
    golden = GoldenQuestions(catalog)
    drafted = replace(KEPT, golden=replace(GOLDEN, id="drafted"), source=Source.TABLE)
    lent = replace(STRANGE, golden=replace(STRANGE.golden, id="lent"), source=Source.NEAR_MISS)
    other = replace(KEPT, golden=replace(GOLDEN, id="other", document="salt.txt"))
    golden.put_all([(KEPT, ()), (drafted, [zinc.id]), (lent, [salt.id, zinc.id]), (STRANGE, ()), (other, [salt.id])])
    # Accepting keeps what it is made of.
    golden.put(replace(drafted, draft=False))
    catalog.remove_document(zinc.id)
    cleared = replace(GOLDEN, answers=(), document=None, pages=(), history=())
    assert golden.all() == [KeptQuestion(cleared, draft=True, source=Source.ORPHAN), STRANGE, other]


def test_a_deleted_document_leaves_the_questions_of_another_of_its_name(catalog: Catalog) -> None:
    first, second = (add(catalog, text, f"/{text}/zinc.txt", "zinc.txt") for text in ("this year", "last year"))
    golden = GoldenQuestions(catalog)
    golden.put(KEPT, [])
    catalog.remove_document(second.id)
    assert golden.all() == [KEPT]
    catalog.remove_document(first.id)
    assert [kept.source for kept in golden.all()] == [Source.ORPHAN]


def test_a_replaced_document_goes_on_answering_and_takes_its_words_along_in_the_end(catalog: Catalog) -> None:
    first = add(catalog, "zinc", "/zinc.txt")
    golden = GoldenQuestions(catalog)
    golden.put(KEPT, [first.id])
    second = add(catalog, "zinc of today", "/zinc.txt")
    assert golden.all() == [KEPT]
    catalog.remove_document(second.id)
    assert golden.all() == []


def test_answers_kept_by_runs_go_with_their_documents_and_figures_stay(catalog: Catalog) -> None:
    zinc, salt = add(catalog, "zinc"), add(catalog, "salt")
    golden, runs = GoldenQuestions(catalog), Runs(catalog)
    for key in ("q1", "q2", "q3"):
        golden.put(replace(KEPT, golden=replace(GOLDEN, id=key, document=None)))
    results = [
        RunResult("q1", "d", "20 mg of zinc", {"refused": False}, frozenset({zinc.id, salt.id})),
        RunResult("q2", "d", "5 g of salt", {"refused": False}, frozenset({salt.id})),
        RunResult("q3", "d", "of a document that went meanwhile", {"refused": False}, frozenset({"gone"})),
    ]
    number = runs.keep(RUN, results)
    catalog.remove_document(zinc.id)
    assert [(one.answer, one.figures) for one in runs.results(number)] == [
        ("", {"refused": False}),
        ("5 g of salt", {"refused": False}),
        ("", {"refused": False}),
    ]
    golden.delete(["q2"])
    assert [one.question_id for one in runs.results(number)] == ["q1", "q3"]


def test_turns_that_did_not_help_wait_until_they_are_handled(catalog: Catalog) -> None:
    document = add(catalog, "zinc")
    conversations = Conversations(catalog)
    conversation = conversations.create("")
    turns = {}
    for name in ("helped", "did not", "refused", "no answer yet"):
        turns[name] = conversations.add_turn(conversation.id, name)
    answer = answer_from(document)
    conversations.save_answer(turns["helped"], replace(answer, refusal=None))
    conversations.save_answer(turns["did not"], replace(answer, refusal=None))
    conversations.save_answer(turns["refused"], replace(answer, refusal=Refusal("not_in_documents", "No.")))
    conversations.set_feedback(turns["helped"], 1)
    conversations.set_feedback(turns["did not"], -1)
    assert [turn.question for turn in conversations.unhelpful(10)] == ["refused", "did not"]
    assert [turn.question for turn in conversations.unhelpful(1)] == ["refused"]
    conversations.set_handled(turns["refused"])
    conversations.set_handled(turns["refused"])
    assert [turn.question for turn in conversations.unhelpful(10)] == ["did not"]
    conversations.delete(conversation.id)
    assert conversations.unhelpful(10) == []
