"""Words of the page where people ask, of the sources beside it, and of what is said while an answer is made."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

from rag.core.dialogue import WindowUse
from rag.ui.strings.general import (
    SHEETS,
    SLIDES,
    counted,
    day,
    documents_count,
    isolated,
    language,
    listed,
    number,
    passages_count,
    per_cent,
)
from rag.ui.strings.translation import said, translate, writing

ASK_PLACEHOLDER: Final = "Ask your documents"
NEW_CONVERSATION: Final = "New conversation"
EARLIER: Final = "Earlier conversations"
NO_EARLIER: Final = "Conversations are kept here, on this computer."
EMPTY_TITLE: Final = "What do you want to know?"
EMPTY_LIBRARY: Final = "The library is empty"
EMPTY_LIBRARY_TEXT: Final = "Add documents first. They stay on this computer."
LIBRARY_FILLING: Final = "Documents are being read. Questions can be asked as soon as the first one is ready."
GO_TO_LIBRARY: Final = "Add documents"
CAN_ANSWER: Final = "Questions these documents can answer"
STOP: Final = "Stop"
STILL_ANSWERING: Final = "The last question is still being answered"
RENAME_CONVERSATION: Final = "Rename this conversation"
CONVERSATION_TITLE: Final = "Title of the conversation"
RENAME_YES: Final = "Rename it"
DELETE_CONVERSATION: Final = "Delete this conversation"
DELETE_CONVERSATION_TITLE: Final = "Delete this conversation?"
DELETE_CONVERSATION_TEXT: Final = "Its questions and answers are gone afterwards. The documents stay."
STOPPED: Final = "Stopped. What had come is kept."
NOT_CHECKED: Final = "the sentence broke off before it could be checked"
ASK_AGAIN: Final = "Ask again"
INTERRUPTED: Final = "The answer broke off before it was complete. What had come is kept."
STARTING: Final = "Starting"
ANSWER: Final = "Answer"
KEPT_TO_TEXT: Final = "The next questions are answered from these documents only."
ALL_DOCUMENTS: Final = "All documents"
ALL_OF_THEM: Final = "all"
DOCUMENTS: Final = "Documents"
FOLDERS: Final = "Folders"
SINCE: Final = "Dated from"
UNTIL: Final = "Dated to"
DELETED_DOCUMENT: Final = "a deleted document"
SOURCES: Final = "Sources"
HOW_FOUND: Final = "how this was found"
COPY: Final = "copy"
COPIED: Final = "copied"
HELPFUL: Final = "This helped"
NOT_HELPFUL: Final = "This did not help"
CONTRADICTED: Final = "contradicted by the documents"
NOT_FOUND: Final = "not found in the documents"
NEAREST: Final = "What came nearest"
LOOK_UP: Final = "look it up"
OPEN_SOURCE: Final = "Open the source"
NO_CONVERSATION: Final = "This conversation is not on this computer"
NO_CONVERSATION_HINT: Final = (
    "The address may be incomplete, or the conversation was deleted. Ask a new question below."
)
MODEL_CHECKING: Final = "looking for a model"
MODEL_QUOTING_TITLE: Final = "Answers are quotations"
MODEL_QUOTING_TEXT: Final = (
    "No answering model is in use. Answers are the sentences of your documents that fit best, quoted word for word."
)
ANSWERING_BY_QUOTING: Final = "answering: by quotation"
MODEL_REMEDY: Final = "What to do:"
MODEL_OF_CONVERSATION: Final = "Chosen for this conversation."
MODEL_OF_EVERYBODY: Final = "Use the model for everybody again"
MODEL_PLACE_UNKNOWN: Final = "Where it runs is not known to Kitabu: the settings name a model of your own."
THINKING: Final = "The model is thinking. Its thoughts are no part of the answer."
EXPLAIN_SIMPLY: Final = "Explain simply"
IN_MY_LANGUAGE: Final = "In my language"
EXPLAINED_SIMPLY: Final = "Explained simply"
HOW_QUESTION: Final = "Searched for"
HOW_TRANSLATED: Final = "Also in the documents' languages, as the model put it"
HOW_PASSAGES: Final = "Passages, best first"
HOW_NO_PASSAGES: Final = "No passage was near enough."
HOW_WINDOW: Final = "What the model was given to read"
HOW_MODEL: Final = "Answered by"
HOW_PROMPT: Final = "Instructions to the model"
HOW_THOUGHTS: Final = "What the model thought first"
THOUGHTS_NOTE: Final = "No part of the answer, and not checked."
HOW_TIMES: Final = "Time taken"
QUOTED_BY: Final = "quotation, without a model"
TIMINGS: Final[Mapping[str, str]] = {
    "rewrite": "understanding the question",
    "translate": "putting it into the documents' languages",
    "search": "searching",
    "first_token": "until the first word",
    "answer": "answering",
    "repair": "correcting",
    "total": "in all",
}
DOCUMENT: Final = "Document"
CLOSE: Final = "Close"
PREVIOUS_PAGE: Final = "Previous page"
NEXT_PAGE: Final = "Next page"
NEXT_SOURCE: Final = "Next source"
NEXT_MARK: Final = "Next mark"
ZOOM_IN: Final = "Larger"
ZOOM_OUT: Final = "Smaller"
SAVE_ORIGINAL: Final = "Save the original file"
COMPARE: Final = "Compare with the picture."
OTHER_VERSION: Final = "Other version"
STANDINGS: Final[Mapping[str, str]] = {
    "older": "older version",
    "superseded": "superseded",
    "not_yet": "not yet in force",
}
"""What is said of a document that is not the one to go by."""
NOT_MARKED: Final = "The words could not be marked on the page. They read:"
ORIGINAL_GONE: Final = "The original file is no longer where it was read. This is its text."
NO_DOCUMENT: Final = "This document is not in the library"
NO_DOCUMENT_HINT: Final = "It may have been deleted. Search the library, or add it again."
NO_PAGE_TEXT: Final = "There is no text on this page."
PAGE_IMAGE_ONLY: Final = "This page is a picture without text, so it cannot be searched."
PAGE_FAILED: Final = "This page could not be read. The report card says why."


def all_documents(value: int) -> str:
    """What questions are answered from when nothing is chosen."""
    return counted(max(1, value), "One document", "All {n} documents")


def one_document(title: str) -> str:
    """What questions are answered from: one document."""
    return said("Only {document}", document=textwrap.shorten(title, 40, placeholder="…"))


def documents_left(left: int, total: int) -> str:
    """How many documents a choice leaves."""
    return counted(total, "{part} of {n} document", "{part} of {n} documents", part=number(left))


def kept_to(documents: list[str], languages: list[str], folders: list[str], since: str, until: str) -> str:
    """What an answer's search was kept to."""
    titles = listed([isolated(textwrap.shorten(title, 60, placeholder="…")) for title in documents])
    places = listed([isolated(folder) for folder in folders])
    parts = (
        titles,
        said("documents in {languages}", languages=listed(languages)) if languages else "",
        said("the folder {folders}", folders=places) if folders else "",
        said("dated from {date}", date=day(since)) if since else "",
        said("dated to {date}", date=day(until)) if until else "",
    )
    return said("Only {document}", document=writing().comma.join(part for part in parts if part))


