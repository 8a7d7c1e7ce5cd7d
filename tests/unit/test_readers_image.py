"""Pictures of text, drawn here: every format, turned and tilted, several pages, and files that are refused."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import docx
import pptx
import pytest
from PIL import Image

from ingest.ocr import tesseract
from ingest.ocr.marks import marks_of
from ingest.readers import Source, read
from ingest.readers.image_view import picture_of, render
from ingest.readers.office_pictures import MOST
from ingest.readers.source import Limits
from ingest.viewing import PageViewer
from rag.core.errors import Damaged, NoText, TooLarge
from rag.core.types import BlockKind, Document, PageStatus, ParsedDocument, Span
from sample_docs.builders.scan import draw

NOTICE = """# WATER NOTICE

The water in the main building will be turned off on
Saturday 15 March from 06:30 to 11:00, because the pipe
behind the laundry is being replaced.
"""
needs_tesseract = pytest.mark.skipif(
    tesseract.find() is None and not os.environ.get("KITABU_REQUIRE_OCR"), reason="tesseract is not installed"
)


@pytest.fixture
def notice() -> Image.Image:
    """A few lines at 150 dots an inch, tilted and specked."""
    return draw(NOTICE).crop((0, 60, 1240, 520))


def _words(parsed: ParsedDocument) -> set[str]:
    return {word.strip(".,") for page in parsed.pages for word in page.text.split()}


def _box(parsed: ParsedDocument, word: str, page: int = 1) -> tuple[float, float, float, float]:
    """The one mark of a word."""
    start = parsed.pages[page - 1].text.index(word)
    (mark,) = marks_of(parsed.pages[page - 1].words, Span(page, start, start + len(word)))
    return mark


def _ink(picture: Image.Image, mark: tuple[float, float, float, float]) -> float:
    """Share of dark points within a mark: paper alone has none, a word about a quarter."""
    x0, top, x1, bottom = mark
    part = picture.convert("L").crop(
        (
            round(x0 * picture.width),
            round(top * picture.height),
            round(x1 * picture.width),
            round(bottom * picture.height),
        )
    )
    return sum(part.histogram()[:128]) / (part.width * part.height)


@needs_tesseract
def test_a_picture_is_read_with_headings_words_and_confidence(notice: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "notice.png"
    notice.save(path)
    seen: list[tuple[int, int]] = []
    parsed = read(Source(path, progress=lambda done, total: seen.append((done, total))))
    page = parsed.pages[0]
    assert seen == [(1, 1)]
    assert parsed.title == "WATER NOTICE"
    assert page.status is PageStatus.OCR
    assert page.confidence is not None
    assert page.confidence > 0.85
    assert parsed.ocr_engine.startswith("tesseract ")
    assert {"laundry", "06:30", "Saturday"} <= _words(parsed)
    assert [parsed.slice(each.span) for each in parsed.blocks if each.kind is BlockKind.HEADING] == ["WATER NOTICE"]
    assert 0.1 < _ink(notice, _box(parsed, "laundry")) < 0.6


@needs_tesseract
def test_pages_of_a_tiff_are_set_upright_and_their_boxes_lie_on_the_pages_as_shown(
    notice: Image.Image, tmp_path: Path
) -> None:
    path = tmp_path / "scans.tif"
    blank = Image.new("L", (900, 1200), 246)
    pages = [
        notice.transpose(Image.Transpose.ROTATE_90),
        blank,
        notice.transpose(Image.Transpose.ROTATE_180).rotate(6, expand=True, fillcolor=246),
        notice,
    ]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    parsed = read(Source(path, limits=Limits(pages=3)))
    assert [page.status for page in parsed.pages] == [PageStatus.OCR, PageStatus.EMPTY, PageStatus.OCR]
    assert parsed.warnings == ("Only the first 3 pages were read.",)
    for number in (1, 3):
        assert "because the pipe behind the laundry" in parsed.pages[number - 1].text
        assert 0.03 < _ink(pages[number - 1], _box(parsed, "laundry", number)) < 0.6
    x0, top, x1, bottom = _box(parsed, "laundry")
    assert (bottom - top) * pages[0].height > 2 * (x1 - x0) * pages[0].width


@needs_tesseract
@pytest.mark.parametrize(("ending", "options"), [(".jpg", {"quality": 80}), (".webp", {})])
def test_what_the_camera_says_of_its_turn_is_kept_to(
    ending: str, options: dict[str, int], notice: Image.Image, tmp_path: Path
) -> None:
    path = tmp_path / f"photo{ending}"
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera stood on its side: turn clockwise to show
    exif[306] = "2024:05:17 10:00:00"
    notice.transpose(Image.Transpose.ROTATE_90).convert("RGB").save(path, exif=exif, **options)
    parsed = read(Source(path))
    assert parsed.dated == "2024-05-17"
    assert 0.1 < _ink(notice, _box(parsed, "laundry")) < 0.6
    shown = _opened(render(path, 1, 620))
    assert shown.size == (620, 230)


def _opened(data: bytes) -> Image.Image:
    assert data.startswith(b"\x89PNG")
    return Image.open(io.BytesIO(data))


def test_a_page_is_shown_with_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    first, second = Image.new("L", (400, 200), 255), Image.new("L", (400, 200), 200)
    first.save(path, save_all=True, append_images=[second])
    marked = _opened(render(path, 2, 200, [(0.5, 0.5, 1.0, 1.0)])).convert("RGB")
    assert marked.size == (200, 100)
    assert marked.getpixel((20, 20)) == (200, 200, 200)
    red, _, blue = marked.crop((140, 70, 160, 80)).resize((1, 1)).split()
    assert red.histogram().index(1) > blue.histogram().index(1)
    with pytest.raises(ValueError, match="no page 3"):
        render(path, 3, 200)


def test_the_viewer_shows_pictures(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.new("RGB", (300, 200), "white").save(path)
    viewer = PageViewer()
    try:
        assert viewer.render(path, 1, 150).startswith(b"\x89PNG")
    finally:
        viewer.close()


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _huge_png(path: Path) -> None:
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    body = _png_chunk(b"IHDR", head) + _png_chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + _png_chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def _huge_tiff(path: Path) -> None:
    # Width, height, bits, compression, photometric interpretation, offset of the strip, rows in it, its length.
    tags = [(256, 100_000), (257, 100_000), (258, 8), (259, 1), (262, 1), (273, 8), (278, 100_000), (279, 16)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    path.write_bytes(b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0")


@pytest.mark.parametrize(("name", "make"), [("huge.png", _huge_png), ("huge.tif", _huge_tiff)])
def test_a_picture_that_claims_ten_billion_pixels_is_refused(
    name: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / name
    make(path)
    with pytest.raises(TooLarge, match=r"more than 178 million pixels.*fewer dots"):
        read(Source(path))


def test_a_cut_off_picture_is_damaged(notice: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    notice.save(path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(Damaged, match=r"cut\.png"):
        read(Source(path))


def _pasted_into_word(picture: Path, path: Path) -> None:
    document = docx.Document()
    document.add_picture(str(picture))
    document.save(str(path))


def _pasted_on_a_slide(picture: Path, path: Path) -> None:
    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[6]).shapes.add_picture(str(picture), 0, 0)
    slides.save(str(path))


@needs_tesseract
@pytest.mark.parametrize(("paste", "name"), [(_pasted_into_word, "pasted.docx"), (_pasted_on_a_slide, "pasted.pptx")])
def test_scans_pasted_into_an_office_file_are_read(
    notice: Image.Image, tmp_path: Path, paste: Callable[[Path, Path], None], name: str
) -> None:
    notice.save(tmp_path / "notice.png")
    paste(tmp_path / "notice.png", tmp_path / name)
    parsed = read(Source(tmp_path / name))
    assert {"pipe", "laundry", "Saturday"} <= _words(parsed)
    assert [page.status for page in parsed.pages] == [PageStatus.OCR]
    with pytest.raises(NoText, match="pictures only") as refused:
        read(Source(tmp_path / name, ocr="off"))
    assert "ocr" in refused.value.hint


def _deck(picture: Path, path: Path) -> None:
    """A title; a slide that is a picture; one with a title and that picture; a logo on the template."""
    slides = pptx.Presentation()
    _, _, _, _, _, titled, blank, *_ = slides.slide_layouts
    slides.slides.add_slide(titled).shapes.title.text = "Repairs in March"
    slides.slides.add_slide(blank).shapes.add_picture(str(picture), 0, 0)
    both = slides.slides.add_slide(titled).shapes
    both.title.text = "Once more"
    other = picture.with_name("other.png")
    draw("# FIRE DRILL\n\nAll leave by the northern gate.\n").crop((0, 60, 1240, 400)).save(other)
    both.add_picture(str(other), 0, 0)
    logo = picture.with_name("logo.png")
    draw("# LOGO OF NURU\n").crop((0, 60, 1240, 400)).save(logo)
    titled.part.get_or_add_image_part(str(logo))
    slides.save(str(path))


@needs_tesseract
def test_pictures_of_text_on_slides_are_read_beside_what_is_typed(notice: Image.Image, tmp_path: Path) -> None:
    notice.save(tmp_path / "notice.png")
    _deck(tmp_path / "notice.png", tmp_path / "deck.pptx")
    parsed = read(Source(tmp_path / "deck.pptx"))
    assert [page.status for page in parsed.pages] == [
        PageStatus.TEXT,
        PageStatus.OCR,
        PageStatus.TEXT,
        PageStatus.OCR,
    ]
    assert "laundry" in parsed.pages[1].text
    assert parsed.pages[2].text == "Once more"
    assert "northern gate" in parsed.pages[3].text
    assert parsed.pages[3].label.startswith("slide 3, ")
    assert parsed.skipped == ()
    assert "NURU" not in _words(parsed)
    assert parsed.title == "Repairs in March"
    assert all(parsed.slice(block.span) for block in parsed.blocks)
    without = read(Source(tmp_path / "deck.pptx", ocr="off"))
    assert [page.status for page in without.pages] == [PageStatus.TEXT, PageStatus.IMAGE_ONLY, PageStatus.TEXT]
    assert without.skipped == ("2 pictures",)


@needs_tesseract
def test_a_picture_on_a_slide_is_shown_with_its_words_marked(notice: Image.Image, tmp_path: Path) -> None:
    notice.save(tmp_path / "notice.png")
    path = tmp_path / "deck.pptx"
    _deck(tmp_path / "notice.png", path)
    parsed = read(Source(path))
    document = Document("0" * 64, path.name, parsed.media_type, parsed.title, "en", 4, 4, 1, 0.0)
    assert [picture_of(document, page) for page in parsed.pages[::2]] == ["", ""]
    viewer = PageViewer()
    try:
        shown = _opened(viewer.render(path, 2, 1000, picture_of(document, parsed.pages[1])))
        assert _ink(shown, _box(parsed, "laundry", 2)) > 0.1
        with pytest.raises(Damaged, match="cannot be shown"):
            viewer.render(path, 2, 1000, "other.png")
    finally:
        viewer.close()


@needs_tesseract
def test_pictures_in_a_letter_without_text_or_damaged_cost_nothing_else(notice: Image.Image, tmp_path: Path) -> None:
    for name, picture in {
        "notice.png": notice,
        "meadow.png": Image.effect_noise((80, 60), 90).resize((700, 500), Image.Resampling.BICUBIC),
        "logo.png": notice.crop((0, 0, 140, 140)),
    }.items():
        picture.save(tmp_path / name)
    letter = docx.Document()
    letter.add_paragraph("The notice on the door said:")
    for name in ("meadow.png", "logo.png", "notice.png"):
        letter.add_picture(str(tmp_path / name))
    letter.save(tmp_path / "letter.docx")
    parsed = read(Source(tmp_path / "letter.docx"))
    assert parsed.pages[0].text == "The notice on the door said:"
    assert parsed.pages[1].text.startswith("Picture 3")
    assert len(parsed.pages) == 2
    assert parsed.skipped == ("2 pictures without text",)
    with zipfile.ZipFile(tmp_path / "letter.docx") as whole, zipfile.ZipFile(tmp_path / "cut.docx", "w") as cut:
        for part in whole.infolist():
            data = whole.read(part)
            cut.writestr(part.filename, data[:2000] if part.filename.endswith("image3.png") else data)
    damaged = read(Source(tmp_path / "cut.docx"))
    assert [page.text for page in damaged.pages] == ["The notice on the door said:"]
    assert any("image3.png" in warning for warning in damaged.warnings)


def test_no_more_pictures_than_the_limit_are_read_beside_text(tmp_path: Path) -> None:
    letter = docx.Document()
    letter.add_paragraph("Photographs of the year.")
    for number in range(MOST + 2):
        picture = tmp_path / f"{number}.png"
        Image.new("L", (16, 16), number).save(picture)
        letter.add_picture(str(picture))
    letter.save(tmp_path / "letter.docx")
    seen: list[tuple[int, int]] = []
    parsed = read(Source(tmp_path / "letter.docx", progress=lambda done, total: seen.append((done, total))))
    assert seen[-1] == (MOST, MOST)
    assert parsed.skipped == ("2 pictures", f"{MOST} pictures without text")


def test_switched_off_recognition_is_named_in_the_hint(notice: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "notice.png"
    notice.save(path)
    with pytest.raises(NoText, match="switched off"):
        read(Source(path, ocr="off"))


@needs_tesseract
def test_a_photograph_is_no_text_and_the_hint_names_the_engine(tmp_path: Path) -> None:
    path = tmp_path / "meadow.png"
    Image.effect_noise((80, 60), 90).resize((700, 500), Image.Resampling.BICUBIC).save(path)
    with pytest.raises(NoText, match=r"tesseract \d.* found no text"):
        read(Source(path, ocr="tesseract"))


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_colour_is_shown(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "colour.tif"
    page = Image.new("L", (80, 60), 255)
    page.paste(0, (0, 0, 40, 60))
    page.convert(mode).save(path)
    shown = _opened(render(path, 1, 80)).convert("L")
    assert sum(shown.crop((5, 5, 35, 55)).histogram()[60:]) == 0
    assert sum(shown.crop((45, 5, 75, 55)).histogram()[:200]) == 0
