"""Every word the interface says, and how it says numbers, times and dates: translate this file, translate the app."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

APP: Final = "Kitabu"
ASK: Final = "Ask"
LIBRARY: Final = "Library"

# --- Ask -------------------------------------------------------------------------------------------------------------
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
DELETE_CONVERSATION: Final = "Delete this conversation"
DELETE_CONVERSATION_TITLE: Final = "Delete this conversation?"
DELETE_CONVERSATION_TEXT: Final = "Its questions and answers are gone afterwards. The documents stay."
STOPPED: Final = "Stopped. What had come is kept."
NOT_CHECKED: Final = "the sentence broke off before it could be checked"
ASK_AGAIN: Final = "Ask again"
INTERRUPTED: Final = "The answer broke off before it was complete. What had come is kept."
STARTING: Final = "Starting"
ANSWER: Final = "Answer"
SOURCES: Final = "Sources"
HOW_FOUND: Final = "how this was found"
COPY: Final = "copy"
COPIED: Final = "copied"
HELPFUL: Final = "This helped"
NOT_HELPFUL: Final = "This did not help"
CONTRADICTED: Final = "contradicted by the documents"
NOT_FOUND: Final = "not found in the documents"
NEAREST: Final = "What came nearest"
OPEN_SOURCE: Final = "Open the source"
NO_CONVERSATION: Final = "This conversation is not on this computer"
NO_CONVERSATION_HINT: Final = (
    "The address may be incomplete, or the conversation was deleted. Ask a new question below."
)
WHAT_TO_DO: Final = "What to do: ask with other words, add a document that says it, or pass the question on."
NOTHING_SEARCHED: Final = "There is nothing to search yet."

MODEL_CHECKING: Final = "looking for a model"
MODEL_QUOTING_TITLE: Final = "Answers are quotations"
MODEL_QUOTING_TEXT: Final = (
    "No answering model is in use. Answers are the sentences of your documents that fit best, quoted word for word."
)
ANSWERING_BY_QUOTING: Final = "answering: by quotation"
MODEL_REMEDY: Final = "What to do:"
MODEL_PLACE_UNKNOWN: Final = "Where it runs is not known to Kitabu: the settings name a model of your own."

HOW_QUESTION: Final = "Searched for"
HOW_PASSAGES: Final = "Passages, best first"
HOW_NO_PASSAGES: Final = "No passage was near enough."
HOW_WINDOW: Final = "Reading window"
HOW_MODEL: Final = "Answered by"
HOW_TIMES: Final = "Time taken"
QUOTED_BY: Final = "quotation, without a model"
TIMINGS: Final[Mapping[str, str]] = {
    "rewrite": "understanding the question",
    "search": "searching",
    "first_token": "until the first word",
    "answer": "answering",
    "total": "in all",
}

# --- Source ----------------------------------------------------------------------------------------------------------
DOCUMENT: Final = "Document"
CLOSE: Final = "Close"
PREVIOUS_PAGE: Final = "Previous page"
NEXT_PAGE: Final = "Next page"
NEXT_SOURCE: Final = "Next source"
NEXT_MARK: Final = "Next mark"
ZOOM_IN: Final = "Larger"
ZOOM_OUT: Final = "Smaller"
SAVE_ORIGINAL: Final = "Save the original file"
NOT_MARKED: Final = "The words could not be marked on the page. They read:"
ORIGINAL_GONE: Final = "The original file is no longer where it was read. This is its text."
NO_DOCUMENT: Final = "This document is not in the library"
NO_DOCUMENT_HINT: Final = "It may have been deleted. Search the library, or add it again."
NO_PAGE_TEXT: Final = "There is no text on this page."
PAGE_IMAGE_ONLY: Final = "This page is a picture without text, so it cannot be searched."
PAGE_FAILED: Final = "This page could not be read. The report card says why."

# --- Library ---------------------------------------------------------------------------------------------------------
ADD_FILES: Final = "Add files"
ADD_FILES_HELP: Final = "Drop files anywhere on this page, or choose them here."
ADD_FOLDER: Final = "Follow a folder"
ADD_FOLDER_HELP: Final = (
    "A folder on the computer that runs Kitabu. New and changed files are taken in, removed ones leave."
)
FOLDERS_ON_LOOPBACK: Final = (
    "Folders can be added only while Kitabu listens on this computer alone: otherwise anybody in the network could "
    "have any file of it read. Add them on that computer with: kitabu ingest FOLDER --sync"
)
OTHER_OWNER: Final = "Another program is working on this library"
OTHER_OWNER_HINT: Final = (
    "What is here can be asked and read. What is added now is taken in when that program has finished; the page "
    "notices that by itself."
)
REMOVE: Final = "Remove"
FOLDER_PATH: Final = "Path of the folder"
FOLDER_ADD: Final = "Add this folder"
SYNC_NOW: Final = "Update now"
STOP_FOLLOWING: Final = "Stop following"
STOPPED_FOLLOWING: Final = "No longer followed. Its documents stay in the library."
NO_SUCH_FOLDER: Final = "There is no such folder on this computer"
NO_SUCH_FOLDER_HINT: Final = "Give the whole path, such as /home/clinic/documents or C:\\Documents\\Clinic."
SEARCH_DOCUMENTS: Final = "Search the documents"
NO_DOCUMENTS: Final = "No documents yet"
NO_DOCUMENTS_TEXT: Final = (
    "Add files. What is read: PDF, Word (.docx), Excel (.xlsx), CSV tables, web pages (HTML), Markdown and plain text."
)
NO_MATCH: Final = "No document has these words in its title or name."
TRY_AGAIN: Final = "Try again"
READY: Final = "ready"
REPORT_CARD: Final = "Report card"
DELETE: Final = "Delete"
DELETE_TITLE: Final = "Delete this document?"
DELETE_YES: Final = "Delete it"
DELETE_NO: Final = "Keep it"
DELETE_TEXT: Final = (
    "It leaves the library with all that was found in it. Files outside Kitabu's own folder are not touched."
)
DELETING: Final = "It is being deleted."
READING: Final = "Reading documents"
WAITING: Final = "Waiting to start"
STOPPING: Final = "Stopping after the file in hand"
TITLE: Final = "Title"
KIND: Final = "Kind"
PAGES: Final = "Pages"
LANGUAGE: Final = "Language"
ADDED: Final = "Added"
STATE: Final = "State"
PASSAGES: Final = "Passages"
PLACES: Final = "Read from"
WARNINGS: Final = "To know"
SHOW_MORE: Final = "Show more"

# --- Anything else ---------------------------------------------------------------------------------------------------
UNEXPECTED: Final = "Something went wrong here that was not foreseen."
LANGUAGES: Final[Mapping[str, str]] = {
    "am": "Amharic", "ar": "Arabic", "bn": "Bengali", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fr": "French", "ha": "Hausa", "hi": "Hindi", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "ne": "Nepali", "nl": "Dutch", "pl": "Polish", "ps": "Pashto",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "so": "Somali", "sw": "Swahili", "ta": "Tamil",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yo": "Yoruba",
    "zh": "Chinese", "und": "not told",
}  # fmt: skip
KINDS: Final[Mapping[str, str]] = {
    "application/pdf": "PDF",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/vnd.oasis.opendocument.text": "OpenDocument text",
    "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument table",
    "application/vnd.oasis.opendocument.presentation": "OpenDocument slides",
    "application/epub+zip": "E-book",
    "application/rtf": "RTF",
    "application/json": "JSON",
    "message/rfc822": "E-mail",
    "text/csv": "Table",
    "text/tab-separated-values": "Table",
    "text/html": "Web page",
    "text/markdown": "Text",
    "text/plain": "Text",
    "text/rtf": "RTF",
}


def number(value: int) -> str:
    """A count as people read it: 1,204."""
    return f"{value:,}"


def counted(value: int, singular: str, plural: str = "") -> str:
    """A number with its noun: "1 passage", "1,204 passages"."""
    return f"{number(value)} {singular if value == 1 else plural or singular + 's'}"


def duration(seconds: float) -> str:
    """A stretch of time in people's units: "0.4 seconds", "12 seconds", "3 minutes", "2 hours"."""
    if seconds < 0.1:
        return "less than 0.1 seconds"
    if seconds < 10:
        return f"{seconds:.1f} seconds"
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return counted(round(seconds / 60), "minute")
    return counted(round(seconds / 3600), "hour")


