"""The sample documents are up to date, and the golden questions are true of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest
from docx import Document
from docx.table import Table

from tests.places import ROOT

SAMPLES = ROOT / "sample_docs"
LIBRARY = SAMPLES / "library"
HANDBOOK = "Clinic handbook.pdf"
LANGUAGES = ("ar", "en", "es", "fr", "hi", "sw", "ur")
KEYS = ["id", "question", "answers", "answerable", "document", "page", "pages", "language", "history", "split"]

GOLDEN: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLES / "golden.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [entry for entry in GOLDEN if entry["answerable"]]
UNANSWERABLE = [entry for entry in GOLDEN if not entry["answerable"]]


class _Body(HTMLParser):
    """Collects the text outside the parts that are not the document."""

    noise = ("script", "style", "nav", "footer")

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.depth += tag in self.noise

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in self.noise

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.parts.append(data)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _word_text(path: Path) -> str:
    parts: list[str] = []
    for block in Document(str(path)).iter_inner_content():
        if isinstance(block, Table):
            parts += [cell.text for row in block.rows for cell in row.cells]
        else:
            parts.append(block.text)
    return " ".join(parts)


@cache
def pages_of(name: str) -> list[str]:
    """The text of each page (of a workbook: each sheet), with every run of white space made one blank."""
    path = LIBRARY / name
    match path.suffix:
        case ".pdf":
            with pypdfium2.PdfDocument(path) as book:
                return [_plain(page.get_textpage().get_text_bounded()) for page in book]
        case ".docx":
            return [_plain(_word_text(path))]
        case ".xlsx":
            book = openpyxl.load_workbook(path)
            return [_plain(" ".join(str(cell) for row in sheet.values for cell in row)) for sheet in book.worksheets]
        case ".html":
            body = _Body()
            body.feed(path.read_text(encoding="utf-8"))
            return [_plain(" ".join(body.parts))]
        case _:
            return [_plain(path.read_text(encoding="utf-8"))]


def _stands_in(answer: str, text: str) -> bool:
    """A bare "2" must be a number of the text, not a part of "12"."""
    return re.search(rf"(?<!\w){re.escape(_plain(answer))}(?!\w)", text) is not None


def test_build_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(SAMPLES / "build.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_library_is_small_and_holds_only_documents() -> None:
    files = list(LIBRARY.iterdir())
    assert all(file.suffix in {".pdf", ".docx", ".xlsx", ".md", ".html", ".csv", ".txt"} for file in files)
    assert sum(file.stat().st_size for file in files) < 3_000_000


def test_handbook_has_text_and_its_mark_on_every_page() -> None:
    pages = pages_of(HANDBOOK)
    assert len(pages) >= 22
    assert all("Invented for demonstration. Not medical advice." in page for page in pages)


def test_contents_list_of_the_handbook_names_the_right_pages() -> None:
    pages = pages_of(HANDBOOK)
    lines = re.findall(r"(\d+ [A-Z][^.]*?) (?:\. )+(\d+)", pages[1].replace("..", ". .").replace("..", ". ."))
    assert len(lines) == 25
    assert all(title in pages[int(number) - 1] for title, number in lines)


def test_long_table_repeats_its_head_on_the_next_page() -> None:
    head = "Medicine and strength Unit Minimum Maximum Level"
    assert sum(head in page for page in pages_of(HANDBOOK)) == 2


def test_scan_has_a_page_and_no_text() -> None:
    assert pages_of("Scanned notice.pdf") == [""]


def test_golden_set_is_well_formed() -> None:
    assert all(list(entry) == KEYS for entry in GOLDEN)
    assert len({entry["id"] for entry in GOLDEN}) == len(GOLDEN)
    asked = {(entry["question"], json.dumps(entry["history"])) for entry in GOLDEN}
    assert len(asked) == len(GOLDEN)
    for entry in GOLDEN:
        assert entry["language"] in LANGUAGES
        assert entry["split"] in {"tune", "test"}
        assert all(set(turn) == {"question", "answer"} for turn in entry["history"])
    for entry in ANSWERABLE:
        assert entry["answers"]
        assert entry["page"] in entry["pages"]
    for entry in UNANSWERABLE:
        assert (entry["answers"], entry["document"], entry["page"], entry["pages"]) == ([], None, None, [])


def test_golden_set_is_large_enough_in_every_language() -> None:
    answerable = Counter(entry["language"] for entry in ANSWERABLE)
    unanswerable = Counter(entry["language"] for entry in UNANSWERABLE)
    assert sum(answerable.values()) >= 110
    assert sum(unanswerable.values()) >= 60
    assert answerable["en"] >= 60
    assert all(answerable[language] >= 6 and unanswerable[language] >= 3 for language in LANGUAGES)
    assert sum(bool(entry["history"]) for entry in ANSWERABLE) >= 6


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answerable", [True, False])
def test_halves_are_balanced(language: str, answerable: bool) -> None:
    halves = Counter(
        entry["split"] for entry in GOLDEN if (entry["language"], entry["answerable"]) == (language, answerable)
    )
    assert abs(halves["tune"] - halves["test"]) <= 1


@pytest.mark.parametrize("entry", ANSWERABLE, ids=lambda entry: entry["id"])
def test_answers_stand_on_their_pages(entry: dict[str, Any]) -> None:
    pages = pages_of(entry["document"])
    for number in entry["pages"]:
        missing = [answer for answer in entry["answers"] if not _stands_in(answer, pages[number - 1])]
        assert not missing, f"page {number} of {entry['document']} does not say {missing}"


def test_every_document_with_text_is_asked_about() -> None:
    asked = {entry["document"] for entry in ANSWERABLE}
    assert asked == {file.name for file in LIBRARY.iterdir()} - {"Scanned notice.pdf"}
