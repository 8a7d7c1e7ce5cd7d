"""`kitabu privacy`."""

from __future__ import annotations

from rag.build import ModelChooser
from rag.cli.console import Console, megabytes
from rag.cli.failures import DONE, PARTLY_FAILED
from rag.cli.overview import chosen_model
from rag.core.config import Settings
from rag.core.processes import Connection
from rag.disclosure import Disclosure, disclose, role
from rag.models.ollama import OllamaServer


def privacy(settings: Settings, console: Console) -> int:
    """Show what was found out; status 1 when something leaves this computer or is open to others."""
    console.passing("Looking")
    server = OllamaServer(settings.ollama_url, settings.connect_timeout)
    found = disclose(settings, ModelChooser(settings, server, lambda: chosen_model(settings)))
    console.end()
    console.result(found.to_json())
    _findings(found, console)
    _processes(found, console)
    _stored(found, console)
    for limit in found.limits:
        console.line(limit)
    return PARTLY_FAILED if found.findings else DONE


def _findings(found: Disclosure, console: Console) -> None:
    for finding in found.findings:
        console.line(f"warning    {finding}")
    if not found.findings:
        console.line("Nothing was found that leaves this computer or can be reached from others.")
    server = found.server
    if not server.address and server.used:
        console.line(f"model      {server.model}; where it is asked is not known")
    elif not server.address:
        console.line(f"model      {server.model}; no model server is asked")
    else:
        where = "this computer" if server.here else "another computer"
        console.line(
            f"model      {server.address}, {where}{'' if server.used or server.embeds else ', not in use now'}"
        )


def _processes(found: Disclosure, console: Console) -> None:
    for process in found.processes or ():
        console.line(f"process    {process.pid}, {role(process)}: {' '.join(process.command)[:100]}")
        for connection in process.connections:
            console.line(f"           {_told(connection)}")


def _told(one: Connection) -> str:
    if one.listening:
        return f"listens on {one.address} port {one.port} ({one.protocol})"
    return f"talks to {one.peer} port {one.peer_port} ({one.protocol})"


def _stored(found: Disclosure, console: Console) -> None:
    for one in found.stored:
        console.line()
        console.line(f"{one.name}, {megabytes(one.size)}: {one.path}")
        for line in (one.what, one.how_long, one.how_deleted):
            if line:
                console.line(f"   {line}")
    console.line()
