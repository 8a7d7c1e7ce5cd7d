"""Embedders against their contract: MiniLM, sentence-transformers, Ollama, LangChain, and the one for tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.core.errors import ContextOverflow, ModelError, ModelNotPulled, ServerUnreachable, UnknownBackend
from rag.core.ports import Embedder
from rag.models import minilm
from rag.models.embedding import LangChainEmbedder, load_embedder
from rag.models.embedding_prompts import NO_PROMPTS, Prompts, prompts_for
from rag.models.ollama import OllamaServer
from rag.models.ollama_embedder import OllamaEmbedder
from rag.models.sentence_embedder import SentenceEmbedder
from rag.testing.behaviours import embedding, failing, streaming
from rag.testing.contracts import EmbedderContract
from rag.testing.embedding import HashEmbedder, word_sum
from rag.testing.replay import ReplayServer, Reply
from rag.testing.sentence_model import DIMENSION, MAX_TOKENS, make_sentence_model
from tests.places import RECORDINGS

MODEL = "rand-bert-384"
CARD = {"model_info": {"bert.context_length": 512}, "capabilities": ["embedding"]}

# The packages warn about things of their own while they are imported and load.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def e5(tmp_path_factory: pytest.TempPathFactory) -> SentenceEmbedder:
    return SentenceEmbedder(str(make_sentence_model(tmp_path_factory.mktemp("models") / "multilingual-e5-tiny")))


@pytest.fixture(scope="module")
def packaged() -> SentenceEmbedder:
    return SentenceEmbedder(str(minilm.package_folder()))


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as server:
        yield server


@pytest.fixture
def ollama(server: ReplayServer) -> OllamaEmbedder:
    server.script("/api/show", streaming(CARD))
    server.script("/api/embed", embedding(24))
    return OllamaEmbedder(MODEL, OllamaServer(server.url, 2.0))


class TestHash(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return HashEmbedder(48)


class TestMiniLM(EmbedderContract):
    @pytest.fixture(scope="class")
    def embedder(self) -> Embedder:
        return load_embedder("minilm")


class TestLangChain(EmbedderContract):
    @pytest.fixture(scope="class")
    def embedder(self) -> Embedder:
        from langchain_core.embeddings import DeterministicFakeEmbedding

        return LangChainEmbedder(DeterministicFakeEmbedding(size=12), "fake")


class TestSentenceTransformers(EmbedderContract):
    @pytest.fixture
    def embedder(self, e5: SentenceEmbedder) -> Embedder:
        return e5

    def test_all_is_read_from_the_model(self, e5: SentenceEmbedder) -> None:
        assert (e5.dimension, e5.max_tokens) == (DIMENSION, MAX_TOKENS)
        assert e5.fingerprint("").precision == "float32"
        assert os.environ["HF_HUB_OFFLINE"] == "1"

    def test_its_prompts_are_put_before_and_counted(self, e5: SentenceEmbedder) -> None:
        assert e5.prompts == Prompts("query: ", "passage: ")
        text = "the fridge is kept at five degrees"
        # What the vectors would be if somebody who knows the prompts wrote them.
        plain = e5._model.encode([f"query: {text}", f"passage: {text}", text], normalize_embeddings=True)
        assert float(e5.encode_query(text) @ plain[0]) == pytest.approx(1.0, abs=1e-5)
        assert float(e5.encode_document([text])[0] @ plain[1]) == pytest.approx(1.0, abs=1e-5)
        assert float(e5.encode_query(text) @ plain[2]) < 1.0 - 1e-4
        words, special, colon = len(text.split()), 2, 1
        assert e5.count_tokens([text]) == [words + special + len(["passage"]) + colon]
        fingerprint = e5.fingerprint("")
        assert (fingerprint.query_prompt, fingerprint.document_prompt) == ("query: ", "passage: ")


class TestPackagedMiniLM(EmbedderContract):
    @pytest.fixture
    def embedder(self, packaged: SentenceEmbedder) -> Embedder:
        return packaged

    def test_it_is_our_own(self, packaged: SentenceEmbedder) -> None:
        own = load_embedder("minilm")
        assert (packaged.dimension, packaged.max_tokens) == (own.dimension, own.max_tokens)
        assert packaged.prompts == NO_PROMPTS
        assert packaged.count_tokens(self.texts) == own.count_tokens(self.texts)
        cosines = (packaged.encode_document(self.texts) * own.encode_document(self.texts)).sum(axis=1)
        assert cosines == pytest.approx(1.0, abs=1e-3)


class TestOllama(EmbedderContract):
    @pytest.fixture
    def embedder(self, ollama: OllamaEmbedder) -> Embedder:
        return ollama

    def test_all_is_read_from_the_server(self, ollama: OllamaEmbedder) -> None:
        assert (ollama.dimension, ollama.max_tokens) == (24, 512)
        assert ollama.fingerprint("").digest.startswith("1b34cd5c4544")


# --- what a model says itself, and what is known of its family --------------------------------------------------------


def test_a_models_own_prompts_count_first(tmp_path: Path) -> None:
    own = {"query": "the query ", "passage": "the passage "}
    found = SentenceEmbedder(str(make_sentence_model(tmp_path / "multilingual-e5-tiny", own)))
    assert found.prompts == Prompts("the query ", "the passage ")


def test_a_folder_of_another_name_is_known_by_the_name_it_was_saved_under(tmp_path: Path) -> None:
    folder = make_sentence_model(tmp_path / "ours")
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace("{", '{"_name_or_path": "BAAI/bge-small-en-v1.5",', 1))
    assert SentenceEmbedder(str(folder)).prompts.query.startswith("Represent this sentence")


def test_other_weights_or_pooling_are_another_model(tmp_path: Path) -> None:
    one, same, other = (
        SentenceEmbedder(str(make_sentence_model(tmp_path / name, seed=seed))).fingerprint("").digest
        for name, seed in (("one", 7), ("same", 7), ("other", 8))
    )
    assert one == same
    assert one != other
    pooling = tmp_path / "one" / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text().replace("mean_tokens", "cls_token"))
    assert SentenceEmbedder(str(tmp_path / "one")).fingerprint("").digest != one


INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
SEARCH = "Represent this sentence for searching relevant passages: "


@pytest.mark.parametrize(
    ("name", "query", "document"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("intfloat/multilingual-e5-large-instruct", f"{INSTRUCT} ", ""),
        ("BAAI/bge-base-en-v1.5", SEARCH, ""),
        ("BAAI/bge-small-zh-v1.5", "为这个句子生成表示以用于检索相关文章：", ""),
        ("BAAI/bge-m3", "", ""),
        ("nomic-ai/nomic-embed-text-v2-moe", "search_query: ", "search_document: "),
        ("nomic-embed-text:latest", "search_query: ", "search_document: "),
        ("Qwen/Qwen3-Embedding-0.6B", INSTRUCT, ""),
        ("qwen3-embedding:0.6b", INSTRUCT, ""),
        ("snowflake-arctic-embed2", "query: ", ""),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", "query: ", ""),
        ("snowflake-arctic-embed:110m", SEARCH, ""),
        ("mxbai-embed-large", SEARCH, ""),
        ("embeddinggemma:300m", "task: search result | query: ", "title: none | text: "),
        ("all-minilm", "", ""),
        ("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", "", ""),
    ],
)
def test_what_is_known_of_families(name: str, query: str, document: str) -> None:
    assert prompts_for({"query": "", "document": ""}, (name,)) == Prompts(query, document)


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_model_that_is_not_on_this_computer() -> None:
    with pytest.raises(ModelError, match="not on this computer") as caught:
        load_embedder("intfloat/no-such-embedder")
    assert "hf download intfloat/no-such-embedder" in caught.value.hint


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownBackend, match="not there"):
        load_embedder(str(tmp_path / "absent"))


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_embedder(str(tmp_path))


def test_a_chat_model_gives_no_embeddings(server: ReplayServer) -> None:
    server.script("/api/show")
    server.script("/api/embed")
    with pytest.raises(ModelError, match="gives no embeddings") as caught:
        load_embedder("ollama:smollm2:135m", OllamaServer(server.url, 2.0))
    assert "ollama:nomic-embed-text" in caught.value.hint


def test_a_model_that_is_not_pulled(server: ReplayServer) -> None:
    server.script("/api/show")
    with pytest.raises(ModelNotPulled, match="no-such"):
        load_embedder("ollama:no-such", OllamaServer(server.url, 2.0))


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(ServerUnreachable):
        load_embedder(f"ollama:{MODEL}", OllamaServer("http://127.0.0.1:9", 0.5))


@pytest.mark.parametrize("text", ["red lamps " * 40 + "blue candles " * 40, "x" * 900])
def test_what_is_longer_than_the_server_reads_is_read_in_parts(
    ollama: OllamaEmbedder, server: ReplayServer, text: str
) -> None:
    read: list[str] = []

    def short_of_breath(reply: Reply) -> None:
        texts = reply.request.body["input"]
        if max(map(len, texts)) > 300:
            server.play("embed_too_long_truncate_false")(reply)
        else:
            read.extend(texts)
            embedding(24)(reply)

    server.script("/api/embed", short_of_breath)
    matrix = ollama.encode_document(["short", text])
    assert matrix.shape == (2, 24)
    assert np.linalg.norm(matrix, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert "".join(read) == f"short{text}"
    assert not any(request.body["truncate"] for request in server.asked("/api/embed"))
    if " " in text:  # all of it counts, its second half as much as its first
        whole = word_sum(text, 24)
        assert float(matrix[1] @ whole / np.linalg.norm(whole)) > 0.95


def test_a_question_that_is_too_long_is_not_cut(ollama: OllamaEmbedder, server: ReplayServer) -> None:
    server.script("/api/embed", server.play("embed_too_long_truncate_false"))
    with pytest.raises(ContextOverflow, match="question is longer") as caught:
        ollama.encode_query("word " * 2000)
    assert "fewer words" in caught.value.hint


def test_a_recorded_reply_is_understood(ollama: OllamaEmbedder, server: ReplayServer) -> None:
    server.script("/api/embed", server.play("embed"))
    matrix = ollama.encode_document(["hello world", "second text"])
    assert matrix.shape == (2, 384)
    assert np.linalg.norm(matrix, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_documents_wait_for_a_busy_server_and_questions_do_not(ollama: OllamaEmbedder, server: ReplayServer) -> None:
    server.script("/api/embed", failing(503, "server busy"), embedding(24))
    assert ollama.encode_document(["text"]).shape == (1, 24)
    server.script("/api/embed", failing(503, "server busy"), embedding(24))
    with pytest.raises(ModelError, match="busy"):
        ollama.encode_query("text")


def test_prompts_are_sent_to_the_server(server: ReplayServer) -> None:
    server.script("/api/show", streaming(CARD))
    server.script("/api/embed", embedding(24))
    embedder = OllamaEmbedder("nomic-embed-text", OllamaServer(server.url, 2.0))
    embedder.encode_query("how cold")
    assert server.asked("/api/embed")[-1].body["input"] == ["search_query: how cold"]
    embedder.encode_document(["five degrees"])
    assert server.asked("/api/embed")[-1].body["input"] == ["search_document: five degrees"]
