from __future__ import annotations

import errno
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.cli.failures import guarded
from rag.cli.main import run
from rag.core.errors import ConfigError, LibraryLocked
from tests.places import ROOT


def raising(error: BaseException) -> Callable[[], int]:
    def work() -> int:
        raise error

    return work


def test_an_error_is_one_line_and_its_class_is_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(LibraryLocked("Locked.", "Wait.")), []) == 5
    assert capsys.readouterr() == ("", "kitabu: Locked. Wait.\n")


def test_with_json_the_error_is_an_object_on_standard_output_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(ConfigError("Wrong \x1b.", "Right.")), ["list", "--json"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": {"code": "config", "message": "Wrong \x1b.", "hint": "Right."}}
    assert err == "kitabu: Wrong \\x1b. Right.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "No such command 'nothing'"),
        (["ask"], "Missing argument"),
        (["ask", "q", "--modle", "none"], "No such option"),
        (["search", "q", "-k", "0"], "range"),
        (["serve", "--port", "99999"], "range"),
    ],
)
def test_wrong_use_is_status_2_and_says_where_help_is(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == "usage"
    assert said in err
    assert "--help" in err
    assert err.count("\n") == 1


def test_an_unexpected_error_is_one_line_and_its_traceback_is_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(RuntimeError("oh")), ["list", "--data", str(tmp_path)]) == 70
    log = tmp_path / "logs" / "kitabu-errors.log"
    err = capsys.readouterr().err
    assert str(log) in err
    assert "Traceback" not in err
    assert "RuntimeError: oh" in log.read_text()
    assert "Traceback" in log.read_text()


def test_a_full_disk_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(OSError(errno.ENOSPC, "No space")), []) == 5
    assert "disk is full" in capsys.readouterr().err


def test_ctrl_c_is_130_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(KeyboardInterrupt()), []) == 130
    assert capsys.readouterr().err.strip().count("\n") == 0


def test_ctrl_c_is_an_object_with_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(KeyboardInterrupt()), ["ingest", "docs", "--json"]) == 130
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert err.strip().count("\n") == 0


def test_ctrl_c_pressed_twice_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pressed(io.StringIO):
        def write(self, _text: str) -> int:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stderr", Pressed())
    assert guarded(raising(KeyboardInterrupt()), []) == 130


@pytest.mark.parametrize("arguments", [[], ["eval"]])
def test_without_a_command_the_help_is_shown_line_by_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Usage: kitabu")
    assert "\nCommands:\n" in err


def test_a_reader_that_goes_away_is_quiet() -> None:
    code = """
import sys
from rag.cli.failures import guarded
def work():
    for _ in range(100_000):
        sys.stdout.write("line\\n")
    return 0
sys.exit(guarded(work, []))
"""
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    child.stdout.readline()
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == ""
    assert child.wait() == 141
    child.stderr.close()


def test_help_and_version_are_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert "ingest" in capsys.readouterr().out
