"""What a follow-up puts in place of words of the question before it: a child for an adult, "into a vein" for "into the
rectum". Carried over, the old words would answer in place of the new ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Final, NamedTuple

import regex

from rag.answering.measures import number_words, units, whole_words
from rag.answering.persons import ARABIC_PREFIX, person_words
from rag.core.language import ALL_CAPITALISED, SERVED_UNSPACED, without_stop_phrases
from rag.core.text import Token, as_whole_words, fold, is_stopword, stem, tokens
from rag.core.words import List, languages, words_of

LONGEST_UNIT: Final = 8
"""Characters of the longest word of measure that is looked for where words are not parted."""
# Measures of a person: weight, age, height, the width of an arm.
_OF_A_PERSON: Final = frozenset({"kg", "g", "year", "month", "week", "day", "cm", "mm"})


class Range(NamedTuple):
    """A range of a text in characters."""

    start: int
    end: int


class _Amount(NamedTuple):
    place: Range
    number: Range
    unit: str
    """In one spelling, "" for a number alone."""


class Carried(NamedTuple):
    """The earlier questions as far as a follow-up goes on from them."""

    texts: tuple[str, ...]
    """What the follow-up replaces is blanked out."""
    amount: str = ""
    """The follow-up's bare number with the unit of the amount that it replaces: "13 years" of "And a child of 13?"."""


def carried(
    earlier: Sequence[str], language: str, follow_up: str, follow_up_language: str, *, ellipsis: bool
) -> Carried:
    """What a follow-up leaves standing of the questions that it goes on from.

    Where it names a person or a measure of one, no other person and no such measure stays. An ordinal replaces an
    ordinal, a day of the week a day. In an ellipsis ("And into a vein?") a phrase replaces the one behind the same
    preposition, else a name the only name. What cannot be told stays.

    Args:
        earlier: the questions, oldest first.
        language: of all of them.
        follow_up: the question that goes on from them.
        ellipsis: the follow-up has no verb of its own.
    """
    texts = list(earlier)
    persons = list(_members(person_words(follow_up_language), follow_up, follow_up_language))
    amounts = list(_amounts(follow_up, follow_up_language))
    rest = _blanked(follow_up, [*persons, *(entry.place for entry in amounts)])
    amount = ""
    if persons or amounts:
        texts, replaced = _without_persons(texts, language, amounts, person=bool(persons))
        if len(amounts) == 1 and not amounts[0].unit and not _content(rest, follow_up_language):
            number = follow_up[amounts[0].number.start : amounts[0].number.end]
            amount = _with_unit(number, replaced, person=bool(persons))
    for new, old in zip(_classes(follow_up_language), _classes(language), strict=True):
        if members := list(_members(new, rest, follow_up_language)):
            rest = _blanked(rest, members)
            texts = [_blanked(text, _members(old, text, language)) for text in texts]
    if ellipsis and language == follow_up_language and language not in SERVED_UNSPACED:
        texts = _without_parallel(texts, rest, language)
    return Carried(tuple(texts), amount)


def named(follow_up: str, language: str) -> str:
    """The words of an ellipsis that say which one is meant; where it gives an amount, that says which person is."""
    amounts = amount_ranges(follow_up, language)
    persons = _members(person_words(language), follow_up, language) if amounts else ()
    left = _blanked(follow_up, [*amounts, *persons])
    return left if _content(left, language) else ""


def persons_among(words: Iterable[str], language: str) -> frozenset[str]:
    """Of index terms, those that are words for persons: which of them a document has may be told by age alone."""
    persons = person_words(language)
    if language in SERVED_UNSPACED:
        return frozenset(word for word in words if regex.search("|".join(persons), word))
    if language == "vi":
        return frozenset(words) & {token.text for token in tokens(" ".join(persons))}
    stems = _stems(persons, language)
    if language != "ar":
        return frozenset(words) & stems
    # "For a child" is one word.
    return frozenset(word for word in words if not stems.isdisjoint({word, *_bare(word, language)}))


def of_amounts(words: Set[str], language: str) -> frozenset[str]:
    """Of index terms, those of words that only say beside an amount of what it is: "weighing", "aged"."""
    return frozenset(words) & _stems(words_of(language).of_amounts, language)


def without_terms(text: str, gone: Set[str], language: str) -> str:
    """The text without the words of some index terms."""
    places = [Range(token.start, token.end) for token in tokens(text) if stem(token.text, language) in gone]
    return " ".join(_blanked(text, places).split())


def amount_ranges(text: str, language: str) -> list[Range]:
    """Where the numbers of a text stand, each with its unit."""
    return [entry.place for entry in _amounts(text, language)]


