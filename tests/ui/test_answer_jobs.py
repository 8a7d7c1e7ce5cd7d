"""Answers in the making: they outlive the page, stop when asked, and keep what came."""

import threading
import time
from collections.abc import Iterator

from rag.core.errors import ServerUnreachable, StoreUnavailable
from rag.core.events import (
    Checked,
    Completed,
    Event,
    PassagesFound,
    Repaired,
    Repairing,
    Searching,
    Thinking,
    Token,
    Waiting,
    Withdrawn,
)
from rag.core.types import Answer, Sentence, Support, Usage
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


def test_a_repaired_sentence_takes_the_place_of_the_old_one() -> None:
    wrong, right = Sentence("It is 9 hours.", Support.CONTRADICTED), Sentence("It is 7 hours.", Support.SUPPORTED)
    waiting, stages = threading.Event(), list[str]()

    def events() -> Iterator[Event]:
        yield Token(f"{FIRST.text} It is 9 hours [2]. And so on.")
        yield Checked(FIRST)
        yield Checked(wrong)
        yield Repairing(1)
        stages.append(job.progress().stage)
        assert job.progress().sentences == (FIRST, wrong)
        yield Repaired(1, wrong, right)
        waiting.set()
        threading.Event().wait(WAIT / 10)
        yield Completed(WHOLE)

    kept = Kept()
    job = make(events(), kept)
    job.start()
    assert waiting.wait(WAIT)
    job.stop()
    assert stages == [strings.repairing(1)]
    (answer,) = kept.answers
    assert answer.text == f"{FIRST.text} {right.text} And so on."
    assert answer.sentences[:2] == (FIRST, right)
    assert [sentence.text for sentence in answer.sentences[2:]] == ["And so on."]


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


def test_while_the_model_thinks_the_screen_says_so_and_its_thoughts_are_kept() -> None:
    thinking, answering = threading.Event(), threading.Event()

    def events() -> Iterator[Event]:
        yield PassagesFound(())
        yield Thinking("Hm. ")
        thinking.set()
        answering.wait(WAIT)
        yield Token("Yes.")
        yield Thinking("Sure.")

    kept = Kept()
    job = make(events(), kept)
    job.start()
    assert thinking.wait(WAIT)
    assert job.progress().stage == strings.THINKING
    assert job.progress().words == ""
    answering.set()
    assert job.wait(WAIT)
    (answer,) = kept.answers
    assert (answer.text, answer.thoughts) == ("Yes.", "Hm. Sure.")


def test_words_that_were_thought_are_taken_off_the_screen() -> None:
    withdrawn, answering = threading.Event(), threading.Event()

    def events() -> Iterator[Event]:
        yield PassagesFound(())
        yield Token("Hm, perhaps not.")
        yield Checked(FIRST)
        yield Withdrawn()
        yield Thinking("Hm, perhaps not.")
        withdrawn.set()
        answering.wait(WAIT)
        yield Token("Yes.")

    kept = Kept()
    job = make(events(), kept)
    job.start()
    assert withdrawn.wait(WAIT)
    assert (job.progress().words, job.progress().sentences) == ("", ())
    answering.set()
    assert job.wait(WAIT)
    (answer,) = kept.answers
    assert (answer.text, answer.thoughts) == ("Yes.", "Hm, perhaps not.")


def test_while_others_are_answered_first_the_screen_says_how_many() -> None:
    stages: list[str] = []

    def events() -> Iterator[Event]:
        for event in (Waiting(2), Waiting(1), Waiting(0), PassagesFound(()), Waiting(None), Token("Yes.")):
            yield event
            stages.append(job.progress().stage)

    kept = Kept()
    job = make(events(), kept)
    job.start()
    assert job.wait(WAIT)
    reading = strings.reading(0, 0)
    assert stages == [
        "Waiting. 2 questions are answered first.",
        "Waiting. 1 question is answered first.",
        strings.STARTING,
        reading,
        "The model server is busy. This question waits for it.",
        reading,
    ]
