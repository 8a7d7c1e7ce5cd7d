"""Contract suites: what every embedder, vector index and keyword index must do.

A backend's test subclasses a suite and overrides its one fixture:

    class TestMyIndex(VectorIndexContract):
        @pytest.fixture
        def open_index(self, tmp_path):
            return lambda: MyIndex(tmp_path / "index", self.dimension)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import numpy as np
import pytest

from rag.core.ports import Embedder, KeywordIndex, Matrix, VectorIndex
from rag.core.text import terms


def unit_vectors(count: int, dimension: int, seed: int = 7) -> Matrix:
    """Random directions, shape (count, dimension), rows of length 1."""
    drawn = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


class EmbedderContract:
    """What `rag.core.ports.Embedder` promises."""

    texts: ClassVar[tuple[str, ...]] = (
        "The vaccine fridge is kept at five degrees.",
        "Opening hours are from eight to four.",
        "",
        "خزانة اللقاح تُفحص مرتين في اليوم.",
        "冰箱 " * 20,
    )
    tolerance: ClassVar[float] = 1e-3
    """How far the cosine of one text's vectors may be from 1 when it is embedded in other company."""

    @pytest.fixture
    def embedder(self) -> Embedder:
        """Override: the embedder."""
        raise NotImplementedError

    def test_unit_vectors(self, embedder: Embedder) -> None:
        """Questions and documents have vectors of one dimension, of length 1, in 32 bits."""
        matrix = embedder.encode_document(self.texts)
        vector = embedder.encode_query(self.texts[0])
        assert matrix.shape == (len(self.texts), embedder.dimension)
        assert vector.shape == (embedder.dimension,)
        assert matrix.dtype == vector.dtype == np.float32
        assert np.linalg.norm(matrix, axis=1) == pytest.approx(1.0, abs=1e-4)
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)

    def test_nothing_to_embed(self, embedder: Embedder) -> None:
        """No texts give no rows."""
        assert embedder.encode_document([]).shape == (0, embedder.dimension)
        assert embedder.count_tokens([]) == []

    def test_order_and_company(self, embedder: Embedder) -> None:
        """Vectors come in the order of the texts and do not depend on what else is embedded."""
        matrix = embedder.encode_document(self.texts)
        alone = np.concatenate([embedder.encode_document([text]) for text in self.texts])
        assert (matrix * alone).sum(axis=1) == pytest.approx(1.0, abs=self.tolerance)

    def test_many(self, embedder: Embedder) -> None:
        """More texts than a model takes at once."""
        texts = [f"{number} {self.texts[0]}" for number in range(70)]
        matrix = embedder.encode_document(texts)
        again = embedder.encode_document(texts[60:61])
        assert matrix.shape == (70, embedder.dimension)
        assert float(matrix[60] @ again[0]) == pytest.approx(1.0, abs=self.tolerance)

    def test_longer_than_it_reads(self, embedder: Embedder) -> None:
        """A text beyond the limit has a vector all the same, and its tokens are counted whole."""
        long = "The fridge is kept at five degrees. " * embedder.max_tokens
        assert embedder.encode_document([long]).shape == (1, embedder.dimension)
        (count,) = embedder.count_tokens([long])
        assert count > embedder.max_tokens

    def test_tokens(self, embedder: Embedder) -> None:
        """Each text's tokens, more for more text; an empty one may have special ones."""
        empty, short, longer = embedder.count_tokens(["", self.texts[0], f"{self.texts[0]} {self.texts[1]}"])
        assert 0 <= empty < short < longer

    def test_from_several_threads(self, embedder: Embedder) -> None:
        """A question can be embedded, and tokens counted, while documents are."""
        expected = embedder.encode_query(self.texts[0])
        texts = [f"{number} {self.texts[1]}" for number in range(100)]
        with ThreadPoolExecutor(4) as pool:
            documents = [pool.submit(embedder.encode_document, texts) for _ in range(2)]
            counts = pool.submit(embedder.count_tokens, texts)
            question = pool.submit(embedder.encode_query, self.texts[0])
            assert float(question.result() @ expected) == pytest.approx(1.0, abs=self.tolerance)
            assert len(counts.result()) == 100
            first, second = (one.result() for one in documents)
        assert (first * second).sum(axis=1) == pytest.approx(1.0, abs=self.tolerance)

    def test_fingerprint(self, embedder: Embedder) -> None:
        """The same each time, with the dimension and the chunker in it."""
        fingerprint = embedder.fingerprint("structure:1:256")
        assert fingerprint == embedder.fingerprint("structure:1:256")
        assert fingerprint != embedder.fingerprint("other")
        assert (fingerprint.dimension, fingerprint.chunker) == (embedder.dimension, "structure:1:256")