def _without_persons(
    texts: Sequence[str], language: str, amounts: Sequence[_Amount], *, person: bool
) -> tuple[list[str], list[tuple[str, _Amount]]]:
    """The texts without the persons and amounts that new ones replace, and those amounts, each with its text."""
    new = {entry.unit for entry in amounts}
    of_person = person or bool(new & (_OF_A_PERSON | {""}))
    kept: list[str] = []
    gone: list[tuple[str, _Amount]] = []
    for text in texts:
        replaced = [
            entry
            for entry in _amounts(text, language)
            if "" in new or entry.unit in new or (of_person and entry.unit in _OF_A_PERSON | {""})
        ]
        gone += [(text, entry) for entry in replaced if entry.unit]
        persons = _members(person_words(language), text, language) if of_person else ()
        kept.append(_blanked(text, [*persons, *(entry.place for entry in replaced)]))
    return kept, gone


def _with_unit(number: str, replaced: Sequence[tuple[str, _Amount]], *, person: bool) -> str:
    """A bare number with the unit of the one amount that it replaces; "" where that cannot be told."""
    if len(replaced) != 1:
        return ""
    text, old = replaced[0]
    # "A child of 3" is three years old, whatever the child before weighed.
    if person and old.unit != "year":
        return ""
    return f"{text[old.place.start : old.number.start]}{number}{text[old.number.end : old.place.end]}"


def _without_parallel(texts: Sequence[str], rest: str, language: str) -> list[str]:
    changed = list(texts)
    for group, phrase in _phrases(rest, language):
        for index in range(len(changed) - 1, -1, -1):
            beside = [old for other, old in _phrases(changed[index], language) if other == group]
            if len(beside) == 1:
                old = beside[0][-len(phrase) :] if words_of(language).postpositions else beside[0][: len(phrase)]
                changed[index] = _blanked(changed[index], [Range(token.start, token.end) for token in old])
            if beside:
                break
    if changed != list(texts) or language in ALL_CAPITALISED:
        return changed
    new = _content(rest, language)
    kinds = {_name_kind(rest, token) for token in new}
    if len(kinds) != 1 or not (kind := kinds.pop()) or new[0].start == 0:
        return changed
    names = [(index, run) for index, text in enumerate(changed) for run in _name_runs(text, language, kind)]
    if len(names) == 1:
        index, run = names[0]
        changed[index] = _blanked(changed[index], [run])
    return changed


def _phrases(text: str, language: str) -> Iterator[tuple[int, list[Token]]]:
    """Each preposition's group, or postposition's, with the content words that hang on it; none without any."""
    groups = _groups(language)
    phrase: list[Token] = []
    group, last = -1, -1
    for token in tokens(text):
        word = text[token.start : token.end]
        found = groups.get(_key(word, language), -1)
        if words_of(language).postpositions:
            if found >= 0:
                # "के लिए" is one: the last word of it tells.
                group = found
            elif not is_stopword(word, language):
                if group >= 0:
                    if phrase:
                        yield group, phrase
                    phrase, group = [], -1
                phrase = [*phrase, token] if token.start <= last + 1 else [token]
                last = token.end
            else:
                phrase = phrase if group >= 0 else []
            continue
        if found >= 0 or (phrase and is_stopword(word, language)):
            if phrase:
                yield group, phrase
            phrase, group = [], found
        elif group >= 0 and not is_stopword(word, language):
            phrase = [*phrase, token]
    if phrase and group >= 0:
        yield group, phrase


@cache
def _groups(language: str) -> Mapping[str, int]:
    listed = words_of(language).postpositions or words_of(language).prepositions
    return {_key(word, language): number for number, group in enumerate(listed) for word in group.split()}


def _key(word: str, language: str) -> str:
    """A word as it is compared; the marks of Vietnamese tell words apart."""
    return unicodedata.normalize("NFC", word.casefold()) if language == "vi" else fold(word)


def _name_kind(text: str, token: Token) -> str:
    word = text[token.start : token.end]
    if len(word) > 1 and word.isupper():
        return "letters"
    return "name" if word[:1].isupper() else ""


def _name_runs(text: str, language: str, kind: str) -> list[Range]:
    """The names inside a question; its first word has a capital letter of its own."""
    runs: list[Range] = []
    for position, token in enumerate(tokens(text)):
        word = text[token.start : token.end]
        if not position or is_stopword(word, language) or _name_kind(text, token) != kind:
            continue
        if runs and not text[runs[-1].end : token.start].strip():
            runs[-1] = Range(runs[-1].start, token.end)
        else:
            runs.append(Range(token.start, token.end))
    return runs


