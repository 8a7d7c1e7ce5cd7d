"""HTML elements: parsed no deeper than can be walked, and told apart: hidden, around the content, footnotes."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import DocumentBuilder

if TYPE_CHECKING:
    from lxml.html import HtmlElement

NEVER: Final = frozenset(
    "script style noscript template svg iframe object embed head button select input textarea canvas audio "
    "video".split()
)
_AROUND: Final = frozenset("nav footer aside header menu dialog".split())
_AROUND_ROLES: Final = frozenset(
    "navigation banner contentinfo search complementary menu menubar dialog alertdialog".split()
)
_NAMES: Final = (
    r"nav|navbar|navbox|menu|breadcrumbs?|sidebar|cookies?|cookie-?banner|social|share|advert\w*|ads?|skip-?link|"
    r"mw-editsection|mw-jump-link|toc|pagination|newsletter|site-?footer|site-?header"
)
_AROUND_CLASSES = re.compile(rf"(?:^|[\s_-])({_NAMES})(?:$|[\s_-])", re.IGNORECASE)
# Pandoc, Sphinx and others make ids of headings: "social-history" is a part of the text, "social" are links.
_AROUND_ID = re.compile(_NAMES, re.IGNORECASE)
_CONTAINERS: Final = frozenset("details div dl form ol section table ul".split())
_CLASSED: Final = _CONTAINERS | {"a", "span"}
_HEADINGS: Final = frozenset("h1 h2 h3 h4 h5 h6".split())
_FIRST: Final = 3
# What these say stands in a button where it opens and closes the text below.
_LABELS: Final = _HEADINGS | {"summary", "dt"}
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
BLOCKS: Final = frozenset(
    "address article aside blockquote body center details dd div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main nav ol p pre section summary table "
    "tbody td tfoot th thead tr ul "
    "caption".split()
)
# Elements within elements. Real pages stay below a hundred; each level takes up to four calls of Python's thousand.
_DEEPEST: Final = 150
_TAG: Final = re.compile(r"</?([a-zA-Z][\w:-]*)[^<>]*>")
_EPUB_TYPE: Final = "{http://www.idpf.org/2007/ops}type"
_NOTES: Final = frozenset("footnote footnotes endnote endnotes rearnote rearnotes noteref".split())
_NOTE_MARK = re.compile(r"\[?(\d{1,3}|[a-z*†‡§]{1,2})\]?", re.IGNORECASE)
_BACKLINKS: Final = frozenset("↩ ↩︎ ↑ ^ ⏎ ↵".split())


def parse_tree(text: str, document: DocumentBuilder) -> HtmlElement | None:
    """The root of an HTML text, None where it has no element. One nested too deep is flattened, with a warning."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    # Text was decoded already; a declaration in it must not make lxml decode it again.
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"))
    cut = False
    while True:
        parser = HTMLParser(encoding="utf-8", huge_tree=True, no_network=True)
        try:
            root: HtmlElement = document_fromstring(body.encode("utf-8", "replace"), parser=parser)
        except etree.ParserError:
            return None
        # libxml2 stops reading where elements lie 2,048 deep.
        if cut or not any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
            break
        body, cut = _TAG.sub(_as_paragraph, body), True
    if _flatten(root) or cut:
        document.warnings.append(
            f"Its elements lie more than {_DEEPEST} deep within each other; below that, its structure was not read."
        )
    return root


def _as_paragraph(tag: re.Match[str]) -> str:
    """A tag of a page without structure: blocks begin paragraphs, which do not nest; inline elements are gone."""
    name = tag.group(1).lower()
    return tag.group() if name in NEVER or name == "br" else "<p>" if name in BLOCKS else ""


def _flatten(root: HtmlElement) -> bool:
    """Turn what lies deeper than can be walked into a row of paragraphs; whether there was any."""
    from lxml import etree

    deep: list[HtmlElement] = []
    depth = 0
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        depth += 1 if event == "start" else -1
        if event == "start" and depth == _DEEPEST and len(element):
            deep.append(element)
            walker.skip_subtree()
            depth -= 1
    for element in deep:
        pieces = _pieces(element)
        element.text = None
        del element[:]
        for piece in pieces:
            if piece:
                etree.SubElement(element, "p").text = piece
    return bool(deep)


