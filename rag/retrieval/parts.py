"""Questions that ask several things, taken apart: "How long is the vial kept and who signs the register?"."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import regex

from rag.core.language import SERVED_UNSPACED
from rag.core.text import is_stopword, tokens
from rag.core.words import words_of

MOST: Final = 4
"""Parts that are searched for by themselves; a question with more is searched as a whole."""
FEWEST_WORDS: Final = 2
"""Content words of a part that is searched for by itself: "and why?" is nothing to search for."""

_ENDS: Final = r"[?？؟;；]"
_ARABIC_ASKING: Final = r"(?:ما|ماذا|من|متى|أين|لماذا|كيف|كم|أي|هل)"
_ARABIC_AND: Final = rf"(?=\sو{_ARABIC_ASKING}\s)"


def parts(question: str, language: str) -> list[str]:
    """The questions that `question` is made of, to search for; none when it asks one thing, or that cannot be told.

    It is taken apart at question marks, and at words such as "and" where both sides ask something; at commas only in
    scripts without spaces, since elsewhere they begin a clause that says which one is meant.
    """
    pieces = [piece for piece in _asked(question, language) if _content(piece, language) >= FEWEST_WORDS]
    return pieces if 2 <= len(pieces) <= MOST else []


def parts_to_answer(question: str, language: str) -> list[str]:
    """The same, to be answered one by one: a part may go on from the one before it ("and how long is its warranty?").

    None where a piece says nothing of its own, as the first of "how long and how often is it shaken?", or goes on with
    a clause, as "children who vomit and who have fever".
    """
    pieces = _asked(question, language)
    if not 2 <= len(pieces) <= MOST or not all(_content(piece, language) for piece in pieces):
        return []
    asking = [[match[0].casefold() for match in _asking(language).finditer(piece)] for piece in pieces]
    if language not in SERVED_UNSPACED and any(later[0] in before[1:] for before, later in pairwise(asking)):
        return []
    # "Which tablets and which syrup are for children?" has its verb in the second piece only.
    first = pieces[0]
    words = len(tokens(_asking(language).sub(" ", first)))
    if language not in SERVED_UNSPACED and words == _content(first, language) < FEWEST_WORDS:
        return []
    return [first, *(_joint(language).sub("", piece) for piece in pieces[1:])]


def _joint(language: str) -> regex.Pattern[str]:
    """What joins a piece to the one before it."""
    joints = "|".join(words_of(language).joints or words_of("en").joints)
    joint = rf"(?:{joints})" if language in SERVED_UNSPACED else rf"(?:{joints})\s+"
    attached = rf"|و(?={_ARABIC_ASKING}\s)" if language == "ar" else ""
    return regex.compile(rf"^(?:{joint}{attached})", regex.IGNORECASE)


def _asked(question: str, language: str) -> list[str]:
    """The pieces of a question that ask something."""
    asking = _asking(language)
    found: list[str] = []
    for piece in _pieces(question, language):
        if found and (not asking.search(piece) or not asking.search(found[-1])):
            found[-1] += piece
        else:
            found.append(piece)
    found = [piece.strip(" ,，、;；") for piece in found]
    return [piece for piece in found if asking.search(piece)]


def _content(piece: str, language: str) -> int:
    return sum(not is_stopword(piece[token.start : token.end], language) for token in tokens(piece))


def _asking(language: str) -> regex.Pattern[str]:
    words = "|".join(words_of(language).question_words or words_of("en").question_words)
    return regex.compile(words if language in SERVED_UNSPACED else rf"\b(?:{words})\b", regex.IGNORECASE)


def _pieces(question: str, language: str) -> list[str]:
    """The question cut before each joint and behind each mark, nothing left out."""
    joints = "|".join(words_of(language).joints or words_of("en").joints)
    if language in SERVED_UNSPACED:
        cut = rf"(?<={_ENDS})|(?={joints})|(?<=[，,、])"
    else:
        cut = rf"(?<={_ENDS})|(?=\s(?:{joints})\s)"
    if language == "ar":
        cut += f"|{_ARABIC_AND}"
    return [piece for piece in regex.split(cut, question, flags=regex.IGNORECASE) if piece.strip()]
