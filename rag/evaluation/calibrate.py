"""Fits the refusal's weights on a golden set's tune half: `python -m rag.evaluation.calibrate GOLDEN --data DIR`."""

from __future__ import annotations

import argparse
from dataclasses import astuple
from pathlib import Path

import numpy as np

from rag.answering.evidence import Evidence
from rag.answering.rewrite import rewrite
from rag.build import open_kitabu
from rag.core.config import load_settings
from rag.evaluation.datasets import load_questions


def main() -> None:
    """Print weights and bias to be written into `rag/answering/refusal.py`."""
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("golden", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    rows: list[tuple[float, ...]] = []
    answerable: list[bool] = []
    with open_kitabu(load_settings(data=options.data, model="none")) as kitabu:
        for question in load_questions(options.golden, split="tune"):
            evidence = kitabu.engine.evidence(rewrite(question.question, question.history, None).question)
            if evidence is not None:
                rows.append(astuple(evidence))
                answerable.append(question.answerable)
    fitted = LogisticRegression(class_weight="balanced", C=10.0).fit(np.array(rows), np.array(answerable))
    weights = Evidence(*fitted.coef_[0].round(2).tolist())
    print(f"WEIGHTS: Final = {weights}\nBIAS: Final = {fitted.intercept_[0]:.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
