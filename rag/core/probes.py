"""How far an embedder is to be trusted in a language, measured on a library itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ENOUGH: Final = 30
"""Passages that must have been looked for before the share found says anything: its standard error is then < 0.1."""
BLIND: Final = 0.3
"""Trust below which people are told that the meaning of a language is hardly understood."""
SLOPE: Final = 1.08
OFFSET: Final = -0.10
"""Least squares from the share found to Recall@5 of people's questions, MiniLM on XQuAD in twelve languages (decisions
8 and 10): sentences find a little more than questions do where hardly anything is found."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of looking for passages of one language by one of their own sentences."""

    language: str
    probed: int
    """Passages that were looked for."""
    found: int
    """Those of them that were found."""
    chunks: int
    """Of this language in the library then."""
    revision: int
    """Of the library then."""

    @property
    def enough(self) -> bool:
        """Whether so many were looked for that the trust can be told."""
        return self.probed >= ENOUGH

    @property
    def trust(self) -> float:
        """0 to 1, on the scale of `rag.retrieval.fusion.MINILM_TRUST`; 0 where nothing was looked for."""
        if not self.probed:
            return 0.0
        return min(1.0, max(0.0, OFFSET + SLOPE * self.found / self.probed))
