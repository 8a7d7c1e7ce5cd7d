from __future__ import annotations

import pytest

from rag.answering.expectation import (
    Kind,
    expected,
    gives,
    is_of_dosing,
    wants_yes_or_no,
    without_asking,
    without_kinds,
)
from rag.answering.quantities import quantities

NUMBER, MONEY, TIME, CLOCK, DOSE = Kind.NUMBER, Kind.MONEY, Kind.TIME, Kind.CLOCK, Kind.DOSE


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        (NUMBER, "How many tablets does a child get?"),
        (NUMBER, "At what temperature are vaccines kept?"),
        (NUMBER, "What dose of zinc is given?"),
        (NUMBER, "Combien de jours faut-il attendre ?"),
        (NUMBER, "À quelle température conserve-t-on les vaccins ?"),
        (NUMBER, "¿Cuántos sacos caben en el almacén?"),
        (NUMBER, "Maji ya ORS hutumika kwa muda gani?"),
        (NUMBER, "Wie viele Tabletten bekommt ein Kind?"),
        (NUMBER, "Quante compresse prende un bambino?"),
        (NUMBER, "Câte tablete primește un copil?"),
        (NUMBER, "Kaç tablet verilir?"),
        (NUMBER, "Uống bao nhiêu viên?"),
        (NUMBER, "Сколько таблеток дают ребёнку?"),
        (NUMBER, "Πόσα χάπια παίρνει ένα παιδί;"),
        (NUMBER, "كم عدد الزوار المسموح بهم؟"),
        (NUMBER, "بچے کو کتنی گولیاں دی جاتی ہیں؟"),
        (NUMBER, "लैंप कितने घंटे चलता है?"),
        (NUMBER, "ต้องกินยาเท่าไร"),
        (NUMBER, "孩子每天吃多少片药？"),
        (MONEY, "What does the lamp cost?"),
        (MONEY, "Quel est le prix de la lampe ?"),
        (MONEY, "¿Cuánto cuestan las lámparas?"),
        (MONEY, "Bei ya taa ni gani?"),
        (MONEY, "Was kostet die Lampe?"),
        (MONEY, "ما هي رسوم الزيارة؟"),
        (MONEY, "لیمپ کی قیمت کیا ہے؟"),
        (MONEY, "लैंप की कीमत क्या है?"),
        (MONEY, "这盏灯多少钱？"),
        (TIME, "When does the clinic open?"),
        (TIME, "On which days are children vaccinated?"),
        (TIME, "Quand la pharmacie ouvre-t-elle ?"),
        (TIME, "¿Cuándo abre el almacén?"),
        (TIME, "Kliniki inafunguliwa lini?"),
        (TIME, "Wann öffnet die Klinik?"),
        (TIME, "متى تكون مواعيد الزيارة؟"),
        (TIME, "کلینک کب کھلتا ہے؟"),
        (TIME, "दुकान कब खुलती है?"),
        (TIME, "诊所什么时候开门？"),
        (CLOCK, "What time does the pharmacy close?"),
        (CLOCK, "¿A qué hora cierra el almacén?"),
        (CLOCK, "Kliniki inafunguliwa saa ngapi?"),
        (CLOCK, "کلینک کتنے بجے کھلتا ہے؟"),
        (DOSE, "What is the maximum dose of lidocaine?"),
        (DOSE, "Quelle dose de paracétamol pour un enfant ?"),
        (DOSE, "¿Qué dosis de zinc recibe un niño?"),
        (DOSE, "ما هي جرعة الزنك؟"),
        (DOSE, "पैरासिटामोल की खुराक क्या है?"),
        (DOSE, "كم جرعة الباراسيتامول لطفل"),
        (NUMBER, "8 ماہ کے بچے کو كتنا دينا ہے"),
        (NUMBER, "Quelle quantite de SRO pour un enfant"),
        (NUMBER, "والوصفة صالحة لكم؟"),
        (CLOCK, "الصيدليه بتفتح الساعه كم"),
        (MONEY, "بكم جهاز السكر؟"),
        (MONEY, "cuanto vale el filtro"),
    ],
)
def test_what_is_asked_for_is_told_in_many_languages(kind: Kind, question: str) -> None:
    assert kind in expected(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who signs the monthly report?",
        "Where is the cold box kept?",
        "Who gives the second dose?",
        "What happens after the second dose?",
        "What is done when the fridge is warm?",
        "Who showed the visitors around?",
        "Qui signe le rapport mensuel ?",
        "¿Quién firma el informe?",
        "Nani anatia sahihi ripoti?",
        "Wer unterschreibt den Bericht?",
        "من يوقع التقرير الشهري؟",
        "रिपोर्ट पर कौन हस्ताक्षर करता है?",
        "谁在报告上签字？",
    ],
)
def test_other_questions_ask_for_nothing_of_the_kind(question: str) -> None:
    assert expected(question) == frozenset()


