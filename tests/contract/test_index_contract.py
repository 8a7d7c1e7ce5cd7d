"""Chroma, the catalog scan and tantivy against the contracts; and what only they must do."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag.core.errors import LibraryLocked, StoreUnavailable
from rag.core.fingerprint import Fingerprint
from rag.core.ports import Matrix, Vector
from rag.core.types import Block, BlockKind, Chunk, Document, Page, ParsedDocument, Span
from rag.store.catalog import Catalog, Place
from rag.store.keywords import TantivyIndex
from rag.store.vectors import CatalogScan, ChromaIndex
from rag.testing.contracts import KeywordIndexContract, VectorIndexContract, unit_vectors


def test_frequencies_count_no_deleted_chunks(tmp_path: Path) -> None:
    """A weight above what the count of chunks allows would make a word's weight negative."""
    index = TantivyIndex(tmp_path)
    index.add([(str(i), "vaccines", "en") for i in range(100)])
    index.delete([str(i) for i in range(90)])
    assert index.count() == 10
    assert index.document_frequency(["vaccin", "vaccines"]) == [10, 10]
    index.close()


class TestChroma(VectorIndexContract):
    @pytest.fixture
    def open_index(self, tmp_path: Path) -> Callable[[], ChromaIndex]:
        return lambda: ChromaIndex(tmp_path / "vectors", self.dimension)

    def test_damaged_folder_is_reported_and_can_be_cleared(
        self, open_index: Callable[[], ChromaIndex], tmp_path: Path
    ) -> None:
        vectors = unit_vectors(50, self.dimension)
        index = open_index()
        index.add([str(i) for i in range(50)], vectors)
        index.close()
        for file in (tmp_path / "vectors").rglob("*"):
            if file.is_file():
                file.write_bytes(b"not what it was" * 100)
        damaged = open_index()
        with pytest.raises(StoreUnavailable, match="vectors"):
            damaged.count()
        damaged.clear()
        damaged.add(["a"], vectors[:1])
        assert damaged.count() == 1
        damaged.close()

    def test_other_dimension_is_reported(self, open_index: Callable[[], ChromaIndex], tmp_path: Path) -> None:
        index = open_index()
        index.add(["a"], unit_vectors(1, self.dimension))
        index.close()
        other = ChromaIndex(tmp_path / "vectors", 8)
        with pytest.raises(StoreUnavailable, match="dimension"):
            other.count()
        other.clear()
        other.add(["a"], unit_vectors(1, 8))
        assert other.count() == 1
        other.close()

    def test_more_than_one_batch(self, open_index: Callable[[], ChromaIndex]) -> None:
        index = open_index()
        ids = [str(i) for i in range(5600)]
        index.add(ids, unit_vectors(5600, self.dimension))
        assert index.count() == 5600
        index.delete(ids[:5550])
        assert index.count() == 50
        index.close()


class _WritableScan(CatalogScan):
    """Stands for catalog and scan together: what is added goes through a catalog, as it does in the library."""

    def __init__(self, catalog: Catalog, dimension: int) -> None:
        super().__init__(catalog, dimension)
        self.source = catalog

    def add(self, chunk_ids: Sequence[str], vectors: Matrix) -> None:
        for chunk_id, vector in zip(chunk_ids, vectors, strict=True):
            document_id = hashlib.sha256(chunk_id.encode()).hexdigest()
            page = Page(1, chunk_id)
            span = Span(1, 0, len(chunk_id))
            self.source.put(
                Document(document_id, chunk_id, "text/plain", chunk_id, "en", 1, 1, 1, time.time()),
                ParsedDocument("text/plain", chunk_id, (page,), (Block(BlockKind.PARAGRAPH, span),)),
                [Chunk(chunk_id, document_id, 0, (), (span,), chunk_id)],
                vector[None],
                Fingerprint("test", "", self._dimension, "", "", "fp32", "test"),
                Place(chunk_id, document_id, 1, 0),
            )

    def delete(self, chunk_ids: Sequence[str]) -> None:
        for chunk_id in chunk_ids:
            self.source.remove_place(chunk_id)

    def clear(self) -> None:
        for document in self.source.documents():
            self.source.remove_document(document.id)

    def close(self) -> None:
        super().close()
        self.source.close()


class TestCatalogScan(VectorIndexContract):
    @pytest.fixture
    def open_index(self, tmp_path: Path) -> Callable[[], _WritableScan]:
        return lambda: _WritableScan(Catalog.open(tmp_path / "catalog.sqlite"), self.dimension)

    def test_follows_every_change(self, open_index: Callable[[], _WritableScan]) -> None:
        """Rows get numbers that were used before; what is read only once must not be taken for another."""
        vectors = unit_vectors(60, self.dimension)
        scan = open_index()
        exact: dict[str, Vector] = {}
        for step in range(60):
            chunk_id = str(step * 7 % 20)
            if chunk_id in exact and step % 3:
                scan.delete([chunk_id])
                del exact[chunk_id]
            else:
                scan.add([chunk_id], vectors[step : step + 1])
                exact[chunk_id] = vectors[step]
            found = scan.search(vectors[step], 100)
            assert {hit.chunk_id for hit in found} == set(exact)
            for hit in found:
                assert hit.score == pytest.approx(float(exact[hit.chunk_id] @ vectors[step]), abs=1e-5)
        scan.close()

    def test_does_not_write(self, tmp_path: Path) -> None:
        catalog = Catalog.open(tmp_path / "catalog.sqlite")
        scan = CatalogScan(catalog, self.dimension)
        for call in (lambda: scan.add(["a"], unit_vectors(1, self.dimension)), lambda: scan.delete(["a"]), scan.clear):
            with pytest.raises(LibraryLocked):
                call()
        catalog.close()


