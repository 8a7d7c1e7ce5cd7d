"""Rerankers against their contract: a LangChain `BaseCrossEncoder`, and a cross-encoder in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rag.core.errors import ConfigError, MissingDependency, ModelError, UnknownBackend
from rag.core.ports import Reranker
from rag.models.reranker import CrossEncoderReranker, load_reranker
from rag.testing.model_contracts import RerankerContract
from rag.testing.reranker import WordCrossEncoder


@pytest.fixture(scope="session")
def tiny_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of one small layer with weights that nobody trained, as sentence-transformers keeps it."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder = tmp_path_factory.mktemp("cross-encoder")
    words = "the fridge is kept at five degrees opening hours how cold".split()
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(7)
    shape: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "num_labels": 1}
    config = BertConfig(vocab_size=5 + len(words), max_position_embeddings=64, intermediate_size=32, **shape)
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


class TestLangChainCrossEncoder(RerankerContract):
    @pytest.fixture
    def reranker(self) -> Reranker:
        found = load_reranker("rag.testing.reranker.WordCrossEncoder")
        assert found is not None
        return found

    def test_it_reads_both_texts(self, reranker: Reranker) -> None:
        near, far = reranker.score("How cold is the fridge?", ["The fridge is kept cold.", "Open from eight to four."])
        assert near > far


class TestFolder(RerankerContract):
    @pytest.fixture
    def reranker(self, tiny_cross_encoder: Path) -> Reranker:
        found = load_reranker(str(tiny_cross_encoder))
        assert found is not None
        return found


class Failing(WordCrossEncoder):
    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        raise KeyError(f"no layer for {len(text_pairs)} pairs")


class Short(WordCrossEncoder):
    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        return super().score(text_pairs)[1:]


class NotNumbers(WordCrossEncoder):
    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        return [float("nan")] * len(text_pairs)


@pytest.mark.parametrize("encoder", [Failing(), Short(), NotNumbers()])
def test_what_an_encoder_does_wrong_is_told_by_its_name(encoder: WordCrossEncoder) -> None:
    with pytest.raises(ModelError, match=r"'theirs'.*setting 'reranker'"):
        CrossEncoderReranker(encoder, "theirs").score("How cold?", ["Five degrees.", "Eight."])


def test_none_is_none() -> None:
    assert load_reranker("none") is None


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("nonsense", UnknownBackend),
        ("rag.testing.reranker.Nothing", UnknownBackend),
        ("rag.testing.embedding.HashEmbedder", UnknownBackend),  # it cannot score
        ("no_such_package.Encoder", MissingDependency),
        ("/no/such/folder", UnknownBackend),
        ("./no-such-folder", UnknownBackend),
    ],
)
def test_a_wrong_setting_is_told_when_it_is_read(name: str, error: type[ConfigError]) -> None:
    with pytest.raises(error, match="reranker"):
        load_reranker(name)


def test_nothing_is_downloaded() -> None:
    reranker = load_reranker("no-such-owner/no-such-model")
    assert reranker is not None
    with pytest.raises(ModelError, match="cannot be loaded from this computer"):
        reranker.score("How cold?", ["Five degrees."])
