"""Contract suites: what every vector index and keyword index must do.

A backend's test subclasses a suite and overrides its one fixture:

    class TestMyIndex(VectorIndexContract):
        @pytest.fixture
        def open_index(self, tmp_path):
            return lambda: MyIndex(tmp_path / "index", self.dimension)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np
import pytest

from rag.core.ports import KeywordIndex, Matrix, VectorIndex
from rag.core.text import terms


def unit_vectors(count: int, dimension: int, seed: int = 7) -> Matrix:
    """Random directions, shape (count, dimension), rows of length 1."""
    drawn = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


class VectorIndexContract:
    """What `rag.core.ports.VectorIndex` promises. The fixture opens the same index anew at each call."""

    dimension: ClassVar[int] = 32

    @pytest.fixture
    def open_index(self) -> Callable[[], VectorIndex]:
        """Override: returns a function that opens the index; what was added before is there again."""
        raise NotImplementedError

    @pytest.fixture
    def index(self, open_index: Callable[[], VectorIndex]) -> Iterator[VectorIndex]:
        """An empty index."""
        index = open_index()
        yield index
        index.close()

    def test_empty(self, index: VectorIndex) -> None:
        """An empty index counts nothing and finds nothing."""
        assert index.count() == 0
        assert index.search(unit_vectors(1, self.dimension)[0], 5) == []

    def test_finds_itself_first_by_cosine(self, index: VectorIndex) -> None:
        """Each vector is its own nearest neighbour; scores are cosines, best first."""
        vectors = unit_vectors(200, self.dimension)
        ids = [f"c{i}" for i in range(200)]
        index.add(ids, vectors)
        for i in range(0, 200, 7):
            found = index.search(vectors[i], 5)
            assert found[0].chunk_id == ids[i]
            assert found[0].score == pytest.approx(1.0, abs=1e-3)
            assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
            for hit in found:
                exact = float(vectors[ids.index(hit.chunk_id)] @ vectors[i])
                assert hit.score == pytest.approx(exact, abs=1e-3)

    def test_same_top_one_as_exact_scan(self, index: VectorIndex) -> None:
        """Approximate search may be: the best of a small collection must be the best."""
        vectors, queries = unit_vectors(1000, self.dimension), unit_vectors(100, self.dimension, seed=8)
        index.add([str(i) for i in range(1000)], vectors)
        found = [int(index.search(query, 1)[0].chunk_id) for query in queries]
        assert found == (queries @ vectors.T).argmax(axis=1).tolist()

    def test_adding_again_replaces(self, index: VectorIndex) -> None:
        """The same id is one chunk, with the vector given last."""
        first, second = unit_vectors(2, self.dimension)
        index.add(["a"], first[None])
        index.add(["a"], second[None])
        assert index.count() == 1
        assert index.search(second, 1)[0].score == pytest.approx(1.0, abs=1e-3)

    def test_delete(self, index: VectorIndex) -> None:
        """A deleted chunk is found no more; an unknown id is no error."""
        vectors = unit_vectors(10, self.dimension)
        index.add([str(i) for i in range(10)], vectors)
        index.delete(["3", "unknown"])
        assert index.count() == 9
        assert "3" not in {hit.chunk_id for hit in index.search(vectors[3], 10)}

    def test_no_more_than_there_are(self, index: VectorIndex) -> None:
        """Asking for more than there is gives what there is; for none, none."""
        vectors = unit_vectors(3, self.dimension)
        index.add(["a", "b", "c"], vectors)
        assert {hit.chunk_id for hit in index.search(vectors[0], 50)} == {"a", "b", "c"}
        assert index.search(vectors[0], 0) == []

    def test_nothing_to_do(self, index: VectorIndex) -> None:
        """Empty batches are no error."""
        index.add([], np.empty((0, self.dimension), dtype=np.float32))
        index.delete([])
        assert index.count() == 0

    def test_clear(self, index: VectorIndex) -> None:
        """A cleared index is empty and usable."""
        vectors = unit_vectors(4, self.dimension)
        index.add(["a", "b", "c", "d"], vectors)
        index.clear()
        assert index.count() == 0
        index.add(["e"], vectors[:1])
        assert [hit.chunk_id for hit in index.search(vectors[0], 3)] == ["e"]

    def test_durable(self, open_index: Callable[[], VectorIndex]) -> None:
        """What was added or deleted before closing is so when opened again."""
        vectors = unit_vectors(3, self.dimension)
        first = open_index()
        first.add(["a", "b", "c"], vectors)
        first.delete(["b"])
        first.close()
        second = open_index()
        assert second.count() == 2
        assert second.search(vectors[2], 1)[0].chunk_id == "c"
        second.close()


class KeywordIndexContract:
    """What `rag.core.ports.KeywordIndex` promises. The fixture opens the same index anew at each call."""

    @pytest.fixture
    def open_index(self) -> Callable[[], KeywordIndex]:
        """Override: returns a function that opens the index; what was added before is there again."""
        raise NotImplementedError

    @pytest.fixture
    def index(self, open_index: Callable[[], KeywordIndex]) -> Iterator[KeywordIndex]:
        """An empty index."""
        index = open_index()
        yield index
        index.close()

    def test_empty(self, index: KeywordIndex) -> None:
        """An empty index counts nothing and finds nothing."""
        assert index.count() == 0
        assert index.search("vaccine", "en", 5) == []
        assert index.document_frequency(["vaccin"]) == [0]

    def test_ranks(self, index: KeywordIndex) -> None:
        """More of the question's words rank higher; a chunk with none of them is not found."""
        index.add(
            [
                ("both", "The vaccine fridge is kept at five degrees.", "en"),
                ("one", "The fridge in the kitchen is for food.", "en"),
                ("none", "Opening hours are from eight to four.", "en"),
            ]
        )
        found = index.search("Where is the vaccine fridge?", "en", 10)
        assert [hit.chunk_id for hit in found] == ["both", "one"]
        assert found[0].score > found[1].score > 0

    def test_stems_and_folding(self, index: KeywordIndex) -> None:
        """Inflected forms and missing accents are found."""
        index.add([("en", "Vaccinations were given.", "en"), ("fr", "La température des réfrigérateurs", "fr")])
        assert [hit.chunk_id for hit in index.search("vaccination", "en", 5)] == ["en"]
        assert [hit.chunk_id for hit in index.search("refrigerateur", "fr", 5)] == ["fr"]

    def test_wrongly_told_language(self, index: KeywordIndex) -> None:
        """A word in the form the text has is found whatever the question's language was taken for."""
        index.add([("a", "Refrigerated vaccines expire.", "en")])
        for language in ("en", "ru", "tr", "hi", "und"):
            assert [hit.chunk_id for hit in index.search("vaccines", language, 5)] == ["a"]

    def test_only_stop_words(self, index: KeywordIndex) -> None:
        """Stop words count only where there is nothing else."""
        index.add([("a", "What to do when it is not there", "en"), ("b", "Lamp SL-200", "en")])
        assert [hit.chunk_id for hit in index.search("what is it", "en", 5)] == ["a"]
        assert [hit.chunk_id for hit in index.search("what is the lamp", "en", 5)] == ["b"]

    def test_codes_and_numbers(self, index: KeywordIndex) -> None:
        """A code is found as people type it."""
        index.add([("a", "Lamp SL-200, 0.5 kg, stored at 2–8 °C", "en"), ("b", "Lamp SL-300, 5 kg", "en")])
        for question in ("SL-200", "sl200", "0.5", "2-8"):
            assert [hit.chunk_id for hit in index.search(question, "en", 5)] == ["a"], question

    def test_adding_again_replaces(self, index: KeywordIndex) -> None:
        """The same id is one chunk, with the text given last."""
        index.add([("a", "zinc", "en")])
        index.add([("a", "iron", "en"), ("b", "iron", "en")])
        assert index.count() == 2
        assert index.search("zinc", "en", 5) == []

    def test_delete(self, index: KeywordIndex) -> None:
        """A deleted chunk is found no more; an unknown id is no error."""
        index.add([("a", "zinc tablets", "en"), ("b", "zinc syrup", "en")])
        index.delete(["a", "unknown"])
        assert index.count() == 1
        assert [hit.chunk_id for hit in index.search("zinc", "en", 5)] == ["b"]

    def test_nothing_to_do(self, index: KeywordIndex) -> None:
        """Empty batches, empty questions and zero results are no error."""
        index.add([])
        index.delete([])
        index.add([("a", "zinc", "en"), ("empty", "", "und")])
        assert index.count() == 2
        assert index.search("?!", "en", 5) == []
        assert index.search("zinc", "en", 0) == []

    def test_query_syntax_is_text(self, index: KeywordIndex) -> None:
        """A question is words, never a query language."""
        index.add([("a", "zinc AND iron", "en")])
        for question in ("zinc AND (", 'surface:"zinc', "-zinc* ~2 ^3", "zinc\x00iron", "zinc\ud800"):
            assert [hit.chunk_id for hit in index.search(question, "en", 5)] == ["a"], question

    def test_document_frequency(self, index: KeywordIndex) -> None:
        """Counts chunks, not occurrences, of terms as `rag.core.text.terms` makes them."""
        index.add([("a", "vaccines, vaccines, vaccine", "en"), ("b", "a vaccine", "en"), ("c", "iron", "en")])
        assert index.document_frequency([*terms("Vaccines iron", "en"), "unknown"]) == [2, 1, 0]

    def test_clear(self, index: KeywordIndex) -> None:
        """A cleared index is empty and usable."""
        index.add([("a", "zinc", "en")])
        index.clear()
        assert index.count() == 0
        assert index.search("zinc", "en", 5) == []
        index.add([("b", "zinc", "en")])
        assert [hit.chunk_id for hit in index.search("zinc", "en", 5)] == ["b"]

    def test_durable(self, open_index: Callable[[], KeywordIndex]) -> None:
        """What was added or deleted before closing is so when opened again."""
        first = open_index()
        first.add([("a", "zinc", "en"), ("b", "zinc", "en")])
        first.delete(["b"])
        first.close()
        second = open_index()
        assert second.count() == 1
        assert [hit.chunk_id for hit in second.search("zinc", "en", 5)] == ["a"]
        second.close()
