"""Pictures of text in office files: beside what is typed, alone, damaged, and as they are shown."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pptx
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ingest.readers import Source, read
from ingest.readers.image_view import render_within
from ingest.readers.office_pictures import MOST, picture_of
from ingest.readers.source import Limits
from ingest.viewing import PageViewer
from rag.core.errors import Damaged, NoText
from rag.core.types import Document, PageStatus
from sample_docs.builders.scan import draw
from tests.pictures import box, ink, needs_tesseract, opened, words


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
    assert {"pipe", "laundry", "Saturday"} <= words(parsed)
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
    assert "NURU" not in words(parsed)
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
        shown = opened(viewer.render(path, 2, 1000, picture_of(document, parsed.pages[1])))
        assert ink(shown, box(parsed, "laundry", 2)) > 0.1
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


@needs_tesseract
def test_whatever_a_bad_picture_makes_a_library_throw_the_letter_is_read(notice: Image.Image, tmp_path: Path) -> None:
    comment = PngInfo()
    comment.add_itxt("XML:com.adobe.xmp", "x" * 2_000_000, zip=True)
    notice.save(tmp_path / "long.png", pnginfo=comment)
    letter = docx.Document()
    letter.add_paragraph("The notice on the door said:")
    letter.add_picture(str(_plain(notice, tmp_path)))
    letter.save(tmp_path / "letter.docx")
    path = _rewritten(tmp_path, {"word/media/image1.png": (tmp_path / "long.png").read_bytes()})
    parsed = read(Source(path))
    assert [page.text for page in parsed.pages] == ["The notice on the door said:"]
    assert any("image1.png" in warning for warning in parsed.warnings)


@needs_tesseract
def test_pictures_cost_nothing_of_what_an_archive_may_hold(notice: Image.Image, tmp_path: Path) -> None:
    letter = docx.Document()
    letter.add_paragraph("The notice on the door said:")
    for number in range(3):
        picture = tmp_path / f"{number}.png"
        notice.crop((0, number, 90, 90)).save(picture)
        letter.add_picture(str(picture))
    letter.save(tmp_path / "letter.docx")
    with zipfile.ZipFile(tmp_path / "letters.zip", "w") as archive:
        for name in ("a.docx", "b.docx"):
            archive.write(tmp_path / "letter.docx", name)
    parsed = read(Source(tmp_path / "letters.zip", limits=replace(Limits(), members=4, depth=1)))
    assert len(parsed.pages) == 2
    assert parsed.warnings == ()


@needs_tesseract
def test_of_a_picture_with_several_pages_the_first_is_read_and_slides_keep_their_numbers(
    notice: Image.Image, tmp_path: Path
) -> None:
    notice.save(tmp_path / "scans.tif", save_all=True, append_images=[notice, notice])
    slides = pptx.Presentation()
    slides.slides.add_slide(slides.slide_layouts[6]).shapes.add_picture(str(tmp_path / "scans.tif"), 0, 0)
    slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = "Second"
    slides.save(str(tmp_path / "deck.pptx"))
    parsed = read(Source(tmp_path / "deck.pptx"))
    assert [page.status for page in parsed.pages] == [PageStatus.OCR, PageStatus.TEXT]
    assert parsed.pages[1].text == "Second"


@needs_tesseract
def test_only_what_the_text_shows_is_read_whatever_its_parts_are_called(notice: Image.Image, tmp_path: Path) -> None:
    letter = docx.Document()
    letter.add_paragraph("The notice on the door said:")
    letter.add_picture(str(_plain(notice, tmp_path)))
    letter.part.get_or_add_image(str(_saved(draw("# TAKEN OUT\n").crop((0, 60, 1240, 400)), tmp_path / "out.png")))
    letter.save(tmp_path / "letter.docx")
    with zipfile.ZipFile(tmp_path / "letter.docx") as archive:
        types, main = archive.read("[Content_Types].xml"), archive.read("_rels/.rels")
        body, related = archive.read("word/document.xml"), archive.read("word/_rels/document.xml.rels")
        odd = archive.read("word/media/image1.png")
    path = _rewritten(
        tmp_path,
        {
            "[Content_Types].xml": types.replace(b"/word/document.xml", b"/word/document2.xml"),
            "_rels/.rels": main.replace(b"word/document.xml", b"word/document2.xml"),
            "word/document.xml": b"",
            "word/document2.xml": body,
            "word/_rels/document.xml.rels": b"",
            "word/_rels/document2.xml.rels": related.replace(b"media/image1.png", b"media/at  the door, 1.png"),
            "word/media/image1.png": b"",
            "word/media/at  the door, 1.png": odd,
        },
    )
    parsed = read(Source(path))
    assert "laundry" in parsed.pages[1].text
    assert len(parsed.pages) == 2
    document = Document("0" * 64, path.name, parsed.media_type, parsed.title, "en", 2, 2, 1, 0.0)
    assert opened(render_within(path, picture_of(document, parsed.pages[1]), 300)).format == "PNG"


def _plain(notice: Image.Image, folder: Path) -> Path:
    return _saved(notice, folder / "notice.png")


def _saved(picture: Image.Image, path: Path) -> Path:
    picture.save(path)
    return path


def _rewritten(folder: Path, parts: dict[str, bytes]) -> Path:
    """The letter in the folder with other parts; empty ones are left out."""
    path = folder / "other.docx"
    with zipfile.ZipFile(folder / "letter.docx") as whole, zipfile.ZipFile(path, "w") as archive:
        kept = {name: whole.read(name) for name in whole.namelist()}
        for name, data in (kept | parts).items():
            if data:
                archive.writestr(name, data)
    return path
