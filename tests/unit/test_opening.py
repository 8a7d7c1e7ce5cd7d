"""What a model writes around its statements, and in the place of one."""

from __future__ import annotations

import pytest

from rag.answering.citations import check
from rag.answering.opening import is_bare, is_pleasantry, says_nothing
from rag.core.types import BlockKind, Support
from rag.testing.passages import make_document, make_passage, said_in

FRIDGE = "The nurse checks the fridge twice a day."


@pytest.mark.parametrize(
    "opening",
    [
        "According to the guideline, the",
        "According to the provided passages, the",
        "As stated in the passage, the",
        "The passage states that the",
        "The document says that the",
        "Based on the provided documents, the",
        "In summary, the",
        "Note that the",
        "It is important to note that the",
        "Yes, the",
        "Yes. The",
        "Yes, according to the handbook, the",
        "Answer: Yes, the",
    ],
)
def test_what_introduces_a_statement_is_not_looked_for(opening: str) -> None:
    passage = said_in(FRIDGE, "en")
    assert check(f"{opening} nurse checks the fridge twice a day.", ["[1]"], (passage,), "en").supported
    assert not check(f"{opening} nurse checks the fridge once a day.", ["[1]"], (passage,), "en").supported
    assert not check(f"{opening} midwife checks the fridge twice a day.", ["[1]"], (passage,), "en").supported


@pytest.mark.parametrize(
    ("language", "source", "sentence"),
    [
        ("fr", "Le flacon se garde 28 jours.", "Selon le document, le flacon se garde 28 jours."),
        ("es", "El frasco se guarda 28 días.", "Según el documento, el frasco se guarda 28 días."),
        ("sw", "Chupa hutunzwa kwa siku 28.", "Kulingana na hati hii, chupa hutunzwa kwa siku 28."),
        ("ar", "تحفظ القارورة لمدة 28 يوم.", "وفقًا للوثيقة، تحفظ القارورة لمدة 28 يوم."),
        ("hi", "शीशी को 28 दिन तक रखें।", "दस्तावेज़ के अनुसार, शीशी को 28 दिन तक रखें।"),
        ("ur", "شیشی 28 دن تک رکھیں۔", "دستاویز کے مطابق، شیشی 28 دن تک رکھیں۔"),
        ("es", "El frasco se guarda 28 días.", "Sí, el frasco se guarda 28 días."),
        ("ar", "تحفظ القارورة لمدة 28 يوم.", "نعم، تحفظ القارورة لمدة 28 يوم."),
        ("hi", "शीशी को 28 दिन तक रखें।", "हाँ, शीशी को 28 दिन तक रखें।"),
    ],
)
def test_so_in_other_languages(language: str, source: str, sentence: str) -> None:
    assert check(sentence, ["[1]"], (said_in(source, language),), language).supported
    assert not check(sentence.replace("28", "21"), ["[1]"], (said_in(source, language),), language).supported


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("No, aspirin must not be given to children under 12 years.", True),
        ("No. Aspirin must not be given to children under 12 years.", True),
        ("Yes, aspirin must be given to children under 12 years.", False),
        # Nobody knows what it affirms.
        ("Yes, aspirin must not be given to children under 12 years.", False),
    ],
)
def test_yes_and_no_fit_what_follows(sentence: str, supported: bool) -> None:
    passage = said_in("Do not give aspirin to children under 12 years.", "en")
    assert check(sentence, ["[1]"], (passage,), "en").supported is supported


def test_a_no_before_what_the_document_says_is_no_contradiction_by_the_document() -> None:
    passage = said_in("The lamp is charged for 8 hours.", "en")
    assert check("No, the lamp is charged for 8 hours.", ["[1]"], (passage,), "en").support is Support.NOT_FOUND


@pytest.mark.parametrize("sentence", ["Yes.", "Yes", "No.", "**Yes.**", "Sí.", "نعم", "हाँ।", "Jibu: Ndiyo."])
def test_a_bare_yes_or_no_is_never_supported(sentence: str) -> None:
    passage = said_in("Yes, but it takes three times as long. No. Yes.", "en")
    assert not check(sentence, ["[1]"], (passage,), "en").supported


def test_no_word_but_yes_and_no_is_bare() -> None:
    assert is_bare("Yes!")
    assert not is_bare("Yes, 5 hours")
    assert not is_bare("")


