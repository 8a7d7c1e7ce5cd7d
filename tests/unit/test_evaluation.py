from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.readers.builder import clean
from ingest.readers.markdown import parse
from rag.core.errors import InvalidDataset
from rag.core.golden import GoldenQuestion
from rag.core.messages import messages
from rag.core.types import Answer, Citation, Document, Passage, Refusal, Sentence, Span, Support, Turn, Usage
from rag.evaluation.answers import Scored, metrics, report, score, worst_over_best
from rag.evaluation.beir import Record, load_corpus, load_judgements, load_queries
from rag.evaluation.corpus import as_markdown, file_name
from rag.evaluation.datasets import load_questions, load_set, read_kept
from rag.evaluation.places import missing_places
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


def test_what_a_spreadsheet_leaves_empty_is_not_given(tmp_path: Path) -> None:
    empty = {**LINE, "document": "", "language": "", "split": None, "history": None, "page": None}
    capitals = {**LINE, "id": 7, "language": "EN ", "answers": ["\ud800 mg"], "document": "\ud800.md"}
    first, second = load_questions(write(tmp_path, empty, json.dumps(capitals)))
    assert (first.document, first.language, first.split, first.pages) == (None, "und", "test", ())
    # What no file can hold must not reach the catalog.
    assert (second.id, second.language, second.answers, second.document) == ("7", "en", ("� mg",), "�.md")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_are_read_as_windows_saves_them(tmp_path: Path, encoding: str) -> None:
    text = "".join(json.dumps({**LINE, "id": key, "question": "Où?"}, ensure_ascii=False) + "\r\n" for key in "ab")
    path = tmp_path / "questions.jsonl"
    path.write_bytes(text.encode(encoding))
    assert [(read.id, read.question) for read in load_questions(path)] == [("a", "Où?"), ("b", "Où?")]
    assert len(read_kept(path.read_bytes(), path.name)) == 2


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
        {**LINE, "history": "And?"},
        {**LINE, "id": None},
        {**LINE, "question": "?!"},
        {**LINE, "question": "x" * 5000},
        {**LINE, "answers": [20]},
        {**LINE, "page": "8"},
        {**LINE, "pages": [0]},
        {**LINE, "document": 7},
        {**LINE, "language": 5},
        {**LINE, "language": ["en"]},
        {**LINE, "split": [1]},
        {**LINE, "draft": "true"},  # would be asked
        {**LINE, "id": " "},
        {**LINE, "id": True},
        {**LINE, "pages": 8},
        '{"id": ' + "[" * 100_000,
        {**LINE, "id": "first"},  # the id of line 1
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: object) -> None:
    path = write(tmp_path, {**LINE, "id": "first"}, "", bad)
    with pytest.raises(InvalidDataset) as raised:
        load_questions(path)
    assert raised.value.message.startswith(f"Line 3 of {path} ")
    assert raised.value.hint


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.jsonl"
    with pytest.raises(InvalidDataset, match=r"missing\.jsonl"):
        load_questions(missing)
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes('{"id": "é"}'.encode("latin-1"))
    with pytest.raises(InvalidDataset, match=r"latin\.jsonl is not UTF-8"):
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
    assert not judge(question(), answer("Give 120 mg.")).answer_cited


def test_without_a_page_any_page_of_the_document_is_right() -> None:
    assert judge(question(pages=()), answer(cited=[("handbook.pdf", 3)])).page_cited
    assert not judge(question(pages=()), answer(cited=[("other.pdf", 3)])).page_cited


def test_a_name_is_the_same_however_its_accents_are_encoded() -> None:
    asked = replace(question(), document="Re\u0301gime.pdf")
    assert judge(asked, answer(cited=[("R\u00e9gime.pdf", 8)])).page_cited


def test_a_document_of_a_collection_is_known_by_its_records_id() -> None:
    given = answer(cited=[("0001.md", 8)])
    assert not judge(question(), given).page_cited
    assert judge(question(), given, {"id": ("other", "handbook.pdf")}).page_cited


def test_drafts_are_counted_and_not_asked(tmp_path: Path) -> None:
    path = write(tmp_path, LINE, {**LINE, "id": "a2", "draft": True}, {**LINE, "id": "a3", "draft": False})
    found = load_set(path)
    assert ([read.id for read in found.questions], found.drafts) == (["a1", "a3"], 1)


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


# --- collections ------------------------------------------------------------------------------------------------------


