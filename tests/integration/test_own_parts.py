"""Readers and chunkers of one's own: found by dotted path, held to what they promise, and told when they do not."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.build import Kitabu, load_chunker, open_kitabu
from rag.core.config import load_settings
from rag.core.errors import ConfigError, FingerprintMismatch, MissingDependency, UnknownBackend
from rag.testing.embedding import HashEmbedder

MODULE = """
from ingest.readers.builder import DocumentBuilder
from ingest.chunkers import StructureChunker
from rag.core.errors import Damaged
from rag.core.types import Block, BlockKind, Page, PageStatus, ParsedDocument, Span


class Lines:
    def read(self, path):
        text = path.read_text()
        if "crash" in text:
            import os
            os._exit(3)
        if "refuse" in text:
            raise Damaged(f"{path.name} is refused.", "Add another one.")
        document = DocumentBuilder("text/x-lines")
        page = document.new_page()
        for line in text.splitlines():
            page.add(BlockKind.PARAGRAPH, line)
        return document.build(path.stem)


class Outside:
    def read(self, path):
        page = Page(1, "short", PageStatus.TEXT, "")
        return ParsedDocument("text/x-lines", "t", (page,), (Block(BlockKind.PARAGRAPH, Span(1, 0, 99)),))


class Named(StructureChunker):
    def __init__(self, count, most):
        super().__init__(count, most)
        self.name = f"named:{most}"


class Nameless:
    def __init__(self, count, most):
        pass

    def chunk(self, document_id, parsed):
        return []


class Broken:
    def __init__(self, count, most):
        raise ValueError("it is\\n  Monday")

    def chunk(self, document_id, parsed):
        return []
"""


@pytest.fixture
def opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Kitabu]]:
    """Opens a library with settings; the module lies where only this process looks."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "own_parts.py").write_text(MODULE)
    (tmp_path / "modules" / "mistaken.py").write_text("Lines = Nothing\n")
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    monkeypatch.chdir(tmp_path)
    opened: list[Kitabu] = []

    def call(**settings: Any) -> Kitabu:
        for one in opened:
            one.close()
        opened[:] = [
            open_kitabu(
                load_settings(
                    **{"data": tmp_path / "data", "model": "none", "embedder": f"{__name__}.texts", **settings}
                )
            )
        ]
        return opened[0]

    yield call
    for one in opened:
        one.close()
    sys.modules.pop("own_parts", None)


class texts:  # noqa: N801 - stands for a LangChain class
    def embed_query(self, text: str) -> list[float]:
        return HashEmbedder(32).encode_query(text).tolist()

    def embed_documents(self, many: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in many]


class meanings:  # noqa: N801 - the same, of two meanings
    model = "meanings-1"
    shift = 0

    def embed_query(self, text: str) -> list[float]:
        return [*([0.1] * self.shift), *HashEmbedder(32).encode_query(text).tolist()][:32]

    def embed_documents(self, many: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in many]


