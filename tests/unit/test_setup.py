from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import environment
import pytest
import setup

from tests.places import ROOT

PROJECT = """
[build-system]
requires = ["setuptools"]
[project]
name = "small"
version = "1"
dependencies = ["{dependency}"]
[tool.setuptools]
packages = []
[tool.ruff]
line-length = {length}
"""


def project(folder: Path, dependency: str = "no-such-package-anywhere", length: int = 120) -> Path:
    (folder / "pyproject.toml").write_text(PROJECT.format(dependency=dependency, length=length))
    (folder / "constraints.txt").write_text("")
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose installation fails at once for want of a registry, so that any attempt shows."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return project(tmp_path)


def stamp(root: Path, extra: str) -> None:
    python = environment.script(root, "python")
    python.parent.mkdir(parents=True, exist_ok=True)
    python.touch()
    text = json.dumps({"root": str(root), extra: environment._digest(root)})
    (root / environment.FOLDER / environment.STAMP).write_text(text)


def test_what_is_complete_is_left_alone(installed: Path) -> None:
    stamp(installed, "dev")
    assert environment.ensure(installed, "dev") == environment.script(installed, "python")
    assert environment.ensure(installed, "run") == environment.script(installed, "python"), "dev holds run"


def test_the_tools_settings_are_no_reason_to_install(installed: Path) -> None:
    before = environment._digest(installed)
    assert environment._digest(project(installed, length=100)) == before
    assert environment._digest(project(installed, dependency="other")) != before
    project(installed)
    (installed / "constraints.txt").write_text("click==1")
    assert environment._digest(installed) != before


def test_failed_installation_names_the_cause_and_the_log_and_is_taken_up_again(installed: Path) -> None:
    for _ in range(2):
        with pytest.raises(environment.SetupError, match=r"does not exist for this computer.*install\.log"):
            environment.ensure(installed, "run")
        assert "No matching distribution" in (installed / ".venv" / "install.log").read_text()
        # The next round starts from an environment that was interrupted while it was made.
        shutil.rmtree(installed / ".venv" / "lib", ignore_errors=True)


def test_packages_that_were_half_written_are_forgotten(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"

    def package(name: str, record: str | None) -> Path:
        info = site / f"{name}-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        if record is not None:
            (info / "RECORD").write_text(record)
        return info

    site.mkdir(parents=True)
    (site / "there.py").write_text("")
    whole = package("whole", "there.py,,\n__pycache__/there.cpython-311.pyc,,\n")
    torn = package("torn", "gone.py,,\nthere.py,,\n")
    unrecorded = package("unrecorded", None)
    environment._drop_half_installed(tmp_path)
    assert (whole.exists(), torn.exists(), unrecorded.exists()) == (True, False, False)


def test_a_full_disk_is_said_before_anything_is_made(installed: Path) -> None:
    with pytest.raises(environment.SetupError, match=r"GB free and the installation needs"):
        environment._require_space(installed, 10**18)


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("urllib3.exceptions.NewConnectionError: <...> Temporary failure in name resolution", "cannot be reached"),
        ("ERROR: No matching distribution found for torch==2.13.0", "does not exist for this computer"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("something else", ""),
    ],
)
def test_what_pip_says_is_put_in_words(said: str, meaning: str) -> None:
    assert meaning in environment._cause(said)
    assert bool(environment._cause(said)) == bool(meaning)


def test_commands_and_options() -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "tools/setup.py", *arguments]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)

    assert run("fly").returncode == 2
    assert run("clean", "everything").returncode == 2
    assert "bench" in run("--help").stdout


@pytest.mark.parametrize("command", ["run", "test", "bench"])
def test_what_a_command_runs_is_there_and_starts(command: str) -> None:
    module, *arguments = setup.MODULES[command]
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    # The benchmarks take names only and say which they know.
    assert done.returncode == (2 if command == "bench" else 0), done.stderr
    assert "No module named" not in done.stderr
