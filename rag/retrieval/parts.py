"""Questions that ask several things, taken apart: "How long is the vial kept and who signs the register?"."""

from __future__ import annotations

from typing import Final

import regex

from rag.core.text import is_stopword, tokens
from rag.core.words import words_of

MOST: Final = 4
"""Parts that are searched for by themselves; a question with more is searched as a whole."""
FEWEST_WORDS: Final = 2
"""Content words of a part: "and why?" is nothing to search for."""

_SPACELESS: Final = frozenset({"zh", "th"})
_ENDS: Final = r"[?？؟;；]"
_ARABIC_AND: Final = r"(?=\sو(?:ما|ماذا|من|متى|أين|لماذا|كيف|كم|أي|هل)\s)"


def parts(question: str, language: str) -> list[str]:
    """The questions that `question` is made of; none when it asks one thing, or when that cannot be told.

    It is taken apart at question marks, and at words such as "and" where both sides ask something; at commas only in
    scripts without spaces, since elsewhere they begin a clause that says which one is meant.
    """
    asking = _asking(language)
    found: list[str] = []
    for piece in _pieces(question, language):
        if found and (not asking.search(piece) or not asking.search(found[-1])):
            found[-1] += piece
        else:
            found.append(piece)
    found = [piece.strip(" ,，、;；") for piece in found]
    kept = [piece for piece in found if asking.search(piece) and _content(piece, language) >= FEWEST_WORDS]
    return kept if 2 <= len(kept) <= MOST else []


def _content(piece: str, language: str) -> int:
    return sum(not is_stopword(piece[token.start : token.end], language) for token in tokens(piece))


def _asking(language: str) -> regex.Pattern[str]:
    words = "|".join(words_of(language).question_words or words_of("en").question_words)
    return regex.compile(words if language in _SPACELESS else rf"\b(?:{words})\b", regex.IGNORECASE)


def _pieces(question: str, language: str) -> list[str]:
    """The question cut before each joint and behind each mark, nothing left out."""
    joints = "|".join(words_of(language).joints or words_of("en").joints)
    if language in _SPACELESS:
        cut = rf"(?<={_ENDS})|(?={joints})|(?<=[，,、])"
    else:
        cut = rf"(?<={_ENDS})|(?=\s(?:{joints})\s)"
    if language == "ar":
        cut += f"|{_ARABIC_AND}"
    return [piece for piece in regex.split(cut, question, flags=regex.IGNORECASE) if piece.strip()]