LANGUAGE_CASES = [
    ("en", "Vaccines are stored in the fridge.", "storing a vaccine"),
    ("fr", "Les vaccins sont conservés au réfrigérateur.", "conservation du vaccin"),
    ("es", "Las vacunas se guardan en el refrigerador.", "¿Dónde se guarda la vacuna?"),
    ("sw", "Chanjo huhifadhiwa kwenye jokofu.", "jokofu la chanjo liko wapi?"),
    ("ar", "تُحفظ اللقاحات في الثلاجة.", "أين تحفظ اللقاحات؟"),
    ("ur", "ویکسین فریج میں رکھی جاتی ہے۔", "ويكسين کہاں ہے؟"),
    ("hi", "टीके फ्रिज में रखे जाते हैं।", "टीके कहाँ हैं?"),
    ("de", "Impfstoffe werden im Kühlschrank gelagert.", "Wo lagert der Impfstoff?"),
    ("el", "Τα εμβόλια φυλάσσονται στο ψυγείο.", "Πού είναι το εμβόλιο;"),
    ("ro", "Vaccinurile se păstrează în frigider.", "unde se pastreaza vaccinurile"),
    ("ru", "Вакцины хранятся в холодильнике.", "Где хранить вакцину?"),
    ("th", "วัคซีนต้องเก็บในตู้เย็น", "ตู้เย็นอยู่ที่ไหน"),
    ("tr", "Aşılar buzdolabında saklanır.", "Aşı nerede saklanıyor?"),
    ("vi", "Vắc-xin được bảo quản trong tủ lạnh.", "Tủ lạnh để làm gì?"),
    ("zh", "疫苗应保存在冰箱里。", "冰箱在哪里？"),
]


class TestTantivy(KeywordIndexContract):
    @pytest.fixture
    def open_index(self, tmp_path: Path) -> Callable[[], TantivyIndex]:
        return lambda: TantivyIndex(tmp_path / "keywords")

    def test_every_language(self, index: TantivyIndex) -> None:
        index.add([(language, text, language) for language, text, _ in LANGUAGE_CASES])
        for language, _, question in LANGUAGE_CASES:
            found = index.search(question, language, 3)
            assert found, question
            assert found[0].chunk_id == language, question

    def test_a_single_chinese_character(self, index: TantivyIndex) -> None:
        index.add([("a", "每日服药两次", "zh"), ("b", "诊所开放时间", "zh")])
        assert [hit.chunk_id for hit in index.search("药", "zh", 5)] == ["a"]

    def test_exact_form_beats_another_of_the_same_stem(self, index: TantivyIndex) -> None:
        index.add(
            [
                ("stem", "general rules", "en"),
                ("exact", "generally good", "en"),
                *((f"n{i}", "generals", "en") for i in range(9)),
            ]
        )
        assert index.search("generally", "en", 1)[0].chunk_id == "exact"

    def test_damaged_folder_is_reported_and_can_be_cleared(
        self, open_index: Callable[[], TantivyIndex], tmp_path: Path
    ) -> None:
        index = open_index()
        index.add([("a", "zinc", "en")])
        index.close()
        for file in (tmp_path / "keywords").rglob("*"):
            if file.is_file():
                file.write_bytes(b"not what it was")
        damaged = open_index()
        with pytest.raises(StoreUnavailable, match="keywords"):
            damaged.count()
        damaged.clear()
        damaged.add([("b", "zinc", "en")])
        assert [hit.chunk_id for hit in damaged.search("zinc", "en", 5)] == ["b"]
        damaged.close()

    def test_reader_follows_the_writer(self, index: TantivyIndex, tmp_path: Path) -> None:
        reader = TantivyIndex(tmp_path / "keywords", read_only=True)
        assert reader.count() == 0
        index.add([("a", "zinc", "en")])
        assert [hit.chunk_id for hit in reader.search("zinc", "en", 5)] == ["a"]
        index.add([("b", "zinc", "en")])
        assert reader.count() == 2
        index.clear()
        assert reader.count() == 0
        index.add([("c", "zinc", "en")])
        assert [hit.chunk_id for hit in reader.search("zinc", "en", 5)] == ["c"]
        with pytest.raises(LibraryLocked):
            reader.add([("d", "zinc", "en")])
        reader.close()

    def test_long_question(self, index: TantivyIndex) -> None:
        index.add([("a", "zinc", "en")])
        question = "zinc " + " ".join(f"word{i}" for i in range(5000)) + "x" * 50_000
        assert [hit.chunk_id for hit in index.search(question, "en", 5)] == ["a"]
