"""The queue of jobs, conversations and feedback, and answers as JSON."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.core.dialogue import Clarification, Meaning
from rag.core.errors import DocumentNotFound
from rag.core.filters import Filter
from rag.core.fingerprint import Fingerprint
from rag.core.serialise import from_json, to_json
from rag.core.types import (
    Answer,
    Block,
    BlockKind,
    Chunk,
    Citation,
    Document,
    Page,
    ParsedDocument,
    Passage,
    Refusal,
    Sentence,
    Span,
    Support,
    Usage,
)
from rag.store.catalog import Catalog, Place
from rag.store.conversations import Conversations
from rag.store.jobs import KEPT, Jobs, JobState


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.open(tmp_path / "catalog.sqlite")


def add(catalog: Catalog, text: str, path: str = "", name: str = "") -> Document:
    document_id = hashlib.sha256(text.encode()).hexdigest()
    span = Span(1, 0, len(text))
    document = Document(document_id, name or f"{text}.txt", "text/plain", text, "en", 1, 1, 1, 0.0)
    parsed = ParsedDocument("text/plain", text, (Page(1, text),), (Block(BlockKind.PARAGRAPH, span),))
    chunk = Chunk(f"{document_id}:0", document_id, 0, (), (span,), text)
    catalog.put(
        document, parsed, [chunk], np.ones((1, 1), dtype=np.float32), Fingerprint("e", "d", 1, "", "", "", "c"),
        Place(path or text, document_id, 1, 1),
    )  # fmt: skip
    return document


def answer_from(*documents: Document) -> Answer:
    citations = tuple(Citation(f"[{i}]", d.id, d.name, Span(1, 0, 4), d.title, True) for i, d in enumerate(documents))
    passages = tuple(
        Passage(
            f"[{i}]", d, ("A",), (Span(1, 0, 4),), d.title,
            (Block(BlockKind.TITLE, Span(1, 0, 4)),), 0.5, 0.25, ("c",), {"dense": 0.5},
        )
        for i, d in enumerate(documents)
    )  # fmt: skip
    sentence = Sentence("Said.", Support.SUPPORTED, citations, "", ((0, 2),), "\n")
    refusal = Refusal("not_in_documents", "No.", citations, 3)
    return Answer(
        "q", "q?", "en", "Said.", (sentence,), citations, passages, refusal, "none", Usage(1, 2, 3), {"total": 1.0}
    )


def test_jobs_run_in_order_and_once(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    assert jobs.claim() is None
    ids = [jobs.enqueue("ingest", {"path": f"/{i}\n"}) for i in range(40)]
    claimed: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        while job := jobs.claim():
            with lock:
                claimed.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == ids
    assert [job.id for job in jobs.recent(2)] == ids[:-3:-1]


def test_life_of_a_job(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    done, failed = jobs.enqueue("ingest", {"path": "/a"}), jobs.enqueue("ingest", {"path": "/b"})
    claimed = jobs.claim()
    assert claimed is not None
    assert (claimed.id, claimed.payload, claimed.state) == (done, {"path": "/a"}, JobState.RUNNING)
    jobs.progress(done, {"done": 1})
    assert jobs.get(done).progress == {"done": 1}
    jobs.finish(done, {"files": []})
    jobs.finish(done, {"files": ["late"]})
    assert (jobs.get(done).state, jobs.get(done).result) == (JobState.DONE, {"files": []})
    jobs.claim()
    jobs.fail(failed, "damaged", "It is damaged.", "Save it again.")
    job = jobs.get(failed)
    assert (job.state, job.code, job.message, job.hint) == ("failed", "damaged", "It is damaged.", "Save it again.")
    with pytest.raises(DocumentNotFound):
        jobs.get(99)


def test_cancelling(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    running, waiting = jobs.enqueue("a", {}), jobs.enqueue("b", {})
    jobs.claim()
    assert not jobs.cancelled(running)
    jobs.cancel(running)
    jobs.cancel(waiting)
    assert jobs.cancelled(running)
    assert jobs.get(running).state is JobState.RUNNING
    assert jobs.get(waiting).state is JobState.CANCELLED
    assert jobs.claim() is None
    jobs.finish(running, {})
    assert jobs.get(running).state is JobState.CANCELLED


def test_a_paused_job_waits_until_it_is_resumed(catalog: Catalog, tmp_path: Path) -> None:
    jobs = Jobs(catalog)
    running, waiting, other = (jobs.enqueue(kind, {}) for kind in "abc")
    jobs.claim()
    assert jobs.going_on(running)
    jobs.pause(running)
    jobs.pause(waiting)
    assert not jobs.going_on(running)
    jobs.keep(running, {"files": ["half"]})
    catalog.close()
    jobs = Jobs(Catalog.open(tmp_path / "catalog.sqlite"))
    assert jobs.requeue_interrupted() == 0
    assert [jobs.get(i).state for i in (running, waiting)] == [JobState.PAUSED] * 2, "a restart changes nothing"
    assert [job.id for job in jobs.recent(open_only=True)] == [other, waiting, running]
    claimed = jobs.claim()
    assert claimed is not None
    assert (claimed.id, jobs.claim()) == (other, None)
    jobs.resume(waiting)
    jobs.resume(running)
    jobs.resume(other)
    again = jobs.claim()
    assert again is not None
    assert (again.id, again.result) == (running, {"files": ["half"]}), "in its old place, with what it had done"
    assert jobs.get(other).state is JobState.RUNNING
    jobs.pause(waiting)
    jobs.cancel(waiting)
    assert jobs.get(waiting).state is JobState.CANCELLED


def test_a_job_that_was_done_before_its_pause_was_seen_is_done(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    job = jobs.enqueue("delete", {})
    jobs.claim()
    jobs.pause(job)
    jobs.finish(job, {"name": "a"})
    assert jobs.get(job).state is JobState.DONE


def test_a_paused_queue_lets_only_short_work_run(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    running = jobs.enqueue("ingest", {})
    jobs.claim(pausable=["ingest"])
    jobs.pause_queue()
    assert jobs.queue_paused()
    assert not jobs.going_on(running)
    jobs.put_back(running)
    assert jobs.claim(pausable=["ingest"]) is None
    delete = jobs.enqueue("delete", {})
    claimed = jobs.claim(pausable=["ingest"])
    assert claimed is not None
    assert claimed.id == delete
    jobs.pause(running)
    jobs.resume_queue()
    claimed = jobs.claim(pausable=["ingest"])
    assert claimed is not None
    assert (claimed.id, jobs.queue_paused()) == (running, False), "what was paused by itself goes on, too"


def test_what_comes_before_a_job(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    first, second, mine, later = (jobs.enqueue(kind, {}) for kind in "abcd")
    jobs.pause(first)
    jobs.claim()
    jobs.resume(first)
    assert [job.id for job in jobs.ahead_of(mine)] == [second, first]
    assert [job.id for job in jobs.ahead_of(later)] == [second, first, mine]
    assert [job.id for job in jobs.ahead_of(first)] == [second]


def test_interrupted_jobs_run_again_unless_cancelled(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    again, given_up = jobs.enqueue("a", {}), jobs.enqueue("b", {})
    jobs.claim()
    jobs.claim()
    jobs.cancel(given_up)
    assert jobs.requeue_interrupted() == 2
    assert [jobs.get(i).state for i in (again, given_up)] == [JobState.QUEUED, JobState.CANCELLED]


def test_open_jobs_are_listed_without_the_reports_of_finished_ones(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    done, running, waiting = (jobs.enqueue(kind, {}) for kind in "abc")
    jobs.claim()
    jobs.finish(done, {"files": []})
    jobs.claim()
    with catalog.database.writing() as connection:  # whoever parses this report fails
        connection.execute("UPDATE jobs SET result = 'no JSON' WHERE id = ?", (done,))
    assert [job.id for job in jobs.recent(open_only=True)] == [waiting, running]
    assert [job.id for job in jobs.recent(1, open_only=True)] == [waiting]


def test_only_the_newest_finished_jobs_are_kept(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    ids = [jobs.enqueue("a", {}) for _ in range(KEPT + 5)]
    jobs.pause(ids[0])
    for job_id in ids[1:]:
        jobs.cancel(job_id)
    last = jobs.enqueue("a", {})
    assert [job.id for job in jobs.recent(1000)] == [last, *ids[5:][::-1], ids[0]], "what waits is never dropped"


def test_conversation_is_kept(catalog: Catalog) -> None:
    conversations = Conversations(catalog)
    conversation = conversations.create("Vaccines")
    other = conversations.create()
    assert len(conversation.id) >= 20
    turn = conversations.add_turn(conversation.id, "Where?")
    conversations.save_partial(turn, "In the fr")
    stored = conversations.turns(conversation.id)[0]
    assert (stored.question, stored.text, stored.answer) == ("Where?", "In the fr", None)
    answer = answer_from(add(catalog, "one"))
    conversations.save_answer(turn, answer)
    conversations.save_partial(turn, "late")
    assert conversations.turn(turn) == conversations.turns(conversation.id)[0]
    assert conversations.turns(conversation.id)[0].answer == answer
    assert conversations.turns(conversation.id)[0].text == "Said."
    assert [c.id for c in conversations.recent()] == [other.id, conversation.id]
    conversations.delete(conversation.id)
    assert conversations.turns(conversation.id) == []
    assert conversations.get(conversation.id) is None
    with pytest.raises(DocumentNotFound):
        conversations.add_turn(conversation.id, "Still there?")


def test_feedback(catalog: Catalog) -> None:
    conversations = Conversations(catalog)
    turn = conversations.add_turn(conversations.create().id, "q")
    conversations.set_feedback(turn, 1)
    conversations.set_feedback(turn, -1, "wrong page")
    ((stored, feedback),) = conversations.feedback()
    assert (stored.id, feedback.value, feedback.comment) == (turn, -1, "wrong page")
    conversations.set_feedback(turn, 0)
    assert conversations.feedback() == []
    with pytest.raises(ValueError, match="feedback"):
        conversations.set_feedback(turn, 5)


def test_deleting_a_document_takes_its_quotes_out_of_kept_answers(catalog: Catalog) -> None:
    gone, stays = add(catalog, "gone"), add(catalog, "stays")
    conversations = Conversations(catalog)
    conversation = conversations.create()
    both, only = (conversations.add_turn(conversation.id, q) for q in ("both", "only"))
    conversations.save_answer(both, answer_from(gone, stays))
    conversations.save_answer(only, answer_from(stays))
    conversations.set_feedback(both, 1, "gone is right")
    conversations.set_feedback(only, 1)
    catalog.remove_document(gone.id)
    stored, untouched = conversations.turns(conversation.id)
    assert stored.answer is not None
    assert gone.id not in str(to_json(stored.answer))
    assert [passage.document for passage in stored.answer.passages] == [stays]
    assert (stored.question, stored.answer.text, stored.feedback) == ("both", "Said.", None)
    assert untouched.answer == answer_from(stays)
    assert untouched.feedback is not None
    # An answer made from passages found before the document went.
    late = conversations.add_turn(conversation.id, "late")
    conversations.save_answer(late, answer_from(gone, stays))
    kept = conversations.turn(late)
    assert kept is not None
    assert kept.answer is not None
    assert [citation.document_id for citation in kept.answer.citations] == [stays.id]


def test_deleting_a_document_takes_its_headings_out_of_questions_back(catalog: Catalog) -> None:
    gone, stays = add(catalog, "gone"), add(catalog, "stays")
    conversations = Conversations(catalog)
    turn = conversations.add_turn(conversations.create().id, "dose?")
    meanings = (Meaning("Secret heading", "dose (Secret heading)?", gone.id), Meaning("Open", "Open?", stays.id))
    asked = Clarification("Which one?", meanings)
    answer = replace(
        answer_from(gone, stays), sentences=(), refusal=None, text=asked.text, clarification=asked, thoughts="Secret?"
    )
    conversations.save_answer(turn, answer)
    catalog.remove_document(gone.id)
    stored = conversations.turn(turn)
    assert stored is not None
    assert stored.answer is not None
    assert "Secret" not in str(to_json(stored.answer))
    assert stored.text == stored.answer.text == "Which one?\n- Open"


def quoting(*documents: Document) -> Answer:
    """An answer of one quoted sentence for each document."""
    answer = answer_from(*documents)
    sentences = tuple(
        Sentence(f"Says {citation.quote}.", Support.SUPPORTED, (citation,), emphasis=((0, 4),))
        for citation in answer.citations
    )
    text = " ".join(f"{sentence.text} {sentence.citations[0].key}" for sentence in sentences)
    return replace(answer, text=text, sentences=sentences, refusal=None)


def test_no_words_of_a_deleted_document_stay_in_kept_answers_or_in_the_file(catalog: Catalog, tmp_path: Path) -> None:
    gone, stays = add(catalog, "Zanzibar"), add(catalog, "Mombasa")
    conversations = Conversations(catalog)
    conversation = conversations.create()
    turn = conversations.add_turn(conversation.id, "where")
    conversations.save_answer(turn, quoting(gone, gone, stays))
    catalog.remove_document(gone.id)
    stored = conversations.turn(turn)
    assert stored is not None
    assert stored.answer is not None
    note, rest = stored.answer.sentences
    assert "deleted" in note.text
    assert rest.text == "Says Mombasa."
    assert stored.text == stored.answer.text == f"{note.text} Says Mombasa. [2]"
    catalog.close()
    assert all(b"Zanzibar" not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_replaced_version_is_quoted_until_its_document_is_deleted(catalog: Catalog) -> None:
    """A new version of a file takes the old one's place; what was said from the old one stays said."""
    conversations = Conversations(catalog)
    conversation = conversations.create()
    turns: list[tuple[str, Answer]] = []
    for text in ("first", "second"):
        document = add(catalog, text, path="/rates.txt")
        answer = quoting(document)
        turns.append((conversations.add_turn(conversation.id, text), answer))
        conversations.save_answer(turns[-1][0], answer)
        conversations.set_feedback(turns[-1][0], 1)
    last = add(catalog, "third", path="/rates.txt")
    late = conversations.add_turn(conversation.id, "late")
    conversations.save_answer(late, turns[1][1])
    for stored, answer in zip(conversations.turns(conversation.id)[:2], (turns[0][1], turns[1][1]), strict=True):
        assert stored.answer == answer
        assert stored.feedback is not None
    kept = conversations.turn(late)
    assert kept is not None
    assert kept.answer == turns[1][1], "found before the change, kept after it"
    catalog.remove_document(last.id)
    for stored in conversations.turns(conversation.id):
        assert "Says" not in stored.text
        assert stored.feedback is None


# NaN is not equal to itself, and JSON text holds no lone surrogates.
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
# Not every text is a date.
st.register_type_strategy(
    Filter, st.builds(Filter, since=st.sampled_from(["", "2025-03-01"]), until=st.sampled_from(["", "2025-03-02"]))
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a loaded machine drawing takes seconds
@given(st.from_type(Answer))
def test_answers_survive_json(answer: Answer) -> None:
    assert from_json(Answer, json.loads(json.dumps(to_json(answer)))) == answer


def test_wrong_json_is_refused() -> None:
    wrong: tuple[object, ...] = (None, [], {"text": 5}, {"unknown": 1})
    for data in wrong:
        with pytest.raises(ValueError, match="Sentence"):
            from_json(Sentence, data)
