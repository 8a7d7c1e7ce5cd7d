"""Two runs on the same questions: what differs, and the report that shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from rag.core.config import Settings
from rag.core.dialogue import Clarification
from rag.core.errors import ConfigError
from rag.evaluation.answers import Scored, report, score
from rag.evaluation.compare import Run, compare, fate
from rag.evaluation.configurations import differing
from rag.evaluation.html_report import html_report
from tests.unit.test_evaluation import scored


def run_of(name: str, results: Sequence[Scored]) -> Run:
    return Run(name, json.loads(json.dumps(report(results, 1.0))))


def test_two_runs_are_compared_question_by_question() -> None:
    first = run_of("a.toml", [scored(str(key), refused=key < 30) for key in range(40)])
    second = run_of("b.toml", [scored(str(key), page=9 if key == 39 else 8) for key in range(40)])
    found = compare(first, second)
    decision = found.differences["right_decision"]
    assert (decision.questions, decision.mean) == (40, 0.75)
    assert decision.p < 0.001
    assert found.differences["citation_precision"].questions == 10  # where both answered
    assert [one["id"] for one, _ in found.changed] == [*map(str, range(30)), "39"]
    told = found.to_json()
    assert told["changed"][0]["first"]["refused"] is True
    assert json.loads(json.dumps(told)) == told
    with pytest.raises(ConfigError, match="not asked the same"):
        compare(first, run_of("c.toml", [scored("other")]))


def test_what_no_words_are_known_for_is_compared_by_its_page_alone() -> None:
    def given(key: str, *, refused: bool) -> Scored:
        one = scored(key, refused=refused)
        return score(replace(one.question, answers=()), one.answer)

    # A refusal says nothing, as no accepted answer does: that is no match.
    refusing, answering = ([given(str(key), refused=refused) for key in range(9)] for refused in (True, False))
    told = refusing[0].to_json()
    assert {told[key] for key in ("exact_match", "f1", "marked_exact_match", "marked_f1")} == {None}
    # F1 is of answers here as in the table; that nothing answers is told by the decision.
    found = compare(
        run_of("a.toml", [*refusing, scored("x", answerable=False)]),
        run_of("b.toml", [*answering, scored("x", answerable=False, refused=True)]),
    )
    assert not {"f1", "marked_f1"} & set(found.differences)
    assert found.differences["right_decision"].mean == 1.0


def test_the_first_question_waits_for_what_the_others_find_loaded() -> None:
    def slow(first: float) -> list[Scored]:
        times = [first, 1.0, 1.0]
        several = [scored(str(key)) for key in range(3)]
        return [
            score(one.question, replace(one.answer, timings={"total": seconds}))
            for one, seconds in zip(several, times, strict=True)
        ]

    seconds = compare(run_of("a.toml", slow(1.0)), run_of("b.toml", slow(90.0))).differences["seconds"]
    assert (seconds.questions, seconds.mean) == (2, 0.0)


def test_asking_back_is_neither_answering_nor_refusing() -> None:
    def back(key: str, *, answerable: bool) -> Scored:
        one = scored(key, answerable=answerable)
        return score(one.question, replace(one.answer, citations=(), clarification=Clarification("Which?", ())))

    asked = run_of("b.toml", [back("1", answerable=True), back("2", answerable=False)])
    assert [result["right_decision"] for result in asked.results.values()] == [False, False]
    assert [fate(result) for result in asked.results.values()] == ["asked_back", "asked_back"]


def test_the_report_is_one_page_that_needs_nothing_and_runs_nothing() -> None:
    first = run_of("<a>.toml", [scored("1", refused=True), scored("2", language="sw")])
    sly = scored("1")
    sly = score(replace(sly.question, question="<script>alert(1)</script>"), replace(sly.answer, text="<img src=x>"))
    second = run_of("b.toml", [sly, scored("2", language="sw")])
    page = html_report([first, second], [compare(first, second)], {"f1": "F1"}, {"passages": [1, 6]})
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page
    assert "http:" not in page.replace("http-equiv", "")
    assert "https:" not in page
    assert "prefers-color-scheme: dark" in page
    assert page.count("<svg") == 2
    # Well-formed but for what HTML lets be left out: every shape stands in its picture.
    from lxml import html

    tree = html.document_fromstring(page)
    assert len(tree.findall(".//svg")) == 2
    assert len(tree.findall(".//details")) == 1
    assert {"id", "question"} <= set(second.report["results"][0])


def test_the_report_says_what_would_have_been_right() -> None:
    page_alone, nothing = scored("1", refused=True), scored("2", answerable=False)
    page_alone = score(replace(page_alone.question, answers=()), page_alone.answer)
    nothing = score(replace(nothing.question, answers=("plausible",)), nothing.answer)
    first = run_of("a.toml", [page_alone, nothing])
    second = run_of("b.toml", [scored("1"), scored("2", answerable=False, refused=True)])
    page = html_report([first, second], [compare(first, second)], {"f1": "F1"}, {})
    assert page.count("Accepted: <bdi>any words from the right page</bdi>") == 1
    assert page.count("Accepted: <bdi>a refusal</bdi>") == 1
    assert "The configurations have the same settings" in page
    quoted = Run("b.toml", {**second.report, "quoted_instead": 2})
    page = html_report([first, quoted], [compare(first, quoted)], {"f1": "F1"}, {})
    assert "b.toml: the model failed on 2 questions" in page


def test_configurations_are_told_apart_without_what_is_secret() -> None:
    one = Settings(data=Path("a"), port=1, openai_key=SecretStr("first"), ollama_url="http://127.0.0.1:1")
    other = Settings(data=Path("b"), port=2, openai_key=SecretStr("second"), ollama_url="http://me:word@gpu:1")
    told = differing([one, other, other])
    assert list(told) == ["data", "ollama_url", "openai_key"]
    assert told["data"] == ["a", "b", "b"]
    assert told["ollama_url"] == ["http://127.0.0.1:1", "http://gpu:1", "http://gpu:1"]
    assert set(told["openai_key"]) == {"**********"}
    assert differing([one, one.model_copy(update={"port": 9})]) == {}