def _pieces(element: HtmlElement) -> list[str]:
    """The shown text of an element, cut where a block begins or ends."""
    from lxml import etree

    pieces: list[list[str]] = [[element.text or ""]]
    walker = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, inner in walker:
        if inner is element:
            continue
        if event == "start" and skipped(inner, keep_around=True):
            walker.skip_subtree()
            pieces[-1].append(inner.tail or "")
            continue
        if inner.tag in BLOCKS:
            pieces.append([])
        pieces[-1].append((inner.text if event == "start" else inner.tail) or "")
    return ["".join(piece).strip() for piece in pieces]


def hidden(element: HtmlElement) -> bool:
    """Whether an element is not shown."""
    return (
        element.get("hidden") not in (None, "until-found")
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(element.get("style") or ""))
    )


def is_around(element: HtmlElement) -> bool:
    """Whether an element is navigation, a page's head or foot, advertising."""
    if element.tag in ("body", "html", "main", "article") or is_note(element):
        return False
    if element.tag == "header" and any(
        parent.tag in ("article", "main", "section") for parent in element.iterancestors()
    ):
        return False
    if element.tag in _AROUND or (element.get("role") or "").lower() in _AROUND_ROLES:
        return True
    return _classed_around(element) or _identified_around(element)


def _classed_around(element: HtmlElement) -> bool:
    """Whether an element's classes say that it is around the content. Headings and the like are content themselves."""
    classes = element.get("class") or ""
    if element.tag not in _CLASSED or len(classes) >= 200:
        return False
    found = _AROUND_CLASSES.search(classes)
    if found is None:
        return False
    # In a heading a link back to the contents holds its words; only the tools of a wiki do not belong there.
    return found.group(1).lower().startswith("mw-") or not _within(element, _HEADINGS)


def _identified_around(element: HtmlElement) -> bool:
    """Whether an element's id says that it is around the content, rather than repeats a heading in it."""
    name = element.get("id") or ""
    if element.tag not in _CONTAINERS or not _AROUND_ID.fullmatch(name):
        return False
    # What an id repeats stands at the head of its part; a part may hold many headings, and lie within many others.
    headings = islice(element.iter(*_HEADINGS), _FIRST)
    return not any(_letters(str(heading.text_content())) == _letters(name) for heading in headings)


def single_element(html: str) -> HtmlElement:
    """The element that a start tag begins, with nothing in it."""
    from lxml.html import fragment_fromstring

    return fragment_fromstring(html)


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.lower()))


def _within(element: HtmlElement, tags: frozenset[str]) -> bool:
    return any(parent.tag in tags for parent in element.iterancestors())


def skipped(element: HtmlElement, keep_around: bool) -> bool:
    """Whether an element's text is left out."""
    if not isinstance(element.tag, str) or hidden(element):
        return True
    if element.tag in NEVER and not (element.tag == "button" and is_label(element)):
        return True
    return not keep_around and is_around(element)


def is_label(button: HtmlElement) -> bool:
    """Whether a button is what a heading or the like says."""
    return _within(button, _LABELS)


def tick(box: HtmlElement) -> str:
    """The sign of a form's box that is ticked or not; "" for any other element."""
    if box.tag != "input" or (box.get("type") or "").lower() not in ("checkbox", "radio") or hidden(box):
        return ""
    return "☐ " if box.get("checked") is None else "☑ "


def is_note(element: HtmlElement) -> bool:
    """Whether an element is a footnote, a list of them or a reference to one."""
    role = (element.get("role") or "").lower().removeprefix("doc-")
    kinds = (element.get("epub:type") or element.get(_EPUB_TYPE) or "").lower().split()
    names = (element.get("class") or "").lower().split()
    return role in _NOTES or not _NOTES.isdisjoint((*kinds, *names))


def note_mark(link: HtmlElement) -> str:
    """The number or sign of a reference to a footnote; "" where the link is none."""
    noted = is_note(link)
    if not noted and not (link.get("href") or "").startswith("#"):
        return ""
    parent = link.getparent()
    raised = (parent is not None and parent.tag == "sup") or link.find("sup") is not None
    if not noted and not raised and "footnote-ref" not in (link.get("class") or ""):
        return ""
    return mark_of(link)


def mark_of(link: HtmlElement) -> str:
    """What a link shows where it could be the mark of a footnote; "" for any other text."""
    mark = _NOTE_MARK.fullmatch(str(link.text_content()).strip())
    return mark.group(1) if mark else ""


def is_backlink(link: HtmlElement) -> bool:
    """Whether a link leads from a footnote back to its place in the text."""
    return link.get("role") == "doc-backlink" or str(link.text_content()).strip() in _BACKLINKS
