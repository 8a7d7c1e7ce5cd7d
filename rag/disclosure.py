"""What happens to the data of this installation: who is talked to, what is stored where, for how long, how it goes."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ingest.uploads import FOLDER as UPLOADS
from rag.build import AUTO, QUOTING, ModelChooser
from rag.core.config import Settings
from rag.core.errors import StoreError
from rag.core.machine import LOOPBACK
from rag.core.processes import Process, is_own_address, users_of
from rag.models.chat import GGUF, LANGCHAIN, OPENAI
from rag.models.ollama import is_here, normalise_url
from rag.store.catalog import FILE_NAME
from rag.store.fingerprints import made_with

_PARTS: Final = (
    ("The catalog", (f"{FILE_NAME}*",),
     "Texts, passages and their vectors, names and paths of files, conversations with their answers, feedback, golden "
     "questions and runs, the queue of work.",
     "A document's part: until it is deleted. Conversations: until they are deleted, each by itself. Of finished work, "
     "the last 50 jobs.",
     "kitabu delete DOCUMENT, or Delete in Library; conversations in Ask. A deletion gives a receipt: what was "
     "removed, what was looked for afterwards, and what is left until when."),
    ("The search indexes", ("vectors", "vectors-*", "keywords", "keywords-*"),
     "Vectors and words, made from the catalog.",
     "As long as their documents.",
     "They follow the catalog: nothing has to be done."),
    ("Uploaded files", (UPLOADS,),
     "Copies of the files that were added in the app.",
     "Until their document is deleted.",
     "Deleting the document deletes its copy. Files elsewhere are never touched."),
    ("Logs", ("kitabu.log*", "logs"),
     "Unforeseen errors. Names of files may stand in them.",
     "The app's: the newest 4 MB.",
     "Delete the files."),
)  # fmt: skip
_OTHER: Final = ("Other files", "Locks, and what is not known here.", "", "")


@dataclass(frozen=True, slots=True)
class Stored:
    """Something that is kept."""

    name: str
    path: str
    size: int
    """Bytes."""
    what: str
    how_long: str
    how_deleted: str


@dataclass(frozen=True, slots=True)
class ModelServer:
    """Where questions and passages go to be answered."""

    address: str
    """"" where no server is asked, or where it is not known (then `used`)."""
    here: bool
    used: bool
    """Whether a model there answers now."""
    embeds: bool
    """Whether a model there embeds documents and questions."""
    model: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """All of it, as it is now."""

    processes: tuple[Process, ...] | None
    """None where the system does not tell."""
    server: ModelServer
    listens_on: str
    """The address that the app is configured to listen on."""
    stored: tuple[Stored, ...]
    findings: tuple[str, ...]
    """What leaves this computer or is open to others, in plain sentences; empty when nothing does."""
    limits: tuple[str, ...]
    """What cannot be found out from here."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        processes = None
        if self.processes is not None:
            processes = [
                {
                    "pid": one.pid,
                    "command": list(one.command),
                    "role": role(one),
                    "started_by": one.started_by,
                    "connections": [
                        {**asdict(socket_), "listening": socket_.listening, "leaves": socket_.leaves}
                        for socket_ in one.connections
                    ],
                }
                for one in self.processes
            ]
        return {
            "processes": processes,
            "model_server": asdict(self.server),
            "listens_on": self.listens_on,
            "stored": [asdict(one) for one in self.stored],
            "findings": list(self.findings),
            "limits": list(self.limits),
        }


def disclose(settings: Settings, chooser: ModelChooser) -> Disclosure:
    """Look now. Takes up to the connect timeout of the model server.

    The embedder is the library's, where it has documents, whatever the settings name.

    Files that vanish while they are counted are left out.
    """
    with suppress(StoreError):  # a damaged catalog: the settings are what is known then
        made = made_with(settings.data)
        if made is not None:
            settings = settings.model_copy(update={"embedder": made.embedder})
    processes = users_of(settings.data)
    server = _server(settings, chooser)
    stored = [*_stored(settings.data), *_models(settings, chooser)]
    found = None if processes is None else tuple(processes)
    findings = tuple(_findings(settings, server, found or ()))
    return Disclosure(found, server, settings.host, tuple(stored), findings, tuple(_limits(settings, found)))


def role(process: Process) -> str:
    """What a process is for, in words."""
    words = " ".join(process.command)
    if "ingest.isolation read" in words:
        return "reads files"
    if "ingest.isolation view" in words:
        return "draws pages"
    if "tesseract" in words:
        return "recognises text"
    if process.pid == os.getpid():
        return "this program"
    return "uses the library"


def _server(settings: Settings, chooser: ModelChooser) -> ModelServer:
    wanted = chooser.resolve()
    if wanted.startswith(f"{OPENAI}:"):
        answering = chooser.in_use()
        url = normalise_url(settings.openai_url, "openai_url")
        return ModelServer(url, _is_this_computer(url), not answering.problem, embeds=False, model=answering.name)
    # With "auto" the server is looked at, also when nothing there can answer.
    asked = settings.model == AUTO or _on_server(wanted)
    embeds = settings.embedder.startswith("ollama:")
    if not asked and not embeds and _is_foreign(wanted):
        return ModelServer("", here=False, used=True, embeds=False, model=wanted)
    if not asked and not embeds:
        return ModelServer("", here=True, used=False, embeds=False, model=wanted)
    status = chooser.status()
    used = chooser.in_use() if _on_server(wanted) else None
    answers = used is not None and status.reachable and not used.problem
    return ModelServer(status.url, _is_this_computer(status.url), answers, embeds, used.name if used else wanted)


