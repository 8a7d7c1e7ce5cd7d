"""Words of the page where people ask, of the sources beside it, and of what is said while an answer is made."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

from rag.core.dialogue import WindowUse
from rag.ui.strings.general import SHEETS, SLIDES, counted, day, isolated, language, listed, number

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
OWN_NAMES: Final[Mapping[str, str]] = {
    "ar": "العربية", "de": "Deutsch", "el": "Ελληνικά", "en": "English", "es": "Español", "fr": "Français",
    "hi": "हिन्दी", "it": "Italiano", "nl": "Nederlands", "pt": "Português", "ro": "Română", "ru": "Русский",
    "sw": "Kiswahili", "th": "ไทย", "tr": "Türkçe", "ur": "اردو", "vi": "Tiếng Việt", "zh": "中文",
}  # fmt: skip
"""Languages as those who speak them call them: answers can be told again in these."""
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
    return f"All {number(value)} documents" if value > 1 else "One document"


def one_document(title: str) -> str:
    """What questions are answered from: one document."""
    return f"Only {textwrap.shorten(title, 40, placeholder='…')}"


def documents_left(left: int, total: int) -> str:
    """How many documents a choice leaves."""
    return f"{number(left)} of {counted(total, 'document')}"


def kept_to(documents: list[str], languages: list[str], folders: list[str], since: str, until: str) -> str:
    """What an answer's search was kept to."""
    parts = (
        listed([isolated(textwrap.shorten(title, 60, placeholder="…")) for title in documents]),
        f"documents in {listed(languages)}" if languages else "",
        f"the folder {listed([isolated(folder) for folder in folders])}" if folders else "",
        f"dated from {day(since)}" if since else "",
        f"dated to {day(until)}" if until else "",
    )
    return f"Only {', '.join(part for part in parts if part)}"


def page(value: int, label: str = "", media_type: str = "") -> str:
    """A page as a source is cited: "p. 14", "slide 3", a sheet's name, "report.pdf, page 2" within an archive."""
    return label or (f"slide {value}" if media_type in SLIDES else f"p. {value}")


def page_of(value: int, total: int, label: str = "", media_type: str = "") -> str:
    """A page within its document: "page 14 of 80", "slide 3 of 40", "Prices, sheet 2 of 3", "report.pdf (2 of 9)"."""
    place = f"{number(value)} of {number(total)}"
    if label and media_type in SHEETS:
        return f"{label}, sheet {place}"
    if label:
        return f"{label} ({place})"
    return f"slide {place}" if media_type in SLIDES else f"page {place}"


def read_from_picture(confidence: float | None, doubtful: bool) -> str:
    """How a page without text of its own was read: "Read by text recognition, 94% sure of the words."."""
    if confidence is None:
        return "Read by text recognition."
    if doubtful:
        return f"Read by text recognition, only {confidence:.0%} sure of the words: it may hold mistakes."
    return f"Read by text recognition, {confidence:.0%} sure of the words."


def searching(chunks: int) -> str:
    """While passages are searched."""
    return f"Searching {counted(chunks, 'passage')}"


def reading(passages: int, documents: int) -> str:
    """While the answer is made from passages."""
    return f"Reading {counted(passages, 'passage')} from {counted(documents, 'document')}"


def waiting(ahead: int | None) -> str:
    """While the model answers others first; None: the server has no room and does not say for how long."""
    if ahead is None:
        return "The model server is busy. This question waits for it."
    return f"Waiting. {counted(ahead, 'question')} {'is' if ahead == 1 else 'are'} answered first."


def repairing(sentences: int) -> str:
    """While the model writes sentences again that do not hold."""
    return f"Correcting {counted(sentences, 'sentence')}"


def checked(supported: int, total: int) -> str:
    """What the check of the answer's sentences found."""
    return f"checked: {number(supported)} of {counted(total, 'sentence')} found in the documents"


def compared(agreeing: int, total: int) -> str:
    """What the comparison of an answer in another language than the documents found."""
    return f"compared: numbers and negations of {number(agreeing)} of {counted(total, 'sentence')} are the documents'"


def source_label(index: int, place: str) -> str:
    """What a screen reader says for a numbered chip."""
    return f"Source {index}: {place}"


def source_of(index: int, total: int) -> str:
    """Which of the answer's sources is open."""
    return f"Source {index} of {total}"


def page_picture(document: str, value: int) -> str:
    """What the picture of a page shows, in words."""
    return f"Page {value} of {document} as it is printed"


def share(meaning: float | None, words: bool) -> str:
    """Why a passage was found: how near its meaning is (cosine) and whether it holds the question's words."""
    near = "" if meaning is None else "very near" if meaning >= 0.6 else "near" if meaning >= 0.4 else "loosely near"
    parts = ([f"{near} in meaning ({meaning:.0%} alike)"] if near else []) + (
        ["has the words asked for"] if words else []
    )
    return " and ".join(parts) or "found beside another passage"


def window(used: int, size_: int) -> str:
    """How full the model's window is."""
    return f"{number(used)} of {number(size_)} tokens used, {used / size_:.0%} full"


def window_parts(use: WindowUse, passages: int) -> list[tuple[str, str, int]]:
    """What a model's window held: for each part its kind, what it is in words, and its tokens."""
    parts = [
        ("rules", "rules and question", use.instructions + use.question),
        ("passages", counted(passages, "passage"), use.passages),
        ("turns", counted(use.turns_held, "earlier question with its answer", "earlier questions with their answers"),
         use.turns),
        ("room", "room for the answer", use.room),
        ("free", "free", use.free),
    ]  # fmt: skip
    return [part for part in parts if part[2]]


def window_left_out(passages: int, turns: int) -> str:
    """What did not fit a model's window; "" where all did."""
    parts = ([counted(passages, "passage")] if passages else []) + (
        [counted(turns, "earlier question", "earlier questions")] if turns else []
    )
    return f"Left out, because the window was full: {listed(parts)}." if parts else ""


def window_counted(estimated: int, evaluated: int) -> str:
    """The tokens that were estimated before the model was asked, and those that it counted itself."""
    return f"{number(estimated)} tokens estimated, {number(evaluated)} counted by the model"


def told(simply: bool, code: str) -> str:
    """How an answer was told again: "Explained simply, in Swahili"; "" where it was not."""
    language_ = f"in {language(code)}" if code else ""
    if simply:
        return f"{EXPLAINED_SIMPLY}{', ' if code else ''}{language_}"
    return language_[:1].upper() + language_[1:]


def answering(model: str, where: str) -> str:
    """Who answers, and where, as far as that is known."""
    return f"answering: {model}, {where}" if where else f"answering: {model}"


def model_place(where: str) -> str:
    """Where the answering model runs."""
    return f"Runs on {where}." if where else MODEL_PLACE_UNKNOWN


def still_answering(question: str) -> str:
    """Gives a question back that came too early."""
    return f"Ask again when the answer is there: {question}"
