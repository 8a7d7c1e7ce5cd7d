"""Languages as tesseract calls them, the scripts they are written in, and the packages that bring them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

ENGLISH: Final = "eng"
OSD: Final = "osd"
"""Tesseract's model for orientation and script; no language."""

_CODES: Final = {
    "en": "eng", "fr": "fra", "es": "spa", "sw": "swa", "ar": "ara", "ur": "urd", "hi": "hin", "de": "deu",
    "el": "ell", "ro": "ron", "ru": "rus", "tr": "tur", "zh": "chi_sim", "pt": "por", "it": "ita", "nl": "nld",
    "th": "tha", "vi": "vie",  # codespell:ignore
    "ja": "jpn", "ko": "kor", "he": "heb",
}  # fmt: skip

_NAMES: Final = {
    "eng": "English", "fra": "French", "spa": "Spanish", "swa": "Swahili", "ara": "Arabic", "urd": "Urdu",
    "hin": "Hindi", "deu": "German", "ell": "Greek", "ron": "Romanian", "rus": "Russian", "tur": "Turkish",
    "tha": "Thai", "vie": "Vietnamese",  # codespell:ignore
    "chi_sim": "Chinese", "chi_tra": "Chinese (traditional)", "por": "Portuguese", "ita": "Italian", "nld": "Dutch",
    "jpn": "Japanese", "kor": "Korean", "heb": "Hebrew", "fas": "Persian", "ukr": "Ukrainian", "mar": "Marathi",
    "nep": "Nepali",
}  # fmt: skip

# Scripts by the names tesseract's detection gives them; the commonest language of each comes first.
_SCRIPTS: Final = {
    "Latin": ("eng", "fra", "spa", "swa", "deu", "por", "ita", "nld", "ron", "tur", "vie"),  # codespell:ignore
    "Arabic": ("ara", "urd", "fas"),
    "Devanagari": ("hin", "mar", "nep"),
    "Cyrillic": ("rus", "ukr"),
    "Greek": ("ell",),
    "Thai": ("tha",),  # codespell:ignore
    "Hebrew": ("heb",),
    "Han": ("chi_sim", "chi_tra"),
    "Japanese": ("jpn",),
    "Hiragana": ("jpn",),
    "Katakana": ("jpn",),
    "Korean": ("kor",),
    "Hangul": ("kor",),
}  # fmt: skip
_MIXED: Final = "Latin"
"""Languages of this script are read well by one pass that knows several; of others each is read best alone."""
_MOST_MIXED: Final = 6


def code_of(language: str) -> str:
    """Tesseract's code for an ISO 639-1 language; "" where it is not known."""
    return _CODES.get(language, "")


def name_of(code: str) -> str:
    """The language's English name."""
    return _NAMES.get(code, code)


def script_of(code: str) -> str:
    """The script a language is written in, "" where it is not known."""
    return next((script for script, codes in _SCRIPTS.items() if code in codes), "")


def usual_language(script: str) -> str:
    """The commonest language of a script, "" for a script that is not known."""
    return _SCRIPTS.get(script, ("",))[0]


def candidates(script: str, installed: Sequence[str]) -> list[str]:
    """What to read a script with: each entry is one try, in tesseract's notation ("eng+fra"); empty without any.

    Args:
        script: as tesseract's script detection names it.
        installed: language codes.
    """
    there = [code for code in _SCRIPTS.get(script, ()) if code in installed]
    return ["+".join(there[:_MOST_MIXED])] if there and script == _MIXED else there


def scripts(installed: Sequence[str]) -> list[str]:
    """The scripts that can be read, the commonest first."""
    return [script for script in _SCRIPTS if candidates(script, installed)]


def how_to_install(codes: Sequence[str]) -> str:
    """What to do to have tesseract read these languages, on this system."""
    *others, last = (name_of(code) for code in codes)
    names = f"{', '.join(others)} and {last}" if others else last
    if sys.platform == "darwin":
        return f"Install {names} for tesseract: brew install tesseract-lang."
    if sys.platform == "win32":
        return f"Run the tesseract installer again and choose {names} under additional language data."
    packages = " ".join(f"tesseract-ocr-{code.replace('_', '-')}" for code in codes)
    return f"Install {names} for tesseract: apt install {packages} (other systems: its package of that language)."


def how_to_install_tesseract() -> str:
    """What to do to have tesseract on this system."""
    if sys.platform == "darwin":
        return "Install tesseract: brew install tesseract tesseract-lang."
    if sys.platform == "win32":
        return "Install tesseract with the installer from https://github.com/UB-Mannheim/tesseract/wiki."
    return "Install tesseract: apt install tesseract-ocr, and a package tesseract-ocr-... for each language."
