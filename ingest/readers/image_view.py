"""Shows a page of a picture file, or a picture in an office file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.readers.builder import one_line
from ingest.readers.detect import detect
from ingest.readers.image import MEDIA_TYPES, opened, shown
from ingest.readers.members import spooled
from ingest.readers.office_pictures import FOLDERS
from ingest.readers.office_zip import open_package
from ingest.readers.pdf_view import Mark, check_width, painted
from ingest.readers.source import Source
from rag.core.errors import IngestError


def is_picture(path: Path) -> bool:
    """Whether a file's first bytes are those of a picture that is read."""
    try:
        return detect(Source(path)).media_type in MEDIA_TYPES.values()
    except (IngestError, OSError):
        return False


def render_within(path: Path, name: str, width_px: int) -> bytes:
    """A picture in an office file as a PNG, as `render` draws one.

    Raises:
        IngestError: the file or the picture is too large or damaged.
        ValueError: there is no such picture, or it cannot be drawn.
    """
    source = Source(path)
    with open_package(source) as archive:
        parts = [part for part in archive.infolist() if part.filename.startswith(FOLDERS)]
        found = next((part for part in parts if one_line(Path(part.filename).name) == name), None)
        if found is None:
            raise ValueError(f"{path.name} has no picture {name}")
        with archive.open(found) as stream, spooled(Source(path, name), stream) as picture:
            return render(picture.path, 1, width_px)


def render(path: Path, page_number: int, width_px: int, marks: Sequence[Mark] = ()) -> bytes:
    """The page as a PNG of `width_px` width with translucent boxes over `marks`; a smaller picture is not enlarged.

    Raises:
        IngestError: the file is too large.
        ValueError: there is no such page, it cannot be drawn, or the width is not between 1 and 4000.
    """
    check_width(width_px)
    try:
        with opened(path, path.name) as picture:
            picture.seek(page_number - 1)
            page = shown(picture, path.name).convert("RGB")
    except (OSError, EOFError, SyntaxError) as error:
        raise ValueError(f"{path.name} has no page {page_number} that can be shown") from error
    height = max(1, round(page.height * width_px / page.width))
    page.thumbnail((width_px, height))
    return painted(page, marks)
