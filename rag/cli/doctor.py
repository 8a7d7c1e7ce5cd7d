"""`kitabu doctor`: what works, what does not, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Final, Literal

from ingest.aside import failures_told
from rag.cli.console import Console, megabytes
from rag.cli.failures import DONE, PARTLY_FAILED
from rag.cli.overview import chosen_model, embedder_name
from rag.core.config import Settings
from rag.core.errors import KitabuError
from rag.retrieval.trust import blind_in
from rag.store.catalog import FILE_NAME, Catalog
from rag.store.ownership import in_use
from rag.ui.strings import trust as trust_words

LITTLE_DISK: Final = 1_000_000_000
"""Bytes free below which a middling library may not fit any more."""
NO_DISK: Final = 50_000_000
OLDEST_SQLITE: Final = (3, 37, 0)
"""The first with STRICT tables."""

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `remedy` is empty where nothing has to be done."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def doctor(settings: Settings, console: Console) -> int:
    """Make all checks; status 1 when one fails."""
    checks: list[Check] = []
    for name, look in _CHECKS:
        console.passing(f"Checking: {name}")
        began = len(checks)
        try:
            for found in look(settings):
                checks.append(Check(name, *found))  # one by one: what was found before an error is kept
        except KitabuError as error:
            checks.append(Check(name, "fail", error.message, error.hint))
        console.end()
        for check in checks[began:]:
            console.line(f"{check.state:4}  {check.name:12}  {check.detail}")
            if check.remedy:
                console.line(f"{'':18}  {check.remedy}")
    healthy = all(check.state != "fail" for check in checks)
    console.result({"checks": [asdict(check) for check in checks], "ok": healthy})
    return DONE if healthy else PARTLY_FAILED


_Found = tuple[State, str] | tuple[State, str, str]


def _python(_: Settings) -> Iterator[_Found]:
    version = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield "ok", f"{version} on {platform.system()} {platform.machine()}"
    else:
        yield "warn", f"{version} is not tested", "Use Python 3.11, 3.12 or 3.13."


def _packages(_: Settings) -> Iterator[_Found]:
    try:
        required = importlib.metadata.requires("kitabu") or []
    except importlib.metadata.PackageNotFoundError:
        yield "warn", "Kitabu is not installed as a package", "Run make install."
        return
    names = [re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0] for line in required if "extra ==" not in line]
    missing = [name for name in names if not _installed(name)]
    if missing:
        yield "fail", f"missing: {', '.join(missing)}", "Run make install."
    else:
        yield "ok", f"{len(names)} of {len(names)} are installed, Kitabu {importlib.metadata.version('kitabu')}"


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _sqlite(_: Settings) -> Iterator[_Found]:
    if sqlite3.sqlite_version_info >= OLDEST_SQLITE:
        yield "ok", sqlite3.sqlite_version
    else:
        needed = ".".join(map(str, OLDEST_SQLITE))
        yield "fail", f"{sqlite3.sqlite_version} is older than {needed}", "Use a Python that comes with a newer SQLite."


def _folder(settings: Settings) -> Iterator[_Found]:
    """Whether files can be made where the library is or would be; the folder itself is not made."""
    nearest = settings.data
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        yield (
            "fail",
            f"{settings.data} cannot be written ({error.strerror})",
            "Give yourself permission to write there, or choose another folder with --data.",
        )
        return
    yield "ok", f"{settings.data}{'' if settings.data.exists() else ' (made when first used)'}"
    free = shutil.disk_usage(nearest).free
    state: State = "fail" if free < NO_DISK else "warn" if free < LITTLE_DISK else "ok"
    yield state, f"{free / 1e9:.1f} GB free", "" if state == "ok" else "Free some space on this disk."


def _embedder(settings: Settings) -> Iterator[_Found]:
    """Loads the model, which checks the digest of its weights, and embeds a sentence."""
    from rag.models.embedding import load_embedder
    from rag.models.ollama import OllamaServer

    began = time.perf_counter()
    embedder = load_embedder(embedder_name(settings), OllamaServer(settings.ollama_url, settings.connect_timeout))
    embedder.encode_query("Is the model in order?")
    digest = embedder.fingerprint("").digest
    weights = f"weights {digest[:12]}, " if digest else ""
    yield "ok", f"{embedder.name}, {embedder.dimension} dimensions, {weights}{time.perf_counter() - began:.1f} s"


def _library(settings: Settings) -> Iterator[_Found]:
    path = settings.data / FILE_NAME
    if not path.is_file():
        yield "ok", "no documents yet"
        return
    with closing(Catalog.open(path, read_only=True)) as catalog:
        documents = catalog.documents()
        chunks = catalog.chunk_count()
        failures = failures_told(catalog)
        made = catalog.made_with()
        blind = blind_in(catalog)
    size = megabytes(sum(file.stat().st_size for file in settings.data.rglob("*") if file.is_file()))
    yield "ok", f"{len(documents)} documents, {chunks:,} passages, {size} on disk"
    if made is not None and made.embedder != settings.embedder:
        detail = f"indexed with {made.embedder}, while the settings name {settings.embedder}"
        yield "warn", detail, "To put that one in use: kitabu embedder use. Until then nothing changes."
    if blind:
        yield "warn", trust_words.blind(list(blind)), trust_words.REMEDY
    if failures:
        yield "warn", f"{len(failures)} files could not be read", "See kitabu status."
    if in_use(settings.data):
        yield "ok", "open in another process, so its indexes are not checked"
        return
    yield from _indexes(settings)


def _indexes(settings: Settings) -> Iterator[_Found]:
    """Opening the library repairs its indexes; what is left to say is whether they agree now and can be searched."""
    from rag.build import open_kitabu

    with open_kitabu(settings) as kitabu:
        catalog, vectors, keywords = kitabu.library.counts()
        embedder = kitabu.embedder.name
        kitabu.engine.search("Is the library in order?")
    if catalog == vectors == keywords:
        yield "ok", f"indexes agree: {vectors} vectors, {keywords} keyword entries"
    else:
        detail = f"indexes differ: {catalog} in the catalog, {vectors} vectors, {keywords} keyword entries"
        yield "fail", detail, f"Run kitabu embedder use {embedder}: its index is made anew."


def _model(settings: Settings) -> Iterator[_Found]:
    """Without a model answers are quoted: that is a state to know of, no failure."""
    from rag.build import QUOTING, ModelChooser
    from rag.models.chat import GGUF, OPENAI
    from rag.models.ollama import OllamaServer

    server = OllamaServer(settings.ollama_url, settings.connect_timeout)
    chooser = ModelChooser(settings, server, lambda: chosen_model(settings))
    if chooser.wanted() == QUOTING:
        yield "ok", f"answers are quoted, as {'configured' if settings.model == QUOTING else 'chosen'}"
        return
    used = chooser.in_use()
    if used.problem:
        yield "warn", f"{used.problem} Until that is mended, answers are quoted.", used.remedy
    elif settings.model.startswith(f"{GGUF}:"):
        yield "ok", f"{used.name} answers, in this program on {used.where}"
    elif settings.model.startswith(f"{OPENAI}:"):
        yield "ok", f"{used.name} answers, by OpenAI's protocol, on {used.where}"
    elif used.where:
        status = chooser.status()
        models = ", ".join(model.name for model in status.models)
        yield "ok", f"{used.name} answers; {status.url}, version {status.version}, has {models}"
    else:
        yield "ok", f"{used.name} answers; where it runs is not known here"


def _scans(settings: Settings) -> Iterator[_Found]:
    """Without an engine all but scans is read: that is a state to know of, no failure."""
    from ingest.ocr.engines import describe

    known = describe(settings.ocr)
    if not known.engines:
        yield "warn", "no text recognition: scans and pictures cannot be read", known.advice
        return
    yield "ok", known.summary
    if known.advice:
        lacking = f"not read: {', '.join(known.missing)}" if known.missing else "scans are read slowly"
        yield "ok", lacking, known.advice


def _old_office(_settings: Settings) -> Iterator[_Found]:
    """Only the oldest files of Word and PowerPoint need it."""
    from ingest.readers.legacy import office_program

    program = office_program()
    if program:
        yield "ok", f".doc and .ppt files are read with the help of {program}"
    else:
        yield (
            "ok",
            ".doc and .ppt files are not read",
            "If there are any, install LibreOffice: apt install libreoffice.",
        )


_CHECKS: Final[tuple[tuple[str, Callable[[Settings], Iterator[_Found]]], ...]] = (
    ("Python", _python),
    ("packages", _packages),
    ("SQLite", _sqlite),
    ("data folder", _folder),
    ("embedder", _embedder),
    ("scans", _scans),
    ("old Office", _old_office),
    ("library", _library),
    ("model", _model),
)