def page(value: int, label: str = "", media_type: str = "") -> str:
    """A page as a source is cited: "p. 14", "slide 3", a sheet's name, "report.pdf, page 2" within an archive."""
    return label or (said("slide {n}", n=value) if media_type in SLIDES else said("p. {n}", n=value))


def page_of(value: int, total: int, label: str = "", media_type: str = "") -> str:
    """A page within its document: "page 14 of 80", "slide 3 of 40", "Prices, sheet 2 of 3", "report.pdf (2 of 9)"."""
    place = {"n": number(value), "total": number(total)}
    if label and media_type in SHEETS:
        return said("{name}, sheet {n} of {total}", name=label, **place)
    if label:
        return said("{name} ({n} of {total})", name=label, **place)
    return said("slide {n} of {total}", **place) if media_type in SLIDES else said("page {n} of {total}", **place)


def read_from_picture(confidence: float | None, doubtful: bool) -> str:
    """How a page without text of its own was read: "Read by text recognition, 94% sure of the words."."""
    if confidence is None:
        return said("Read by text recognition.")
    share = per_cent(confidence)
    if doubtful:
        return said("Read by text recognition, only {share} sure of the words: it may hold mistakes.", share=share)
    return said("Read by text recognition, {share} sure of the words.", share=share)


def searching(chunks: int) -> str:
    """While passages are searched."""
    return counted(chunks, "Searching {n} passage", "Searching {n} passages")


def reading(passages: int, documents: int) -> str:
    """While the answer is made from passages."""
    slots = {"passages": passages_count(passages), "documents": documents_count(documents)}
    return said("Reading {passages} from {documents}", **slots)


