"""The benchmark of many conversations with a failing server, a few seconds of it."""

from __future__ import annotations

from benchmarks.crowd import PEOPLE, ask_all


def test_nothing_is_lost_or_mixed_while_the_server_fails() -> None:
    crowd = ask_all(6.0)
    assert crowd.questions >= PEOPLE
    assert crowd.faults > 0
    assert crowd.waited > 0
    assert crowd.outcomes["whole"] > 0
    assert (crowd.outcomes["lost"], crowd.outcomes["mixed"]) == (0, 0)
