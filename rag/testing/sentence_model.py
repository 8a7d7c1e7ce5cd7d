"""A real model of sentence-transformers that is made in a second: one small layer with weights that nobody trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_WORDS: Final = (
    "the fridge is kept at five degrees opening hours are from eight to four vaccine query passage how cold zero ."
)
MAX_TOKENS: Final = 32
DIMENSION: Final = 16


def make_sentence_model(
    folder: Path, prompts: Mapping[str, str] | None = None, *, seed: int = 7, max_tokens: int = MAX_TOKENS
) -> Path:
    """Write the model into `folder` as sentence-transformers saves one; it has 16 dimensions.

    Args:
        prompts: what it says is to stand before questions and documents; None for nothing, as older models have it.
        seed: of its weights: another one is another model.
        max_tokens: the longest text that it reads, at most 64.

    Returns:
        The folder.
    """
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_WORDS.split()]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt"), model_max_length=max_tokens).save_pretrained(folder)
    torch.manual_seed(seed)
    shape: dict[str, Any] = {"hidden_size": DIMENSION, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(words), max_position_embeddings=64, intermediate_size=32, **shape)
    BertModel(config).save_pretrained(folder)
    files: dict[str, Any] = {
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
        "sentence_bert_config.json": {"max_seq_length": max_tokens, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": DIMENSION, "pooling_mode_mean_tokens": True},
    }
    if prompts is not None:
        files["config_sentence_transformers.json"] = {"prompts": dict(prompts), "default_prompt_name": None}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder
