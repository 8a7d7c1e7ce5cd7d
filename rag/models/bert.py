"""The forward pass of BERT sentence encoders, in plain torch.

sentence-transformers takes six to ten seconds and 500 MB to import; the six layers of MiniLM take forty lines.
A test holds this pass to sentence-transformers' own vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import torch

LAYER_NORM_EPSILON: Final = 1e-12
"""`layer_norm_eps` in the model's config.json."""


class BertEncoder:
    """BERT with mean pooling and unit length, as all-MiniLM-L6-v2 was trained (Reimers & Gurevych 2019).

    Args:
        weights: a model.safetensors with Hugging Face's names for a `BertModel`.
        heads: attention heads.
        bfloat16: compute in bfloat16 (twice as fast on CPUs with AVX512-BF16); pooling stays in float32.
    """

    def __init__(self, weights: Path, *, heads: int, bfloat16: bool) -> None:
        import torch
        from safetensors.torch import load_file

        dtype = torch.bfloat16 if bfloat16 else torch.float32
        self._weights = {
            name: tensor.to(dtype) for name, tensor in load_file(weights).items() if tensor.is_floating_point()
        }
        self._heads = heads
        self._layers = len([name for name in self._weights if name.endswith("attention.self.query.weight")])

    def encode(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        """Encode token ids, special tokens included.

        Args:
            rows: one sequence of ids per text; shorter ones are padded here.

        Returns:
            float32, shape (len(rows), hidden size), rows of length 1.
        """
        import torch
        from torch.nn import functional

        width = max(map(len, rows))
        ids = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows])
        lengths = torch.tensor([len(row) for row in rows])
        mask = torch.arange(width)[None, :] < lengths[:, None]
        with torch.inference_mode():
            hidden = self._embed(ids)
            for layer in range(self._layers):
                hidden = self._layer(f"encoder.layer.{layer}.", hidden, mask[:, None, None, :])
            summed = (hidden.float() * mask[..., None]).sum(dim=1)
            return functional.normalize(summed / lengths[:, None], dim=1)

    def _embed(self, ids: torch.Tensor) -> torch.Tensor:
        words = self._weights["embeddings.word_embeddings.weight"][ids]
        positions = self._weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        segment = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._norm("embeddings.LayerNorm", words + positions + segment)

    def _layer(self, prefix: str, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        count, width, size = hidden.shape
        query, key, value = (
            self._linear(f"{prefix}attention.self.{part}", hidden).view(count, width, self._heads, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        attended = attended.transpose(1, 2).reshape(count, width, size)
        attended = self._linear(f"{prefix}attention.output.dense", attended)
        hidden = self._norm(f"{prefix}attention.output.LayerNorm", hidden + attended)
        inner = functional.gelu(self._linear(f"{prefix}intermediate.dense", hidden))
        return self._norm(f"{prefix}output.LayerNorm", hidden + self._linear(f"{prefix}output.dense", inner))

    def _linear(self, name: str, hidden: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.linear(hidden, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, name: str, hidden: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(hidden, (hidden.shape[-1],), weight, bias, LAYER_NORM_EPSILON)
