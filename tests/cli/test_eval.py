from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.cli.failures import NO_GO, PARTLY_FAILED
from rag.evaluation.datasets import load_questions, load_set, read_kept
from rag.store.catalog import Catalog
from rag.store.golden import GoldenQuestions
from rag.store.runs import Runs
from rag.testing.replay import ReplayServer
from tests.cli.conftest import Kitabu
from tests.places import RECORDINGS

RECORDS = [
    {"_id": "cold", "title": "Cold chain", "text": "Vaccines are kept between 2 °C and 8 °C in the fridge."},
    {"_id": "vial", "title": "Vials", "text": "An opened vial of measles vaccine is thrown away after 6 hours."},
    {"_id": "WELL", "title": "", "text": "The water committee checks the well on Mondays. *Not* a mark."},
    {"_id": "well", "title": "", "text": "Solar lamps cost 950 shillings."},
    {"_id": "none", "title": "", "text": ""},
]
QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "a1", "question": "When is an opened vial of measles vaccine thrown away?", "answers": ["6 hours"],
        "answerable": True, "document": "handbook.md", "page": 1, "language": "en",
    },
    {
        "id": "a2", "question": "What does a small solar lamp cost?", "answers": ["950 shillings"], "answerable": True,
        "document": "prices.csv", "page": 1, "language": "en",
    },
    {"id": "u1", "question": "Who won the match between the villages?", "answers": [], "answerable": False},
    {"id": "d1", "question": "Who is this?", "answers": [], "answerable": False, "draft": True},
]  # fmt: skip


