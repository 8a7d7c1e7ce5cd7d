"""Words of the library's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rag.ui.strings.general import (
    counted,
    day,
    isolated,
    language,
    listed,
    number,
    per_cent,
)
from rag.ui.strings.translation import said, translate, writing

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
ORDER_KINDS: Final[Mapping[str, str]] = {
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
    if not empty:
        return number(total)
    return counted(empty, "{total}, {n} of them empty", "{total}, {n} of them empty", total=number(total))


def recognised(pages: int, confidence: float | None, engine: str) -> str:
    """What text recognition did: "3 pages read by tesseract 5.3.0 (eng), 94 % sure of its words"."""
    read = counted(pages, "{n} page read", "{n} pages read")
    if engine:
        read = counted(pages, "{n} page read by {engine}", "{n} pages read by {engine}", engine=engine)
    if confidence is None:
        return read
    return said("{read}, {share} sure of the words", read=read, share=per_cent(confidence))


def language_shares(shares: Mapping[str, float]) -> str:
    """Languages with their share where there are several: "English 80%, French 20%"."""
    if len(shares) == 1:
        return language(next(iter(shares)))
    return writing().comma.join(f"{language(code)} {per_cent(share)}" for code, share in shares.items())


def chunks_cut(value: int) -> str:
    """Passages whose ends the embedder did not read."""
    return counted(
        value,
        "the end of {n} passage is found by its words only",
        "the end of {n} passages is found by its words only",
    )


def progress(done: int, total: int) -> str:
    """Files done of all."""
    return counted(total, "{part} of {n} file", "{part} of {n} files", part=number(done))


def rate(passages_per_second: float) -> str:
    """How fast passages are taken in; "" where nothing can be told."""
    a_minute = round(60 * passages_per_second)
    return counted(a_minute, "{n} passage a minute", "{n} passages a minute") if a_minute else ""


def in_hand(name: str, page_: int, pages: int) -> str:
    """The file that is being read: "page 12 of 80 of scan.pdf"."""
    if pages <= 1:
        return isolated(name)
    return said("page {n} of {total} of {file}", n=number(page_), total=number(pages), file=isolated(name))


def adding(files: int, first: str, sync: bool) -> str:
    """What a job takes in: "Adding scan.pdf and 2 more", "Updating documents"."""
    if not files:
        return said(ADDING)
    taken = isolated(first)
    if files > 1:
        taken = counted(files - 1, "{file} and {n} more", "{file} and {n} more", file=taken)
    return said("Updating {files}", files=taken) if sync else said("Adding {files}", files=taken)


def working_on(kind_: str, name: str) -> str:
    """What a job of another kind does: "Deleting handbook.pdf"."""
    words = said(WORK.get(kind_, kind_))
    if kind_ not in NAMED_WORK:
        return words
    return f"{words} {isolated(name) if name else said(A_DOCUMENT)}"


def outcome(counts: Mapping[str, int]) -> str:
    """What became of files: "3 added, 1 not added"."""
    parts = [
        said("{n} {state}", n=number(count), state=said(FILE_STATES.get(state, state)))
        for state, count in counts.items()
        if count
    ]
    return writing().comma.join(parts) or said(NOTHING_CHANGED)


def more_files(value: int) -> str:
    """Files that are not listed."""
    return counted(value, "and {n} more file", "and {n} more files")


def folder_facts(state: str, synced: str, files: int, failures: int) -> str:
    """How a followed folder is: "in step, last gone through today at 14:05. 230 files, 2 could not be read."."""
    words = said(FOLDER_STATES.get(state, state))
    if state in ("in_step", "waiting"):
        gone = said("last gone through {date}", date=synced) if synced else said(NEVER_SYNCED)
        words += f"{writing().comma}{gone}."
    held = counted(files, "{n} file in the library", "{n} files in the library")
    if failures:
        held += writing().comma + counted(failures, "{n} could not be read", "{n} could not be read")
    return f"{words} {held}."


def deleted(name: str) -> str:
    """Title of a receipt."""
    return said("{name} was deleted", name=isolated(name))


def removed_parts(passages: int, answers: int, files: int) -> str:
    """What a deletion took out."""
    parts = [
        said("its pages and text"),
        counted(passages, "{n} passage from both search indexes", "{n} passages from both search indexes"),
    ]
    if answers:
        parts.append(counted(answers, "{n} kept answer that quoted it", "{n} kept answers that quoted it"))
    if files:
        parts.append(counted(files, "{n} uploaded file", "{n} uploaded files"))
    return listed(parts)


def clean_checks(clean: list[str]) -> str:
    """What was looked for after a deletion and not found."""
    return said("There is {places}.", places=listed(clean))


def version_note(title: str, name: str) -> str:
    """A document's other version: "newer version: handbook-2025.pdf"."""
    return said("{label}: {value}", label=title.lower(), value=isolated(name))


def superseded_note(name: str) -> str:
    """What took a document's place."""
    return said("superseded by {name}", name=isolated(name))


def in_force_note(iso: str) -> str:
    """From when on a document will hold."""
    return said("in force from {date}", date=day(iso))


def review_note(iso: str) -> str:
    """That a document should have been looked through again."""
    return said("review was due {date}", date=day(iso))


def review_due(iso: str) -> str:
    """When a document should have been looked through again."""
    return said("was due {date}", date=day(iso))


def unread_pages(value: int) -> str:
    """How many pages of a document could not be read."""
    return counted(value, "{n} page could not be read", "{n} pages could not be read")


def taken_in(value: int) -> str:
    """Files that were handed in."""
    return counted(value, "{n} file handed in. Reading starts at once.", "{n} files handed in. Reading starts at once.")


def failed_files(value: int) -> str:
    """Title of the box of failed files."""
    return counted(value, "{n} file could not be added", "{n} files could not be added")


def scanned_files(value: int) -> str:
    """Title of the box of files that show pictures in which no text was read."""
    return counted(value, "No text was found in {n} file", "No text was found in {n} files")


def removed_failure(name: str) -> str:
    """After a file that could not be added has been dismissed."""
    return said("{name} is no longer listed.", name=name)


def folder_added(path: str) -> str:
    """After a folder was handed in."""
    return said("{path} is followed. Reading starts at once.", path=path)


def order(at: int, kind: str, quote: str) -> str:
    """Where a document gives an order to a program, and its words."""
    return said("Page {n}, {kind}: “{quote}”", n=at, kind=said(ORDER_KINDS[kind]), quote=quote)


def notes(value: int) -> str:
    """A document's state when there is something to know about it."""
    return counted(value, "ready, {n} note", "ready, {n} notes")


translate(__name__)
