"""`kitabu serve` as a script sees it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.places import ROOT

WAIT = 120.0


def test_with_json_standard_output_is_one_object(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [
        "serve",
        "--json",
        "--no-browser",
        "--model",
        "none",
        "--port",
        str(port),
        "--data",
        str(tmp_path / "d"),
    ]
    child = subprocess.Popen(
        [sys.executable, "-m", "rag", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + WAIT
        while not answers(port):
            assert time.monotonic() < end
            assert child.poll() is None
            time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=WAIT)
    finally:
        child.kill()
        child.wait()
    assert json.loads(out) == {"url": f"http://127.0.0.1:{port}", "data": str(tmp_path / "d")}
    assert f"Kitabu is at http://127.0.0.1:{port}" in err
    assert child.returncode == 0


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError):
        return False
