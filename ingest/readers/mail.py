"""E-mails: headers, the better of their bodies, and attachments read as what they are."""

from __future__ import annotations

import email
import email.policy
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.errors import HeaderParseError
from email.generator import BytesGenerator
from email.header import decode_header
from email.message import Message
from functools import partial
from mimetypes import guess_extension
from typing import Final

from ingest.readers import html, text
from ingest.readers.builder import DocumentBuilder, PageBuilder, clean, one_line
from ingest.readers.dates import iso_date
from ingest.readers.detect import TNEF, UNWRAP
from ingest.readers.encoding import decode
from ingest.readers.formats import EML
from ingest.readers.members import Merger
from ingest.readers.source import Source
from rag.core.errors import PasswordProtected
from rag.core.types import BlockKind, ParsedDocument

_SHOWN: Final = ("From", "To", "Cc", "Date")
# A body in HTML is preferred: it has paragraphs, lists and tables. Some carry little but pictures of their text.
_LEAST_SHARE: Final = 0.5
_SIGNATURES: Final = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
    }
)
_LOCKED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_LOCKED_ENDS: Final = (".p7m", ".pgp-encrypted", ".pgp", ".gpg")
_PGP: Final = "-----BEGIN PGP MESSAGE-----"
_QUOTED = re.compile(r"[ \t]{0,3}>[ \t]?")
_WORD = re.compile(r"\w")
_OF_SINGLE_BYTES = re.compile(
    r"iso-?8859|latin|windows-125|cp125|koi8|us-ascii|ascii|unknown|x-unknown|$", re.IGNORECASE
)
# Parts within parts; Python's own parser takes some calls for each.
_DEEPEST: Final = 50


@dataclass(slots=True)
class Attachment:
    """A file attached to a message."""

    name: str
    data: bytes = b""
    content_id: str = ""
    """By which the text shows a picture."""
    letter: Letter | None = None
    """A message that is no file of its own."""


@dataclass(slots=True)
class Body:
    """A piece of a message's text, in one form or both."""

    plain: str = ""
    rich: str = ""
    """HTML."""


@dataclass(slots=True)
class Letter:
    """What a message of any format comes to."""

    subject: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    """From, To, Cc and Date, decoded; those that it has."""
    dated: str = ""
    bodies: list[Body] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    pictures: int = 0
    """Pictures shown within the text: logos and signatures, for the most part."""
    warnings: list[str] = field(default_factory=list)

    locked: bool = False
    """Whether its text, or some of it, is encrypted."""

    def settle(self) -> None:
        """Take what is encrypted out of the text and attachments, and out of these the pictures that the text shows."""
        bodies = [body for body in self.bodies if not (body.plain or body.rich).lstrip().startswith(_PGP)]
        files = [each for each in self.attachments if not _is_locked(each)]
        self.locked |= len(bodies) + len(files) < len(self.bodies) + len(self.attachments)
        self.bodies, self.attachments = bodies, files
        shown = "".join(body.rich for body in self.bodies)
        attached = [each for each in self.attachments if not each.content_id or f"cid:{each.content_id}" not in shown]
        self.pictures += len(self.attachments) - len(attached)
        self.attachments = attached


def _is_locked(attachment: Attachment) -> bool:
    return attachment.name.lower().endswith(_LOCKED_ENDS) or attachment.data.lstrip().startswith(_PGP.encode())


def read(source: Source) -> ParsedDocument:
    """Read a message: its text, then each attachment's pages.

    Raises:
        PasswordProtected: it is encrypted.
        TooLarge: what is attached unpacks to more than the limits allow.
    """
    data = source.path.read_bytes().lstrip(b"\xef\xbb\xbf\r\n \t")
    return build(source, EML, opened(data))


def build(source: Source, media_type: str, letter: Letter) -> ParsedDocument:
    """The document of a message and its attachments.

    Raises:
        PasswordProtected: all of its text is encrypted.
        TooLarge: what is attached unpacks to more than the limits allow.
    """
    if letter.locked and not letter.bodies and not letter.attachments:
        raise PasswordProtected(
            f"{source.name} is encrypted.", "Open it in your mail program, save its text as a file and add that."
        )
    document = DocumentBuilder(media_type)
    document.title = letter.subject
    document.dated = letter.dated
    write(document, document.new_page(), letter)
    merger = Merger(source, document)
    attach(merger, letter)
    return merger.build(source.title)