def lines(folder: Path, name: str, *texts: str) -> Path:
    path = folder / name
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def test_a_collection_in_beirs_format_is_read(tmp_path: Path) -> None:
    corpus = lines(tmp_path, "c.jsonl", '{"_id": "d1", "title": "T", "text": "x"}', "", '{"_id": 2, "text": "y"}')
    assert load_corpus(corpus) == [Record("d1", "T", "x"), Record("2", "", "y")]
    queries = load_queries(lines(tmp_path, "q.jsonl", '{"_id": "q1", "text": " What? ", "metadata": {}}'))
    assert queries == {"q1": "What?"}
    for head in ("query-id\tcorpus-id\tscore", "q1\td0\t0"):
        judged = load_judgements(lines(tmp_path, "qrels.tsv", head, "q1\td1\t2", "q1\td9\t-1\r"), queries)
        assert {**judged["q1"], "d0": 0} == {"d0": 0, "d1": 2, "d9": -1}


@pytest.mark.parametrize(
    ("name", "bad", "told"),
    [
        ("corpus", '{"_id": "d2"}', "no text"),
        ("corpus", '{"title": "T", "text": "x"}', "no _id"),
        ("corpus", '{"_id": "1", "text": "x"}', "earlier line"),
        ("corpus", "d2 x", "not JSON"),
        ("queries", '{"_id": "2", "text": " ? "}', "empty"),
        ("queries", '{"_id": "2", "text": 5}', "no text"),
        ("qrels", "1 1 1", "1 columns, not 3"),
        ("qrels", "1\t1\tyes", "grade 'yes'"),
        ("qrels", "7\t1\t1", "query '7'"),
        ("qrels", "1\t1\t0", "another grade"),
        ("corpus", '{"_id": true, "text": "x"}', "no _id"),
    ],
)
def test_a_bad_line_of_a_collection_is_named(tmp_path: Path, name: str, bad: str, told: str) -> None:
    good = "1\t1\t1" if name == "qrels" else '{"_id": "1", "text": "What is it?"}'
    path = lines(tmp_path, name, good, bad)
    read = {"corpus": load_corpus, "queries": load_queries, "qrels": lambda path: load_judgements(path, {"1": "x"})}
    with pytest.raises(InvalidDataset, match="Line 2 of") as raised:
        read[name](path)
    assert told in raised.value.message


def test_a_first_line_with_a_grade_that_is_no_whole_number_is_not_taken_for_the_head(tmp_path: Path) -> None:
    qrels = lines(tmp_path, "qrels.tsv", "q1\td1\t1.0", "q1\td2\t1")
    with pytest.raises(InvalidDataset, match=r"Line 1 of .* has the grade '1.0'"):
        load_judgements(qrels, {"q1": "What?"})


MARKS = 'ab1 \n#*_`>-+.)(|[]<&;!~=\\"é中ש'


@settings(deadline=None)
@given(
    title=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Co", "Cn", "Zl", "Zp"]), max_size=20),
    text=st.lists(st.sampled_from([*MARKS, "<or = 3 mg>", "&lt;", "<br>"]), max_size=60),
)
def test_a_records_file_shows_exactly_its_title_and_text(title: str, text: list[str]) -> None:
    said = "".join(text)
    page = parse(as_markdown(Record("d", title, said)), "fallback").pages[0].text
    assert "".join(page.split()) == "".join(clean(f"{title}\n{said}").split())


