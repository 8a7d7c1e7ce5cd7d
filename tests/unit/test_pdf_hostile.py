"""PDFs made to harm: huge claims, loops, bombs, nonsense. Read in part with a warning, or refused with an error."""

import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from ingest.pool import ReaderPool
from ingest.readers import Limits, Source, read
from rag.core.errors import Damaged, IngestError
from rag.core.types import PageStatus

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
TEXT = b"BT /F1 12 Tf 72 700 Td (The night bell is beside the gate.) Tj ET"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> %s >> >>"
A4 = b"[0 0 595 842]"


def _stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), more, data)


def _write(path: Path, objects: Sequence[bytes]) -> Path:
    """Objects numbered from 1; the first is the catalog."""
    data, places = b"%PDF-1.5\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(data))
    path.write_bytes(data + head + table + tail)
    return path


def _book(
    path: Path, pages: bytes = b"/Kids [3 0 R] /Count 1", content: bytes = TEXT, how: bytes = b"", box: bytes = A4,
    resources: bytes = b"", more: Sequence[bytes] = (),
) -> Path:  # fmt: skip
    tree = b"<< /Type /Pages %s >>" % pages
    catalog = b"<< /Type /Catalog /Pages 2 0 R >>"
    return _write(path, [catalog, tree, PAGE % (box, resources), FONT, _stream(content, how), *more])


def test_a_tree_that_claims_a_million_pages(tmp_path: Path) -> None:
    parsed = read(Source(_book(tmp_path / "claims.pdf", b"/Kids [3 0 R] /Count 1000000")))
    assert [page.text for page in parsed.pages] == ["The night bell is beside the gate."]
    assert parsed.warnings == ("The file says that it has 1,000,000 pages; 1 could be found.",)


def test_a_million_pages_that_are_one(tmp_path: Path) -> None:
    inner = b"<< /Type /Pages /Parent 2 0 R /Count 1000 /Kids [%s] >>" % (b"3 0 R " * 1000)
    path = _book(tmp_path / "million.pdf", b"/Count 1000000 /Kids [%s]" % (b"6 0 R " * 1000), more=[inner])
    parsed = read(Source(path, limits=Limits(pages=50)))
    assert len(parsed.pages) == 50
    assert parsed.warnings == ("Only the first 50 of 1,000,000 pages were read.",)


def test_a_tree_that_holds_itself(tmp_path: Path) -> None:
    parsed = read(Source(_book(tmp_path / "loop.pdf", b"/Kids [2 0 R 3 0 R] /Count 2")))
    assert "night bell" in " ".join(page.text for page in parsed.pages)


def test_forms_within_forms_within_forms(tmp_path: Path) -> None:
    how = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X %d 0 R >> >>"
    forms = [_stream(b"/X Do", how % (7 + number)) for number in range(2000)]
    path = _book(tmp_path / "nested.pdf", content=b"/X Do " + TEXT, resources=b"/XObject << /X 6 0 R >>", more=forms)
    assert read(Source(path)).pages[0].text == "The night bell is beside the gate."


@pytest.mark.parametrize("box", [b"[-1e30 -1e30 1e38 1e38]", b"[0 0 0 0]", b"[nan nan nan nan]"])
def test_a_page_of_no_size_or_of_every_size(tmp_path: Path, box: bytes) -> None:
    assert read(Source(_book(tmp_path / "box.pdf", box=box))).pages[0].text == "The night bell is beside the gate."


def test_letters_off_every_page(tmp_path: Path) -> None:
    odd = b"BT /F1 1e30 Tf 1e38 0 0 1e38 1e38 1e38 Tm (huge) Tj ET 1e38 -1e38 m 1e38 1e38 l S " + TEXT
    odd += b" BT /F1 nan Tf 1 0 0 1 inf -inf Tm (nowhere) Tj ET"
    assert "The night bell is beside the gate." in read(Source(_book(tmp_path / "odd.pdf", content=odd))).pages[0].text


def test_a_page_with_more_letters_than_any_page_has(tmp_path: Path) -> None:
    lines = b"".join(b"1 0 0 1 9 %d Tm (%s) Tj " % (9 + 5 * number, b"word " * 1000) for number in range(120))
    content = zlib.compress(b"BT /F1 2 Tf " + lines + b"ET")
    path = _book(tmp_path / "full.pdf", content=content, how=b"/Filter /FlateDecode", box=b"[0 0 9000 9000]")
    parsed = read(Source(path))
    assert parsed.pages[0].status is PageStatus.TEXT
    assert parsed.warnings[-1] == "Only the first 500,000 characters of a page were read: 1."


def test_a_bomb_costs_its_file_only(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b" " * 2**20) for _ in range(400)) + packer.flush()
    path = _book(tmp_path / "bomb.pdf", content=zlib.compress(bomb), how=b"/Filter [/FlateDecode /FlateDecode]")
    assert path.stat().st_size < 20_000
    good = _book(tmp_path / "good.pdf")
    pool = ReaderPool(seconds=60, memory=500 * 2**20)
    try:
        with pytest.raises(IngestError, match=r"bomb\.pdf"):
            pool.submit(path, lambda: None).result()
        assert "night bell" in pool.submit(good, lambda: None).result().pages[0].text
    finally:
        pool.close()


def test_what_pdfium_cannot_open_pypdf_may(tmp_path: Path) -> None:
    path = tmp_path / "broken.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "Keep the vaccine between 2 and 8 degrees and never let it be fro-")
    canvas.drawString(72, 686, "zen.")
    canvas.save()
    path.write_bytes(path.read_bytes().replace(b"/Root", b"/Roox"))
    parsed = read(Source(path))
    assert parsed.pages[0].text == "Keep the vaccine between 2 and 8 degrees and never let it be frozen."
    assert parsed.warnings == ("The file is damaged. Its text could be recovered, but not its headings and tables.",)
    path.write_bytes(path.read_bytes().replace(b"/Page", b"/Xage").replace(b"stream", b"strxxm"))
    with pytest.raises(Damaged, match=r"broken\.pdf is damaged"):
        read(Source(path))


def test_attached_files_are_named_and_the_date_is_told(tmp_path: Path) -> None:
    path = _book(tmp_path / "attached.pdf")
    writer = PdfWriter(clone_from=str(path))
    writer.add_attachment("stock.xlsx", b"not read")
    writer.add_attachment("ward plan.png", b"not read")
    writer.add_metadata({"/CreationDate": "D:20190102030405Z", "/ModDate": "D:20240229120000+03'00'"})
    writer.write(str(path))
    parsed = read(Source(path))
    assert parsed.skipped == ("2 attached files: stock.xlsx, ward plan.png",)
    assert parsed.dated == "2024-02-29"
