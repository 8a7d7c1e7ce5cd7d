"""Languages: which one a text is in, its stop words, its stems, its direction."""

from __future__ import annotations

import math
import threading
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import regex

from rag.core.folding import fold, tokens

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES: Final = ("en", "fr", "es", "sw", "ar", "ur", "hi", "de", "el", "ro", "ru", "th", "tr", "vi", "zh")
"""The languages that are served, as ISO 639-1 codes."""

UNDETERMINED: Final = "und"
UNSPACED: Final = frozenset({"th", "zh", "ja"})
"""Languages written without spaces between words."""
SERVED_UNSPACED: Final = UNSPACED.intersection(LANGUAGES)
"""Those of them that are served."""
ALL_CAPITALISED: Final = frozenset({"de"})
"""Languages in which all nouns begin with a capital letter: there it tells no name."""
# Languages whose stop words differ from other words only by diacritics.
_MARKED: Final = frozenset({"vi"})
_RIGHT_TO_LEFT: Final = frozenset({"ar", "ur", "fa", "he", "ps", "sd", "ug", "yi", "dv", "ku"})


def is_right_to_left(language: str) -> bool:
    """Whether the language is written from right to left."""
    return language in _RIGHT_TO_LEFT


# --- stop words ---------------------------------------------------------------------------------------------------


def _stop_list(language: str) -> tuple[str, ...]:
    from rag.core.words import words_of  # here, since most commands read no text

    return words_of(language).stop_words


@cache
def _stopwords(language: str) -> frozenset[str]:
    words = _stop_list(language)
    if language in _MARKED:
        return frozenset(map(_with_marks, words))
    return frozenset(token.text for word in words for token in tokens(word))


@cache
def _stop_phrases(language: str) -> regex.Pattern[str] | None:
    if language not in {"zh", "th"}:
        return None
    longest_first = sorted(_stop_list(language), key=len, reverse=True)
    return regex.compile("|".join(regex.escape(phrase) for phrase in longest_first))


def _with_marks(word: str) -> str:
    return unicodedata.normalize("NFC", word.casefold())


def is_stopword(word: str, language: str) -> bool:
    """Whether `word` is a function word or question word of `language`.

    The word may be folded, except in Vietnamese, where its marks tell "của" (of) from "cửa" (door).
    """
    if language in _MARKED:
        return _with_marks(word) in _stopwords(language)
    return fold(word) in _stopwords(language)


def without_stop_phrases(text: str, language: str) -> str:
    """`text` with the question words of a language written without spaces blanked out; others unchanged."""
    phrases = _stop_phrases(language)
    return phrases.sub(lambda match: " " * len(match[0]), text) if phrases else text


# --- stems --------------------------------------------------------------------------------------------------------

_SNOWBALL: Final = {
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "hi": "hindi",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
}
# The first five letters serve Turkish as well as morphological analysis does (Can et al., Information retrieval on
# Turkish texts, JASIST 59(3), 2008), and do not depend on the vowels that folding changes.
_TURKISH_PREFIX: Final = 5
_GREEK_SHORTEST: Final = 4
_URDU_SHORTEST: Final = 3
_HINDI_SHORTEST: Final = 2
# What is taken off an Arabic word, and how many letters must be left.
_ARABIC_PREFIXES: Final = (("وال", 2), ("بال", 2), ("كال", 2), ("فال", 2), ("ولل", 2), ("ال", 2), ("لل", 2), ("و", 5))
# Hindi is written with short and long vowels for each other, and with a nasal consonant or the dot that stands for it,
# above all in foreign names; after Lucene's HindiNormalizer (Larkey, Connell and Abduljaleel 2003).
_HINDI_VOWELS: Final = str.maketrans("ीूैौईऊऐऔ", "िुेोइउएओ")
_NASAL: Final = regex.compile("[ङञणनम]्(?=[क-म])")
_stemmers = threading.local()


def stem(word: str, language: str) -> str:
    """The stem of a folded word: Snowball where it has the language, light rules for Arabic, Turkish, Swahili and Urdu.

    A word with a digit, and a word of any other language, is its own stem.
    """
    return _stem(word, language) if language in _STEMMED else word


