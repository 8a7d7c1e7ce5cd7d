"""What a sentence may not change: dates, measures, names, negations, how many, how bindingly, and the condition."""

from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.core.checking import verdicts
from rag.core.text import LANGUAGES
from rag.core.types import BlockKind, Sentence, Support
from rag.testing.passages import make_document, make_passage, said_in

# (language, what the document says, a sentence that it supports, one that says something else or more)
ROWS = [
    # Dates, in whatever form.
    ("en", "The course begins on 12 May 2026.",
     "The course begins on 2026-05-12.", "The course begins on 2026-05-13."),
    ("en", "The course begins on 12 May 2026.",
     "It is on May 12 that the course begins.", "The course begins 12 June."),
    ("en", "The course begins on 12/05/2026.",
     "The course begins on 12 May 2026.", "The course begins on 12 May 2025."),
    ("en", "The course begins on 12 May.", "The course begins on 12 May.", "The course begins on 12 May 2026."),
    ("fr", "Le stage commence le 3 août 2026.",
     "Le stage commence le 03/08/2026.", "Le stage commence le 03/09/2026."),
    ("es", "El curso empieza el 3 de agosto de 2026.",
     "El curso empieza el 3/8/2026.", "El curso empieza el 3/8/2025."),
    ("sw", "Kozi inaanza tarehe 3 Agosti 2026.",
     "Kozi inaanza tarehe 3/8/2026.", "Kozi inaanza tarehe 4 Agosti 2026."),
    ("ar", "تبدأ الدورة في 3 أغسطس 2026.", "تبدأ الدورة في 2026-08-03.", "تبدأ الدورة في 3 سبتمبر 2026."),
    ("hi", "कोर्स 3 अगस्त 2026 को शुरू होता है।",
     "कोर्स 3/8/2026 को शुरू होता है।", "कोर्स 3 मई 2026 को शुरू होता है।"),
    ("ur", "کورس 3 اگست 2026 کو شروع ہوتا ہے۔", "کورس 3/8/2026 کو شروع ہوتا ہے۔", "کورس 3 مئی 2026 کو شروع ہوتا ہے۔"),
    # The same size in another unit.
    ("en", "Give 0.5 g of the powder.", "Give 500 mg of the powder.", "Give 50 mg of the powder."),
    ("en", "The bottle holds 1.5 litres.", "The bottle holds 1500 ml.", "The bottle holds 150 ml."),
    ("en", "The course lasts 2 weeks.", "The course lasts 14 days.", "The course lasts 12 days."),
    ("fr", "Laisser agir 2 heures.", "Laisser agir 120 minutes.", "Laisser agir 20 minutes."),
    ("es", "La botella contiene 2 litros.", "La botella contiene 2000 ml.", "La botella contiene 200 ml."),
    ("sw", "Chemsha maji kwa saa 1.", "Chemsha maji kwa dakika 60.", "Chemsha maji kwa dakika 6."),
    # Names.
    ("en", "Halima Otero keeps the keys.", "The keys are kept by Halima Otero.", "The keys are kept by Rosa Otero."),
    ("es", "Remedios Altuna guarda las llaves.",
     "Las llaves las guarda Remedios Altuna.", "Carmen Altuna guarda las llaves."),
    ("en", "The SL-200 stands rain.", "Rain: the SL-200 stands it.", "The SL-300 stands rain."),
    ("en", "Refer burns to Baraka Hospital.",
     "Burns are referred to Baraka Hospital.", "Refer burns to Amani Hospital."),
    # One content word replaced.
    ("en", "The vaccine is kept in the refrigerator of the clinic.",
     "The clinic keeps the vaccine in the refrigerator.", "The vaccine is kept in the cupboard of the clinic."),
    ("en", "Only the midwife inserts the copper coil.",
     "The copper coil is inserted by the midwife only.", "Only the nurse inserts the copper coil."),
    ("en", "Wash the wound with soap and running water.",
     "The wound is washed with soap and running water.", "Wash the wound with spirit and running water."),
    ("en", "The zinc tablet is dissolved in milk.", "Dissolve the zinc pill in milk.",
     "The zinc capsule is dissolved in milk."),
    ("fr", "La clé se trouve chez la responsable du laboratoire.",
     "La clé se trouve chez la responsable.", "La clé se trouve chez le gardien du laboratoire."),
    ("es", "El socio firma y recibe la copia amarilla.",
     "El socio recibe la copia amarilla.", "El socio firma y recibe la copia blanca."),
    ("sw", "Ndoo ioshwe kwa sabuni.", "Ndoo ioshwe kwa sabuni.", "Ndoo ioshwe kwa mchanga."),
    ("hi", "दुकान सोमवार को बंद रहती है।", "सोमवार को दुकान बंद रहती है।", "दुकान मंगलवार को बंद रहती है।"),
    ("ar", "المفتاح عند موظف الاستقبال.", "المفتاح عند موظف الاستقبال.", "المفتاح عند موظف الصيدلية."),
    ("ur", "چابی استقبالیہ پر رکھی جاتی ہے۔", "چابی استقبالیہ پر رکھی جاتی ہے۔", "چابی دواخانے پر رکھی جاتی ہے۔"),
    ("zh", "疫苗存放在诊所的冰箱里。", "疫苗存放在诊所的冰箱里。", "疫苗存放在学校的冰箱里。"),
    ("vi", "Vắc xin được giữ trong tủ lạnh của phòng khám.", "Phòng khám giữ vắc xin ở trong tủ lạnh.",
     "Vắc xin được giữ trong tủ gỗ của phòng khám."),
    # Negation.
    ("en", "The files are not burned.", "Files are never burned.", "The files are burned."),
    ("fr", "Les aiguilles ne sont pas recapuchonnées.",
     "On ne recapuchonne pas les aiguilles.", "Les aiguilles sont recapuchonnées."),
    ("es", "No se recibe grano mojado.", "El grano mojado no se recibe.", "Se recibe grano mojado."),
    ("sw", "Maji hayachemshwi.", "Maji hayachemshwi kamwe.", "Maji yachemshwe."),
    # Of how many, how often, how bindingly.
    ("en", "Some lamps have a radio.", "Some of the lamps have a radio.", "All lamps have a radio."),
    ("en", "Some lamps have a radio.", "A few lamps have a radio.", "The lamps have a radio."),
    ("en", "Most patients recover in a week.",
     "Patients mostly recover in a week.", "Every patient recovers in a week."),
    ("en", "Staff usually wear gloves.", "Staff usually wear gloves.", "Staff always wear gloves."),
    ("en", "The lamp is charged in the sun.",
     "Charge the lamp in the sun.", "The lamp is always charged in the sun."),
    ("en", "A lamp may be borrowed.", "A lamp can be borrowed.", "A lamp must be borrowed."),
    ("fr", "Certains déchets sont brûlés.", "Certains déchets sont brûlés.", "Tous les déchets sont brûlés."),
    ("fr", "Le patient peut partir.", "Le patient peut partir.", "Le patient doit partir."),
    ("es", "Algunos socios pagan la cuota.", "Algunos socios pagan la cuota.", "Todos los socios pagan la cuota."),
    ("es", "El socio puede pedir una prueba.", "El socio puede pedir una prueba.", "El socio debe pedir una prueba."),
    ("sw", "Baadhi ya wagonjwa hupata vidonge.",
     "Baadhi ya wagonjwa hupata vidonge.", "Wagonjwa wote hupata vidonge."),
    ("ar", "بعض المرضى يدفعون الرسوم.", "بعض المرضى يدفعون الرسوم.", "جميع المرضى يدفعون الرسوم."),
    ("hi", "कुछ मरीज़ शुल्क देते हैं।", "कुछ मरीज़ शुल्क देते हैं।", "सभी मरीज़ शुल्क देते हैं।"),
    # A dose and its condition.
    ("en", "Children under 5 kg are not given artemether.",
     "Artemether is not given to children under 5 kg.", "Children are not given artemether."),
    ("en", "Patients of 20 kg and more get 2.4 mg/kg.",
     "Patients of at least 20 kg get 2.4 mg/kg.", "Patients get 2.4 mg/kg."),
    ("en", "If the child vomits, wait 10 minutes.", "Wait 10 minutes if the child vomits.", "Wait 10 minutes."),
    ("en", "Students do not give injections unless a nurse is there.",
     "Unless a nurse is there, students do not give injections.", "Students do not give injections."),
    ("en", "They do not give injections unless a nurse is in the room, and they never give out controlled medicines.",
     "They never give out controlled medicines.", "They do not give injections."),
    ("en", "The lamp switches itself off above 45 °C.",
     "Above 45 °C the lamp switches itself off.", "The lamp switches itself off."),
    ("fr", "Les enfants de moins de 5 kg ne reçoivent pas le sirop.",
     "Le sirop n'est pas donné aux enfants de moins de 5 kg.", "Les enfants ne reçoivent pas le sirop."),
    ("fr", "Si le patient a de la fièvre, donner le sirop.",
     "Donner le sirop si le patient a de la fièvre.", "Donner le sirop."),
    ("es", "Los niños menores de 5 años no pagan.", "No pagan los niños menores de 5 años.", "Los niños no pagan."),
    ("sw", "Watoto chini ya kilo 5 hawapewi dawa hii.",
     "Watoto chini ya kilo 5 hawapewi dawa hii.", "Watoto hawapewi dawa hii."),
    ("ar", "الأطفال دون 5 سنوات لا يدفعون الرسوم.",
     "لا يدفع الرسوم الأطفال دون 5 سنوات.", "الأطفال لا يدفعون الرسوم."),
    ("hi", "5 साल से कम के बच्चों को दवा नहीं दी जाती।",
     "5 साल से कम के बच्चों को दवा नहीं दी जाती।", "बच्चों को दवा नहीं दी जाती।"),
]  # fmt: skip


