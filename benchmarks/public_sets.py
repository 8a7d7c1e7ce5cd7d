"""Public sets in the forms that `kitabu eval` reads: `python -m benchmarks.public_sets squad FILE FOLDER`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]


def squad(source: Path, folder: Path, language: str = "en") -> None:
    """A file in SQuAD's form (SQuAD 2.0, XQuAD), each paragraph a document without a title.

    Written are a collection in BEIR's form, with the answerable questions as its queries; all questions; and, for
    questions that a library does not hold at all, the collection with every other article left out, and the questions
    that were answerable with what they are then. Questions are marked as tools/train_reader.py divides the articles:
    "learned" by the reader, "tune" for fitting on, "test" for reporting.
    """
    articles = json.loads(source.read_text(encoding="utf-8"))["data"]
    learned = [number for number in range(len(articles)) if number % 4 < 2]
    splits = dict.fromkeys(range(len(articles)), "test") | dict.fromkeys(learned, "learned") | {learned[-1]: "tune"}
    corpus: list[Line] = []
    half: list[Line] = []
    questions: list[Line] = []
    absent: list[Line] = []
    for number, article in enumerate(articles):
        for index, paragraph in enumerate(article["paragraphs"]):
            key = f"{number}-{index}"
            record = {"_id": key, "text": paragraph["context"]}
            corpus.append(record)
            kept = number % 2 == 0
            half += [record] if kept else []
            entries = [{**_question(entry, key, language), "split": splits[number]} for entry in paragraph["qas"]]
            questions += entries
            absent += [
                entry if kept else {**entry, "answers": [], "answerable": False, "document": None}
                for entry in entries
                if entry["answerable"]
            ]
    asked = [entry for entry in questions if entry["answerable"]]
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "corpus.jsonl", corpus)
    _write(folder / "questions.jsonl", questions)
    _write(folder / "corpus-half.jsonl", half)
    _write(folder / "questions-half.jsonl", absent)
    _write(folder / "queries.jsonl", ({"_id": entry["id"], "text": entry["question"]} for entry in asked))
    judged = "".join(f"{entry['id']}\t{entry['document']}\t1\n" for entry in asked)
    (folder / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", encoding="utf-8")


def _question(entry: Line, document: str, language: str) -> Line:
    answerable = not entry.get("is_impossible", False)
    return {
        "id": entry["id"],
        "question": entry["question"].strip(),
        "answers": list(dict.fromkeys(answer["text"] for answer in entry["answers"])) if answerable else [],
        "answerable": answerable,
        "document": document if answerable else None,
        "page": 1 if answerable else None,
        "language": language,
        "history": [],
    }


def _write(path: Path, lines: Iterable[Line]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Convert one file; 2 when the arguments are wrong."""
    if len(arguments) not in (3, 4) or arguments[0] != "squad":
        sys.stderr.write("python -m benchmarks.public_sets squad FILE FOLDER [LANGUAGE]\n")
        return 2
    squad(Path(arguments[1]), Path(arguments[2]), *arguments[3:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