def write(path: Path, lines: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(path)


@pytest.fixture
def collection(tmp_path: Path) -> list[str]:
    """The options that name a small collection."""
    queries = [{"_id": "q1", "text": "When is a vial thrown away?"}, {"_id": "q2", "text": "Who checks the well?"}]
    judged = "query-id\tcorpus-id\tscore\nq1\tvial\t1\nq2\tWELL\t1\nq2\tgone\t1\n"
    (tmp_path / "qrels.tsv").write_text(judged, encoding="utf-8")
    return [
        "--corpus", write(tmp_path / "corpus.jsonl", RECORDS), "--queries", write(tmp_path / "queries.jsonl", queries),
        "--qrels", str(tmp_path / "qrels.tsv"),
    ]  # fmt: skip


@pytest.fixture
def questions(tmp_path: Path) -> str:
    """A golden set on the documents of `filled`."""
    return write(tmp_path / "questions.jsonl", QUESTIONS)


def test_retrieval_takes_a_collection_in_and_ranks_its_documents(
    kitabu: Kitabu, collection: list[str], tmp_path: Path
) -> None:
    keep = ["--keep", str(tmp_path / "kept")]
    first = kitabu("eval", "retrieval", *collection, *keep, "--json")
    assert first.status == 0
    figures = first.json
    assert (figures["documents"], figures["documents_failed"], figures["judged_missing"]) == (5, 1, 1)
    assert (figures["queries"], figures["recall@10"], figures["mrr@10"]) == (2, 0.75, 1.0)
    # The second query has a judged document that is not there: 1 of an ideal 1 + 1 / log2(3).
    assert figures["ndcg@10"] == pytest.approx((1 + 1 / (1 + 0.63093)) / 2, abs=1e-4)
    assert 0 < figures["latency_p50"] <= figures["latency_p95"]
    assert "1 of 5 documents are not in the library" in first.err
    assert "1 judged documents are not in the corpus" in first.err

    again = kitabu("eval", "retrieval", *collection, *keep, "--k", "1", "--json").json
    assert {key: again[key] for key in ("recall@1", "mrr@1")} == {"recall@1": 0.75, "mrr@1": 1.0}
    assert again["ingest_seconds"] < figures["ingest_seconds"]
    kept = kitabu("list", "--data", str(tmp_path / "kept" / "data"), "--json").json["documents"]
    assert len(kept) == 4


def test_a_kept_folder_follows_the_corpus_and_is_never_somebody_elses(
    kitabu: Kitabu, collection: list[str], tmp_path: Path
) -> None:
    keep = ["--keep", str(tmp_path / "kept"), "--json"]
    assert kitabu("eval", "retrieval", *collection, *keep).status == 0
    write(tmp_path / "corpus.jsonl", RECORDS[1:3])
    assert kitabu("eval", "retrieval", *collection, *keep).json["documents"] == 2
    kept = kitabu("list", "--data", str(tmp_path / "kept" / "data"), "--json").json["documents"]
    assert {document["title"] for document in kept} >= {"Vials"}
    assert len(kept) == 2
    other = tmp_path / "other"
    (other / "documents").mkdir(parents=True)
    mine = other / "documents" / "mine.md"
    mine.write_text("mine")
    # Files are deleted where the note says that they come from a collection: somebody's own file of its name is none.
    (other / "corpus.json").write_text('[{"_id": "d1"}]')
    refused = kitabu("eval", "retrieval", *collection, "--keep", str(other))
    assert (refused.status, mine.read_text()) == (3, "mine")
    assert "holds other files" in refused.err


def test_judgements_by_which_nothing_is_relevant_measure_nothing(
    kitabu: Kitabu, collection: list[str], tmp_path: Path
) -> None:
    (tmp_path / "qrels.tsv").write_text("q1\tvial\t0\n", encoding="utf-8")
    result = kitabu("eval", "retrieval", *collection)
    assert (result.status, result.out) == (3, "")
    assert "No document is relevant" in result.err


def test_answers_are_measured_on_a_library(kitabu: Kitabu, filled: Path, questions: str) -> None:
    result = kitabu("eval", "answers", "--questions", questions, "--library", str(filled), "--model", "none", "--json")
    assert result.status == 0
    told = result.json
    assert (told["questions"], told["drafts_left_out"]) == (3, 1)
    figures = told["metrics"]
    assert (figures["page_hit"], figures["citation_recall"], figures["refusal_recall"]) == (1.0, 1.0, 1.0)
    assert (figures["refusal_auroc"], figures["unsupported"], figures["answer_in_text"]) == (1.0, 0.0, 1.0)
    assert figures["marked_f1"] > figures["f1"] > 0
    assert set(told["languages"]) == {"en", "und"}
    by_id = {one["id"]: one for one in told["results"]}
    assert by_id["u1"]["refused"]
    assert by_id["u1"]["probability"] < 0.5 < by_id["a1"]["probability"]
    assert "6 hours" in by_id["a1"]["marked"]
    assert "drafts were left out" in result.err
    shown = kitabu("eval", "answers", "--questions", questions, "--library", str(filled), "--model", "none")
    assert "refusal AUROC" in shown.out
    assert "worst/best" in shown.out


def test_figures_of_a_model_that_failed_are_said_not_to_be_its_own(
    kitabu: Kitabu, filled: Path, questions: str
) -> None:
    ask = ["--questions", questions, "--library", str(filled), "--json"]
    # The third is refused without asking the model.
    failed = kitabu("eval", "answers", *ask, "--model", "ollama:qwen3:4b")
    assert (failed.status, failed.json["quoted_instead"]) == (1, 2)
    assert "The model failed on 2 questions" in failed.err


def test_answers_are_measured_on_a_collection(kitabu: Kitabu, collection: list[str], tmp_path: Path) -> None:
    lines = [{**QUESTIONS[0], "document": "vial"}, QUESTIONS[2], {**QUESTIONS[0], "id": "a9", "document": "vail"}]
    asked = write(tmp_path / "asked.jsonl", lines)
    result = kitabu("eval", "answers", "--questions", asked, *collection[:2], "--model", "none", "--json")
    told = result.json
    assert (told["metrics"]["citation_recall"], told["metrics"]["citation_precision"]) == (0.5, 0.5)
    assert (told["places_missing"], told["stopped"]) == (1, False)
    assert "1 question names a document or page that the library does not have (a9: vail)" in result.err


def test_golden_questions_of_the_library_are_asked_and_the_run_is_kept(
    kitabu: Kitabu, filled: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    ask = ["eval", "answers", "--golden", "--library", str(data), "--model", "none"]
    none = kitabu(*ask)
    assert (none.status, "keeps no golden questions" in none.err) == (3, True)
    with closing(Catalog.open(data / "catalog.sqlite")) as catalog:
        lines = "".join(json.dumps(line) + "\n" for line in QUESTIONS)
        GoldenQuestions(catalog).put_all((kept, ()) for kept in read_kept(lines.encode(), "questions.jsonl"))
        GoldenQuestions(catalog).set_targets({"citation_recall": 1.0})
        going = kitabu(*ask, "--json")
        told = going.json
        assert (going.status, told["questions"], told["drafts_left_out"], told["go"]) == (0, 3, 1, True)
        assert {one["id"] for one in told["results"]} == {"a1", "a2", "u1"}
        (run,) = Runs(catalog).recent(5)
        assert (run.id, run.asked, run.figures["metrics"]) == (told["run"], 3, told["metrics"])
        GoldenQuestions(catalog).set_targets({"answer_in_text": 1.0, "supported": 1.0})
        wrong = GoldenQuestions(catalog).all()[0]
        GoldenQuestions(catalog).put(replace(wrong, golden=replace(wrong.golden, answers=("8 hours",))))
        refused = kitabu(*ask)
        assert ("no-go" in refused.out, refused.status) == (True, NO_GO)
        assert len(Runs(catalog).recent(5)) == 2


def test_a_model_drafts_questions_that_the_documents_answer(
    kitabu: Kitabu, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ReplayServer(RECORDINGS) as ollama:
        monkeypatch.setenv("KITABU_OLLAMA_URL", ollama.url)
        ollama.say("When is an opened vial of measles vaccine thrown away?\nANSWER: after 6 hours")
        result = kitabu("eval", "questions", "--from", str(filled), "--model", "ollama:smollm2:135m")
    assert result.status == 0
    # Of each of the pieces it says the same, and only one of them says so.
    (draft,) = [json.loads(line) for line in result.out.splitlines()]
    assert (draft["answers"], draft["document"], draft["page"]) == (["after 6 hours"], "handbook.md", 1)
    assert (draft["draft"], draft["source"]) == (True, "model")


def test_configurations_are_compared_with_a_report(
    kitabu: Kitabu, filled: Path, questions: str, tmp_path: Path
) -> None:
    for name, passages in (("one.toml", 1), ("six.toml", 6)):
        (tmp_path / name).write_text(f'data = "{filled.as_posix()}"\nmodel = "none"\npassages = {passages}\n')
    configurations = [str(tmp_path / "one.toml"), str(tmp_path / "six.toml")]
    report = tmp_path / "report.html"
    result = kitabu("eval", "compare", *configurations, "--questions", questions, "--html", str(report), "--json")
    assert result.status == 0
    told = result.json
    assert [run["configuration"] for run in told["runs"]] == configurations
    assert told["settings"] == {"passages": [1, 6]}
    assert all(run["metrics"]["citation_recall"] is not None for run in told["runs"])
    (comparison,) = told["comparisons"]
    assert comparison["differences"]["right_decision"]["questions"] == 3
    assert "KITABU_OLLAMA_URL" in result.err  # set for both by the surroundings
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "the model failed" not in report.read_text(encoding="utf-8")


def test_questions_are_drafted_for_a_person_to_accept(kitabu: Kitabu, filled: Path, tmp_path: Path) -> None:
    result = kitabu("eval", "questions", "--from", str(filled))
    assert result.status == 0
    drafts = [json.loads(line) for line in result.out.splitlines()]
    assert all(draft["draft"] is True for draft in drafts)
    by_question = {draft["question"]: draft for draft in drafts}
    assert by_question["Visiting hours?"]["answers"] == ["Visitors are welcome from 14:00 to 17:00 every day."]
    cell = by_question["Solar lamp small: price?"]
    assert (cell["answers"], cell["document"], cell["page"]) == (["950 shillings"], "prices.csv", 1)
    strange = [draft for draft in drafts if not draft["answerable"]]
    assert strange
    assert all((draft["answers"], draft["document"], draft["source"]) == ([], None, "near miss") for draft in strange)
    path = tmp_path / "drafts.jsonl"
    path.write_text(result.out, encoding="utf-8")
    assert load_set(path).drafts == len(drafts)
    # Drafts of another day are put beside these: the same question has the same id, and no other has.
    again = kitabu("eval", "questions", "--from", str(filled), "--per-document", "1").out.splitlines()
    fewer = [json.loads(line) for line in again]
    ids = {draft["question"]: draft["id"] for draft in drafts}
    assert 0 < len(fewer) < len(drafts)
    assert all(ids[draft["question"]] == draft["id"] for draft in fewer if draft["question"] in ids)
    path.write_text(result.out.replace('"draft": true', '"draft": false'), encoding="utf-8")
    assert len(load_questions(path)) == len(drafts)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["answers", "--questions", "missing.jsonl"], 3, "missing.jsonl cannot be read"),
        (["answers", "--questions", "bad.jsonl"], 3, "Line 1 of bad.jsonl"),
        (["answers", "--questions", "good.jsonl", "--library", "nowhere"], 5, "no library in"),
        (
            ["answers", "--questions", "good.jsonl", "--library", "x", "--corpus", "y"],
            2,
            "either --library or --corpus",
        ),
        (["answers", "--questions", "good.jsonl", "--keep", "x"], 2, "--keep"),
        (["answers"], 2, "either --questions or --golden"),
        (["answers", "--questions", "good.jsonl", "--golden"], 2, "either --questions or --golden"),
        (["answers", "--golden", "--corpus", "y"], 2, "not a --corpus"),
        (["answers", "--golden", "--library", "nowhere"], 5, "no library in"),
        (["answers", "--questions", "drafts.jsonl"], 3, "no questions in"),
        (["compare", "a.toml", "--questions", "good.jsonl"], 2, "two configurations"),
        (["compare", "a.toml", "b.toml", "--questions", "good.jsonl"], 3, "a.toml does not exist"),
        (["questions", "--from", "nowhere"], 5, "no library in"),
        (
            ["retrieval", "--corpus", "bad.jsonl", "--queries", "q.jsonl", "--qrels", "r.tsv"],
            3,
            "q.jsonl cannot be read",
        ),
    ],
)
def test_what_is_wrong_is_said(kitabu: Kitabu, tmp_path: Path, arguments: list[str], status: int, told: str) -> None:
    write(tmp_path / "good.jsonl", QUESTIONS)
    write(tmp_path / "bad.jsonl", [{"id": "a"}])
    write(tmp_path / "drafts.jsonl", QUESTIONS[3:])
    result = kitabu("eval", *arguments)
    assert (result.status, result.out) == (status, "")
    assert told in result.err
    assert not (tmp_path / "nowhere").exists()


