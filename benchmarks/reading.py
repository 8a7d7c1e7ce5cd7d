"""Reading PDFs: pages a second on one thread, and the words found held against those of pdftotext.

    python -m benchmarks.reading FOLDER

lists the files of a folder that differ most; pypdf then says with which of the two it agrees.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pypdf

from benchmarks.measure import SAMPLES, Row, show
from ingest.readers import Source, read
from rag.core.errors import IngestError

WORST: Final = 10
_WORD = re.compile(r"[^\W_]+")
_LINE_END_HYPHEN = re.compile(r"(?<=\w)[-\u00ad\u2010]\n(?=\w)")


class Compared(NamedTuple):
    """One file's figures. An overlap is the F1 of two multisets of words, 0 to 1."""

    path: Path
    pages: int
    seconds: float
    words: int
    """That pdftotext found."""
    overlap: float
    """Of our words with pdftotext's."""
    ours_pypdf: float
    theirs_pypdf: float


def words(text: str) -> Counter[str]:
    """Runs of letters and digits, ligatures taken apart and case folded; broken line ends are joined."""
    folded = unicodedata.normalize("NFKC", _LINE_END_HYPHEN.sub("", text)).casefold()
    return Counter(_WORD.findall(folded))


def overlap(first: Counter[str], second: Counter[str]) -> float:
    """F1 of two multisets: twice the words in common, by the words of both."""
    return 2 * (first & second).total() / max(1, first.total() + second.total())


def told_by_pdftotext(path: Path) -> str:
    """What poppler's pdftotext finds; "" where it fails."""
    done = subprocess.run(["pdftotext", "-q", "-enc", "UTF-8", str(path), "-"], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def told_by_pypdf(path: Path) -> str:
    """What pypdf finds; "" where it fails."""
    try:
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    except Exception:  # noqa: BLE001 - it throws anything at broken files
        return ""


def compare(files: Sequence[Path]) -> Iterator[Compared]:
    """Read each file both ways; files without a word for either are left out."""
    for path in files:
        began = time.perf_counter()
        try:
            parsed = read(Source(path, ocr="off"))
        except IngestError:
            continue
        took = time.perf_counter() - began
        ours = words("\n".join(page.text for page in parsed.pages))
        theirs = words(told_by_pdftotext(path))
        if not ours and not theirs:
            continue
        third = words(told_by_pypdf(path))
        yield Compared(
            path, len(parsed.pages), took, theirs.total(), overlap(ours, theirs), overlap(ours, third),
            overlap(theirs, third),
        )  # fmt: skip


def run() -> list[Row]:
    """The sample documents, one row a file."""
    return [
        {"file": each.path.name, "pages": each.pages, "pages/s": each.pages / each.seconds, "overlap": each.overlap}
        for each in compare(sorted(SAMPLES.glob("*.pdf")))
    ]


def main(folder: Path) -> None:
    """Print the median, the share of files at 0.95 or more, and the worst."""
    found = list(compare(sorted(folder.rglob("*.pdf"))))
    overlaps = [each.overlap for each in found]
    pages, seconds = sum(each.pages for each in found), sum(each.seconds for each in found)
    good = sum(value >= 0.95 for value in overlaps) / len(overlaps)
    row: Row = {
        "files": str(len(found)), "pages": str(pages), "pages/s": pages / seconds,
        "median overlap": statistics.median(overlaps), "0.95 or more": good,
    }  # fmt: skip
    show(f"Reading {folder.name}", [row])
    worst = sorted(found, key=lambda each: each.overlap)[:WORST]
    show(
        "Least overlap",
        [
            {
                "file": each.path.name, "words": str(each.words), "overlap": each.overlap,
                "ours with pypdf": each.ours_pypdf, "pdftotext with pypdf": each.theirs_pypdf,
            }
            for each in worst
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]))
