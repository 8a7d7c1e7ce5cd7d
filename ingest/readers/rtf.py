"""RTF: paragraphs, headings by style or outline level, lists with their markers, tables, notes and comments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from ingest.readers.builder import DocumentBuilder, one_line
from ingest.readers.formats import RTF
from ingest.readers.formulas import fraction
from ingest.readers.note_marks import noted, reference
from ingest.readers.ooxml import day
from ingest.readers.raised import shifted
from ingest.readers.remarks import comment, counted
from ingest.readers.rtf_tokens import CHARSETS, Token, encoding_of, tokens
from ingest.readers.rtf_writer import Paragraph, Style, Writer
from ingest.readers.source import Source
from ingest.readers.symbols import LONGEST_NAME, UNKNOWN, in_font, is_sign_font, symbol
from rag.core.errors import Damaged
from rag.core.types import ParsedDocument

_SYMBOL_CHARSET: Final = 2
_CHARACTERS: Final = {
    "tab": "\t",
    "line": "\n",
    "lbr": "\n",
    "emdash": "—",
    "endash": "–",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "zwj": "\u200d",
    "zwnj": "\u200c",
    "~": "\u00a0",
    "_": "-",
    "{": "{",
    "}": "}",
    "\\": "\\",
}
_SHIFTS: Final = {"super": 1, "sub": -1, "nosupersub": 0, "msup": 1, "msub": -1}
# The two terms of a fraction in a formula, and what parts each from the text before it where they are in none.
_TERMS: Final = {"mnum": " ", "mden": "/"}
_ENDS: Final = frozenset({"par", "sect", "page", "column", "\n", "\r"})
# Groups whose text is none of the document's. Those that begin with \* are left out too, unless named further below.
_SKIPPED: Final = frozenset(
    "fonttbl colortbl filetbl stylesheet info pict objdata fldinst header headerl headerr headerf footer footerl "
    "footerr footerf xe tc txe rxe bkmkstart bkmkend listtable listoverridetable revtbl rsidtbl generator themedata "
    "colorschememapping datastore latentstyles nonshppict sp shprslt aftncn aftnsep aftnsepc ftncn ftnsep ftnsepc "
    "nonesttables mmathPict formfield falt panose pgptbl upr revtim creatim".split()
)
# Groups that are collected, and what they are when complete.
_COLLECTED: Final = {
    "footnote": "note",
    "annotation": "comment",
    "atnauthor": "author",
    "listtext": "marker",
    "pntext": "marker",
    "shptxt": "box",
    "dptxbxtext": "box",
}
# Containers of drawings; what is text in one stands in a group of its own.
_CONTAINERS: Final = frozenset({"shpinst", "do", "shp", "shpgrp"})
_STARRED: Final = frozenset({"shppict", "ud", "moMath", "moMathPara", *_COLLECTED, *_CONTAINERS})
_UNCOUNTED: Final = frozenset({"nonshppict", "shprslt", "stylesheet", "info", "listtable", "*"})


@dataclass(slots=True)
class _Group:
    """What holds within a pair of braces."""

    target: str
    """The destination that text goes to, or that keeps it from going anywhere."""
    sink: list[str] | None
    """Where text goes; None for nowhere."""
    outer: list[str] | None
    """Where it went before it was kept from going there."""
    closes: str = ""
    """The destination that is complete when this group ends."""
    font: int = -1
    skip: int = 1
    """Characters that stand in for a Unicode one, for programs that know none."""
    hidden: bool = False
    shift: int = 0
    """1 for text that is set raised, -1 for lowered."""
    struck: bool = False
    starred: bool = False
    above: str | None = None
    """The numerator of the fraction that this group is, "" before it is known; None where it is no fraction."""
    paragraph: Paragraph = field(default_factory=Paragraph)


def read(source: Source) -> ParsedDocument:
    """Read an RTF document as one page.

    Raises:
        Damaged: it does not begin as RTF does.
    """
    data = source.path.read_bytes()
    start = data.find(b"{\\rtf", 0, 1024)
    if start < 0:
        raise Damaged(f"{source.name} is no RTF document.", "Open it in a word processor and save it as .docx.")
    document = DocumentBuilder(RTF)
    reading = _Reading(Writer(document, document.new_page()))
    for token in tokens(data[start:]):
        reading.take(token)
    reading.end()
    document.title, document.dated = reading.title, reading.dated()
    document.struck_out = reading.struck_out
    if reading.cut_off:
        document.warnings.append("The file is cut off: its end is missing.")
    if reading.pictures:
        document.skipped.append(counted(reading.pictures, "picture"))
    return document.build(source.title)


class _Reading:
    """Follows the groups and control words, and gives whole paragraphs and cells to the writer."""

    def __init__(self, writer: Writer) -> None:
        self.title = ""
        self.pictures = 0
        self.struck_out = 0
        """Places where struck-out text was left out."""
        self._within_struck = False
        self._writer = writer
        self._body: list[str] = []
        self._group = _Group("body", self._body, None)
        self._stack: list[_Group] = []
        self._bytes = bytearray()
        self._left = 0
        """Characters still to be skipped after a Unicode one."""
        self._default_encoding = "cp1252"
        self._default_font = -1
        self._fonts: dict[int, str] = {}
        """Encodings of the fonts, "symbol" for fonts of signs."""
        self._font_names: dict[int, str] = {}
        self._defined = -1
        self._styles: dict[int, Style] = {}
        self._times: dict[str, dict[str, int]] = {}
        self._marker = ""
        self._author = ""
        self._note_count = 0
        self._note_mark = ""

    @property
    def cut_off(self) -> bool:
        """Whether groups are open at the end."""
        return bool(self._stack)

    def dated(self) -> str:
        """The day of the last change, else of making, as YYYY-MM-DD; "" where neither is said."""
        for name in ("revtim", "creatim"):
            time = self._times.get(name, {})
            found = day(f"{time.get('yr', 0):04}-{time.get('mo', 0):02}-{time.get('dy', 0):02}")
            if found:
                return found
        return ""

    def take(self, token: Token) -> None:
        """The next piece."""
        if token.kind == "bytes":
            skipped = min(self._left, len(token.data))
            self._left -= skipped
            if self._group.target == "fonttbl":
                self._name_font(token.data)
            elif self._group.sink is not None and not self._group.hidden:
                self._bytes += token.data[skipped:]
            return
        if token.kind == "word" and self._left:
            self._left -= 1
            return
        self._decode()
        if token.kind == "open":
            self._left = 0
            self._stack.append(self._group)
            self._group = replace(self._group, closes="", starred=False, above=None)
            if self._group.target == "stylesheet":
                self._group.sink, self._group.closes = [], "style"
        elif token.kind == "close":
            self._left = 0
            if self._stack:
                self._put_numerator()
                closed, self._group = self._group, self._stack.pop()
                if closed.closes:
                    self._complete(closed)
        else:
            self._word(token.word, token.number)

    def end(self) -> None:
        """Write what is left, also of a file that was cut off."""
        self._decode()
        self._writer.paragraph(self._text(self._body), self._group.paragraph, self._style(), self._marker)
        self._writer.end()

    def _word(self, word: str, number: int | None) -> None:
        group = self._group
        if word == "*":
            group.starred = True
        elif group.starred and word not in _STARRED:
            group.starred = False
            group.outer, group.sink, group.target = group.sink, None, "*"
        elif word in _COLLECTED or word in _CONTAINERS or word in _SKIPPED or word in ("title", "ud"):
            group.starred = False
            self._destination(word)
        elif word in _CHARACTERS:
            self._put(_CHARACTERS[word])
        elif word == "chftn":
            self._mark_note()
        elif word == "u" and number is not None:
            self._put(self._sign(number & 0xFFFF))
            self._left = group.skip
        elif word in _ENDS:
            self._end_paragraph()
        elif word in ("cell", "nestcell", "row", "nestrow", "trowd", "trhdr", "clvmrg", "cellx"):
            self._table(word, number)
        elif group.target in self._times and number is not None:
            self._times[group.target][word] = number
        else:
            self._property(word, number)

    def _property(self, word: str, number: int | None) -> None:
        group = self._group
        if word in ("v", "deleted", "htmlrtf"):
            group.hidden = number != 0
        elif word == "plain":
            group.hidden, group.font, group.shift, group.struck = False, self._default_font, 0, False
        elif word in _SHIFTS:
            group.shift = _SHIFTS[word] if number != 0 else 0
        elif word == "mf":
            group.above = ""
        elif word in _TERMS and group.sink is not None:
            if self._is_term():
                group.sink, group.closes = [], word
            else:
                self._put(_TERMS[word])
        elif word in ("strike", "striked"):
            group.struck = number != 0
        elif word == "uc":
            group.skip = max(0, number or 0)
        elif word == "f" and number is not None:
            group.font = self._defined = number
        elif word == "fcharset" and group.target == "fonttbl" and number is not None:
            known = "symbol" if number == _SYMBOL_CHARSET else CHARSETS.get(number, "")
            self._fonts[self._defined] = known
        elif word == "cpg" and group.target == "fonttbl" and number:
            self._fonts[self._defined] = encoding_of(number)
        elif word == "deff" and number is not None:
            self._default_font = group.font = number
        elif word == "ansicpg" and number:
            self._default_encoding = encoding_of(number)
        elif word in ("mac", "pc", "pca"):
            self._default_encoding = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "pard":
            group.paragraph = Paragraph()
        elif word == "s" and number is not None:
            group.paragraph = replace(group.paragraph, style=number)
        elif word == "outlinelevel" and number is not None:
            group.paragraph = replace(group.paragraph, outline=number)
        elif word == "ilvl" and number is not None:
            group.paragraph = replace(group.paragraph, depth=max(0, min(number, 8)))
        elif word == "intbl":
            group.paragraph = replace(group.paragraph, in_table=True)

    def _destination(self, word: str) -> None:
        group = self._group
        if word == "title":
            if group.target == "info":
                group.sink, group.closes = [], "title"
        elif word == "ud":
            group.sink = group.outer
        elif word in _COLLECTED:
            if group.sink is not None or group.target in _CONTAINERS:
                group.sink, group.closes, group.target = [], _COLLECTED[word], word
        else:
            if word == "pict" and group.target not in _UNCOUNTED:
                self.pictures += 1
            if word in ("revtim", "creatim"):
                self._times.setdefault(word, {})
            if group.sink is not None:
                group.outer = group.sink
            if group.target not in _UNCOUNTED or word in ("revtim", "creatim"):
                group.target = word
            group.sink = None

    def _mark_note(self) -> None:
        """The number of a footnote or endnote, at the text first and then in the note, which writes its own mark."""
        if self._group.target == "footnote":
            self._note_mark = str(self._note_count)
        elif self._group.sink is not None and not self._group.hidden:
            self._note_count += 1
            self._group.sink.append(reference(str(self._note_count)))

    def _is_term(self) -> bool:
        """Whether this group may be a term: of a fraction, and nothing else. Elsewhere the word would divert text."""
        return bool(self._stack) and self._stack[-1].above is not None and not self._group.closes

    def _put_numerator(self) -> None:
        """Put a numerator whose denominator is missing."""
        if self._group.above:
            self._put(fraction(self._group.above, ""))
            self._group.above = ""

    def _complete(self, closed: _Group) -> None:
        text, in_table = self._text(closed.sink or []), self._group.paragraph.in_table
        if closed.closes == "title":
            self.title = one_line(text)
        elif closed.closes == "style":
            name = text.partition(";")[0].strip()
            self._styles[closed.paragraph.style] = Style(name, closed.paragraph.outline)
        elif closed.closes == "marker":
            self._marker = one_line(text).replace(UNKNOWN, "•")
        elif closed.closes == "mnum":
            self._put_numerator()
            self._group.above = text
        elif closed.closes == "mden":
            self._put(fraction(self._group.above or "", text))
            self._group.above = ""
        elif closed.closes == "author":
            self._author = one_line(text)
        elif closed.closes == "comment":
            self._writer.note(comment(self._author, one_line(text)), in_table=in_table)
            self._author = ""
        elif closed.closes == "note":
            self._writer.note(noted(self._note_mark, one_line(text)), in_table=in_table)
            self._note_mark = ""
        else:
            self._writer.box(text, in_table=in_table)

    def _end_paragraph(self) -> None:
        group = self._group
        self._within_struck = False
        if group.sink is not self._body:
            self._put("\n")
        elif group.paragraph.in_table:
            self._body.append("\n")
            self._marker = ""
        else:
            self._writer.paragraph(self._text(self._body), group.paragraph, self._style(), self._marker)
            self._marker = ""
            self._body.clear()

    def _table(self, word: str, number: int | None) -> None:
        self._within_struck = False
        if self._group.sink is not self._body:
            self._put(" ")
        elif word == "cell":
            self._writer.cell(self._text(self._body))
            self._body.clear()
            self._marker = ""
        elif word in ("nestcell", "nestrow"):
            self._put(" ")
        else:
            self._writer.row_word(word, number)

    def _style(self) -> Style:
        return self._styles.get(self._group.paragraph.style, Style())

    def _put(self, text: str) -> None:
        group = self._group
        if group.sink is None or group.hidden:
            return
        if group.struck and group.target != "stylesheet":
            if text.strip():
                # What is struck out comes in many pieces.
                self.struck_out += not self._within_struck
                self._within_struck = True
            return
        self._within_struck = self._within_struck and not text.strip()
        group.sink.append(shifted(text, group.shift))

    def _sign(self, code: int) -> str:
        font = self._font_names.get(self._group.font, "")
        return chr(code) if 0xD800 <= code < 0xE000 else in_font(chr(code), font)

    def _name_font(self, data: bytes) -> None:
        """Add to the name of the font that is being defined; of one that is too long for a name no more is kept."""
        name = self._font_names.get(self._defined, "")
        if len(name) <= LONGEST_NAME:
            name += data[: LONGEST_NAME + 1].decode("latin-1")
            self._font_names[self._defined] = name.partition(";")[0]

    def _decode(self) -> None:
        """Put the bytes that were collected into text, in the encoding of their font."""
        if not self._bytes:
            return
        encoding = self._fonts.get(self._group.font, "") or self._default_encoding
        font = self._font_names.get(self._group.font, "")
        if is_sign_font(font):
            text = "".join(symbol(0xF000 + byte, font) if byte > 0x20 else chr(byte) for byte in self._bytes)
        elif encoding == "symbol":
            # Fonts of signs that are not known: what they have in the places of letters is often letters.
            text = "".join(symbol(0xF000 + byte, font) if byte > 0x7F else chr(byte) for byte in self._bytes)
        else:
            text = self._bytes.decode(encoding, "replace")
        self._put(text)
        self._bytes.clear()

    @staticmethod
    def _text(parts: list[str]) -> str:
        """Joined text; characters beyond the first plane come as two halves."""
        return "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
