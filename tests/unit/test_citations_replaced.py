"""What sounds like the document and is not what it says: each pair was once, or nearly, called supported."""

from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.core.types import BlockKind
from rag.testing.passages import make_document, make_passage, said_in

PAIRS = [
    ("en", "Giving aspirin to children is not recommended.", "Give aspirin to children."),
    ("en", "Taking isoniazid with alcohol is not safe.", "Take isoniazid with alcohol."),
    ("en", "Crushing the tablets isn't allowed.", "Crush the tablets."),
    ("en", "Injecting diclofenac into a newborn is never done.", "Inject diclofenac into a newborn."),
    ("en", "Sharing needles must never happen.", "Share needles."),
    ("en", "Refunds for lost cards are not possible.", "Lost cards are refunded."),
    ("en", "A mask is not required.", "A mask is needed."),
    ("en", "The doctor is not here.", "The doctor is available."),
    ("en", "There is no need to stop the drug.", "Stop the drug."),
    ("en", "There is no reason to give antibiotics.", "Give antibiotics."),
    ("en", "There is no evidence that zinc cures malaria.", "Zinc cures malaria."),
    ("en", "Aspirin must under no circumstances be given to children.", "Aspirin is given to children."),
    ("en", "Staff have no right to charge patients.", "Staff charge patients."),
    ("en", "Give no milk, water or juice before surgery.", "Give juice before surgery."),
    ("en", "The clinic has no doctor, nurse or midwife on Friday.", "The clinic has a midwife on Friday."),
    (
        "en",
        "Children of 10 to 13 kg get 2 tablets and children of 14 to 19 kg get 3 tablets.",
        "A child of 12 kg gets 3 tablets.",
    ),
    (
        "en",
        "Children over 6 months get 2 drops, children over 12 months get 4 drops.",
        "A child of 18 months gets 2 drops.",
    ),
    ("en", "Children under 5 years get 5 ml of syrup for 14 days.", "Children get 5 ml of syrup for 2 months."),
    ("en", "Children under 20 kg get the syrup.", "Children get 15 kg of the syrup."),
    ("en", "Records are kept for at least 10 years.", "Records are kept for 30 years."),
    ("en", "The warranty lasts at least 2 years.", "The warranty lasts 5 years."),
    ("en", "Give a maximum of 3 kg of feed.", "Give 2 kg of feed."),
    ("en", "The implant works for 3 to 5 years.", "The implant works for 4 years."),
    ("fr", "Donner soixante-dix mg.", "Donner 60 mg."),
    ("fr", "Donner soixante-quinze mg.", "Donner 60 mg."),
    ("fr", "Donner soixante et onze mg.", "Donner 60 mg."),
    ("fr", "Donner cent vingt mg.", "Donner 20 mg."),
    ("fr", "Garder vingt-et-un jours.", "Garder 20 jours."),
    ("en", "Give one hundred and fifty mg.", "Give 50 mg."),
    ("en", "Give one hundred twenty mg.", "Give 20 mg."),
    ("en", "Pay fifty thousand shillings.", "Pay 50 shillings."),
    ("en", "Come after the twenty-first day.", "Come after 20 days."),
    ("es", "Dar ciento veinte mg.", "Dar 20 mg."),
    ("it", "Dare cento venti mg.", "Dare 20 mg."),
    ("de", "Man gibt hundert zwanzig mg.", "Man gibt 20 mg."),
    ("tr", "yüz elli mg verin.", "50 mg verin."),
    ("sw", "Toa miligramu mia moja na ishirini.", "Toa miligramu 20."),
    ("sw", "Lipa shilingi elfu hamsini.", "Lipa shilingi 50."),
    ("en", "Use twenty five-litre cans.", "Use 25 litre cans."),
    ("en", "Give two hundred mg.", "Give 2 mg."),
    ("en", "Eat nothing up to 2 hours before surgery.", "Eat nothing up to 2 hours after surgery."),
    ("en", "Report the case within 7 days after surgery.", "Report the case within 7 days before surgery."),
    ("en", "Bring the sample within 2 hours after collection.", "Bring the sample within 2 hours before collection."),
    ("en", "Twice a day, give 2 tablets.", "Once a day, give 2 tablets."),
    ("en", "Give 2 tablets three times a day.", "Once a day give 2 tablets."),
    ("en", "Wash it twice this week.", "Wash it once this week."),
    ("en", "The nurse signs the form.", "The patient signs the form."),
    ("en", "The pharmacist opens the cabinet.", "Anybody opens the cabinet."),
    ("en", "Staff pay 50 shillings.", "Patients pay 50 shillings."),
    ("en", "Keep food in the refrigerator.", "Keep medicine in the refrigerator."),
    ("en", "The card is free.", "The treatment is free."),
    ("en", "The school was closed in 2023.", "The well was closed in 2023."),
    ("en", "Take tablets for stomach pain.", "Take tablets for back pain."),
    ("en", "Give ORS and zinc.", "Give ORS instead of zinc."),
    ("en", "Use soap and water.", "Use soap rather than water."),
    ("en", "The tablet is optional.", "The tablet is required."),
    ("en", "The syrup contains sugar.", "The syrup requires sugar."),
    ("en", "Turn the valve down.", "Turn the valve up."),
    ("en", "Turn off the valve.", "Turn up the valve."),
    ("en", "The form is signed by either parent.", "The form is signed by both parents."),
    ("en", "The service is for tall people.", "The service is for old people."),
    ("en", "The first dose is given at birth.", "The second dose is given at birth."),
    ("en", "Use full-strength milk.", "Use half-strength milk."),
    ("en", "Two nurses sign.", "One nurse signs."),
    ("en", "Suspend treatment for 2 weeks.", "End treatment for 2 weeks."),
    ("en", "Stop the medicine if a rash appears.", "Pause the medicine if a rash appears."),
    ("en", "The husband must give permission.", "The wife must give permission."),
    ("en", "Members lend 500 shillings.", "Members borrow 500 shillings."),
    ("en", "The clinic pays 50 shillings.", "The clinic reimburses 50 shillings."),
    ("en", "The patient pays the doctor.", "The patient charges the doctor."),
    ("en", "Inject in the right arm; leave the pad on for an hour.", "Inject in the left arm."),
    ("en", "Patients who are fit go home.", "Patients with convulsions go home."),
    ("en", "The temperature is measured.", "The fever is measured."),
    ("en", "Everyone signs the register.", "Somebody signs the register."),
    ("en", "Hold the tablets if the child vomits.", "Keep the tablets if the child vomits."),
    ("en", "Ask the patient to sign.", "The patient wants to sign."),
    ("en", "If the lamp has no charge, press the button.", "If the lamp is free, press the button."),
    ("sw", "Kliniki hutoa dawa.", "Kliniki hulipa dawa."),
    ("es", "La clínica paga 50 pesos.", "La clínica cuesta 50 pesos."),
    ("fr", "Le lait est déconseillé.", "Le lait est conseillé."),
    ("en", "Give the tablet every other day.", "Give the tablet every day."),
    ("en", "A patient who lives alone gets food from the nurse.", "Only the patient gets food from the nurse."),
    ("en", "It lasts three quarter of an hour.", "It lasts 15 minutes."),
    ("en", "Weigh the baby in the morning.", "Weigh the baby in the mourning."),
    ("en", "The pharmacist gives the tablets.", "The pharmacist takes the tablets."),
    ("en", "Patients get a card.", "Patients give a card."),
    ("en", "Few patients need surgery.", "Several patients need surgery."),
    ("en", "The church pays the teachers.", "The state pays the teachers."),
    ("en", "Wear a mask in the ward.", "Wash a mask in the ward."),
    ("en", "Patients give a card.", "Patients receive a card."),
    ("en", "Take the pill at night.", "Forget the pill at night."),
    ("en", "The syrup prevents fever.", "The syrup causes fever."),
    ("en", "The lamp is sold in the shop.", "The lamp is made in the shop."),
    ("en", "If a patient refuses, the treatment is still given.", "The treatment is still given to a patient."),
    ("en", "A mother is visited on day 3 and day 7.", "A mother is visited 7 times."),
    ("en", "Stop all tablets with yellow eyes. Red urine is harmless.", "Stop all tablets with red urine."),
    ("en", "Refer if the saturation is < 90 %.", "Refer if the saturation is > 90 %."),
    ("en", "Children <5 kg get the syrup.", "Children >5 kg get the syrup."),
    ("en", "Children ≥ 20 kg get 4 tablets.", "Children < 20 kg get 4 tablets."),
    ("en", "The freezer is kept at -20 °C.", "The freezer is kept at 20 °C."),
    ("en", "Give 1 1/2 tablets twice a day.", "Give 1 tablet twice a day."),
    ("en", "Give 10 mg per kg.", "Give 10 mg."),
    ("en", "Give 10 mg to the child.", "Give 10 mg per kg to the child."),
    ("en", "The shop opens every day except Sunday.", "The shop opens on Sunday."),
    ("en", "Give paracetamol rather than aspirin.", "Give aspirin."),
    ("en", "Stop giving aspirin.", "Give aspirin."),
    ("en", "It is dangerous to give aspirin to children.", "Give aspirin to children."),
    ("en", "Keep the vial out of the sun.", "Keep the vial in the sun."),
    ("en", "The nurse refuses to sign.", "The nurse signs."),
    ("en", "Non-members pay 50 shillings.", "Members pay 50 shillings."),
    ("en", "Give half a tablet at night.", "Give a tablet at night."),
    ("fr", "Donner une demi cuillère le soir.", "Donner la cuillère le soir."),
    ("en", "Take the tablets for 7 days.", "Take the tablets within 7 days."),
    ("en", "Take the tablets within 7 days.", "Take the tablets for 7 days."),
    ("en", "Keep the bandage on after 2 days.", "Keep the bandage on for 2 days."),
    ("en", "Give the syrup every 3 days.", "Give the syrup for 3 days."),
    ("en", "Rest in bed for a full 2 weeks.", "Rest in bed within 2 weeks."),
    ("fr", "Prendre les comprimés pendant 7 jours.", "Prendre les comprimés dans les 7 jours."),
    ("es", "Tomar las pastillas durante 7 días.", "Tomar las pastillas dentro de 7 días."),
    ("sw", "Kunywa dawa baada ya siku 7.", "Kunywa dawa kwa siku 7."),
    ("ar", "تؤخذ الأقراص بعد 7 أيام.", "تؤخذ الأقراص لمدة 7 أيام."),
    ("en", "Give ORS before zinc.", "Give zinc before ORS."),
    ("en", "Give ORS, then zinc.", "Give zinc, then ORS."),
    ("en", "After the meal, wash the plates.", "After the plates are washed, the meal."),
    ("fr", "Laver la plaie avant de poser le pansement.", "Poser le pansement avant de laver la plaie."),
    ("sw", "Mpe ORS kabla ya zinki.", "Mpe zinki kabla ya ORS."),
    ("en", "Red bags are for waste and yellow bags are for needles.", "Red bags are for needles."),
    ("en", "The nurse cleans the ward and the guard cleans the yard.", "The guard cleans the ward."),
    ("hi", "लाल थैले कचरे के लिए हैं और पीले थैले सुइयों के लिए हैं।", "लाल थैले सुइयों के लिए हैं।"),
    ("en", "The driver reports to the logistics officer.", "The logistics officer reports to the driver."),
    ("en", "Half of the members pay the fee.", "The members pay the fee."),
    ("en", "Two thirds of the staff work at night.", "The staff work at night."),
    ("en", "Few nurses speak Swahili.", "Many nurses speak Swahili."),
    ("en", "The clinic almost never closes.", "The clinic never closes."),
    ("en", "The medicine may cause sleepiness.", "The medicine causes sleepiness."),
    ("es", "La pastilla puede causar sueño.", "La pastilla causa sueño."),
    ("en", "The maximum dose is 4 tablets a day.", "The dose is 4 tablets a day."),
    ("fr", "La dose maximale est de 4 comprimés.", "La dose est de 4 comprimés."),
    ("en", "Some people believe that honey cures burns.", "Honey cures burns."),
    ("en", "A bus to Arusha is planned.", "There is a bus to Arusha."),
    ("en", "Is honey good for burns?", "Honey is good for burns."),
]
ROWS = [
    ("Drug | Not for", "Ibuprofen | pregnant women", "Give ibuprofen to pregnant women."),
    ("Drug | Children | Pregnant women", "Ibuprofen | yes | no", "Ibuprofen is given to pregnant women."),
    ("What it does | Mini | Home", "Charges a phone | no | yes", "The Mini charges a phone."),
    ("Bus | Leaves", "Arusha bus | 8:00", "The Arusha bus arrives at 8:00."),
    ("Day | Closed", "Monday | 8:00 to 10:00", "It opens on Monday 8:00 to 10:00."),
    ("Fruit | We pay", "Mango | 50 shillings", "The mango costs 50 shillings."),
    ("Staff | Given", "Nurse | 2 uniforms", "The nurse sells 2 uniforms."),
    ("Repair | Nuru Mini | Nuru Home", "New switch | 120 | not possible", "A new switch for the Nuru Home costs 120."),
]