def time_left(seconds: float) -> str:
    """How long work will still take, rounded as people round."""
    if seconds < 50:
        return "less than a minute left"
    return "about a minute left" if seconds < 90 else f"{duration(seconds)} left"


def size(bytes_: int) -> str:
    """A file's size: "48 KB", "3.2 MB"."""
    if bytes_ < 1_000_000:
        return f"{max(1, round(bytes_ / 1000)):,} KB"
    return f"{bytes_ / 1_000_000:,.1f} MB"


def date(timestamp: float, now: float) -> str:
    """A day: "today", "yesterday", else "22 November 2026"."""
    day, today = datetime.fromtimestamp(timestamp).date(), datetime.fromtimestamp(now).date()
    distance = (today - day).days
    if distance in (0, 1):
        return ("today", "yesterday")[distance]
    return f"{day.day} {day:%B %Y}"


def language(code: str) -> str:
    """A language's name, or its code where the name is not known here."""
    return LANGUAGES.get(code, code)


def kind(media_type: str) -> str:
    """What people call this kind of file."""
    if media_type in KINDS:
        return KINDS[media_type]
    family, _, rest = media_type.partition("/")
    return {"text": "Text", "image": "Picture"}.get(family, rest or media_type)


def listed(words: list[str]) -> str:
    """Words in a row: "Arabic, English and Urdu"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def page(value: int, label: str = "") -> str:
    """A page as a source is cited: "p. 14", or a sheet's name."""
    return label or f"p. {value}"


