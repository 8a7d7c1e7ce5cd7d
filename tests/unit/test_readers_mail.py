"""E-mails, mailboxes and Outlook messages."""

import struct
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.readers import Limits, Source, read
from ingest.readers.formats import EML, MBOX, MSG
from ingest.readers.outlook import _decompressed
from rag.core.errors import NoText, PasswordProtected, TooLarge, UnsupportedFormat
from rag.core.types import ParsedDocument

SEPARATOR = "From anna@example.org Mon Jan  5 10:00:00 2026\n"


def _message(subject: str, text: str = "", html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Anna Öz <anna@example.org>"
    message["To"] = "all@example.org"
    message["Date"] = "Mon, 05 Jan 2026 10:00:00 +0100"
    if text:
        message.set_content(text)
    if html and text:
        message.add_alternative(html, subtype="html")
    elif html:
        message.set_content(html, subtype="html")
    return message


def _read(tmp_path: Path, name: str, data: bytes, limits: Limits | None = None) -> ParsedDocument:
    path = tmp_path / name
    path.write_bytes(data)
    return read(Source(path, limits=limits or Limits()))


def _blocks(parsed: ParsedDocument) -> list[tuple[int, str, int, str]]:
    return [
        (block.span.page, block.kind.value, block.level, parsed.slice(block.span).replace("\n", "/"))
        for block in parsed.blocks
    ]


HEADERS = "From: Anna Öz <anna@example.org>/To: all@example.org/Date: Mon, 05 Jan 2026 10:00:00 +0100"


def test_a_message_has_its_headers_the_better_body_and_its_attachments(tmp_path: Path) -> None:
    html = "<div class='header'><h1>Keys</h1><p>Bring <b>both</b> back.</p></div><ul><li>front</li><li>back</li></ul>"
    message = _message("Keys of the störe", "Keys\n\nBring both back.\n\n* front\n* back\n", html)
    message.add_attachment("Room,Price\nHall,20\nYard,5\n", subtype="csv", filename="prices.csv")
    parsed = _read(tmp_path, "keys.eml", message.as_bytes())
    assert (parsed.media_type, parsed.title, parsed.dated) == (EML, "Keys of the störe", "2026-01-05")
    assert _blocks(parsed) == [
        (1, "heading", 1, "Keys of the störe"),
        (1, "paragraph", 0, HEADERS),
        (1, "heading", 2, "Keys"),
        (1, "paragraph", 0, "Bring both back."),
        (1, "list_item", 0, "• front"),
        (1, "list_item", 0, "• back"),
        (2, "heading", 1, "prices.csv"),
        (2, "table_head", 0, "Room | Price"),
        (2, "table_row", 0, "Hall | 20"),
        (2, "table_row", 0, "Yard | 5"),
    ]
    assert [page.label for page in parsed.pages] == ["", "prices.csv"]


def test_html_that_says_less_than_the_plain_text_gives_way_to_it(tmp_path: Path) -> None:
    message = _message("News", "The market opens on Monday at eight o'clock.", "<p><img src='x.png'>View online</p>")
    assert "The market opens on Monday" in _read(tmp_path, "a.eml", message.as_bytes()).pages[0].text


def test_quoted_replies_stay_without_their_marks(tmp_path: Path) -> None:
    message = _message("Re: Keys", "Yes.\n\nAnna wrote:\n> Do you have\n> the keys?\n>> They are\n>> mine.\n\nBen")
    text = _read(tmp_path, "a.eml", message.as_bytes()).pages[0].text
    assert text.endswith("Yes.\n\nAnna wrote:\n\nDo you have the keys?\n\nThey are mine.\n\nBen")


def test_pictures_that_the_text_shows_are_counted_and_not_read(tmp_path: Path) -> None:
    message = _message("Logo", "With a logo.", "<p>With a logo. <img src='cid:logo@x'></p>")
    message.get_payload()[1].add_related(b"\x89PNG\r\n\x1a\n" + bytes(20), "image", "png", cid="<logo@x>")  # type: ignore[union-attr]
    parsed = _read(tmp_path, "a.eml", message.as_bytes())
    assert (len(parsed.pages), parsed.warnings, parsed.skipped) == (1, (), ("1 picture in the text",))


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: =?utf-8?b?w5ZmZm51bmc=?= =?iso-8859-1?q?=20t=E4glich?=\n",
        "Subject: Öffnung täglich\n".encode(),
        "Subject: Öffnung täglich\n".encode("cp1252"),
    ],
)
def test_subjects_in_any_encoding(tmp_path: Path, raw: bytes) -> None:
    data = raw + b"From: a@example.org\nMessage-ID: <1@example.org>\n\nText\n"
    assert _read(tmp_path, "a.eml", data).title == "Öffnung täglich"


