"""Commands as processes of their own: two at one library, one that is interrupted, a port that is taken."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Kitabu
from tests.places import ROOT

OWNER = """
import sys
from rag.build import open_kitabu
from rag.core.config import load_settings
with open_kitabu(load_settings(data=sys.argv[1])) as kitabu:
    if sys.argv[2] == "working":
        kitabu.worker.start()
    print("open", flush=True)
    sys.stdin.read()
"""


def start(*arguments: str, stdin: int = subprocess.PIPE) -> subprocess.Popen[str]:
    line = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        line, cwd=ROOT, env=environment, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_second_process_hands_its_work_to_the_owner(kitabu: Kitabu, filled: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    (tmp_path / "new.txt").write_text("The generator is tested on Thursdays.")
    with start("-c", OWNER, str(data), "working") as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "open\n"
        assert kitabu("status", "--data", str(data), "--json").json["in_use"]
        asked = kitabu("ask", "When is an opened vial thrown away?", "--model", "none", "--data", str(data), "--json")
        assert "6 hours" in asked.json["answer"], "a second process can read"
        added = kitabu("ingest", str(tmp_path / "new.txt"), "--data", str(data), "--json")
        assert (added.status, added.json["counts"]["indexed"]) == (0, 1)
        assert "another process" in added.err
        gone = kitabu("delete", "prices.csv", "--data", str(data), "--json")
        assert gone.json["name"] == "prices.csv"
        missing = kitabu("delete", "prices.csv", "--data", str(data), "--json")
        assert (missing.status, missing.json["error"]["code"]) == (2, "document_not_found")
        owner.communicate("")
    names = [document["name"] for document in kitabu("list", "--data", str(data), "--json").json["documents"]]
    assert names == ["handbook.md", "new.txt"]


def test_work_goes_on_here_when_the_owner_leaves(filled: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    (tmp_path / "new.txt").write_text("The generator is tested on Thursdays.")
    with start("-c", OWNER, str(data), "idle") as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        with start("-m", "rag", "ingest", str(tmp_path / "new.txt"), "--data", str(data), "--json") as second:
            assert second.stderr is not None
            assert "another process" in second.stderr.readline()
            owner.communicate("")
            out, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert json.loads(out)["counts"]["indexed"] == 1


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_ctrl_c_while_waiting_is_130_and_one_line(filled: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(filled, data)
    with start("-c", OWNER, str(data), "idle") as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        with start("-m", "rag", "embedder", "use", "--data", str(data)) as second:
            assert second.stderr is not None
            second.stderr.readline()
            time.sleep(0.5)
            second.send_signal(signal.SIGINT)
            out, err = second.communicate(timeout=30)
        owner.communicate("")
    assert (second.returncode, err.strip()) == (130, "Stopped. What was finished is kept.")
    assert out == ""


def test_a_taken_port_is_named_with_a_free_one(kitabu: Kitabu, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = kitabu("serve", "--port", str(port), "--data", str(tmp_path / "data"), "--json")
    assert (result.status, result.json["error"]["code"]) == (2, "usage")
    assert f"Port {port} is taken by another program" in result.err
    free = int(result.json["error"]["hint"].split("--port ")[1].split(",")[0])
    with socket.create_server(("127.0.0.1", free)):
        pass


def test_an_address_of_another_computer_is_refused(kitabu: Kitabu) -> None:
    result = kitabu("serve", "--host", "192.0.2.1", "--json")
    assert result.status == 2
    assert "192.0.2.1" in result.err


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_and_ends_in_order(tmp_path: Path, ended_by: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with start("-m", "rag", "serve", "--port", str(port), "--data", str(tmp_path / "data"), "--no-browser") as server:
        deadline = time.monotonic() + 90
        while not _healthy(port):
            assert server.poll() is None, server.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        with start("-m", "rag", "serve", "--port", str(port), "--data", str(tmp_path / "data")) as second:
            _, err = second.communicate(timeout=30)
        assert second.returncode == 2
        assert "another Kitabu" in err
        server.send_signal(ended_by)
        _, err = server.communicate(timeout=30)
    assert server.returncode in (0, 130)
    assert f"http://127.0.0.1:{port}" in err
    assert "Traceback" not in err


def _healthy(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"GET /_stcore/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return connection.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
