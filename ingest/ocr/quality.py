"""Whether the text that a PDF page holds is text, or what a broken font table makes of it.

Each criterion was measured on good text (XQuAD's 240 paragraphs each in English, German, Spanish, Romanian, Turkish,
Vietnamese, Russian, Greek, Arabic, Hindi, Thai and Chinese, cut to 300 characters; the sample documents; PDF test files
of several libraries): nothing of it is flagged. What each flags is said beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

import regex

FEWEST_LETTERS: Final = 60
"""Letters below which nothing is said of a text: a page number or a stamp is no sample."""
_SAMPLE: Final = 1500
"""Characters looked at, from the middle of the page: each look costs, and a wrong font table spoils the whole page."""
_BROKEN: Final = 0.1
"""Share of characters that are private, unassigned or replacements: good text has up to 0.03 (icons, logos)."""
_SYMBOLS: Final = 0.3
"""Share of signs that are no text's punctuation: program listings and formulas have up to 0.2."""
_SIGNS: Final = frozenset('"#$%&*+=?@\\^`{}~!;')
_MIXED: Final = 0.2
"""Share of words with letters of several alphabets: good text has up to 0.03 (units, formulas)."""
_MOJIBAKE: Final = 0.03
"""Share of characters that are UTF-8 taken for Windows-1252 ("Ã©"): good text has none."""
_HIGH = re.compile(
    "[\x80-\xff\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2018-\u201d\u2022"
    "\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178]{2,}"
)
_LEADING_MARKS: Final = 0.12
"""Share of words that begin with a vowel sign or accent that belongs on the letter before: good text has none."""
_LEADING_MARK = regex.compile(r"(?<!\S)\p{M}")
_FINAL: Final = "ةىںے"
"""Letters of Arabic and Urdu that end words; where more begin words, the text runs backwards."""
_FEWEST_FINAL: Final = 5
_USUAL: Final = 0.62
"""Share of letter pairs within words that are among the 200 commonest. Good text has 0.77 to 0.97 in 300 characters,
letters exchanged at random (a font table that is wrong, Devanagari typed with a font of Latin letters) have 0.3 and in
99 of 100 cases less than 0.6."""
_FEWEST_PAIRS: Final = 100
# The 200 commonest pairs of letters, folded, of our sample documents in English, French, Spanish and Swahili and of
# our lists of function words in German, Romanian, Turkish and Vietnamese: a first letter with those that follow it.
_PAIRS: Final = (
    "abcdfgijklmnorstuvy baeiou caehiotu daeiou eacdegilmnprstuvy faeioru gaeiou haeioru iabcdeghklmnorstvz "
    "jaei kaehiouw laceilmou mabeiopu nacdeghilnostuy oacdfiklmnoprstuw paehlor qu radegiostu saehiostu "
    "taehiorstu uabdeilmnorst vaeio waehio yaeos zai"
)
_COMMON: Final = frozenset(row[0] + letter for row in _PAIRS.split() for letter in row[1:])
_SPECIAL: Final = str.maketrans({"ı": "i", "đ": "d", "ß": "s", "ø": "o", "ł": "l", "æ": "e", "œ": "e"})
_COMBINING = regex.compile(r"\P{Canonical_Combining_Class=0}+")
_ALPHABETS: Final = {
    "Latin": "L", "Greek": "G", "Cyrillic": "C", "Arabic": "A", "Hebrew": "H", "Devanagari": "D", "Armenian": "R",
    "Georgian": "E", "Bengali": "B", "Tamil": "T",
}  # fmt: skip
_ALPHABET = regex.compile("|".join(rf"(?P<{name}>\p{{Script={name}}})" for name in _ALPHABETS))


def fault(text: str) -> str:
    """What is wrong with a page's text, in words for a person; "" where it can be read."""
    start = max(0, (len(text) - _SAMPLE) // 2)
    text = text[start : start + _SAMPLE]
    visible = "".join(text.split())
    if len(visible) < FEWEST_LETTERS:
        return ""
    counts = Counter(visible)  # each different character is looked at once: there are few
    if sum(count for char, count in counts.items() if _is_broken(char)) > _BROKEN * len(visible):
        return "characters without a meaning"
    if sum(count for char, count in counts.items() if _is_sign(char)) > _SYMBOLS * len(visible):
        return "signs in place of letters"
    if sum(count for char, count in counts.items() if char.isalpha()) < FEWEST_LETTERS:
        return ""
    if _mojibake(text) > _MOJIBAKE * len(visible):
        return "letters in a wrong encoding"
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    if sum(_is_mixed(word) for word in words) > _MIXED * len(words):
        return "letters of several alphabets in one word"
    if len(_LEADING_MARK.findall(text)) > _LEADING_MARKS * len(words):
        return "vowel signs without their letters"
    if _runs_backwards(text, words):
        return "words that run backwards"
    return "" if _is_usual(text) else "letters that form no words"


def _is_broken(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char) in ("Co", "Cn", "Cc")


def _is_sign(char: str) -> bool:
    return char in _SIGNS or unicodedata.category(char) in ("Sk", "So")


def _mojibake(text: str) -> int:
    """Characters that are UTF-8 read as Windows-1252."""
    found = 0
    for match in _HIGH.finditer(text):
        try:
            match[0].encode("cp1252", "strict").decode("utf-8")
        except UnicodeError:
            continue
        found += len(match[0])
    return found


def _is_mixed(word: str) -> bool:
    return not word.isascii() and len({match.lastgroup for match in _ALPHABET.finditer(word)}) > 1


def _runs_backwards(text: str, words: list[str]) -> bool:
    if not any(letter in text for letter in _FINAL):
        return False
    counts: Counter[str] = Counter()
    for word in words:
        bare = word.strip("،؛؟۔.,:;!()[]«»\"'")
        if len(bare) > 1:
            counts["first"] += bare[0] in _FINAL
            counts["last"] += bare[-1] in _FINAL
    return counts["first"] >= _FEWEST_FINAL and counts["first"] > counts["last"]


def _is_usual(text: str) -> bool:
    """Whether the pairs of Latin letters are those of a language; true where there are too few to tell."""
    plain = text.casefold()
    if not plain.isascii():
        plain = _COMBINING.sub("", unicodedata.normalize("NFD", plain).translate(_SPECIAL))
    # Each word once: a page of markup or of one product's name says the same pairs over and over.
    words = set(re.findall("[a-z]{2,}", plain))
    pairs = [word[place : place + 2] for word in words for place in range(len(word) - 1)]
    return len(pairs) < _FEWEST_PAIRS or sum(map(_COMMON.__contains__, pairs)) >= _USUAL * len(pairs)