def page_of(value: int, total: int, label: str = "") -> str:
    """A page within its document: "page 14 of 80", or a sheet: "Prices, sheet 2 of 3"."""
    place = f"{number(value)} of {number(total)}"
    return f"{label}, sheet {place}" if label else f"page {place}"


def searching(chunks: int) -> str:
    """While passages are searched."""
    return f"Searching {counted(chunks, 'passage')}"


def reading(passages: int, documents: int) -> str:
    """While the answer is made from passages."""
    return f"Reading {counted(passages, 'passage')} from {counted(documents, 'document')}"


def checked(supported: int, total: int) -> str:
    """What the check of the answer's sentences found."""
    return f"checked: {number(supported)} of {counted(total, 'sentence')} found in the documents"


def library_holds(documents: int, languages: list[str], changed: str) -> str:
    """What the library holds, in one line."""
    spoken = f" in {listed(languages)}" if languages else ""
    last = f", last change {changed}" if changed else ""
    return f"{counted(documents, 'document')}{spoken}{last}"


def searched(passages: int) -> str:
    """How much was searched before there was no answer."""
    return f"{counted(passages, 'passage')} searched."


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


def progress(done: int, total: int) -> str:
    """Files done of all."""
    return f"{number(done)} of {counted(total, 'file')}"


def rate(pages_per_minute: float) -> str:
    """How fast pages are read."""
    return f"{pages_per_minute:,.0f} pages a minute"


def unread_pages(value: int) -> str:
    """How many pages of a document could not be read."""
    return f"{counted(value, 'page')} could not be read"


def answering(model: str, where: str) -> str:
    """Who answers, and where, as far as that is known."""
    return f"answering: {model}, {where}" if where else f"answering: {model}"


def model_place(where: str) -> str:
    """Where the answering model runs."""
    return f"Runs on {where}." if where else MODEL_PLACE_UNKNOWN


def more_languages(value: int) -> str:
    """How many languages are not named."""
    return f"{number(value)} more"


def logged(path: str) -> str:
    """Where the details of an unforeseen error are."""
    return f"The details are in {path}. Reload the page; if it happens again, pass that file on."


def taken_in(value: int) -> str:
    """Files that were handed in."""
    return f"{counted(value, 'file')} handed in. Reading starts at once."


def failed_files(value: int) -> str:
    """Title of the box of failed files."""
    return f"{counted(value, 'file')} could not be added"


def scanned_files(value: int) -> str:
    """Title of the box of files that hold pictures of text."""
    return f"{counted(value, 'file needs', 'files need')} text recognition"


def removed_failure(name: str) -> str:
    """After a file that could not be added has been dismissed."""
    return f"{name} is no longer listed."


def still_answering(question: str) -> str:
    """Gives a question back that came too early."""
    return f"Ask again when the answer is there: {question}"


def page_rate(pages: int, seconds: float) -> str:
    """How fast a run reads."""
    return rate(60 * pages / seconds) if pages and seconds > 1 else ""


def folder_added(path: str) -> str:
    """After a folder was handed in."""
    return f"{path} is followed. Reading starts at once."


def notes(value: int) -> str:
    """A document's state when there is something to know about it."""
    return f"ready, {counted(value, 'note')}"
