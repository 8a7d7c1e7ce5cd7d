"""What a run comes to in counts that people read, and whether it reaches what the organisation asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

RIGHT_PAGE: Final = "citation_recall"
REFUSED: Final = "refusal_recall"
SAID: Final = "answer_in_text"
SUPPORTED: Final = "supported"
TARGETS: Final = (RIGHT_PAGE, REFUSED, SAID, SUPPORTED)
"""Figures that an organisation may ask a least value of; more is better of each."""


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many: 41 of 50."""

    of: int
    hits: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where there is nothing to count."""
        return self.hits / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a run reaches what is asked for."""

    missed: tuple[str, ...]
    """Figures that are lower than asked for."""
    unknown: tuple[str, ...]
    """Figures of which the run has nothing to count."""
    whole: bool = True
    """Every question was asked, and the model answered each: else the figures are not those of what was measured."""

    @property
    def go(self) -> bool:
        """Whether every figure asked for is reached, by a run that is whole."""
        return self.whole and not self.missed and not self.unknown


def counts(results: Iterable[Mapping[str, Any]]) -> dict[str, Count]:
    """The figures in `TARGETS` as counts.

    Args:
        results: of each question, as `Scored.to_json` gives them.
    """
    listed = list(results)
    located = [one["page_cited"] for one in listed if one["page_cited"] is not None]
    said = [one["answer_in_text"] for one in listed if one["answer_in_text"] is not None]
    refused = [one["refused"] for one in listed if not one["answerable"]]
    sentences = sum(one["sentences"] for one in listed)
    # Shares of an answer's sentences, rounded in no way before they come here.
    unsupported = sum(round(one["unsupported"] * one["sentences"]) for one in listed if one["sentences"])
    return {
        RIGHT_PAGE: Count(len(located), sum(located)),
        REFUSED: Count(len(refused), sum(refused)),
        SAID: Count(len(said), sum(said)),
        SUPPORTED: Count(sentences, sentences - unsupported),
    }


def is_wrong(result: Mapping[str, Any]) -> bool:
    """Whether a question counts against the run in one of the figures in `TARGETS`.

    Args:
        result: as `Scored.to_json` gives it.
    """
    if not result["answerable"] and not result["refused"]:
        return True
    return result["page_cited"] is False or result["answer_in_text"] is False or bool(result["unsupported"])


def judge_run(reached: Mapping[str, Count], targets: Mapping[str, float], *, whole: bool = True) -> Verdict | None:
    """Hold a run against what is asked for; None when nothing is.

    Args:
        reached: what `counts` gave.
        targets: least values, 0 to 1, by the names in `TARGETS`.
        whole: whether every question was asked, and answered by the model that was to answer.
    """
    if not targets:
        return None
    shares = {name: reached[name].share for name in TARGETS if name in targets}
    return Verdict(
        missed=tuple(name for name, share in shares.items() if share is not None and share < targets[name]),
        unknown=tuple(name for name, share in shares.items() if share is None),
        whole=whole,
    )
