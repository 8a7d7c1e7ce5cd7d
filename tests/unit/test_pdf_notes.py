"""Footnotes of PDF pages: their numbers begin anew on every page, and may stand on the line."""

from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from ingest.readers import Source, read
from rag.core.types import BlockKind, ParsedDocument, Span
from rag.retrieval.notes import marks_within, notes_below


def printed(path: Path, pages: list[tuple[str, list[str]]], mark_size: float = 6) -> ParsedDocument:
    """Pages with a text, a raised 1 behind it, and notes in small print at the foot."""
    canvas = Canvas(str(path), pagesize=A5)
    for text, notes in pages:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(50, 510, text)
        width = canvas.stringWidth(text, "Helvetica", 10)
        canvas.setFont("Helvetica", mark_size)
        canvas.drawString(50 + width, 514, "1")
        canvas.setFont("Helvetica", 10)
        for place in range(6):
            canvas.drawString(50, 494 - 14 * place, "The ward keeps a register of every dose that has been given.")
        canvas.setFont("Helvetica", 8)
        for place, note in enumerate(notes):
            canvas.drawString(50, 80 - 11 * place, note)
        canvas.showPage()
    canvas.save()
    return read(Source(path))


def test_the_number_of_a_note_is_no_part_of_its_amount(tmp_path: Path) -> None:
    parsed = printed(
        tmp_path / "a.pdf", [("It is given three times a day", ["1 500 mg each time, not in renal failure."])]
    )
    assert parsed.pages[0].text.endswith("¹ 500 mg each time, not in renal failure.")


@pytest.mark.parametrize("notes", [["2 tablets are a day's dose."], ["Ask the nurse first.", "1 500 mg each time."]])
def test_small_print_that_is_no_note_keeps_its_figures(tmp_path: Path, notes: list[str]) -> None:
    parsed = printed(tmp_path / "a.pdf", [("It is given three times a day", notes)])
    assert parsed.pages[0].text.endswith(notes[-1])


def test_a_note_is_not_given_to_the_mark_on_an_earlier_page(tmp_path: Path) -> None:
    parsed = printed(
        tmp_path / "a.pdf",
        [
            ("Amoxicillin is given to adults", ["1 Not in renal failure."]),
            ("Amoxicillin is given to children", []),
            ("Amoxicillin is given to infants", ["1 Only by a doctor."]),
        ],
    )

    def slice_of(span: Span) -> str:
        return parsed.slice(span)

    found = []
    for page in (1, 2, 3):
        blocks = [block for block in parsed.blocks if block.span.page >= page]
        text = next(block for block in blocks if block.kind is BlockKind.PARAGRAPH)
        marks = marks_within([text.span], blocks, slice_of)
        assert len(marks) == 1
        found.append([slice_of(note) for note in notes_below(marks, [text.span], blocks, slice_of)])
    assert found == [["¹ Not in renal failure."], [], ["¹ Only by a doctor."]]