@lru_cache(maxsize=131_072)
def _stem(word: str, language: str) -> str:
    if any(character.isdecimal() for character in word):
        return word
    if language == "tr":
        return word.partition("'")[0][:_TURKISH_PREFIX]
    if language == "sw":
        return _stem_swahili(word)
    if language == "ur":
        return _stem_urdu(word)
    if language == "ar":
        return _stem_arabic(word)
    # A Snowball stemmer keeps state between calls: one for each thread.
    stemmer = getattr(_stemmers, language, None)
    if stemmer is None:
        import Stemmer

        stemmer = Stemmer.Stemmer(_SNOWBALL[language])
        setattr(_stemmers, language, stemmer)
    stemmed: str = stemmer.stemWord(word)
    if language == "el" and len(stemmed) > _GREEK_SHORTEST:
        # The stemmer takes -ια off (εμβόλια) and leaves the ι of -ιο (εμβόλιο).
        stemmed = stemmed.removesuffix("ι")
    if language == "hi":
        # Of "दाई" (midwife) and "दी" (given) the stemmer leaves one and the same letter.
        stemmed = stemmed if len(stemmed) >= _HINDI_SHORTEST else word
        stemmed = _NASAL.sub("ं", stemmed.translate(_HINDI_VOWELS))
    # A stemmer may put accents in.
    return fold(stemmed) or word


def _stem_swahili(word: str) -> str:
    """The noun class plurals vi-/ki- and wa-/m- and the locative -ni made one."""
    if len(word) > 6 and word.endswith("ni"):
        word = word[:-2]
    if len(word) > 4 and word.startswith("vi"):
        return "ki" + word[2:]
    if len(word) > 4 and word.startswith("wa") and word[2] not in "aeiou":
        return "m" + word[2:]
    return word


