"""Words of the library's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rag.ui.strings.general import counted, day, isolated, language, listed, number

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
FOLLOWED: Final = "Followed folders"
FOLDER_STATES: Final[Mapping[str, str]] = {
    "looking": "being looked at",
    "in_step": "in step",
    "waiting": "waits for its turn, or is being read",
    "missing": "not reachable now: connect its disk or drive. Its documents stay.",
    "other": "another folder or disk is in its place now. Its documents stay.",
}
NEVER_SYNCED: Final = "not gone through to the end yet"
STOPPED_FOLLOWING: Final = "No longer followed. Its documents stay in the library."
NO_SUCH_FOLDER: Final = "There is no such folder on this computer"
NO_SUCH_FOLDER_HINT: Final = "Give the whole path, such as /home/clinic/documents or C:\\Documents\\Clinic."
SEARCH_DOCUMENTS: Final = "Search the documents"
NO_DOCUMENTS: Final = "No documents yet"
NO_DOCUMENTS_TEXT: Final = (
    "Add files: PDF, Word, PowerPoint, Excel, OpenDocument, RTF, web pages, e-mails, e-books, tables, text, scans and "
    "pictures of text, and ZIP archives of these."
)
NO_MATCH: Final = "No document has these words in its title or name."
TRY_AGAIN: Final = "Try again"
READY: Final = "ready"
REPORT_CARD: Final = "Report card"
ORDERS: Final = "Warning"
ORDERS_NOTE: Final = "gives orders to a program"
ORDERS_TEXT: Final = (
    "This document holds text that gives orders to a program that reads it. A model is told that they are part of the "
    "document and not meant for it. Find out who wrote them, and read its answers from this document with care."
)
ORDER_KINDS: Final = {
    "instructions": "about the program's instructions",
    "role": "about who the program is",
    "answer": "about what it is to write",
    "hidden": "in characters that are not shown",
}
DELETE: Final = "Delete"
DELETE_TITLE: Final = "Delete this document?"
DELETE_YES: Final = "Delete it"
DELETE_NO: Final = "Keep it"
DELETE_TEXT: Final = (
    "It leaves the library with all that was found in it. Files outside Kitabu's own folder are not touched."
)
WORK: Final[Mapping[str, str]] = {
    "delete": "Deleting",
    "reindex": "Making a new index beside the one in use",
    "forget": "Removing the earlier index",
    "probe": "Measuring in which languages meaning is understood",
    "rebuild": "Building the search indexes again",
    "unwatch": "No longer following",
    "edit": "Noting dates of",
}
"""What jobs do, by kind, but for taking files in."""
NAMED_WORK: Final = frozenset({"delete", "unwatch", "edit"})
"""Kinds of jobs whose words are followed by a name."""
A_DOCUMENT: Final = "a document"
ADDING: Final = "Adding"
KEEPING_IN_STEP: Final = "Updating"
LOOKING: Final = "looking at the files"
WAITING: Final = "waiting"
PAUSED: Final = "paused"
STOPPING: Final = "stopping after the file in hand"
PAUSE: Final = "Pause"
GO_ON: Final = "Go on"
ALL_PAUSED: Final = "All work is paused"
ALL_PAUSED_HINT: Final = "Documents that are in the library can be asked. New ones are read when it goes on."
RECENT_WORK: Final = "Recent work"
NO_RECENT_WORK: Final = "Nothing was done yet."
JOB_STATES: Final[Mapping[str, str]] = {"done": "done", "failed": "failed", "cancelled": "stopped"}
FILE_STATES: Final[Mapping[str, str]] = {
    "indexed": "added",
    "unchanged": "there already",
    "replaced": "replaced",
    "removed": "taken out",
    "failed": "not added",
}
NOTHING_CHANGED: Final = "nothing to do"
SET_ASIDE: Final = "What failed is set aside: it is read again when the file changes, or when you press Try again."
OPENED_AGAIN: Final = "Files that could not be opened are tried again by themselves."
HOW_SCANS: Final = "How scans are read"
NO_RECOGNITION: Final = "Scans cannot be read on this computer yet."
READ_WITH: Final = "Pictures of text are read with:"
NOT_READ_WELL: Final = "Languages not read in pictures yet:"
RECEIPT_CHECKED: Final = "Checked"
RECEIPT_NOT_CLEAN: Final = "Still there"
RECEIPT_REMOVED: Final = "Removed"
RECEIPT_STAYS: Final = "Stays"
RECEIPT_LATER: Final = "Still to be done"
DISMISS: Final = "Close"
DATE: Final = "Date"
EFFECTIVE: Final = "In force from"
REVIEW: Final = "Review by"
SUPERSEDED_BY: Final = "Superseded by"
NEWER_VERSION: Final = "Newer version"
OTHER_VERSIONS: Final = "Other versions"
EDIT: Final = "Dates and versions"
EDIT_TITLE: Final = "Dates and versions"
EDIT_TEXT: Final = "Where versions differ, answers go by the newest one in force, and say so."
EDIT_SUCCESSOR: Final = "Superseded by (title or file name)"
EDIT_NO_SUCCESSOR: Final = "no other document"
EDIT_SAVE: Final = "Save"
EDIT_SAVED: Final = "Noted."
EDIT_QUEUED: Final = "It is noted as soon as the other program gets to it."
CANCEL: Final = "Cancel"
TITLE: Final = "Title"
KIND: Final = "Kind"
PAGES: Final = "Pages"
LANGUAGE: Final = "Language"
ADDED: Final = "Added"
STATE: Final = "State"
PASSAGES: Final = "Passages"
PLACES: Final = "Read from"
WARNINGS: Final = "To know"
DATED: Final = "Dated"
RECOGNISED: Final = "Scanned"
TABLES: Final = "Tables"
LANGUAGES_FOUND: Final = "Languages"
ENCODING: Final = "Encoding"
CUT: Final = "Cut off"
SKIPPED: Final = "Not read"
SHOW_MORE: Final = "Show more"


def pages_read(total: int, empty: int) -> str:
    """How many pages there are: "80, 2 of them empty"."""
    return f"{number(total)}, {number(empty)} of them empty" if empty else number(total)


def recognised(pages: int, confidence: float | None, engine: str) -> str:
    """What text recognition did: "3 pages read by tesseract 5.3.0 (eng), 94 % sure of its words"."""
    by = f" by {engine}" if engine else ""
    sure = "" if confidence is None else f", {confidence:.0%} sure of the words"
    return f"{counted(pages, 'page')} read{by}{sure}"


def language_shares(shares: Mapping[str, float]) -> str:
    """Languages with their share where there are several: "English 80%, French 20%"."""
    if len(shares) == 1:
        return language(next(iter(shares)))
    return ", ".join(f"{language(code)} {share_:.0%}" for code, share_ in shares.items())


def chunks_cut(value: int) -> str:
    """Passages whose ends the embedder did not read."""
    return f"the end of {counted(value, 'passage')} is found by its words only"


def progress(done: int, total: int) -> str:
    """Files done of all."""
    return f"{number(done)} of {counted(total, 'file')}"


def rate(passages_per_second: float) -> str:
    """How fast passages are taken in; "" where nothing can be told."""
    a_minute = round(60 * passages_per_second)
    return f"{counted(a_minute, 'passage')} a minute" if a_minute else ""


def in_hand(name: str, page_: int, pages: int) -> str:
    """The file that is being read: "page 12 of 80 of scan.pdf"."""
    return f"page {number(page_)} of {number(pages)} of {isolated(name)}" if pages > 1 else isolated(name)


def adding(files: int, first: str, sync: bool) -> str:
    """What a job takes in: "Adding scan.pdf and 2 more", "Updating documents"."""
    more = f" and {number(files - 1)} more" if files > 1 else ""
    return f"{KEEPING_IN_STEP if sync else ADDING} {isolated(first)}{more}" if files else ADDING


def working_on(kind_: str, name: str) -> str:
    """What a job of another kind does: "Deleting handbook.pdf"."""
    words = WORK.get(kind_, kind_)
    if kind_ not in NAMED_WORK:
        return words
    return f"{words} {isolated(name) if name else A_DOCUMENT}"


def outcome(counts: Mapping[str, int]) -> str:
    """What became of files: "3 added, 1 not added"."""
    said = ", ".join(f"{number(count)} {FILE_STATES.get(state, state)}" for state, count in counts.items() if count)
    return said or NOTHING_CHANGED


def more_files(value: int) -> str:
    """Files that are not listed."""
    return f"and {counted(value, 'more file', 'more files')}"


def folder_facts(state: str, synced: str, files: int, failures: int) -> str:
    """How a followed folder is: "in step, last gone through today at 14:05. 230 files, 2 could not be read."."""
    words = FOLDER_STATES.get(state, state)
    if state in ("in_step", "waiting"):
        words += f", last gone through {synced}." if synced else f", {NEVER_SYNCED}."
    failed = f", {number(failures)} could not be read" if failures else ""
    return f"{words} {counted(files, 'file')} in the library{failed}."


def deleted(name: str) -> str:
    """Title of a receipt."""
    return f"{isolated(name)} was deleted"


def removed_parts(passages: int, answers: int, files: int) -> str:
    """What a deletion took out."""
    parts = ["its pages and text", counted(passages, "passage") + " from both search indexes"]
    if answers:
        parts.append(counted(answers, "kept answer") + " that quoted it")
    if files:
        parts.append(counted(files, "uploaded file"))
    return listed(parts)


def clean_checks(clean: list[str]) -> str:
    """What was looked for after a deletion and not found."""
    return f"There is {listed(clean)}."


def version_note(title: str, name: str) -> str:
    """A document's other version: "newer version: handbook-2025.pdf"."""
    return f"{title.lower()}: {isolated(name)}"


