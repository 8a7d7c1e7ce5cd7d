"""Who uses a folder and whom they talk to is found out: what a test opens is seen, and gone when it is closed."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core.processes import Connection, Process, is_own_address, users_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the system does not tell")
HOLDING = "import sys, time; kept = open(sys.argv[1]); print('open', flush=True); time.sleep(60)"
STARTING = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[2], sys.argv[1]])"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
        yield opened


def mine(folder: Path) -> Process:
    found = users_of(folder)
    assert found is not None
    return next(one for one in found if one.pid == os.getpid())


def test_a_socket_that_is_opened_is_seen_and_a_closed_one_is_not(tmp_path: Path, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    assert Connection("tcp", "127.0.0.1", port, "", 0) in mine(tmp_path).connections
    with socket.create_connection(("127.0.0.1", port)) as client:
        seen = [one for one in mine(tmp_path).connections if one.peer_port == port]
        assert [(one.address, one.peer, one.port) for one in seen] == [
            ("127.0.0.1", "127.0.0.1", client.getsockname()[1])
        ]
        assert not seen[0].leaves
    listener.close()
    assert not [one for one in mine(tmp_path).connections if port in (one.port, one.peer_port)]


def test_what_is_open_to_other_computers_is_told_apart(tmp_path: Path) -> None:
    with socket.socket() as everywhere, socket.socket(socket.AF_INET6) as six:
        everywhere.bind(("0.0.0.0", 0))
        everywhere.listen()
        six.bind(("::1", 0))
        six.listen()
        ports = {one.port: one for one in mine(tmp_path).connections}
        assert ports[everywhere.getsockname()[1]].leaves
        assert (ports[six.getsockname()[1]].address, ports[six.getsockname()[1]].leaves) == ("::1", False)
    assert Connection("tcp", "10.0.0.2", 4000, "192.0.2.1", 443).leaves
    assert not Connection("tcp", "127.0.0.1", 4000, "127.0.0.1", 443).leaves


def test_udp_is_seen(tmp_path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        port = opened.getsockname()[1]
        assert Connection("udp", "127.0.0.1", port, "", 0) in mine(tmp_path).connections


def test_other_programs_with_files_of_the_folder_open_and_their_children_are_found(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    outside = tmp_path.parent / f"{tmp_path.name}-other"
    outside.mkdir()
    command = [sys.executable, "-c", STARTING, str(tmp_path / "a"), HOLDING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"open\n"
        try:
            found = {one.pid: one for one in users_of(tmp_path) or ()}
            child = next(one for one in found.values() if one.started_by == program.pid)
            assert child.command[1:3] == ("-c", HOLDING)
            assert found[program.pid].started_by == os.getpid()
            assert {one.pid for one in users_of(outside) or ()} >= {os.getpid()}
        finally:
            os.killpg(program.pid, 9)
    # Nobody waits for the child here, and who takes it over may take a moment.
    deadline = time.monotonic() + 20
    while child.pid in {one.pid for one in users_of(tmp_path) or ()}:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_own_addresses_are_known_without_asking_anybody() -> None:
    assert is_own_address("127.0.0.1")
    assert is_own_address("::1")
    assert not is_own_address("192.0.2.1")
    assert not is_own_address("2001:db8::1")


def test_a_system_that_does_not_tell(tmp_path: Path) -> None:
    assert users_of(tmp_path, proc=tmp_path / "proc") is None