def waiting(ahead: int | None) -> str:
    """While the model answers others first; None: the server has no room and does not say for how long."""
    if ahead is None:
        return said("The model server is busy. This question waits for it.")
    return counted(ahead, "Waiting. {n} question is answered first.", "Waiting. {n} questions are answered first.")


def repairing(sentences: int) -> str:
    """While the model writes sentences again that do not hold."""
    return counted(sentences, "Correcting {n} sentence", "Correcting {n} sentences")


def checked(supported: int, total: int) -> str:
    """What the check of the answer's sentences found."""
    return counted(
        total,
        "checked: {part} of {n} sentence found in the documents",
        "checked: {part} of {n} sentences found in the documents",
        part=number(supported),
    )


def compared(agreeing: int, total: int) -> str:
    """What the comparison of an answer in another language than the documents found."""
    return counted(
        total,
        "compared: numbers and negations of {part} of {n} sentence are the documents'",
        "compared: numbers and negations of {part} of {n} sentences are the documents'",
        part=number(agreeing),
    )


def source_label(index: int, place: str) -> str:
    """What a screen reader says for a numbered chip."""
    return said("Source {n}: {place}", n=index, place=place)


def source_of(index: int, total: int) -> str:
    """Which of the answer's sources is open."""
    return said("Source {n} of {total}", n=index, total=total)


def page_picture(document: str, value: int) -> str:
    """What the picture of a page shows, in words."""
    return said("Page {n} of {document} as it is printed", n=value, document=document)


def share(meaning: float | None, words: bool) -> str:
    """Why a passage was found: how near its meaning is (cosine) and whether it holds the question's words."""
    parts = [_near(meaning)] if meaning is not None else []
    if words:
        parts.append(said("has the words asked for"))
    return listed(parts) or said("found beside another passage")


def window(used: int, size_: int) -> str:
    """How full the model's window is."""
    slots = {"used": number(used), "total": number(size_), "share": per_cent(used / size_)}
    return said("{used} of {total} tokens used, {share} full", **slots)


def window_parts(use: WindowUse, passages: int) -> list[tuple[str, str, int]]:
    """What a model's window held: for each part its kind, what it is in words, and its tokens."""
    turns = counted(use.turns_held, "{n} earlier question with its answer", "{n} earlier questions with their answers")
    parts = [
        ("rules", said("rules and question"), use.instructions + use.question),
        ("passages", passages_count(passages), use.passages),
        ("turns", turns, use.turns),
        ("room", said("room for the answer"), use.room),
        ("free", said("free"), use.free),
    ]
    return [part for part in parts if part[2]]


def window_left_out(passages: int, turns: int) -> str:
    """What did not fit a model's window; "" where all did."""
    parts = [passages_count(passages)] if passages else []
    if turns:
        parts.append(counted(turns, "{n} earlier question", "{n} earlier questions"))
    return said("Left out, because the window was full: {parts}.", parts=listed(parts)) if parts else ""


def window_counted(estimated: int, evaluated: int) -> str:
    """The tokens that were estimated before the model was asked, and those that it counted itself."""
    slots = {"estimated": number(estimated), "counted": number(evaluated)}
    return said("{estimated} tokens estimated, {counted} counted by the model", **slots)


def told(simply: bool, code: str) -> str:
    """How an answer was told again: "Explained simply, in Swahili"; "" where it was not."""
    if not code:
        return said(EXPLAINED_SIMPLY) if simply else ""
    if simply:
        return said("Explained simply, in {language}", language=language(code))
    return said("In {language}", language=language(code))


def answering(model: str, where: str) -> str:
    """Who answers, and where, as far as that is known."""
    if where:
        return said("answering: {model}, {place}", model=model, place=where)
    return said("answering: {model}", model=model)


def model_place(where: str) -> str:
    """Where the answering model runs."""
    return said("Runs on {place}.", place=where) if where else said(MODEL_PLACE_UNKNOWN)


def still_answering(question: str) -> str:
    """Gives a question back that came too early."""
    return said("Ask again when the answer is there: {question}", question=question)


def _near(meaning: float) -> str:
    share = per_cent(meaning)
    if meaning >= 0.6:
        return said("very near in meaning ({share} alike)", share=share)
    if meaning >= 0.4:
        return said("near in meaning ({share} alike)", share=share)
    return said("loosely near in meaning ({share} alike)", share=share)


translate(__name__)