def test_every_record_has_a_file_of_its_own() -> None:
    ids = ["d1", "D1", "a/b", "a:b", "..", "x" * 300, "x" * 301, "文", "con"]
    names = [file_name(key) for key in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-.") and len(name) < 80 for name in names)
    assert names[0] == "d1.md"


# --- answers ----------------------------------------------------------------------------------------------------------


def passage(page: int) -> Passage:
    document = Document("id", "handbook.pdf", "application/pdf", "Handbook", "en", 9, 1, 1, 0.0)
    return Passage("[1]", document, (), (Span(page, 0, 4),), "Give", (), 1.0, 1.0, ())


def scored(
    key: str = "q",
    *,
    answerable: bool = True,
    refused: bool = False,
    page: int = 8,
    probability: float = 0.5,
    language: str = "en",
    supported: bool = True,
) -> Scored:
    asked = replace(question(answerable=answerable, pages=(8,) if answerable else ()), id=key, language=language)
    support = Support.SUPPORTED if supported else Support.NOT_FOUND
    sentence = Sentence("“Give 20 mg each day.”", support, emphasis=((6, 11),))
    given = replace(answer("No.", refused=True) if refused else answer(cited=[("handbook.pdf", page), ("x.pdf", 1)]))
    given = replace(given, sentences=() if refused else (sentence,), passages=(passage(8),))
    return score(asked, replace(given, citations=() if refused else given.citations), probability)


def test_an_answer_is_scored_as_a_whole_and_by_its_marked_part() -> None:
    one = scored()
    assert (one.exact_match, one.marked_exact_match, one.marked_f1) == (0.0, 1.0, 1.0)
    assert one.f1 == pytest.approx(2 * 2 / (5 + 2))
    assert (one.page_hit, one.citation_precision, one.unsupported) == (True, 0.5, 0.0)
    refused = scored(refused=True)
    assert (refused.marked_f1, refused.page_hit, refused.citation_precision, refused.unsupported) == (
        0,
        True,
        None,
        None,
    )
    nothing = scored(answerable=False, refused=True)
    assert (nothing.marked_exact_match, nothing.marked_f1, nothing.page_hit) == (1.0, 1.0, None)
    assert scored(answerable=False).marked_exact_match == 0.0


def test_an_answer_without_a_mark_counts_as_a_whole() -> None:
    plain = replace(answer(), sentences=(Sentence("Twenty.", Support.SUPPORTED),))
    assert score(question(), plain).marked_f1 == score(question(), replace(plain, text="x")).f1 == 1.0


def test_each_figure_counts_the_questions_that_it_is_of() -> None:
    figures = metrics(
        [
            scored(probability=0.9),
            scored(page=9, probability=0.7, supported=False),
            scored(refused=True, probability=0.3),
            scored(answerable=False, refused=True, probability=0.2),
            scored(answerable=False, probability=0.6),
        ]
    )
    assert figures["marked_exact_match"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["squad_f1"] == pytest.approx(3 / 5)
    assert figures["citation_recall"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["answered"] == pytest.approx(2 / 3, abs=1e-4)
    assert (figures["citation_precision"], figures["page_hit"]) == (0.25, 1.0)
    assert (figures["refusal_precision"], figures["refusal_recall"]) == (0.5, 0.5)
    assert figures["refusal_auroc"] == pytest.approx(5 / 6, abs=1e-4)
    assert figures["unsupported"] == pytest.approx(1 / 3, abs=1e-4)


def test_what_cannot_be_counted_is_nothing_and_not_zero() -> None:
    figures = metrics([scored()])
    assert (figures["refusal_precision"], figures["refusal_recall"], figures["refusal_auroc"]) == (None, None, None)
    assert set(metrics([]).values()) == {None}


def test_languages_are_told_apart_and_the_worst_is_held_against_the_best() -> None:
    told = report([scored("1"), scored("2", language="sw"), scored("3", language="sw", refused=True)], 1.0)
    assert {code: part["answered"] for code, part in told["languages"].items()} == {"en": 1.0, "sw": 0.5}
    assert told["worst_over_best"]["answered"] == 0.5
    assert "unsupported" not in told["worst_over_best"]
    assert worst_over_best({"en": {"f1": 1.0}}) == {}
    assert (told["questions"], told["models"], told["quoted_instead"]) == (3, {"none": 3}, 0)
    assert json.loads(json.dumps(told)) == told


def test_the_first_question_is_left_out_of_the_latencies() -> None:
    def slow(key: str, seconds: float) -> Scored:
        one = scored(key)
        return score(one.question, replace(one.answer, timings={"total": seconds, "first_token": seconds / 2}))

    told = report([slow("1", 30.0), slow("2", 1.0), slow("3", 2.0)], 33.0)["latency"]
    assert told == {"p50": 1.0, "p95": 2.0, "first_token_p50": 0.5}
    assert report([slow("1", 30.0)], 30.0)["latency"]["p95"] == 30.0


def test_names_and_pages_that_the_library_does_not_have_are_told() -> None:
    document = Document("id", "Re\u0301gime.pdf", "application/pdf", "", "fr", 9, 1, 1, 0.0)
    named = [
        replace(question(pages=(9, 99)), id="right", document="R\u00e9gime.pdf"),
        replace(question(pages=(10, 11)), id="page", document="R\u00e9gime.pdf"),
        replace(question(), id="record", document="d1"),
        replace(question(), id="name", document="Regime.pdf"),
        replace(question(answerable=False), id="refused"),
        replace(question(), id="unplaced", document=None),
    ]
    told = missing_places(named, [document], {"id": ("d1",)})
    assert told == {"page": "R\u00e9gime.pdf, page 10", "name": "Regime.pdf"}


def test_answers_quoted_because_the_model_failed_are_counted() -> None:
    failed = replace(answer(), notices=(f"The server is gone. {messages('en').quoted_instead}",))
    assert report([score(question(), failed)], 1.0)["quoted_instead"] == 1