def test_utf8_that_is_said_to_be_latin_is_read_as_utf8(tmp_path: Path) -> None:
    data = (
        b"Subject: x\nFrom: a@example.org\nContent-Type: text/plain; charset=iso-8859-1\n\n"
        + "Käse und Brötchen".encode()
    )
    assert "Käse und Brötchen" in _read(tmp_path, "a.eml", data).pages[0].text


def test_a_message_in_a_message_is_read_down_to_the_limit(tmp_path: Path) -> None:
    message = _message("Level 0", "Text of level 0.")
    for level in range(1, 4):
        outer = _message(f"Level {level}", f"Text of level {level}.")
        outer.add_attachment(message)
        message = outer
    parsed = _read(tmp_path, "a.eml", message.as_bytes(), Limits(depth=2))
    assert [page.label for page in parsed.pages] == ["", "Level 2.eml, page 1", "Level 2.eml, Level 1.eml"]
    assert [block[2:] for block in _blocks(parsed) if block[1] == "heading"] == [
        (1, "Level 3"),
        (1, "Level 2.eml"),
        (2, "Level 2"),
        (2, "Level 1.eml"),
        (3, "Level 1"),
    ]
    assert "Level 0.eml lies within 3 files" in parsed.warnings[0]


def test_an_encrypted_message_says_so(tmp_path: Path) -> None:
    data = (
        b"Subject: Secret\nFrom: a@example.org\nContent-Type: multipart/encrypted; boundary=b\n\n"
        b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--\n"
    )
    with pytest.raises(PasswordProtected, match="is encrypted"):
        _read(tmp_path, "a.eml", data)


def test_attachments_count_against_the_limit_of_files(tmp_path: Path) -> None:
    message = _message("Many", "Many files.")
    for number in range(5):
        message.add_attachment(f"File {number}", filename=f"{number}.txt")
    with pytest.raises(TooLarge, match="more than 4 files"):
        _read(tmp_path, "a.eml", message.as_bytes(), Limits(members=4))


def test_a_mailbox_has_a_page_for_each_message(tmp_path: Path) -> None:
    second = _message("Second", "From here it is\n\nFrom 9:00 on, three people.")
    second.add_attachment("A list.", filename="list.txt")
    box = SEPARATOR + _message("First", "One.").as_string() + "\n" + SEPARATOR + second.as_string(unixfrom=False)
    parsed = _read(tmp_path, "a.mbox", box.replace("\nFrom here", "\n>From here").encode())
    assert parsed.media_type == MBOX
    assert [page.label for page in parsed.pages] == ["First", "Second", "list.txt"]
    assert "From here it is\n\nFrom 9:00 on" in parsed.pages[1].text
    cut = _read(tmp_path, "a.mbox", box.encode(), Limits(pages=1))
    assert len(cut.pages) == 1
    assert "1 messages beyond the first 1 pages were not read." in cut.warnings


def test_a_message_without_anything_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        _read(tmp_path, "a.eml", b"  \n\n \n")


# --- Outlook ----------------------------------------------------------------------------------------------------------


