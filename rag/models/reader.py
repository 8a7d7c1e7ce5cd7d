"""An extractive reader: where in a text a question is answered, and whether it is (Devlin et al. 2019; SQuAD 2.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from rag.core.errors import InvalidWeights
from rag.core.language import UNDETERMINED
from rag.core.machine import usable_cores
from rag.core.ports import Reading
from rag.models import minilm
from rag.models.bert import BertEncoder, pass_workers
from rag.models.embedding import cpu_has_bfloat16

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer


WEIGHTS: Final = Path(__file__).with_name("data") / "reader.safetensors"
"""Low-rank changes to MiniLM's weights, and two heads on its last layer; made by tools/train_reader.py from SQuAD 2.0
and XQuAD (CC BY-SA 4.0) and from invented sections of documents (tools/reader)."""
TRUST: Final[Mapping[str, float]] = {
    "en": 1.0, "es": 1.0, "fr": 1.0, "sw": 1.0, "ar": 0.35, "hi": 0.35, "ur": 0.35,
}  # fmt: skip
"""By the languages that it learned in. Where it sees letters and no words, twice the area under the ROC curve less one
(0.65 to 0.68 on sections held back). In others it tells an answer from another sentence hardly better than chance: area
0.5 to 0.64 on XQuAD, where English has 0.75 (docs/decisions/0013)."""
UNTOLD_TRUST: Final = 0.5
"""The trust where the language of a question could not be told: of a few words, mostly English."""
LONGEST_ANSWER: Final = 30
"""Tokens of a span; longer ones are no answers but passages."""


SPAN_SHARE: Final = 0.25
"""Of the spans' logits in the score: they are four times as wide as the other head's."""


class MiniLMReader:
    """MiniLM, changed by low-rank adaptation (Hu et al. 2021) to read a question beside a text, in the languages
    of `TRUST`.

    Weights are loaded on first use; each text is a pass on one thread, and passes run side by side.

    Raises:
        MissingDependency, InvalidWeights: MiniLM's package, or the reader's own file, is not there or not genuine.
    """

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights
        self._workers = pass_workers("reader", usable_cores())
        self._folder = minilm.package_folder()

    def trust(self, language: str) -> float:
        """How far its readings are trusted in a language, 0 to 1."""
        return UNTOLD_TRUST if language == UNDETERMINED else TRUST.get(language, 0.0)

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[Reading]:
        """The best span of each text, and how far it is preferred to none.

        Of a question with what stands before a text and the text itself, 256 tokens are read.
        """
        if not texts:
            return []
        loaded = self._loaded  # before the passes, each of which would load it
        passes = [self._workers.submit(self._read, question, before, text, *loaded) for before, text in texts]
        return [each.result() for each in passes]

    def _read(
        self, question: str, before: str, text: str, encoder: BertEncoder, heads: Mapping[str, torch.Tensor]
    ) -> Reading:
        import torch

        pair = self._tokenizer.encode(question, f"{before} {text}")
        row = np.array(_cut(pair.ids), dtype=np.int32)
        with torch.inference_mode():
            hidden = encoder.hidden([row], [pair.type_ids.index(1)])[0]
            spans = hidden @ heads["span.weight"].T + heads["span.bias"]
            answer = hidden[0] @ heads["answer.weight"][0] + heads["answer.bias"]
        return _best(pair, spans.numpy(), len(before) + 1, float(answer))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        return minilm.load_tokenizer(self._folder)

    @cached_property
    def _loaded(self) -> tuple[BertEncoder, dict[str, torch.Tensor]]:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            tensors = {name: tensor.float() for name, tensor in load_file(self._weights).items()}
        except (OSError, SafetensorError) as error:
            raise InvalidWeights(
                f"The reader's weights {self._weights} cannot be read: {error}.",
                "Restore that file: git checkout -- rag/models/data",
            ) from error
        changes = {
            name.removesuffix(".down") + ".weight": tensors[name.removesuffix("down") + "up"] @ tensor
            for name, tensor in tensors.items()
            if name.endswith(".down")
        }
        encoder = BertEncoder(
            minilm.genuine_weights(self._folder), heads=minilm.HEADS, bfloat16=cpu_has_bfloat16(), changes=changes
        )
        return encoder, {name: tensor for name, tensor in tensors.items() if name.startswith(("span.", "answer."))}


@cache
def load_reader() -> MiniLMReader:
    """The reader; there is one in a process, whatever libraries are open.

    Raises:
        MissingDependency: MiniLM's package is not installed.
    """
    return MiniLMReader()


def _best(pair: Encoding, logits: NDArray[np.float32], begin: int, answer: float) -> Reading:
    """The span with the highest sum of its start's and end's logits; the first token stands for "no answer".

    Args:
        logits: shape (tokens read, 2).
        begin: the first character that may belong to an answer.
    """
    places = [
        place
        for place in range(len(logits) - 1)
        if pair.type_ids[place] == 1 and pair.offsets[place][0] >= begin and place + 1 < len(pair.ids)
    ]
    if not places:
        return Reading(0, 0, float("-inf"))
    starts, ends = logits[places, 0], logits[places, 1]
    sums = starts[:, None] + ends[None, :]
    allowed = np.triu(np.ones_like(sums)) - np.triu(np.ones_like(sums), LONGEST_ANSWER) > 0
    start, end = divmod(int(np.where(allowed, sums, -np.inf).argmax()), len(places))
    preferred = float(sums[start, end] - logits[0].sum())
    first, last = pair.offsets[places[start]][0], pair.offsets[places[end]][1]
    return Reading(first - begin, last - begin, SPAN_SHARE * preferred + answer)


def _cut(ids: list[int]) -> list[int]:
    return ids if len(ids) <= minilm.MAX_TOKENS else [*ids[: minilm.MAX_TOKENS - 1], ids[-1]]