@pytest.mark.parametrize(
    ("kind", "text", "around"),
    [
        (NUMBER, "Give 20 mg once a day.", ""),
        (NUMBER, "يعطى ٢٠ ملغ مرة واحدة.", ""),
        (NUMBER, "The vial is kept for three weeks.", ""),
        (MONEY, "The lamp is sold for 950 shillings.", ""),
        (MONEY, "Nuru Home | 1850", "Lamp | Price (shillings)"),
        (MONEY, "Vaccination is free.", ""),
        (MONEY, "यह सेवा मुफ्त है।", ""),
        (TIME, "The clinic opens at 8:30.", ""),
        (TIME, "Babies are vaccinated on Tuesday.", ""),
        (TIME, "Chaque mardi matin.", ""),
        (TIME, "Kila Jumanne asubuhi.", ""),
        (TIME, "يوم الثلاثاء صباحا", ""),
        (TIME, "منگل کی صبح", ""),
        (CLOCK, "The pharmacy closes at 4 p.m.", ""),
        (CLOCK, "A las 9 de la mañana.", ""),
        (CLOCK, "صبح 9 بجے", ""),
        (DOSE, "Give 20 mg once a day.", ""),
        (DOSE, "يعطى ٢٠ ملغ مرة واحدة.", ""),
        (DOSE, "Se toma una tableta de 20 mg cada día.", ""),
    ],
)
def test_a_text_that_gives_it(kind: Kind, text: str, around: str) -> None:
    assert gives(kind, text, around, text, frozenset())


@pytest.mark.parametrize(
    ("kind", "text", "around"),
    [
        (NUMBER, "The nurse decides on the dose.", ""),
        (NUMBER, "The nurse decides.", "Dose for 10 kg"),
        (MONEY, "The lamp has 480 lumens.", "Lamp | Light"),
        (TIME, "The nurse keeps the key.", ""),
        (TIME, "The nurse keeps the key.", "Opening on Tuesday"),
        (CLOCK, "El almacén se fumiga durante 72 horas.", ""),
        (DOSE, "Doxycycline 100 mg | 1000", ""),
    ],
)
def test_a_text_that_does_not_give_it(kind: Kind, text: str, around: str) -> None:
    assert not gives(kind, text, around, text, frozenset())


def test_an_amount_is_a_dose_only_where_something_is_given() -> None:
    stock = "Item | Unit | Minimum | Maximum\nDoxycycline 100 mg | capsule | 400 | 1000"
    doses = "Doses of paracetamol\nAge | Syrup\n2 to 11 months | 60 mg"
    assert not gives(DOSE, "Doxycycline 100 mg | capsule | 400 | 1000", "", stock, frozenset())
    assert gives(DOSE, "2 to 11 months | 60 mg", "", doses, frozenset())


def test_the_number_in_the_question_is_no_answer_to_it() -> None:
    asked = quantities("How much does a child of 12 kg get?")
    assert not gives(NUMBER, "A child of 12 kg gets what the nurse decides.", "", "", asked)
    assert gives(NUMBER, "A child of 12 kg gets 1 tablet.", "", "", asked)


def test_a_word_of_dosing_is_a_whole_word() -> None:
    assert all(map(is_of_dosing, ("given", "Given", "donné", "toma", "hupewa", "يعطى", "दिया")))
    assert not any(map(is_of_dosing, ("forgiven", "paracetamol", "شكل", "शहर")))


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("What is the dose of zinc?", "of zinc?"),
        ("How much does the lamp cost", "does the lamp"),
        ("Quelle est la dose de zinc ?", "de zinc ?"),
        ("Taa ya Nuru ni bei gani?", "Taa ya Nuru ni gani?"),
        ("नूर लैंप की कीमत क्या है?", "नूर लैंप की क्या है?"),
    ],
)
def test_without_what_it_asks_for_a_question_says_of_what_it_asks(question: str, left: str) -> None:
    assert " ".join(without_asking(question).split()) == left


def test_what_stands_between_the_words_that_ask_says_more_than_they() -> None:
    assert without_asking("What is the maximum dose of zinc?").split() == ["of", "zinc?"]
    assert without_kinds("What is the maximum dose of zinc?").split() == ["maximum", "of", "zinc?"]


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("en", "Can I burn them?", True),
        ("en", "What do I burn?", False),
        ("en", "burning of medicines", False),
        ("en", "How much does it cost?", False),
        ("fr", "Est-ce qu'on peut le donner", True),
        ("es", "¿Puedo quemarlas?", True),
        ("ar", "هل أدوية الملاريا مجانية", True),
        ("hi", "क्या आशा इंजेक्शन लगा सकती है", True),
        ("hi", "यह क्या है?", False),
        ("zh", "这是哪里？", False),
    ],
)
def test_a_question_for_a_yes_or_a_no(language: str, question: str, expected: bool) -> None:
    assert wants_yes_or_no(question, language) is expected
