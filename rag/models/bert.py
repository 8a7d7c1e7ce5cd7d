"""The forward pass of BERT encoders, in plain torch.

sentence-transformers takes six to ten seconds and 500 MB to import; the six layers of MiniLM take forty lines.
A test holds this pass to sentence-transformers' own vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from rag.core.ports import Matrix

if TYPE_CHECKING:
    import torch

LAYER_NORM_EPSILON: Final = 1e-12
"""`layer_norm_eps` in the model's config.json."""
MOSTLY_FULL: Final = 0.9
"""A batch with so many of its places filled is computed with what pads it: to leave that out costs copies."""


class BertEncoder:
    """BERT as all-MiniLM-L6-v2 was trained.

    Args:
        weights: a model.safetensors with Hugging Face's names for a `BertModel`.
        heads: attention heads.
        bfloat16: compute in bfloat16 (two to three times as fast on CPUs made for it); pooling stays in float32.
        device: as torch names it.
        changes: float32 tensors that are added to weights of that name.
    """

    def __init__(
        self,
        weights: Path,
        *,
        heads: int,
        bfloat16: bool,
        device: str = "cpu",
        changes: Mapping[str, torch.Tensor] | None = None,
    ) -> None:
        import torch
        from safetensors.torch import load_file

        dtype = torch.bfloat16 if bfloat16 else torch.float32
        added = changes or {}
        self._weights = {
            name: (tensor + added[name] if name in added else tensor).to(device, dtype)
            for name, tensor in load_file(weights).items()
            if tensor.is_floating_point()
        }
        self._heads = heads
        self._device = device
        self._layers = len([name for name in self._weights if name.endswith("attention.self.query.weight")])

    def encode(self, rows: Sequence[NDArray[np.int32]]) -> Matrix:
        """Encode texts by mean pooling and unit length (Reimers & Gurevych 2019).

        Args:
            rows: token ids, special tokens included, one sequence per text; shorter ones are padded here.

        Returns:
            float32, shape (len(rows), hidden size), rows of length 1.
        """
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            hidden = self.hidden(rows)
            lengths = torch.tensor([len(row) for row in rows], device=self._device)
            mask = torch.arange(hidden.shape[1], device=self._device)[None, :] < lengths[:, None]
            summed = (hidden * mask[..., None]).sum(dim=1)
            unit: Matrix = functional.normalize(summed / lengths[:, None], dim=1).cpu().numpy()
            return unit

    def hidden(self, rows: Sequence[NDArray[np.int32]], firsts: Sequence[int] | None = None) -> torch.Tensor:
        """The last layer's states.

        Args:
            rows: as for `encode`; a row may be a pair of texts.
            firsts: for rows that are pairs, the number of tokens of each one's first text; the others are of segment 1.

        Returns:
            float32, shape (len(rows), longest row, hidden size); what stands beyond a row's end means nothing.
        """
        import torch

        padded = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
        for line, row in zip(padded, rows, strict=True):
            line[: len(row)] = row
        with torch.inference_mode():
            ids = torch.from_numpy(padded).to(self._device)
            places = torch.arange(ids.shape[1], device=self._device).expand_as(ids)
            mask = places < torch.tensor([len(row) for row in rows], device=self._device)[:, None]
            ends = [ids.shape[1]] * len(rows) if firsts is None else list(firsts)
            segments = (places >= torch.tensor(ends, device=self._device)[:, None]).long()
            grid = _Grid(mask)
            hidden = self._embed(grid.tokens(ids), grid.tokens(places), grid.tokens(segments))
            for layer in range(self._layers):
                hidden = self._layer(f"encoder.layer.{layer}.", hidden, grid)
            return grid.rows(hidden).float()

    def _embed(self, ids: torch.Tensor, places: torch.Tensor, segments: torch.Tensor) -> torch.Tensor:
        words = self._weights["embeddings.word_embeddings.weight"][ids]
        positions = self._weights["embeddings.position_embeddings.weight"][places]
        segment = self._weights["embeddings.token_type_embeddings.weight"][segments]
        return self._norm("embeddings.LayerNorm", words + positions + segment)

    def _layer(self, prefix: str, hidden: torch.Tensor, grid: _Grid) -> torch.Tensor:
        from torch.nn import functional

        query, key, value = (
            grid.rows(self._linear(f"{prefix}attention.self.{part}", hidden))
            .view(*grid.mask.shape, self._heads, -1)
            .transpose(1, 2)
            for part in ("query", "key", "value")
        )
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=grid.mask[:, None, None, :])
        attended = grid.tokens(attended.transpose(1, 2).flatten(2))
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


def pass_workers(name: str, count: int) -> ThreadPoolExecutor:
    """Workers for passes of one thread each; torch keeps the thread count per calling thread."""

    def one_thread() -> None:
        import torch

        torch.set_num_threads(1)

    return ThreadPoolExecutor(max_workers=count, thread_name_prefix=name, initializer=one_thread)


class _Grid:
    """Rows of a batch, padded to one length, and their tokens one below the other.

    Only attention needs the rows; all other steps are done token by token, without those that pad.

    Args:
        mask: bool, shape (rows, longest row): what is a token.
    """

    def __init__(self, mask: torch.Tensor) -> None:
        self.mask = mask
        flat = mask.flatten()
        self._slots = flat.nonzero()[:, 0] if flat.sum() < MOSTLY_FULL * len(flat) else None

    def tokens(self, rows: torch.Tensor) -> torch.Tensor:
        """From shape (rows, longest row, ...) to (tokens, ...)."""
        flat = rows.flatten(0, 1)
        return flat if self._slots is None else flat[self._slots]

    def rows(self, tokens: torch.Tensor) -> torch.Tensor:
        """And back; what stands beyond a row's end is 0, or means nothing."""
        if self._slots is None:
            return tokens.reshape(*self.mask.shape, *tokens.shape[1:])
        flat = tokens.new_zeros(self.mask.numel(), *tokens.shape[1:])
        flat[self._slots] = tokens
        return flat.reshape(*self.mask.shape, *tokens.shape[1:])
