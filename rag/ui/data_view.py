"""What happens to one's data, as markup: warnings first, then who is talked to, what is stored, what is not known."""

from __future__ import annotations

from collections.abc import Iterable

from rag.core.processes import Connection, Process
from rag.disclosure import Disclosure, Stored, role
from rag.ui import strings
from rag.ui.markup import text
from rag.ui.strings import data as words


def data_html(found: Disclosure) -> str:
    """All of it."""
    return "".join((
        f'<p class="muted">{text(words.LEAD)}</p>',
        _findings(found.findings),
        f"<h2>{text(words.MODEL_SERVER)}</h2><p>{text(_server(found))}</p>",
        f"<h2>{text(words.PROCESSES)}</h2>{_processes(found.processes)}",
        f"<h2>{text(words.STORED)}</h2>{_stored(found.stored)}",
        f"<h2>{text(words.LIMITS)}</h2>{_list(found.limits)}",
    ))  # fmt: skip


def _findings(findings: tuple[str, ...]) -> str:
    if not findings:
        return f"<p><strong>{text(words.ALL_HERE)}</strong></p>"
    return f'<div class="calm" role="alert"><p class="message">{text(words.TO_KNOW)}</p>{_list(findings)}</div>'


def _server(found: Disclosure) -> str:
    server = found.server
    if not server.address:
        return words.place_unknown(server.model) if server.used else words.NO_SERVER
    told = words.server(server.address, here=server.here, used=server.used, model=server.model)
    return f"{told} {words.EMBEDS}" if server.embeds else told


def _processes(processes: tuple[Process, ...] | None) -> str:
    if processes is None:
        return f"<p>{text(words.NOT_TOLD)}</p>"
    parts = []
    for process in processes:
        told = _connections(process.connections) or [words.NO_CONNECTIONS]
        parts.append(f"<p>{text(words.process(process.pid, role(process)))}</p>{_list(told)}")
    return "".join(parts)


def _connections(found: Iterable[Connection]) -> list[str]:
    """In words; a browser, which has several, is told once."""
    connections = list(found)
    listening = [one for one in connections if one.listening]
    ports = {one.port for one in listening}
    visitors = {one.peer for one in connections if not one.listening and one.port in ports}
    others = [one for one in connections if not one.listening and one.port not in ports]
    return [
        *(words.listens(one.address, one.port) for one in listening),
        *map(words.visited, sorted(visitors)),
        *(words.talks(one.peer, one.peer_port) for one in others),
    ]


def _stored(stored: tuple[Stored, ...]) -> str:
    if not stored:
        return f"<p>{text(words.NOTHING_STORED)}</p>"
    return "".join(_one(one) for one in stored)


def _one(one: Stored) -> str:
    facts = [
        f"{head}: {said}"
        for head, said in ((words.HOW_LONG, one.how_long), (words.HOW_DELETED, one.how_deleted))
        if said
    ]
    return (
        f"<p><strong>{text(words.stored(one.name, strings.size(one.size)))}</strong></p>"
        f'<p class="muted" dir="auto">{text(one.path)}</p>{_list([one.what, *facts])}'
    )


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{text(line)}</li>' for line in lines)}</ul>"
