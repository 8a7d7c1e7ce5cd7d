"""Sets Kitabu up and runs it: `python3 tools/setup.py run|test|check|bench|install|clean`.

Runs before anything is installed, by whatever Python 3 there is, on Linux, macOS and Windows: this file is written so
that Python 3.6 can read it, and goes on with a Python that is new enough for all the others.
"""

import os
import shutil
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def main() -> int:
    """Run the command with this Python or another that is installed, and return its exit status."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        import commands

        return commands.main()
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = _find_python(minor)
        if found:
            return _run([*found, os.path.abspath(__file__), *sys.argv[1:]])  # noqa: PTH100
    sys.stderr.write(
        f"Kitabu needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}; this is {sys.version_info[0]}.{sys.version_info[1]} "
        f"and no other was found. Install one from https://www.python.org/downloads/ or your package manager.\n"
    )
    return 1


def _find_python(minor: int) -> "list[str]":
    """The command that starts Python 3.`minor`, or nothing. A wrapper that is on the path but does not start does not
    count (pyenv leaves such ones).
    """
    named = shutil.which(f"python3.{minor}")
    launcher = shutil.which("py") if os.name == "nt" else None
    line = [named] if named else [launcher, f"-3.{minor}"] if launcher else []
    if line and subprocess.call([*line, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
        return line
    return []


def _run(line: "list[str]") -> int:
    """Become the command where that can be done, so that Ctrl-C and signals reach it alone."""
    if os.name == "posix":
        os.execv(line[0], line)
    return subprocess.call(line)


if __name__ == "__main__":
    sys.exit(main())