def superseded_note(name: str) -> str:
    """What took a document's place."""
    return f"superseded by {isolated(name)}"


def in_force_note(iso: str) -> str:
    """From when on a document will hold."""
    return f"in force from {day(iso)}"


def review_note(iso: str) -> str:
    """That a document should have been looked through again."""
    return f"review {review_due(iso)}"


def review_due(iso: str) -> str:
    """When a document should have been looked through again."""
    return f"was due {day(iso)}"


def unread_pages(value: int) -> str:
    """How many pages of a document could not be read."""
    return f"{counted(value, 'page')} could not be read"


def taken_in(value: int) -> str:
    """Files that were handed in."""
    return f"{counted(value, 'file')} handed in. Reading starts at once."


def failed_files(value: int) -> str:
    """Title of the box of failed files."""
    return f"{counted(value, 'file')} could not be added"


def scanned_files(value: int) -> str:
    """Title of the box of files that show pictures in which no text was read."""
    return f"No text was found in {counted(value, 'file')}"


def removed_failure(name: str) -> str:
    """After a file that could not be added has been dismissed."""
    return f"{name} is no longer listed."


def folder_added(path: str) -> str:
    """After a folder was handed in."""
    return f"{path} is followed. Reading starts at once."


def order(at: int, kind: str, quote: str) -> str:
    """Where a document gives an order to a program, and its words."""
    return f"Page {at}, {ORDER_KINDS[kind]}: “{quote}”"


def notes(value: int) -> str:
    """A document's state when there is something to know about it."""
    return f"ready, {counted(value, 'note')}"