def attach(merger: Merger, letter: Letter) -> None:
    """Append a message's attachments."""
    for attachment in letter.attachments:
        inner = attachment.letter
        if attachment.data.startswith(TNEF):
            merger.skip(f"{attachment.name}: attachments wrapped by Outlook")
            merger.warn(f"Not read: {attachment.name} holds attachments as only Outlook wraps them. {UNWRAP}")
        elif inner is None:
            merger.read(attachment.name, io.BytesIO(attachment.data), title=attachment.name)
        else:
            merger.read_with(attachment.name, partial(_build_inner, inner), title=attachment.name)


def _build_inner(letter: Letter, source: Source) -> ParsedDocument:
    return build(source, EML, letter)


def write(document: DocumentBuilder, page: PageBuilder, letter: Letter) -> None:
    """Write a message's headers and body to a page, under a first-level heading with its subject."""
    page.add(BlockKind.HEADING, one_line(letter.subject), level=1)
    lines = [f"{name}: {one_line(value)}" for name, value in letter.headers if one_line(value)]
    page.add(BlockKind.PARAGRAPH, "\n".join(lines))
    headings = len(page.blocks)
    for body in letter.bodies:
        if body.rich and not _plain_is_better(body):
            html.fill(document, page, body.rich)
        else:
            for part in _unquoted(body.plain):
                text.fill(document, page, part)
    for index in range(headings, len(page.blocks)):
        block = page.blocks[index]
        if block.kind is BlockKind.HEADING:
            page.blocks[index] = replace(block, level=block.level + 1)
    document.warnings += letter.warnings
    if letter.locked:
        document.warnings.append("The message is encrypted; its text was not read. Save an unlocked copy and add that.")
    if letter.pictures:
        document.skipped.append(f"{letter.pictures} {'picture' if letter.pictures == 1 else 'pictures'} in the text")


def _plain_is_better(body: Body) -> bool:
    letters = len(_WORD.findall(body.plain))
    if not letters:
        return False
    page = PageBuilder(1)
    html.fill(DocumentBuilder(EML), page, body.rich)
    return len(_WORD.findall(page.page().text)) < _LEAST_SHARE * letters


def _unquoted(body: str) -> Iterator[str]:
    """A plain body cut where a quotation of an earlier message begins or ends, without the marks of quotation."""
    run: list[str] = []
    depth = 0
    for line in body.splitlines():
        own = 0
        while own < _DEEPEST and (mark := _QUOTED.match(line)):
            line, own = line[mark.end() :], own + 1
        if own != depth and line.strip():
            yield "\n".join(run)
            run, depth = [], own
        run.append(line)
    yield "\n".join(run)


def opened(data: bytes) -> Letter:
    """A message in internet format (RFC 5322, MIME)."""
    # compat32: the newer policies parse headers by grammar and fail on those that real programs write.
    return _letter(email.message_from_bytes(data, policy=email.policy.compat32))


def _letter(message: Message) -> Letter:
    _mend(message)
    letter = Letter(subject=header(message, "Subject"), dated=iso_date(header(message, "Date")))
    letter.headers = [(name, value) for name in _SHOWN if (value := header(message, name))]
    _part(letter, message, 0, related=False)
    letter.settle()
    return letter


def header_text(block: str, name: str) -> str:
    """A header's values out of a block of header lines, decoded, on one line."""
    return header(email.message_from_string(block, policy=email.policy.compat32), name) if block else ""


def header(message: Message, name: str) -> str:
    """A header's values, decoded, on one line."""
    return ", ".join(_decoded(str(value)) for value in message.get_all(name, []))


def _mend(part: Message) -> None:
    """Decode headers with bytes beyond ASCII: programs that break the rules write UTF-8 or their own code page."""
    for name, value in part.raw_items():
        if not str(value).isascii():
            part.replace_header(name, _charset(str(value).encode("utf-8", "surrogateescape"), ""))


