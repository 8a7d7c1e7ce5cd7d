"""The whole main job where no connection can be made: by Python's own sockets or by any library beneath it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.places import ROOT

SAMPLES = ROOT / "sample_docs" / "library"
CHOSEN = ("Clinic handbook.pdf", "Solar lamp FAQ.md", "Stock and prices.xlsx", "Leave and travel policy.docx")
QUESTION = "Is there a lamp with a radio?"
MODEL_SERVER = "127.0.0.1:11434"

GUARD = '''
"""Python runs this at every start, in child processes too."""
import ctypes, os, platform, socket, sys

def refuse(name):
    original = getattr(socket.socket, name, None) or getattr(socket, name)
    def attempt(*arguments, **named):
        own = isinstance(arguments[0], socket.socket)
        if own and arguments[0].family == socket.AF_UNIX:
            return original(*arguments, **named)
        host, port, *_ = arguments[1] if own else arguments
        with open(os.environ["ATTEMPTS"], "a") as log:
            log.write(f"{name} {host}:{port}\\n")
        raise PermissionError("no connections here")
    return attempt

for name in ("connect", "connect_ex", "bind", "sendto"):
    setattr(socket.socket, name, refuse(name))
socket.getaddrinfo = refuse("getaddrinfo")

# Beneath Python, for Rust and C++ libraries: the kernel refuses socket(2) of every family but AF_UNIX. See seccomp(2).
NUMBERS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # AUDIT_ARCH and number of socket(2)
if sys.platform == "linux" and platform.machine() in NUMBERS:
    ARCHITECTURE, SOCKET = NUMBERS[platform.machine()]
    LOAD, EQUAL, RETURN, ALLOW, EACCES = 0x20, 0x15, 0x06, 0x7FFF0000, 0x0005000D
    CODE = [
        (LOAD, 0, 0, 4), (EQUAL, 0, 4, ARCHITECTURE), (LOAD, 0, 0, 0), (EQUAL, 0, 2, SOCKET),
        (LOAD, 0, 0, 16), (EQUAL, 0, 1, socket.AF_UNIX), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, EACCES),
    ]
    class Instruction(ctypes.Structure):
        _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("code", ctypes.POINTER(Instruction))]
    code = (Instruction * len(CODE))(*CODE)
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, ctypes.byref(Program(len(CODE), code)), 0, 0) == 0  # PR_SET_SECCOMP
'''
RUNNER = """
import contextlib, io, json, sys
from rag.cli.main import run
results = []
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = run([*arguments, "--json"])
    results.append([status, json.loads(out.getvalue())])
print(json.dumps(results))
"""
PROBE = """
import ctypes, json, socket, sys
port, said = int(sys.argv[1]), {}
def attempt(name, call):
    try:
        call()
        said[name] = "connected"
    except OSError as error:
        said[name] = str(error)
attempt("create_connection", lambda: socket.create_connection(("127.0.0.1", port)))
libc = ctypes.CDLL(None, use_errno=True)
said["socket(2)"] = "refused" if libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0) < 0 else "given"
one, other = socket.socketpair()
one.sendall(b"hello")
said["AF_UNIX"] = other.recv(5).decode()
print(json.dumps(said))
"""


@dataclass
class Offline:
    """Runs Python code in a process of its own, behind the guard."""

    folder: Path

    def python(self, code: str, *arguments: str, guarded: bool = True) -> Any:
        """What the code printed, as JSON."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KITABU_")}
        path = [str(ROOT), *([str(self.folder / "guard")] if guarded else [])]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=self.folder,
            env={**kept, "PYTHONPATH": os.pathsep.join(path), "ATTEMPTS": str(self.folder / "attempts")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def kitabu(self, *commands: list[str], model: str) -> list[Any]:
        """The JSON that each command printed; all in one process."""
        (self.folder / "kitabu.toml").write_text(f'data = "data"\nmodel = "{model}"\n')
        results = self.python(RUNNER, json.dumps(commands))
        assert [status for status, _ in results] == [0] * len(commands)
        return [printed for _, printed in results]

    def attempts(self) -> set[str]:
        """Where a connection was tried."""
        log = self.folder / "attempts"
        return set(log.read_text().splitlines()) if log.exists() else set()


@pytest.fixture
def offline(tmp_path: Path) -> Offline:
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    (tmp_path / "documents").mkdir()
    for name in CHOSEN:
        shutil.copy(SAMPLES / name, tmp_path / "documents")
    return Offline(tmp_path)


def test_the_guard_refuses_what_would_connect(offline: Offline) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        free = offline.python(PROBE, str(port), guarded=False)
        assert free == {"create_connection": "connected", "socket(2)": "given", "AF_UNIX": "hello"}
        assert offline.attempts() == set()
        kept = offline.python(PROBE, str(port))
    assert kept["create_connection"] == "no connections here"
    assert kept["AF_UNIX"] == "hello"
    assert offline.attempts() == {f"getaddrinfo 127.0.0.1:{port}"}
    if sys.platform == "linux":
        assert kept["socket(2)"] == "refused"


def test_the_main_job_tries_no_connection(offline: Offline) -> None:
    ingested, found, answer, refusal, deleted, after, status, doctor = offline.kitabu(
        ["ingest", "documents"],
        ["search", QUESTION],
        ["ask", QUESTION],
        ["ask", "Who painted the Mona Lisa?"],
        ["delete", "Solar lamp FAQ.md"],
        ["search", QUESTION],
        ["status"],
        ["doctor"],
        model="none",
    )
    assert {Path(file["path"]).name: file["status"] for file in ingested["files"]} == dict.fromkeys(CHOSEN, "indexed")
    assert found["hits"][0]["document"] == "Solar lamp FAQ.md"
    assert "FM radio" in answer["answer"]
    assert all(sentence["supported"] for sentence in answer["sentences"])
    assert all(citation["verified"] for citation in answer["citations"])
    assert refusal["refused"] is True
    assert deleted
    assert "Solar lamp FAQ.md" not in {hit["document"] for hit in after["hits"]}
    assert status
    assert doctor["ok"] is True
    assert offline.attempts() == set()


def test_with_auto_only_the_configured_server_is_tried_and_quotes_answer(offline: Offline) -> None:
    _, answer, doctor = offline.kitabu(
        ["ingest", "documents/Solar lamp FAQ.md"], ["ask", QUESTION], ["doctor"], model="auto"
    )
    assert answer["model"] == "none"
    assert "FM radio" in answer["answer"]
    assert doctor["ok"] is True
    assert offline.attempts() <= {f"getaddrinfo {MODEL_SERVER}", f"connect {MODEL_SERVER}"}
    assert offline.attempts()
