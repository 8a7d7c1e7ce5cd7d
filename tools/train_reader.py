"""Trains the reader's weights, in two goes.

    python tools/train_reader.py SQUAD_FILE FIRST
    python tools/train_reader.py SQUAD_FILE OUT --start FIRST --xquad XQUAD_EN_FILE [--fresh SECTIONS_FILE ...]

Needs the packages of `make test`. SQUAD_FILE has SQuAD 2.0's form. Of every four articles the first two are learned
from, the last of these excepted, on which progress is shown; the other two of the four are never looked at, so that
figures can be reported on them. The second go adds the sections and questions in tools/reader, and the articles of
XQuAD that are none of SQUAD_FILE's. When sections were added it goes on from its own weights, with `--fresh` and their
files: those are learned from whole, of all else a part is repeated, so that it is not forgotten, and the mean of both
weights is written. On two cores of 2024 each takes half an hour to an hour.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import BertModel

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from reader_examples import Example, Row, asked, in_tokens, invented, near_misses, written_on

from benchmarks.invented import sections
from rag.models import minilm
from rag.models.embedding import cpu_has_bfloat16
from rag.models.reader import SPAN_SHARE

RANK: Final = 64
SCALE: Final = 2.0
"""Of the low-rank changes: alpha over rank (Hu et al. 2021)."""
BATCH_TOKENS: Final = 4000
WARM_UP: Final = 0.08
SEED: Final = 1


class Go(NamedTuple):
    """How one of the two goes learns."""

    epochs: float
    adapters: float
    """Highest learning rate of the low-rank changes."""
    heads: float
    dropout_from: float
    """Steps before which nothing is dropped: with low-rank changes and few examples the beginning is slow enough."""


FIRST: Final = Go(epochs=2.5, adapters=8e-4, heads=2e-3, dropout_from=300)
SECOND: Final = Go(epochs=1.0, adapters=6e-4, heads=6e-4, dropout_from=math.inf)


REPEATED: Final = 0.3
"""Share of what was learned before that is learned again beside what is fresh."""


class Adapted(nn.Module):
    """A linear layer with a low-rank change."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.down = nn.Parameter(torch.randn(RANK, linear.in_features) / math.sqrt(linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, RANK))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """The layer's output with the change."""
        return functional.linear(hidden, self.linear.weight + self.up * SCALE @ self.down, self.linear.bias)


class Reader(nn.Module):
    """MiniLM with adapted layers, a head for spans and one for whether there is an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(minilm.package_folder(), add_pooling_layer=False)
        self.bert.requires_grad_(False)
        layers: Any = self.bert.encoder.layer
        for layer in layers:
            parts = layer.attention.self, layer.attention.output, layer.intermediate, layer.output
            for part in parts:
                for name, linear in list(part.named_children()):
                    if isinstance(linear, nn.Linear):
                        setattr(part, name, Adapted(linear))
        self.span = nn.Linear(self.bert.config.hidden_size, 2)
        self.answer = nn.Linear(self.bert.config.hidden_size, 1)

    def forward(self, ids: torch.Tensor, segments: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Logits of starts and of ends, shape (batch, tokens), and of an answer, shape (batch,)."""
        with torch.autocast("cpu", torch.bfloat16, enabled=cpu_has_bfloat16()):  # as when it is used
            states = self.bert(input_ids=ids, token_type_ids=segments, attention_mask=mask).last_hidden_state.float()
        outside = (segments == 0) | (mask == 0)
        outside[:, 0] = False
        spans = self.span(states).masked_fill(outside[..., None], -1e4)
        return spans[..., 0], spans[..., 1], self.answer(states[:, 0])[:, 0]

    def learned(self) -> dict[str, torch.Tensor]:
        """What rag/models/reader.py loads, in half precision."""
        found: dict[str, torch.Tensor] = {}
        for name, module in self.bert.named_modules():
            if isinstance(module, Adapted):
                found[f"{name}.down"] = module.down
                found[f"{name}.up"] = module.up * SCALE
        heads = {"span": self.span, "answer": self.answer}
        found |= {f"{name}.weight": head.weight for name, head in heads.items()}
        found |= {f"{name}.bias": head.bias for name, head in heads.items()}
        return {name: tensor.detach().half().contiguous() for name, tensor in found.items()}

    def resume(self, learned: Mapping[str, torch.Tensor]) -> None:
        """Go on from what `learned` gave, which may have been of a lower rank: the rest of a change is nothing yet."""
        tensors = {name: tensor.float() for name, tensor in learned.items()}
        with torch.no_grad():
            for name, module in self.bert.named_modules():
                if isinstance(module, Adapted):
                    down, up = tensors[f"{name}.down"], tensors[f"{name}.up"] / SCALE
                    module.down[: len(down)] = down
                    module.up[:, : len(down)] = up
            for name, head in (("span", self.span), ("answer", self.answer)):
                head.weight.copy_(tensors[f"{name}.weight"])
                head.bias.copy_(tensors[f"{name}.bias"])