def _stem_urdu(word: str) -> str:
    """The plural endings -ون, -ين, -ات and -اں taken off, then the vowel that tells gender, number and case: "ملتا" and
    "ملتي", "نزله" and "نزلي", as folding writes them. The Hindi stemmer does the same (Ramanathan and Rao 2003)."""
    for ending in ("وں", "يں", "ات", "اں"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > _URDU_SHORTEST and word[-1] in "اهي" else word


def _stem_arabic(word: str) -> str:
    """Light stemming of a folded word after Larkey, Ballesteros and Connell ("light10", 2007): without the article and
    what is written on to it, "and" before a long word, and the endings of gender, number and possession.

    Snowball's stemmer tells "ة" from "ه", which folding does not: "جرعة" and "الجرعة" had two stems. "And" is taken off
    only before five letters or more, since many short words begin with its letter ("وظيفة", "ولادة").
    """
    for prefix, left in _ARABIC_PREFIXES:
        if word.startswith(prefix) and len(word) >= len(prefix) + left:
            word = word[len(prefix) :]
            break
    for ending in ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي"):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            word = word[: -len(ending)]
    return word


_STEMMED: Final = frozenset({*_SNOWBALL, "ar", "tr", "sw", "ur"})

# --- detection ----------------------------------------------------------------------------------------------------

_SCRIPTS: Final = {
    "Latin": "", "Devanagari": "hi", "Thai": "th", "Greek": "el", "Han": "zh", "Hiragana": "ja", "Katakana": "ja",
    "Hangul": "ko", "Arabic": "ar", "Cyrillic": "ru", "Hebrew": "he",
}  # fmt: skip
_LETTER: Final = regex.compile("|".join(rf"(?P<{script}>\p{{Script={script}}}+)" for script in _SCRIPTS))
# Letters of Urdu that neither Arabic nor Persian has, those that Persian shares, and common words of each.
_URDU: Final = regex.compile("[ٹڈڑںےہھۓ]")
_PERSIAN: Final = regex.compile("[پچژگکی]")
_PERSIAN_WORDS: Final = frozenset(fold(word) for word in "است در از را این برای آن با های می شود چیست کنید".split())
_UKRAINIAN: Final = regex.compile("[іїєґўјљњћђќѓџ]", regex.IGNORECASE)
_LATIN: Final = ("en", "fr", "es", "sw", "de", "ro", "tr", "vi", "pt", "it", "nl")
# In a few words the model knows little; what is asked here is mostly English, and rarely a language not served.
_PRIOR: Final = {"en": math.log(4), "pt": -math.log(4), "it": -math.log(4), "nl": -math.log(4)}
_STOPWORD_WEIGHT: Final = 1.2
_WEAK: Final = 0.5
"""Below this probability a language named by the model alone is a guess."""
_SAMPLE: Final = 4000
"""Characters that are looked at: more changes nothing."""
_LONGEST_PIECE: Final = 40
_PIECES: Final = 16_384
"""Pieces whose words are remembered, about 5 MB, and how long they may be."""
_load_lock = threading.Lock()


def detect_language(text: str) -> str:
    """The ISO 639-1 code of the language `text` is written in, or "und".

    The script decides where it can. Latin script: a Naive Bayes model (py3langid) among the languages served and their
    neighbours, corrected by stop words; without any evidence the text counts as English when it has words at all.
    """
    text = text[:_SAMPLE]
    letters: Counter[str] = Counter()
    for match in _LETTER.finditer(text):
        # A Chinese character says as much as several letters.
        letters[match.lastgroup or ""] += len(match[0]) * (
            3 if match.lastgroup in {"Han", "Hiragana", "Katakana"} else 1
        )
    if not letters:
        return UNDETERMINED
    latin = letters.pop("Latin", 0)
    if letters:
        script, count = letters.most_common(1)[0]
        # Names of medicines and firms stand in Latin letters in texts of every script.
        if count * 2 >= latin:
            return _by_script(script, letters, text)
    return _by_words(text)


def _by_script(script: str, letters: Counter[str], text: str) -> str:
    if script == "Han" and (letters["Hiragana"] or letters["Katakana"]):
        return "ja"
    if script == "Cyrillic" and _UKRAINIAN.search(text):
        return UNDETERMINED
    if script != "Arabic":
        return _SCRIPTS[script]
    words = {token.text for token in tokens(text)}
    persian = len(words & _PERSIAN_WORDS)
    urdu = len(words & _stopwords("ur")) + 2 * len(_URDU.findall(text))
    if urdu and urdu > persian and urdu >= len(words & _stopwords("ar")):
        return "ur"
    if persian and _PERSIAN.search(text):
        return UNDETERMINED
    return "ur" if _PERSIAN.search(text) and not words & _stopwords("ar") else "ar"


def _by_words(text: str) -> str:
    # No token reaches over a blank: the pieces between them are taken one by one, and remembered.
    words = [
        word
        for piece in text.split()
        for word in (_spellings(piece) if len(piece) <= _LONGEST_PIECE else _spellings.__wrapped__(piece))
    ]
    if not words:
        return UNDETERMINED
    folded = Counter(word for word, _ in words)
    marked = Counter(word for _, word in words)
    scores: dict[str, float] = {}
    evidence: dict[str, float] = {}
    total = len(words)
    for language, probability in _identifier().rank(text.lower()):
        counts = marked if language in _MARKED else folded
        found = sum(counts[word] for word in counts.keys() & _stopwords(language))
        # In a long text their share counts, not their number.
        hits = found * min(1.0, 12 / total)
        evidence[language] = max(probability, 0.9 if hits >= 1 else 0.0)
        scores[language] = math.log(max(probability, 1e-6)) + _STOPWORD_WEIGHT * hits + _PRIOR.get(language, 0.0)
    best = max(scores, key=scores.__getitem__)
    return best if evidence[best] >= _WEAK else "en"


@lru_cache(_PIECES)
def _spellings(piece: str) -> tuple[tuple[str, str], ...]:
    """The words of what stands between two blanks, without numbers: each folded, and with its marks."""
    found = (token for token in tokens(piece) if not token.text[:1].isdecimal())
    return tuple((token.text, _with_marks(piece[token.start : token.end])) for token in found)


@cache
def _load_identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(_LATIN))
    return identifier


def _identifier() -> LanguageIdentifier:
    with _load_lock:
        return _load_identifier()
