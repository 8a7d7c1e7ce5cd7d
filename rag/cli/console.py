"""What goes to the terminal: results on standard output, progress and errors on standard error, nothing that a
document or a file name could use to move the cursor or change the title.
"""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

_BIDI_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Can make a name read as another one. Joiners and direction marks, which Urdu and Hindi need, are let through."""
_ESCAPED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def printable(text: str, *, lines: bool = False) -> str:
    r"""`text` with control characters written out (`\x1b`), so that a terminal only shows it.

    Args:
        text: what a document, a file's name or a model says.
        lines: keep line breaks and tabs.
    """
    kept = "\n\t" if lines else ""
    return "".join(
        repr(char)[1:-1]
        if char not in kept and (char in _BIDI_CONTROLS or unicodedata.category(char) in _ESCAPED)
        else char
        for char in text
    )


class Console:
    """Writes a command's output.

    Args:
        as_json: results as one JSON object on standard output; `line` and `text` are silent.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._passing = False

    def line(self, text: str = "") -> None:
        """A line for a person, control characters written out."""
        if not self.as_json:
            sys.stdout.write(printable(text) + "\n")

    def text(self, text: str) -> None:
        """A piece of running text for a person, shown at once."""
        if not self.as_json:
            sys.stdout.write(printable(text, lines=True))
            sys.stdout.flush()

    def table(self, rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """Columns, the first row being their heads; those named in `right` are numbers."""
        cells = [[printable(cell) for cell in row] for row in rows]
        widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = [
                " " * (width - _width(cell)) + cell if place in right else cell + " " * (width - _width(cell))
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.line("  ".join(padded).rstrip())

    def result(self, value: Mapping[str, Any]) -> None:
        """The JSON result; silent without `--json`."""
        if self.as_json:
            write_json(value)

    def note(self, text: str) -> None:
        """A lasting line on standard error."""
        self._end_passing()
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()

    def passing(self, text: str) -> None:
        """A line on standard error that the next one overwrites; only where a person watches."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{printable(text)}")
            sys.stderr.flush()
            self._passing = True

    def end(self) -> None:
        """Take away a passing line."""
        self._end_passing()

    def _end_passing(self) -> None:
        if self._passing:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._passing = False


def write_json(value: Mapping[str, Any]) -> None:
    """One JSON object on standard output, readable whatever the output's encoding is."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    # Half a surrogate pair stands for a byte of a file's name that is not UTF-8; JSON writes it as an escape.
    text = json.dumps(value, ensure_ascii=ascii_only, indent=2)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")


def duration(seconds: float) -> str:
    """A time span as people say it: "12 s", "3 min", "1 h 05 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def megabytes(size: int) -> str:
    """A file's size as people read it."""
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB"


def day(seconds: float) -> str:
    """A date from seconds since the epoch, in local time."""
    return time.strftime("%Y-%m-%d", time.localtime(seconds))


def moment(seconds: float) -> str:
    """A date and time from seconds since the epoch, in local time; the date is left out for today."""
    then = time.localtime(seconds)
    today = time.strftime("%Y-%m-%d", then) == time.strftime("%Y-%m-%d")
    return time.strftime("%H:%M" if today else "%Y-%m-%d %H:%M", then)


def _width(text: str) -> int:
    """Columns in a terminal: wide characters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
