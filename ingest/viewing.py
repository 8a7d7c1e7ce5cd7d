"""Pages of PDFs and pictures drawn in a process of their own: a file that crashes a library leaves the app standing."""

from __future__ import annotations

import os
import pickle
import threading
from pathlib import Path
from typing import Final

from ingest.isolation import Child
from ingest.readers.pdf_view import Mark
from rag.core.errors import Damaged, IngestError

VIEW_SECONDS: Final = 30.0
"""Longest time for one page; a full page of vector maps takes a few."""
VIEW_MEMORY: Final = 2 * 1024**3
"""Address space of the child in bytes, where the system can limit it (Linux)."""


class PageViewer:
    """Draws pages and finds quotations on them, one request at a time, in a child that is started when first needed."""

    def __init__(self, *, seconds: float = VIEW_SECONDS, memory: int = VIEW_MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._closed = False

    def locate(self, path: Path, page_number: int, quote: str) -> list[Mark]:
        """As `ingest.readers.pdf_view.locate`; for pages read by text recognition see `ingest.ocr.marks.marks_of`.

        Raises:
            IngestError: the page cannot be shown: the file cannot be opened, the page is not there, or it crashes
                PDFium or takes too much time or memory.
            KitabuError: no child can be started.
        """
        found = self._ask("locate", path, page_number, quote)
        return found if isinstance(found, list) else []

    def render(self, path: Path, page_number: int, width_px: int, within: str = "") -> bytes:
        """The page of a PDF or of a picture file as a PNG, as `ingest.readers.pdf_view.render`, without marks.

        Args:
            within: name of a picture in an office file, which is shown then.

        Raises:
            IngestError: as for `locate`.
            KitabuError: no child can be started.
        """
        picture = self._ask("render", path, page_number, (width_px, within))
        if not isinstance(picture, bytes):
            raise _not_shown(path, page_number)
        return picture

    def close(self) -> None:
        """End the child, also in the middle of a page."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
        with self._lock:
            if self._child is not None:
                self._child.close()
                self._child = None

    def _ask(self, what: str, path: Path, page_number: int, detail: str | tuple[int, str]) -> object:
        request = pickle.dumps((what, os.fsencode(path), page_number, detail))
        with self._lock:
            if self._closed:
                raise _not_shown(path, page_number)
            if self._child is not None and not self._child.alive():
                self._child.close()
                self._child = None
            if self._child is None:
                self._child = Child("view", self._seconds, self._memory)
            try:
                result = self._child.exchange(request, self._seconds)
            except (EOFError, TimeoutError) as error:
                raise _not_shown(path, page_number) from error
        if isinstance(result, IngestError):
            raise result
        if isinstance(result, MemoryError | str):  # a string names what the child did not foresee
            raise _not_shown(path, page_number)
        return result


def answer(request: bytes) -> object:
    """What the child does with a request of `PageViewer`."""
    from ingest.readers import image_view, pdf_view

    what, name, page_number, detail = pickle.loads(request)
    path = Path(os.fsdecode(name))
    if what == "locate":
        return pdf_view.locate(path, page_number, detail)
    width_px, within = detail
    if within:
        return image_view.render_within(path, within, width_px)
    if image_view.is_picture(path):
        return image_view.render(path, page_number, width_px)
    return pdf_view.render(path, page_number, width_px)


def _not_shown(path: Path, page_number: int) -> Damaged:
    return Damaged(f"Page {page_number} of {path.name} cannot be shown.", "Open the file itself to see it.")
