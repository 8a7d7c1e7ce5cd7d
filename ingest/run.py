"""One run over many files: which need work, and what came of each."""

from __future__ import annotations

import contextlib
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from ingest.aside import SetAside, is_photo
from ingest.comparison import OLD_STAYS, Comparison, compare, folder_of
from ingest.flow import Flow, Passing
from ingest.moves import known_bytes, moved_elsewhere
from ingest.pool import ReaderPool
from ingest.readers import readers_mark
from ingest.report import Clock, FileError, FileResult, FileStatus, IngestReport, Stage
from ingest.similarity import sign_new, with_versions
from ingest.steps import Indexing, Made, Maker, hash_file, too_large
from ingest.sync import Discovery, FoundFile, disks_of, is_within
from rag.core.errors import DocumentNotFound, IngestError, StoreError, Unreadable
from rag.core.fingerprint import Fingerprint
from rag.core.machine import collecting_later
from rag.core.types import Document, ParsedDocument
from rag.store.library import Library
from rag.store.places import Failure, Place, TakenIn

_POLL_SECONDS: Final = 0.1
_TAKEN_IN: Final = frozenset({FileStatus.INDEXED, FileStatus.REPLACED})


class IngestRun:
    """Takes the files of one discovery into the library."""

    def __init__(
        self,
        library: Library,
        readers: ReaderPool,
        maker: Maker,
        clock: Clock,
        fingerprint: Fingerprint,
        stop: Callable[[], bool],
        *,
        max_file_bytes: int,
    ) -> None:
        self._library = library
        self._catalog = library.catalog
        self._readers = readers
        self._maker = maker
        self._clock = clock
        self._fingerprint = fingerprint
        self._stop = stop
        self._limit = max_file_bytes
        self._indexing = Indexing(library)
        self._watched: list[str] = []
        self._results: dict[str, FileResult | None] = {}
        """By path, in the order of the report; None for a file that is not finished."""
        self._aside = SetAside(partial(readers_mark, readers.own))
        self._digests: dict[str, str] = {}
        self._twins: dict[str, list[FoundFile]] = {}
        """Of each document on its way: further files with the same bytes, which wait for what becomes of it."""

    def run(self, found: Discovery, *, sync: bool) -> IngestReport:
        """Work off what was found; see `Pipeline.ingest`."""
        if sync:  # first of all: a place must never name a folder that is not watched
            watched = self._catalog.folders()
            for folder in found.folders:
                if not any(is_within(folder, outer) for outer in (*watched, *found.folders)):
                    self._catalog.add_folder(folder)
        self._watched = sorted(self._catalog.folders(), key=len, reverse=True)
        known = self._compare(found.files, everywhere=sync)
        if sync:
            found.keep_unplugged(known.here, known.gone, disks_of(self._catalog.watched()))
        self._catalog.set_places(known.astray)
        self._results = known.results
        self._clock.expect(len(found.files) + len(found.problems), sum(file.size for file in known.todo))
        self._clock.settled(len(found.files) - len(known.todo), known.pages, known.chunks)
        self._clock.tell(Stage.READING, next((path for path, result in reversed(known.results.items()) if result), ""))
        for problem in found.problems:
            self._report_problem(problem, found.folders)
        try:
            finished = self._read_all(self._take_moved(known.todo))
            if sync and finished:
                self._keep_in_step(found, known.gone)
            self._clock.tell(Stage.INDEXING)
            self._indexing.apply()
        except BaseException:
            # What was acknowledged before should be found at once, not only after the next start.
            with contextlib.suppress(StoreError):
                self._library.apply_pending()
            raise
        while not self._stop() and sign_new(self._catalog):
            pass
        photos = self._photos(found.files)
        found.skipped.update(Path(path).suffix.lower() for path in photos)
        files = tuple(
            with_versions(self._catalog, result) if result.status in _TAKEN_IN else result
            for path, result in self._results.items()
            if result is not None and path not in photos
        )
        self._clock.tell(Stage.DONE)
        return IngestReport(files, self._clock.seconds, dict(sorted(found.skipped.items())))

    def _photos(self, files: Sequence[FoundFile]) -> set[str]:
        """Pictures without text that nobody named: they lie in a folder of documents and are not failures of it."""
        photos = {
            path
            for path, result in self._results.items()
            if result is not None and result.error is not None and is_photo(path, result.error.code)
        }
        return photos and photos.difference(file.path for file in files if file.named)

    def _compare(self, files: Sequence[FoundFile], *, everywhere: bool) -> Comparison:
        """What is known of files without opening them, and with `everywhere` of all others in the library."""
        taken_in = self._catalog.taken_in(None if everywhere else [file.path for file in files])
        failures = {failure.path: failure for failure in self._catalog.failures()}
        with collecting_later():
            return compare(files, taken_in, failures, self._aside, self._watched)

    def _take_moved(self, files: Sequence[FoundFile]) -> list[FoundFile]:
        """Note where documents lie now whose files were moved or renamed; the files that are left to be read."""
        known, self._digests = known_bytes(self._catalog, files, self._limit, self._stop)
        moved = [file for file in files if file.path in known]
        before = {file.path: self._catalog.place(file.path) for file in moved}
        self._catalog.set_places([self._place(file, known[file.path]) for file in moved])
        for file in moved:
            place, digest = before[file.path], known[file.path]
            replaced = place is not None and place.document_id != digest
            status = FileStatus.REPLACED if replaced else FileStatus.UNCHANGED
            self._finish(self._known(file, status, digest), file.size)
        return [file for file in files if file.path not in known]

    def _place(self, file: FoundFile, document_id: str) -> Place:
        return Place(file.path, document_id, file.size, file.mtime_ns, folder_of(file.path, self._watched))

    def _known(self, file: FoundFile, status: FileStatus, document_id: str) -> FileResult:
        return _result(file, status, self._catalog.document(document_id))

    def _read_all(self, files: Sequence[FoundFile]) -> bool:
        """Take files in; True when all are done, False when asked to stop."""
        waiting = deque(files)
        flow = Flow(self._readers, self._make, self._maker.embedder, self._write)
        try:
            while waiting or flow.busy:
                while waiting and flow.room and not self._stop():
                    self._begin(waiting.popleft(), flow)
                if self._stop():
                    break
                for passing, outcome in flow.finished(_POLL_SECONDS):
                    self._end(passing, outcome, waiting)
                self._tell(flow)
        finally:
            for passing, result in flow.close():
                self._end(passing, result, waiting)
        return not waiting and not self._twins

    def _begin(self, file: FoundFile, flow: Flow) -> None:
        """Look into a file and have it read, unless its result is known already."""
        try:
            if file.size > self._limit:
                raise too_large(file.path, self._limit)
            digest = self._digests.get(file.path) or hash_file(file.path, self._limit)
        except IngestError as error:
            self._fail(file, error)
            return
        if digest in self._twins:
            self._twins[digest].append(file)
            return
        if self._take_known(file, digest):
            return

        def verify() -> None:
            if hash_file(file.path, self._limit) != digest:
                raise Unreadable(
                    f"{Path(file.path).name} is still being written: it changed while it was read.",
                    "Add it again when it is complete.",
                )

        self._twins[digest] = []
        flow.begin(file, digest, verify)

    def _make(self, passing: Passing, parsed: ParsedDocument) -> Made:
        return self._maker.make(passing.digest, visible(Path(passing.file.path).name), parsed)

    def _end(self, passing: Passing, outcome: FileResult | IngestError, waiting: deque[FoundFile]) -> None:
        """Note what became of a file, and of those with the same bytes."""
        file = passing.file
        twins = self._twins.pop(passing.digest)
        if isinstance(outcome, IngestError):
            self._fail(file, outcome)
            waiting.extendleft(reversed(twins))  # each fails, or not, under its own name
            return
        if embedded := self._embedded_since(passing):
            self._clock.tell(Stage.EMBEDDING, file.path, embedded=embedded, share=passing.worked)
        self._finish(outcome, file.size, embedded=passing.told)
        for twin in twins:
            self._take_known(twin, passing.digest)

    def _tell(self, flow: Flow) -> None:
        """Report what has moved since the last report: chunks, or the pages of a long file."""
        passing = flow.passing
        share = sum(one.worked for one in passing)
        new = {one.file.path: embedded for one in passing if (embedded := self._embedded_since(one))}
        if new:
            self._clock.tell(Stage.EMBEDDING, next(iter(new)), embedded=sum(new.values()), share=share)
            return
        reading = next((one for one in passing if one.pages and one.made is None), None)
        if reading is not None:
            self._clock.tell(Stage.READING, reading.file.path, share=share, page=reading.page, pages=reading.pages)

    @staticmethod
    def _embedded_since(passing: Passing) -> int:
        """Chunks embedded since this was last asked."""
        before = passing.told
        passing.told = passing.embedding.embedded if passing.embedding else 0
        return passing.told - before

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

    def _write(self, passing: Passing) -> FileResult:
        """Acknowledge a document; called on a thread of its own."""
        file, made, embedding = passing.file, passing.made, passing.embedding
        assert made is not None
        assert embedding is not None
        before = self._catalog.place(file.path)
        parsed = made.parsed
        document = Document(
            id=passing.digest,
            name=visible(Path(file.path).name),
            media_type=parsed.media_type,
            title=parsed.title,
            language=made.language,
            pages=len(parsed.pages),
            chunks=len(made.chunks),
            size=file.size,
            added_at=time.time(),
            warnings=parsed.warnings,
            report=made.report,
            dated=parsed.dated or time.strftime("%Y-%m-%d", time.localtime(file.mtime_ns / 1e9)),
        )
        place = self._place(file, document.id)
        self._catalog.put(document, parsed, made.chunks, embedding.vectors, self._fingerprint, place)
        self._indexing.acknowledged(document.chunks)
        status = FileStatus.INDEXED if before is None else FileStatus.REPLACED
        return _result(file, status, document)

    def _fail(self, file: FoundFile, error: IngestError) -> None:
        shown = FileError(error.code, visible(error.message), visible(error.hint))
        self._catalog.put_failure(
            Failure(
                file.path,
                file.size,
                file.mtime_ns,
                shown.code,
                shown.message,
                shown.hint,
                time.time(),
                self._aside.mark(),
            )
        )
        kept = (OLD_STAYS,) if self._catalog.place(file.path) else ()
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

    def _finish(self, result: FileResult, work: int, *, embedded: int = 0) -> None:
        self._results[result.path] = result
        self._clock.done(result, work, embedded=embedded)
        self._clock.tell(Stage.READING, result.path)

    def _keep_in_step(self, found: Discovery, gone: Mapping[str, TakenIn]) -> None:
        """Take out what vanished from the folders.

        Args:
            found: what lies there now.
            gone: all places before this run that are not among the files.
        """
        vanished = sorted(found.vanished(gone))
        documents = {path: gone[path].document_id for path in vanished}
        self._follow(found, documents)
        for path in vanished:
            self._catalog.remove_place(path)
            self._finish(FileResult(path, FileStatus.REMOVED, documents[path]), 0)
        for path in found.vanished([failure.path for failure in self._catalog.failures()]):
            self._catalog.clear_failure(path)
        for watched in self._catalog.watched():
            if watched.path in found.folders and watched.path not in found.unlisted:
                self._catalog.set_synced(watched.path, found.disks_in(watched.path, watched.devices))

    def _follow(self, found: Discovery, vanished: Mapping[str, str]) -> None:
        """Note where documents lie now that vanished because their files were moved to another watched folder."""
        lone = {
            document_id
            for document_id in vanished.values()
            if all(place.path in vanished for place in self._catalog.places(document_id))
        }
        others = [folder for folder in self._watched if folder not in found.folders]
        moved = moved_elsewhere(self._catalog, others, self._library.data, lone, self._limit, self._readers.own)
        self._catalog.set_places([self._place(file, document_id) for file, document_id in moved])


def _result(file: FoundFile, status: FileStatus, document: Document) -> FileResult:
    return FileResult(
        file.path,
        status,
        document.id,
        document.pages,
        document.chunks,
        document.warnings,
        report=document.report,
    )


def visible(text: str) -> str:
    """A text that names files, as people can read it and the catalog can store it.

    A name may hold line breaks, control signs and bytes that are no text; they become blanks or "�".
    """
    categories = ((sign, unicodedata.category(sign)) for sign in text)
    return "".join(
        " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}" if kind in {"Cc", "Cs"} else sign
        for sign, kind in categories
    )
