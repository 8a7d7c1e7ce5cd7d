"""Answers in the making: they outlive the page, stop when asked, and keep what came."""

import threading
import time
from collections.abc import Iterator

from rag.core.errors import ServerUnreachable, StoreUnavailable
from rag.core.types import Answer, Checked, Completed, Event, PassagesFound, Searching, Sentence, Support, Token, Usage
from rag.ui import strings
from rag.ui.jobs import AnswerJob, AnswerJobs

FIRST = Sentence("A vial is kept for 28 days.", Support.SUPPORTED)
WHOLE = Answer("Q?", "Q?", "en", "Yes.", (), (), (), None, "none", Usage(), {})
WAIT = 10.0


class Kept:
    """Where a job's answer goes."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.words: list[str] = []


def make(events: Iterator[Event], kept: Kept) -> AnswerJob:
    return AnswerJob("turn", "Q?", lambda: events, kept.answers.append, kept.words.append)


def test_a_whole_answer_is_kept_once() -> None:
    kept = Kept()
    job = make(iter([Searching("Q?", 1204), PassagesFound(()), Token("Yes."), Completed(WHOLE)]), kept)
    job.start()
    assert job.wait(WAIT)
    job.stop()
    assert kept.answers == [WHOLE]
    assert job.progress().done


def test_stop_keeps_what_came_and_closes_the_stream() -> None:
    closed, waiting = threading.Event(), threading.Event()

    def events() -> Iterator[Event]:
        try:
            yield Searching("Q searched?", 5)
            yield Token("A vial is kept for 28 days. [1] ")
            yield Checked(FIRST)
            yield Token("Write the da")
            waiting.set()
            while True:
                time.sleep(0.01)
                yield Token("")
        finally:
            closed.set()

    kept = Kept()
    job = make(events(), kept)
    job.start()
    assert waiting.wait(WAIT)
    job.stop()
    assert job.progress().done
    (answer,) = kept.answers
    assert answer.searched_question == "Q searched?"
    assert answer.notices == (strings.STOPPED,)
    assert [sentence.text for sentence in answer.sentences] == [FIRST.text, "Write the da"]
    assert not answer.sentences[1].supported
    assert closed.wait(WAIT)


def test_a_stop_does_not_wait_for_a_model_that_is_silent() -> None:
    silent = threading.Event()

    def events() -> Iterator[Event]:
        yield Searching("Q?", 1)
        silent.wait(WAIT)
        yield Completed(WHOLE)

    kept = Kept()
    job = make(events(), kept)
    job.start()
    started = time.monotonic()
    job.stop()
    assert time.monotonic() - started < 1
    silent.set()
    assert [answer.notices for answer in kept.answers] == [(strings.STOPPED,)]


def test_a_job_is_done_only_when_its_answer_is_stored() -> None:
    storing, stored = threading.Event(), threading.Event()

    def store(answer: Answer) -> None:
        storing.set()
        stored.wait(WAIT)

    job = AnswerJob("turn", "Q?", lambda: iter([Completed(WHOLE)]), store, Kept().words.append)
    job.start()
    assert storing.wait(WAIT)
    assert not job.progress().done
    stored.set()
    assert job.wait(WAIT)
    assert job.progress().done


def test_an_error_before_the_first_word_is_shown_and_nothing_kept() -> None:
    def events() -> Iterator[Event]:
        yield Searching("Q?", 1)
        raise ServerUnreachable("Nothing answers.", "Start it.")

    kept = Kept()
    job = make(events(), kept)
    job.start()
    assert job.wait(WAIT)
    assert isinstance(job.progress().error, ServerUnreachable)
    assert kept.answers == []


def test_an_error_later_keeps_the_words() -> None:
    def events() -> Iterator[Event]:
        yield Token("Half an ans")
        raise ServerUnreachable("Nothing answers.", "Start it.")

    kept = Kept()
    job = make(events(), kept)
    job.start()
    assert job.wait(WAIT)
    (answer,) = kept.answers
    assert answer.text == "Half an ans"
    assert "Nothing answers." in answer.notices[0]


def test_an_answer_that_cannot_be_stored_says_so() -> None:
    def refuse(answer: Answer) -> None:
        raise StoreUnavailable("The disk is full.", "Make room.")

    job = AnswerJob("turn", "Q?", lambda: iter([Completed(WHOLE)]), refuse, Kept().words.append)
    job.start()
    assert job.wait(WAIT)
    assert isinstance(job.progress().error, StoreUnavailable)


def test_jobs_are_found_again_by_their_conversation() -> None:
    release = threading.Event()

    def events() -> Iterator[Event]:
        yield Token("word")
        release.wait(WAIT)

    kept, jobs = Kept(), AnswerJobs()
    jobs.start("a", make(events(), kept))
    assert jobs.running("a")
    assert not jobs.running("b")
    jobs.stop_all()
    assert not jobs.running("a")
    release.set()
    assert len(kept.answers) == 1
