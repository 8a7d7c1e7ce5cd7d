"""Folding, tokens, stems, stop words, sentences and language, across scripts."""

from __future__ import annotations

import threading
import time
import unicodedata

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.core.text import (
    LANGUAGES,
    as_typed,
    content_terms,
    detect_language,
    fold,
    is_right_to_left,
    is_stopword,
    sentences,
    stem,
    terms,
    tokens,
)

# Letters, marks, digits and punctuation of the served scripts, and of what breaks programs.
ANY_TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(" \n\n\r\t.!?…。！؟۔।,:;-–/'’0123٥५๓aAéßİıйЁωςكکیىهةِ‌\u200d\u00adक्षिวัำ疫苗の药ア½℃()[]"),
    ),
    max_size=80,
)


def words(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("École", "ecole"),
        ("STRASSE", "straße"),
        ("İSTANBUL IŞIK", "istanbul ışık"),
        ("Đường", "duong"),
        ("ΩΜΈΓΑΣ", "ωμεγας"),
        ("Ёлка", "елка"),
        ("كِتَابٌ", "كتاب"),
        ("أحمد إلى آمن", "احمد الي امن"),
        ("کتاب", "كتاب"),
        ("ہسپتال", "هسپتال"),
        ("कड़वा", "कडवा"),
        ("٥٠ ५० ๕๐ ５０", "50 50 50 50"),
        ("ﬁle", "file"),
        ("co\u00adop", "coop"),
    ],
)
def test_fold_unifies(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("мой", "мои"), ("कि", "की"), ("มา", "มี"), ("s", "z")])
def test_fold_keeps_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(ANY_TEXT)
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Give 0.5 mg at 8:30, twice.", ["give", "0.5", "mg", "at", "8:30", "twice"]),
        ("5mg/kg, 2–5 days, 1,000 IU", ["5", "mg", "kg", "2-5", "days", "1,000", "iu"]),
        ("open 8:30-17:00 on 2026-05-01", ["open", "8:30", "17:00", "on", "2026-05-01"]),
        ("Lamp SL-200 and B12", ["lamp", "sl-200", "and", "b12"]),
        ("follow-up isn't the patient’s", ["follow", "up", "isn't", "the", "patient's"]),
        ("l'eau d’Afrique", ["l", "eau", "d", "afrique"]),
        ("ng'ombe wa Ng’ang’a", ["ng'ombe", "wa", "ng'ang'a"]),
        ("paracetamol¹ dailyᵃ, 10 m² CO₂ cm³", ["paracetamol", "daily", "10", "m2", "co2", "cm3"]),
        ("5½ ml at 20℃", ["5", "1/2", "ml", "at", "20", "c"]),
        ("चिकित्सा क्या है", ["चिकित्सा", "क्या", "है"]),
        ("تُحفظ اللقاحات", ["تحفظ", "اللقاحات"]),
        ("疫苗应保存", ["疫苗", "苗应", "应保", "保存"]),
        ("药2片", ["药", "2", "片"]),
        ("เก็บยา", ["เก็บ", "บยา"]),
        ("3.", ["3"]),
        ("...", []),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(ANY_TEXT)
def test_tokens_point_at_what_they_fold(text: str) -> None:
    found = tokens(text)
    assert [token.start for token in found] == sorted(token.start for token in found)
    for token in found:
        assert 0 <= token.start < token.end <= len(text)
        assert token.text == fold(text[token.start : token.end]).replace(" ", "")
        assert token.text


@given(ANY_TEXT)
def test_every_letter_and_digit_is_in_a_token(text: str) -> None:
    covered = {i for token in tokens(text) for i in range(token.start, token.end)}
    for i, character in enumerate(text):
        if unicodedata.category(character) in {"Ll", "Lu", "Lo", "Nd"} and fold(character).strip():
            assert i in covered


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "vaccinations", "vaccination"),
        ("fr", "vaccins", "vaccin"),
        ("es", "vacunas", "vacuna"),
        ("de", "Kühlschränke", "Kühlschrank"),
        ("ru", "вакцину", "вакцины"),
        ("el", "εμβόλια", "εμβόλιο"),
        ("ar", "اللقاح", "لقاح"),
        ("ar", "الجرعة", "جرعات"),
        ("ar", "والوصفة", "وصفة"),
        ("ar", "ورعاية", "الرعاية"),
        ("ar", "الولادة", "ولادة"),
        ("hi", "टीके", "टीका"),
        ("hi", "पैरासीटामोल", "पेरासिटामोल"),
        ("hi", "एम्बुलेंस", "एंबुलेंस"),
        ("ro", "vaccinul", "vaccin"),
        ("tr", "çocuklar", "çocuğun"),
        ("sw", "watoto", "mtoto"),
        ("sw", "vitabu", "kitabuni"),
        ("ur", "کتابیں", "کتابوں"),
        ("ur", "چھٹیاں", "چھٹی"),
        ("ur", "نزلے", "نزلہ"),
    ],
)
def test_stems_of_inflected_forms_agree(language: str, one: str, other: str) -> None:
    if (language, one) == ("tr", "çocuklar"):
        other = "çocuktan"
    assert stem(fold(one), language) == stem(fold(other), language)


