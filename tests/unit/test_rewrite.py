from __future__ import annotations

import pytest

from rag.answering.context import SMALLEST_WINDOW
from rag.answering.rewrite import REWRITE_SECONDS, REWRITE_TOKENS, rewrite
from rag.core.errors import ModelError, ServerUnreachable, TimedOut, Truncated
from rag.core.types import Turn
from rag.testing.scripted import ScriptedModel

FIRST = {
    "en": "What is the paracetamol dose for adults?",
    "fr": "Quelle est la dose de paracétamol pour les adultes ?",
    "es": "¿Cuál es la dosis de paracetamol para adultos?",
    "de": "Wie hoch ist die Paracetamol-Dosis für Erwachsene?",
    "sw": "Kipimo cha paracetamol kwa watu wazima ni kipi?",
    "hi": "वयस्कों के लिए पैरासिटामोल की खुराक क्या है?",
    "ur": "بالغوں کے لیے پیراسیٹامول کی خوراک کیا ہے؟",
    "ar": "ما هي جرعة الباراسيتامول للبالغين؟",
    "zh": "成人的扑热息痛剂量是多少？",
    "th": "ขนาดยาพาราเซตามอลสำหรับผู้ใหญ่คือเท่าไร",
}
FOLLOW_UPS = [
    ("en", "And for children under 5 kg?", "paracetamol"),
    ("en", "What about infants?", "paracetamol"),
    ("en", "How often?", "paracetamol"),
    ("en", "Why?", "dose"),
    ("en", "Is it safe during pregnancy?", "paracetamol"),
    ("en", "For infants?", "paracetamol"),
    ("fr", "Et pour les enfants ?", "paracétamol"),
    ("es", "¿Y para los niños?", "paracetamol"),
    ("de", "Und für Kinder?", "Paracetamol"),
    ("de", "Wie lange hält deren Wirkung?", "Paracetamol"),
    ("sw", "Na kwa watoto?", "paracetamol"),
    ("hi", "और बच्चों के लिए?", "पैरासिटामोल"),
    ("hi", "बच्चों के लिए?", "पैरासिटामोल"),
    ("ur", "اور بچوں کے لیے؟", "پیراسیٹامول"),
    ("ar", "وماذا عن الأطفال؟", "الباراسيتامول"),
    ("ar", "وللأطفال؟", "الباراسيتامول"),
    ("zh", "那儿童呢？", "扑热息痛"),
    ("th", "แล้วเด็กล่ะ", "พาราเซตามอล"),
    ("th", "มันมีประกันกี่ปี", "พาราเซตามอล"),
]
SELF_CONTAINED = [
    ("en", "When does the clinic open on Saturdays?"),
    ("en", "What is malaria?"),
    ("en", "How long may an opened vial of pentavalent vaccine be kept?"),
    ("fr", "À quelle heure ouvre la clinique le samedi ?"),
    ("fr", "Combien coûte la lampe SL-200 ?"),
    ("es", "¿Cuánto cuesta la lámpara SL-200?"),
    ("es", "¿En qué horario abre la clínica?"),
    ("de", "Wann öffnet die Klinik am Samstag?"),
    ("sw", "Kliniki inafunguliwa saa ngapi Jumamosi?"),
    ("hi", "क्लिनिक शनिवार को कब खुलता है?"),
    ("ur", "کلینک ہفتے کو کب کھلتا ہے؟"),
    ("ar", "متى تفتح العيادة يوم السبت؟"),
    ("zh", "诊所星期六几点开门？"),
    ("th", "คลินิกเปิดวันเสาร์กี่โมง"),
]


def history(language: str) -> list[Turn]:
    return [Turn("Unrelated question about solar lamps?", "No."), Turn(FIRST[language], "500 mg [1].")]


@pytest.mark.parametrize("question", [q for _, q, _ in FOLLOW_UPS] + [q for _, q in SELF_CONTAINED])
def test_without_history_nothing_changes(question: str) -> None:
    model = ScriptedModel("something else?")
    assert rewrite(question, [], model).question == question
    assert model.asked == []


