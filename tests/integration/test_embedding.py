"""The real MiniLM, held to sentence-transformers' own vectors."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import Source, read
from rag.core.errors import InvalidWeights, MissingDependency, ModelError, UnknownBackend
from rag.models.embedding import (
    LangChainEmbedder,
    MiniLM,
    batches_by_length,
    cpu_has_bfloat16,
    even_batches,
    load_embedder,
)
from rag.models.minilm import SHA256, load_tokenizer, package_folder
from rag.models.tokens import estimate_tokens
from rag.models.word_pieces import REMEMBERED_WORDS, WordPieces
from tests.places import ROOT

TEXTS = [
    "An opened vial may be kept for 28 days.",
    "Paracetamol: 500 mg every 6 hours. " * 12,
    "",
    "خزانة اللقاح تُفحص مرتين في اليوم.",
    "ok",
    "Write the date of opening on the vial. " * 60,
]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM()


def test_vectors_are_those_of_sentence_transformers(minilm: MiniLM, tmp_path: Path) -> None:
    # Its import and loading warn about things of their own, so it runs outside this process.
    code = (
        "import sys, json, numpy\n"
        "from sentence_transformers import SentenceTransformer\n"
        "model = SentenceTransformer(sys.argv[1], device='cpu')\n"
        "numpy.save(sys.argv[2], model.encode(json.loads(sys.argv[3]), normalize_embeddings=True))\n"
    )
    out = tmp_path / "vectors.npy"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    subprocess.run(
        [sys.executable, "-c", code, str(minilm._folder), str(out), json.dumps(TEXTS)],
        check=True,
        env=environment,
        capture_output=True,
    )
    expected = np.load(out)
    queries = np.stack([minilm.encode_query(text) for text in TEXTS])
    assert (queries * expected).sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    # Documents may be computed in bfloat16.
    assert (minilm.encode_document(TEXTS) * expected).sum(axis=1) == pytest.approx(1.0, abs=5e-4)


def test_documents_keep_their_order_and_length(minilm: MiniLM) -> None:
    matrix = minilm.encode_document(TEXTS)
    assert matrix.shape == (len(TEXTS), minilm.dimension)
    assert matrix.dtype == np.float32
    assert np.linalg.norm(matrix, axis=1) == pytest.approx(1.0, abs=1e-5)
    alone = np.concatenate([minilm.encode_document([text]) for text in TEXTS])
    assert (matrix * alone).sum(axis=1) == pytest.approx(1.0, abs=5e-4)
    assert minilm.encode_document([]).shape == (0, 384)


def test_vectors_do_not_depend_on_what_they_were_batched_with(minilm: MiniLM) -> None:
    texts = [f"{TEXTS[number % len(TEXTS)]} {'Shelf. ' * (number * 7)}" for number in range(60)]
    matrix = minilm.encode_document(texts)
    alone = np.concatenate([minilm.encode_document([text]) for text in texts])
    assert (matrix * alone).sum(axis=1) == pytest.approx(1.0, abs=5e-4)


def test_few_texts_of_very_different_lengths_get_the_vectors_that_each_has_alone(minilm: MiniLM) -> None:
    texts = ["Vials.", *TEXTS, "The opened vial is kept on the second shelf. " * 20]
    matrix = minilm.encode_document(texts)
    alone = np.concatenate([minilm.encode_document([text]) for text in texts])
    assert (matrix * alone).sum(axis=1) == pytest.approx(1.0, abs=5e-4)


@given(st.lists(st.integers(2, 600), min_size=1, max_size=24), st.integers(1, 8))
def test_few_rows_are_divided_evenly(lengths: list[int], count: int) -> None:
    batches = even_batches(lengths, count)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert len(batches) == min(count, len(lengths))
    assert all(batches)
    tokens = [sum(lengths[index] for index in batch) for batch in batches]
    assert max(tokens) - min(tokens) <= max(lengths)


@given(st.lists(st.integers(2, 600), max_size=80), st.integers(1, 5000))
def test_batches_hold_each_row_once_and_keep_within_the_limit(lengths: list[int], limit: int) -> None:
    batches = list(batches_by_length(lengths, limit))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[index] for index in batch) <= limit
    longest = [max(lengths[index] for index in batch) for batch in batches]
    assert longest == sorted(longest, reverse=True)


def test_the_nearest_document_answers_the_question(minilm: MiniLM) -> None:
    question = minilm.encode_query("How long can an opened vial be used?")
    assert int(np.argmax(minilm.encode_document(TEXTS) @ question)) == 0


def test_a_question_is_remembered_and_cannot_be_changed(minilm: MiniLM) -> None:
    first = minilm.encode_query("How long?")
    assert minilm.encode_query("How long?") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0


def test_queries_use_one_thread_whatever_documents_use(minilm: MiniLM) -> None:
    import torch

    minilm.encode_query("one")
    minilm.encode_document(["two"] * 50)
    before = torch.get_num_threads()
    assert minilm._query_workers.submit(torch.get_num_threads).result() == 1
    torch.set_num_threads(2)
    try:
        assert minilm._query_workers.submit(torch.get_num_threads).result() == 1
    finally:
        torch.set_num_threads(before)


def test_many_threads_at_once(minilm: MiniLM) -> None:
    expected = minilm.encode_document(TEXTS[:3])
    stop = threading.Barrier(6)

    def work(number: int) -> bool:
        stop.wait()
        if number % 2:
            return bool(np.allclose(minilm.encode_document(TEXTS[:3]), expected, atol=1e-3))
        return minilm.encode_query(f"question {number}").shape == (384,)

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, range(6)))


def test_counting_is_exact_and_never_cut(minilm: MiniLM) -> None:
    assert minilm.count_tokens(["", "hello", "word " * 1000]) == [2, 3, 1002]
    assert minilm.count_tokens([]) == []
    for text in TEXTS:
        assert estimate_tokens(text) + 2 >= minilm.count_tokens([text])[0]


def test_counting_and_fingerprint_load_no_torch() -> None:
    code = (
        "import sys\nfrom rag.models.embedding import load_embedder\n"
        "embedder = load_embedder('minilm')\n"
        "assert embedder.count_tokens(['hello']) == [3]\nprint(embedder.fingerprint('structure:240').digest)\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == SHA256


def test_fingerprint_tells_precision_and_chunker(minilm: MiniLM) -> None:
    fingerprint = minilm.fingerprint("structure:240")
    assert (fingerprint.embedder, fingerprint.dimension, fingerprint.chunker) == ("minilm", 384, "structure:240")
    assert fingerprint.precision == ("bfloat16" if cpu_has_bfloat16() else "float32")


def test_bfloat16_is_read_from_the_cpus_flags(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    for flags, expected in [("fpu avx512f avx512_bf16", True), ("fpu amx_bf16", True), ("fpu avx2", False)]:
        cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
        assert cpu_has_bfloat16(cpuinfo) is expected
    assert cpu_has_bfloat16(tmp_path / "absent") is False


def test_other_weights_are_refused(minilm: MiniLM, tmp_path: Path) -> None:
    shutil.copy(minilm._folder / "tokenizer.json", tmp_path)
    with pytest.raises(InvalidWeights, match="cannot be read"):
        MiniLM(tmp_path).encode_query("hello")
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(InvalidWeights, match="not the genuine ones") as caught:
        MiniLM(tmp_path).encode_query("hello")
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize("name", ["word2vec", "openai", "rag.models.embedding.Nothing", "rag.core.errors.KitabuError"])
def test_unknown_embedder_names_what_there_is(name: str) -> None:
    with pytest.raises(UnknownBackend) as caught:
        load_embedder(name)
    assert "minilm" in caught.value.hint


def test_embedder_whose_package_is_missing() -> None:
    with pytest.raises(MissingDependency, match="no_such_package"):
        load_embedder("no_such_package.Embeddings")


class LengthEmbeddings:
    """A LangChain-shaped embedder: not of length 1, deliberately."""

    def embed_query(self, text: str) -> list[float]:
        return [3.0, 4.0, float(len(text))]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


def test_langchain_embeddings_are_measured_and_normalised() -> None:
    embedder = LangChainEmbedder(LengthEmbeddings(), "mine")
    assert embedder.dimension == 3
    assert np.linalg.norm(embedder.encode_query("question")) == pytest.approx(1.0)
    assert np.linalg.norm(embedder.encode_document(["a", "bb"]), axis=1) == pytest.approx(1.0)
    assert embedder.encode_document([]).shape == (0, 3)


def test_langchains_own_fake_embeddings_load_by_dotted_path() -> None:
    from langchain_core.embeddings import DeterministicFakeEmbedding

    embedder = LangChainEmbedder(DeterministicFakeEmbedding(size=12), "fake")
    assert embedder.encode_document(["one", "two"]).shape == (2, 12)
    assert embedder.encode_query("one") == pytest.approx(embedder.encode_document(["one"])[0])


@pytest.mark.parametrize("vectors", [[[0.0, 0.0, 0.0]], [[float("nan"), 1.0, 0.0]], [], [["a"]]])
def test_an_embedder_that_gives_no_vectors(vectors: list[list[float]]) -> None:
    class Broken(LengthEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return vectors * len(texts)

    with pytest.raises(ModelError, match="did not return vectors"):
        LangChainEmbedder(Broken(), "broken").encode_document(["text"])


def test_an_embedder_whose_documents_have_another_dimension_than_its_questions() -> None:
    class Uneven(LengthEmbeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[1.0, 2.0] for _ in texts]

    with pytest.raises(ModelError, match="'uneven' returned vectors of 2 dimensions, and of 3 before"):
        LangChainEmbedder(Uneven(), "uneven").encode_document(["text"])


def test_an_embedder_that_fails_is_named() -> None:
    class Failing(LengthEmbeddings):
        def embed_query(self, text: str) -> list[float]:
            raise RuntimeError(f"no such host for {text}")

    with pytest.raises(ModelError, match=r"'failing' failed: no such host for probe"):
        LangChainEmbedder(Failing(), "failing")


def test_tokens_put_together_from_words_are_those_of_the_whole_text() -> None:
    tokenizer = load_tokenizer(package_folder())
    pieces = WordPieces(tokenizer)
    signs = [
        *"ab Zé\u0301 \n\t\r\x1c\x85\xa0\u200b\u2028\u3000ñ中文กขा،हि़ß'-.[]#12…\x00\u00ad\U0001f600",
        "[SEP]",
        "x" * 120,
    ]
    chance = random.Random(5)
    texts = ["".join(chance.choices(signs, k=chance.randrange(60))) for _ in range(3000)]
    texts += [page.text for page in read(Source(ROOT / "sample_docs" / "library" / "Clinic handbook.pdf")).pages]
    expected = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
    for _ in range(2):  # the second time from what is remembered
        assert [ids.tolist() for ids in pieces.ids(texts)] == expected


def test_words_beyond_those_that_are_remembered_are_tokenised_as_well() -> None:
    pieces = WordPieces(load_tokenizer(package_folder()))
    first = [ids.tolist() for ids in pieces.ids(["one two three", "ten"])]
    numbers = range(REMEMBERED_WORDS + 10)
    (row,) = pieces.ids([" ".join(map(str, numbers))])
    assert len(row) > len(numbers)
    assert [ids.tolist() for ids in pieces.ids(["one two three", "ten"])] == first
