"""PowerPoint presentations: each slide a page, with its lists, tables, charts, speaker notes and comments.

Slides are walked as XML: python-pptx leaves out what stands in alternatives for newer programs, and does not say
which paragraphs show a bullet.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast

from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, one_line
from ingest.readers.drawing_runs import show_runs
from ingest.readers.formats import PPTX
from ingest.readers.office_zip import open_package, parse_xml
from ingest.readers.ooxml import properties, usual_form
from ingest.readers.ooxml_graphics import A, add_chart, add_diagram, is_chart
from ingest.readers.pptx_text import Bullets, Layouts, P, frame_text
from ingest.readers.remarks import comment, counted
from ingest.readers.slides import Placed, head_slide, in_reading_order
from ingest.readers.source import Source
from ingest.readers.table_blocks import add_table
from ingest.readers.tables import Grid
from rag.core.types import BlockKind, PageStatus, ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from pptx.opc.package import Part

_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_SHAPES: Final = frozenset(f"{P}{name}" for name in ("sp", "grpSp", "graphicFrame", "pic", "cxnSp"))
_TITLES: Final = frozenset({"title", "ctrTitle"})
_MARKS: Final = re.compile(r"slidenum|datetime")
_AROUND: Final = frozenset({"dt", "ftr", "hdr", "sldNum"})


def read(source: Source) -> ParsedDocument:
    """Read a presentation, hidden slides too.

    Raises:
        Damaged, TooLarge, PasswordProtected: see `open_package`.
    """
    from pptx.package import Package

    document = DocumentBuilder(PPTX)
    with open_package(source) as archive, source.path.open("rb") as file:
        core = properties(archive)
        main = cast("Part", Package.open(usual_form(archive) or file).main_document_part)
    document.title, document.dated = core.title, core.dated
    root = parse_xml(main.blob)
    listed = [slide.get(f"{_R}id", "") for slide in root.iter(f"{P}sldId")]
    authors = _authors(main)
    hidden: list[int] = []
    skipped: Counter[str] = Counter()
    for number, relation in enumerate(listed[: source.limits.pages], start=1):
        if relation not in main.rels:
            document.new_page(status=PageStatus.FAILED)
            document.warnings.append(f"Slide {number} is missing in the file.")
            continue
        part = main.rels[relation].target_part
        slide = _Slide(document, document.new_page(status=_status(part)), part, authors)
        slide.read()
        if slide.hidden:
            hidden.append(number)
        skipped.update(slide.skipped)
        source.progress(number, len(listed))
    if hidden:
        document.warnings.append(f"Slides that are hidden in the show were read too: {', '.join(map(str, hidden))}.")
    if len(listed) > source.limits.pages:
        document.warnings.append(f"Only the first {source.limits.pages:,} of {len(listed):,} slides were read.")
    document.skipped.extend(counted(count, thing) for thing, count in skipped.items())
    return document.build(source.title)


class _Slide:
    """Writes one slide to its page."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder, part: Part, authors: dict[str, str]) -> None:
        self.document = document
        self.page = page
        self.part = part
        self.authors = authors
        self.root = parse_xml(part.blob)
        document.struck_out += show_runs(self.root)
        self.hidden = self.root.get("show") in ("0", "false")
        self.skipped: Counter[str] = Counter()
        self.layouts = Layouts(part)

    def read(self) -> None:
        """Its title, what stands on it in reading order, its notes and comments."""
        tree = self.root.find(f"{P}cSld/{P}spTree")
        shapes = list(self._leaves(tree)) if tree is not None else []
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES and frame_text(shape)]
        content = [shape for shape in shapes if shape not in titles]
        own = [(shape, frame_text(shape)) for shape in content if _placeholder(shape) not in _AROUND]
        heading = head_slide(self.page, one_line(" ".join(frame_text(shape) for shape in titles)), own)
        for shape in content:
            if shape is not heading:
                self._shape(shape)
        self._notes()
        self._comments()

    def _leaves(self, tree: Element) -> Iterator[Element]:
        """The shapes of a slide or group in reading order; those of a group stay together."""
        for shape in in_reading_order([Placed(shape, *self.layouts.box(shape)) for shape in _members(tree)]):
            if shape.tag == f"{P}grpSp":
                yield from self._leaves(shape)
            else:
                yield shape

    def _shape(self, shape: Element) -> None:
        if shape.tag == f"{P}pic":
            media = shape.find(f"{P}nvPicPr/{P}nvPr")
            kinds = {str(child.tag).rpartition("}")[2] for child in media} if media is not None else set()
            recording = kinds & {"videoFile", "audioFile", "quickTimeFile", "wavAudioFile"}
            self.skipped["recording" if recording else "picture"] += 1
        elif shape.tag == f"{P}graphicFrame":
            self._graphic(shape)
        elif _placeholder(shape) in _AROUND or _is_page_mark(shape):
            self.page.add(BlockKind.FURNITURE, one_line(frame_text(shape)))
        else:
            body = shape.find(f"{P}txBody")
            if body is not None:
                self._paragraphs(body, self.layouts.bullets(shape))
            if shape.find(f"{P}spPr/{A}blipFill") is not None:
                self.skipped["picture"] += 1

    def _paragraphs(self, body: Element, bullets: Bullets) -> None:
        group = 0
        for paragraph in body.iterchildren(f"{A}p"):
            text = clean(frame_text(paragraph))
            if not text and next(paragraph.iter(f"{A}t"), None) is None:
                continue
            marker, level = bullets.of(paragraph)
            if not text:  # what is struck out has its number still
                continue
            if marker:
                group = group or self.document.new_group()
                self.page.add(BlockKind.LIST_ITEM, marker + one_line(text), level=level, group=group)
            else:
                group = 0
                self.page.add(BlockKind.PARAGRAPH, text)

    def _graphic(self, frame: Element) -> None:
        table = next(frame.iter(f"{A}tbl"), None)
        data = frame.find(f"{A}graphic/{A}graphicData")
        references = [child for child in data if isinstance(child.tag, str)] if data is not None else []
        for reference in references:
            kind = str(reference.tag).rpartition("}")[2]
            target = self._related(reference.get(f"{_R}id") or reference.get(f"{_R}dm") or "")
            if table is not None:
                self._table(table)
                return
            if kind == "chart" and target is not None and is_chart(target):
                add_chart(self.document, self.page, target)
            elif kind == "relIds" and target is not None:
                add_diagram(self.document, self.page, target)
            else:
                self.skipped["chart" if kind == "chart" else "embedded object"] += 1

    def _related(self, relation: str) -> Element | None:
        known = self.part.rels.get(relation)
        if known is None or known.is_external or not known.target_part.partname.endswith(".xml"):
            return None
        return parse_xml(known.target_part.blob)

    def _table(self, table: Element) -> None:
        grid = Grid()
        for element in table.iterchildren(f"{A}tr"):
            cells = []
            for cell in element.iterchildren(f"{A}tc"):
                if cell.get("vMerge") in ("1", "true") or cell.get("hMerge") in ("1", "true"):
                    continue
                cells.append((one_line(frame_text(cell)), _number(cell, "rowSpan"), _number(cell, "gridSpan")))
            grid.add_row(cells)
        filled = [index for index, row in enumerate(grid.rows) if any(row)]
        rows, wide = [grid.rows[index] for index in filled], [grid.wide[index] for index in filled]
        if max((len(row) for row in rows), default=0) < 2:
            # A table of one column is a frame around text.
            for row in rows:
                self.page.add(BlockKind.PARAGRAPH, row[0])
            return
        style = table.find(f"{A}tblPr")
        headed = len(rows) > 1 and style is not None and style.get("firstRow") in ("1", "true")
        add_table(self.document, self.page, rows, wide, int(headed))

    def _notes(self) -> None:
        for notes in _related_parts(self.part, "/notesSlide"):
            self.document.struck_out += show_runs(notes)
            bodies = [
                body
                for shape in notes.iter(f"{P}sp")
                if _placeholder(shape) in ("body", "obj") and (body := shape.find(f"{P}txBody")) is not None
            ]
            if any(frame_text(body) for body in bodies):
                self.page.add(BlockKind.HEADING, "Notes", level=2)
                for body in bodies:
                    self._paragraphs(body, Bullets([]))

    def _comments(self) -> None:
        said = []
        for comments in _related_parts(self.part, "/comments"):
            for element in comments.iter("{*}cm", "{*}reply"):
                author = self.authors.get(element.get("authorId", ""), "")
                bodies = [child for child in element if str(child.tag).endswith(("}text", "}txBody"))]
                text = one_line(" ".join(body.text or "" if not len(body) else frame_text(body) for body in bodies))
                said.extend([comment(author, text)] if text else [])
        if said:
            self.page.add(BlockKind.HEADING, "Comments", level=2)
        for text in said:
            self.page.add(BlockKind.PARAGRAPH, text)


