"""Writes the file from which the interface is translated into a new language: `python tools/interface_words.py sw`.

With a language that has a file already, writes only what that file lacks. Where the words go is said in
`docs/extending.md`; `rag/ui/strings/translation.py` reads them.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# This tool stands beside the packages, which need not be installed for it.
sys.path.insert(0, str(ROOT))

from rag.ui.strings.translation import FOLDER, Translation, Writing, read  # noqa: E402


def english(folder: Path = FOLDER.parent) -> tuple[dict[str, str], dict[str, str]]:
    """All that is to be translated, from the source, in its order.

    Returns:
        sentences: each with where it stands and what it is for.
        counts: English plurals, likewise.
    """
    sentences: dict[str, str] = {}
    counts: dict[str, str] = {}
    for path in sorted(folder.glob("*.py")):
        if path.stem in ("__init__", "translation"):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                about = f"{path.stem}.{node.name}: {ast.get_docstring(node) or ''}".splitlines()[0]
                _calls(node, about, sentences, counts)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                for word in _words(node.value):
                    sentences.setdefault(word, f"{path.stem}.{node.target.id}")
    return sentences, counts


def _calls(node: ast.AST, about: str, sentences: dict[str, str], counts: dict[str, str]) -> None:
    """Gather the literal words that are handed to `said` and `counted`."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            place, found = {"said": (0, sentences), "counted": (2, counts)}.get(call.func.id, (0, None))
            if found is not None and len(call.args) > place:
                word = call.args[place]
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    found.setdefault(word.value, about)


def _words(value: ast.expr | None) -> list[str]:
    """The words of a constant: a text, or the values of a mapping; what is computed has none."""
    values = value.values if isinstance(value, ast.Dict) else [value]
    return [one.value for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value]


def template(known: Translation) -> Iterator[str]:
    """The lines of a file with all that `known` lacks; every sentence stands for itself until it is translated."""
    sentences, counts = english()
    yield "[writing]"
    yield from (f"{name} = {_toml(value)}" for name, value in asdict(Writing()).items())
    yield "\n[sentences]"
    yield from _entries(sentences, known.sentences, {word: word for word in sentences})
    yield "\n[counts]"
    yield from _entries(counts, known.counts, {word: [word, word] for word in counts})


def _entries(words: Mapping[str, str], known: Mapping[str, object], values: Mapping[str, object]) -> Iterator[str]:
    for word, about in words.items():
        if word not in known:
            yield f"# {about}"
            yield f"{_toml(word)} = {_toml(values[word])}"


def _toml(value: object) -> str:
    """A text or a list of texts as TOML writes it, which is as JSON does."""
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Write the file of the language that is named to the standard output."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    path = FOLDER / f"{sys.argv[1]}.toml"
    known = read(path) if path.exists() else Translation(Writing(), {}, {})
    sys.stdout.write("\n".join(template(known)) + "\n")


if __name__ == "__main__":
    main()
