from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.answering.context import Packed
from rag.answering.generate import LONGEST, SENTINEL, Draft, SentenceAssembler, generate
from rag.core.dialogue import WindowUse
from rag.core.ports import ChatChunk, ChatMessage
from rag.core.turns import Turns
from rag.core.types import Usage

USE = WindowUse(window=4096, instructions=8, question=2, passages=0, turns=0, room=512)
PACKED = Packed((ChatMessage("user", "?"),), (), 4096, 10, (), USE)
TEXTS = [
    "An opened vial may be kept for 28 days [1][2]. Write the date on it. [1]\n\nDiscard it after 3.5 weeks [3].",
    "[1] Keep it cold. [2] Write the date of opening on it, as Dr. Okoye says. [3] Discard.",
    "Am 3. September beginnt es.[1] Danach nicht mehr【2】. Ende (3).",
    "已开封的疫苗可保存28天。[1]请写明开封日期【2】。",
    "یہ 28 دن تک رکھی جا سکتی ہے۔ [1] تاریخ لکھیں۔ [2]",
    "- 5 kg: 120 mg [1, 2]\n- 10 kg: 250 mg [3-5]\n- see [Passage 2]",
    "No end and [open",
    "Yes. Keep it cold (passage 1). No [2]. Never freeze it (see [1], [3]). Yes",
]


class ScriptedModel:
    """Streams given pieces and notes when it is closed."""

    name = "scripted"
    turns = Turns(1)
    closed = False

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = pieces
        self.read = 0

    def window(self) -> int:
        return 4096

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(self, messages: Sequence[ChatMessage], *, window: int, max_tokens: int) -> Iterator[ChatChunk]:
        try:
            for piece in self._pieces:
                self.read += 1
                yield ChatChunk(piece)
            yield ChatChunk("", Usage(len(messages), min(len(self._pieces), max_tokens), window))
        finally:
            self.closed = True


def cut(text: str, sizes: list[int]) -> list[str]:
    pieces, position = [], 0
    for size in sizes:
        pieces.append(text[position : position + size])
        position += size
    return [piece for piece in [*pieces, text[position:]] if piece]


def assemble(pieces: Sequence[str]) -> list[Draft]:
    assembler = SentenceAssembler()
    drafts = [draft for piece in pieces for draft in assembler.feed(piece)]
    return [*drafts, *assembler.finish()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kept for 28 days [1][2]. Write it.", [("Kept for 28 days.", "12"), ("Write it.", "")]),
        ("Kept for 28 days. [1] Write it. [2]", [("Kept for 28 days.", "1"), ("Write it.", "2")]),
        ("Kept for 28 days.[1] Write it.[2]", [("Kept for 28 days.", "1"), ("Write it.", "2")]),
        ("Kept for 28 days【1】. Write it 【2†source】.", [("Kept for 28 days.", "1"), ("Write it.", "2")]),
        ("Kept for 28 days [1, 2]. Write it [2-4].", [("Kept for 28 days.", "12"), ("Write it.", "234")]),
        ("Kept for 28 days (1). Write it (2).", [("Kept for 28 days.", "1"), ("Write it.", "2")]),
        ("Wash (1) hands, (2) tools.", [("Wash (1) hands, (2) tools.", "")]),
        ("500 mg [1], then 250 mg [2].", [("500 mg, then 250 mg.", "12")]),
        ("See [Passage 3]. Also [^4].", [("See.", "3"), ("Also.", "4")]),
        ("[1] Keep cold. [2] Write it.", [("Keep cold.", "1"), ("Write it.", "2")]),
        ("Give 0.5 ml [10 mg] at 8:30 a.m. daily [1].", [("Give 0.5 ml [10 mg] at 8:30 a.m. daily.", "1")]),
        ("可保存28天。[1]请写明日期。[2]", [("可保存28天。", "1"), ("请写明日期。", "2")]),
        ("First line\n\n[1]\n\nSecond line [2]", [("First line", "1"), ("Second line", "2")]),
        ("- 5 kg [1]\n- 10 kg [2]", [("- 5 kg", "1"), ("- 10 kg", "2")]),
        ("", []),
        (" [1] \n", []),
        ("Keep it cold (passage 1).", [("Keep it cold.", "1")]),
        ("Keep it cold (Source: [1]).", [("Keep it cold.", "1")]),
        ("Keep it cold (see [1], [3]).", [("Keep it cold.", "13")]),
        ("Keep it cold ([1][3]).", [("Keep it cold.", "13")]),
        ("Guarder au froid (extrait 2).", [("Guarder au froid.", "2")]),
        ("Keep it cold (12 hours).", [("Keep it cold (12 hours).", "")]),
        # An answer of one word belongs to what it answers.
        ("Yes. Keep it cold [1].", [("Yes. Keep it cold.", "1")]),
        ("No [2]. Never freeze it [1].", [("No. Never freeze it.", "21")]),
        ("Keep it cold [1]. Yes.", [("Keep it cold.", "1"), ("Yes.", "")]),
    ],
)
def test_sentences_and_their_citations(text: str, expected: list[tuple[str, str]]) -> None:
    assert assemble([text]) == [(words, tuple(f"[{digit}]" for digit in keys)) for words, keys in expected]


