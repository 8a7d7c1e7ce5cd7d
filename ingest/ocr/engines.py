"""Which text recognition there is on this machine, and what to install for better results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ingest.ocr import languages, rapid, tesseract
from rag.core.text import LANGUAGES

AUTO: Final = "auto"
OFF: Final = "off"
CHOICES: Final = (AUTO, tesseract.NAME, rapid.NAME, OFF)
"""What `Source.ocr` may be."""
_BY_RAPIDOCR: Final = ("en", "fr", "es", "sw", "de", "zh")
"""The languages served here that rapidocr's model reads; English, French, Spanish and Swahili were measured."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that is installed."""

    name: str
    version: str
    languages: tuple[str, ...]
    """Their English names."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What scans can be read with here."""

    engines: tuple[Engine, ...]
    """The one used first comes first; empty where scans cannot be read."""
    missing: tuple[str, ...]
    """English names of the languages served here that no engine reads."""
    advice: str
    """What to install for better results, "" where nothing is lacking."""

    @property
    def summary(self) -> str:
        """The engines on one line, for people."""
        return "; ".join(f"{each.name} {each.version} ({', '.join(each.languages)})" for each in self.engines)


def describe(choice: str = AUTO) -> Recognition:
    """What scans are read with under this choice (see `CHOICES`)."""
    found: list[Engine] = []
    served = {code: languages.code_of(code) for code in LANGUAGES}
    read: set[str] = set()
    program = tesseract.find() if choice in (AUTO, tesseract.NAME) else None
    if program is not None:
        found.append(Engine(tesseract.NAME, program.version, tuple(map(languages.name_of, program.languages))))
        read.update(program.languages)
    if choice in (AUTO, rapid.NAME) and rapid.version():
        codes = [languages.code_of(code) for code in _BY_RAPIDOCR]
        found.append(Engine(rapid.NAME, rapid.version(), (*map(languages.name_of, codes), "Japanese")))
        read.update(codes)
    missing = [code for code in served.values() if code not in read]
    if choice == OFF:
        advice = "Text recognition is switched off. Set ocr = auto to read scans."
    elif program is None and choice != rapid.NAME:
        advice = languages.how_to_install_tesseract()
    elif program is not None and missing:
        advice = languages.how_to_install(missing)
    else:
        advice = ""
    return Recognition(tuple(found), tuple(map(languages.name_of, missing)), advice)


def hint_for_nothing_read(choice: str, tried: Mapping[str, str], missing: Sequence[str]) -> str:
    """What to do where a scan gave no text.

    Args:
        choice: the engine chosen, see `CHOICES`.
        tried: engines that were asked, with their versions.
        missing: codes of languages that the pages are in and that tesseract does not have.
    """
    if choice == OFF:
        return "It seems to be scanned, and text recognition is switched off. Set ocr = auto and add the file again."
    if missing:
        return f"It seems to be scanned. {languages.how_to_install(missing)} Then add the file again."
    if not tried:
        return f"It seems to be scanned. {languages.how_to_install_tesseract()} Then add the file again."
    names = " and ".join(f"{name} {version}" for name, version in tried.items())
    return (
        f"If it is scanned: {names} found no text in it. Scan it again, sharp and with 300 dots an inch, or add the "
        "file it was printed from."
    )
