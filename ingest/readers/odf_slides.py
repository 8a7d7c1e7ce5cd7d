"""OpenDocument presentations: each slide a page, with its lists, tables, speaker notes and comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.formats import ODP
from ingest.readers.odf import (
    CONTENT,
    DRAW,
    OFFICE,
    PRESENTATION,
    STYLE,
    SVG,
    lines,
    millimetres,
    open_document,
    plain,
    properties,
    said_in_comment,
)
from ingest.readers.odf_marks import show_marks
from ingest.readers.odf_text import Walk
from ingest.readers.office_zip import parse_part
from ingest.readers.remarks import counted
from ingest.readers.slides import Placed, head_slide, in_reading_order
from ingest.readers.source import Source
from rag.core.types import BlockKind, PageStatus, ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_AROUND: Final = frozenset({"header", "footer", "date-time", "page-number"})


def read(source: Source) -> ParsedDocument:
    """Read a presentation, hidden slides too.

    Raises:
        Damaged, TooLarge, PasswordProtected: see `open_document`.
    """
    document = DocumentBuilder(ODP)
    with open_document(source) as archive:
        meta = properties(archive)
        document.title, document.dated = meta.title, meta.dated
        content, styles = parse_part(archive, CONTENT), parse_part(archive, "styles.xml")
        assert content is not None
        document.struck_out = show_marks(content, [styles, content])
        hidden_styles = _hidden(content)
        slides = list(content.iter(f"{DRAW}page"))
        walk: Walk | None = None
        hidden: list[int] = []
        for number, slide in enumerate(slides[: source.limits.pages], start=1):
            shapes = [shape for shape in slide if str(shape.tag).startswith(DRAW)]
            pictures_only = not plain(slide) and next(slide.iter(f"{DRAW}image"), None) is not None
            page = document.new_page(status=PageStatus.IMAGE_ONLY if pictures_only else PageStatus.TEXT)
            if walk is None:
                walk = Walk(document, page, archive, [styles, content])
            walk.page = page
            _write(walk, slide, shapes)
            if slide.get(f"{DRAW}style-name", "") in hidden_styles:
                hidden.append(number)
            source.progress(number, len(slides))
    if hidden:
        document.warnings.append(f"Slides that are hidden in the show were read too: {', '.join(map(str, hidden))}.")
    if len(slides) > source.limits.pages:
        document.warnings.append(f"Only the first {source.limits.pages:,} of {len(slides):,} slides were read.")
    if walk is not None:
        document.skipped.extend(counted(number, thing) for thing, number in walk.skipped.items())
    return document.build(source.title)


def _write(walk: Walk, slide: Element, shapes: list[Element]) -> None:
    leaves = list(_leaves(shapes))
    titles = [shape for shape in leaves if _class(shape) == "title" and plain(shape)]
    content = [shape for shape in leaves if shape not in titles]
    own = [(shape, lines(shape)) for shape in content if _class(shape) not in _AROUND]
    heading = head_slide(walk.page, " ".join(plain(shape) for shape in titles), own)
    for shape in content:
        if _class(shape) in _AROUND:
            walk.page.add(BlockKind.FURNITURE, plain(shape))
        elif shape is not heading:
            walk.drawing(shape)
    walk.notes()
    notes = [frame for frame in slide.iter(f"{DRAW}frame") if _class(frame) == "notes" and plain(frame)]
    if notes:
        walk.page.add(BlockKind.HEADING, "Notes", level=2)
    for frame in notes:
        walk.drawing(frame)
    comments = [said_in_comment(annotation) for annotation in slide.iterchildren(f"{OFFICE}annotation")]
    if any(comments):
        walk.page.add(BlockKind.HEADING, "Comments", level=2)
    for text in comments:
        walk.page.add(BlockKind.PARAGRAPH, text)


def _leaves(shapes: list[Element]) -> Iterator[Element]:
    """Shapes in reading order; those of a group stay together."""
    for shape in in_reading_order([Placed(shape, *_box(shape)) for shape in shapes]):
        if shape.tag == f"{DRAW}g":
            yield from _leaves([member for member in shape if str(member.tag).startswith(DRAW)])
        else:
            yield shape


def _box(shape: Element) -> tuple[int, int, int]:
    """Top, left and height of a shape; of a group those of all its members together."""
    if shape.tag == f"{DRAW}g":
        boxes = [_box(member) for member in shape if str(member.tag).startswith(DRAW)]
        top = min((box[0] for box in boxes), default=0)
        bottom = max((box[0] + box[2] for box in boxes), default=0)
        return top, min((box[1] for box in boxes), default=0), bottom - top
    top, left, height = (millimetres(shape.get(f"{SVG}{name}", "")) for name in ("y", "x", "height"))
    return top, left, height


def _class(shape: Element) -> str:
    """What a frame is to its slide: "title", "outline", "notes"."""
    return shape.get(f"{PRESENTATION}class", "")


def _hidden(content: Element) -> set[str]:
    """Names of the styles of slides that the show leaves out."""
    return {
        style.get(f"{STYLE}name", "")
        for style in content.iter(f"{STYLE}style")
        if any(each.get(f"{PRESENTATION}visibility") == "hidden" for each in style)
    }
