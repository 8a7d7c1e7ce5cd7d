"""Text in the form that amounts are read in: folded, its number words, fractions and hours as figures."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Final

import regex

from rag.answering.dates import with_plain_dates
from rag.answering.measures import number_words, spaced_units, units, whole_words
from rag.core.text import as_whole_words, fold
from rag.core.words import all_words

POINT_DECIMAL: Final = frozenset({"en", "hi", "ur", "th", "zh", "ja"})
"""Languages that write "1,000.5"; the others write "1.000,5", where "1,000" may be either."""
UNIT_FIRST: Final = frozenset({"sw"})
"""Languages that put the unit before the number: "saa 24"."""
WORD: Final = r"[\p{L}\p{M}]+(?:/[\p{L}\p{M}]+)?"
"""A word, or two of a rate."""
UNIT_BEHIND: Final = regex.compile(rf"[ \-]{{0,2}}(%|[$€£¥₹₺]|{WORD})")
"""What may be a number's unit behind it."""
UNIT_BEFORE: Final = regex.compile(r"(?:^|[^\p{L}\p{M}])([$€£¥₹₺]|[\p{L}\p{M}]+)[ .(:)]{0,3}$")
"""What may be its unit before it."""
# "And", "in", "for", "so" before a number word.
_ATTACHED: Final = {"ar": "وبلف"}
_FRACTIONS: Final = {"½": ".5", "¼": ".25", "¾": ".75", "⅓": ".333", "⅔": ".667", "⅛": ".125"}
_FRACTION: Final = regex.compile(rf"(?:(\d)\s?)?([{''.join(_FRACTIONS)}])")
# ".5 mg" is a tenth of "5 mg"; ",5 mg" where a comma parts the decimals.
_BARE_POINT: Final = regex.compile(r"(?<![\p{L}\p{M}\d.,])\.(?=\d)")
_BARE_COMMA: Final = regex.compile(r"(?<![\p{L}\p{M}\d.,])[.,](?=\d)")
# "20 x 10⁹/l", and "500¹ mg" with a note; compatibility forms would make "109" and "5001" of them.
_RAISED: Final = regex.compile(r"(?<![\d.,])(\d+(?:[.,]\d+)*)([⁰¹²³⁴⁵⁶⁷⁸⁹]+|[ᵃ-ᶻ](?!\p{L}))")
_LONGEST_POWER: Final = 2
# The mark of a note apart from what it stands behind, and one in brackets: "5 ml ¹", "5 ml[1]".
_MARK: Final = regex.compile(r"(?<!\S)[⁰¹²³⁴⁵⁶⁷⁸⁹ᵃ-ᶻⁱⁿ]+(?![\p{L}\p{N}])|(?<=[^\s(\[])\[\d{1,2}\]")
# "1 1/2 tablets".
_MIXED: Final = regex.compile(r"(?<![\d.,/])(\d{1,2}) ([1-9])/([1-9])(?![\d/])")
# "-20 °C", not "2-8 °C".
_FROST: Final = regex.compile(r"(?:(?<=^|[\s(])[-−–]|\bminus )(\d+(?:[.,]\d+)?) deg")
_SIGNS: Final = {"<=": "at most", ">=": "at least", "≤": "at most", "≥": "at least", "<": "below", ">": "above"}
_SIGN: Final = regex.compile(r"(<=|>=|[<>≤≥]) ?(?=\d)")
_PER_KG: Final = regex.compile(r"\b(mg|g|ml|µg|mcg) (?:per|for each|for every) (?:kg|kilograms?|kilo)\b")
_DEGREE: Final = regex.compile(r"[°º]\s?([cf]?)\b|[°º]", regex.IGNORECASE)
_HOUR: Final = regex.compile(r"(?<![\d.,:/])(\d{1,2})\s?h\s?(\d{2})(?!\d)")
_HALVES: Final = regex.compile(r"\b(\d+|[a-z]+)(?: [a-z]+)? and (?:a|one) half\b|\bhalf (?:a|an|of an?|of the|the) ")
# "at once", "once opened", "once they have passed", not "once a day".
_AT: Final = regex.compile(r"\bat $")
_WHEN: Final = regex.compile(r" (?:it|they|you|he|she|\p{L}+ed)\b")
_QUARTER: Final = regex.compile(r"\ba quarter of an hour\b")
# "after a week"; not "twice a week", nor "20 shillings for a month".
_ONE: Final = regex.compile(r"\b(after|within|lasts?|takes?|than|least|most) an? (?=(?:hour|day|week|month|year)\b)")
# One number, however its digits are grouped: "0712 345 678", "+254 712 345678".
_PHONE: Final = regex.compile(
    r"(?<![\p{L}\d.,/:-])(?=(?:[ +-]?\d){7})(?:\+\d{1,3}|0\d{1,4})(?:[ -]\d{2,6}){1,4}(?![.,/:]?\d)"
)
# "Under the age of 12".
_AGE: Final = regex.compile(r"\b(?:the )?age of (\d{1,3})\b(?![.,/-]?\d| ?(?:years?|months?|weeks?|days?)\b)")
_MERIDIEM: Final = regex.compile(r"(?<![\d.,:/])(\d{1,2})(?::(\d{2}))?\s?([ap])\.?\s?m\b\.?")
_HYPHENED: Final = regex.compile(r"-(\p{L}+)")


def normal(text: str, language: str = "") -> str:
    """`text` folded, with number words as numbers: the form that `quantities.places` reads."""
    return _normal(text, language)


