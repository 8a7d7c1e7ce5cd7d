"""ZIP archives, and documents put together from members."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import Limits, Source, read
from ingest.readers.archive import member_names
from ingest.readers.builder import DocumentBuilder, PageBuilder
from ingest.readers.formats import TEXT, ZIP
from ingest.readers.members import Merger
from rag.core.errors import IngestError, NoText, PasswordProtected, TooLarge, UnsupportedFormat
from rag.core.types import BlockKind, Page, PageStatus, ParsedDocument, WordBox


def _zip(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 10, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _read(tmp_path: Path, parts: dict[str, bytes], limits: Limits | None = None) -> ParsedDocument:
    path = tmp_path / "a.zip"
    path.write_bytes(_zip(parts))
    return read(Source(path, limits=limits or Limits()))


def _blocks(parsed: ParsedDocument) -> list[tuple[int, str, int, str]]:
    return [(block.span.page, block.kind.value, block.level, parsed.slice(block.span)) for block in parsed.blocks]


def test_members_follow_by_name_under_headings_of_their_titles(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        {
            "all/page 10.md": b"# Ten\n\nText ten.\n\n## Below\n\n- item",
            "all/page 2.txt": b"Text two.",
            "all/sub/prices.csv": b"Room,Price\nHall,20\n",
            "all/inner.zip": _zip({"deep.txt": b"Deep text."}),
            "all/.hidden": b"x",
            "all/__MACOSX/x.txt": b"x",
        },
    )
    assert (parsed.media_type, parsed.title, parsed.dated) == (ZIP, "a", "2026-01-05")
    assert [page.label for page in parsed.pages] == [
        "inner.zip, deep.txt",
        "page 2.txt",
        "page 10.md",
        "sub/prices.csv",
    ]
    assert _blocks(parsed) == [
        (1, "heading", 1, "inner"),
        (1, "heading", 2, "deep"),
        (1, "paragraph", 0, "Deep text."),
        (2, "heading", 1, "page 2"),
        (2, "paragraph", 0, "Text two."),
        (3, "heading", 1, "Ten"),
        (3, "paragraph", 0, "Text ten."),
        (3, "heading", 3, "Below"),
        (3, "list_item", 0, "• item"),
        (4, "heading", 1, "prices"),
        (4, "table_head", 0, "Room | Price"),
        (4, "table_row", 0, "Hall | 20"),
    ]
    assert len({block.group for block in parsed.blocks if block.group}) == 2


def test_a_member_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    parsed = _read(
        tmp_path,
        {"good.txt": b"Good text.", "bad.pdf": b"%PDF-1.4 cut off", "film.mp4": b"\0\0\0\x20ftypisom" + bytes(99),
         "tool.exe": b"MZ" + bytes(range(256)) * 9},
    )  # fmt: skip
    assert [page.label for page in parsed.pages] == ["good.txt"]
    assert len(parsed.warnings) == 1
    assert parsed.warnings[0].startswith("Not read: bad.pdf")
    assert parsed.skipped == ("2 files that cannot be read (1 .mp4, 1 .exe)",)


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({}, NoText),
        ({"a.bin": bytes(range(256)) * 9}, NoText),
        ({"a.gif": b"GIF89a" + bytes(9)}, NoText),
        ({"a.txt": b"", "b.txt": b""}, NoText),
        ({"a.pdf": bytes(range(256)) * 9}, UnsupportedFormat),
    ],
)
def test_an_archive_without_anything_readable_says_why(
    tmp_path: Path, parts: dict[str, bytes], error: type[IngestError]
) -> None:
    with pytest.raises(error, match=r"a\.zip") as caught:
        _read(tmp_path, parts)
    assert type(caught.value) is error


def test_a_locked_member_is_told(tmp_path: Path) -> None:
    data = bytearray(_zip({"a.txt": b"One.", "b.txt": b"Two."}))
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    parsed = read(Source(path))
    assert [page.label for page in parsed.pages] == ["b.txt"]
    assert "a.txt is locked with a password" in parsed.warnings[0]
    data[data.rindex(b"PK\x03\x04") + 6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(PasswordProtected):
        read(Source(path))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Prüfung.txt".encode("cp437"), "Prüfung.txt"),
        ("Prüfung.txt".encode(), "Prüfung.txt"),
        ("Отчёт.txt".encode("cp866"), "Отчёт.txt"),
        ("報告書.txt".encode("cp932"), "報告書.txt"),
        (b"../../etc/passwd", "etc/passwd"),
        (b"C:\\temp\\a.txt", "C:/temp/a.txt"),
    ],
)
def test_names_in_the_code_pages_they_were_written_in(raw: bytes, name: str) -> None:
    info = zipfile.ZipInfo()
    info.orig_filename = raw.decode("cp437")
    assert member_names([info]) == [name]


def test_pages_beyond_the_limit_are_left_with_a_warning(tmp_path: Path) -> None:
    parsed = _read(tmp_path, {f"{number}.txt": b"Some text." for number in range(5)}, Limits(pages=3))
    assert [page.label for page in parsed.pages] == ["0.txt", "1.txt", "2.txt"]
    assert parsed.warnings == (
        "Read in part: the first 3 pages. 2 files in it were not read or not to their end.",
    )  # fmt: skip


def test_the_limit_of_bytes_is_shared_by_all_within(tmp_path: Path) -> None:
    inner = _zip({"a.txt": b"Some text. " * 100})
    parts = {f"{number}.zip": inner for number in range(10)}
    assert len(_read(tmp_path, parts).pages) == 10
    with pytest.raises(TooLarge, match="unpacks to more than"):
        _read(tmp_path, parts, Limits(unpacked=6000))


def _member(texts: list[str], kinds: list[BlockKind]) -> ParsedDocument:
    document = DocumentBuilder(TEXT)
    for text in texts:
        page = document.new_page()
        for kind in kinds:
            page.add(kind, text, level=1, group=document.new_group() if kind is BlockKind.LIST_ITEM else 0)
    return document.build("Title")


MEMBERS = st.lists(
    st.builds(
        _member,
        st.lists(st.sampled_from(["", "text", "Title", "two words"]), min_size=1, max_size=3),
        st.lists(st.sampled_from(BlockKind), max_size=3),
    ),
    max_size=5,
)


@given(own=st.sampled_from(["", "Own text"]), members=MEMBERS, most=st.integers(1, 9))
def test_merged_documents_keep_exact_spans_and_page_numbers(own: str, members: list[ParsedDocument], most: int) -> None:
    document = DocumentBuilder(ZIP)
    if own:
        document.new_page().add(BlockKind.PARAGRAPH, own)
    merger = Merger(Source(Path("a.zip"), limits=Limits(pages=most)), document)
    for number, member in enumerate(members):
        merger.append(f"{number}.txt", member)
    merged = merger.build("a")
    assert [page.number for page in merged.pages] == list(range(1, len(merged.pages) + 1))
    assert len(merged.pages) <= most
    for page in merged.pages:
        spans = [block.span for block in merged.blocks if block.span.page == page.number]
        assert spans == sorted(spans)
        parts = [merged.slice(span) for span in spans]
        assert all(part and part == part.strip() for part in parts)
        assert "".join(parts) == page.text.replace("\n", "")
    groups = [block.group for block in merged.blocks if block.group]
    assert len(set(groups)) == len(groups), "lists of different members stay apart"
    expected = [own] if own else []
    expected += [member.slice(block.span) for member in members for block in member.blocks]
    found = [merged.slice(block.span) for block in merged.blocks]
    if len(merged.pages) < most:
        without = iter(found)
        assert all(text in without for text in expected), "nothing is lost, and the order stays"


def test_words_of_recognised_pages_move_with_their_text() -> None:
    page = PageBuilder(1)
    page.add(BlockKind.PARAGRAPH, "seen words")
    recognised = replace(page.page(PageStatus.OCR), words=(WordBox(0, 4, 0, 0, 1, 1), WordBox(5, 10, 0, 0, 1, 1)))
    member = ParsedDocument("image/png", "Notice", (recognised,), tuple(page.blocks), ocr_engine="engine 1")
    merger = Merger(Source(Path("a.zip")), DocumentBuilder(ZIP))
    merger.append("notice.png", member)
    merged = merger.build("a")
    found: Page = merged.pages[0]
    assert [found.text[word.start : word.end] for word in found.words] == ["seen", "words"]
    assert (found.status, found.text, merged.ocr_engine) == (PageStatus.OCR, "Notice\n\nseen words", "engine 1")
