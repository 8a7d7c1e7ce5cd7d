"""Outlook messages (.msg): the same as e-mails, kept as properties in an OLE compound file ([MS-OXMSG])."""

from __future__ import annotations

import datetime
import struct
from typing import TYPE_CHECKING, Final

from ingest.readers.builder import one_line
from ingest.readers.dates import iso_date
from ingest.readers.encoding import decode
from ingest.readers.formats import MSG
from ingest.readers.html import decode_html
from ingest.readers.mail import Attachment, Body, Letter, build, header_text
from ingest.readers.source import Source
from rag.core.types import ParsedDocument

if TYPE_CHECKING:
    from olefile import OleFileIO

# [MS-OXPROPS]: numbers of properties.
_SUBJECT: Final = 0x0037
_SUBMITTED: Final = 0x0039
_DELIVERED: Final = 0x0E06
_FROM_NAMES: Final = (0x0C1A, 0x0042)
_FROM_ADDRESSES: Final = (0x5D01, 0x5D02, 0x0C1F, 0x0065)
_HEADERS: Final = 0x007D
_TO, _CC = 0x0E04, 0x0E03
_BODY, _HTML, _RTF = 0x1000, 0x1013, 0x1009
_CODE_PAGES: Final = (0x3FDE, 0x3FFD)
_ATTACHED: Final = 0x3701
_ATTACHED_NAMES: Final = (0x3707, 0x3704, 0x3001)
_CONTENT_ID: Final = 0x3712
_RECIPIENT_KIND: Final = 0x0C15
_RECIPIENT_NAME: Final = 0x3001
_RECIPIENT_ADDRESSES: Final = (0x39FE, 0x3003)
_RECIPIENTS: Final = {1: "To", 2: "Cc"}

_PROPERTIES: Final = "__properties_version1.0"
_ATTACHMENT: Final = "__attach_version1.0_"
_RECIPIENT: Final = "__recip_version1.0_"
# [MS-OXMSG] 2.4: what stands before the properties of a message, of one within another, and of anything else.
_MESSAGE_START, _INNER_START, _OTHER_START = 32, 24, 8
# FILETIME: steps of 100 nanoseconds since 1601.
_EPOCH: Final = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)
# [MS-OXRTFCP] 2.1.2: what the dictionary holds to begin with, and the mark of compression.
_RTF_START: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_COMPRESSED: Final = b"LZFu"
_WINDOW: Final = 4096


def read(source: Source) -> ParsedDocument:
    """Read a message: its text, then each attachment's pages.

    Raises:
        PasswordProtected: it is encrypted.
        TooLarge: what is attached unpacks to more than the limits allow.
    """
    import olefile

    with olefile.OleFileIO(str(source.path)) as file:
        letter = _Storage(file, [], _MESSAGE_START).letter(source.limits.depth - source.depth)
    return build(source, MSG, letter)


