"""The queue before a model server."""

import threading
from concurrent.futures import ThreadPoolExecutor

from rag.core.turns import Turns, turns_at


def test_first_come_first_served_with_places_that_move_up() -> None:
    turns = Turns(2)
    places = [turns.line_up() for _ in range(5)]
    assert [place.ahead for place in places] == [0, 0, 1, 2, 3]
    assert [place.wait(0) for place in places] == [True, True, False, False, False]
    places[1].leave()
    assert [place.ahead for place in places] == [0, 0, 0, 1, 2]
    places[3].leave()  # somebody gives up
    places[3].leave()
    assert [place.ahead for place in places] == [0, 0, 0, 0, 1]


def test_a_place_is_left_when_its_block_is() -> None:
    turns = Turns(1)
    with turns.line_up():
        waiting = turns.line_up()
        assert not waiting.wait(0.01)
    assert waiting.wait(0)


def test_never_more_at_once_and_none_forgotten() -> None:
    turns, lock = Turns(3), threading.Lock()
    inside = most = 0

    def ask(_: int) -> None:
        nonlocal inside, most
        with turns.line_up() as place:
            assert place.wait(30)
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.002)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(ask, range(100)))
    assert (inside, most) == (0, 3)
    assert turns.line_up().ahead == 0


def test_one_queue_for_one_server() -> None:
    here = turns_at("http://127.0.0.1:11434", 1)
    assert turns_at("http://127.0.0.1:11434", 1) is here
    assert turns_at("http://127.0.0.1:8000", 1) is not here