@lru_cache(maxsize=2048)
def _normal(text: str, language: str) -> str:
    text = without_raised(text)
    text = _MIXED.sub(lambda m: f"{int(m[1]) + int(m[2]) / int(m[3]):g}" if int(m[3]) else m[0], text)
    text = _FRACTION.sub(lambda m: (m[1] or "0") + _FRACTIONS[m[2]], text)
    text = (_BARE_POINT if (language or "en") in POINT_DECIMAL else _BARE_COMMA).sub("0.", text)
    text = _DEGREE.sub(lambda m: f" deg{m[1] or ''} ", unicodedata.normalize("NFKC", text))
    text = with_plain_dates(" ".join(fold(text).split()), language or "en")
    text = _PHONE.sub(lambda m: regex.sub("[ -]", "", m[0]), text)
    text = _MERIDIEM.sub(lambda m: f"{int(m[1]) % 12 + (12 if m[3] == 'p' else 0)}:{m[2] or '00'}", text)
    text = _HOUR.sub(r"\1:\2", text)
    known = language or "en"
    text = _FROST.sub(r"\1 frost", text)
    if known == "en":
        text = _AGE.sub(r"\1 years", text)
        text = _PER_KG.sub(r"\1/kg", _SIGN.sub(lambda m: f"{_SIGNS[m[1]]} ", text))
        text = _ONE.sub(r"\1 1 ", _HALVES.sub(_half, _QUARTER.sub("15 min", text)))
    if spaced := _spaced_pattern(language):
        text = spaced.sub(lambda match: spaced_units(language)[match[0]], text)
    words = _number_pattern(known)
    return words.sub(lambda match: _in_digits(match, known), text) if words else text


def without_raised(text: str) -> str:
    """Text with powers of ten written out and no marks of notes; compatibility forms make other numbers of both."""
    return _MARK.sub(" ", _RAISED.sub(_on_the_line, text))


def _on_the_line(match: regex.Match[str]) -> str:
    """A power of ten written out; of another number the raised figure is the mark of a note."""
    exponent = unicodedata.normalize("NFKC", match[2])
    is_power = match[1] == "10" and exponent.isdecimal() and len(exponent) <= _LONGEST_POWER
    return f"1{'0' * int(exponent)}" if is_power else match[1]


def _half(match: regex.Match[str]) -> str:
    if not match[1]:
        return "0.5 "
    number = match[1] if match[1].isdigit() else number_words("en").get(match[1], ("", False))[0]
    return f"{number}.5" if number.isdigit() else match[0]


@cache
def _spaced_pattern(language: str) -> regex.Pattern[str] | None:
    said = "|".join(map(regex.escape, sorted(spaced_units(language), key=len, reverse=True)))
    return regex.compile(as_whole_words(said)) if said else None


@cache
def _number_pattern(language: str) -> regex.Pattern[str] | None:
    words = sorted({*number_words(language), *whole_words(language)}, key=len, reverse=True)
    if not words:
        return None
    letters = r"[\p{L}\p{M}\d]"
    before = f"[{_ATTACHED[language]}]?" if language in _ATTACHED else ""
    said = "|".join(map(regex.escape, words))
    return regex.compile(rf"(?<!{letters}|-)(?P<attached>{before})(?P<word>{said})(?!{letters})")


def attached(word: str, language: str) -> int:
    """How many letters before a number word are written on to it: of Arabic "بسبعة", in seven, the first."""
    rest = fold(word[1:])
    is_joined = word[:1] in _ATTACHED.get(language, "") and (
        rest in number_words(language) or rest in whole_words(language)
    )
    return 1 if word and is_joined else 0


def _part_of_larger(match: regex.Match[str], language: str) -> bool:
    """Whether a number word is a part of a larger number, or of another word: "two hundred", "twenty-first"."""
    text, start, end = match.string, match.start(), match.end()
    before, after = _larger()
    if before.search(text[max(0, start - 24) : start]) or after.match(text, end):
        return True
    beside = _HYPHENED.match(text, end)
    return beside is not None and (" " in match[0] or beside[1] not in units(language))


@cache
def _larger() -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """What stands before, and behind, a number word that is part of a larger number, in any language."""
    words = "|".join(fold(word) for listed in all_words() for word in listed.larger_numbers)
    before = rf"(?<![\p{{L}}\p{{M}}])(?:{words}|quatre)[ -](?:moja[ -])?(?:(?:and|et|y|e|na)[ -])?$"
    return regex.compile(before), regex.compile(rf"[ -](?:{words}|vingts?|et[ -]onze)(?![\p{{L}}\p{{M}}])")


def _in_digits(match: regex.Match[str], language: str) -> str:
    word, joint = match["word"], f"{match['attached']} " if match["attached"] else ""
    if word == "once" and (_AT.search(match.string, 0, match.start()) or _WHEN.match(match.string, match.end())):
        return match[0]
    if _part_of_larger(match, language):
        return match[0]
    if whole := whole_words(language).get(word):
        return joint + whole
    number, only_beside_unit = number_words(language)[word]
    if only_beside_unit:
        if language in UNIT_FIRST:
            before = UNIT_BEFORE.search(match.string, 0, match.start())
            beside = before[1] if before else ""
        else:
            after = UNIT_BEHIND.match(match.string, match.end())
            beside = after[1] if after else ""
        if beside not in units(language):
            return match[0]
    return joint + number
