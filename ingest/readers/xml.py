"""XML: documents by their titles, paragraphs, lists and tables; data as JSON of the same content is shown."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html.entities import html5
from typing import TYPE_CHECKING, Any, Final

from ingest.readers import html
from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, one_line, sensible_title
from ingest.readers.dates import iso_date
from ingest.readers.encoding import decode, read_bytes
from ingest.readers.formats import XML
from ingest.readers.json import write_value
from ingest.readers.source import Source
from ingest.readers.table_blocks import add_table
from ingest.readers.tables import Grid
from rag.core.errors import Damaged
from rag.core.types import BlockKind, ParsedDocument

if TYPE_CHECKING:
    from lxml.etree import _Element

# Elements of documents in DocBook, JATS, TEI and the like, in lower case; data has none of the first.
_PARAGRAPHS: Final = frozenset("p para simpara formalpara paragraph ab".split())
_TITLES: Final = frozenset(
    "title head heading caption subtitle article-title invention-title chapter-title bridgehead".split()
)
_LISTS: Final = frozenset("ul ol list itemizedlist orderedlist simplelist variablelist deflist def-list".split())
_ITEMS: Final = frozenset("li listitem list-item item varlistentry def-item member".split())
_TABLES: Final = frozenset("table informaltable tgroup".split())
_DOCUMENTS: Final = _PARAGRAPHS | {"tgroup", "informaltable"}
_ROWS: Final = frozenset({"row", "tr"})
_CELLS: Final = frozenset("td th entry cell".split())
_LEFT_OUT: Final = frozenset("script style binary base64 math tex-math annotation".split())
_STRUCTURE: Final = _DOCUMENTS | _TITLES | _LISTS | _TABLES
# Short pieces that stand together (a name, a date, a number) are one line.
_LONGEST_CRUMBS: Final = 300
_LONGEST_TITLE: Final = 300
_DEEPEST: Final = 200
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_SECTION = re.compile(r"(sub|ref)?sect?(ion)?\d?|chapter|part|appendix|preface|div\d?|sidebar|boxed-text")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30});")
_DEFINED = re.compile(rb"<!ENTITY\s+([A-Za-z][\w.-]*)")
_UNSAID: Final = frozenset("schemaLocation noNamespaceSchemaLocation lang space".split())


def read(source: Source) -> ParsedDocument:
    """Read any XML. Nothing that it refers to is fetched, and no entity that it defines is expanded.

    Raises:
        UnsupportedFormat: the bytes are no text.
        Damaged: no text can be made out.
    """
    data, warnings = read_bytes(source)
    document = DocumentBuilder(XML)
    document.warnings += warnings
    root = _root(source, document, data)
    page = document.new_page()
    title = ""
    if _name(root) in ("rss", "feed", "rdf"):
        title = _feed(document, page, root)
    elif _is_document(root):
        title = _document_title(root)
        _Writer(document, page).element(root, 1)
    else:
        write_value(document, page, _value(root, 0))
    if not page.blocks and document.warnings:
        raise Damaged(
            f"{source.name} cannot be read. {document.warnings[-1]}", "Save it again from where it comes from."
        )
    parsed = document.build(source.title)
    return replace(parsed, title=sensible_title(title) or source.title)


def _root(source: Source, document: DocumentBuilder, data: bytes) -> _Element:
    from lxml import etree

    def parsed(content: bytes, encoding: str | None) -> tuple[_Element | None, etree.XMLParser]:
        # huge_tree stays off: libxml2 then limits depth, text and what entities in attributes grow to.
        parser = etree.XMLParser(
            encoding=encoding,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            recover=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(content, parser), parser
        except (etree.XMLSyntaxError, ValueError):
            return None, parser

    wide = decode(data) if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None
    if wide:
        data = _DECLARATION.sub("", wide.text).encode()
    defined = set(_DEFINED.findall(data))
    data = _ENTITY.sub(lambda found: found.group() if found.group(1) in defined else _character(found.group(1)), data)
    root, parser = parsed(data, "utf-8" if wide else None)
    document.encoding = (
        wide.encoding if wide else (root.getroottree().docinfo.encoding or "") if root is not None else ""
    )
    if root is None or "ERR_INVALID_CHAR" in _error_kinds(parser) or "ERR_INVALID_ENCODING" in _error_kinds(parser):
        found = decode(data)
        if found:
            again, parser = parsed(_DECLARATION.sub("", found.text).strip().encode(), "utf-8")
            root = again if again is not None else root
            document.encoding = found.encoding
    if root is None:
        raise Damaged(f"{source.name} is not well-formed XML.", "Save it again from the program that it comes from.")
    if parser.error_log:
        first = parser.error_log[0]
        document.warnings.append(
            f"It is not well-formed XML, or over a limit, and was read as far as it goes (line {first.line}: "
            f"{one_line(first.message)})."
        )
    if any(True for _ in root.iter(etree.Entity)):
        document.warnings.append("Entities that it defines were not expanded.")
    return root


def _character(entity: bytes) -> bytes:
    """A character that HTML has a name for, by its number: documents use these names and leave their list elsewhere."""
    name = f"{entity.decode('ascii')};"
    if name in ("amp;", "lt;", "gt;", "quot;", "apos;") or name not in html5:
        return b"&" + name.encode()
    return "".join(f"&#{ord(char)};" for char in html5[name]).encode("ascii")


def _error_kinds(parser: Any) -> set[str]:
    return {entry.type_name for entry in parser.error_log}


def _name(element: _Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _is_document(root: _Element) -> bool:
    return any(_name(element) in _DOCUMENTS for element in root.iter())


def _document_title(root: _Element) -> str:
    for element in root.iter():
        if _name(element) in ("article-title", "invention-title", "title") and not any(
            _name(parent) in ("ref", "citation", "biblioentry", "related-object") for parent in element.iterancestors()
        ):
            return one_line(" ".join(_strings(element)))
    return ""


def _feed(document: DocumentBuilder, page: PageBuilder, root: _Element) -> str:
    """Write the entries of a feed (RSS, Atom), each under its title; returns the feed's title."""
    channel = next((element for element in root.iter() if _name(element) == "channel"), root)
    for entry in root.iter():
        if _name(entry) not in ("item", "entry"):
            continue
        parts = {_name(child): "".join(_strings(child)).strip() for child in entry}
        page.add(BlockKind.HEADING, one_line(parts.get("title", "")), level=1)
        stated = [parts.get(name, "") for name in ("author", "creator", "pubdate", "published", "updated")]
        page.add(BlockKind.PARAGRAPH, one_line(", ".join(filter(None, stated))))
        told = max((parts.get(name, "") for name in ("encoded", "content", "description", "summary")), key=len)
        html.fill(document, page, told)
    own = {_name(child): "".join(_strings(child)).strip() for child in channel}
    dates = (iso_date(own.get(name, "")) for name in ("lastbuilddate", "pubdate", "updated", "date"))
    document.dated = next(filter(None, dates), "")
    return one_line(own.get("title", ""))


