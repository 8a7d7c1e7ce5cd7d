from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.cli.console import Console, duration, megabytes, printable, write_json


@given(st.text())
def test_nothing_printable_can_steer_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in shown)
    assert "\u202e" not in shown
    assert "\n" not in shown


def test_control_characters_are_written_out() -> None:
    assert printable("a\x1b[2Jb\nc\u202e") == "a\\x1b[2Jb\\nc\\u202e"
    assert printable("a\nb\tc\r", lines=True) == "a\nb\tc\\r"


@pytest.mark.parametrize("text", ["کلینک", "स्वास्थ्य क्लिनिक", "诊所", "é 🙂", "می\u200cخواهم"])
def test_scripts_are_left_alone(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_json_is_read_back_whatever_the_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    value = {"name": "Ärztin 诊所 🙂 \udcff", "n": 1}
    write_json(value)
    sys.stdout.flush()
    assert json.loads(raw.getvalue()) == value


def test_json_silences_the_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=True)
    console.line("for people")
    console.text("for people")
    console.result({"a": 1})
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_table_lines_up_wide_and_combining_characters(capsys: pytest.CaptureFixture[str]) -> None:
    Console(as_json=False).table([("name", "n"), ("诊所", "7"), ("e\u0301\x07", "12")], right=(1,))
    assert capsys.readouterr().out == "name    n\n诊所    7\ne\u0301\\x07  12\n"


def test_numbers_as_people_read_them() -> None:
    assert [duration(s) for s in (0.4, 89, 91, 3600 * 2 + 300)] == ["0 s", "89 s", "2 min", "2 h 05 min"]
    assert [megabytes(n) for n in (10, 99_999, 2_000_000)] == ["0.0 kB", "100.0 kB", "2.0 MB"]
