from __future__ import annotations

import pytest

from rag.answering.context import SMALLEST_WINDOW
from rag.answering.parallel import persons_among
from rag.answering.rewrite import REWRITE_SECONDS, REWRITE_TOKENS, rewrite
from rag.core.errors import ModelError, ServerUnreachable, TimedOut, Truncated
from rag.core.text import content_terms, content_words
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
    ("ar", "والأطفال؟", "الباراسيتامول"),
    ("ar", "ولطفل عمره ٨ أشهر؟", "الباراسيتامول"),
    ("ar", "وصغار السن؟", "الباراسيتامول"),
    ("ur", "اور بچوں كے ليے؟", "پیراسیٹامول"),
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
    ("ar", "وصفة المريض الجديدة صالحة كم؟"),
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
    assert rewrite("How often?", turns, None).question == "paracetamol dose children How often?"


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
    assert rewritten == "paracetamol dose And for children under 5 kg?"


@pytest.mark.parametrize(
    "reply",
    [
        "What is the dose of paracetamol for a child of 8 kg?",
        "What is the dose of paracetamol for a child of 12 kg and 8 kg?",
        "What is the dose of paracetamol for a child of 12 kg every 4 hours?",
        "What is the dose of amoxicillin for a child of 12 kg?",
        "And for a child of 12 kg?",
    ],
)
def test_a_rewriting_that_asks_something_else_is_not_taken(reply: str) -> None:
    turns = [Turn("What is the dose of paracetamol for a child of 8 kg?", "100 mg.")]
    rewritten = rewrite("And for a child of 12 kg?", turns, ScriptedModel(reply)).question
    assert rewritten == "dose paracetamol And for a child of 12 kg?"


@pytest.mark.parametrize(
    "reply",
    [
        "What is the dose of paracetamol for a child of 12 kg?",
        "What is the recommended dose of paracetamol for a child weighing 12 kg?",
        "What is the paracetamol dose for a 12 kg child, and is it 100 mg?",
    ],
)
def test_a_rewriting_of_the_same_amounts_is_taken(reply: str) -> None:
    turns = [Turn("What is the dose of paracetamol for a child of 8 kg?", "100 mg.")]
    assert rewrite("And for a child of 12 kg?", turns, ScriptedModel(reply)).question == reply


@pytest.mark.parametrize(
    ("error", "dead"),
    [(ServerUnreachable("Nothing answers."), True), (TimedOut("No word."), True), (Truncated("Broke off."), False)],
)
def test_a_model_that_fails_is_replaced_by_the_rule(error: ModelError, dead: bool) -> None:
    model = ScriptedModel("What is the", error=error)
    assert rewrite("Why?", history("en"), model) == ("paracetamol dose adults Why?", error if dead else None, "")


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


REPLACED = [
    # A person, an age or a weight stands for the ones before, whatever form those had.
    ("What dose of adrenaline for a child of 4 years?", "And for an adult?", "adrenaline", "child 4 years"),
    ("What dose of adrenaline for a 4-year-old child?", "What about a newborn?", "adrenaline", "4 year old child"),
    ("What dose of paracetamol for a child of 12 kg?", "And for a baby of 1 month?", "paracetamol", "child 12 kg"),
    ("What dose of paracetamol for a child of 12 kg?", "And for 20 kg?", "paracetamol", "child 12"),
    ("How much ORS for a child of two years?", "And for one of ten?", "ORS", "child two years"),
    ("What dose of adrenaline for a child of 4 years?", "And how much for an adult?", "adrenaline", "child 4 years"),
    ("Quelle dose de paracétamol pour un enfant de 3 ans ?", "Et pour un adulte ?", "paracétamol", "enfant 3 ans"),
    ("¿Qué dosis de hierro para un niño de 4 años?", "¿Y para una embarazada?", "hierro", "niño 4 años"),
    ("Que dose de ferro para uma criança de 4 anos?", "E para adultos?", "ferro", "criança 4 anos"),
    ("Welche Dosis Eisen für ein Kind von 4 Jahren?", "Und für Erwachsene?", "Eisen", "Kind 4 Jahren"),
    ("Kiasi gani cha ORS kwa mtoto wa miaka 5?", "Na kwa mtu mzima?", "ORS", "mtoto miaka 5"),
    ("ما جرعة الباراسيتامول لطفل عمره 4 سنوات؟", "وللبالغين؟", "الباراسيتامول", "لطفل عمره 4 سنوات"),
    ("4 سال کے بچے کے لیے پیراسیٹامول کی خوراک کیا ہے؟", "اور بالغوں کے لیے؟", "پیراسیٹامول", "4 سال بچے"),
    ("4 साल के बच्चे के लिए पैरासिटामोल की खुराक क्या है?", "और वयस्कों के लिए?", "पैरासिटामोल", "4 साल बच्चे"),
    ("Какая доза парацетамола для ребенка 4 лет?", "А для взрослых?", "парацетамола", "ребенка 4 лет"),
    ("4 yaşında bir çocuk için parasetamol dozu nedir?", "Peki yetişkinler için?", "parasetamol", "4 yaşında çocuk"),
    ("Liều paracetamol cho trẻ em 4 tuổi là bao nhiêu?", "Còn người lớn?", "paracetamol", "trẻ 4 tuổi"),
    ("4岁儿童的扑热息痛剂量是多少？", "那成人呢？", "扑热息痛", "4岁儿童"),
    ("ขนาดยาพาราเซตามอลสำหรับเด็กอายุ 4 ปีคือเท่าไร", "แล้วผู้ใหญ่ล่ะ", "พาราเซตามอล", "เด็ก 4 ปี"),
    # What hangs on the same preposition.
    ("Diazepam for a child of 3 years into the rectum?", "And into a vein?", "Diazepam child 3 years", "rectum"),
    ("When are stitches on the face taken out?", "And on the legs?", "stitches taken", "face"),
    ("How much is the allowance for meals in the capital?", "And for the night?", "allowance capital", "meals"),
    ("Quel produit pour les bureaux ?", "Et pour les couloirs ?", "produit", "bureaux"),
    ("¿Cuál es la humedad máxima del maíz?", "¿Y del cacao?", "humedad", "maíz"),
    ("ما مواعيد الزيارة في قسم الأطفال؟", "وفي العناية المركزة؟", "مواعيد الزيارة", "الأطفال"),
    ("بیٹری پر کتنے مہینے کی وارنٹی ہے؟", "اور پینل پر؟", "وارنٹی", "بیٹری"),
    ("बैटरी पर कितने महीने की वारंटी है?", "और पैनल पर?", "वारंटी", "बैटरी"),
    # One of a row of like words: a name, an ordinal, a day of the week.
    ("What is the distance to Amani District Hospital?", "And Upendo?", "distance", "Amani"),
    ("How much does the Nuru Mini cost?", "And the Nuru Pro?", "cost", "Mini"),
    ("When is the clinic open on Monday?", "And Sunday?", "clinic open", "Monday"),
    ("What is done at the second visit?", "And in the third?", "visit", "second"),
    ("دوسری ملاقات میں کیا دیکھنا ہے؟", "اور تیسری میں؟", "ملاقات", "دوسری"),
    ("दूसरी मुलाकात में क्या होता है?", "और तीसरी में?", "मुलाकात", "दूसरी"),
]