class VectorIndexContract:
    """What `rag.core.ports.VectorIndex` promises. The fixture opens the same index anew at each call."""

    dimension: ClassVar[int] = 32
    durable: ClassVar[bool] = True
    """False for an index that forgets when it is closed: it must count 0 then, so that the library fills it again."""

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
        if self.durable:
            assert second.count() == 2
            assert second.search(vectors[2], 1)[0].chunk_id == "c"
        else:
            assert second.count() == 0
            assert second.search(vectors[2], 1) == []
        second.close()

    def test_cleared_after_it_was_opened_anew(self, open_index: Callable[[], VectorIndex]) -> None:
        """Clearing takes out what an earlier process added, and is the first thing done to an index."""
        vectors = unit_vectors(3, self.dimension)
        first = open_index()
        first.add(["a", "b", "c"], vectors)
        first.close()
        second = open_index()
        second.clear()
        assert second.count() == 0
        assert second.search(vectors[0], 3) == []
        second.close()

    def test_many_at_once(self, index: VectorIndex) -> None:
        """More than a store takes in one call."""
        vectors = unit_vectors(6000, self.dimension)
        ids = [f"c{number}" for number in range(6000)]
        index.add(ids, vectors)
        assert index.count() == 6000
        assert index.search(vectors[5999], 1)[0].chunk_id == "c5999"
        index.delete(ids[:5990])
        assert index.count() == 10
        assert {hit.chunk_id for hit in index.search(vectors[5999], 20)} == set(ids[5990:])

    def test_searched_while_it_is_written(self, index: VectorIndex) -> None:
        """Searches from other threads go on, and find what was there before."""
        vectors = unit_vectors(400, self.dimension)
        ids = [f"c{number}" for number in range(400)]
        index.add(ids[:100], vectors[:100])
        with ThreadPoolExecutor(3) as pool:
            writing = [pool.submit(index.add, ids[at : at + 50], vectors[at : at + 50]) for at in (100, 200, 300)]
            found = [pool.submit(index.search, vectors[number], 1) for number in range(50)]
            assert [one.result()[0].chunk_id for one in found] == ids[:50]
            for one in writing:
                one.result()
        assert index.count() == 250


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

    def test_what_stands_around_a_chunk_counts(self, index: KeywordIndex) -> None:
        """Of chunks with the same words, the one whose neighbours have the others is first; own words weigh more."""
        index.add(
            [
                ("alone", "It is kept in the fridge.", "en", "The kitchen is cleaned by all."),
                ("near", "It is kept in the fridge.", "en", "The typhoid vaccine comes frozen."),
                ("own", "The typhoid vaccine is kept in the fridge.", "en", "The kitchen is cleaned by all."),
            ]
        )
        found = index.search("In which fridge is typhoid vaccine kept?", "en", 5)
        assert [hit.chunk_id for hit in found] == ["own", "near", "alone"]
        assert index.document_frequency(["typhoid"]) == [1]

    def test_only_within_some_chunks(self, index: KeywordIndex) -> None:
        """Chunks outside do not take the places of those inside; the scores stay those of the whole."""
        index.add([(str(n), "zinc " * (20 - n) + "iron", "en") for n in range(20)])
        whole = index.search("zinc", "en", 20)
        found = index.search("zinc", "en", 3, ["17", "18", "19", "unknown"])
        assert sorted(scored.chunk_id for scored in found) == ["17", "18", "19"]
        scores = {scored.chunk_id: scored.score for scored in whole}
        assert [scored.score for scored in found] == [pytest.approx(scores[scored.chunk_id]) for scored in found]
        assert index.search("zinc", "en", 3, []) == []

    def test_chunks_that_have_every_word(self, index: KeywordIndex) -> None:
        """Words count in the form the text has."""
        index.add([("a", "cold chains", "en"), ("b", "a cold chain", "en"), ("c", "chain, cold, chain", "en")])
        assert sorted(index.having(["cold", "chain"], 5)) == ["b", "c"]
        assert len(index.having(["cold", "chain"], 1)) == 1
        assert index.having(["cold", "warm"], 5) == index.having([], 5) == []

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