def _on_server(model: str) -> bool:
    return model != QUOTING and not model.startswith((f"{GGUF}:", f"{OPENAI}:")) and not _is_foreign(model)


def _is_foreign(model: str) -> bool:
    """Whether code that is not ours asks the model, wherever that is."""
    return model.startswith(f"{LANGCHAIN}:") or _is_code(model)


def _is_code(name: str) -> bool:
    """Whether a setting is the dotted path of somebody's class; that is not loaded here."""
    return "." in name and all(part.isidentifier() for part in name.split("."))


def _is_this_computer(url: str) -> bool:
    if is_here(url):
        return True
    host = urlsplit(url).hostname or ""
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return bool(addresses) and all(is_own_address(address.partition("%")[0]) for address in addresses)


def _stored(data: Path) -> list[Stored]:
    if not data.is_dir():
        return []
    left = set(data.iterdir())
    stored = []
    for name, patterns, what, how_long, how_deleted in _PARTS:
        paths = {path for pattern in patterns for path in data.glob(pattern)}
        left -= paths
        stored.append(Stored(name, _shown(data, paths), sum(map(_size, paths)), what, how_long, how_deleted))
    if any(map(_size, left)):
        name, what, how_long, how_deleted = _OTHER
        stored.append(Stored(name, _shown(data, left), sum(map(_size, left)), what, how_long, how_deleted))
    return [one for one in stored if one.path]


def _models(settings: Settings, chooser: ModelChooser) -> list[Stored]:
    """The models on this computer, which hold nothing of the documents."""
    wanted = chooser.resolve()
    if wanted.startswith(f"{GGUF}:"):
        path = Path(wanted.partition(":")[2]).expanduser()
        return [Stored("The model", str(path), _size(path), "It holds nothing of yours.", "", "Delete the file.")]
    if not _is_this_computer(normalise_url(settings.ollama_url)):
        return []
    status = chooser.status()
    if not status.models:
        return []
    names, size = ", ".join(model.name for model in status.models), sum(model.size for model in status.models)
    what = f"{names}. They hold nothing of yours."
    return [
        Stored("Ollama's models", "in Ollama's own folder", size, what, "Until they are removed.", "ollama rm NAME")
    ]


def _shown(data: Path, paths: set[Path]) -> str:
    return ", ".join(str(data / path.name) for path in sorted(paths))


def _size(path: Path) -> int:
    try:
        if not path.is_dir():
            return path.lstat().st_size
        return sum(_size(inside) for inside in path.iterdir())
    except OSError:
        return 0


def _findings(settings: Settings, server: ModelServer, processes: Sequence[Process]) -> list[str]:
    found = []
    if settings.host not in LOOPBACK:
        found.append(
            f"The app is set to listen on {settings.host}: whoever reaches that address can read the library and "
            "change it, without a password."
        )
    if server.address and not server.here:
        sent = "all texts of the documents, and questions," if server.embeds else "questions and the passages found"
        found.append(f"The model server is not this computer: {sent} are sent to {server.address}.")
    if _is_foreign(settings.model):
        found.append(
            f"The model '{settings.model}' is asked by code that is not part of this program: questions and the "
            "passages found may be sent to another computer."
        )
    elsewhere = normalise_url(settings.ollama_url)
    if settings.embedder.startswith("ollama:") and not server.embeds and not _is_this_computer(elsewhere):
        found.append(f"The embedder's server is not this computer: all texts of the documents are sent to {elsewhere}.")
    if settings.store.startswith("chroma:") and not _is_this_computer(settings.store.removeprefix("chroma:")):
        found.append(
            "The vector store is not this computer: vectors of all passages and of questions, which tell much of their "
            f"texts, are sent to {settings.store.removeprefix('chroma:')}."
        )
    for process in processes:
        for one in process.connections:
            if not one.leaves:
                continue
            if one.listening:
                where = f"{one.address} port {one.port}, {one.protocol}"
                found.append(f"Process {process.pid} ({role(process)}) can be reached from other computers: {where}.")
            else:
                found.append(
                    f"Process {process.pid} ({role(process)}) is connected with another computer: {one.peer} port "
                    f"{one.peer_port}."
                )
    return found


def _limits(settings: Settings, processes: Sequence[Process] | None) -> list[str]:
    limits = []
    if processes is None:
        limits.append("This system does not say whom a process talks to: what is told comes from the settings.")
    else:
        limits.append("Connections are those of this moment; processes of other accounts are not seen.")
    limits.append("What the model server stores or sends, and where a tunnel or proxy leads, is not seen from here.")
    named = (
        ("model", settings.model),
        ("embedder", settings.embedder),
        ("chunker", settings.chunker),
        ("store", settings.store),
    )
    readers = [("reader", path) for path in settings.readers.values()]
    for what, path in (*named, *readers, ("reranker", settings.reranker)):
        if _is_code(path):
            limits.append(f"The {what} '{path}' is somebody's own code: what it sends is not known here.")
    if settings.model.startswith(f"{LANGCHAIN}:"):
        limits.append(f"The model '{settings.model}' is reached as LangChain does it: where it is, is not known here.")
    return limits