@pytest.mark.parametrize(("before", "question", "kept", "gone"), REPLACED)
def test_what_the_follow_up_replaces_is_not_carried(before: str, question: str, kept: str, gone: str) -> None:
    rewritten = rewrite(question, [Turn(before, "An answer.")], None).question
    assert rewritten.endswith(question)
    carried = rewritten.removesuffix(question)
    assert all(word in carried for word in kept.split())
    assert not any(word in carried for word in gone.split())


@pytest.mark.parametrize(
    ("before", "question", "searched"),
    [
        (
            "What dose of paracetamol for a child of 12 kg?",
            "And amoxicillin?",
            "dose paracetamol child 12 kg And amoxicillin?",
        ),
        ("What dose of paracetamol for a child of 12 kg?", "How often?", "dose paracetamol child 12 kg How often?"),
        ("How far is it from Tumaini to Amani?", "And Upendo?", "far Tumaini Amani And Upendo?"),
        ("Which cups of 5 ml in a pack of 12?", "And for adults?", "cups 5 ml pack And for adults?"),
        ("Which dose for a child of 3 years?", "Is it safe in fever?", "dose child 3 years Is it safe in fever?"),
    ],
)
def test_what_is_not_told_to_be_replaced_stays_whole(before: str, question: str, searched: str) -> None:
    assert rewrite(question, [Turn(before, "An answer.")], None).question == searched


@pytest.mark.parametrize(
    ("before", "question", "searched"),
    [
        ("What dose for a child of 4 years?", "And for a child of 13?", "dose 13 years And for a child of 13?"),
        ("What dose for a child of 12 kg?", "And for 20?", "dose 20 kg And for 20?"),
        # It may be three years old.
        ("What dose for a child of 12 kg?", "And for a child of 3?", "dose And for a child of 3?"),
        ("What dose for a child of 4 years and 15 kg?", "And for 20?", "dose And for 20?"),
        ("Kiasi gani kwa mtoto wa miaka 5?", "Na wa 12?", "miaka 12 Na wa 12?"),
    ],
)
def test_a_bare_number_takes_the_unit_where_only_one_can_be_meant(before: str, question: str, searched: str) -> None:
    assert rewrite(question, [Turn(before, "An answer.")], None).question == searched


def test_an_arabic_word_is_searched_without_the_and_that_is_written_on_to_it() -> None:
    rewritten = rewrite("والمختبر؟", [Turn("متى تفتح الصيدلية؟", "في الصباح.")], None)
    assert rewritten.question == "تفتح الصيدلية المختبر والمختبر؟"
    assert content_words(rewritten.named, "ar") == content_words("المختبر", "ar")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("adults", "en"), ("pregnant women", "en"), ("enfants", "fr"), ("embarazadas", "es"), ("watu wazima", "sw"),
        ("للبالغين", "ar"), ("بالغوں", "ur"), ("वयस्कों", "hi"), ("người lớn", "vi"), ("成人", "zh"),
    ],
)  # fmt: skip
def test_words_for_persons_are_known_as_index_terms(text: str, language: str) -> None:
    terms = content_terms(text, language)
    assert persons_among([*terms, "laboratory"], language) == set(terms)


def test_of_a_chain_the_last_person_counts() -> None:
    turns = [Turn("What dose of iron for a child of 4 years?", "30 mg."), Turn("And for 20 kg?", "45 mg.")]
    assert rewrite("And for adults?", turns, None).question == "dose iron And for adults?"


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("And the laboratory?", "laboratory"),
        ("And for an adult?", "adult"),
        ("And for a child of 9 years?", ""),
        ("And for 20 kg?", ""),
        ("How often?", ""),
        ("And how long is the warranty?", ""),
        ("And is it open?", ""),
    ],
)
def test_an_ellipsis_says_what_it_names(question: str, named: str) -> None:
    assert content_words(rewrite(question, history("en"), None).named, "en") == named.split()
