"""Who stands on which side: "ORS before zinc", "the driver reports to the officer", red bags for waste and yellow ones
for needles. A sentence that changes the sides has all the words of its source and says another thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import permutations
from typing import Final, NamedTuple

import regex

from rag.answering.claims import clauses_of
from rag.answering.normal import normal
from rag.answering.polarity import Sense, Term, senses
from rag.answering.wording import is_said, said_something
from rag.core.text import as_whole_words, content_terms, content_words, fold, is_stopword, stem
from rag.core.words import words_of

_SENTENCES: Final = regex.compile(r"[.;:!?।۔؟](?=\s|$)")
_WORD: Final = regex.compile(r"[\p{L}\p{M}\d]+|(?<=[\p{L}\p{M}]):(?=\s)")
# What makes the sides of a verb alike, or changes them: "is the", "is signed by", "is sold with", "or".
_EITHER_WAY: Final = regex.compile(
    r",|\b(?:is|are|was|were|be|been|being|by|and|or|with|as|than|like|same|each other|together|both|between"
    r"|opposite|next to|near|borders?|meets?|equals?|before|after|then)\b"
)
# Within a subject, "staff of the clinic", these part nothing.
_BELONGING: Final = frozenset("of de du des del do da di van der".split())

# "Al nacer ... a las 6 semanas" is built alike.
_CONTRACTED: Final = {"al": "a", "au": "a", "aux": "a", "ao": "a", "aos": "a"}


class _Order(NamedTuple):
    """What comes first and what comes later, as content terms."""

    earlier: frozenset[str]
    later: frozenset[str]


class _Sides(NamedTuple):
    """What stands before and behind a word, as content terms."""

    left: frozenset[str]
    right: frozenset[str]


def turned_round(claim: str, claim_language: str, source: str, source_language: str) -> bool:
    """Whether the claim puts first what the source puts later, gives one clause's subject the other's predicate, or
    (English only) has the doer and the one done to in each other's place.

    Args:
        claim: a sentence.
        source: one unit, or two that follow each other.
    """
    ours, theirs = _orders(claim, claim_language), _orders(source, source_language)
    if any(_against(mine, theirs) for mine in ours):
        return True
    if claim_language == source_language == "en" and _sides_of_verbs_exchanged(claim, source):
        return True
    said = (claim, *clauses_of(claim, claim_language))
    return any(_crossed(_terms(normal(one, claim_language), claim_language), source, source_language) for one in said)


def _against(one: _Order, others: Sequence[_Order]) -> bool:
    """Whether the order is exchanged in one of the others, and none says the same."""
    exchanged = [other for other in others if _exchanged(one, other)]
    return bool(exchanged) and not any(
        one.earlier & other.earlier and one.later & other.later for other in others if other not in exchanged
    )


def _exchanged(one: tuple[frozenset[str], frozenset[str]], other: tuple[frozenset[str], frozenset[str]]) -> bool:
    """Whether more of what stands on one side in the one stands on the other side in the other than on the same."""
    first, second = one[0] - one[1], one[1] - one[0]
    before, behind = other[0] - other[1], other[1] - other[0]
    over, back = len(first & behind), len(second & before)
    return bool(over and back) and over + back > len(first & before) + len(second & behind)


@lru_cache(maxsize=2048)
def _orders(text: str, language: str) -> tuple[_Order, ...]:
    """Each "before", "after" and "then" with what it puts first; "after X, Y" begins with it."""
    found: list[_Order] = []
    for sentence in filter(None, map(str.strip, _SENTENCES.split(normal(text, language)))):
        marks = [mark for mark in senses(sentence, language) if mark.sense in (Sense.BEFORE, Sense.AFTER)]
        marks += [Term(Sense.BEFORE, *match.span(), trailing=False) for match in _then(language).finditer(sentence)]
        for mark in marks:
            before, behind = sentence[: mark.start], sentence[mark.end :]
            if not _WORD.search(before):
                behind, _, before = behind.partition(",")
            sides = _terms(before, language), _terms(behind, language)
            straight = (mark.sense is Sense.BEFORE) is not mark.trailing
            found.append(_Order(*(sides if straight else sides[::-1])))
    return tuple(found)


@cache
def _then(language: str) -> regex.Pattern[str]:
    # "A, then B" says that A comes first, as "A before B" does.
    words = "|".join(map(fold, words_of(language).then))
    return regex.compile(as_whole_words(words) if words else r"(?!)")


def _sides_of_verbs_exchanged(claim: str, source: str) -> bool:
    """Whether the words before and behind a word of both change places, in sentences without a second side alike."""
    ours, theirs = normal(claim, "en"), normal(source, "en")
    if _EITHER_WAY.search(ours) or _EITHER_WAY.search(theirs):
        return False
    mine, other = _around(ours), _around(theirs)
    return any(_exchanged(mine[word], other[word]) for word in mine.keys() & other.keys())


def _around(text: str) -> dict[str, _Sides]:
    """The sides of each content term."""
    words = content_terms(text, "en")
    return {word: _Sides(frozenset(words[:place]), frozenset(words[place + 1 :])) for place, word in enumerate(words)}


def _crossed(content: frozenset[str], source: str, language: str) -> bool:
    """Whether the claim has the subject of one clause and most of the predicate of another that is built alike."""
    for one, other in permutations(_sides_by_clause(source, language), 2):
        for word in one.keys() & other.keys() - _BELONGING:
            mine, theirs = one[word], other[word]
            # Numbers are held against numbers elsewhere: "at 8 on weekdays and at 9 on Saturdays".
            rival = {term for term in said_something(theirs.left, language) if not is_said(term, mine.left, language)}
            if not (mine.left and mine.right and theirs.right and rival):
                continue
            subject, predicate = mine.left - theirs.left, theirs.right - mine.right
            taken = content & subject and 2 * len(content & predicate) > len(predicate)
            # Of "the first dose is given at birth, the second at 6 weeks" the later clause leaves words out.
            told = [is_said(term, content, language) for term in rival]
            excused = all(told) if word in _linking(language) else any(told)
            if taken and not (excused or content & (mine.right - theirs.right)):
                return True
    return False


@cache
def _linking(language: str) -> frozenset[str]:
    return frozenset(map(fold, words_of(language).framing)) | {":", "to", "a"}


@lru_cache(maxsize=2048)
def _sides_by_clause(text: str, language: str) -> tuple[dict[str, _Sides], ...]:
    """For each clause the sides of each of its words, those without meaning of their own ("is", "for") included."""
    return tuple(dict(_word_sides(clause, language)) for clause in clauses_of(text, language))


def _word_sides(clause: str, language: str) -> Iterator[tuple[str, _Sides]]:
    for match in _WORD.finditer(clause):
        sides = _Sides(_terms(clause[: match.start()], language), _terms(clause[match.end() :], language))
        yield _CONTRACTED.get(match[0], match[0]), sides


def _terms(text: str, language: str) -> frozenset[str]:
    """Content terms; none where all words are without meaning of their own."""
    return frozenset(stem(word, language) for word in content_words(text, language) if not is_stopword(word, language))