def _check(language: str, source: str, sentence: str) -> Sentence:
    passage = said_in(source, language)
    return check(sentence, ["[1]"], (passage,), language)


@pytest.mark.parametrize(("language", "source", "sentence"), [row[:3] for row in ROWS])
def test_what_the_document_says_is_supported(language: str, source: str, sentence: str) -> None:
    checked = _check(language, source, sentence)
    assert checked.supported, checked.reason


@pytest.mark.parametrize(("language", "source", "sentence"), [(row[0], row[1], row[3]) for row in ROWS])
def test_what_it_does_not_say_is_not(language: str, source: str, sentence: str) -> None:
    checked = _check(language, source, sentence)
    assert not checked.supported
    assert checked.reason


DOSES = make_passage(
    [
        (BlockKind.TABLE_HEAD, "Age | Weight | Dose"),
        (BlockKind.TABLE_ROW, "2 to 11 months | 4 to 9 kg | 60 mg"),
        (BlockKind.TABLE_ROW, "1 to 4 years | 10 to 17 kg | 120 mg"),
    ],
    document=make_document("doses.pdf", title="Paracetamol"),
)


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("From 4 to 9 kg the dose of paracetamol is 60 mg.", True),
        ("From 2 to 11 months the dose of paracetamol is 60 mg.", True),
        ("The dose of paracetamol is 60 mg.", False),
        ("From 10 to 17 kg the dose of paracetamol is 60 mg.", False),
        ("2 to 11 months | 4 to 9 kg | 60 mg\n1 to 4 years | 10 to 17 kg | 120 mg", True),
        ("2 to 11 months | 4 to 9 kg | 60 mg\n1 to 4 years | 10 to 17 kg | 150 mg", False),
    ],
)
def test_a_row_counts_with_its_age_or_weight(sentence: str, supported: bool) -> None:
    assert check(sentence, ["[1]"], (DOSES,), "en").supported is supported


def test_the_reason_names_what_is_missing_and_shows_the_condition() -> None:
    replaced = _check("en", "Only the midwife inserts the copper coil.", "Only the nurse inserts the copper coil.")
    assert "“nurse”" in replaced.reason
    assert replaced.citations == ()
    wider = _check("en", "Children under 5 kg are not given syrup.", "Children are not given syrup.")
    assert "“under 5 kg”" in wider.reason
    assert [citation.quote for citation in wider.citations] == ["Children under 5 kg are not given syrup."]


def test_the_reason_is_in_the_language_of_the_answer() -> None:
    differs = _check("fr", "Le flacon se garde 28 jours.", "Le flacon se garde 30 jours.")
    assert differs.support is Support.CONTRADICTED
    assert differs.reason == "Le document dit 28 jours, et non 30 jours."
    assert verdicts("xx") == verdicts("en")
    for field in verdicts("en")._fields:
        said = [getattr(verdicts(language), field) for language in LANGUAGES]
        assert len(set(said)) == len(said), field
