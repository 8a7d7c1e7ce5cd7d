"""Tables in PDFs: rows keep their cells, with rules and without, over pages, with merged heads and wrapped cells."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from ingest.readers import Source, read
from rag.core.types import BlockKind, ParsedDocument

CELL = ParagraphStyle("cell", fontSize=9, leading=10.5)
GRID = [("GRID", (0, 0), (-1, -1), 0.5, "black")]
DOSES = [
    ["<b>Medicine</b>", "<b>5-10 kg</b>", "<b>10-14 kg</b>", "<b>How often</b>"],
    ["Paracetamol syrup 120 mg in 5 ml", "2.5 ml", "5 ml", "every 6 hours, at most four times in a day and night"],
    ["Amoxicillin dispersible tablets 250 mg", "1 tablet", "2 tablets", "twice a day for 5 days"],
    ["Zinc 20 mg", "half a tablet", "1 tablet", "once a day for 10 days, also when the diarrhoea has stopped"],
]
WIDTHS = [95, 60, 60, 120]


def _make(path: Path, rows: list[list[Any]], style: list[Any], widths: list[float] | None = None, **more: Any) -> None:
    cells = [[Paragraph(cell, CELL) if isinstance(cell, str) else cell for cell in row] for row in rows]
    text = Paragraph("The doses are for children seen at the health post of the district.", CELL)
    SimpleDocTemplate(str(path)).build([text, Table(cells, colWidths=widths, style=style, **more), text])


def _texts(parsed: ParsedDocument, kind: BlockKind) -> list[str]:
    return [parsed.slice(block.span) for block in parsed.blocks if block.kind is kind]


@pytest.mark.parametrize("style", [GRID, [], [("LINEBELOW", (0, 0), (-1, -1), 0.5, "grey")]])
def test_wrapped_cells_stay_in_their_row(tmp_path: Path, style: list[Any]) -> None:
    path = tmp_path / "doses.pdf"
    # Without rules, a first cell that begins above the others of its row cannot be told from a row of its own.
    _make(path, DOSES, style or [("VALIGN", (0, 0), (-1, -1), "TOP")], WIDTHS)
    parsed = read(Source(path))
    assert _texts(parsed, BlockKind.TABLE_HEAD) == ["Medicine | 5-10 kg | 10-14 kg | How often"]
    assert _texts(parsed, BlockKind.TABLE_ROW) == [" | ".join(row) for row in DOSES[1:]]


def test_a_head_of_two_rows_with_merged_cells(tmp_path: Path) -> None:
    path = tmp_path / "merged.pdf"
    rows = [["<b>Medicine</b>", "<b>Dose by weight</b>", "", "<b>How often</b>"], ["", *DOSES[0][1:3], ""], *DOSES[1:]]
    spans = [("SPAN", (0, 0), (0, 1)), ("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (3, 1))]
    _make(path, rows, [*GRID, *spans], WIDTHS)
    parsed = read(Source(path))
    assert _texts(parsed, BlockKind.TABLE_HEAD) == [
        "Medicine | Dose by weight |  | How often",
        "Medicine | 5-10 kg | 10-14 kg | How often",
    ]
    assert _texts(parsed, BlockKind.TABLE_ROW) == [" | ".join(row) for row in DOSES[1:]]


def test_a_cell_over_several_rows_is_repeated_in_each(tmp_path: Path) -> None:
    path = tmp_path / "over.pdf"
    rows = [
        ["Medicine", "Weight", "Dose"],
        ["Paracetamol", "5 kg", "2.5 ml"],
        ["", "10 kg", "5 ml"],
        ["Zinc", "", "20 mg"],
    ]
    _make(path, rows, [*GRID, ("SPAN", (0, 1), (0, 2))], [90, 60, 60])
    assert _texts(read(Source(path)), BlockKind.TABLE_ROW) == [
        "Paracetamol | 5 kg | 2.5 ml", "Paracetamol | 10 kg | 5 ml", "Zinc |  | 20 mg",
    ]  # fmt: skip


@pytest.mark.parametrize("style", [GRID, []])
def test_a_head_repeated_at_a_pages_top_is_no_running_head(tmp_path: Path, style: list[Any]) -> None:
    path = tmp_path / "long.pdf"
    rows = [["<b>Item</b>", "<b>Unit</b>", "<b>Stored</b>"]]
    rows += [
        [f"Medicine number {n}", "vial", "cold, never frozen and out of the light" if n % 3 else "dry"]
        for n in range(90)
    ]
    _make(path, rows, style, [120, 60, 110], repeatRows=1)
    parsed = read(Source(path))
    assert len(parsed.pages) == 4
    assert _texts(parsed, BlockKind.TABLE_HEAD) == ["Item | Unit | Stored"] * 4
    assert _texts(parsed, BlockKind.FURNITURE) == []
    assert len(_texts(parsed, BlockKind.TABLE_ROW)) == 90
    assert len({block.group for block in parsed.blocks if block.kind is BlockKind.TABLE_ROW}) == 1


def test_texts_that_a_line_parts_are_two_cells_however_close(tmp_path: Path) -> None:
    path = tmp_path / "close.pdf"
    rows = [["Name", "No", "Ward"], ["Zawadi", "1117", "2"], ["Omari", "1118", "3"], ["Amina", "1119", "2"]]
    tight = [*GRID, ("LEFTPADDING", (0, 0), (-1, -1), 1), ("RIGHTPADDING", (0, 0), (-1, -1), 1)]
    _make(path, rows, tight, [32, 23, 25])
    assert _texts(read(Source(path)), BlockKind.TABLE_ROW) == [" | ".join(row) for row in rows[1:]]


def test_a_frame_around_text_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "frame.pdf"
    text = "Whoever finds it outside the range moves the vials into the cold box and telephones the officer. "
    _make(path, [[text * 2], [text]], GRID, [300])
    assert _texts(read(Source(path)), BlockKind.TABLE_ROW) == []


WORD = st.sampled_from(["one", "two vials", "2.5 ml", "every six hours and again at night", "-", "dry shelf"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(WORD, min_size=3, max_size=3), min_size=2, max_size=6))
def test_every_ruled_table_comes_back_cell_by_cell(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "any.pdf"
    _make(path, rows, GRID, [80, 70, 90])
    parsed = read(Source(path))
    found = [parsed.slice(block.span) for block in parsed.blocks if block.group]
    assert found == [" | ".join(row) for row in rows]
    assert all(parsed.slice(block.span) in parsed.pages[0].text for block in parsed.blocks)