def put(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.LST").write_text(text)
    return folder


def test_files_of_the_ending_are_found_in_folders_and_read(opening: Callable[..., Kitabu], tmp_path: Path) -> None:
    folder = put(tmp_path / "docs", good="The lamp is charged\nfor six hours", bad="crash", no="refuse")
    plain = opening().pipeline.ingest([folder])
    assert {file.status.value for file in plain.files} == {"indexed"}  # as plain text, the bad ones among them
    kitabu = opening(readers={".lst": "own_parts.Lines"}, data=tmp_path / "other")
    report = kitabu.pipeline.ingest([folder])
    told = {Path(file.path).stem: file for file in report.files}
    assert told["good"].status.value == "indexed"
    (document,) = kitabu.library.catalog.documents()
    assert (document.media_type, document.chunks) == ("text/x-lines", 1)
    assert told["bad"].error.code == "crashed"
    assert told["no"].error.message == "no.LST is refused."


def test_a_file_that_failed_is_tried_again_with_a_new_reader(opening: Callable[..., Kitabu], tmp_path: Path) -> None:
    folder = put(tmp_path / "docs", one="Rar!\x1a\x07 The lamp is charged for six hours")
    (folder / "one.LST").rename(folder / "one.rar")
    assert [file.status.value for file in opening().pipeline.ingest([folder], sync=True).files] == ["failed"]
    (again,) = opening().pipeline.ingest([folder], sync=True).files
    assert "Set aside" in " ".join(again.warnings)
    (read,) = opening(readers={".rar": "own_parts.Lines"}).pipeline.ingest([folder], sync=True).files
    assert read.status.value == "indexed"


def test_a_reader_whose_blocks_lie_outside_its_pages_is_told(opening: Callable[..., Kitabu], tmp_path: Path) -> None:
    kitabu = opening(readers={".lst": "own_parts.Outside"})
    (file,) = kitabu.pipeline.ingest([put(tmp_path / "docs", one="x")]).files
    assert file.error.code == "damaged"
    assert "does not lie in its text" in file.error.message


def test_the_chunker_marks_the_library(opening: Callable[..., Kitabu], tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Lamps\n\nThe lamp is charged for six hours.\n")
    kitabu = opening(chunker="own_parts.Named")
    kitabu.pipeline.ingest([tmp_path / "a.md"])
    (mark,) = kitabu.library.catalog.fingerprints()
    assert mark.chunker == "named:256"
    (tmp_path / "b.md").write_text("# Boats\n\nThe boat leaves at noon.\n")
    other = opening()
    with pytest.raises(FingerprintMismatch, match=rf"`kitabu embedder use {__name__}.texts`"):
        other.pipeline.ingest([tmp_path / "b.md"])
    other.pipeline.reindex()
    assert {mark.chunker for mark in other.library.catalog.fingerprints()} == {"structure:1:256"}
    assert "six hours" in other.engine.answer("How long is the lamp charged?").text


def test_an_embedder_that_means_something_else_under_its_old_mark_is_told(
    opening: Callable[..., Kitabu], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("# Lamps\n\nThe lamp is charged for six hours.\n")
    opening(embedder=f"{__name__}.meanings").pipeline.ingest([tmp_path / "a.md"])
    monkeypatch.setattr(meanings, "shift", 5)
    (tmp_path / "b.md").write_text("# Boats\n\nThe boat leaves at noon.\n")
    other = opening(embedder=f"{__name__}.meanings")
    told = rf"gives other vectors now than .* another 'model', .*`kitabu embedder use {__name__}.meanings`"
    for _ in range(2):
        with pytest.raises(FingerprintMismatch, match=told):
            other.engine.search("How long is the lamp charged?")
    for work in (lambda: other.pipeline.ingest([tmp_path / "b.md"]), other.pipeline.reindex):
        with pytest.raises(FingerprintMismatch, match=told):
            work()
    assert len(other.library.catalog.documents()) == 1
    monkeypatch.setattr(meanings, "model", "meanings-2")
    marked = opening(embedder=f"{__name__}.meanings")
    assert len(marked.pipeline.reindex().files) == 1
    assert "six hours" in marked.engine.answer("How long is the lamp charged?").text


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"chunker": "nothing"}, UnknownBackend, "Setting 'chunker' names 'nothing'"),
        ({"chunker": "own_parts.Nameless"}, UnknownBackend, "has no name"),
        ({"chunker": "own_parts.Broken"}, ConfigError, "it is Monday"),
        ({"chunker": "own_parts.Lines"}, UnknownBackend, "has no chunk"),
        (
            {"chunker": "mistaken.Lines"},
            ConfigError,
            r"'mistaken' cannot be imported \(NameError: .*Correct that module",
        ),
        ({"readers": {".lst": "own_parts.Nothing"}}, UnknownBackend, "Setting 'readers' names"),
        ({"readers": {".lst": "not_there.Lines"}}, MissingDependency, "'not_there' is not installed"),
        ({"readers": {"lst": "own_parts.Lines"}}, ConfigError, "'lst' is not a name ending such as .srt"),
    ],
)
def test_what_is_configured_wrongly_is_told_at_the_start(
    opening: Callable[..., Kitabu], settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        opening(**settings)


def test_an_embedder_that_reads_too_little_is_named() -> None:
    embedder = HashEmbedder()
    embedder.max_tokens = 32
    with pytest.raises(ConfigError, match="reads too short texts"):
        load_chunker("structure", embedder)