GUIDE = make_passage(
    [(BlockKind.PARAGRAPH, FRIDGE)],
    key="[2]",
    document=make_document("Clinic handbook.pdf", title="Handbook of the clinic"),
    heading_path=("Vaccines",),
)


@pytest.mark.parametrize(
    ("source", "supported"),
    [
        ("(Clinic handbook.pdf)", True),
        ("(Clinic handbook, page 1)", True),
        ("[Clinic handbook.pdf, page 1]", True),
        ("(source: Clinic handbook.pdf)", True),
        ("(passage 2)", True),
        ("(Handbook of the clinic, Vaccines)", True),
        ("(Clinic handbook.pdf, page 7)", False),
        ("(Hospital handbook.pdf)", False),
        ("(Clinic handbook.pdf, midwife)", False),
        ("(passage 9)", False),
        ("(midwife)", False),
    ],
)
def test_a_source_named_in_brackets_is_no_claim(source: str, supported: bool) -> None:
    assert check(f"The nurse checks the fridge twice a day {source}.", [], (GUIDE,), "en").supported is supported


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The provided context does not mention the price of the lamp."),
        ("en", "This is not specified in the given passages."),
        ("en", "The passages provide no information on that."),
        ("en", "I'm sorry, but I cannot find this in the documents."),
        ("fr", "Les documents ne précisent pas la durée de charge."),
        ("fr", "Je ne trouve pas la réponse."),
        ("es", "Los documentos no mencionan el precio."),
        ("es", "No se menciona el precio en los documentos."),
        ("pt", "Os documentos não mencionam o preço."),
        ("it", "I documenti non indicano il prezzo."),
        ("de", "Die Dokumente enthalten dazu keine Angaben."),
        ("nl", "De documenten vermelden dit niet."),
        ("sw", "Hati hizi hazisemi bei ya taa."),
        ("ar", "لا تذكر الوثائق سعر المصباح."),
        ("ur", "دستاویزات میں قیمت کا ذکر نہیں ہے۔"),
        ("hi", "दस्तावेज़ों में कीमत का उल्लेख नहीं है।"),
        ("ru", "В документах цена не указана."),
        ("tr", "Belgelerde fiyat hakkında bilgi yok."),
        ("sw", "The documents do not say this."),
    ],
)
def test_that_the_documents_do_not_say_is_recognised(language: str, text: str) -> None:
    assert says_nothing(text, language)
    assert not check(text, ["[1]"], (said_in("The documents say how long a lamp lasts.", "en"),), language).supported


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "No information about patients is given to the press."),
        ("en", "The lamp does not contain lead."),
        ("en", "The register is kept in the office, not in the pharmacy."),
        ("fr", "Le sirop ne contient pas de sucre."),
        ("es", "El jarabe no contiene azúcar."),
        ("sw", "Dawa haina sukari."),
        ("ar", "لا تعط الدواء للأطفال."),
        ("hi", "बच्चों को दवा नहीं दें।"),
    ],
)
def test_what_a_document_may_say_is_no_such_sentence(language: str, text: str) -> None:
    assert not says_nothing(text, language)


@pytest.mark.parametrize(
    "text",
    [
        "Sure!",
        "Of course.",
        "Sure, I can help you with that.",
        "I hope this helps!",
        "Let me know if you have any other questions.",
        "If you have any further questions, feel free to ask!",
        "Here is the answer to your question:",
        "Bien sûr !",
        "N'hésitez pas à me poser d'autres questions.",
        "Espero que esto le ayude.",
        "¡Claro!",
        "Gerne!",
        "Wenn du noch Fragen hast, melde dich.",
        "Natumaini jibu hili litakusaidia.",
        "Kama una maswali zaidi, uliza.",
        "بالتأكيد!",
        "आशा है कि इससे आपको मदद मिलेगी।",
        "Надеюсь, это поможет!",
        "امید ہے کہ یہ آپ کی مدد کرے گا۔",
        "Umarım yardımcı olur.",
    ],
)
def test_a_polite_sentence_is_told(text: str) -> None:
    assert is_pleasantry(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sure doses are given by weight.",
        "Of course, give 5 ml twice a day.",
        "If you have any questions, call 112.",
        "If you need more than 3 doses, refer the child.",
        "Here is the answer: give 250 mg.",
        "Let the child rest.",
        "Thank the donor.",
        "If you have a fever, see a nurse.",
        "Claro que no se da.",
        "Sicher lagern.",
    ],
)
def test_a_sentence_that_says_something_is_not_polite(text: str) -> None:
    assert not is_pleasantry(text)
