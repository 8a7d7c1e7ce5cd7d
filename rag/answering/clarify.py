"""A question back, when a question is so short that it fits several things in the documents about equally well.

Decided from what the search found, before a model is asked, and seldom: an answer that was not wanted costs a glance, a
question back costs a turn. Two places in one document are no reason, since an answer tells both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rag.answering.question import Question
from rag.core.dialogue import Clarification, Meaning
from rag.core.messages import messages
from rag.core.text import terms, tokens, without_numbering
from rag.core.types import Passage, Turn

VAGUE_TERMS: Final = 2
"""Questions with more content words than this are never asked back; those with so many only where they are no more
than these words ("How long?"): a whole sentence says what it wants."""
NEAR: Final = (0.7, 0.9)
"""For questions of one and of two content words: a place is as near as the best when its score is at least this share
of the best one's. Two words say much more than one."""
AS_NEAR: Final = 0.9
"""The same where there are only two places, in different documents, for one content word."""
LIKE_WORDS: Final = 0.9
LIKE_MEANING: Final = 0.1
"""Or, for one content word, its words count for at least this share of the best one's, and its cosine is at most so
much lower: among few passages the fused score, scaled between the best and the worst, makes much of little."""
MOST: Final = 4
"""Meanings offered. These were set on short questions to the sample documents, so that none of the tune half of
sample_docs/golden.jsonl is asked back."""
ALL: Final = 0.99
"""Of the question's information, what a place must mention to be a meaning: all, but for rounding."""
_MARKS: Final = "?？؟;"


def ask_back(
    question: Question, passages: Sequence[Passage], coverage: Callable[[Passage], float], history: Sequence[Turn]
) -> Clarification | None:
    """The question back, or None when the question is to be answered.

    Args:
        question: as it was searched, so with what a follow-up goes on from.
        passages: best first.
        coverage: share of the question's information that a passage mentions, 0 to 1.
        history: earlier turns, oldest first; what is said behind a question back is not asked back again.
    """
    if not 0 < len(question.weights) <= VAGUE_TERMS or (history and history[-1].asked_back):
        return None
    if len(question.weights) > 1 and len(tokens(question.text)) > VAGUE_TERMS:
        return None
    near = _nearest(question, passages, coverage)
    places = {(passage.document.id, passage.heading_path): passage for passage in near}
    found = list(places.values())
    if len(found) < 2 or _names_one(question, found):
        return None
    if len(found) == 2 and not _two_things(question, *found):
        return None
    meanings = tuple(_meaning(question, passage, found[:MOST]) for passage in found[:MOST])
    return Clarification(messages(question.language).several, meanings)


def _two_things(question: Question, one: Passage, other: Passage) -> bool:
    """Whether two places are reason enough: a single word, two documents, and hardly a difference."""
    apart = one.document.id != other.document.id
    near = other.score >= AS_NEAR * one.score or _alike(other, one)
    return len(question.weights) == 1 and apart and near


def _nearest(question: Question, passages: Sequence[Passage], coverage: Callable[[Passage], float]) -> list[Passage]:
    """Those about as near as the best one that say all that is asked for; none when the best one does not."""
    if not passages or coverage(passages[0]) < ALL:
        return []
    best, single = passages[0], len(question.weights) == 1
    least = NEAR[0 if single else 1] * best.score
    return [
        passage
        for passage in passages
        if (passage.score >= least or (single and _alike(passage, best))) and coverage(passage) >= ALL
    ]


def _alike(passage: Passage, best: Passage) -> bool:
    words, most = passage.origin.get("keyword", 0.0), best.origin.get("keyword", 0.0)
    return 0.0 < LIKE_WORDS * most <= words and passage.similarity >= best.similarity - LIKE_MEANING


def _names_one(question: Question, places: Sequence[Passage]) -> bool:
    """Whether the question is what the best place is called, and no other one: "hours?" and "Opening hours"."""
    named = [question.weights.keys() <= set(terms(_heading(passage), passage.document.language)) for passage in places]
    return named[0] and sum(named) == 1


def _meaning(question: Question, passage: Passage, among: Sequence[Passage]) -> Meaning:
    heading = _heading(passage)
    label = heading
    if (
        any(_heading(other) == heading for other in among if other is not passage)
        or len({other.document.id for other in among}) > 1
    ):
        label = " › ".join(dict.fromkeys((_above(passage), heading)))
    if heading.endswith(tuple(_MARKS)):
        return Meaning(label, heading, passage.document.id)
    asked = question.text.rstrip(f"{_MARKS} ")
    mark = question.text[len(asked) :].strip()
    context = " › ".join(dict.fromkeys((_above(passage), heading)))
    return Meaning(label, f"{asked} ({context}){mark}", passage.document.id)


def _heading(passage: Passage) -> str:
    """What the place is called: its heading, or its document's title."""
    named = passage.heading_path[-1] if passage.heading_path else passage.document.title or passage.document.name
    return without_numbering(named)


def _above(passage: Passage) -> str:
    """What its heading stands under: the heading above, or the document's title."""
    named = passage.heading_path[-2] if len(passage.heading_path) > 1 else passage.document.title
    return without_numbering(named or passage.document.name)
