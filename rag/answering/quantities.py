"""Numbers with their units of measure, as they must agree between a sentence and the passage that supports it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import regex

from rag.answering.dates import PLAIN, same_day, with_plain_dates
from rag.answering.measures import COUNTING, in_base, number_words, units, whole_words
from rag.core.text import LANGUAGES, fold, is_stopword
from rag.core.words import all_words, words_of

# Languages that write "1,000.5"; the others write "1.000,5", where "1,000" may be either.
_POINT_DECIMAL: Final = frozenset({"en", "hi", "ur", "th", "zh", "ja"})
# Languages that put the unit before the number: "saa 24".
_UNIT_FIRST: Final = frozenset({"sw"})
# "And", "in", "for", "so" before a number word.
_ATTACHED: Final = {"ar": "وبلف"}
_UNSPACED: Final = frozenset({"th", "zh", "ja"})
_WORD: Final = r"[\p{L}\p{M}]+(?:/[\p{L}\p{M}]+)?"
# A slash before it parts it from a unit, "10mg/5ml", or makes it a part of the number before.
_NUMBER: Final = regex.compile(
    r"(?<![\p{L}\p{M}\d.,])(?<![^\p{L}%]/)(?:[1-9]\d{0,2}(?:\ \d{3})+(?![\d.,:/])|\d+(?:[.,:/]\d+)*)", regex.V1
)
_NEXT: Final = regex.compile(rf"[ \-]{{0,2}}(%|[$€£¥₹₺]|{_WORD})")
_BEFORE: Final = regex.compile(r"(?:^|[^\p{L}\p{M}])([$€£¥₹₺]|[\p{L}\p{M}]+)[ .(:)]{0,3}$")
_LINKS: Final = frozenset({"-", "va"})
"""Between the ends of a range, beside the words in `rag.core.words.Words.range_links`."""
# Words may stand between an end of a range and its link: "saa 2 asubuhi hadi saa 10 jioni".
_WORDY_RANGES: Final = frozenset({"sw", "ur", "hi", "ar"})
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
_CLOCK: Final = regex.compile(r"\d{1,2}:\d{2}")
_GROUPED: Final = regex.compile(r"[1-9]\d{0,2}([.,])\d{3}")
CLOCK: Final = "o'clock"
"""The unit of a time of day."""
DATE: Final = "date"
"""The unit of a day of the calendar, see `rag.answering.dates`."""


class Quantity(NamedTuple):
    """A number in plain form ("1000", "0.5", "8:30") and its unit in one spelling, "" where there is none.

    A word that is no known measure is the unit as it is written, folded: "310 people".
    """

    number: str
    unit: str
    other: str = ""
    """The second way to read the number, "" where there is one only: "1,000" is 1000 or 1."""

    def agrees(self, other: Quantity) -> bool:
        """The same size, and no different unit. Of a date, this one may leave out the year that the other has."""
        if self.unit == other.unit == DATE:
            return same_day(self.number, other.number)
        if not (self.unit and other.unit):
            return not ({self.number, self.other} - {""}).isdisjoint({other.number, other.other} - {""})
        if in_base(self.unit)[0] != in_base(other.unit)[0]:
            return False
        return bool(self._sizes() & other._sizes())

    def equals(self, other: Quantity) -> bool:
        """The same number, whatever the units."""
        return self._replace(unit="").agrees(other._replace(unit=""))

    def size(self) -> Fraction | None:
        """How much it is in the unit that `measures.in_base` gives; None for a time of day, a date, a fraction bar."""
        return Fraction(self.number) * in_base(self.unit)[1] if _is_plain(self.number) else None

    def _sizes(self) -> set[Fraction | str]:
        factor = in_base(self.unit)[1]
        numbers = {self.number, self.other} - {""}
        return {Fraction(number) * factor if _is_plain(number) else number for number in numbers}

    def __str__(self) -> str:
        return f"{self.number} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Placed:
    """A quantity and the range of the normal text where it stands, its unit included."""

    quantity: Quantity
    start: int
    end: int
    measured: bool
    """The unit is a known measure, not merely the word that stands there."""
    edge: str = ""
    """"low" or "high" when it is an end of a range."""


def quantities(text: str, language: str = "") -> frozenset[Quantity]:
    """All quantities in `text`. Digits of every script are read, and the number words of the language.

    Args:
        language: decides how "1.000" is read and which words are numbers and units; "" reads the units of all
            languages and English number words.
    """
    return frozenset(placed.quantity for placed in places(normal(text, language), language))


def absent(claimed: Iterable[Quantity], source: Iterable[Quantity]) -> list[Quantity]:
    """The claimed quantities with which none in the source agrees, sorted."""
    known = list(source)
    return sorted(quantity for quantity in claimed if not any(quantity.agrees(other) for other in known))


def normal(text: str, language: str = "") -> str:
    """`text` folded, with number words as numbers: the form that `places` reads."""
    return _normal(text, language)


@lru_cache(maxsize=2048)
def _normal(text: str, language: str) -> str:
    text = without_raised(text)
    text = _MIXED.sub(lambda m: f"{int(m[1]) + int(m[2]) / int(m[3]):g}" if int(m[3]) else m[0], text)
    text = _FRACTION.sub(lambda m: (m[1] or "0") + _FRACTIONS[m[2]], text)
    text = (_BARE_POINT if (language or "en") in _POINT_DECIMAL else _BARE_COMMA).sub("0.", text)
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


_HYPHENED: Final = regex.compile(r"-(\p{L}+)")


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
        if language in _UNIT_FIRST:
            before = _BEFORE.search(match.string, 0, match.start())
            beside = before[1] if before else ""
        else:
            after = _NEXT.match(match.string, match.end())
            beside = after[1] if after else ""
        if beside not in units(language):
            return match[0]
    return joint + number


def places(text: str, language: str = "") -> list[Placed]:
    """The quantities of normal text in order; the unit of a range stands for both its ends."""
    found = [_placed(text, match, language) for match in _NUMBER.finditer(text)]
    for index, (low, high) in enumerate(pairwise(found)):
        link = _link(language).fullmatch(text, low.end, max(low.end, high.start))
        if link is None:
            continue
        joined = link["join"] is not None
        between = joined and bool(set(text[max(0, low.start - 24) : low.start].split()) & _between())
        if low.measured and high.measured and joined and not between:
            continue
        if high.measured and not low.measured:
            low = replace(low, quantity=low.quantity._replace(unit=high.quantity.unit), measured=True)
        elif low.measured and not high.measured and not joined:
            high = replace(high, quantity=high.quantity._replace(unit=low.quantity.unit), measured=True)
        if not joined or between:
            low, high = replace(low, edge="low"), replace(high, edge="high")
        found[index], found[index + 1] = low, high
    return found


def without_measures(text: str, language: str) -> str:
    """Normal text with its quantities in known measures blanked out, but for what stands between a number and its unit:
    the "working" of "21 working days"."""
    table = units(language)
    for placed in places(text, language):
        if placed.measured:
            kept = [" "] * (placed.end - placed.start)
            for word in () if language in _UNSPACED else _WORDS.finditer(text, placed.start, placed.end):
                if word[0] not in table and not _rate(word[0], table):
                    kept[word.start() - placed.start : word.end() - placed.start] = word[0]
            text = text[: placed.start] + "".join(kept) + text[placed.end :]
    return text


_WORDS: Final = regex.compile(_WORD)


def links(between: str, language: str) -> bool:
    """Whether normal text between two numbers makes them a range, as " to " does and " and " does not."""
    match = _link(language).fullmatch(between)
    return match is not None and match["link"] is not None


@cache
def _link(language: str) -> regex.Pattern[str]:
    own = words_of(language)
    links = "|".join((*_link_words(), *map(fold, own.own_range_links)))
    joined = (fold(word) for listed in all_words() for word in listed.range_joins)
    joins = "|".join((*joined, *map(fold, own.own_range_joins)))
    words = rf"(?:{_WORD}\s+){{0,2}}?" if language in _WORDY_RANGES else ""
    space = r"\s*" if language in _UNSPACED else r"(?:\s+|(?<=-|^)|(?=-))"
    return regex.compile(rf"\s*{words}(?:(?P<link>{links})|(?P<join>{joins})){space}{words}")


@cache
def _link_words() -> frozenset[str]:
    return _LINKS.union(fold(word) for listed in all_words() for word in listed.range_links)


@cache
def _between() -> frozenset[str]:
    return frozenset(fold(word) for listed in all_words() for word in listed.between)


def _placed(text: str, match: regex.Match[str], language: str) -> Placed:
    number, other = _readings(match[0], language)
    start, end = match.span()
    if PLAIN.fullmatch(match[0]):
        return Placed(Quantity(match[0], DATE), start, end, measured=True)
    if _CLOCK.fullmatch(match[0]):
        return Placed(Quantity(number, CLOCK, other), start, end, measured=True)
    unit, end, measured = _unit(text, end, language)
    if language in _UNIT_FIRST or not measured:
        before, begin = _unit_before(text, start, language)
        if before:
            unit, start, end, measured = before, begin, match.end(), True
    return Placed(Quantity(number, unit, other), start, end, measured)


def _unit(text: str, position: int, language: str) -> tuple[str, int, bool]:
    """The unit that follows, its end, and whether it is a known measure; it may stand behind an adjective or two."""
    table = units(language)
    first, first_end = "", position
    if language in _UNSPACED:
        begin = position + (text[position : position + 1] == " ")
        for length in range(8, 0, -1):
            if text[begin : begin + length] in table and len(text[begin : begin + length]) == length:
                return table[text[begin : begin + length]], begin + length, True
    end = position
    for count in range(3):
        match = _NEXT.match(text, end)
        if match is None or (count and text[end : match.start(1)] != " "):
            break
        word, end = match[1], match.end()
        canonical = table.get(word) or _rate(word, table)
        if canonical:
            return canonical, end, True
        if _is_function_word(word, language):
            break
        if not first:
            first, first_end = word, end
    if language in _UNSPACED or language in _UNIT_FIRST:
        return "", position, False
    return first, first_end, False


def _rate(word: str, table: Mapping[str, str]) -> str:
    one, slash, other = word.partition("/")
    return f"{table[one]}/{table[other]}" if slash and one in table and other in table else ""


def _unit_before(text: str, start: int, language: str) -> tuple[str, int]:
    """The unit before the number: a currency, a table's head "Price (shillings): 950", or any in Swahili."""
    table = units(language)
    match = _BEFORE.search(text, 0, start)
    if match is None:
        return "", start
    word = match[1]
    if language in ("en", "") and word in _COUNTED and text[match.end(1) : start] == " ":
        return table.get(word, word) + COUNTING, match.start(1)
    headed = text[match.end(1) : start].strip() in ("):", ")", ":")
    rate = _HEAD_RATE.search(text, max(0, match.start(1) - 40), match.start(1)) if headed else None
    if rate and rate[1] in table:
        return table[rate[1]], rate.start(1)
    sign = not word.isalpha() or word in _CURRENCIES
    if word in table and (language in _UNIT_FIRST or sign or headed):
        return table[word], match.start(1)
    if language in _UNIT_FIRST and text[match.end(1) : start] == " ":
        earlier = _BEFORE.search(text, 0, match.start(1))
        if earlier and earlier[1] in table and text[earlier.end(1) : match.start(1)] == " ":
            return table[earlier[1]], earlier.start(1)
    return "", start