DENIED = [
    ("ur", "دوا | بچے | حاملہ خواتین", "آئبوپروفین | ہاں |", "ہاں", "نہیں", "آئبوپروفین حاملہ خواتین کو دی جاتی ہے۔"),
    ("ro", "Medicament | Copii | Gravide", "Ibuprofen | da |", "da", "nu", "Ibuprofen se dă la gravide."),
]


@pytest.mark.parametrize(("language", "source", "sentence"), PAIRS)
def test_a_sentence_that_sounds_like_it(language: str, source: str, sentence: str) -> None:
    passage = said_in(source, language)
    assert check(source, ["[1]"], (passage,), language).supported
    assert not check(sentence, ["[1]"], (passage,), language).supported


@pytest.mark.parametrize(("head", "row", "sentence"), ROWS)
def test_a_sentence_that_sounds_like_a_row(head: str, row: str, sentence: str) -> None:
    blocks = [(BlockKind.TABLE_HEAD, head), (BlockKind.TABLE_ROW, row)]
    passage = make_passage(blocks, document=make_document(title=""))
    assert not check(sentence, ["[1]"], (passage,), "en").supported


@pytest.mark.parametrize(("language", "head", "row", "yes", "no", "sentence"), DENIED)
def test_a_no_in_a_cell_denies(language: str, head: str, row: str, yes: str, no: str, sentence: str) -> None:
    document = make_document(title="", language=language)
    for cell, holds in ((yes, True), (no, False)):
        blocks = [(BlockKind.TABLE_HEAD, head), (BlockKind.TABLE_ROW, f"{row} {cell}")]
        passage = make_passage(blocks, document=document)
        assert check(sentence, ["[1]"], (passage,), language).supported is holds


