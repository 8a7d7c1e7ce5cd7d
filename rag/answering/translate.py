"""A question in the languages of documents that may answer it, by the model, so that they are found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

import regex

from rag.answering.one_line import brings_in, one_line, undressed
from rag.core.errors import ModelError
from rag.core.language import UNDETERMINED
from rag.core.messages import messages
from rag.core.ports import ChatModel
from rag.core.prompts import load

MOST: Final = 2
"""Languages that a question is put into: those of most documents."""
ENOUGH: Final = 0.6
"""A question is not translated when one passage has so much of its information in its own words."""
TOKENS: Final = 80
"""For one translation; scripts that small vocabularies spell out take several tokens a word."""
SECONDS: Final = 20.0
"""For all of them, the wait for the first word included."""
LONGER: Final = 3
"""A translation may have so many times the characters of the question, and `SPARE` more."""
SPARE: Final = 40

_LABEL: Final = regex.compile(r"^\s*(?:translation|question|[\p{L}\p{M} ]{2,20})\s*[:：]\s*", regex.IGNORECASE)


def other_languages(language: str, documents: Mapping[str, int]) -> list[str]:
    """Languages to put a question into: those of most documents, without its own.

    Args:
        language: the question's.
        documents: how many there are of each language.
    """
    others = [code for code in documents if code not in (language, UNDETERMINED)]
    return sorted(others, key=lambda code: (-documents[code], code))[:MOST]


def translate(question: str, languages: Sequence[str], model: ChatModel, max_window: int) -> list[str]:
    """The question in other languages; what is no translation, or takes too long, is left out. Never fails.

    Args:
        languages: ISO 639-1 codes that answers can be written in.
        max_window: the largest context window to ask of the model, in tokens.
    """
    deadline = time.monotonic() + SECONDS
    found: list[str] = []
    for language in languages:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            translated = _translated(question, language, model, max_window, left)
        except ModelError:
            break
        if _is_translation(translated, question):
            found.append(translated)
    return list(dict.fromkeys(found))


def _translated(question: str, language: str, model: ChatModel, max_window: int, seconds: float) -> str:
    prompt = load("translate").render(language=messages(language).language_name, question=question)
    line = one_line(model, prompt, max_tokens=TOKENS, seconds=seconds, max_window=max_window)
    return undressed(_LABEL.sub("", line))


def _is_translation(text: str, question: str) -> bool:
    """Whether it can be one: other words of about that length, the same numbers, and nothing brought in."""
    if not text or text.casefold() == question.casefold() or len(text) > LONGER * len(question) + SPARE:
        return False
    return _numbers(text) == _numbers(question) and not brings_in(text, [question])


def _numbers(text: str) -> set[int]:
    """Those written in digits, of any script."""
    return {int(digits) for digits in regex.findall(r"\p{Nd}+", text)}