def _status(slide: Part) -> PageStatus:
    """IMAGE_ONLY for a slide that shows pictures and nothing else."""
    root = parse_xml(slide.blob)
    said = next((text for text in root.iter(f"{A}t") if (text.text or "").strip()), None)
    drawn = next(root.iter(f"{P}graphicFrame"), None)
    noted = any(relation.reltype.endswith(("/notesSlide", "/comments")) for relation in slide.rels.values())
    pictures = next(root.iter(f"{P}pic"), None)
    return PageStatus.IMAGE_ONLY if pictures is not None and said is drawn is None and not noted else PageStatus.TEXT


def _related_parts(part: Part, kind: str) -> Iterator[Element]:
    for relation in part.rels.values():
        if relation.reltype.endswith(kind) and not relation.is_external:
            yield parse_xml(relation.target_part.blob)


def _authors(main: Part) -> dict[str, str]:
    """Names of those who commented, by their id."""
    authors = [*_related_parts(main, "/commentAuthors"), *_related_parts(main, "/authors")]
    return {each.get("id", ""): one_line(each.get("name", "")) for part in authors for each in part}


def _members(tree: Element) -> Iterator[Element]:
    """The shapes in a tree or group; of alternatives the first that has any."""
    for child in tree:
        if child.tag in _SHAPES:
            yield child
        elif child.tag == f"{_MC}AlternateContent":
            for alternative in child:
                found = list(_members(alternative))
                if found:
                    yield from found
                    break


def _placeholder(shape: Element) -> str:
    """The type of a placeholder, "obj" where it has none; "" for what is no placeholder."""
    found = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
    return found.get("type", "obj") if found is not None else ""


def _is_page_mark(shape: Element) -> bool:
    """Whether a shape shows the slide's number or the day only."""
    fields = [field.get("type", "") for field in shape.iter(f"{A}fld")]
    return bool(fields) and next(shape.iter(f"{A}r"), None) is None and all(map(_MARKS.match, fields))


def _number(cell: Element, name: str) -> int:
    """A span attribute, within reason."""
    value = cell.get(name, "1")
    return min(int(value), 100) if value.isdigit() and int(value) > 0 else 1
