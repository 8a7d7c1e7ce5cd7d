"""The invented sections that the reader did not learn from, as documents and questions: `python -m benchmarks.invented
FOLDER`. The refusal is fitted on them too (rag/evaluation/calibrate.py)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import ROOT

WRITTEN: Final = ROOT / "tools" / "reader"
EVERY_THIRD: Final = 3
"""Of their questions so many are asked: all of them take long and say no more."""

Line = Mapping[str, Any]


def write(folder: Path) -> None:
    """Write each section as a Markdown file into `folder`/documents, and their questions as `questions.jsonl`."""
    documents = folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    asked: list[Line] = []
    for section in filter(is_kept, sections()):
        name = f"{section['id']}.md"
        (documents / name).write_text("\n".join(_markdown(section)) + "\n", encoding="utf-8")
        asked += [
            _question(f"{section['id']}-{i}", entry, section, name) for i, entry in enumerate(section["questions"])
        ]
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in asked[::EVERY_THIRD])
    (folder / "questions.jsonl").write_text(lines, encoding="utf-8")


def sections() -> list[Line]:
    """The invented sections; `tools/reader/README.md` says what a line holds."""
    return [
        json.loads(line)
        for path in sorted(WRITTEN.glob("sections_*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def is_kept(section: Line) -> bool:
    """Whether the section is kept from the reader: progress is shown on it, and the refusal fitted."""
    return bool(section.get("kept"))


def _markdown(section: Line) -> Iterator[str]:
    yield from (f"# {section['title']}", "", f"## {section['heading']}", "")
    for (kind, lead), units in groupby(section["units"], key=lambda unit: (unit["kind"], unit.get("lead") or "")):
        texts = [unit["text"] for unit in units]
        match kind:
            case "item":
                yield from (lead, "", *(f"- {text}" for text in texts), "")
            case "row":
                yield from (lead, "", *_table(texts), "")
            case "answer":
                yield from (f"### {lead}", "", " ".join(texts), "")
            case _:
                yield from (" ".join(texts), "")


def _table(rows: Sequence[str]) -> Iterator[str]:
    cells = [[cell.partition(":")[::2] for cell in row.replace("|", "/").split("; ")] for row in rows]
    for heads, part in groupby(cells, key=lambda row: [head.strip() for head, _ in row]):
        yield f"| {' | '.join(heads)} |"
        yield f"|{'---|' * len(heads)}"
        yield from (f"| {' | '.join(value.strip() for _, value in row)} |" for row in part)
        yield ""


def _question(key: str, entry: Line, section: Line, name: str) -> Line:
    answerable = entry["unit"] is not None
    return {
        "id": key,
        "question": entry["q"],
        "answers": [entry["answer"]] if answerable else [],
        "answerable": answerable,
        "document": name if answerable else None,
        "page": 1 if answerable else None,
        "language": section["language"],
        "history": [],
        "split": "tune",
    }


if __name__ == "__main__":
    write(Path(sys.argv[1]))