def test_the_number_of_a_heading_is_no_amount() -> None:
    passage = make_passage(
        [(BlockKind.HEADING, "7. Repairs"), (BlockKind.PARAGRAPH, "A plain repair is done within 5 days.")],
        document=make_document(title=""),
        heading_path=("7. Repairs",),
    )
    assert check("A plain repair is done within 5 days.", ["[1]"], (passage,), "en").supported
    assert not check("A plain repair is done within 7 days.", ["[1]"], (passage,), "en").supported


def test_an_amount_is_not_lent_to_the_neighbouring_sentence() -> None:
    text = "A plain repair is done in the workshop. A new panel is fitted by the fitter within 7 days."
    passage = said_in(text)
    assert not check("A plain repair is done in the workshop within 7 days.", ["[1]"], (passage,), "en").supported


def test_a_sentence_without_end_is_not_compared() -> None:
    source = "Give 5 mg. " * 3
    passage = said_in(source)
    assert not check("Give 5 mg and " * 200, ["[1]"], (passage,), "en").supported
    passage = said_in("The nurse signs the card.")
    assert check("The nurse signs the card and " * 9, ["[1]"], (passage,), "en").supported
    assert not check("The nurse signs the card and " * 90, ["[1]"], (passage,), "en").supported


def test_a_sentence_that_broke_off_is_not_supported_by_a_word_that_begins_alike() -> None:
    passage = said_in("A fan needs a battery of its own.")
    assert not check("And the batter", ["[1]"], (passage,), "en").supported