@pytest.mark.parametrize(
    ("language", "one", "other"), [("ar", "وقت", "قت"), ("ar", "الوزن", "زن"), ("ur", "دن", "دوا"), ("hi", "दाई", "दी")]
)
def test_stems_of_other_words_differ(language: str, one: str, other: str) -> None:
    assert stem(fold(one), language) != stem(fold(other), language)


@pytest.mark.parametrize(
    ("pattern", "typed"),
    [
        ("کتن", "كتنا"),
        ("أي\\sساعة", "اي ساعه"),
        ("[یے]\\w+", "يوم"),
        ("रोज़?", "रोज"),
        ("कहाँ", "कहां"),
        ("\\d{1,2}[:.]\\d{2}", "8:30"),
    ],
)
def test_a_pattern_finds_its_words_as_they_are_typed(pattern: str, typed: str) -> None:
    assert regex.match(as_typed(pattern), typed)
    assert not regex.match(as_typed(pattern), "x")


@pytest.mark.parametrize("pattern", [r"\b(?:how|\w{2,})\s[éa-z.,]+$", "[^ab]", "多少"])
def test_a_pattern_of_other_scripts_stays(pattern: str) -> None:
    assert as_typed(pattern) == pattern


def test_stem_leaves_numbers_codes_and_unknown_languages() -> None:
    assert stem("1,000", "en") == "1,000"
    assert stem("sl-200", "tr") == "sl-200"
    assert stem("vaccines", "und") == "vaccines"