def _strings(element: _Element) -> Iterator[str]:
    """All text of an element and those within it, without entities that were not expanded."""
    if isinstance(element.tag, str) and _name(element) not in _LEFT_OUT:
        yield element.text or ""
        for child in element:
            yield from _strings(child)
            yield child.tail or ""


def _is_text(element: _Element) -> bool:
    """Whether an element holds running text: its own, or between the elements within."""
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


class _Writer:
    """Writes a document's elements as blocks."""

    def __init__(self, document: DocumentBuilder, page: PageBuilder) -> None:
        self.document = document
        self.page = page

    def element(self, element: _Element, level: int, depth: int = 0) -> None:
        """One element and all within; `level` is that of a heading in it."""
        name = _name(element)
        if not name or name in _LEFT_OUT:
            return
        text = _text(element) if _is_text(element) or name in _TITLES or depth > _DEEPEST else ""
        if name in _TITLES and text and len(text) <= _LONGEST_TITLE:
            self.page.add(BlockKind.HEADING, one_line(text), level=level)
        elif name in _LISTS:
            self._list(element, 0, self.document.new_group())
        elif name in _TABLES and any(_name(inner) in _ROWS for inner in element.iter()):
            self._table(element)
        elif text and not any(_name(inner) in _LISTS | _TABLES for inner in element.iter()):
            self.page.add(BlockKind.PARAGRAPH, text)
        elif text:
            self._mixed(element, level, depth)
        elif (
            len(element)
            and not any(_name(inner) in _STRUCTURE for inner in element.iter())
            and len(crumbs := ", ".join(filter(None, map(one_line, _strings(element))))) <= _LONGEST_CRUMBS
        ):
            self.page.add(BlockKind.PARAGRAPH, crumbs)
        else:
            for child in element:
                self.element(child, level + bool(_SECTION.fullmatch(_name(child))), depth + 1)

    def _mixed(self, element: _Element, level: int, depth: int) -> None:
        """Running text with a list or table within."""
        run = [element.text or ""]
        for child in element:
            if any(_name(inner) in _LISTS | _TABLES for inner in child.iter()):
                self.page.add(BlockKind.PARAGRAPH, one_line("".join(run)))
                run = []
                self.element(child, level, depth + 1)
            else:
                run.extend(_strings(child))
            run.append(child.tail or "")
        self.page.add(BlockKind.PARAGRAPH, one_line("".join(run)))

    def _list(self, element: _Element, nesting: int, group: int) -> None:
        for child in element:
            inner = [own for own in child.iter() if own is not child and _name(own) in _LISTS]
            outer = [own for own in inner if not any(parent in inner for parent in own.iterancestors())]
            if _name(child) in _LISTS:
                outer = [child]
            else:
                skipped = {id(own) for own in outer}
                text = one_line(" ".join(_strings_without(child, skipped)))
                if _name(child) in _TITLES:
                    self.page.add(BlockKind.PARAGRAPH, text)
                else:
                    self.page.add(BlockKind.LIST_ITEM, f"• {text}" if text else "", level=nesting, group=group)
            for own in outer:
                if nesting < _DEEPEST:
                    self._list(own, nesting + 1, group)

    def _table(self, element: _Element) -> None:
        for inner in element:
            if _name(inner) in _TITLES:
                self.page.add(BlockKind.PARAGRAPH, one_line(_text(inner)))
        grid, headed = Grid(), []
        names = {column.get("colname"): place for place, column in enumerate(_columns(element))}
        for row in element.iter():
            if _name(row) not in _ROWS:
                continue
            cells = [cell for cell in row if _name(cell) in _CELLS]
            grid.add_row(
                [(one_line(_text(cell)), _span(cell, "rowspan", "morerows"), _across(cell, names)) for cell in cells]
            )
            parent = row.getparent()
            headed.append(parent is not None and _name(parent) == "thead")
        filled = [index for index, texts in enumerate(grid.rows) if any(texts)]
        rows, wide = [grid.rows[index] for index in filled], [grid.wide[index] for index in filled]
        marked = next((place for place, index in enumerate(filled) if not headed[index]), 0)
        add_table(self.document, self.page, rows, wide, marked)


