"""Words for persons of an age, by language, as ranges so wide that who lies outside is surely somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

import regex

from rag.core.text import as_whole_words, fold, is_stopword, stem, tokens

Ages = tuple[float, float]
"""From so many months on, and below so many."""

_NEWBORN: Final[Ages] = (0, 1)
_INFANT: Final[Ages] = (0, 12)
_BABY: Final[Ages] = (0, 24)
_CHILD: Final[Ages] = (0, 216)
_ADOLESCENT: Final[Ages] = (120, 240)
_ADULT: Final[Ages] = (144, float("inf"))
"""Infants are under 1 year and children under 18, adolescents from 10 to 19 years old, as the WHO counts them. Dose
tables call people adults from 12 years on."""

# Those of Vietnamese and of languages without spaces are patterns.
_WORDS: Final[Mapping[str, Mapping[Ages, str]]] = {
    "en": {
        _NEWBORN: "newborn neonate",
        _INFANT: "infant",
        _BABY: "baby babies",
        _CHILD: "child children kid toddler boy girl",
        _ADOLESCENT: "adolescent teenager",
        _ADULT: "adult man men woman women pregnant elderly",
    },
    "fr": {
        _NEWBORN: "nouveau-né nouveau-nés",
        _BABY: "bébé nourrisson",
        _CHILD: "enfant garçon",
        _ADOLESCENT: "adolescent adolescente",
        _ADULT: "adulte homme femme enceinte",
    },
    "es": {
        _BABY: "bebé lactante",
        _CHILD: "niño niña",
        _ADOLESCENT: "adolescente",
        _ADULT: "adulto adulta hombre mujer embarazada anciano anciana",
    },
    "pt": {
        _BABY: "bebê bebé lactente",
        _CHILD: "criança menino menina",
        _ADOLESCENT: "adolescente",
        _ADULT: "adulto adulta homem homens mulher grávida idoso",
    },
    "it": {
        _NEWBORN: "neonato",
        _BABY: "lattante",
        _CHILD: "bambino bambina",
        _ADOLESCENT: "adolescente",
        _ADULT: "adulto adulta uomo uomini donna incinta anziano",
    },
    "nl": {
        _NEWBORN: "pasgeborene",
        _BABY: "baby zuigeling",
        _CHILD: "kind kinderen jongen meisje",
        _ADULT: "volwassene man mannen vrouw zwangere",
    },
    "de": {
        _NEWBORN: "neugeborene",
        _BABY: "baby babys säugling",
        _CHILD: "kind kinder kindern mädchen",
        _ADOLESCENT: "jugendliche",
        _ADULT: "erwachsene erwachsener mann männer frau schwangere",
    },
    "ro": {
        _BABY: "bebeluș sugar",
        _CHILD: "copil copii copiii copilul copiilor",
        _ADULT: "adult adulți adulții femeie femei bărbat gravidă",
    },
    "sw": {
        _BABY: "mchanga wachanga",
        _CHILD: "mtoto watoto",
        _ADULT: "mzima wazima mwanamke wanawake mwanamume wanaume mjamzito wajawazito",
    },
    "tr": {
        _NEWBORN: "yenidoğan",
        _BABY: "bebek",
        _CHILD: "çocuk",
        _ADULT: "yetişkin erişkin kadın erkek hamile gebe",
    },
    "vi": {_CHILD: "trẻ em|trẻ sơ sinh|trẻ nhỏ|trẻ|em bé", _ADULT: "người lớn|phụ nữ|mang thai"},
    "ru": {
        _NEWBORN: "новорожденный",
        _BABY: "младенец младенцев младенцам",
        _CHILD: "ребенок ребенка ребенку дети детей детям",
        _ADOLESCENT: "подросток подростков",
        _ADULT: "взрослый женщина женщин мужчина мужчин беременная",
    },
    "el": {
        _NEWBORN: "νεογνό νεογνά",
        _BABY: "βρέφος βρέφη βρεφών",
        _CHILD: "παιδί παιδιά παιδιών",
        _ADOLESCENT: "έφηβος",
        _ADULT: "ενήλικας ενήλικες ενηλίκων γυναίκα άνδρας έγκυος έγκυες",
    },
    "ar": {
        _NEWBORN: "مولود مواليد",
        _BABY: "رضيع رضيعة رضع",
        _CHILD: "طفل طفلة أطفال",
        _ADOLESCENT: "مراهق مراهقين",
        _ADULT: "بالغ بالغة بالغين بالغون كبار رجل رجال امرأة نساء حامل حوامل",
    },
    "ur": {
        _NEWBORN: "نومولود",
        _BABY: "شیرخوار",
        _CHILD: "بچہ بچے بچی بچوں بچیوں",
        _ADULT: "بالغ بالغوں بڑوں مرد مردوں عورت عورتوں خواتین حاملہ",
    },
    "hi": {
        _NEWBORN: "नवजात",
        _BABY: "शिशु शिशुओं",
        _CHILD: "बच्चा बच्चे बच्ची बच्चों",
        _ADOLESCENT: "किशोर",
        _ADULT: "वयस्क वयस्कों बड़ों पुरुष पुरुषों महिला महिलाओं औरत औरतों गर्भवती",
    },
    "th": {_CHILD: "เด็ก|ทารก", _ADOLESCENT: "วัยรุ่น", _ADULT: "ผู้ใหญ่|ผู้หญิง|ผู้ชาย|หญิงตั้งครรภ์|สตรีมีครรภ์"},
    "zh": {_CHILD: "儿童|小孩|孩子|婴儿|幼儿|新生儿", _ADOLESCENT: "青少年", _ADULT: "成人|成年人|大人|妇女|孕妇"},
}
# Persons of any age: "adult patients", "watu wazima".
_ANYBODY: Final[Mapping[str, str]] = {
    "en": "people person persons patient patients",
    "fr": "personne personnes patient patients",
    "es": "persona personas paciente pacientes",
    "sw": "mtu watu",
    "ar": "شخص أشخاص مريض مرضى",
    "ur": "افراد لوگ لوگوں مریض مریضوں",
    "hi": "लोग लोगों व्यक्ति मरीज मरीजों रोगी",
}
_PATTERNS: Final = frozenset({"vi", "th", "zh"})
_ARABIC_PREFIX: Final = regex.compile("^[وف]?(?:بال|كال|لل|ال|ل|ب)")


@lru_cache(maxsize=4096)
def persons(text: str, language: str) -> frozenset[Ages]:
    """The ages of the persons that a text names; numbers are not read."""
    if language in _PATTERNS:
        # Of "trẻ em" and "người lớn" the words alone mean other things.
        listed = {ages: as_whole_words(words) if language == "vi" else words for ages, words in _words(language)}
        return frozenset(ages for ages, words in listed.items() if regex.search(words, text, regex.IGNORECASE))
    table = _table(language)
    return frozenset(table[key] for token in tokens(text) for key in _keys(token.text, language) if key in table)


def names_only_persons(text: str, language: str) -> bool:
    """Whether a cell says nothing but whom it is for: "Adults", "Pregnant women"."""
    if language in _PATTERNS:
        rest = regex.sub("|".join(words for _, words in _words(language)), "", text, flags=regex.IGNORECASE)
        return rest != text and not any(char.isalnum() for char in rest)
    known = _table(language).keys() | {
        key for word in _ANYBODY.get(language, "").split() for key in _keys(fold(word), language)
    }
    words = [token.text for token in tokens(text) if not is_stopword(token.text, language)]
    return bool(words) and all(not known.isdisjoint(_keys(word, language)) for word in words)


def _words(language: str) -> list[tuple[Ages, str]]:
    return list(_WORDS.get(language, {}).items())


@cache
def _table(language: str) -> Mapping[str, Ages]:
    return {
        key: ages for ages, words in _words(language) for word in words.split() for key in _keys(fold(word), language)
    }


def _keys(word: str, language: str) -> tuple[str, ...]:
    """A folded word and its stem; an Arabic one also without article and preposition, which are written on to it."""
    short = _ARABIC_PREFIX.sub("", word) if language == "ar" else word
    return (word, stem(word, language), *((short, stem(short, language)) if len(short) > 2 else ()))