@given(
    st.sampled_from(TEXTS)
    | st.lists(st.sampled_from(["Ja. ", "[1]", " (2). ", "\n\n", "3.", "一。", "x y ", "【", "- "])).map("".join),
    st.lists(st.integers(min_value=1, max_value=9), max_size=60),
)
@example("a. b" + "c" * 20 + ". [1]", [1] * 40)
def test_however_it_is_cut_the_same_sentences_come_out(text: str, sizes: list[int]) -> None:
    assert assemble(cut(text, sizes)) == assemble([text]) == assemble(list(text))


@pytest.mark.parametrize(
    "part",
    ["Ja. [1]\n", "x y 【", "(see 2). Ja... ", "一。", "กข ", "- 3. a\n", "| 5 mg | 6 mg |\n", "word " * 30 + "end. "],
)
@pytest.mark.parametrize("size", [1000])
def test_however_a_long_one_is_cut_the_same_sentences_come_out(part: str, size: int) -> None:
    text = part * (9_000 // len(part))
    assert assemble(cut(text, [size] * (len(text) // size))) == assemble([text])


@pytest.mark.parametrize(
    "piece",
    ["\n", " ", ".", "? ", "!.", "a", "[1] ", "(see ", "I. ", "- a\n", "| 5 mg | 6 mg ", "กินยา", "每天", "yes "],
)
@pytest.mark.parametrize("size", [1000, 20_000])
def test_a_reply_without_an_end_costs_no_more_than_its_length(piece: str, size: int) -> None:
    text = piece * (20_000 // len(piece))
    began = time.process_time()
    drafts = assemble(cut(text, [size] * (len(text) // size)))
    assert time.process_time() - began < 30
    assert max((len(draft.text) for draft in drafts), default=0) <= LONGEST


@given(st.sampled_from(TEXTS), st.lists(st.integers(min_value=1, max_value=5), max_size=200))
@example("กข 123 คง" * 5, [1] * 60)
@example("A line\n- one and a half more to come", [1] * 60)
def test_no_piece_leaves_a_sentence_waiting(text: str, sizes: list[int]) -> None:
    assembler = SentenceAssembler()
    for piece in cut(text, sizes):
        assembler.feed(piece)
        assert list(assembler._complete(final=False)) == []


def test_a_sentence_comes_as_soon_as_its_end_is_certain() -> None:
    assembler = SentenceAssembler()
    assert assembler.feed("Kept for 28 days. [1] Write the") == []
    assert [draft.text for draft in assembler.feed(" date of opening")] == ["Kept for 28 days."]
    assert assembler.started
    assert not assembler.refused


@given(
    st.sampled_from([*TEXTS, "NOT so. It is", "No", "NOT_IN_DOC", "Not in the handbook"]),
    st.lists(st.integers(1, 7), max_size=60),
)
def test_the_streamed_pieces_joined_are_the_text(text: str, sizes: list[int]) -> None:
    chunks = list(generate(ScriptedModel(cut(text, sizes)), PACKED, 100))
    assert "".join(chunk.text for chunk in chunks) == text
    assert chunks[-1].usage is not None


@pytest.mark.parametrize(
    "reply",
    [SENTINEL, f" {SENTINEL}.", f"**{SENTINEL}**\n\nThe passages say nothing.", "not in documents", f"`{SENTINEL}`"],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_sentinel_is_a_refusal_and_never_shown(reply: str, size: int) -> None:
    model = ScriptedModel(cut(reply + " " * 50, [size] * 60))
    assembler = SentenceAssembler()
    chunks = list(generate(model, PACKED, 100))
    drafts = [draft for chunk in chunks for draft in assembler.feed(chunk.text)] + assembler.finish()
    assert "".join(chunk.text for chunk in chunks).strip() == ""
    assert drafts == []
    assert assembler.refused
    assert model.closed


def test_a_late_sentinel_ends_the_answer_before_it() -> None:
    model = ScriptedModel(["It says so. ", "NOT", "_IN_", "DOCUMENTS", " more", " and more"])
    assert "".join(chunk.text for chunk in generate(model, PACKED, 100)) == "It says so. "
    assert model.closed
    assert model.read < 6


def test_nothing_waits_that_cannot_become_the_sentinel() -> None:
    model = ScriptedModel(["The", " vial", " N", "ever", " mind"])
    shown = []
    for chunk in generate(model, PACKED, 100):
        shown.append((model.read, chunk.text))
    assert shown[:2] == [(1, "The"), (2, " vial")]
    assert (4, "Never") in shown


def test_closing_closes_the_models_stream() -> None:
    model = ScriptedModel(["a "] * 10)
    stream = generate(model, PACKED, 100)
    next(stream)
    del stream
    assert model.closed


def test_what_is_only_polite_is_no_sentence_of_the_answer() -> None:
    assembler = SentenceAssembler()
    drafts = [
        *assembler.feed("Sure! Keep it cold [1]. I hope this helps! Let me know if you have questions."),
        *assembler.finish(),
    ]
    assert drafts == [Draft("Keep it cold.", ("[1]",))]
    assembler = SentenceAssembler()
    assert [*assembler.feed("Of course!"), *assembler.finish()] == []
    assert assembler.refused