def _columns(table: _Element) -> Iterator[_Element]:
    return (inner for inner in table.iter() if _name(inner) == "colspec")


def _across(cell: _Element, names: Mapping[str | None, int]) -> int:
    """Columns that a cell covers: so many, or from one named column to another (CALS)."""
    first, last = names.get(cell.get("namest")), names.get(cell.get("nameend"))
    if first is None or last is None:
        return _span(cell, "colspan", "")
    return min(max(1, last - first + 1), 200)


def _strings_without(element: _Element, skipped: set[int]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if id(child) not in skipped:
            yield from _strings_without(child, skipped) if skipped else _strings(child)
        yield child.tail or ""


def _text(element: _Element) -> str:
    """Text of an element; blanks stand between elements only where they do in the file, or where blocks meet."""
    return clean(re.sub(r"\s+", " ", "".join(_strings(element))))


def _span(cell: _Element, name: str, more: str) -> int:
    """Rows or columns that a cell covers: stated as such, or as more than one (CALS)."""
    value, extra = cell.get(name) or "", cell.get(more) or "" if more else ""
    if value.isdecimal():
        return min(max(1, int(value[:4])), 200)
    return min(1 + int(extra[:4]), 200) if extra.isdecimal() else 1


def _value(element: _Element, depth: int) -> object:
    """An element of data as JSON has it: attributes and children by name, those of one name as a list."""
    text = _plain("".join([element.text or "", *((child.tail or "") for child in element)]))
    found: dict[str, Any] = {}
    for name, value in element.attrib.items():
        key = str(name).rpartition("}")[2]
        if key not in _UNSAID and str(value).strip():
            found[key] = one_line(str(value))
    if depth > _DEEPEST:
        return text
    if any((child.tail or "").strip() for child in element):
        # Running text: "Do <b>not</b> shake." says something else without what is within.
        text = _plain(re.sub(r"\s+", " ", "".join(_strings(element))))
        return {"": text, **found} if found else text
    lists: set[str] = set()
    for child in element:
        if not _name(child) or _name(child) in _LEFT_OUT:
            continue
        key = str(child.tag).rpartition("}")[2]
        inner = _value(child, depth + 1)
        if inner in ("", None):
            continue
        if key in lists:
            found[key].append(inner)
        elif key in found:
            found[key] = [found[key], inner]
            lists.add(key)
        else:
            found[key] = inner
    if not found:
        return text
    return {"": text, **found} if text else found


def _plain(text: str) -> str:
    """A value's text; of one that holds HTML, as feeds do, what that shows."""
    text = text.strip()
    if len(_MARKUP.findall(text[:2000])) < 2:
        return clean(text)
    page = PageBuilder(1)
    html.fill(DocumentBuilder(XML), page, text)
    return page.page().text