def test_what_is_wrong_with_a_comparison_is_said_before_anything_is_asked(
    kitabu: Kitabu, filled: Path, tmp_path: Path
) -> None:
    write(tmp_path / "good.jsonl", QUESTIONS)
    good = f'data = "{filled.as_posix()}"\nmodel = "none"\n'
    for name, text in (("a.toml", good), ("b.toml", f"{good}passagges = 3\n"), ("c.toml", 'data = "nowhere"\n')):
        (tmp_path / name).write_text(text)
    ask = ["--questions", "good.jsonl", "--json"]
    for others, status, told in (
        (["b.toml"], 3, "b.toml cannot be asked with: Unknown setting 'passagges'"),
        (["missing.toml"], 3, "missing.toml does not exist"),
        (["c.toml"], 5, "no library in"),
        (["a.toml", "--html", "nowhere/report.html"], 5, "no such folder"),
    ):
        result = kitabu("eval", "compare", "a.toml", *others, *ask)
        assert (result.status, told in result.json["error"]["message"]) == (status, True)
        assert "Asking with" not in result.err


def test_a_failure_of_a_compared_run_names_its_configuration(kitabu: Kitabu, filled: Path, tmp_path: Path) -> None:
    write(tmp_path / "drafts.jsonl", QUESTIONS[3:])
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(f'data = "{filled.as_posix()}"\n')
    result = kitabu("eval", "compare", "a.toml", "b.toml", "--questions", "drafts.jsonl", "--json")
    assert result.status == 3
    assert "The run of a.toml failed: There are no questions in drafts.jsonl" in result.json["error"]["message"]


