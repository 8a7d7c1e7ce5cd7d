"""A test question to a model, as it was measured on this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelTrial:
    """What a test question came to. Times in seconds, sizes in bytes, 0 where a figure could not be had."""

    model: str
    """Its name on the server."""
    digest: str
    """Of the model's manifest: a model that was got anew may be another one."""
    at: float
    """When it was measured, in seconds since the epoch."""
    load_seconds: float
    """Until the model was in memory; near 0 when it was there already."""
    first_token_seconds: float
    """From the question to the first word, the model being in memory: reading the prompt."""
    prompt_tokens: int
    answer_tokens: int
    answer_seconds: float
    """From the first word to the last."""
    memory: int
    """What the server says that it takes, its window included."""
    gpu_share: float
    """How much of that lies on the GPU, 0 to 1."""
    window: int
    """Tokens of the window it was loaded with."""

    @property
    def tokens_per_second(self) -> float:
        """How fast it writes, its first word not counted: that is what the prompt was read for."""
        return (self.answer_tokens - 1) / self.answer_seconds if self.answer_seconds and self.answer_tokens > 1 else 0.0