def mean(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What lies in the middle between the changes that two goes have learned (Wortsman et al. 2022, model soups).

    The later go has forgotten some of what the earlier one knew; their mean is better than either on every set that
    was held back (docs/decisions/0014). It has twice the rank, of which the strongest `RANK` directions are kept.
    """
    found: dict[str, torch.Tensor] = {}
    for name, tensor in other.items():
        if name.endswith(".down"):
            up = name.removesuffix("down") + "up"
            both = [part[up].float() @ part[name].float() for part in (one, other)]
            left, strength, right = torch.linalg.svd((both[0] + both[1]) / 2, full_matrices=False)
            root = strength[:RANK].sqrt()
            found[up], found[name] = left[:, :RANK] * root, root[:, None] * right[:RANK]
        elif not name.endswith(".up"):
            found[name] = (one[name].float() + tensor.float()) / 2
    return {name: tensor.half().contiguous() for name, tensor in found.items()}


def padded(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, segments and mask, shape (rows, longest row)."""
    longest = max(len(row.ids) for row in rows)
    ids = torch.tensor([row.ids + [0] * (longest - len(row.ids)) for row in rows])
    segments = torch.tensor([row.segments + [0] * (longest - len(row.ids)) for row in rows])
    mask = torch.tensor([[1] * len(row.ids) + [0] * (longest - len(row.ids)) for row in rows])
    return ids, segments, mask


def loss(model: Reader, rows: Sequence[Row]) -> torch.Tensor:
    """Cross entropy of start and end, the first token standing for none, and of whether there is an answer."""
    starts, ends, answers = model(*padded(rows))
    start, end = torch.tensor([row.start for row in rows]), torch.tensor([row.end for row in rows])
    spans = functional.cross_entropy(starts, start) + functional.cross_entropy(ends, end)
    return spans / 2 + functional.binary_cross_entropy_with_logits(answers, (start > 0).float())


def batches(rows: Sequence[Row], draw: random.Random) -> list[list[Row]]:
    """All rows once, in batches of like length, in random order."""
    order = list(rows)
    draw.shuffle(order)
    found: list[list[Row]] = []
    for begin in range(0, len(order), 800):
        batch: list[Row] = []
        for row in sorted(order[begin : begin + 800], key=lambda row: len(row.ids)):
            if batch and (len(batch) + 1) * len(row.ids) > BATCH_TOKENS:
                found.append(batch)
                batch = []
            batch.append(row)
        found.append(batch)
    draw.shuffle(found)
    return found


def tell(model: Reader, rows: Sequence[Row]) -> str:
    """How well answerable questions are told apart, and how many of their spans are exact."""
    from sklearn.metrics import roc_auc_score

    scores, exact = [], []
    with torch.inference_mode():
        for begin in range(0, len(rows), 24):
            some = rows[begin : begin + 24]
            starts, ends, answers = model(*padded(some))
            best = starts[:, 1:].max(dim=1), ends[:, 1:].max(dim=1)
            preferred = best[0].values + best[1].values - starts[:, 0] - ends[:, 0]
            scores += (preferred * SPAN_SHARE + answers).tolist()
            exact += [
                int(best[0].indices[i]) + 1 == row.start and int(best[1].indices[i]) + 1 == row.end
                for i, row in enumerate(some)
                if row.start
            ]
    area = roc_auc_score([row.start > 0 for row in rows], scores)
    return f"area under the ROC curve {area:.3f}, spans exact {np.mean(exact):.3f}"


def examples(options: argparse.Namespace, draw: random.Random) -> tuple[list[Example], list[list[Example]]]:
    """What is learned from in this go, and what progress is shown on."""
    articles = json.loads(options.squad.read_text(encoding="utf-8"))["data"]
    *chosen, kept = [number for number in range(len(articles)) if number % 4 < 2]
    given = asked(articles, chosen)
    found = [*given, *near_misses(given, articles, draw)]
    held = [asked(articles, [kept])]
    if not options.start:
        # Answerable questions twice: their near misses would else outnumber them.
        return [*found, *(example for example in given if example.answer)], held
    others = json.loads(options.xquad.read_text(encoding="utf-8"))["data"]
    known = {article["title"] for article in articles}
    unknown = [number for number, article in enumerate(others) if article["title"] not in known]
    learned, shown = invented(draw)
    found += [*asked(others, unknown), *written_on(others, unknown)]
    new = {json.loads(line)["id"] for file in options.fresh for line in file.read_text(encoding="utf-8").splitlines()}
    ids = [section["id"] for section in sections()]
    fresh = [example for example in learned if ids[example.article] in new]
    found += [example for example in learned if ids[example.article] not in new]
    if fresh:
        found = [example for example in found if draw.random() < REPEATED]
    return [*found, *fresh], [*held, shown]


def train(model: Reader, rows: Sequence[Row], go: Go, draw: random.Random) -> Iterator[tuple[int, int]]:
    """Learn; gives (step, steps in all) after each step."""
    heads = [*model.span.parameters(), *model.answer.parameters()]
    adapters = [parameter for parameter in model.bert.parameters() if parameter.requires_grad]
    groups = [{"params": adapters, "lr": go.adapters}, {"params": heads, "lr": go.heads}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    stream = [batch for _ in range(math.ceil(go.epochs)) for batch in batches(rows, draw)]
    total = int(len(stream) * go.epochs / math.ceil(go.epochs))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / (WARM_UP * total)) * max(0.02, 1 - step / total)
    )
    for step, batch in enumerate(stream[:total], start=1):
        model.train(step > go.dropout_from)
        value = loss(model, batch)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*adapters, *heads], 1.0)
        optimizer.step()
        schedule.step()
        yield step, total


def main() -> None:
    """Train, tell the progress, write the weights."""
    from safetensors.torch import load_file, save_file

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("squad", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", type=Path, help="the weights of the first go")
    parser.add_argument("--xquad", type=Path, help="XQuAD in English; with --start")
    parser.add_argument("--fresh", type=Path, nargs="*", default=[], help="files of sections that START has not seen")
    options = parser.parse_args()
    draw = random.Random(SEED)
    tokenizer = minilm.load_tokenizer(minilm.package_folder())
    learned, shown = examples(options, draw)
    rows = [row for example in learned if (row := in_tokens(example, tokenizer))]
    held = [[row for example in part if (row := in_tokens(example, tokenizer))] for part in shown]
    torch.manual_seed(SEED)
    model = Reader()
    if options.start:
        model.resume(load_file(options.start))
    for step, total in train(model, rows, SECOND if options.start else FIRST, draw):
        if step % 300 == 0 or step == total:
            model.eval()
            print(f"{step} of {total}: " + "; ".join(tell(model, part) for part in held), flush=True)  # noqa: T201
            save_file(model.learned(), options.out)
    if options.fresh:
        save_file(mean(load_file(options.start), model.learned()), options.out)


if __name__ == "__main__":
    main()
