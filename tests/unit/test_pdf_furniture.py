"""Running heads, page numbers and contents lists, and the lines that look like them and are text."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingest.readers import Source, read
from ingest.readers.pdf_furniture import LEADERS, find_furniture
from ingest.readers.pdf_layout import PageSegments, Segment
from rag.core.types import BlockKind, ParsedDocument

_SENTENCES = (
    "Take the tablets with food and drink plenty of water.",
    "Come back to the clinic if the fever does not go down.",
    "Bring the card and the empty packets along each time.",
)


def _texts(parsed: ParsedDocument, kind: BlockKind) -> list[str]:
    return [parsed.slice(block.span) for block in parsed.blocks if block.kind is kind]


def _draw(path: Path, pages: list[list[tuple[float, str, int, str]]]) -> ParsedDocument:
    """A document of lines, each by its distance from the top, its font, its size and its words."""
    canvas = Canvas(str(path), pagesize=A4)
    for lines in pages:
        for y, font, size, text in lines:
            canvas.setFont(font, size)
            canvas.drawString(72, A4[1] - y, text)
        canvas.showPage()
    canvas.save()
    return read(Source(path))


def _prose(y: float) -> list[tuple[float, str, int, str]]:
    return [(y + 16 * n, "Helvetica", 11, _SENTENCES[n % 3]) for n in range(20)]


@pytest.mark.parametrize("top", [60, 87])
def test_a_dose_that_differs_from_page_to_page_is_no_running_head(tmp_path: Path, top: int) -> None:
    pages = [
        [
            (top, "Helvetica-Bold", 16, f"Week {n}"),
            (top + 28, "Helvetica", 11, f"Give {5 * n} ml of the suspension each morning."),
            *_prose(top + 44),
        ]
        for n in range(1, 5)
    ]
    parsed = _draw(tmp_path / "weeks.pdf", pages)
    assert _texts(parsed, BlockKind.FURNITURE) == []
    assert _texts(parsed, BlockKind.HEADING) == [f"Week {n}" for n in range(1, 5)]
    assert "Give 15 ml of the suspension each morning." in parsed.pages[2].text


@pytest.mark.parametrize("text", ["Children of {} kg: give {} ml every 6 hours.", "Give no more than {1}", "{1} ml"])
def test_the_first_line_of_a_page_is_text(tmp_path: Path, text: str) -> None:
    pages = [[(62, "Helvetica", 11, text.format(10 * n, 5 * n)), *_prose(62 + 24)] for n in (1, 2, 3)]
    parsed = _draw(tmp_path / "first.pdf", pages)
    assert _texts(parsed, BlockKind.FURNITURE) == []
    assert all(page.text.startswith(text.format(10 * n, 5 * n)) for n, page in enumerate(parsed.pages, 1))


def test_a_line_that_the_text_goes_on_with_is_no_running_head(tmp_path: Path) -> None:
    above = [(62, "Helvetica", 11, "Children under five years get this:")]
    below = [(784, "Helvetica", 11, "In all a day give no more than"), (800, "Helvetica", 11, "4")]
    middle = [(78 + 16 * n, "Helvetica", 11, _SENTENCES[n % 3]) for n in range(44)]
    parsed = _draw(tmp_path / "near.pdf", [[*above, *middle, *below]] * 3)
    assert _texts(parsed, BlockKind.FURNITURE) == []
    assert parsed.pages[0].text.endswith("In all a day give no more than 4")


@pytest.mark.parametrize(
    ("text", "left", "is_text"),
    [
        ("—4", 104, False),
        ("- 4 -", 290, False),
        ("— 4 —", 290, False),
        ("—4", 72, True),
        ("-4", 104, True),
        ("4", 90, True),
    ],
)
def test_a_page_number_in_dashes_close_below_the_text(tmp_path: Path, text: str, left: int, is_text: bool) -> None:
    path = tmp_path / "close.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for _ in range(3):
        canvas.setFont("Helvetica", 11)
        for n in range(46):
            canvas.drawString(72, A4[1] - 62 - 16 * n, _SENTENCES[n % 3])
        canvas.drawString(left, A4[1] - 62 - 16 * 46, text)
        canvas.showPage()
    canvas.save()
    parsed = read(Source(path))
    assert _texts(parsed, BlockKind.FURNITURE) == ([] if is_text else [text] * 3)


@pytest.mark.parametrize("head", ["Ward manual, page {} of 12", "{}  Ward manual", "Ward manual | {}", "Ward manual"])
def test_a_running_head_may_hold_the_page_number(tmp_path: Path, head: str) -> None:
    pages = [[(36, "Helvetica", 11, head.format(n)), *_prose(90)] for n in range(8, 13)]
    parsed = _draw(tmp_path / "heads.pdf", pages)
    assert len(_texts(parsed, BlockKind.FURNITURE)) == 5
    assert not any("manual" in page.text.split("Take", 1)[1] for page in parsed.pages)


@given(
    doses=st.lists(st.integers(1, 999), min_size=2, max_size=8, unique=True),
    text=st.sampled_from(["Give {} ml now.", "Dose: {}", "{} tablets", "{}"]),
    top=st.integers(20, 110),
    pitch=st.sampled_from([13.0, 16.0, 22.0]),
)
@settings(max_examples=60, deadline=None)
def test_no_amount_at_a_pages_top_is_lost(doses: list[int], text: str, top: int, pitch: float) -> None:
    def segment(order: int, words: str) -> Segment:
        y = top + pitch * order
        return Segment(words, 72.0, y, 400.0, y + 11, 11.0, False, order, range(0))

    pages = [
        PageSegments(
            842.0,
            [segment(0, text.format(dose)), *(segment(n, _SENTENCES[n % 3]) for n in range(1, 30))],
            turned=[],
            rules=(),
            has_images=False,
            cut=False,
        )
        for dose in doses
    ]
    assert not any(0 in marked for marked in find_furniture(pages))


def test_prices_after_leaders_and_blanks_to_fill_in_are_text(tmp_path: Path) -> None:
    prices = [("Consultation", 500), ("Chest picture", 1200), ("Blood count", 350), ("Malaria test", 150), ("Birth", 5)]
    page = [(100.0, "Helvetica-Bold", 16, "Price list of the clinic")]
    page += [(150.0 + 18 * n, "Helvetica", 11, f"{name} {'.' * 40} {price}") for n, (name, price) in enumerate(prices)]
    form = [(100.0, "Helvetica-Bold", 16, "Consent form")]
    blanks = ("Name", "Date of birth", "Do not eat for six hours before it.", "Operation", "Doctor", "Signature")
    form += [
        (150.0 + 22 * n, "Helvetica", 11, text if text.endswith(".") else f"{text}: {'_' * 14}")
        for n, text in enumerate(blanks)
    ]
    parsed = _draw(tmp_path / "prices.pdf", [page, form])
    assert _texts(parsed, BlockKind.FURNITURE) == []
    assert f"Malaria test {'.' * 40} 150" in _texts(parsed, BlockKind.PARAGRAPH)
    assert "Do not eat for six hours before it." in parsed.pages[1].text


@pytest.mark.parametrize("leaders", ["....", ". . . . ", "......", "…____", ". ....", " .....  ", "· · · · · "])
def test_leaders_lead_to_a_number(leaders: str) -> None:
    for text in (f"Doses{leaders}12", f"See p. 5{leaders}iv ", f"Doses etc.{leaders}12"):
        found = LEADERS.search(text)
        assert found is not None
        assert found["count"] in ("12", "iv")
        assert not text[: found.start()].rstrip().endswith((".", "…", "_", "·"))
    assert not LEADERS.search(f"Doses{leaders}")
    assert not LEADERS.search(f"Doses{leaders}12 mg")


def test_leaders_without_end_are_looked_at_once() -> None:
    started = time.monotonic()
    for text in ("." * 200_000, ". " * 100_000, "....   " * 30_000, f"....{' ' * 100_000}x", "....1" * 40_000):
        assert not LEADERS.search(f"Name {text} mg")
    assert time.monotonic() - started < 5, "looking for leaders takes more than time in proportion"


def test_what_a_box_contains_is_no_contents_list(tmp_path: Path) -> None:
    things = [("Bandages", 6), ("Gloves", 10), ("Scissors", 1), ("Plasters", 20), ("Masks", 4)]
    page = [(100.0, "Helvetica-Bold", 16, "Contents")]
    page += [(150.0 + 18 * n, "Helvetica", 11, f"{name} {'.' * 40} {count}") for n, (name, count) in enumerate(things)]
    parsed = _draw(tmp_path / "box.pdf", [page])
    assert _texts(parsed, BlockKind.FURNITURE) == []


def test_a_contents_list_without_a_title_leads_to_its_chapters(tmp_path: Path) -> None:
    names = ["Vaccines", "Fever", "Diarrhoea", "Cough", "Waste"]

    def listed(shift: int) -> list[tuple[float, str, int, str]]:
        return [(150.0 + 18 * n, "Helvetica", 11, f"{name} {'.' * 40} {n + shift + 1}") for n, name in enumerate(names)]

    chapters = [[(100.0, "Helvetica-Bold", 16, name), *_prose(140)] for name in names]
    parsed = _draw(tmp_path / "book.pdf", [listed(0), *chapters])
    assert len(_texts(parsed, BlockKind.FURNITURE)) == 5
    # Nothing leads to them: amounts in the order of their size.
    shuffled = [chapters[place] for place in (1, 0, 3, 2, 4)]
    parsed = _draw(tmp_path / "stock.pdf", [listed(0), *shuffled])
    assert _texts(parsed, BlockKind.FURNITURE) == []


def test_a_contents_list_goes_on_over_the_page(tmp_path: Path) -> None:
    pages = [
        [(150.0 + 18 * n, "Helvetica", 11, f"Chapter {n + first} {'.' * 40} {2 * (n + first)}") for n in range(8)]
        for first in (1, 9)
    ]
    pages[0].insert(0, (100.0, "Helvetica-Bold", 16, "Contents"))
    parsed = _draw(tmp_path / "long.pdf", [*pages, _prose(120)])
    assert len(_texts(parsed, BlockKind.FURNITURE)) == 17