class _Storage:
    """A message, recipient or attachment within the file: its properties by number."""

    def __init__(self, file: OleFileIO, path: list[str], start: int) -> None:
        self._file = file
        self._path = path
        self._fixed: dict[int, bytes] = {}
        """Values of fixed length: 8 bytes each."""
        raw = self._stream(_PROPERTIES)
        for place in range(start, len(raw) - 15, 16):
            (tag,) = struct.unpack_from("<H", raw, place + 2)
            self._fixed[tag] = raw[place + 8 : place + 16]
        self._code_page = ""

    def letter(self, depth: int) -> Letter:
        """The storage as a message, with the messages attached to it down to `depth`."""
        self._code_page = next((f"cp{page}" for tag in _CODE_PAGES if (page := self._number(tag))), "")
        sent = self._time(_SUBMITTED) or self._time(_DELIVERED)
        transport = self._text(_HEADERS)
        dated = iso_date(header_text(transport, "Date")) or (sent.date().isoformat() if sent else "")
        letter = Letter(subject=one_line(self._text(_SUBJECT)), dated=dated)
        headers = {
            "From": _address(self._first(_FROM_NAMES), self._first(_FROM_ADDRESSES)),
            **self._recipients(),
            "Date": sent.strftime("%Y-%m-%d %H:%M UTC") if sent else "",
        }
        letter.headers = [
            (name, header_text(transport, name) or headers.get(name, "")) for name in ("From", "To", "Cc", "Date")
        ]
        body = Body(self._text(_BODY), self._html())
        if body.plain.strip() or body.rich.strip():
            letter.bodies.append(body)
        elif rtf := _decompressed(self._binary(_RTF)):
            letter.attachments.append(Attachment("message.rtf", rtf))
        for name in self._children(_ATTACHMENT):
            letter.attachments.append(
                _Storage(self._file, [*self._path, name], _OTHER_START)._attachment(self._code_page, depth)
            )
        letter.settle()
        return letter

    def _attachment(self, code_page: str, depth: int) -> Attachment:
        self._code_page = code_page
        name = one_line(self._first(_ATTACHED_NAMES))
        inner = [*self._path, f"__substg1.0_{_ATTACHED:04X}000D"]
        if self._file.exists([*inner, _PROPERTIES]):
            letter = _Storage(self._file, inner, _INNER_START).letter(depth - 1) if depth > 0 else Letter()
            return Attachment(name or letter.subject or "message", letter=letter)
        return Attachment(name or "attachment", self._binary(_ATTACHED), self._text(_CONTENT_ID).strip("<> "))

    def _recipients(self) -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for name in self._children(_RECIPIENT):
            recipient = _Storage(self._file, [*self._path, name], _OTHER_START)
            recipient._code_page = self._code_page
            kind = _RECIPIENTS.get(recipient._number(_RECIPIENT_KIND))
            address = _address(recipient._text(_RECIPIENT_NAME), recipient._first(_RECIPIENT_ADDRESSES))
            if kind and address:
                found.setdefault(kind, []).append(address)
        names = {"To": self._text(_TO), "Cc": self._text(_CC)}
        return names | {kind: ", ".join(addresses) for kind, addresses in found.items()}

    def _children(self, start: str) -> list[str]:
        depth = len(self._path)
        return sorted(
            {
                path[depth]
                for path in self._file.listdir(streams=True, storages=True)
                if len(path) > depth and path[:depth] == self._path and path[depth].startswith(start)
            }
        )

    def _first(self, tags: tuple[int, ...]) -> str:
        return next((text for tag in tags if (text := self._text(tag))), "")

    def _text(self, tag: int) -> str:
        wide = self._stream(f"__substg1.0_{tag:04X}001F")
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return self._decoded(self._stream(f"__substg1.0_{tag:04X}001E"))

    def _html(self) -> str:
        raw = self._binary(_HTML)
        if not raw:
            return self._text(_HTML)
        try:
            return raw.decode("utf-8" if self._code_page == "cp65001" else self._code_page)
        except (LookupError, UnicodeDecodeError):
            found = decode_html(raw)
            return found.text if found else ""

    def _decoded(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8" if self._code_page == "cp65001" else self._code_page).rstrip("\0")
        except (LookupError, UnicodeDecodeError):
            found = decode(raw)
            return found.text.rstrip("\0") if found else ""

    def _binary(self, tag: int) -> bytes:
        return self._stream(f"__substg1.0_{tag:04X}0102")

    def _stream(self, name: str) -> bytes:
        path = [*self._path, name]
        if not self._file.exists(path) or self._file.get_type(path) != 2:  # 2: a stream, olefile.STGTY_STREAM
            return b""
        data: bytes = self._file.openstream(path).read()
        return data

    def _number(self, tag: int) -> int:
        return int.from_bytes(self._fixed.get(tag, b"")[:4], "little")

    def _time(self, tag: int) -> datetime.datetime | None:
        steps = int.from_bytes(self._fixed.get(tag, b""), "little")
        try:
            return _EPOCH + datetime.timedelta(microseconds=steps // 10) if steps else None
        except OverflowError:
            return None


def _address(name: str, address: str) -> str:
    """A person as headers name one. Addresses within an Exchange server ("/o=...") say nothing to people."""
    name, address = one_line(name).strip("'"), one_line(address)
    if "@" not in address or address == name:
        return name
    return f"{name} <{address}>" if name else address


def _decompressed(data: bytes) -> bytes:
    """RTF as Outlook packs it, [MS-OXRTFCP] 2.2: runs copied from a window of what was written last."""
    if len(data) < 16 or data[8:12] != _COMPRESSED:
        return data[16:]
    size = min(struct.unpack_from("<I", data, 4)[0], len(data) * _WINDOW)
    window = bytearray(_RTF_START.ljust(_WINDOW, b"\0"))
    write = len(_RTF_START)
    out = bytearray()
    place = 16
    while place < len(data) and len(out) < size:
        control, place = data[place], place + 1
        for bit in range(8):
            if place >= len(data):
                break
            if not control >> bit & 1:
                copied, place = bytes((data[place],)), place + 1
                window[write] = copied[0]
                write = (write + 1) % _WINDOW
                out += copied
                continue
            pair, place = int.from_bytes(data[place : place + 2], "big"), place + 2
            offset, length = pair >> 4, (pair & 15) + 2
            if offset == write:
                return bytes(out)
            for step in range(length):
                byte = window[(offset + step) % _WINDOW]
                window[write] = byte
                write = (write + 1) % _WINDOW
                out.append(byte)
    return bytes(out)
