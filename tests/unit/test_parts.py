"""Questions that ask several things, in each language; phrases and codes that a question names exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.text import detect_language
from rag.retrieval.exact import codes, quoted
from rag.retrieval.fusion import Ranked, in_turn
from rag.retrieval.parts import parts, parts_to_answer

TWO = [
    ("en", "How long is the vial kept and who signs the register?", "who signs the register?"),
    ("en", "How long is the vial kept, and who signs the register?", "who signs the register?"),
    ("en", "How long is the vial kept? Who signs the register?", "Who signs the register?"),
    ("fr", "Combien de temps garde-t-on le flacon et qui signe le registre ?", "qui signe le registre ?"),
    ("es", "¿Cuánto tiempo se guarda el frasco y quién firma el registro?", "quién firma el registro?"),
    ("de", "Wie lange hält die Flasche und wer unterschreibt das Register?", "wer unterschreibt das Register?"),
    ("ro", "Cât timp se păstrează flaconul și cine semnează registrul?", "cine semnează registrul?"),
    ("sw", "Chupa huhifadhiwa kwa muda gani na nani anasaini daftari?", "nani anasaini daftari?"),
    ("tr", "Şişe ne kadar süre saklanır ve kayıt defterini kim imzalar?", "kayıt defterini kim imzalar?"),
    ("vi", "Lọ thuốc được giữ bao lâu và ai ký vào sổ đăng ký?", "ai ký vào sổ đăng ký?"),
    ("ru", "Сколько хранится флакон и кто подписывает журнал?", "кто подписывает журнал?"),
    ("el", "Πόσο καιρό φυλάσσεται το φιαλίδιο και ποιος υπογράφει το μητρώο;", "ποιος υπογράφει το μητρώο"),
    ("ar", "كم من الوقت تُحفظ القارورة ومن يوقع السجل؟", "ومن يوقع السجل؟"),
    ("ur", "شیشی کتنے دن رکھی جاتی ہے اور رجسٹر پر کون دستخط کرتا ہے؟", "رجسٹر پر کون دستخط کرتا ہے؟"),
    ("hi", "शीशी कितने दिन रखी जाती है और रजिस्टर पर कौन हस्ताक्षर करता है?", "रजिस्टर पर कौन हस्ताक्षर करता है?"),
    ("th", "ขวดยาเก็บไว้นานแค่ไหนและใครเป็นผู้ลงนามในทะเบียน", "ใครเป็นผู้ลงนามในทะเบียน"),
    ("zh", "药瓶保存多久以及谁在登记簿上签字？", "谁在登记簿上签字？"),
    ("zh", "药瓶保存多久，谁在登记簿上签字？", "谁在登记簿上签字？"),
]


@pytest.mark.parametrize(("language", "question", "second"), TWO)
def test_a_question_is_taken_apart_where_both_sides_ask(language: str, question: str, second: str) -> None:
    assert detect_language(question) == language
    found = parts(question, language)
    assert len(found) == 2
    assert question.startswith(found[0])
    assert found[1].endswith(second)


@pytest.mark.parametrize(
    "question",
    [
        "How long is the vial kept?",
        "Who signs and dates the register?",
        "How long and how often is the vial shaken?",
        "What is the dose for mothers and children?",
        "Is the clinic open on Saturday and Sunday?",
        "What does it cost and why?",
        "Which player got the penalty, which gave the team a new set?",
        "vaccine fridge and thermometer",
        "",
    ],
)
def test_a_question_that_asks_one_thing_stays_whole(question: str) -> None:
    assert parts(question, "en") == []


def test_a_list_of_many_questions_is_searched_as_a_whole() -> None:
    assert parts("Who opens the main door? " * 5, "en") == []


GOING_ON = [
    ("en", "How much does the SL-10 cost and how long is its warranty?", "how long is its warranty?"),
    ("en", "When does the pharmacy open and when does it close?", "when does it close?"),
    ("fr", "Combien coûte la lampe et combien dure sa garantie ?", "combien dure sa garantie ?"),
    ("es", "¿Cuánto cuesta la lámpara y cuánto dura la garantía?", "cuánto dura la garantía?"),
    ("pt", "Quanto custa a lâmpada e quanto tempo dura a garantia?", "quanto tempo dura a garantia?"),
    ("it", "Quanto costa la lampada e quanto dura la garanzia?", "quanto dura la garanzia?"),
    ("nl", "Hoeveel kost de lamp en hoe lang is de garantie?", "hoe lang is de garantie?"),
    ("de", "Was kostet die Lampe und wie lange ist die Garantie?", "wie lange ist die Garantie?"),
    ("ro", "Cât costă lampa și cât durează garanția?", "cât durează garanția?"),
    ("sw", "Taa ya Nuru inagharimu kiasi gani na dhamana yake ni ya muda gani?", "dhamana yake ni ya muda gani?"),
    ("tr", "Lambanın fiyatı ne kadar ve garantisi kaç yıl?", "garantisi kaç yıl?"),
    ("vi", "Đèn giá bao nhiêu và bảo hành bao lâu?", "bảo hành bao lâu?"),
    ("ru", "Сколько стоит лампа и какая у неё гарантия?", "какая у неё гарантия?"),
    ("el", "Πόσο κοστίζει η λάμπα και πόσο διαρκεί η εγγύηση;", "πόσο διαρκεί η εγγύηση"),
    ("ar", "كم ثمن المصباح وكم مدة الضمان؟", "كم مدة الضمان؟"),
    ("ur", "لیمپ کی قیمت کیا ہے اور اس کی وارنٹی کتنے عرصے کی ہے؟", "اس کی وارنٹی کتنے عرصے کی ہے؟"),
    ("hi", "लैंप की कीमत क्या है और इसकी वारंटी कितने समय की है?", "इसकी वारंटी कितने समय की है?"),
    ("th", "โคมไฟราคาเท่าไรและรับประกันนานแค่ไหน", "รับประกันนานแค่ไหน"),
    ("zh", "这盏灯多少钱，保修期多久？", "保修期多久？"),
]


@pytest.mark.parametrize(("language", "question", "second"), GOING_ON)
def test_a_part_to_answer_may_go_on_from_the_one_before_it(language: str, question: str, second: str) -> None:
    first, found = parts_to_answer(question, language)
    assert question.startswith(first)
    assert found == second


@pytest.mark.parametrize(
    "question",
    [
        "How long is the vial kept?",
        "How long and how often is the vial shaken?",
        "Which tablets and which syrup are for children?",
        "What happens when the vial is open and when it is warm?",
        "What is given to children who vomit and who have fever?",
        "What does it cost and why?",
        "",
    ],
)
def test_what_shares_its_words_with_the_rest_is_answered_as_a_whole(question: str) -> None:
    assert parts_to_answer(question, "en") == []


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ('What does "cold chain" mean?', ["cold chain"]),
        ("What do “cold chain” and “open vial” mean?", ["cold chain", "open vial"]),
        ("Que veut dire « chaîne du froid » ?", [" chaîne du froid "]),
        ("Was heißt „offene Flasche“?", ["offene Flasche"]),
        ("「冷链」是什么？", ["冷链"]),
        ("What is the nurses' and the doctors' rule?", []),
        ('A screen of 15" and one of 17" wide?', [" and one of 17"]),
        ('What is "?!"', []),
    ],
)
def test_phrases_in_quotation_marks(question: str, phrases: list[str]) -> None:
    assert quoted(question) == phrases


def test_codes_mix_letters_and_digits_or_are_dates() -> None:
    assert codes("Which bulb fits lamp SL-200, form B12 of 01/03/2025, sl-200?") == ["sl-200", "b12", "01/03/2025"]
    assert codes("A child of 8 kg, 0.5 ml, 2-8 degrees, 1,000 shillings, at 8:30 in 2023") == []


ranking = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8).map(
    lambda ids: [Ranked(key, 1.0 - place / 10, 0.5 - place / 20, 3.0 - place / 4) for place, key in enumerate(ids)]
)


@given(st.lists(ranking, min_size=1, max_size=4))
def test_rankings_in_turn_lose_nothing_and_fall(rankings: list[list[Ranked]]) -> None:
    merged = in_turn(rankings)
    ids = [one.chunk_id for one in merged]
    assert sorted(ids) == sorted({one.chunk_id for found in rankings for one in found})
    assert [one.score for one in merged] == sorted((one.score for one in merged), reverse=True)
    # The best of each stand among the first, as many as there are rankings.
    assert {found[0].chunk_id for found in rankings if found} <= set(ids[: len(rankings)])