class _Ole:
    """Writes a compound file ([MS-CFB]) of small streams, as far as a message needs it."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, int, list[int], bytes]] = [("Root Entry", 5, [], b"")]

    def add(self, parent: int, name: str, data: bytes | None = None) -> int:
        self.entries.append((name, 1 if data is None else 2, [], data or b""))
        self.entries[parent][2].append(len(self.entries) - 1)
        return len(self.entries) - 1

    def bytes(self) -> bytes:
        none, end = 0xFFFFFFFF, 0xFFFFFFFE
        mini, starts = b"", {}
        minifat: list[int] = []
        for index, (_, kind, _, data) in enumerate(self.entries):
            if kind == 2 and data:
                starts[index] = len(minifat)
                count = -(-len(data) // 64)
                minifat += [*range(len(minifat) + 1, len(minifat) + count), end]
                mini += data.ljust(count * 64, b"\0")
        right = {child: after for _, _, own, _ in self.entries for child, after in pairwise(own)}
        directory = b""
        for index, (name, kind, own, data) in enumerate(self.entries):
            start, size = (starts.get(index, end), len(data)) if kind == 2 else (0, 0)
            if index == 0:
                start, size = 0, len(mini)
            raw = name.encode("utf-16-le")
            directory += struct.pack(
                "<64sHBBIII16sIQQIQ", raw, len(raw) + 2, kind, 1, none, right.get(index, none), own[0] if own else none,
                b"", 0, 0, 0, start, size,
            )  # fmt: skip
        parts = [mini, directory, struct.pack(f"<{len(minifat)}I", *minifat)]
        fat: list[int] = []
        places, body = [], b""
        for part in parts:
            count = -(-len(part) // 512)
            places.append(len(fat))
            fat += [*range(len(fat) + 1, len(fat) + count), end]
            body += part.ljust(count * 512, b"\0" if part is not parts[2] else b"\xff")
        fat_place = len(fat)
        fat.append(0xFFFFFFFD)
        header = struct.pack(
            "<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, 1,
            places[1], 0, 4096, places[2], -(-len(parts[2]) // 512), end, 0, fat_place,
        )  # fmt: skip
        assert len(fat) <= 128
        return header.ljust(512, b"\xff") + body + struct.pack("<128I", *fat, *[none] * (128 - len(fat)))


def _properties(ole: _Ole, storage: int, start: int, fixed: dict[int, int], texts: dict[int, str]) -> None:
    rows = b"".join(struct.pack("<HHIQ", 0x40, tag, 6, value) for tag, value in fixed.items())
    ole.add(storage, "__properties_version1.0", bytes(start) + rows)
    for tag, text in texts.items():
        ole.add(storage, f"__substg1.0_{tag:04X}001F", text.encode("utf-16-le"))


def test_an_outlook_message_reads_like_an_email(tmp_path: Path) -> None:
    ole = _Ole()
    # 2026-01-05 09:00 UTC in steps of 100 ns since 1601.
    _properties(ole, 0, 32, {0x39: 134_120_772_000_000_000}, {0x37: "Rota", 0x1000: "See you on:\n\n- Monday\n- Friday",
                0x0C1A: "Anna", 0x0C1F: "/O=EXCHANGE/CN=ANNA", 0x5D01: "anna@example.org", 0x0E04: "Ben"})  # fmt: skip
    person = ole.add(0, "__recip_version1.0_#00000000")
    _properties(ole, person, 8, {0x0C15: 1}, {0x3001: "Ben", 0x39FE: "ben@example.org"})
    attached = ole.add(0, "__attach_version1.0_#00000000")
    _properties(ole, attached, 8, {}, {0x3707: "list.txt"})
    ole.add(attached, "__substg1.0_37010102", b"A list of names.")
    forwarded = ole.add(0, "__attach_version1.0_#00000001")
    _properties(ole, forwarded, 8, {}, {0x3001: "Earlier"})
    inner = ole.add(forwarded, "__substg1.0_3701000D")
    _properties(ole, inner, 24, {}, {0x37: "Earlier", 0x1000: "The first text."})
    parsed = _read(tmp_path, "a.msg", ole.bytes())
    assert (parsed.media_type, parsed.title, parsed.dated, parsed.warnings) == (MSG, "Rota", "2026-01-05", ())
    assert _blocks(parsed) == [
        (1, "heading", 1, "Rota"),
        (1, "paragraph", 0, "From: Anna <anna@example.org>/To: Ben <ben@example.org>/Date: 2026-01-05 09:00 UTC"),
        (1, "paragraph", 0, "See you on:"),
        (1, "list_item", 0, "- Monday"),
        (1, "list_item", 0, "- Friday"),
        (2, "heading", 1, "list.txt"),
        (2, "paragraph", 0, "A list of names."),
        (3, "heading", 1, "Earlier"),
        (3, "paragraph", 0, "The first text."),
    ]


def test_compressed_rtf_is_unpacked() -> None:
    """The two examples of [MS-OXRTFCP] 3.1."""
    simple = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0"
    )
    assert _decompressed(simple) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert _decompressed(crossing) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_attachments_wrapped_by_outlook_are_named_with_what_to_do(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "Rota"
    message.set_content("See the file attached.")
    wrapped = bytes.fromhex("789f3e22 0100") + bytes(range(200))
    message.add_attachment(wrapped, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    (tmp_path / "rota.eml").write_bytes(bytes(message))
    parsed = read(Source(tmp_path / "rota.eml"))
    assert parsed.skipped == ("winmail.dat: attachments wrapped by Outlook",)
    assert len(parsed.warnings) == 1
    assert "save what is attached" in parsed.warnings[0]
    (tmp_path / "winmail.dat").write_bytes(wrapped)
    with pytest.raises(UnsupportedFormat, match="wrapped by Outlook"):
        read(Source(tmp_path / "winmail.dat"))
