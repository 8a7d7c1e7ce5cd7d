"""Questions that a model drafts from pieces of the documents, each held against the piece before anybody sees it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Final

from rag.answering.context import SMALLEST_WINDOW
from rag.answering.generate import closing_stream
from rag.core.errors import Truncated
from rag.core.golden import Source
from rag.core.messages import messages
from rag.core.ports import ChatModel
from rag.core.prompts import load
from rag.core.text import QUESTION_MARKS
from rag.core.types import Chunk, Document
from rag.evaluation.drafts import Draft, in_force
from rag.evaluation.metrics import states
from rag.store.catalog import Catalog

QUESTION_TOKENS: Final = 120
LONGEST_QUESTION: Final = 250
LONGEST_ANSWER: Final = 200
"""Characters; a longer answer is a text of its own, which no other answer will ever match."""
SHORTEST_PIECE: Final = 120
"""Characters of a piece that holds enough to ask for."""

_LINE: Final = re.compile(r"^\W*(QUESTION|ANSWER)\W*:\s*(.+)$", re.IGNORECASE | re.MULTILINE)
_DRESS: Final = " \t*`\"'“”«»"


def draft_with_model(catalog: Catalog, chat: ChatModel, per_document: int, max_window: int) -> Iterator[Draft]:
    """One question for each of some pieces of each document, those left out whose answer the piece does not say.

    Args:
        catalog: of the library.
        chat: writes the questions.
        per_document: pieces of each document at most, spread over it evenly.
        max_window: the largest context window asked of the model, in tokens.

    Raises:
        ModelError: the model cannot be used.
    """
    for document in in_force(catalog):
        chunks = [
            chunk for chunk in catalog.chunk_range(document.id, 0, document.chunks) if len(chunk.text) >= SHORTEST_PIECE
        ]
        for chunk in _spread(chunks, per_document):
            found = parse_reply(_reply(chat, document, chunk, max_window), chunk.text)
            if found is not None:
                yield Draft(*found, document, _page(chunk, found[1], catalog), Source.MODEL)


def parse_reply(reply: str, piece: str) -> tuple[str, str] | None:
    """Question and answer of a model's reply; None when it is no question or its answer does not stand in the piece."""
    said = {name.upper(): words.strip(_DRESS) for name, words in _LINE.findall(f"QUESTION: {reply.lstrip()}")}
    # A model that was not content with the beginning it was given says "QUESTION:" once more.
    question = re.sub(r"^QUESTION\W+", "", said.get("QUESTION", ""), flags=re.IGNORECASE)
    answer = said.get("ANSWER", "").strip(_DRESS + ".")
    asks = question.endswith(QUESTION_MARKS) and len(question) <= LONGEST_QUESTION
    says = 0 < len(answer) <= LONGEST_ANSWER and states(piece, answer)
    return (question, answer) if asks and says and not states(question, answer) else None


def _reply(chat: ChatModel, document: Document, chunk: Chunk, max_window: int) -> str:
    heading = " > ".join((document.title, *chunk.heading_path))
    fence = f"-----{secrets.token_hex(4)}-----"
    prompt = load("question").render(
        fence=fence,
        language=messages(document.language).language_name,
        passage=f"{fence}\n{heading}\n\n{chunk.text}\n{fence}",
    )
    window = min(SMALLEST_WINDOW, max_window, chat.window())
    reply = ""
    try:
        with closing_stream(chat.stream(prompt, window=window, max_tokens=QUESTION_TOKENS)) as source:
            for piece in source:
                reply = piece.text if piece.withdrawn else reply + piece.text
    except Truncated:
        # What is there of it is looked at as any other.
        return reply
    return reply


def _spread(chunks: Sequence[Chunk], most: int) -> list[Chunk]:
    if len(chunks) <= most:
        return list(chunks)
    return [chunks[place * len(chunks) // most] for place in range(most)]


def _page(chunk: Chunk, answer: str, catalog: Catalog) -> int:
    """The page of the span that says the answer."""
    for span in chunk.spans:
        text = catalog.page(chunk.document_id, span.page).text[span.start : span.end]
        if states(text, answer):
            return span.page
    return chunk.spans[0].page
