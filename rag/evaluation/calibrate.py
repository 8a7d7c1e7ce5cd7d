"""Fits the refusal's weights on questions set apart for it.

    python -m rag.evaluation.calibrate sample_docs/golden.jsonl DATA [QUESTIONS DATA ...]

Each file of questions goes with the data folder of a library. Only questions of the split "tune" are asked.
"""

from __future__ import annotations

import argparse
from dataclasses import astuple
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rag.answering.refusal import Weights
from rag.answering.rewrite import rewrite
from rag.build import open_kitabu
from rag.core.config import load_settings
from rag.evaluation.datasets import load_questions

SHARES: Final = {"careful": 1.0, "balanced": 0.86, "eager": 0.7}
"""Share of the first file's unanswerable questions that each setting refuses: all, as many as the project's goal wants
(0.85, which is 30 of 35), and as many as cost few answers."""
FIRST: Final = 4
"""The first set weighs so many times what each other does: it is most like what people ask."""


def main() -> None:
    """Print weights and thresholds to be written into `rag/answering/refusal.py`."""
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="+", type=Path, metavar="QUESTIONS DATA")
    pairs = parser.parse_args().pairs
    sets = [measured(questions, data) for questions, data in zip(pairs[::2], pairs[1::2], strict=True)]
    rows, answerable = (np.concatenate(parts) for parts in zip(*sets, strict=True))
    # In each set, answerable and unanswerable questions weigh alike.
    weights = np.concatenate([balance(labels) * (1 if number else FIRST) for number, (_, labels) in enumerate(sets)])
    read = LogisticRegression(C=10.0).fit(rows[:, :-1], answerable, sample_weight=weights)
    unread = LogisticRegression(C=10.0).fit(rows[:, :-2], answerable, sample_weight=weights)
    for name, model, rest in (("READ", read, []), ("UNREAD", unread, [0.0])):
        factors = [*model.coef_[0].round(2), *rest, model.intercept_[0].round(2)]
        print(f"{name}: Final = {Weights._make(map(float, factors))}")  # noqa: T201
    first, labels = sets[0]
    trust = first[:, -1]
    probabilities = (
        trust * read.predict_proba(first[:, :-1])[:, 1] + (1 - trust) * unread.predict_proba(first[:, :-2])[:, 1]
    )
    for name, share in SHARES.items():
        # Upwards, so that the question on the edge is among those that are refused; two digits would be too few, there
        # are four answerable ones between 0.453 and 0.46.
        threshold = float(np.ceil(1000 * np.quantile(probabilities[~labels], share)) / 1000)
        answered = float((probabilities[labels] >= threshold).mean())
        print(f"{name}: {threshold:.3f} (answers {answered:.2f} of the answerable)")  # noqa: T201


def measured(questions: Path, data: Path) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Evidence for each question of the split "tune", shape (questions, measures), the trust in the reader last, and
    whether it is answerable."""
    rows: list[tuple[float, ...]] = []
    answerable: list[bool] = []
    with open_kitabu(load_settings(data=data, model="none")) as kitabu:
        for question in load_questions(questions, split="tune"):
            evidence = kitabu.engine.evidence(rewrite(question.question, question.history, None).question)
            if evidence is not None:
                rows.append(astuple(evidence))
                answerable.append(question.answerable)
    return np.array(rows), np.array(answerable)


def balance(labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weights of a set's questions, 100 for each of the two kinds together."""
    counts = np.where(labels, labels.sum(), (~labels).sum())
    balanced: NDArray[np.float64] = 100.0 / counts
    return balanced


if __name__ == "__main__":
    main()
