"""Text recognition of pages of the sample documents, as scanners and telephones deliver them: share of words found."""

from __future__ import annotations

import random
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.measure import SAMPLES, Row
from ingest.ocr import rapid, tesseract
from ingest.readers import Source, read
from ingest.readers.pdfium import open_pdf
from rag.core.errors import NoText

if TYPE_CHECKING:
    from PIL.Image import Image

_PAPER: Final = 250
_INK: Final = 40
_POINTS: Final = 11


class Sample(NamedTuple):
    """A page: of a PDF as it is, of another file set in a font that Pillow finds on the system."""

    name: str
    file: str
    font: str = ""
    rapidocr: bool = False
    """Whether rapidocr's model knows the language."""


_SAMPLES: Final = (
    Sample("en", "Clinic handbook.pdf", rapidocr=True),
    Sample("es", "Guía del almacén.pdf", rapidocr=True),
    Sample("fr", "Hygiène et gestion des déchets.docx", "DejaVuSerif.ttf", rapidocr=True),
    Sample("sw", "Maji salama na ORS.md", "DejaVuSans.ttf", rapidocr=True),
    Sample("ar", "حقوق المرضى ومواعيد الزيارة.docx", "NotoNaskhArabic-Regular.ttf"),
    Sample("ur, Naskh", "ماں اور نوزائیدہ کی دیکھ بھال.html", "NotoNaskhArabic-Regular.ttf"),
    Sample("ur, Nastaliq", "ماں اور نوزائیدہ کی دیکھ بھال.html", "NotoNastaliqUrdu-Regular.ttf"),
    Sample("hi", "सौर लैंप की देखभाल और वारंटी.txt", "NotoSansDevanagari-Regular.ttf"),
)
_PDF_PAGE: Final = {"Clinic handbook.pdf": 7, "Guía del almacén.pdf": 1}


def _noisy(page: Image) -> Image:
    """Specks on 1 % of the points, and the blur and blocks of a poor JPEG."""
    from io import BytesIO

    from PIL import Image, ImageFilter

    page = page.filter(ImageFilter.GaussianBlur(0.8))
    chance = random.Random(5)
    for _ in range(page.width * page.height // 100):
        page.putpixel((chance.randrange(page.width), chance.randrange(page.height)), chance.randrange(60, 256))
    buffer = BytesIO()
    page.save(buffer, "JPEG", quality=35)
    return Image.open(buffer).convert("L")


def _turned(angle: float) -> Callable[[Image], Image]:
    def turn(page: Image) -> Image:
        from PIL import Image

        return page.rotate(angle, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=_PAPER)

    return turn


_CONDITIONS: Final[tuple[tuple[str, int, Callable[[Image], Image]], ...]] = (
    ("150 dpi", 150, lambda page: page),
    ("200 dpi", 200, lambda page: page),
    ("300 dpi", 300, lambda page: page),
    ("turned 90°", 200, _turned(90)),
    ("tilted 3°", 200, _turned(3)),
    ("150 dpi, noise", 150, _noisy),
)


def run() -> list[Row]:
    """A row for each sample and engine; the page goes through the reader of pictures, as a file."""
    rows: list[Row] = []
    engines = [tesseract.NAME] if tesseract.find() else []
    engines += [rapid.NAME] if rapid.version() else []
    for engine in engines:
        for sample in _SAMPLES:
            if engine == rapid.NAME and not sample.rapidocr:
                continue
            row: dict[str, str | float] = {"engine": engine, "language": sample.name}
            seconds = 0.0
            for name, dpi, spoil in _CONDITIONS:
                drawn = _page(sample, dpi)
                if drawn is None:
                    break
                page, text = drawn
                began = time.perf_counter()
                row[name] = _recall(text, _recognised(spoil(page), engine))
                seconds += time.perf_counter() - began
            else:
                rows.append({**row, "s/page": seconds / len(_CONDITIONS)})
    return rows


def _recognised(page: Image, engine: str) -> str:
    with TemporaryDirectory(prefix="kitabu-bench-") as folder:
        path = Path(folder) / "page.png"
        page.save(path)
        try:
            return "\n".join(each.text for each in read(Source(path, ocr=engine)).pages)
        except NoText:
            return ""


def _page(sample: Sample, dpi: int) -> tuple[Image, str] | None:
    """A grey page and the text on it; None where the font is not installed."""
    path = SAMPLES / sample.file
    if path.suffix == ".pdf":
        number = _PDF_PAGE[sample.file]
        with open_pdf(path) as file:
            width, _ = file.size(number - 1)
            picture = file.picture(number - 1, round(width / 72 * dpi)).convert("L")
        return picture, read(Source(path)).pages[number - 1].text
    text = "\n".join(page.text for page in read(Source(path)).pages)
    try:
        return _drawn(text, sample, dpi)
    except OSError:
        return None


def _drawn(text: str, sample: Sample, dpi: int) -> tuple[Image, str]:
    from PIL import Image, ImageDraw, ImageFont

    backwards = sample.name[:2] in ("ar", "ur")
    direction = "rtl" if backwards else "ltr"
    font = ImageFont.truetype(sample.font, round(_POINTS * dpi / 72))
    page = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), _PAPER)
    pen = ImageDraw.Draw(page)
    margin, leading = 0.9 * dpi, (2.4 if "Nastaliq" in sample.font else 1.5) * _POINTS * dpi / 72
    top = margin
    printed: list[str] = []
    for paragraph in text.replace(" | ", " ").splitlines():
        lines = [""]
        for word in paragraph.split():
            longer = f"{lines[-1]} {word}".strip()
            if pen.textlength(longer, font=font, direction=direction) > page.width - 2 * margin:
                lines.append(word)
            else:
                lines[-1] = longer
        for line in lines:
            if top > page.height - margin - leading:
                return page, "\n".join(printed)
            if backwards:
                pen.text((page.width - margin, top), line, fill=_INK, font=font, direction="rtl", anchor="ra")
            else:
                pen.text((margin, top), line, fill=_INK, font=font)
            printed.append(line)
            top += leading
    return page, "\n".join(printed)


def _recall(text: str, found: str) -> float:
    """Share of the words of `text`, counted as often as they stand there, that `found` has, too."""
    wanted, there = _words(text), _words(found)
    return sum((wanted & there).values()) / wanted.total()


def _words(text: str) -> Counter[str]:
    """Words without the punctuation around them."""
    words = (re.sub(r"^\W+|\W+$", "", word) for word in unicodedata.normalize("NFKC", text).split())
    return Counter(word for word in words if word)
