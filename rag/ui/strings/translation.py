"""The interface's words in the user's language.

The English words stand in the modules of this folder and are the source. One TOML file a language stands in
`languages/`, by its ISO 639-1 code: sentences by the English sentence, counts by their English plural, and how numbers,
dates and lists are written. What a file lacks is said in English. A constant is looked up whenever it is read from
outside its module (`Translated`), never at import: the language is that of whoever looks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from rag.core.language_files import languages_in, load

ENGLISH: Final = "en"
FOLDER: Final = Path(__file__).parent / "languages"
OWN_NAMES: Final[Mapping[str, str]] = {
    "ar": "العربية", "de": "Deutsch", "el": "Ελληνικά", "en": "English", "es": "Español", "fr": "Français",
    "hi": "हिन्दी", "it": "Italiano", "nl": "Nederlands", "pt": "Português", "ro": "Română", "ru": "Русский",
    "sw": "Kiswahili", "th": "ไทย", "tr": "Türkçe", "ur": "اردو", "vi": "Tiếng Việt", "zh": "中文",
}  # fmt: skip
"""Languages as those who speak them call them: answers can be told again in these."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a language writes; English by default."""

    direction: str = "ltr"
    """"ltr" or "rtl"."""
    plurals: str = "n != 1"
    """Which form of a count: a formula as in gettext's `Plural-Forms`."""
    thousands: str = ","
    decimal: str = "."
    per_cent: str = "{n}%"
    comma: str = ", "
    last: str = " and "
    """Between the last two of a list."""
    date: str = "{day} {month} {year}"
    months: tuple[str, ...] = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    )  # fmt: skip


class Translation(NamedTuple):
    """The words of one language."""

    writing: Writing
    sentences: Mapping[str, str]
    """By the English sentence."""
    counts: Mapping[str, tuple[str, ...]]
    """The forms of a count, in the order of `Writing.plurals`, by its English plural."""

    def said(self, english: str) -> str:
        """A sentence, in English where it is not translated."""
        return self.sentences.get(english, english)

    def form(self, value: int, one: str, many: str) -> str:
        """The form of a count that goes with `value`, likewise."""
        forms = self.counts.get(many)
        if forms is None:
            return one if value == 1 else many
        return forms[c2py(self.writing.plurals)(value)]


def languages() -> tuple[str, ...]:
    """The languages that the interface speaks, as ISO 639-1 codes, in alphabetical order."""
    return tuple(sorted({ENGLISH, *languages_in(FOLDER)}))


def nearest(locale: str) -> str:
    """The language of the interface for a browser's locale such as "fr-CA"; English where it is not spoken."""
    code = locale.replace("_", "-").partition("-")[0].lower()
    return code if code in languages() else ENGLISH


def current() -> str:
    """The language of whoever looks: that of the thread (`speaking`), else that of the browser's session."""
    return _of_thread.get() or _of_session[0]()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have what this thread says be in a language: in threads that no browser's session belongs to."""
    token = _of_thread.set(language)
    try:
        yield
    finally:
        _of_thread.reset(token)


def follow(session: Callable[[], str]) -> None:
    """Let `session` tell the language of a browser's session; it is asked on the session's own thread."""
    _of_session[:] = [session]


def writing() -> Writing:
    """How the current language writes."""
    return translation(current()).writing


def said(english: str, **slots: object) -> str:
    """A sentence in the current language, its slots filled."""
    sentence = translation(current()).said(english)
    return sentence.format(**slots) if slots else sentence


def form(value: int, one: str, many: str) -> str:
    """The form of a count in the current language that goes with `value`, its slots unfilled."""
    return translation(current()).form(value, one, many)


@cache
def translation(language: str) -> Translation:
    """The words of a language.

    Raises:
        ValueError: its file is no TOML, or a table or a way of writing in it is not known.
    """
    path = FOLDER / f"{language}.toml"
    return read(path) if language != ENGLISH else Translation(Writing(), {}, {})


def read(path: Path) -> Translation:
    """The words in a file.

    Raises:
        ValueError: see `translation`.
    """
    found = load(path)
    if unknown := found.keys() - {"writing", "sentences", "counts"}:
        raise ValueError(f"{path}: no table is called {', '.join(sorted(unknown))}.")
    ways = found.get("writing", {})
    if "months" in ways:
        ways["months"] = tuple(ways["months"])
    try:
        how = Writing(**ways)
    except TypeError as error:
        raise ValueError(f"{path}: writing: {error}") from error
    counts = {english: tuple(forms) for english, forms in found.get("counts", {}).items()}
    return Translation(how, found.get("sentences", {}), counts)


class Translated(ModuleType):
    """A module whose constants are read in the current language.

    A module's class decides what `module.NAME` gives (the data model's "Customizing module attribute access"), while
    mypy still sees the module's own names, so that a misspelt one is an error.
    """

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if not name.isupper():
            return value
        if isinstance(value, str):
            return said(value)
        # `OWN_NAMES` are themselves in every language.
        if isinstance(value, dict) and value is not OWN_NAMES:
            spoken = translation(current())
            return {key: spoken.said(word) for key, word in value.items()}
        return value


def translate(module: str) -> None:
    """Make a module `Translated`; called at its foot with its `__name__`."""
    sys.modules[module].__class__ = Translated


def _english() -> str:
    return ENGLISH


_of_thread: ContextVar[str] = ContextVar("language", default="")
_of_session: list[Callable[[], str]] = [_english]