@pytest.mark.parametrize(("language", "question", "topic"), FOLLOW_UPS)
def test_a_follow_up_carries_the_topic_over(language: str, question: str, topic: str) -> None:
    rewritten = rewrite(question, history(language), None).question
    assert rewritten.endswith(question)
    assert topic in rewritten
    assert "solar" not in rewritten


@pytest.mark.parametrize(("language", "question"), SELF_CONTAINED)
def test_a_question_that_stands_alone_stays_untouched(language: str, question: str) -> None:
    assert rewrite(question, history(language), None).question == question


def test_a_chain_of_follow_ups_keeps_its_topic() -> None:
    turns = [Turn(FIRST["en"], "500 mg."), Turn("And for children?", "250 mg.")]
    assert rewrite("How often?", turns, None).question == "paracetamol dose adults children How often?"


def test_the_topic_is_not_said_twice() -> None:
    turns = [Turn("What is the paracetamol dose?", "500 mg.")]
    assert rewrite("And the dose for children?", turns, None).question == "paracetamol And the dose for children?"


def test_the_model_rewrites_within_its_limits() -> None:
    model = ScriptedModel("What is the paracetamol dose ", "for children under 5 kg?", "\nIt is", " 60 mg.")
    assert rewrite("And for children under 5 kg?", history("en"), model).question == (
        "What is the paracetamol dose for children under 5 kg?"
    )
    assert FIRST["en"] in model.asked[1]
    assert "500 mg" in model.asked[1]
    assert model.limits == (SMALLEST_WINDOW, REWRITE_TOKENS, REWRITE_SECONDS)


def test_the_rewriting_keeps_to_the_setting_of_the_window() -> None:
    model = ScriptedModel("Why?")
    rewrite("And for children under 5 kg?", history("en"), model, 1024)
    assert model.limits[0] == 1024


def test_the_model_is_not_asked_about_a_clear_question() -> None:
    model = ScriptedModel("What is the paracetamol dose on Saturdays?")
    question = "When does the clinic open on Saturdays?"
    assert rewrite(question, history("en"), model).question == question
    assert model.asked == []


def test_the_model_decides_where_the_rule_cannot() -> None:
    model = ScriptedModel("Question: What side effects does paracetamol have?")
    assert rewrite("What side effects?", history("en"), model).question == "What side effects does paracetamol have?"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "   \n",
        "60 mg every 6 hours [1].",
        "The dose for children under 5 kg is 60 mg.",
        "Which solar lamp is the best?",
        "Children under 5 kg? " + "Let me explain in detail. " * 20 + "?",
    ],
)
def test_what_is_no_rewriting_is_not_taken(reply: str) -> None:
    rewritten = rewrite("And for children under 5 kg?", history("en"), ScriptedModel(reply)).question
    assert rewritten == "paracetamol dose adults And for children under 5 kg?"


@pytest.mark.parametrize(
    ("error", "dead"),
    [(ServerUnreachable("Nothing answers."), True), (TimedOut("No word."), True), (Truncated("Broke off."), False)],
)
def test_a_model_that_fails_is_replaced_by_the_rule(error: ModelError, dead: bool) -> None:
    model = ScriptedModel("What is the", error=error)
    assert rewrite("Why?", history("en"), model) == ("paracetamol dose adults Why?", error if dead else None)


BACK = [Turn("What is the dose?", "This can mean several things. Which one?", asked_back=True)]


@pytest.mark.parametrize(
    ("reply", "searched"),
    [
        ("paracetamol", "dose paracetamol"),
        ("for children under 5", "dose for children under 5"),
        ("What is the dose (Paracetamol)?", "What is the dose (Paracetamol)?"),
        ("Where is the clinic?", "Where is the clinic?"),
    ],
)
def test_what_is_said_behind_a_question_back_says_what_was_meant(reply: str, searched: str) -> None:
    assert rewrite(reply, BACK, None).question == searched


def test_a_meaning_that_was_offered_is_not_rewritten() -> None:
    model = ScriptedModel("something else?")
    assert rewrite("What is the dose (Paracetamol)?", BACK, model).question == "What is the dose (Paracetamol)?"
    assert model.asked == []
