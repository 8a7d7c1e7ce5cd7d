"""Which processes use a folder, what they started, the addresses they listen on and talk to: as the system says.

Linux tells it in /proc. Elsewhere nothing is told, and whoever asks must say so.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

_LISTENING: Final = "0A"
"""TCP_LISTEN in the kernel's include/net/tcp_states.h; of UDP, 07 (TCP_CLOSE) is a socket that talks to nobody yet."""
_UNCONNECTED: Final = "07"
_TABLES: Final = ("tcp", "tcp6", "udp", "udp6")


@dataclass(frozen=True, slots=True)
class Connection:
    """A network socket of a process."""

    protocol: str
    """"tcp" or "udp"."""
    address: str
    """Of this end."""
    port: int
    peer: str
    """The other end's address; "" for a socket that is listened on."""
    peer_port: int

    @property
    def listening(self) -> bool:
        """Whether others can connect to it."""
        return not self.peer

    @property
    def leaves(self) -> bool:
        """Whether it is open to, or connected with, anything but this computer."""
        if self.listening:
            return not ip_address(self.address).is_loopback
        return not is_own_address(self.peer)


@dataclass(frozen=True, slots=True)
class Process:
    """A running process that uses the folder, or was started by one that does."""

    pid: int
    command: tuple[str, ...]
    started_by: int | None
    """The process among those told that started it."""
    connections: tuple[Connection, ...]


def users_of(folder: Path, proc: Path = Path("/proc")) -> list[Process] | None:
    """The processes of this account that have files in the folder open, this one, and what they have started.

    Returns:
        In the order of their numbers; None where the system does not tell.
    """
    if not (proc / "self/net/tcp").exists():
        return None
    inside = os.path.realpath(folder).rstrip(os.sep) + os.sep
    parents = _parents(proc)
    users = {pid for pid in parents if any(target.startswith(inside) for target in _open_files(proc, pid))}
    users.add(os.getpid())
    wanted = set(users)
    grown = True
    while grown:
        started = {pid for pid, parent in parents.items() if parent in wanted}
        grown = not started <= wanted
        wanted |= started
    return [
        Process(pid, _command(proc, pid), parents[pid] if parents.get(pid) in wanted else None, _connections(proc, pid))
        for pid in sorted(wanted)
        if pid in parents
    ]


def is_own_address(address: str) -> bool:
    """Whether an IP address is one of this computer's. Nothing is sent: it is seen whether it can be listened on."""
    found = ip_address(address)
    if found.is_loopback:
        return True
    family = socket.AF_INET6 if found.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _parents(proc: Path) -> dict[int, int]:
    """Of each process the one that started it."""
    found = {}
    for entry in proc.iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if fields[0] != "Z":
                    found[int(entry.name)] = int(fields[1])
    return found


def _open_files(proc: Path, pid: int) -> Iterator[str]:
    with suppress(OSError):  # somebody else's, or ended
        for entry in (proc / str(pid) / "fd").iterdir():
            with suppress(OSError):
                yield str(entry.readlink())


def _command(proc: Path, pid: int) -> tuple[str, ...]:
    try:
        told = (proc / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(part.decode("utf-8", "replace") for part in told.split(b"\0") if part)


def _connections(proc: Path, pid: int) -> tuple[Connection, ...]:
    inodes = {found.group(1) for target in _open_files(proc, pid) if (found := re.match(r"socket:\[(\d+)\]", target))}
    known = _sockets(proc, pid) if inodes else {}
    own = {known[inode] for inode in inodes if inode in known}
    return tuple(sorted(own, key=lambda one: (one.peer, one.port, one.peer_port, one.address)))


def _sockets(proc: Path, pid: int) -> Mapping[str, Connection]:
    """The sockets of the process's network, by their inode."""
    found = {}
    for table in _TABLES:
        try:
            lines = (proc / str(pid) / "net" / table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            (address, port), (peer, peer_port) = _endpoint(fields[1]), _endpoint(fields[2])
            alone = fields[3] == (_LISTENING if table.startswith("tcp") else _UNCONNECTED)
            found[fields[9]] = Connection(table[:3], address, port, "" if alone else peer, 0 if alone else peer_port)
    return found


def _endpoint(told: str) -> tuple[str, int]:
    """An address and port as /proc/net writes them: words of 32 bits in the machine's byte order, in hexadecimal."""
    number, port = told.split(":")
    raw = b"".join(bytes.fromhex(number[at : at + 8])[::-1] for at in range(0, len(number), 8))
    address: IPv4Address | IPv6Address = ip_address(raw)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address), int(port, 16)