def _decoded(value: str) -> str:
    try:
        pieces = decode_header(re.sub(r"\r?\n[ \t]*", " ", value))
    except (HeaderParseError, ValueError):
        return one_line(value)
    return one_line(
        "".join(_charset(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces)
    )


def _charset(data: bytes, name: str) -> str:
    """Bytes in the charset they name; where that is none or does not fit, in the one that does."""
    try:
        # Programs state their own code page and send UTF-8, which other text is by chance only when it is very short.
        if not _OF_SINGLE_BYTES.match(name):
            return data.decode(name)
        found = decode(data)
        return data.decode(name) if found is None or not found.encoding.startswith("utf-8") else found.text
    except (LookupError, ValueError):
        pass
    found = decode(data)
    return found.text if found else data.decode("latin-1")


def _part(letter: Letter, part: Message, depth: int, *, related: bool) -> None:
    """Sort a part and all within it into bodies, attachments and pictures."""
    _mend(part)
    kind = part.get_content_type()
    if depth > _DEEPEST:
        letter.warnings.append(f"Parts that lie more than {_DEEPEST} deep within each other were not read.")
        return
    if kind == "multipart/encrypted" or kind in _LOCKED:
        letter.locked = True
        return
    payload = part.get_payload()
    parts = [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []
    if parts and kind.startswith("multipart/"):
        _parts(letter, parts, kind, depth, related)
    elif parts and kind.startswith("message/delivery"):
        report = "\n".join(f"{name}: {value}" for inner in parts for name, value in inner.items())
        letter.bodies.append(Body(plain=report))
    elif parts:
        letter.attachments.append(_forwarded(part, parts[0]))
    else:
        _leaf(letter, part, kind, related=related)


def _parts(letter: Letter, parts: list[Message], kind: str, depth: int, related: bool) -> None:
    if kind != "multipart/alternative":
        for inner in parts:
            _part(letter, inner, depth + 1, related=related or kind == "multipart/related")
        return
    # RFC 2046, 5.1.4: the same text several times.
    inside = Letter()
    for inner in parts:
        _part(inside, inner, depth + 1, related=related)
    plain = "\n\n".join(body.plain for body in inside.bodies if body.plain)
    letter.bodies.append(Body(plain, "".join(body.rich for body in inside.bodies)))
    letter.attachments += inside.attachments
    letter.pictures += inside.pictures
    letter.warnings += inside.warnings
    letter.locked |= inside.locked


def _leaf(letter: Letter, part: Message, kind: str, *, related: bool) -> None:
    if kind in _SIGNATURES:
        return
    name = _file_name(part)
    disposition = part.get_content_disposition() or ""
    data = part.get_payload(decode=True)
    content = data if isinstance(data, bytes) else b""
    if kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
        charset = part.get_content_charset("") or ""
        body = _body(content, kind, charset, flowed=part.get_param("format") == "flowed")
        if clean(body.plain or body.rich):
            letter.bodies.append(body)
    elif kind.startswith("image/") and related and disposition != "attachment":
        letter.pictures += 1
    elif content.strip():
        letter.attachments.append(
            Attachment(
                name or f"attachment {len(letter.attachments) + 1}{guess_extension(kind) or ''}",
                content,
                one_line(str(part.get("Content-ID") or "")).strip("<> "),
            )
        )


def _body(data: bytes, kind: str, charset: str, *, flowed: bool) -> Body:
    if kind == "text/html":
        found = None if charset else html.decode_html(data)
        return Body(rich=found.text if found else _charset(data, charset))
    plain = _charset(data, charset)
    # RFC 3676: a line that ends in a blank goes on in the next, but for "-- " above a signature.
    return Body(plain=re.sub(r"(?<!\n--) \r?\n(?!>)", " ", plain) if flowed else plain)


def _file_name(part: Message) -> str:
    name = part.get_filename()
    return one_line(_decoded(name)).replace("\\", "/").rpartition("/")[2] if name else ""


def _forwarded(part: Message, inner: Message) -> Attachment:
    """A message attached to a message."""
    buffer = io.BytesIO()
    BytesGenerator(buffer, mangle_from_=False, policy=email.policy.compat32).flatten(inner)
    name = _file_name(part) or header(inner, "Subject") or "message"
    return Attachment(name if name.lower().endswith(".eml") else f"{name}.eml", buffer.getvalue())
