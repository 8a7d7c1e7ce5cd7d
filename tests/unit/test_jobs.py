"""The queue of jobs, conversations and feedback, and answers as JSON."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.errors import DocumentNotFound
from rag.core.serialise import from_json, to_json
from rag.core.types import (
    Answer,
    Block,
    BlockKind,
    Chunk,
    Citation,
    Document,
    Fingerprint,
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
from rag.store.jobs import Jobs, JobState


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.open(tmp_path / "catalog.sqlite")


def add(catalog: Catalog, text: str) -> Document:
    document_id = hashlib.sha256(text.encode()).hexdigest()
    span = Span(1, 0, len(text))
    document = Document(document_id, f"{text}.txt", "text/plain", text, "en", 1, 1, 1, 0.0)
    parsed = ParsedDocument("text/plain", text, (Page(1, text),), (Block(BlockKind.PARAGRAPH, span),))
    chunk = Chunk(f"{document_id}:0", document_id, 0, (), (span,), text)
    catalog.put(
        document, parsed, [chunk], np.ones((1, 1), dtype=np.float32), Fingerprint("e", "d", 1, "", "", "", "c"),
        Place(text, document_id, 1, 1),
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


def test_interrupted_jobs_run_again_unless_cancelled(catalog: Catalog) -> None:
    jobs = Jobs(catalog)
    again, given_up = jobs.enqueue("a", {}), jobs.enqueue("b", {})
    jobs.claim()
    jobs.claim()
    jobs.cancel(given_up)
    assert jobs.requeue_interrupted() == 2
    assert [jobs.get(i).state for i in (again, given_up)] == [JobState.QUEUED, JobState.CANCELLED]


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


# NaN is not equal to itself, and JSON text holds no lone surrogates.
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@given(st.from_type(Answer))
def test_answers_survive_json(answer: Answer) -> None:
    assert from_json(Answer, json.loads(json.dumps(to_json(answer)))) == answer


def test_wrong_json_is_refused() -> None:
    wrong: tuple[object, ...] = (None, [], {"text": 5}, {"unknown": 1})
    for data in wrong:
        with pytest.raises(ValueError, match="Sentence"):
            from_json(Sentence, data)