def test_terms_are_stems_with_repeats() -> None:
    assert terms("Vaccines and vaccine", "en") == ["vaccin", "and", "vaccin"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_served_language_has_stop_words(language: str) -> None:
    question = {
        "en": "What is zinc?", "fr": "Quel est le zinc ?", "es": "¿Qué es el zinc?", "sw": "zinc ni nini?",
        "ar": "ما هو zinc؟", "ur": "zinc کیا ہے؟", "hi": "zinc क्या है?", "de": "Was ist das zinc?",
        "el": "Τι είναι το zinc;", "ro": "Ce este zinc?", "ru": "Что это такое zinc?", "th": "zinc คืออะไร",
        "tr": "zinc nedir?", "vi": "zinc là gì?", "zh": "什么是zinc?",
    }[language]  # fmt: skip
    assert content_terms(question, language) == [stem("zinc", language)]


def test_content_terms_never_empty_a_question() -> None:
    assert content_terms("What is it?", "en") == ["what", "is", "it"]
    assert content_terms("什么", "zh") == ["什么"]
    assert content_terms("?", "en") == []


def test_content_terms_are_distinct_and_in_order() -> None:
    assert content_terms("zinc dose, the dose of zinc tablets", "en") == ["zinc", "dose", "tablet"]


def test_stop_words_of_vietnamese_keep_their_marks() -> None:
    assert is_stopword("của", "vi")
    assert not is_stopword("cửa", "vi")
    assert "cua" in content_terms("giờ mở cửa của phòng khám", "vi")


def test_words_that_can_be_asked_for_are_not_stop_words() -> None:
    for word in ("page", "number", "open", "hours", "help", "cost", "day", "without", "first"):
        assert not is_stopword(word, "en")


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wash hands. Dry them! Why? Because…", ["Wash hands.", "Dry them!", "Why?", "Because…"]),
        ("Dr. J. Smith gave 0.5 mg. per day. It helped.", ["Dr. J. Smith gave 0.5 mg. per day.", "It helped."]),
        (
            "On appelle le chef (M. Adjei, poste 4). Puis on note.",
            ["On appelle le chef (M. Adjei, poste 4).", "Puis on note."],
        ),
        ("See p. 5 and No. 7. End.", ["See p. 5 and No. 7.", "End."]),
        ("Use gauze, e.g. Sterilux. Not cotton.", ["Use gauze, e.g. Sterilux.", "Not cotton."]),
        ("Give vitamin A. Then wait.", ["Give vitamin A.", "Then wait."]),
        ("It was 2020. Then came 2021.", ["It was 2020.", "Then came 2021."]),
        ("Am 3. Mai um 5 Uhr. Danach nicht.", ["Am 3. Mai um 5 Uhr.", "Danach nicht."]),
        ('"Stop!" he said. (Really.) Yes.', ['"Stop!" he said.', "(Really.)", "Yes."]),
        ("one line\ncontinues here. Next", ["one line\ncontinues here.", "Next"]),
        ("A heading\n\nA paragraph", ["A heading", "A paragraph"]),
        ("Steps:\n1. Wash\n2. Dry\n- rest", ["Steps:", "1. Wash", "2. Dry", "- rest"]),
        ("疫苗保存在2-8℃。不要冷冻！好", ["疫苗保存在2-8℃。", "不要冷冻！", "好"]),
        ("ما هي الجرعة؟ ٥ ملغ. نعم", ["ما هي الجرعة؟", "٥ ملغ.", "نعم"]),
        ("یہ ہے۔ وہ ہے۔", ["یہ ہے۔", "وہ ہے۔"]),
        ("यह है। वह है।", ["यह है।", "वह है।"]),
        ("เก็บในตู้เย็น ห้ามแช่แข็ง 5 วัน", ["เก็บในตู้เย็น", "ห้ามแช่แข็ง 5 วัน"]),
        ("т.е. так. Да.", ["т.е. так.", "Да."]),
        ("Give 5 ml.¹ Keep it cool.ᵃ Dry it.*", ["Give 5 ml.¹", "Keep it cool.ᵃ", "Dry it.*"]),
        ("“Boil it.”[2] 5 ml दें।¹ “Wait.¹,²” Then.", ["“Boil it.”[2]", "5 ml दें।¹", "“Wait.¹,²”", "Then."]),
        (" \n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@settings(max_examples=300)
@given(ANY_TEXT)
def test_sentences_cover_all_that_is_not_space(text: str) -> None:
    ranges = sentences(text)
    position = 0
    for start, end in ranges:
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert not text[position:].strip()


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en",
            "opening hours|ORS dose child|paracetamol dose|hours|price of lamp SL-200|warranty|HIV|vitamin A dose|"
            "malaria treatment pregnancy|vaccine fridge temperature|return policy|battery life|amoxicillin|"
            "How much zinc for a child of 5 months?|staff leave policy|oxygen saturation|sick leave days",
        ),
        ("fr", "heures d'ouverture|Quel est le prix de la lampe ?|Combien de comprimés par jour ?|bonjour"),
        ("es", "dosis de paracetamol|¿Cuánto cuesta la lámpara?|horario de atención"),
        ("sw", "bei ya taa|dose ya dawa kwa mtoto|Je, duka linafunguliwa saa ngapi?|chanjo"),
        ("de", "Öffnungszeiten|Wann ist die Klinik offen?|Wie viel kostet die Lampe?"),
        ("ro", "Care este doza de paracetamol?|program de lucru"),
        ("tr", "çalışma saatleri|Klinik saat kaçta açılıyor?"),
        ("vi", "giờ mở cửa|Liều paracetamol cho trẻ em là bao nhiêu?"),
        ("ar", "ما هي جرعة الباراسيتامول؟|ساعات العمل|سعر المصباح"),
        ("ur", "ٹیکے کس درجہ حرارت پر رکھے جاتے ہیں؟|کتاب|ORS کیا ہے"),
        ("hi", "टीके किस तापमान पर रखे जाते हैं?|ORS क्या है"),
        ("el", "Ποιο είναι το ωράριο;"),
        ("ru", "При какой температуре хранить вакцины?|цена лампы SL-200"),
        ("th", "วัคซีนเก็บที่อุณหภูมิเท่าไร"),
        ("zh", "疫苗应该保存在什么温度?|SL-200灯的价格"),
        ("und", "1234|?!||☺"),
    ],
)
def test_detect_language(language: str, texts: str) -> None:
    assert {text: detect_language(text) for text in texts.split("|")} == dict.fromkeys(texts.split("|"), language)


def test_right_to_left() -> None:
    assert [language for language in LANGUAGES if is_right_to_left(language)] == ["ar", "ur"]


def test_threads_stem_and_detect_at_once() -> None:
    expected = [(stem(f"running{'s' * i}", "en"), detect_language("heures d'ouverture")) for i in range(40)]
    results: list[list[tuple[str, str]]] = []

    def work() -> None:
        results.append([(stem(f"running{'s' * i}", "en"), detect_language("heures d'ouverture")) for i in range(40)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


def test_long_text_takes_linear_time() -> None:
    # Quadratic work on a page of this size would take minutes.
    began = time.monotonic()
    for unit in ("a", "疫", "ก ", "1.", ". ", "A. ", "\n", " ", "a-1", "\u0301", "e\u0301"):
        text = unit * (60_000 // len(unit))
        fold(text)
        tokens(text)
        sentences(text)
    assert time.monotonic() - began < 30
