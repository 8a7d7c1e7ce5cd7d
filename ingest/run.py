"""One run over many files: which need work, reading ahead while embedding, and what came of each."""

from __future__ import annotations

import contextlib
import time
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.isolation import ReaderProcess
from ingest.report import Clock, FileError, FileResult, FileStatus, IngestReport, Stage
from ingest.steps import Indexing, Maker, Stopped, hash_file, too_large
from ingest.sync import Discovery, FoundFile, is_within
from rag.core.errors import DocumentNotFound, IngestError, StoreError, Unreadable
from rag.core.text import detect_language
from rag.core.types import Document, Fingerprint, ParsedDocument
from rag.store.library import Library
from rag.store.places import Failure, Place

LANGUAGE_SAMPLE: Final = 20_000
"""Characters a document's language is told from."""
_POLL_SECONDS: Final = 0.1
_OLD_STAYS: Final = "The version read earlier stays in the library."


@dataclass(frozen=True, slots=True)
class _Reading:
    """A file whose reading has been asked for."""

    file: FoundFile
    digest: str
    parsed: Future[ParsedDocument]


class IngestRun:
    """Takes the files of one discovery into the library."""

    def __init__(
        self,
        library: Library,
        reader: ReaderProcess,
        maker: Maker,
        clock: Clock,
        fingerprint: Fingerprint,
        stop: Callable[[], bool],
        *,
        max_file_bytes: int,
    ) -> None:
        self._library = library
        self._catalog = library.catalog
        self._reader = reader
        self._maker = maker
        self._clock = clock
        self._fingerprint = fingerprint
        self._stop = stop
        self._limit = max_file_bytes
        self._indexing = Indexing(library, clock)
        self._watched: list[str] = []
        self._results: dict[str, FileResult] = {}

    def run(self, found: Discovery, *, sync: bool) -> IngestReport:
        """Work off what was found; see `Pipeline.ingest`."""
        if sync:  # first of all: a place must never name a folder that is not watched
            for folder in found.folders:
                self._catalog.add_folder(folder)
        self._watched = sorted(self._catalog.folders(), key=len, reverse=True)
        if sync:
            found.keep_emptied(self._known_places())
        failures = {failure.path: failure for failure in self._catalog.failures()}
        settled = {file.path: self._settled(file, failures.get(file.path) if sync else None) for file in found.files}
        todo = [file for file in found.files if settled[file.path] is None]
        self._clock.expect(len(found.files) + len(found.problems), sum(file.size for file in todo))
        for result in settled.values():
            if result is not None:
                self._finish(result, 0)
        for problem in found.problems:
            self._report_problem(problem, found.folders)
        order = [*settled, *(problem.path for problem in found.problems)]
        try:
            finished = self._read_all(todo)
            if sync and finished:
                order += self._keep_in_step(found)
            self._indexing.apply()
        except BaseException:
            # What was acknowledged before should be found at once, not only after the next start.
            with contextlib.suppress(StoreError):
                self._library.apply_pending()
            raise
        files = tuple(self._results[path] for path in dict.fromkeys(order) if path in self._results)
        self._clock.tell(Stage.DONE)
        return IngestReport(files, self._clock.seconds, dict(sorted(found.skipped.items())))

    def _settled(self, file: FoundFile, failure: Failure | None) -> FileResult | None:
        """What is known of a file without opening it; None when it has to be looked into."""
        place = self._catalog.place(file.path)
        if place is not None and (place.size, place.mtime_ns) == (file.size, file.mtime_ns):
            wanted = self._place(file, place.document_id)
            if wanted != place:  # its folder has come to be watched since
                self._catalog.set_place(wanted)
            return self._known(file, FileStatus.UNCHANGED, place.document_id)
        same_failure = failure is not None and (failure.size, failure.mtime_ns) == (file.size, file.mtime_ns)
        # What could not be opened may be open to us now, though the file is the same.
        if failure is not None and same_failure and failure.code != Unreadable.code:
            return FileResult(
                file.path,
                FileStatus.FAILED,
                warnings=(_OLD_STAYS,) if place else (),
                error=FileError(failure.code, failure.message, failure.hint),
            )
        return None

    def _place(self, file: FoundFile, document_id: str) -> Place:
        folder = next((folder for folder in self._watched if is_within(file.path, folder)), "")
        return Place(file.path, document_id, file.size, file.mtime_ns, folder)

    def _known(self, file: FoundFile, status: FileStatus, document_id: str) -> FileResult:
        document = self._catalog.document(document_id)
        return FileResult(file.path, status, document.id, document.pages, document.chunks, document.warnings)

    def _read_all(self, files: Sequence[FoundFile]) -> bool:
        """Read and embed; True when all are done, False when asked to stop."""
        ahead: _Reading | None = None
        try:
            for file in (*files, None):
                if self._stop():
                    return False
                # The next file is read (in the child) while this one is embedded (here).
                following = self._start(file) if file is not None else None
                if ahead is not None:
                    self._complete(ahead)
                ahead = following
        except Stopped:
            return False
        return True

    def _start(self, file: FoundFile) -> _Reading | None:
        """Look into a file and ask for it to be read; None when its result is known already."""
        self._clock.tell(Stage.READING, file.path)
        try:
            if file.size > self._limit:
                raise too_large(file.path, self._limit)
            digest = hash_file(file.path, self._limit)
        except IngestError as error:
            self._fail(file, error)
            return None
        if self._take_known(file, digest):
            return None

        def verify() -> None:
            if hash_file(file.path, self._limit) != digest:
                raise Unreadable(
                    f"{Path(file.path).name} is still being written: it changed while it was read.",
                    "Add it again when it is complete.",
                )

        return _Reading(file, digest, self._reader.submit(Path(file.path), verify))

    def _take_known(self, file: FoundFile, digest: str) -> bool:
        """Whether these bytes are in the library; then this path becomes a further place of theirs."""
        before = self._catalog.place(file.path)
        try:
            self._catalog.set_place(self._place(file, digest))
        except DocumentNotFound:
            return False
        replaced = before is not None and before.document_id != digest
        status = FileStatus.REPLACED if replaced else FileStatus.UNCHANGED
        self._finish(self._known(file, status, digest), file.size)
        return True

    def _complete(self, reading: _Reading) -> None:
        file = reading.file
        name = visible(Path(file.path).name)
        while not wait([reading.parsed], timeout=_POLL_SECONDS).done:
            if self._stop():
                raise Stopped
        try:
            parsed = reading.parsed.result()
            if self._take_known(file, reading.digest):  # the same bytes came earlier in this run
                return
            chunks = self._maker.chunks(reading.digest, name, parsed)
        except IngestError as error:
            self._fail(file, error)
            return
        vectors = self._maker.vectors(file.path, parsed.title, chunks, file.size)
        before = self._catalog.place(file.path)
        document = Document(
            id=reading.digest,
            name=name,
            media_type=parsed.media_type,
            title=parsed.title,
            language=_language(parsed),
            pages=len(parsed.pages),
            chunks=len(chunks),
            size=file.size,
            added_at=time.time(),
            warnings=parsed.warnings,
        )
        place = self._place(file, document.id)
        self._catalog.put(document, parsed, chunks, vectors, self._fingerprint, place)
        status = FileStatus.INDEXED if before is None else FileStatus.REPLACED
        self._finish(self._known(file, status, document.id), file.size)
        self._indexing.acknowledged(len(chunks))

    def _fail(self, file: FoundFile, error: IngestError) -> None:
        shown = FileError(error.code, visible(error.message), visible(error.hint))
        self._catalog.put_failure(
            Failure(file.path, file.size, file.mtime_ns, shown.code, shown.message, shown.hint, time.time())
        )
        kept = (_OLD_STAYS,) if self._catalog.place(file.path) else ()
        result = FileResult(file.path, FileStatus.FAILED, warnings=kept, error=shown)
        self._finish(result, file.size)

    def _report_problem(self, problem: FileResult, folders: Sequence[str]) -> None:
        error = problem.error
        # A path that was mistyped is told once; what stands in a folder of documents is kept among its failures.
        if error is not None and any(is_within(problem.path, folder) for folder in folders):
            self._catalog.put_failure(
                Failure(problem.path, 0, 0, error.code, visible(error.message), error.hint, time.time())
            )
        self._finish(problem, 0)

    def _finish(self, result: FileResult, work: int) -> None:
        self._results[result.path] = result
        self._clock.done(result, work)
        self._clock.tell(Stage.READING, result.path)

    def _known_places(self) -> dict[str, Place]:
        return {place.path: place for folder in ("", *self._watched) for place in self._catalog.places_in(folder)}

    def _keep_in_step(self, found: Discovery) -> list[str]:
        """Take out what vanished from the folders; the paths taken out."""
        places = self._known_places()
        vanished = sorted(found.vanished(places))
        for path in vanished:
            self._catalog.remove_place(path)
            self._finish(FileResult(path, FileStatus.REMOVED, places[path].document_id), 0)
        for path in found.vanished([failure.path for failure in self._catalog.failures()]):
            self._catalog.clear_failure(path)
        return vanished


def visible(text: str) -> str:
    """A text that names files, as people can read it and the catalog can store it.

    A name may hold line breaks, control signs and bytes that are no text; they become blanks or "�".
    """
    categories = ((sign, unicodedata.category(sign)) for sign in text)
    return "".join(
        " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}" if kind in {"Cc", "Cs"} else sign
        for sign, kind in categories
    )


def _language(parsed: ParsedDocument) -> str:
    sample = ""
    for page in parsed.pages:
        sample += page.text + "\n"
        if len(sample) >= LANGUAGE_SAMPLE:
            break
    return detect_language(sample[:LANGUAGE_SAMPLE])