def test_runs_that_were_finished_are_shown_when_another_fails(
    kitabu: Kitabu, filled: Path, questions: str, tmp_path: Path
) -> None:
    good = f'data = "{filled.as_posix()}"\nmodel = "none"\n'
    # What is no catalog is told by the run: only that the file is there is looked at before.
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "catalog.sqlite").write_text("no database")
    (tmp_path / "a.toml").write_text(good)
    (tmp_path / "b.toml").write_text('data = "broken"\nmodel = "none"\n')
    (tmp_path / "c.toml").write_text(f"{good}passages = 1\n")
    ask = ["--questions", questions, "--html", "report.html"]
    result = kitabu("eval", "compare", "b.toml", "a.toml", "c.toml", *ask, "--json")
    assert result.status == PARTLY_FAILED
    told = result.json
    assert [run["configuration"] for run in told["runs"]] == ["a.toml", "c.toml"]
    assert [(one["first"], one["second"]) for one in told["comparisons"]] == [("a.toml", "c.toml")]
    assert len(told["settings"]["passages"]) == 2
    (failure,) = told["failed"]
    assert (failure["configuration"], "The run of b.toml failed" in failure["message"]) == ("b.toml", True)
    assert "The run of b.toml failed" in result.err
    assert "a.toml" in (tmp_path / "report.html").read_text(encoding="utf-8")
