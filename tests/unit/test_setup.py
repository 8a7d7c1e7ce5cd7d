from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import commands
import environment
import pytest

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


def test_a_moved_folder_takes_its_environment_along_without_a_network(installed: Path) -> None:
    root = installed / "Ärzte & co"
    root.mkdir()
    project(root)
    (root / "pyproject.toml").write_text(
        (root / "pyproject.toml").read_text().replace('"no-such-package-anywhere"', "")
    )
    folder = root / environment.FOLDER
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    # pip and setuptools are those of the tests.
    (site,) = [*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")]
    (site / "tools.pth").write_text(sysconfig.get_path("purelib"))
    text = json.dumps({"root": "/before", "run": environment._digest(root)})
    (folder / environment.STAMP).write_text(text)
    assert environment.ensure(root, "run") == environment.script(root, "python")
    assert json.loads((folder / environment.STAMP).read_text())["root"] == str(root)
    (place,) = site.glob("small-1.dist-info/direct_url.json")
    assert json.loads(place.read_text())["url"] == root.as_uri()


def test_an_environment_that_is_a_link_is_left_alone(installed: Path) -> None:
    (installed / "elsewhere").mkdir()
    (installed / environment.FOLDER).symlink_to(installed / "elsewhere")
    with pytest.raises(environment.SetupError, match=r"is a link"):
        environment.ensure(installed, "run")


@pytest.mark.parametrize("version", ["(3, 6, 0)", "(3, 10, 4)", "(3, 14, 0)"])
@pytest.mark.skipif(os.name != "posix", reason="programs are made of a shell script here")
def test_another_python_hands_over_to_a_supported_one_or_says_what_is_needed(tmp_path: Path, version: str) -> None:
    code = f"import runpy, sys; sys.version_info = {version}; runpy.run_path('tools/setup.py', run_name='__main__')"

    def start() -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", code, "install"]
        return subprocess.run(line, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)

    alone = start()
    assert alone.returncode == 1
    assert alone.stderr.startswith("Kitabu needs Python 3.11 to 3.13; this is 3.")
    assert alone.stderr.count("\n") == 1
    for name, status in (("python3.13", 1), ("python3.12", 0)):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@"\nexit {status}\n')
        (tmp_path / name).chmod(0o755)
    found = start()
    assert (found.returncode, found.stdout.split()) == (0, ["python3.12", str(ROOT / "tools/setup.py"), "install"])


def test_an_old_python_can_read_what_it_starts_with() -> None:
    """It says nothing useful about a file that it cannot read."""
    source = (ROOT / "tools" / "setup.py").read_text()
    tree = ast.parse(source, feature_version=(3, 6))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


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
    module, *arguments = commands.MODULES[command]
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    # The benchmarks take names only and say which they know.
    assert done.returncode == (2 if command == "bench" else 0), done.stderr
    assert "No module named" not in done.stderr
