"""Fits the refusal's weights on a golden set's tune half: `python -m rag.evaluation.calibrate GOLDEN --data DIR`."""

from __future__ import annotations

import argparse
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np

from rag.answering.refusal import Evidence
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
    questions = load_questions(options.golden, split="tune")
    with open_kitabu(load_settings(data=options.data, model="none")) as kitabu:
        searched = [rewrite(question.question, question.history, None) for question in questions]
        evidence = np.array([astuple(kitabu.engine.evidence(text)) for text in searched])
    answerable = np.array([question.answerable for question in questions])
    fitted = LogisticRegression(class_weight="balanced").fit(evidence, answerable)
    names = [field.name for field in fields(Evidence)]
    weights = dict(zip(names, fitted.coef_[0].round(2).tolist(), strict=True))
    print(f"WEIGHTS = {weights}\nBIAS = {fitted.intercept_[0]:.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