# "On day 7" is no seven of anything.
_COUNTED: Final = frozenset(
    "day days week weeks month months step phase grade room extension chapter page form".split()
)
# "Sachets a day: 3", "Tablets per dose: 2".
_HEAD_RATE: Final = regex.compile(r"([\p{L}\p{M}]+) (?:an?|per|each) $")
_CURRENCIES: Final = frozenset("usd eur gbp kes ksh tzs tsh ugx rs inr pkr cny tl fcfa".split())


@lru_cache(maxsize=16384)
def _is_function_word(word: str, language: str) -> bool:
    known = (language, "en") if language else LANGUAGES
    return word in _LINKING or word in _link_words() or any(is_stopword(word, one) for one in known) or len(word) < 2


# What the lists of stop words leave out: "over 65 because of ...", "children younger than 5 receive ...".
_LINKING: Final = frozenset(
    "because due since owing according including during until unless without within when while whenever if are is was "
    "were may must should can receive receives get gets take takes pay pays need needs below under above over".split()
)


def _readings(written: str, language: str) -> tuple[str, str]:
    """The number in plain form, and its second reading where "." or "," may part thousands or decimals."""
    written = written.replace(" ", "")
    if _CLOCK.fullmatch(written):
        hour, _, minute = written.partition(":")
        return f"{int(hour)}:{minute}", (str(int(hour)) if minute == "00" else "")
    if ":" in written or "/" in written:
        return written, ""
    marks = [char for char in written if char in ".,"]
    if len(marks) == 1 and (grouped := _GROUPED.fullmatch(written)):
        thousands = written.replace(grouped[1], "")
        decimal = _trimmed(written.replace(grouped[1], "."))
        if language in _POINT_DECIMAL:
            return (thousands, "") if grouped[1] == "," else (decimal, "")
        if language and grouped[1] == ".":
            return thousands, ""
        return (thousands, decimal) if grouped[1] == "," or language else (decimal, thousands)
    if len(marks) > 1:
        last = marks[-1]
        if marks.count(last) > 1:
            return written.replace(".", "").replace(",", ""), ""
        other = "," if last == "." else "."
        return _trimmed(written.replace(other, "").replace(last, ".")), ""
    return _trimmed(written.replace(",", ".")), ""


def _trimmed(number: str) -> str:
    whole, _, fraction = number.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole.lstrip('0') or '0'}{'.' + fraction if fraction else ''}"


def _is_plain(number: str) -> bool:
    return number.replace(".", "", 1).isdigit()
