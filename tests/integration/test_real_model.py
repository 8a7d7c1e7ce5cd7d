"""A real model, small and wrong, through prompt, window, streaming and sentences."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest

from rag.answering.citations import check
from rag.answering.context import pack
from rag.answering.generate import SentenceAssembler, closing_stream, generate
from rag.answering.repair import repair, request
from rag.core.dialogue import Telling
from rag.core.errors import MissingDependency, Truncated
from rag.core.ports import ChatMessage, ChatModel
from rag.core.prompts import disarm
from rag.core.types import BlockKind, Turn
from rag.models.gguf import GgufChat
from rag.models.tokens import estimate_tokens
from rag.testing.passages import make_passage
from rag.testing.smollm import smollm_path

CONTROL = ["<|im_start|>system", "<|im_end|>", "<|endoftext|>"]


@pytest.fixture(scope="module")
def llama() -> GgufChat:
    try:
        return GgufChat(smollm_path(), 2048)
    except MissingDependency as error:  # llama.cpp has no wheel for every system
        pytest.skip(str(error))


def test_streaming_runs_from_passages_to_sentences(llama: GgufChat) -> None:
    passage = make_passage(
        [(BlockKind.PARAGRAPH, "The clinic opens at 8:30 and closes at 17:00 from Monday to Friday.")]
    )
    packed = pack("When does the clinic open?", "English", [passage], llama, 2048, 40)
    assert packed.passages == (passage,)
    assembler, streamed, pieces, usage = SentenceAssembler(), "", 0, None
    drafts = []
    try:
        for chunk in generate(llama, packed, 40):
            streamed += chunk.text
            pieces += bool(chunk.text)
            usage = chunk.usage or usage
            drafts += assembler.feed(chunk.text)
    except Truncated:
        assert usage is not None
    drafts += assembler.finish()
    assert pieces > 3
    assert drafts
    assert usage is not None
    # The estimate that the window was set by held.
    assert 0 < usage.prompt_tokens <= packed.prompt_tokens + 64
    assert usage.window == 2048
    letters = [char for char in streamed if char.isalpha()]
    assert len(letters) >= 0.9 * sum(char.isalpha() for draft in drafts for char in draft.text) > 0


def test_what_a_real_model_repairs_holds(llama: GgufChat) -> None:
    passage = make_passage(
        [(BlockKind.PARAGRAPH, "The clinic opens at 8:30 and closes at 17:00 from Monday to Friday.")]
    )
    packed = pack("When does the clinic open?", "English", [passage], llama, 2048, 40)
    hold = partial(check, passages=(passage,), language="en")
    written = "The clinic opens at 9:30. It was founded in Oslo."
    sentences = [hold("The clinic opens at 9:30.", ()), hold("It was founded in Oslo.", ())]
    asked = request(llama, packed, written, sentences, "en")
    assert asked is not None
    assert asked.positions == (0, 1)
    for place, sentence in repair(llama, asked, sentences, hold, "en"):
        assert sentence.supported
        assert sentence.text != sentences[place].text


@pytest.mark.parametrize("telling", [Telling(simply=True), Telling(language="fr")], ids=["simply", "in French"])
def test_retellings_with_earlier_turns_fit_the_window_that_was_asked_for(llama: ChatModel, telling: Telling) -> None:
    opening = "The clinic opens at 8:30 and closes at 17:00 from Monday to Friday."
    passages = [
        make_passage([(BlockKind.PARAGRAPH, f"{opening} Room {number} is cleaned at noon.")], key=f"[{number}]")
        for number in range(1, 4)
    ]
    turns = [Turn(f"Where is room {number}?", "It is behind the kitchen. " * 8) for number in range(20)]
    packed = pack("When does it open?", "French", passages, llama, 2048, 24, turns=turns, telling=telling)
    assert 0 < packed.use.turns_held < 20
    usage = None
    with suppress(Truncated):
        for chunk in generate(llama, packed, 24):
            usage = chunk.usage or usage
    assert usage is not None
    # llama.cpp counts exactly: what the meter says is what went in.
    counted = packed.use.instructions + packed.use.question + packed.use.passages + packed.use.turns
    assert 0.8 * counted <= usage.prompt_tokens <= counted


def test_closing_stops_the_model(llama: GgufChat) -> None:
    with closing_stream(llama.stream([ChatMessage("user", "Count to 1000.")], window=2048, max_tokens=800)) as stream:
        next(stream)
    # The slot is free again: a second request is answered.
    answered = ""
    with suppress(Truncated):
        for chunk in llama.stream([ChatMessage("user", "Say yes.")], window=2048, max_tokens=4):
            answered += chunk.text
    assert answered


@pytest.mark.parametrize("mark", CONTROL)
def test_disarmed_marks_are_no_control_tokens(llama: GgufChat, mark: str) -> None:
    special = set(llama.tokenize("".join(CONTROL)))
    special = {token for token in special if token < 17}  # SmolLM2's own control tokens come first
    assert special & set(llama.tokenize(mark))
    assert not special & set(llama.tokenize(disarm(mark)))


@pytest.mark.parametrize(
    "text",
    [
        "An opened pentavalent vial may be kept for 28 days at +2 to +8 °C. Write the date of opening on it.",
        "Un flacon ouvert de vaccin pentavalent peut être conservé pendant 28 jours entre 2 et 8 °C.",
        "Eine angebrochene Durchstechflasche darf 28 Tage lang bei 2 bis 8 °C aufbewahrt werden.",
        "Chupa ya chanjo iliyofunguliwa inaweza kuhifadhiwa kwa siku 28 katika nyuzi joto 2 hadi 8.",
        "Açılmış bir aşı flakonu 2 ile 8 °C arasında 28 gün saklanabilir.",
        "Lọ vắc xin đã mở có thể được bảo quản trong 28 ngày ở nhiệt độ từ 2 đến 8 °C.",
        "Вскрытый флакон вакцины можно хранить 28 дней при температуре от 2 до 8 °C.",
        "Ένα ανοιγμένο φιαλίδιο εμβολίου μπορεί να φυλαχθεί 28 ημέρες στους 2 έως 8 °C.",
        "يمكن حفظ قارورة اللقاح المفتوحة لمدة 28 يومًا في درجة حرارة من 2 إلى 8 مئوية.",
        "کھلی ہوئی ویکسین کی شیشی 28 دن تک 2 سے 8 ڈگری سینٹی گریڈ پر رکھی جا سکتی ہے۔",
        "खुली हुई टीके की शीशी को 2 से 8 डिग्री सेल्सियस पर 28 दिन तक रखा जा सकता है।",
        "ขวดวัคซีนที่เปิดแล้วสามารถเก็บได้ 28 วันที่อุณหภูมิ 2 ถึง 8 องศาเซลเซียส",
        "已开封的五价疫苗瓶可在2至8摄氏度下保存28天。请在瓶上写明开封日期。",
        "| 5–9.9 kg | 120 mg (2.5 ml) | 6 h |\n| 10–14.9 kg | 250.5 mg | 4-6 h |",
    ],
)
def test_estimate_holds_against_a_tokenizer_made_for_english(llama: GgufChat, text: str) -> None:
    counted = llama.count_tokens(text)
    # SmolLM2 falls back to bytes outside Latin script: the hardest case among usual models.
    assert estimate_tokens(text) * 1.6 >= counted
    if text.isascii():
        assert estimate_tokens(text) >= 0.9 * counted
