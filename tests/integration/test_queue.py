"""Many people asking one model server at the same time: fair, each with their place in sight, nothing lost or mixed."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from rag.build import Kitabu
from rag.core.events import Completed, Event, Searching, Token, Waiting
from rag.core.types import Answer, Turn
from rag.testing.behaviours import answering, failing, hanging, saying
from rag.testing.replay import ReplayServer, Reply
from rag.ui.jobs import AnswerJob
from tests.places import RECORDINGS

MakeLibrary = Callable[[Mapping[str, str]], Kitabu]
Reconfigure = Callable[..., Kitabu]
WARD = re.compile(r"ward (\d+)")
WARDS = {"wards.md": "".join(f"# Ward {n}\n\nIn ward {n} there are {n + 20} beds for patients.\n\n" for n in range(10))}


def bed_count(prompt: str) -> str:
    """What a good model would say to the question, which stands behind the passages."""
    ward = int(WARD.findall(prompt)[-1])
    return f"In ward {ward} there are {ward + 20} beds for patients [1]."


def question(ward: int) -> str:
    return f"How many beds for patients are there in ward {ward}?"


def test_ten_people_at_once_are_answered_in_the_order_in_which_they_asked(
    make_library: MakeLibrary, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    kitabu = with_model(make_library(WARDS), token_timeout=10.0, first_token_timeout=10.0)
    kitabu.engine.answer(question(0), model="none")
    inside, most, lock = 0, 0, threading.Lock()

    def one_at_a_time(reply: Reply) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        answering(bed_count, delay=0.01)(reply)
        with lock:
            inside -= 1

    ollama.script("/api/chat", one_at_a_time)
    lined_up, finished, seen = threading.Semaphore(0), list[int](), dict[int, list[Event]]()

    def ask(ward: int) -> None:
        events = seen[ward] = list[Event]()
        for event in kitabu.engine.ask(question(ward)):
            events.append(event)
            if len(events) == 1:
                # The next one asks when this one has its place: the generator goes on once the first event is taken.
                threading.Timer(0.05, lined_up.release).start()
        finished.append(ward)

    with ThreadPoolExecutor(10) as pool:
        for ward in range(10):
            pool.submit(ask, ward)
            lined_up.acquire()
    assert most == 1
    assert finished == list(range(10))
    for ward, events in seen.items():
        assert isinstance(events[-1], Completed)
        answer = events[-1].answer
        assert f"{ward + 20} beds" in answer.text
        assert (answer.model, answer.notices) == ("smollm2:135m", ())
        assert "".join(event.text for event in events if isinstance(event, Token)).count("beds") == 1
        places = [event.ahead or 0 for event in events if isinstance(event, Waiting)]
        assert places == sorted(places, reverse=True)
        assert not places or (places[-1] == 0 and answer.timings["waiting"] > 0)
    assert max(event.ahead or 0 for event in seen[9] if isinstance(event, Waiting)) > 1


def test_whoever_leaves_the_queue_makes_room(
    make_library: MakeLibrary, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    kitabu = with_model(make_library(WARDS), token_timeout=10.0, first_token_timeout=10.0)
    ollama.script("/api/chat", answering(bed_count))
    ahead = kitabu.chooser.chat(None).turns.line_up()
    impatient = kitabu.engine.ask(question(1))
    patient = kitabu.engine.ask(question(2))
    assert any(isinstance(event, Waiting) for event in impatient)
    assert next(event.ahead for event in patient if isinstance(event, Waiting)) == 2
    impatient.close()  # type: ignore[attr-defined]
    ahead.leave()
    *_, last = patient
    assert "22 beds" in last.answer.text


def test_a_question_that_is_stopped_before_the_first_word_lets_the_next_in(
    make_library: MakeLibrary, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    kitabu = with_model(make_library(WARDS), token_timeout=60.0, first_token_timeout=60.0)
    ollama.script("/api/chat", hanging())
    kept: list[Answer] = []
    job = AnswerJob("turn", question(1), lambda: kitabu.engine.ask(question(1)), kept.append, lambda _: None)
    job.start()
    while not ollama.asked("/api/chat"):
        time.sleep(0.01)
    with kitabu.chooser.chat(None).turns.line_up() as next_one:
        assert not next_one.wait(0.0)
        job.stop()
        assert next_one.wait(5.0)
    assert ollama.asked("/api/chat")[-1].disconnected.wait(1.0)
    assert [answer.text for answer in kept] == [""]


def test_a_follow_up_keeps_its_place_for_all_that_the_model_is_asked(
    make_library: MakeLibrary, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    kitabu = with_model(make_library(WARDS), token_timeout=10.0, first_token_timeout=10.0)
    ollama.script("/api/chat", saying(question(4)), answering(bed_count))
    turns = kitabu.chooser.chat(None).turns
    behind: list[int] = []
    events = kitabu.engine.ask("And in ward 4?", history=[Turn(question(3), "23 beds [1].")])
    assert [next(events), next(events)] == [Searching("And in ward 4?", 10), Searching(question(4), 10)]
    other = turns.line_up()
    for event in events:
        behind.append(other.ahead)
        if isinstance(event, Completed):
            assert "24 beds" in event.answer.text
    assert set(behind[:-1]) == {1}
    assert len(ollama.asked("/api/chat")) == 2
    assert other.wait(0)


def test_a_server_whose_own_queue_is_full_is_waited_for_in_sight(
    make_library: MakeLibrary, with_model: Reconfigure, ollama: ReplayServer
) -> None:
    kitabu = with_model(make_library(WARDS), first_token_timeout=20.0)
    busy = failing(503, "server busy, please try again. maximum pending requests exceeded")
    ollama.script("/api/chat", busy, busy, answering(bed_count))
    events = list(kitabu.engine.ask(question(5)))
    assert [event for event in events if isinstance(event, Waiting)] == [Waiting(None), Waiting(None)]
    assert "25 beds" in events[-1].answer.text
    assert events[-1].answer.notices == ()


def test_a_server_that_restarts_before_the_first_word_costs_a_moment_only(
    make_library: MakeLibrary, with_model: Reconfigure
) -> None:
    with ReplayServer(RECORDINGS) as first:
        kitabu = with_model(make_library(WARDS), ollama_url=first.url, first_token_timeout=20.0)
        kitabu.chooser.chat(None).window()
        first.script("/api/chat", hanging())
        answers: list[str] = []
        thread = threading.Thread(target=lambda: answers.append(kitabu.engine.answer(question(6)).text))
        thread.start()
        while not first.asked("/api/chat"):
            time.sleep(0.01)
        port = first.port
    with ReplayServer(RECORDINGS, port=port) as second:
        second.script("/api/chat", answering(bed_count))
        thread.join(30)
    assert ["26 beds" in text for text in answers] == [True]
