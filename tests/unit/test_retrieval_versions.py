"""The order of hits where documents have versions: the newest first, each paragraph once, nothing lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rag.core.types import Chunk, Document, Hit, Span, Standing
from rag.retrieval.versions import Candidates
from rag.store.versions import State
from rag.testing.embedding import HashEmbedder
from rag.testing.passages import make_document

VIAL = "An opened vial of polio vaccine is kept in the refrigerator for {} days and is then thrown away by the nurse."
FIRE = "If there is a fire leave the building by the nearest door and gather behind the kitchen near the water tank."


def document(name: str, dated: str) -> Document:
    return replace(make_document(name), dated=dated)


OLD, NEW, OTHER = document("rules a.txt", "2023-01-01"), document("rules b.txt", "2025-01-01"), document("x.txt", "")
DOCUMENTS = {one.id: one for one in (OLD, NEW, OTHER)}
STATES = {
    OLD.id: State(Standing.OLDER, (NEW.id,), (NEW.id,)),
    NEW.id: State(Standing.CURRENT, (), (OLD.id,)),
}


def candidates(*found: tuple[Document, str], question: str = "How long is an opened vial of polio kept?") -> Candidates:
    chunks = [
        Chunk(f"{owner.id}:{place}", owner.id, place, (), (Span(1, 0, len(text)),), text)
        for place, (owner, text) in enumerate(found)
    ]
    hits = [Hit(chunk, rank, 1.0 - 0.01 * rank) for rank, chunk in enumerate(chunks, start=1)]
    vectors = HashEmbedder(64).encode_document([chunk.text for chunk in chunks])
    return Candidates(question, "en", hits, vectors, STATES, DOCUMENTS.__getitem__)


def order(found: Candidates, k: int = 10) -> list[tuple[str, str]]:
    return [(DOCUMENTS[hit.chunk.document_id].name, hit.chunk.text) for hit in found.settle(k)]


def test_a_paragraph_of_two_versions_comes_once_from_the_newest() -> None:
    found = candidates((OLD, VIAL.format(28)), (OTHER, FIRE), (NEW, VIAL.format(14)))
    first, second = found.settle(10)
    assert (first.chunk.text, first.also_in, first.rank, first.score) == (VIAL.format(14), (OLD.id,), 1, 0.99)
    assert (second.chunk.text, second.also_in, second.rank) == (FIRE, (), 2)


def test_an_older_one_that_alone_has_a_word_of_the_question_comes_right_behind() -> None:
    question = "Is an opened vial of polio kept for 28 days?"
    found = candidates((OLD, VIAL.format(28)), (OTHER, FIRE), (NEW, VIAL.format(14)), question=question)
    assert order(found) == [(NEW.name, VIAL.format(14)), (OLD.name, VIAL.format(28)), (OTHER.name, FIRE)]


def test_what_the_newest_does_not_say_stays_where_it_is() -> None:
    found = candidates((OLD, VIAL.format(28)), (OTHER, FIRE), (NEW, FIRE.upper()))
    assert order(found) == [(OLD.name, VIAL.format(28)), (OTHER.name, FIRE), (NEW.name, FIRE.upper())]


def test_a_paragraph_cut_in_two_by_the_newest_is_the_same_paragraph() -> None:
    found = candidates((OLD, f"{VIAL.format(28)} {FIRE}"), (NEW, VIAL.format(14)), (NEW, FIRE))
    assert sorted(order(found)) == [(NEW.name, VIAL.format(14)), (NEW.name, FIRE)]


def test_the_older_one_may_be_asked_for_by_its_name() -> None:
    found = candidates((OLD, VIAL.format(28)), (NEW, VIAL.format(14)), question="What did the vial rule say in 2023?")
    assert not found.stands_back(OLD.id)
    assert order(found) == [(OLD.name, VIAL.format(28)), (NEW.name, VIAL.format(14))]


def test_the_passage_of_the_newest_is_asked_for_where_the_search_did_not_find_it() -> None:
    found = candidates((OLD, VIAL.format(28)), (OTHER, FIRE), (NEW, FIRE))
    old = found.hits[0].chunk
    assert found.missing() == {NEW.id: [old.id]}
    chunk = replace(old, id="new", document_id=NEW.id, text=VIAL.format(14))
    vectors = HashEmbedder(64).encode_document([chunk.text])
    more = found.extended([Hit(chunk, 0, 0.0)], vectors)
    assert more.missing() == {}
    assert order(more) == [(NEW.name, VIAL.format(14)), (OTHER.name, FIRE), (NEW.name, FIRE)]
    unasked = candidates((OTHER, FIRE)).extended([Hit(chunk, 0, 0.0)], vectors)
    assert order(unasked) == [(OTHER.name, FIRE)]


TEXTS = st.sampled_from([VIAL.format(28), VIAL.format(14), FIRE, f"{VIAL.format(28)} {FIRE}"])
FOUND = st.lists(st.tuples(st.sampled_from([OLD, NEW, OTHER]), TEXTS), max_size=12)


@given(FOUND, st.integers(1, 12))
def test_nothing_is_lost_but_what_is_noted(found: list[tuple[Document, str]], k: int) -> None:
    given = candidates(*found)
    hits = given.settle(k)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.chunk.id for hit in hits}) == len(hits) <= k
    every = given.settle(len(found) + 1)
    lost = {hit.chunk.id for hit in given.hits} - {hit.chunk.id for hit in every}
    noted = {older for hit in every for older in hit.also_in}
    assert {chunk_id.rpartition(":")[0] for chunk_id in lost} == noted
    assert all(DOCUMENTS[older] is OLD for older in noted)
    assert np.isfinite([hit.score for hit in hits]).all()
