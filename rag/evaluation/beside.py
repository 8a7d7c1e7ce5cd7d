"""The index that is searched and the one made beside it, compared on the library's golden questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rag.build import Kitabu
from rag.core.errors import FingerprintMismatch, ModelError
from rag.core.golden import GoldenQuestion
from rag.engine import Engine
from rag.evaluation.run import run, summarise


def compare_beside(kitabu: Kitabu, beside: Engine, stop: Callable[[], bool]) -> Mapping[str, Any]:
    """The figures of both, answers being quoted: a model would take long and hide what was found.

    Args:
        stop: asked before each question; when true, the rest is not asked.

    Returns:
        {"questions": how many, "now": figures, "beside": figures}, the figures those of `rag.evaluation.run.Summary`;
        "now" is None when the index that is in place cannot be asked; empty when there are no golden
        questions, and when it was stopped.
    """
    questions = kitabu.library.golden.accepted()
    if not questions:
        return {}
    left = False

    def asked() -> Iterator[GoldenQuestion]:
        nonlocal left
        for question in questions:
            left = left or stop()
            if left:
                return
            yield question

    try:
        before = run(kitabu.engine, asked())
        now = None if left else summarise(before).to_json()
    except (FingerprintMismatch, ModelError):
        now = None
    after = run(beside, asked())
    return {} if left else {"questions": len(questions), "now": now, "beside": summarise(after).to_json()}
