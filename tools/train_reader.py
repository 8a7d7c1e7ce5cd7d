"""Trains the reader's weights: `python tools/train_reader.py SQUAD_FILE OUT [--epochs 2.5]`.

Needs the packages of `make test`. SQUAD_FILE has SQuAD 2.0's form. Of every four articles the first two are learned
from, the last of these excepted, on which progress is shown; the other two of the four are never looked at, so that
figures can be reported on them. On one core of 2024 it takes half an hour.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers import BertModel

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.models import minilm

RANK: Final = 32
SCALE: Final = 2.0
"""Of the low-rank changes: alpha over rank (Hu et al. 2021)."""
BATCH: Final = 24
ADAPTER_RATE: Final = 8e-4
HEAD_RATE: Final = 2e-3
WARM_UP: Final = 0.08
DROPOUT_FROM: Final = 300
"""Steps before which nothing is dropped: with low-rank changes and few examples the beginning is slow enough."""
MOVED: Final = 0.45
"""Of the answerable questions, the share that is also shown beside another paragraph."""
RENAMED: Final = 0.6
"""Of those that name something, the share that is also asked of something else."""
SEED: Final = 1
_NAME: Final = re.compile(r"\b(?:[A-Z][\w-]+(?:\s+[A-Z][\w-]+)*|\d[\d,.]*\d|\d+)\b")


class Example(NamedTuple):
    """A question beside a text; `answer` is where the text answers it, in characters, None where it does not."""

    article: int
    question: str
    text: str
    answer: tuple[int, int] | None


class Row(NamedTuple):
    """An example in tokens; start and end are 0, the first token, where there is no answer."""

    ids: list[int]
    segments: list[int]
    start: int
    end: int


def asked(articles: Sequence[Any], chosen: Sequence[int]) -> list[Example]:
    """The questions as they stand beside their paragraphs."""
    return [
        Example(number, entry["question"].strip(), paragraph["context"], _answer(entry))
        for number in chosen
        for paragraph in articles[number]["paragraphs"]
        for entry in paragraph["qas"]
    ]


def _answer(entry: Any) -> tuple[int, int] | None:
    if entry["is_impossible"]:
        return None
    first = entry["answers"][0]
    return first["answer_start"], first["answer_start"] + len(first["text"])


def near_misses(examples: Sequence[Example], articles: Sequence[Any], draw: random.Random) -> list[Example]:
    """Questions beside a like paragraph that does not answer them, then questions with another name or number."""
    names: dict[tuple[int, bool], set[str]] = {}
    for example in examples:
        for match in _named(example.question):
            names.setdefault((example.article, match[0][0].isdigit()), set()).add(match[0])
    moved, renamed = [], []
    for example in examples:
        if example.answer is None:
            continue
        if draw.random() < MOVED:
            text = _like(example, [paragraph["context"] for paragraph in articles[example.article]["paragraphs"]], draw)
            if example.text[slice(*example.answer)].lower() not in text.lower():
                moved.append(example._replace(text=text, answer=None))
        matches = _named(example.question)
        if matches and draw.random() < RENAMED:
            match = draw.choice(matches)
            others = [
                name
                for name in sorted(names[example.article, match[0][0].isdigit()])
                if name not in example.question and name not in example.text
            ]
            if others:
                changed = example.question[: match.start()] + draw.choice(others) + example.question[match.end() :]
                renamed.append(example._replace(question=changed, answer=None))
    return [*moved, *renamed]


def _like(example: Example, texts: Sequence[str], draw: random.Random) -> str:
    """One of the three other texts that share most words with the question; ties fall at random."""
    asked_for = _words(example.question)
    ranked = sorted(
        ((len(asked_for & _words(text)) + draw.random() / 2, text) for text in texts if text != example.text),
        reverse=True,
    )
    return draw.choice(ranked[:3])[1]


def _named(question: str) -> list[re.Match[str]]:
    return [match for match in _NAME.finditer(question) if match.start() > 0]


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}


def in_tokens(example: Example, tokenizer: Tokenizer) -> Row | None:
    """The example's tokens; None when its answer lies beyond what is read."""
    pair = tokenizer.encode(example.question, example.text)
    ids, segments = list(pair.ids), list(pair.type_ids)
    if len(ids) > minilm.MAX_TOKENS:
        ids, segments = [*ids[: minilm.MAX_TOKENS - 1], ids[-1]], segments[: minilm.MAX_TOKENS]
    if example.answer is None:
        return Row(ids, segments, 0, 0)
    begin, end = example.answer
    inside = [
        place
        for place in range(segments.index(1), len(ids) - 1)
        if pair.offsets[place][0] < end and pair.offsets[place][1] > begin
    ]
    return Row(ids, segments, inside[0], inside[-1]) if inside else None


