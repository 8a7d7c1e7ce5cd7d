"""Makes a PDF that is only a picture of a page, as a scanner would."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from . import archive

SIZE = (1240, 1754)
"""A4 at 150 dots an inch."""
TILT = 0.7
SPECKS = 900
PAPER = 246


def _font(bold: bool, size: int) -> ImageFont.FreeTypeFont:
    # These fonts come with reportlab, so the page looks the same whatever the system has.
    name = "VeraBd.ttf" if bold else "Vera.ttf"
    return ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / name), size)


def draw(text: str) -> Image.Image:
    """Draw the notice, slightly turned and specked; a line beginning with # is set large."""
    page = Image.new("L", SIZE, PAPER)
    pen = ImageDraw.Draw(page)
    top = 150
    for line in text.splitlines():
        large = line.startswith("# ")
        font = _font(large, 46 if large else 27)
        pen.text((120, top), line.removeprefix("# "), font=font, fill=40)
        top += 84 if large else 44
    page = page.rotate(TILT, resample=Image.Resampling.BICUBIC, fillcolor=PAPER)
    # A fixed seed: the specks are the same each time.
    chance = random.Random(20250301)
    for _ in range(SPECKS):
        place = (chance.randrange(SIZE[0]), chance.randrange(SIZE[1]))
        page.putpixel(place, chance.randrange(120, 225))
    return page


def build(source: Path, target: Path, title: str) -> None:
    """Write the one-page PDF of the picture, without any text layer."""
    picture = BytesIO()
    draw(source.read_text(encoding="utf-8")).save(picture, "JPEG", quality=60)
    picture.seek(0)
    canvas = Canvas(str(target), pagesize=A4, invariant=1, pageCompression=0)
    canvas.setTitle(title)
    canvas.setCreator("sample_docs/build.py")
    canvas.drawImage(ImageReader(picture), 0, 0, *A4)
    canvas.showPage()
    canvas.save()
    archive.date_pdf(target)
