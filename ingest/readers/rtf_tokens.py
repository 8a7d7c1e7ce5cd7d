"""RTF taken apart: groups, control words and decoded text. (Rich Text Format Specification 1.9.1)"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\", re.DOTALL
)

# The specification's table of \fcharset, and the code pages of Windows that belong to them.
CHARSETS: Final = {
    0: "cp1252",
    77: "mac_roman",
    78: "shift_jis",
    79: "euc_kr",
    80: "gb2312",
    81: "big5",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    255: "cp437",
}
_CODE_PAGES: Final = {65001: "utf-8", 10000: "mac_roman", 936: "gbk", 1361: "johab", 708: "iso8859_6", 709: "iso8859_6"}


class Token(NamedTuple):
    """A piece of RTF. `kind` is "open", "close", "word" (a control word or symbol) or "bytes"."""

    kind: str
    word: str = ""
    number: int | None = None
    data: bytes = b""
    size: int = 0
    """Characters that the piece counts for where the stand-in of a Unicode character is to be skipped."""


def tokens(data: bytes) -> Iterator[Token]:
    """The pieces in order; binary data is left out."""
    place = 0
    while place < len(data):
        match = _TOKEN.match(data, place)
        if match is None:  # cannot be: every byte is matched by one of the alternatives
            return
        place = match.end()
        word, number, code, symbol, brace, text = match.groups()
        if text is not None:
            yield Token("bytes", data=text, size=len(text))
        elif word is not None:
            name = word.decode("ascii")
            value = int(number) if number else None
            if name == "bin":
                place += max(0, value or 0)
            else:
                yield Token("word", name, value, size=1)
        elif code is not None:
            yield Token("bytes", data=bytes.fromhex(code.decode("ascii")), size=1)
        elif symbol is not None:
            yield Token("word", symbol.decode("latin-1"), size=1)
        elif brace is not None:
            yield Token("open" if brace == b"{" else "close")


def encoding_of(code_page: int) -> str:
    """The name of a code page; that of Western Windows where Python has none."""
    name = _CODE_PAGES.get(code_page, f"cp{code_page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
