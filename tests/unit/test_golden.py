"""Where golden questions come from, what a run comes to, and whether that is good enough."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.core.config import Settings
from rag.core.errors import InvalidDataset
from rag.core.fingerprint import Fingerprint
from rag.core.golden import GoldenQuestion, KeptQuestion, Source
from rag.core.ports import ChatChunk, ChatMessage
from rag.core.turns import Turns
from rag.core.types import Answer, Block, BlockKind, Chunk, Document, Page, ParsedDocument, Refusal, Span, Turn, Usage
from rag.evaluation.compare import compare
from rag.evaluation.datasets import read_kept, to_line
from rag.evaluation.drafts import draft_questions, in_force
from rag.evaluation.kept import NOT_ABOUT_ANSWERS, add_drafts, changed, comparable, from_turn, judged, settings_of
from rag.evaluation.model_drafts import draft_with_model, parse_reply
from rag.evaluation.verdict import RIGHT_PAGE, SAID, SUPPORTED, Count, counts, is_wrong, judge_run
from rag.store.catalog import Catalog, Place
from rag.store.conversations import StoredTurn
from rag.store.golden import GoldenQuestions
from rag.store.runs import Run, RunResult
from tests.unit.test_jobs import add

GOLDEN = GoldenQuestion(
    "q1", "How much zinc?", ("20 mg",), True, "a.pdf", (2, 3), "en", (Turn("What is given?", "Zinc."),), "tune"
)
RESULT: dict[str, Any] = {
    "answerable": True, "refused": False, "asked_back": False, "page_cited": True, "answer_in_text": True,
    "page_hit": True, "f1": 0.5, "marked_f1": 0.5, "citation_precision": 1.0, "unsupported": 1 / 3,
    "sentences": 3, "seconds": 0.1,
}  # fmt: skip
REFUSED = {**RESULT, "refused": True, "page_cited": False, "answer_in_text": False, "unsupported": None, "sentences": 0}
STRANGE = {**REFUSED, "answerable": False, "page_cited": None, "answer_in_text": None}


def test_a_saved_file_reads_back_as_it_was() -> None:
    kept = [
        KeptQuestion(GOLDEN),
        KeptQuestion(replace(GOLDEN, id="q2", pages=(7,)), draft=True, source=Source.TABLE),
        KeptQuestion(replace(GOLDEN, id="q3", answers=(), answerable=False, document=None, pages=(), history=())),
    ]
    content = "\r\n".join(json.dumps(to_line(one)) for one in kept).encode("utf-8-sig")
    assert read_kept(content, "mine.jsonl") == kept


@pytest.mark.parametrize(("content", "told"), [(b'{"id": 1}', "Line 1 of mine.jsonl"), (b"\xff\xfa", "is not UTF-8")])
def test_a_file_that_is_something_else_is_named(content: bytes, told: str) -> None:
    with pytest.raises(InvalidDataset, match=told):
        read_kept(content, "mine.jsonl")


def test_a_run_is_counted_as_people_count() -> None:
    reached = counts([RESULT, REFUSED, STRANGE, {**STRANGE, "refused": False, "unsupported": 1.0, "sentences": 1}])
    assert reached == {
        "citation_recall": Count(2, 1),
        "refusal_recall": Count(2, 1),
        "answer_in_text": Count(2, 1),
        "supported": Count(4, 2),
    }


def test_what_counts_against_a_run_is_told_question_by_question() -> None:
    right = {**RESULT, "unsupported": 0.0}
    assert [is_wrong(one) for one in (right, STRANGE, {**right, "page_cited": None})] == [False, False, False]
    wrong = [
        RESULT,  # one of its sentences was not found
        REFUSED,
        {**right, "page_cited": False},
        {**right, "answer_in_text": False},
        {**STRANGE, "refused": False, "asked_back": True},
    ]
    assert all(map(is_wrong, wrong))


def test_go_or_no_go() -> None:
    reached = counts([RESULT, REFUSED])
    assert judge_run(reached, {}) is None
    assert judge_run(reached, {RIGHT_PAGE: 0.5}).go
    verdict = judge_run(reached, {RIGHT_PAGE: 0.51, "refusal_recall": 0.5, SAID: 0.5, SUPPORTED: 0.9})
    # No question tells whether what nothing answers is refused: that is no go.
    assert (verdict.go, verdict.missed, verdict.unknown) == (False, (RIGHT_PAGE, SUPPORTED), ("refusal_recall",))
    assert not judge_run(counts([]), {RIGHT_PAGE: 0.1}).go


def test_a_run_that_is_not_whole_cannot_say_go() -> None:
    figures = {"metrics": {}, "quoted_instead": 0}
    run, results = Run(1.0, 1, 1, figures, {}, ""), [RunResult("q1", GOLDEN.digest(), "20 mg", RESULT)]
    assert judged(run, results, {RIGHT_PAGE: 1.0}).go
    assert judged(run, results, {}) is None
    assert not judged(replace(run, wanted=2), results, {RIGHT_PAGE: 1.0}).go
    # The documents were quoted where the model failed: that says nothing of the model.
    assert not judged(replace(run, figures={**figures, "quoted_instead": 1}), results, {RIGHT_PAGE: 1.0}).go


def test_settings_that_answers_depend_on_are_kept_with_a_run(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    kept = settings_of(Settings(passages=4), "ollama:qwen3:4b", catalog)
    assert kept["model"] == "ollama:qwen3:4b"
    assert kept["passages"] == 4
    assert "port" not in kept
    # A setting that is renamed must not creep into the runs.
    assert set(Settings.model_fields) >= NOT_ABOUT_ANSWERS
    # What a later version has to set was as it is when the run was asked.
    before = {name: value for name, value in kept.items() if name != "chunker"}
    assert not changed(before, kept)
    assert changed({**kept, "passages": 5}, kept)
    # Documents that came, and another embedder that was put in use, change it whatever is set.
    assert kept["embedder"] == Settings().embedder
    add(catalog, "drums")
    now = settings_of(Settings(passages=4), "ollama:qwen3:4b", catalog)
    assert now["embedder"] == "e"
    assert changed(kept, now)
    catalog.close()


def test_questions_that_were_changed_between_two_runs_are_not_compared() -> None:
    same, changed = GOLDEN, replace(GOLDEN, id="q2")
    run = Run(1.0, 2, 2, {"metrics": {}}, {}, "")
    first = [RunResult(one.id, one.digest(), "20 mg", RESULT) for one in (same, changed)]
    second = [RunResult(one.id, one.digest(), "", REFUSED) for one in (same, replace(changed, question="Why?"))]
    now = [KeptQuestion(same), KeptQuestion(replace(changed, question="Why?"))]
    comparison = compare(comparable("a", run, first, now), comparable("b", run, second, now))
    assert comparison.differences["page_cited"].questions == 1
    ((before, after),) = comparison.changed
    assert (before["question"], before["answer"], after["answer"]) == ("How much zinc?", "20 mg", "")


def test_a_turn_becomes_a_draft_that_can_be_understood_alone() -> None:
    refusal = Refusal("not_in_documents", "No.")
    answer = Answer(
        "And for infants?", "How much zinc do infants get?", "en", "No.", (), (), (), refusal, "none", Usage(), {}
    )
    kept = from_turn(StoredTurn("t", "And for infants?", "No.", answer, 0.0))
    assert (kept.draft, kept.source, kept.golden.question) == (True, Source.REFUSAL, "How much zinc do infants get?")
    assert kept.golden.language == "en"
    helped = from_turn(StoredTurn("t", "Why?", "So.", replace(answer, refusal=None, searched_question="Why?"), 0.0))
    assert helped.source is Source.FEEDBACK


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("How much zinc is given?\nANSWER: 20 mg", ("How much zinc is given?", "20 mg")),
        ("QUESTION: How much?\n\n**Answer:** “20 mg”.", ("How much?", "20 mg")),
        ("How much zinc is given?\nANSWER: 30 mg", None),  # invented
        ("How much zinc is given?\nANSWER: 0 mg", None),  # the end of another number
        ("Zinc is given.\nANSWER: 20 mg", None),
        ("Are 20 mg given?\nANSWER: 20 mg", None),  # gives itself away
        ("How much zinc is given?", None),
        ("", None),
    ],
)
def test_what_a_model_writes_is_held_against_the_piece(reply: str, found: tuple[str, str] | None) -> None:
    assert parse_reply(reply, "Children are given 20 mg of zinc a day.") == found


class Scripted:
    """A chat model that says the same again and again."""

    name = "scripted"
    turns = Turns(1)

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.asked: list[Sequence[ChatMessage]] = []
        self.limits: list[tuple[int, int, float | None]] = []

    def window(self) -> int:
        return 4096

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(
        self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int, patience: float | None = None
    ) -> Iterator[ChatChunk]:
        self.asked.append(messages)
        self.limits.append((window, max_tokens, patience))
        yield from map(ChatChunk, self.pieces)


def test_a_models_drafts_carry_document_and_page(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    document = add(catalog, "Children with diarrhoea are given 20 mg of zinc a day. " * 4)
    add(catalog, "Too short to ask for.")
    model = Scripted("How much zinc is given", " a day?\nANSWER: 20 mg")
    (draft,) = draft_with_model(catalog, model, 5, 8192)
    assert (draft.question, draft.answer, draft.page) == ("How much zinc is given a day?", "20 mg", 1)
    assert draft.made_of == (document.id,)
    kept = draft.kept("q1")
    assert (kept.draft, kept.source, kept.golden.document) == (True, Source.MODEL, document.name)
    assert "20 mg of zinc" in model.asked[0][1].content
    assert model.limits == [(4096, 120, None)]


def put(catalog: Catalog, title: str, blocks: Sequence[tuple[BlockKind, str]]) -> None:
    """Add a document of one page that holds these blocks, a line each."""
    page = Page(1, "\n".join(text for _, text in blocks))
    spans = [Span(1, at := page.text.index(text), at + len(text)) for _, text in blocks]
    parsed = tuple(Block(kind, span) for (kind, _), span in zip(blocks, spans, strict=True))
    key = hashlib.sha256(title.encode()).hexdigest()
    document = Document(key, f"{title}.txt", "text/plain", title, "en", 1, 1, 1, 0.0)
    chunk = Chunk(f"{key}:0", document.id, 0, (), (Span(1, 0, len(page.text)),), page.text)
    catalog.put(
        document, ParsedDocument("text/plain", title, (page,), parsed), [chunk], np.ones((1, 1), dtype=np.float32),
        Fingerprint("e", "d", 1, "", "", "", "c"), Place(document.name, document.id, 1, 1),
    )  # fmt: skip


def test_numbers_before_a_question_are_no_part_of_it(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    texts = (
        "4. When does the raft leave?",
        "At noon.",
        "Q: Who may board?",
        "Whoever has a ticket.",
        "Who goes first?",
    )
    put(catalog, "Rafts", [(BlockKind.PARAGRAPH, text) for text in (*texts, "These do:", "2 °C?")])
    drafts = {draft.question: draft.answer for draft in draft_questions(catalog, 5)}
    assert drafts == {"When does the raft leave?": "At noon.", "Who may board?": "Whoever has a ticket."}
    catalog.close()


def test_a_heading_asks_for_its_section_and_the_first_one_for_nothing(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    blocks = (
        (BlockKind.HEADING, "Guide of the warehouse"),
        (BlockKind.PARAGRAPH, "This guide was made for the members of the cooperative."),
        (BlockKind.HEADING, "Hours"),
        (BlockKind.PARAGRAPH, "The warehouse opens at 7:00 on each day. It closes at noon."),
        (BlockKind.HEADING, "Order of the queue"),
        (BlockKind.PARAGRAPH, "Members are served in the order of their cards, but for these:"),
    )
    put(catalog, "Warehouse", blocks)
    drafts = {draft.question: draft.answer for draft in draft_questions(catalog, 5)}
    assert drafts == {"Hours?": "The warehouse opens at 7:00 on each day."}
    catalog.close()


def test_a_heading_is_asked_of_what_its_own_document_does_not_speak_of(tmp_path: Path) -> None:
    def near_misses() -> set[str]:
        return {draft.question for draft in draft_questions(catalog, 5) if draft.source is Source.NEAR_MISS}

    def section(title: str, heading: str, text: str) -> None:
        put(catalog, title, [(BlockKind.TITLE, title), (BlockKind.HEADING, heading), (BlockKind.PARAGRAPH, text)])

    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    section("Aviary", "Food", "Birds are fed at noon as are all the others of the zoo.")
    section("Zoo", "Opening hours", "It is open from seven in the morning until noon.")
    # What the aviary's food is may be the zoo's.
    assert near_misses() == set()
    section("Employment", "Sick leave", "Whoever is ill sends word before eight o'clock.")
    assert near_misses() == {"Employment: Food?", "Zoo: Sick leave?"}
    catalog.close()


def test_what_does_not_hold_today_becomes_no_right_answer(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    old = add(catalog, "Children with diarrhoea are given 10 mg of zinc a day. " * 4, name="old.txt")
    new = add(catalog, "Children with diarrhoea are given 20 mg of zinc a day. " * 4, name="new.txt")
    planned = add(catalog, "Children with diarrhoea are given 30 mg of zinc a day. " * 4, name="planned.txt")
    catalog.describe(old.id, superseded_by=new.id)
    catalog.describe(planned.id, effective="2999-01-01")
    assert [document.name for document in in_force(catalog)] == ["new.txt"]
    assert {draft.document.name for draft in draft_questions(catalog, 5)} <= {"new.txt"}
    for amount, drafted in (("10 mg", 0), ("20 mg", 1), ("30 mg", 0)):
        reply = f"How much zinc is given?\nANSWER: {amount}"
        assert len(list(draft_with_model(catalog, Scripted(reply), 5, 8192))) == drafted
    catalog.close()


def test_drafts_are_added_once_and_not_too_many(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    golden = GoldenQuestions(catalog)
    add(catalog, "Children with diarrhoea are given 20 mg of zinc a day. " * 4)
    drafts = list(draft_with_model(catalog, Scripted("How much zinc?\nANSWER: 20 mg"), 5, 8192))
    several = [replace(drafts[0], question=f"{number}?") for number in range(5)]
    assert add_drafts(golden, several, most=3) == 3
    assert add_drafts(golden, several, most=3) == 2
    assert add_drafts(golden, several, most=3) == 0
    assert len(golden.all()) == 5
    assert list(draft_questions(catalog, 5)) == []