def _classes(language: str) -> tuple[List, List]:
    """Words, beside those for persons and measures, of which one stands for another."""
    return words_of(language).ordinals, words_of(language).weekdays


def _members(listed: List, text: str, language: str) -> Iterator[Range]:
    """Where words of a class stand."""
    if not listed:
        return
    if language in SERVED_UNSPACED or language == "vi":
        pattern = "|".join(listed) if language in SERVED_UNSPACED else as_whole_words("|".join(listed))
        yield from (Range(*match.span()) for match in regex.finditer(pattern, text, regex.IGNORECASE))
        return
    stems = _stems(listed, language)
    for token in tokens(text):
        if not stems.isdisjoint({token.text, *_bare(token.text, language)}):
            yield Range(token.start, token.end)


@cache
def _stems(words: List, language: str) -> frozenset[str]:
    folded = [fold(word) for word in words]
    return frozenset(form for word in folded for form in (word, *_bare(word, language)))


# A clock time or a span is no amount that another number replaces.
_BARE: Final = regex.compile(r"\d+(?:[.,]\d+)?")


def _bare(word: str, language: str) -> tuple[str, ...]:
    """The stems of a folded word; of an Arabic one also without article and preposition, which are written on to it."""
    if language != "ar":
        return (stem(word, language),)
    short = ARABIC_PREFIX.sub("", word)
    return (short, stem(short, language)) if len(short) > 2 else (word,)


def _amounts(text: str, language: str) -> Iterator[_Amount]:
    """The numbers of a text with their units; a word that may be something else only where it has one."""
    found = tokens(text)
    ordinals = _stems(words_of(language).ordinals, language)
    table, numbers, whole = units(language), number_words(language), whole_words(language)
    for position, token in enumerate(found):
        place = Range(token.start, token.end)
        if (written := whole.get(token.text)) and (unit := table.get(fold(written.split()[-1]))):
            yield _Amount(place, place, unit)
            continue
        is_word = token.text in numbers
        if not is_word and not token.text[:1].isdecimal():
            continue
        unit, around = _unit(text, found, position, language)
        # "Of one", "ya tatu" (the third).
        bare = not numbers[token.text][1] and token.text not in ordinals if is_word else _BARE.fullmatch(token.text)
        if unit or bare:
            yield _Amount(_with_beside(text, found, around, language), place, unit)


def _unit(text: str, found: Sequence[Token], position: int, language: str) -> tuple[str, Range]:
    """The unit beside a number and where both stand; ("", ...) where there is none."""
    token, table = found[position], units(language)
    if language in SERVED_UNSPACED:
        begin = token.end + (text[token.end : token.end + 1] == " ")
        for length in range(LONGEST_UNIT, 0, -1):
            unit = table.get(fold(text[begin : begin + length]), "")
            if unit:
                return unit, Range(token.start, begin + length)
    for index in (position - 1, position + 1) if language == "sw" else (position + 1,):
        if 0 <= index < len(found) and (unit := table.get(found[index].text, "")):
            return unit, Range(min(token.start, found[index].start), max(token.end, found[index].end))
    return "", Range(token.start, token.end)


def _with_beside(text: str, found: Sequence[Token], place: Range, language: str) -> Range:
    """An amount with the word beside it that says of what it is; one function word may stand between."""
    if language in SERVED_UNSPACED:
        before = _beside_spaceless().search(text, 0, place.start)
        return Range(before.start(), place.end) if before else place
    inside = [index for index, token in enumerate(found) if token.start < place.end and token.end > place.start]
    start, end = place
    for step, index in ((-1, inside[0]), (1, inside[-1])):
        beside = index + step
        if 0 <= beside < len(found) and is_stopword(found[beside].text, language):
            beside += step
        if 0 <= beside < len(found) and found[beside].text in _beside():
            start, end = min(start, found[beside].start), max(end, found[beside].end)
    return Range(start, end)


@cache
def _beside() -> frozenset[str]:
    """The folded words, of all languages with spaces, that say beside an amount of what it is."""
    known = (words_of(language) for language in languages() if language not in SERVED_UNSPACED)
    return frozenset(fold(word) for listed in known for word in listed.of_amounts)


@cache
def _beside_spaceless() -> regex.Pattern[str]:
    words = [word for language in SERVED_UNSPACED for word in words_of(language).of_amounts]
    return regex.compile(rf"(?:{'|'.join(words)})\s*$")


def _content(text: str, language: str) -> list[Token]:
    kept = without_stop_phrases(text, language)
    return [token for token in tokens(kept) if not is_stopword(text[token.start : token.end], language)]


def _blanked(text: str, ranges: Iterable[Range]) -> str:
    for start, end in ranges:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text
