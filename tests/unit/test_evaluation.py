from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rag.core.errors import ConfigError
from rag.core.types import Answer, Citation, Refusal, Span, Turn, Usage
from rag.evaluation.datasets import GoldenQuestion, load_questions
from rag.evaluation.run import Outcome, judge, summarise

LINE: dict[str, Any] = {
    "id": "a1",
    "question": "How much zinc?",
    "answers": ["20 mg"],
    "answerable": True,
    "document": "handbook.pdf",
    "page": 8,
    "language": "en",
    "history": [{"question": "What is given with ORS?", "answer": "Zinc."}],
    "split": "tune",
}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "golden.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def question(*, answerable: bool = True, pages: tuple[int, ...] = (8,)) -> GoldenQuestion:
    document = "handbook.pdf" if answerable else None
    return GoldenQuestion("q", "How much zinc?", ("20 mg", "twenty"), answerable, document, pages, "en", (), "test")


def answer(
    text: str = "“Give 20 mg.” [1]",
    cited: Sequence[tuple[str, int]] = (("handbook.pdf", 8),),
    *,
    refused: bool = False,
    seconds: float = 0.1,
) -> Answer:
    citations = tuple(Citation("[1]", "id", name, Span(page, 0, 4), "Give", verified=True) for name, page in cited)
    refusal = Refusal("not_in_documents", text) if refused else None
    return Answer("q", "q", "en", text, (), citations, (), refusal, "none", Usage(), {"total": seconds})


def test_a_line_is_read_with_all_its_fields(tmp_path: Path) -> None:
    (read,) = load_questions(write(tmp_path, LINE))
    history = (Turn("What is given with ORS?", "Zinc."),)
    assert read == GoldenQuestion("a1", "How much zinc?", ("20 mg",), True, "handbook.pdf", (8,), "en", history, "tune")


def test_what_may_be_left_out(tmp_path: Path) -> None:
    line = {"id": "u1", "question": "Who?", "answers": [], "answerable": False}
    (read,) = load_questions(write(tmp_path, line))
    assert read == GoldenQuestion("u1", "Who?", (), False, None, (), "und", (), "test")


def test_several_pages_and_either_split(tmp_path: Path) -> None:
    path = write(tmp_path, LINE, "", {**LINE, "id": "a2", "pages": [8, 9], "split": "test"}, "")
    assert [read.id for read in load_questions(path)] == ["a1", "a2"]
    (read,) = load_questions(path, split="test")
    assert (read.id, read.pages) == ("a2", (8, 9))
    assert load_questions(path, split="other") == []


def test_breaks_inside_a_text_end_no_line(tmp_path: Path) -> None:
    (read,) = load_questions(write(tmp_path, {**LINE, "question": "How\u2028much\x85zinc?"}))
    assert read.question == "How\u2028much\x85zinc?"


@pytest.mark.parametrize(
    "bad",
    [
        "{not json",
        "[1, 2]",
        '"text"',
        {key: value for key, value in LINE.items() if key != "id"},
        {key: value for key, value in LINE.items() if key != "answers"},
        {**LINE, "answers": None},
        {**LINE, "answers": "20 mg"},  # its letters would be accepted as answers
        {**LINE, "answerable": "no"},
        {**LINE, "history": [{"question": "And?"}]},
        {**LINE, "history": ["And?"]},
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: object) -> None:
    path = write(tmp_path, LINE, "", bad)
    with pytest.raises(ConfigError) as raised:
        load_questions(path)
    assert raised.value.message.startswith(f"Line 3 of {path} is not a golden question")
    assert "answerable" in raised.value.hint


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.jsonl"
    with pytest.raises(ConfigError, match=r"missing\.jsonl"):
        load_questions(missing)
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes('{"id": "é"}'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.jsonl is not UTF-8"):
        load_questions(latin)


def test_an_answer_is_right_on_the_right_page_of_the_right_document() -> None:
    right = judge(question(), answer())
    assert (right.page_cited, right.answer_cited, right.right) == (True, True, True)
    assert judge(question(pages=(8, 9)), answer(cited=[("x.pdf", 1), ("handbook.pdf", 9)])).right
    assert not judge(question(), answer(cited=[("handbook.pdf", 9)])).right
    assert not judge(question(), answer(cited=[("other.pdf", 8)])).right
    assert not judge(question(), answer(cited=[])).right


def test_an_accepted_answer_is_found_whatever_its_case_and_spaces() -> None:
    assert judge(question(), answer("Give  20\nMG now.")).answer_cited
    assert judge(question(), answer("TWENTY milligrams")).answer_cited
    assert not judge(question(), answer("Give 200 g.")).answer_cited


def test_a_refusal_is_right_only_where_nothing_answers() -> None:
    refused = judge(question(), answer("20 mg", refused=True))
    assert (refused.answer_cited, refused.right) == (False, False)
    assert judge(question(answerable=False, pages=()), answer("No.", [], refused=True)).right
    assert not judge(question(answerable=False, pages=()), answer()).right


def outcome(*, answerable: bool, refused: bool = False, page: int = 8, seconds: float = 0.1) -> Outcome:
    given = answer("20 mg", [("handbook.pdf", page)], refused=refused, seconds=seconds)
    return judge(question(answerable=answerable, pages=(8,) if answerable else ()), given)


def test_shares_count_each_kind_of_question_by_itself() -> None:
    outcomes = [
        outcome(answerable=True),
        outcome(answerable=True, page=9),
        outcome(answerable=True, refused=True),
        outcome(answerable=True),
        outcome(answerable=False, refused=True),
        outcome(answerable=False),
    ]
    summary = summarise(outcomes)
    assert (summary.answerable, summary.unanswerable) == (4, 2)
    assert (summary.page_cited, summary.answer_cited, summary.answered, summary.refused) == (0.5, 0.75, 0.75, 0.5)
    assert summary.to_json()["page_cited"] == 0.5


def test_nothing_asked_is_no_division_by_zero() -> None:
    summary = summarise([])
    assert set(summary.to_json().values()) == {0}


@pytest.mark.parametrize(("count", "p50", "p95"), [(1, 1, 1), (2, 1, 2), (20, 10, 19), (21, 11, 20), (100, 50, 95)])
def test_latencies_are_nearest_rank_quantiles(count: int, p50: int, p95: int) -> None:
    seconds = list(range(count, 0, -1))
    summary = summarise([outcome(answerable=True, seconds=each) for each in seconds])
    assert (summary.latency_p50, summary.latency_p95) == (p50, p95)
