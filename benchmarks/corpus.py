"""Files for the benchmarks: PDFs and notes of varied text, the same in every run."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.measure import SAMPLES
from ingest.readers import Source, read
from rag.core.errors import NoText
from rag.core.text import sentences

SEED: Final = 20261122
_MARGIN: Final = 64.0
_LEADING: Final = 13.0
_SECTION_LINES: Final = 30
"""A heading after so many lines or more, where a paragraph ends."""


def sample_sentences() -> list[str]:
    """The English and other Latin sentences of the sample documents."""
    found: dict[str, None] = {}
    for path in sorted(SAMPLES.iterdir()):
        try:
            parsed = read(Source(path))
        except NoText:
            continue
        for block in parsed.blocks:
            text = parsed.slice(block.span)
            for start, end in sentences(text):
                sentence = " ".join(text[start:end].split())
                # The fonts that every PDF may name without carrying them have Latin letters only.
                if len(sentence.split()) > 4 and all(sign < "\u0100" for sign in sentence):
                    found[sentence] = None
    return list(found)


def paragraphs(source: Sequence[str], chance: random.Random) -> Iterator[str]:
    """Endless paragraphs: sentences of the source in any order, their numbers changed, so that none repeats."""
    while True:
        chosen = chance.sample(source, chance.randint(2, 8))
        words = [_renumbered(word, chance) for sentence in chosen for word in sentence.split()]
        yield " ".join(words)


def text_pdfs(folder: Path, *, files: int, pages: int) -> list[Path]:
    """Write PDFs of so many pages each, about 500 words a page, with headings, running heads and page numbers."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.utils import simpleSplit
    from reportlab.pdfgen.canvas import Canvas

    width, height = A4
    source = sample_sentences()
    made = []
    for number in range(files):
        chance = random.Random(SEED + number)
        text = paragraphs(source, chance)
        path = folder / f"report {number:03}.pdf"
        canvas = Canvas(str(path), pagesize=A4, invariant=1)
        since_heading = _SECTION_LINES
        for page in range(1, pages + 1):
            canvas.setFont("Helvetica", 8)
            canvas.drawString(_MARGIN, height - 36, f"Annual report {number}")
            canvas.drawRightString(width - _MARGIN, 36, f"Page {page} of {pages}")
            top = height - _MARGIN
            while top > _MARGIN + 4 * _LEADING:
                if since_heading >= _SECTION_LINES:
                    canvas.setFont("Helvetica-Bold", 14)
                    canvas.drawString(_MARGIN, top - 18, " ".join(next(text).split()[:6]))
                    top -= 30
                    since_heading = 0
                canvas.setFont("Helvetica", 10)
                for line in simpleSplit(next(text), "Helvetica", 10, width - 2 * _MARGIN):
                    if top < _MARGIN + _LEADING:
                        break
                    canvas.drawString(_MARGIN, top - _LEADING, line)
                    top -= _LEADING
                    since_heading += 1
                top -= 6
            canvas.showPage()
        canvas.save()
        made.append(path)
    return made


def notes(folder: Path, *, files: int, words: int, first: int = 0) -> None:
    """Write Markdown files of about so many words each, a hundred to a folder; another `first`, other texts."""
    source = sample_sentences()
    chance = random.Random(SEED + first)
    text = paragraphs(source, chance)
    for number in range(files):
        if number % 100 == 0:
            inside = folder / f"part {number // 100:03}"
            inside.mkdir()
        written: list[str] = [f"# Note {first + number}"]
        count = 0
        while count < words:
            if count and len(written) % 4 == 0:
                written.append(f"## {' '.join(next(text).split()[:6])}")
            written.append(next(text))
            count += len(written[-1].split())
        (inside / f"note {number:05}.md").write_text("\n\n".join(written) + "\n", encoding="utf-8")


def _renumbered(word: str, chance: random.Random) -> str:
    return "".join(str(chance.randrange(10)) if sign in "0123456789" else sign for sign in word)
