"""What a regular expression cannot do without; a rule that asks for too much would find nothing any more."""

from __future__ import annotations

from pathlib import Path

import pytest
import regex

from rag.core import orders
from rag.core.literals import needed
from tests.unit.test_orders import ORDERS

RULES = [
    line
    for line in (Path(orders.__file__).parent / "data" / "orders.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith(("[", "#"))
]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\bdo anything now\b", [{"do anything now"}]),
        (r"notes?:", [{"note"}]),
        (r"(?:ignore|forget)\s+(?:all\s+)?rules", [{"ignore", "forget"}, {"rules"}]),
        (r"(?:act\s+as|be)\s+[a-z\]]{2,9}\.txt", [{".txt"}, {"act", "be"}]),
        (r"(?:mode|)\p{L}+x", []),
        (r"(?:dose){2,}", [{"dose"}]),
        (r"(?:dose){0,2}?", []),
        (r"ab+cd", [{"cd"}]),
        (r"instruction|prompt", [{"prompt", "instruction"}]),
    ],
)
def test_of_each_part_one_text_is_needed(pattern: str, expected: list[set[str]]) -> None:
    assert sorted(map(sorted, needed(pattern))) == sorted(map(sorted, expected))


@pytest.mark.parametrize("pattern", ["(a|b)", "(?=ab)c", "ab)c"])
def test_what_is_not_understood_is_told(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|group"):
        needed(pattern)


def test_every_rule_needs_something_and_whatever_it_finds_has_it() -> None:
    assert len(RULES) > 80
    found = 0
    for rule in RULES:
        needs = needed(rule)
        assert needs, rule
        for _, text in ORDERS:
            if match := regex.search(rule, text.lower(), regex.MULTILINE):
                assert all(any(one in match[0] for one in texts) for texts in needs), (rule, text)
                found += 1
    assert found >= len(ORDERS)
