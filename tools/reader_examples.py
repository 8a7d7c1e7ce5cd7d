"""What the reader learns from: questions beside texts that answer them, and beside texts that only seem to."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tokenizers import Tokenizer

from benchmarks.invented import WRITTEN, is_kept, sections
from rag.models import minilm

MOVED: Final = 0.45
"""Of the answerable questions, the share that is also shown beside another paragraph."""
RENAMED: Final = 0.6
"""Of those that name something, the share that is also asked of something else."""
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
    """The questions of SQuAD's articles as they stand beside their paragraphs; XQuAD's are all answerable."""
    return [
        Example(number, entry["question"].strip(), paragraph["context"], _answer(entry))
        for number in chosen
        for paragraph in articles[number]["paragraphs"]
        for entry in paragraph["qas"]
    ]


def _answer(entry: Any) -> tuple[int, int] | None:
    if entry.get("is_impossible"):
        return None
    first = entry["answers"][0]
    return first["answer_start"], first["answer_start"] + len(first["text"])


def written_on(articles: Sequence[Any], chosen: Sequence[int]) -> list[Example]:
    """The questions that were written for paragraphs of XQuAD, in `near_misses.jsonl`, on the articles chosen."""
    texts = {
        (articles[number]["title"], place): (number, paragraph["context"])
        for number in chosen
        for place, paragraph in enumerate(articles[number]["paragraphs"])
    }
    found: list[Example] = []
    for line in map(json.loads, (WRITTEN / "near_misses.jsonl").read_text(encoding="utf-8").splitlines()):
        if (line["article"], line["paragraph"]) not in texts:
            continue
        number, text = texts[line["article"], line["paragraph"]]
        found += [Example(number, question, text, None) for question in line["unanswerable"]]
        for question, answer in line["answerable"]:
            begin = text.index(answer)
            found.append(Example(number, question, text, (begin, begin + len(answer))))
    return found


def invented(draw: random.Random) -> tuple[list[Example], list[Example]]:
    """The questions on invented sections, each beside one piece of its section; and those on the sections kept.

    An answerable question stands beside the piece that answers it, and beside the one that comes nearest of those that
    do not; another beside the pieces that it was written to resemble.
    """
    learned: list[Example] = []
    kept: list[Example] = []
    for number, section in enumerate(sections()):
        part = kept if is_kept(section) else learned
        part += _beside_pieces(number, section, draw)
    return learned, kept


def _beside_pieces(number: int, section: Mapping[str, Any], draw: random.Random) -> Iterator[Example]:
    pieces = [_as_read(unit, section) for unit in section["units"]]
    for entry in section["questions"]:
        question = entry["q"]
        if entry["unit"] is None:
            for place in dict.fromkeys(entry["near"]):
                yield Example(number, question, " ".join(pieces[place]), None)
            continue
        answering = entry["unit"] if isinstance(entry["unit"], list) else [entry["unit"]]
        before, text = pieces[answering[0]]
        begin = len(before) + 1 + text.index(entry["answer"])
        yield Example(number, question, f"{before} {text}", (begin, begin + len(entry["answer"])))
        others = [
            " ".join(piece)
            for place, piece in enumerate(pieces)
            if place not in answering and entry["answer"].lower() not in piece[1].lower()
        ]
        if others:
            yield Example(number, question, _nearest(question, others, draw)[0], None)


def _as_read(unit: Mapping[str, str], section: Mapping[str, Any]) -> tuple[str, str]:
    """What a piece is read behind and itself, as `rag.answering.reading` gives them."""
    lead = unit.get("lead") or section["heading"] or section["title"]
    return " ".join(f"{lead}: {unit.get('before') or ''}".split()), unit["text"]


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
            texts = [paragraph["context"] for paragraph in articles[example.article]["paragraphs"]]
            text = draw.choice(_nearest(example.question, [text for text in texts if text != example.text], draw)[:3])
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


def _nearest(question: str, texts: Sequence[str], draw: random.Random) -> list[str]:
    """The texts, those first that share most words with the question; ties fall at random."""
    asked_for = _words(question)
    return sorted(texts, key=lambda text: -len(asked_for & _words(text)) - draw.random() / 2)


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
