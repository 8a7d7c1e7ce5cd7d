"""The usual small open models: what is known of them, and the memory that they take."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("data") / "models.toml"
_BILLION: Final = 10**9
_KEPT_BYTES: Final = 2
"""Of a number in the window's cache: llama.cpp and Ollama keep it as 16-bit floats unless told otherwise."""
_BATCH: Final = 512
"""Tokens of a prompt that are read at one time: llama.cpp's `n_ubatch` and Ollama's `num_batch`."""
_COMPUTED_BYTES: Final = 4
"""Of a number that is being computed: a 32-bit float."""


@dataclass(frozen=True, slots=True)
class UsualModel:
    """A row of the table."""

    name: str
    """As Ollama knows it."""
    family: str
    maker: str
    parameters: float
    """Billions."""
    active: float
    """Billions that one token passes through: all of them, unless it is a mixture of experts."""
    download: int
    """Bytes in `quantisation`."""
    quantisation: str
    """The one that Ollama pulls under `name`."""
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    window: int
    """The largest, in tokens."""
    languages: frozenset[str]
    """ISO 639-1 codes that the maker names; empty where it says "over 140" and names none."""
    licence: str
    open_source: bool
    """Whether the licence is one that the Open Source Initiative lists, without further conditions."""
    released: str
    """Year and month of the weights."""
    source: str
    """Where licence and languages stand."""

    @property
    def strength(self) -> float:
        """Billions of parameters of a model without experts that would answer about as well: the geometric mean of
        all and active parameters, a rule of thumb of Mistral's for mixtures of experts."""
        return math.sqrt(self.parameters * self.active)

    def speaks(self, language: str) -> bool:
        """Whether its maker says that it was made for the language (an ISO 639-1 code)."""
        return not self.languages or language in self.languages

    def size(self, quantisation: str | None = None) -> int:
        """Bytes of the weights; of another quantisation than Ollama's usual one reckoned from its bits per weight.

        Raises:
            KeyError: the quantisation is not in the table.
        """
        if quantisation in (None, self.quantisation):
            return self.download
        return int(self.parameters * _BILLION * bits()[quantisation] / 8)

    def memory(self, window: int, quantisation: str | None = None) -> int:
        """Bytes that it takes while it answers, on the high side.

        The weights; keys and values of every layer for every token of the window, as if no layer slid over it; and
        for the largest step, the probabilities of the vocabulary and the attention of one batch, as if neither were
        computed in parts. Models that save on one of these take less.
        """
        tokens = min(window, self.window)
        kept = 2 * self.layers * self.kv_heads * self.head_size * _KEPT_BYTES * tokens
        computed = _BATCH * (self.vocabulary + self.heads * tokens) * _COMPUTED_BYTES
        return self.size(quantisation) + kept + computed


@cache
def usual_models() -> tuple[UsualModel, ...]:
    """The table, in its order."""
    languages = {key: frozenset(codes.split()) for key, codes in _table()["languages"].items()}
    return tuple(_row(row, languages) for row in _table()["model"])


@cache
def bits() -> Mapping[str, float]:
    """Bits per weight of each quantisation."""
    told: dict[str, float] = _table()["bits"]
    return told


@cache
def _table() -> dict[str, Any]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def _row(row: Mapping[str, Any], languages: Mapping[str, frozenset[str]]) -> UsualModel:
    told = {
        "active": row["parameters"],
        **row,
        "download": int(row["download"] * _BILLION),
        "languages": languages[row["languages"]],
    }
    return UsualModel(**told)
