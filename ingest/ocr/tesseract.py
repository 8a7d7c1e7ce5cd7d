"""Tesseract as a program of its own: one page in through a pipe, its words out as tab-separated values."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from ingest.ocr.languages import OSD
from ingest.ocr.picture import paper_of
from ingest.ocr.words import Word
from ingest.readers.builder import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

NAME: Final = "tesseract"
PAGE_SECONDS: Final = 120.0
"""Longest time for one page; a dense one at 300 dpi takes 5 to 10 seconds on a busy machine."""
_ASK_SECONDS: Final = 20.0
_SURE: Final = 0.8
_HEIGHTS: Final = 1.8
# A letter's stroke at 200 dpi is 3 to 4 points wide: in a picture reduced so far specks are gone and letters are not.
_REDUCED: Final = 4
_FEWEST_DARK: Final = 5
_INK: Final = 60
"""Shades by which print is darker than paper."""
_PADDING: Final = 3
_WORD_LEVEL: Final = "5"
_WINDOWS_HOME: Final = Path("Tesseract-OCR/tesseract.exe")


class EngineFailed(Exception):
    """An engine gave no result for a page; the text says why, in words for a person."""


class Orientation(NamedTuple):
    """What tesseract's orientation and script detection found. Confidences start at 0 and have no upper end."""

    quarter_turns: int
    """Clockwise, to set the page upright."""
    confidence: float
    script: str
    """As tesseract names it: "Latin", "Arabic", "Devanagari", ..."""
    script_confidence: float


@dataclass(frozen=True, slots=True)
class Tesseract:
    """An installed tesseract."""

    program: str
    version: str
    languages: tuple[str, ...]
    """Codes of the languages it has, without the detection of scripts."""
    detects_scripts: bool

    def read(self, picture: Image, languages: str, dpi: int) -> list[Word]:
        """The words of an upright grey picture, in reading order.

        Args:
            picture: mode "L".
            languages: codes joined by "+".
            dpi: dots an inch of the picture.

        Raises:
            EngineFailed: it ended with an error or took more than `PAGE_SECONDS`.
        """
        options = ["-l", languages, "--psm", "3", "--dpi", str(dpi), "tsv"]
        return _words(self._run(picture, options))

    def read_rest(self, picture: Image, words: Sequence[Word], languages: str, dpi: int) -> list[Word]:
        """Words that the layout analysis took for no text: it drops columns of single figures and list numbers.

        What was read is painted over and the rest is read as one block; only what is sure and as high as the other
        words counts. On pages of the sample handbook this finds half of the words that are missing, in a quarter of
        the time of the first pass.

        Args:
            picture: mode "L", as `read` got it.
            words: what `read` gave.
            languages: codes joined by "+".
            dpi: dots an inch of the picture.

        Raises:
            EngineFailed: as for `read`.
        """
        rest = _without(picture, words)
        if not words or not _has_letters(rest):
            return []
        usual = median(word.bottom - word.top for word in words)
        line, block = max(word.line for word in words) + 1, max(word.block for word in words) + 1
        found = _words(self._run(rest, ["-l", languages, "--psm", "6", "--dpi", str(dpi), "tsv"]))
        return [
            word._replace(line=line + word.line, block=block + word.line)
            for word in found
            if word.confidence >= _SURE
            and any(char.isalnum() for char in word.text)
            and usual / _HEIGHTS <= word.bottom - word.top <= usual * _HEIGHTS
        ]

    def orientation(self, picture: Image) -> Orientation | None:
        """How the page lies and which script it is in; None where there is too little print to tell, or no model."""
        if not self.detects_scripts:
            return None
        try:
            answer = self._run(picture, ["--psm", "0"])
        except EngineFailed:  # "Too few characters" is an error to tesseract
            return None
        found = dict(re.findall(r"^([A-Z][\w ]+): (.+)$", answer, re.MULTILINE))
        try:
            return Orientation(
                int(found["Rotate"]) // 90,
                float(found["Orientation confidence"]),
                found["Script"].strip(),
                float(found["Script confidence"]),
            )
        except (KeyError, ValueError):
            return None

    def _run(self, picture: Image, options: list[str]) -> str:
        # Portable grey map: nothing to compress, no file on disk.
        data = b"P5 %d %d 255\n" % picture.size + picture.tobytes()
        try:
            done = _call([self.program, "stdin", "stdout", *options], PAGE_SECONDS, data)
        except subprocess.TimeoutExpired as error:
            raise EngineFailed(f"tesseract took more than {PAGE_SECONDS:.0f} seconds on a page") from error
        except OSError as error:
            raise EngineFailed(f"tesseract cannot be started ({error.strerror})") from error
        if done.returncode:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise EngineFailed(f"tesseract failed on a page ({lines[-1] if lines else done.returncode})")
        return done.stdout.decode("utf-8", "replace")


@cache
def find() -> Tesseract | None:
    """The installed tesseract, None where there is none that works. Looked for once in a process."""
    program = shutil.which(NAME)
    if program is None and sys.platform == "win32":
        # Its installer does not put it on the path.
        homes = [os.environ.get(name, "") for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        paths = [Path(home) / _WINDOWS_HOME for home in homes if home]
        program = next((str(path) for path in paths if path.is_file()), None)
    if program is None:
        return None
    try:
        said = _call([program, "--version"], _ASK_SECONDS)
        listed = _call([program, "--list-langs"], _ASK_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Old versions answer on the error stream.
    version = re.search(rb"tesseract v?(\d[\d.]*)", said.stdout + said.stderr)
    if version is None:
        return None
    codes = [line.strip() for line in (listed.stdout or listed.stderr).decode("utf-8", "replace").splitlines()[1:]]
    languages = tuple(code for code in codes if re.fullmatch(r"[a-z]{3}(_[a-z]+)?", code) and code != OSD)
    return Tesseract(program, version[1].decode().rstrip("."), languages, OSD in codes)


def _call(command: list[str], seconds: float, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        input=data,
        capture_output=True,
        timeout=seconds,
        check=False,
        # One thread a page: several pages are read at once instead, which is faster than its own threads.
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _without(picture: Image, words: Sequence[Word]) -> Image:
    """The picture with these words painted over."""
    from PIL import ImageDraw

    rest, paper = picture.copy(), paper_of(picture)
    brush = ImageDraw.Draw(rest)
    for word in words:
        brush.rectangle(
            (word.x0 - _PADDING, word.top - _PADDING, word.x1 + _PADDING, word.bottom + _PADDING), fill=paper
        )
    return rest


def _has_letters(picture: Image) -> bool:
    """Whether there is anything as large as a letter on a picture."""
    histogram = picture.reduce(_REDUCED).histogram()
    return sum(histogram[: max(0, paper_of(picture) - _INK)]) >= _FEWEST_DARK


def _words(answer: str) -> list[Word]:
    found: list[Word] = []
    lines: dict[tuple[str, str, str], int] = {}
    for row in csv.DictReader(answer.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = one_line(row.get("text") or "")
        if row["level"] != _WORD_LEVEL or not text:
            continue
        left, top = float(row["left"]), float(row["top"])
        line = lines.setdefault((row["block_num"], row["par_num"], row["line_num"]), len(lines))
        found.append(
            Word(
                text,
                max(0.0, float(row["conf"]) / 100),
                left,
                top,
                left + float(row["width"]),
                top + float(row["height"]),
                line,
                int(row["block_num"]),
            )
        )
    return found
