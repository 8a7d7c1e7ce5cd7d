"""Two runs over the same questions, compared question by question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from rag.core.errors import ConfigError
from rag.evaluation.bootstrap import Difference, paired_bootstrap

COMPARED: Final[Mapping[str, str]] = {
    "right_decision": "answered where the documents answer, refused where they do not",
    "page_cited": "right page cited",
    "page_hit": "right page among the passages",
    "answer_in_text": "accepted answer in the text",
    "f1": "F1 of the answer",
    "marked_f1": "F1 of the marked part",
    "citation_precision": "citations to a right page",
    "unsupported": "sentences not supported",
    "seconds": "seconds to the answer",
}
"""What is compared question by question, in words."""
LOWER_IS_BETTER: Final = frozenset({"unsupported", "seconds"})
JUDGED_BY: Final = ("right_decision", "page_cited", "answer_in_text")
"""A question differs between two runs when one of these does."""
SIGNIFICANT: Final = 0.05
Fate = Literal["refused", "asked_back", "invented", "right", "wrong", "answered"]
"""What became of a question: "right" is from the right page, "answered" where no page is known to be right."""


@dataclass(frozen=True, slots=True)
class Run:
    """One configuration with what `kitabu eval answers` told of it."""

    name: str
    report: Mapping[str, Any]

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """Of each question by its id, with whether it was rightly answered or refused, F1 where there is an answer."""
        return {result["id"]: {**result, **_judged(result)} for result in self.report["results"]}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a run changed against the first one."""

    first: str
    second: str
    differences: Mapping[str, Difference]
    """By the names in `COMPARED`; over the questions for which both runs have a value."""
    changed: tuple[tuple[Mapping[str, Any], Mapping[str, Any]], ...]
    """Both results of each question that differs in `JUDGED_BY`."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON; of the changed questions, what differs."""
        shown = ("answer", "refused", *JUDGED_BY)
        return {
            "first": self.first,
            "second": self.second,
            "differences": {name: asdict(difference) for name, difference in self.differences.items()},
            "changed": [
                {
                    "id": one["id"],
                    "question": one["question"],
                    "first": {key: one[key] for key in shown},
                    "second": {key: other[key] for key in shown},
                }
                for one, other in self.changed
            ],
        }


def compare(first: Run, second: Run) -> Comparison:
    """Compare two runs on the same questions.

    Raises:
        ConfigError: they have no question in common.
    """
    ours, theirs = first.results, second.results
    common = [key for key in ours if key in theirs]
    if not common:
        raise ConfigError(f"{first.name} and {second.name} were not asked the same questions.")
    differences = {}
    for name in COMPARED:
        # The first question waits for what the others find loaded.
        counted = common[1:] or common if name == "seconds" else common
        pairs = [(ours[key][name], theirs[key][name]) for key in counted]
        known = [(float(one), float(other)) for one, other in pairs if one is not None and other is not None]
        if known:
            differences[name] = paired_bootstrap([one for one, _ in known], [other for _, other in known])
    changed = [
        (ours[key], theirs[key]) for key in common if any(ours[key][name] != theirs[key][name] for name in JUDGED_BY)
    ]
    return Comparison(first.name, second.name, differences, tuple(changed))


def fate(result: Mapping[str, Any]) -> Fate:
    """What became of a question, from its result as `Scored.to_json` gives it."""
    if result["refused"]:
        return "refused"
    if result["asked_back"]:
        return "asked_back"
    if not result["answerable"]:
        return "invented"
    return "answered" if result["page_cited"] is None else "right" if result["page_cited"] else "wrong"


def _judged(result: Mapping[str, Any]) -> Mapping[str, Any]:
    answered = not result["refused"] and not result["asked_back"]
    if result["answerable"]:
        return {"right_decision": answered}
    # Whether a refusal is right is counted once, and F1 is of the questions that the table's F1 is of.
    return {"right_decision": result["refused"], "f1": None, "marked_f1": None}


def is_better(name: str, difference: Difference) -> bool | None:
    """Whether the second run is better, worse (False), or not more different than chance makes it (None)."""
    if difference.p >= SIGNIFICANT or difference.mean == 0.0:
        return None
    return (difference.mean > 0) is not (name in LOWER_IS_BETTER)