class Adapted(nn.Module):
    """A linear layer with a low-rank change beside it."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.down = nn.Parameter(torch.randn(RANK, linear.in_features) / math.sqrt(linear.in_features))
        self.up = nn.Parameter(torch.zeros(linear.out_features, RANK))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """The layer's output with the change."""
        return self.linear(hidden) + (hidden @ self.down.T) @ self.up.T * SCALE  # type: ignore[no-any-return]


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


def padded(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, segments and mask, shape (rows, longest row)."""
    longest = max(len(row.ids) for row in rows)
    ids = torch.tensor([row.ids + [0] * (longest - len(row.ids)) for row in rows])
    segments = torch.tensor([row.segments + [0] * (longest - len(row.ids)) for row in rows])
    mask = torch.tensor([[1] * len(row.ids) + [0] * (longest - len(row.ids)) for row in rows])
    return ids, segments, mask


def loss(model: Reader, rows: Sequence[Row]) -> torch.Tensor:
    """Cross entropy of start and end, the first token standing for none, and of whether there is an answer."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        starts, ends, answers = model(*padded(rows))
    start, end = torch.tensor([row.start for row in rows]), torch.tensor([row.end for row in rows])
    spans = functional.cross_entropy(starts.float(), start) + functional.cross_entropy(ends.float(), end)
    return spans / 2 + functional.binary_cross_entropy_with_logits(answers.float(), (start > 0).float())


def batches(rows: Sequence[Row], draw: random.Random) -> Iterator[list[Row]]:
    """All rows once, in batches of like length, in random order."""
    order = list(rows)
    draw.shuffle(order)
    found = []
    for begin in range(0, len(order), 20 * BATCH):
        near = sorted(order[begin : begin + 20 * BATCH], key=lambda row: len(row.ids))
        found += [near[place : place + BATCH] for place in range(0, len(near), BATCH)]
    draw.shuffle(found)
    yield from found


def tell(model: Reader, rows: Sequence[Row]) -> str:
    """How well answerable questions are told apart, and how many of their spans are exact."""
    from sklearn.metrics import roc_auc_score

    scores, exact = [], []
    with torch.inference_mode():
        for begin in range(0, len(rows), BATCH):
            some = rows[begin : begin + BATCH]
            starts, ends, answers = model(*padded(some))
            best = starts[:, 1:].max(dim=1), ends[:, 1:].max(dim=1)
            preferred = best[0].values + best[1].values - starts[:, 0] - ends[:, 0]
            scores += (preferred / 4 + answers).tolist()
            exact += [
                int(best[0].indices[i]) + 1 == row.start and int(best[1].indices[i]) + 1 == row.end
                for i, row in enumerate(some)
                if row.start
            ]
    area = roc_auc_score([row.start > 0 for row in rows], scores)
    return f"area under the ROC curve {area:.3f}, spans exact {np.mean(exact):.3f}"


def main() -> None:
    """Train, tell the progress, write the weights."""
    from safetensors.torch import save_file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("squad", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=float, default=2.5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    draw = random.Random(SEED)
    articles = json.loads(options.squad.read_text(encoding="utf-8"))["data"]
    *chosen, kept = [number for number in range(len(articles)) if number % 4 < 2]
    tokenizer = minilm.load_tokenizer(minilm.package_folder())
    given = asked(articles, chosen)
    # Answerable questions twice: their near misses would else outnumber them.
    examples = [*given, *near_misses(given, articles, draw), *(example for example in given if example.answer)]
    rows = [row for example in examples if (row := in_tokens(example, tokenizer))]
    held = [row for example in asked(articles, [kept]) if (row := in_tokens(example, tokenizer))]
    torch.manual_seed(SEED)
    model = Reader()
    heads = [*model.span.parameters(), *model.answer.parameters()]
    adapters = [parameter for parameter in model.bert.parameters() if parameter.requires_grad]
    groups = [{"params": adapters, "lr": ADAPTER_RATE}, {"params": heads, "lr": HEAD_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    total = int(options.epochs * len(rows) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / (WARM_UP * total)) * max(0.02, 1 - step / total)
    )
    stream = (batch for _ in range(math.ceil(options.epochs)) for batch in batches(rows, draw))
    for step, batch in zip(range(1, total + 1), stream, strict=False):
        model.train(step > DROPOUT_FROM)
        value = loss(model, batch)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*adapters, *heads], 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0 or step == total:
            model.eval()
            print(f"{step} of {total}: loss {value.item():.2f}, {tell(model, held)}", flush=True)  # noqa: T201
    save_file(model.learned(), options.out)


if __name__ == "__main__":
    main()
