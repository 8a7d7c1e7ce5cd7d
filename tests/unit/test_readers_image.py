"""Pictures of text, drawn here: every format, turned and tilted, several pages, and files that are refused."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from ingest.readers import Source, read
from ingest.readers.image_view import render
from ingest.readers.source import Limits
from ingest.viewing import PageViewer
from rag.core.errors import Damaged, NoText, TooLarge
from rag.core.types import BlockKind, PageStatus
from tests.pictures import box, ink, needs_tesseract, opened, words


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
    assert {"laundry", "06:30", "Saturday"} <= words(parsed)
    assert [parsed.slice(each.span) for each in parsed.blocks if each.kind is BlockKind.HEADING] == ["WATER NOTICE"]
    assert 0.1 < ink(notice, box(parsed, "laundry")) < 0.6


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
        assert 0.03 < ink(pages[number - 1], box(parsed, "laundry", number)) < 0.6
    x0, top, x1, bottom = box(parsed, "laundry")
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
    assert 0.1 < ink(notice, box(parsed, "laundry")) < 0.6
    shown = opened(render(path, 1, 620))
    assert shown.size == (620, 230)


def test_a_page_is_shown_with_its_marks(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    first, second = Image.new("L", (400, 200), 255), Image.new("L", (400, 200), 200)
    first.save(path, save_all=True, append_images=[second])
    marked = opened(render(path, 2, 200, [(0.5, 0.5, 1.0, 1.0)])).convert("RGB")
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
    shown = opened(render(path, 1, 80)).convert("L")
    assert sum(shown.crop((5, 5, 35, 55)).histogram()[60:]) == 0
    assert sum(shown.crop((45, 5, 75, 55)).histogram()[:200]) == 0
