"""What `setup.py` does once it runs in a Python that Kitabu supports: set up, run, test, check, clean.

Only the standard library is used: nothing may be installed yet. The Makefile and `.ci/run` only call `setup.py`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parent.parent
CHECKED = ("rag", "ingest", "sample_docs", "tools", "benchmarks", "app.py", "tests")
CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache", "build", "dist")

MODULES = {
    "run": ("rag", "serve", "--samples"),
    "test": ("pytest",),
    "bench": ("benchmarks",),
}
"""What each command runs, as `python -m` takes it."""

ALL_TESTS: tuple[str, ...] = ("-n", "2", "--dist", "loadfile")
"""Options of a run of every test: most wait for something most of the time, and a process takes up to 2.5 GB. The tests
of a file stay together, since they share what is costly to make."""

CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("format", ("-m", "ruff", "format", "--check", ".")),
    ("lint", ("-m", "ruff", "check", ".")),
    ("types", ("-m", "mypy", *CHECKED)),
    ("imports", ("-c", "from importlinter.cli import lint_imports_command as main; main()")),
    ("spelling", ("-m", "codespell_lib")),
)
"""Name of each check and the Python command line that makes it; their settings stand in pyproject.toml."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="setup.py", description="Set Kitabu up and run it.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about in (
        ("run", "install what is missing, load the sample documents, open the app"),
        ("test", "install what is missing, run the tests"),
        ("check", "install what is missing, check format, lint, types, imports and spelling"),
        ("bench", "install what is missing, run the benchmarks"),
        ("install", "install what is missing to run the app"),
        ("clean", "remove .venv and the caches; the library in data/ stays"),
    ):
        commands.add_parser(name, help=about, description=about, add_help=name in ("install", "clean"))
    options, rest = parser.parse_known_args(argv)
    if rest and options.command in ("check", "install", "clean"):
        parser.error(f"unexpected: {' '.join(rest)}")
    try:
        return _dispatch(options.command, rest)
    except environment.SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. The next start continues from here.\n")
        return 130


def _dispatch(command: str, rest: list[str]) -> int:
    if command == "clean":
        return _clean()
    extra = "run" if command in ("run", "install") else "dev"
    python = environment.ensure(ROOT, extra)
    if command == "install":
        sys.stdout.write(f"Kitabu is installed: {environment.script(ROOT, 'kitabu')}\n")
        return 0
    if command == "check":
        return _check(python)
    if command == "test" and not rest:
        rest = [*ALL_TESTS]
    return _replace([str(python), "-m", *MODULES[command], *rest])


def _replace(line: list[str]) -> int:
    """Become the command, so that Ctrl-C and signals reach it; Windows has no such call and waits for it instead."""
    os.chdir(ROOT)
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(line[0], line)
    child = subprocess.Popen(line)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def _check(python: Path) -> int:
    """Make every check, also after one has failed, and say in the end which did."""
    failed = []
    for name, line in CHECKS:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        if subprocess.run([str(python), *line], cwd=ROOT, check=False).returncode:
            failed.append(name)
    sys.stdout.write(f"check: failed: {', '.join(failed)}\n" if failed else "check: all passed\n")
    return 1 if failed else 0


def _clean() -> int:
    for name in (environment.FOLDER, *CACHES):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for folder in ("rag", "ingest", "sample_docs", "tools", "benchmarks", "tests"):
        for cache in sorted((ROOT / folder).rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)
    for info in ROOT.glob("*.egg-info"):
        shutil.rmtree(info, ignore_errors=True)
    sys.stdout.write("Removed .venv and the caches. The library in data/ is untouched.\n")
    return 0
