"""An answer made of what the documents say, word for word, without a model."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from rag.answering.denied import denied_first
from rag.answering.draft import AnswerDraft
from rag.answering.evidence import RankedUnit
from rag.answering.extract import compose, plain_text
from rag.answering.named_row import weighed
from rag.answering.question import Question, naming
from rag.answering.refusal import answerable, refuse
from rag.answering.screen import without_orders
from rag.answering.several import answered_parts, compose_parts
from rag.answering.versions import prefer_current
from rag.core.config import Caution
from rag.core.events import Checked, Event, Token
from rag.core.types import Sentence
from rag.retrieval.parts import parts_to_answer
from rag.searching import Found


def quoted(draft: AnswerDraft, found: Found, chunks: int, named: str, caution: Caution) -> Iterator[Event]:
    """Quote the best of `found` into the draft, or refuse.

    Args:
        draft: its sentences or its refusal are set.
        found: for the draft's question; its passages are those of the draft.
        chunks: how many were searched, for a refusal.
        named: what a follow-up is about, see `rewrite`; "" for a question that stands alone.
        caution: how sure it must be that the documents answer.
    """
    begun = time.perf_counter()
    question, ranker = naming(found.questions[0], named), found.ranker
    draft.sentences = [] if named else _parts(draft, found, caution)
    if not draft.sentences:
        ranked = without_orders(ranker.rank(question, draft.passages))
        if not ranked or not answerable(weighed(ranker, question, ranked), caution):
            draft.refusal = refuse(draft.language, draft.passages, chunks, ranked)
            return
        draft.sentences = compose(question, denied_first(question, prefer_current(ranked, found.result.named)))
    draft.timings["answer"] = time.perf_counter() - begun
    for sentence in draft.sentences:
        yield Token(plain_text([sentence]) + sentence.separator)
        yield Checked(sentence)


def _parts(draft: AnswerDraft, found: Found, caution: Caution) -> list[Sentence]:
    """The answer to a question that asks several things; nothing where it asks one, or none of them is answered."""
    language = found.questions[0].language
    pieces = parts_to_answer(draft.searched, language)

    def rank(question: Question) -> Sequence[RankedUnit]:
        return without_orders(found.ranker.rank(question, draft.passages))

    asked = answered_parts(pieces, language, found.ranker, rank, caution)
    asked = [part._replace(ranked=prefer_current(part.ranked, found.result.named)) for part in asked]
    return compose_parts(asked, draft.language) if any(part.ranked for part in asked) else []
