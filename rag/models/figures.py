"""What models count, learned from their own counts: the estimate of tokens made closer, and never too low."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from rag.models.tokens import ENGLISH, weigh

FILE: Final = "token_figures.json"
SMALLEST: Final = 500
"""Estimated tokens of a prompt that is learned from: in a shorter one the marks of the model's template count most."""
ENOUGH: Final = 3
"""Prompts before the estimate is lowered; it is raised after the first."""
MARGIN: Final = 1.1
"""Over the highest that was measured: other texts of the same script take a little more."""
LOWEST: Final = 0.4
"""No figure below this, whatever was measured: servers have been seen to count only what they had not read before."""
UNIFORM: Final = frozenset({ENGLISH, "GREEK", "HEBREW", "THAI", "CJK", "HIRAGANA", "HANGUL"})
"""Scripts of one language each. In others one language says too little of the next to lower the estimate: Swahili
takes twice the tokens that English does, and Urdu a third more than Arabic (SmolLM2)."""
DOMINANT: Final = 0.6
"""Share of its letters that a prompt's main script needs, to say something of it."""
OTHERS: Final = 0.5
"""What the rest of a prompt is taken to cost, of its estimate: less than it does, so that the main script gets more."""


_shared: Final[WeakValueDictionary[Path, TokenFigures]] = WeakValueDictionary()
_lock: Final = threading.Lock()


@dataclass(slots=True)
class _Measured:
    highest: float = 0.0
    prompts: int = 0


class TokenFigures:
    """By model and script, how many tokens there are for each estimated one.

    Args:
        path: where they are kept; None keeps them for this process. A file that cannot be read or written costs
            only that they are learned again.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._measured: dict[tuple[str, str], _Measured] | None = None

    def count(self, model: str, text: str) -> int:
        """Tokens of a text: an estimate that errs on the high side."""
        weighed = weigh(text)
        with self._lock:
            letters = sum(self._factor(model, script) * tenths for script, tenths in weighed.letters.items())
        return -int(-(letters + weighed.symbols) // 10)

    def learn(self, model: str, texts: Sequence[str], counted: int) -> None:
        """Take in what a model counted for a prompt that it read whole."""
        weights = [weigh(text) for text in texts]
        letters: Counter[str] = Counter()
        for weighed in weights:
            letters.update(weighed.letters)
        symbols, whole = sum(weighed.symbols for weighed in weights), letters.total()
        if counted <= 0 or whole + symbols < SMALLEST * 10:
            return
        script, main = letters.most_common(1)[0]
        if main < DOMINANT * whole:
            return
        found = (counted * 10 - OTHERS * (symbols + whole - main)) / main
        with self._lock:
            measured = self._known().setdefault((model, script), _Measured())
            changed = found > measured.highest or measured.prompts < ENOUGH
            measured.highest = max(measured.highest, found)
            measured.prompts += 1
            if changed:
                self._keep()

    def _factor(self, model: str, script: str) -> float:
        measured = self._known().get((model, script))
        if measured is None:
            return 1.0
        factor = max(LOWEST, measured.highest * MARGIN)
        return factor if measured.prompts >= ENOUGH and script in UNIFORM else max(1.0, factor)

    def _known(self) -> dict[tuple[str, str], _Measured]:
        if self._measured is None:
            self._measured = {}
            with suppress(OSError, ValueError, TypeError):
                for model, script, highest, prompts in json.loads((self._path or Path()).read_text(encoding="utf-8")):
                    self._measured[str(model), str(script)] = _Measured(float(highest), int(prompts))
        return self._measured

    def _keep(self) -> None:
        if self._path is None or not self._path.parent.is_dir():
            return
        rows = [[*key, round(one.highest, 4), one.prompts] for key, one in sorted(self._known().items())]
        written = self._path.with_suffix(f".{os.getpid()}.tmp")
        with suppress(OSError):
            written.write_text(json.dumps(rows), encoding="utf-8")
            written.replace(self._path)


def figures_at(path: Path) -> TokenFigures:
    """The figures kept in that file: one object in this process, so that no model's writing loses another's."""
    with _lock:
        return _shared.setdefault(path.absolute(), TokenFigures(path))
