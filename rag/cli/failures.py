"""How a command ends when something goes wrong: one line, an exit status, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from rag.cli.console import printable, write_json
from rag.core.errors import KitabuError, StoreUnavailable
from rag.shapes import error_to_json

DONE: Final = 0
PARTLY_FAILED: Final = 1
WRONG_USE: Final = 2
NO_GO: Final = 7
"""Measured as asked, and what was measured does not reach what is asked for."""
UNEXPECTED: Final = 70
"""`EX_SOFTWARE` of BSD's sysexits.h."""
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells count."""
OUTPUT_CLOSED: Final = 141
"""128 + SIGPIPE."""


class WrongUse(KitabuError):
    """The command line itself is wrong."""

    code = "usage"
    exit_code = WRONG_USE
    http_status = 400


class Unexpected(KitabuError):
    """A mistake in Kitabu; the traceback was written to a file."""

    code = "unexpected"
    exit_code = UNEXPECTED


class Interrupted(KitabuError):
    """Stopped with Ctrl+C; what was finished is kept."""

    code = "interrupted"
    exit_code = INTERRUPTED

    def __init__(self) -> None:
        super().__init__("Stopped. What was finished is kept.")


def guarded(work: Callable[[], int], arguments: Sequence[str]) -> int:
    """Run `work`; show what goes wrong as one line (and as JSON, when asked for) and return the exit status."""
    try:
        status = work()
        sys.stdout.flush()
    except BrokenPipeError:
        _output_gone()
        return OUTPUT_CLOSED
    except (KeyboardInterrupt, click.Abort):
        error = Interrupted()
        with suppress(KeyboardInterrupt):  # pressed once more, by somebody impatient
            _write_error(error, arguments)
            sys.stderr.write(f"\n{error}\n")
        return error.exit_code
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(f"{error.format_message()}\n")
        return WRONG_USE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "kitabu"
        return _show(WrongUse(error.format_message(), f"See: {path} --help"), arguments)
    except click.ClickException as error:
        return _show(WrongUse(error.format_message()), arguments)
    except KitabuError as error:
        return _show(error, arguments)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            return _show(_unexpected(error, arguments), arguments)
        return _show(StoreUnavailable("The disk is full.", "Free some space and run the command again."), arguments)
    except Exception as error:  # noqa: BLE001 - the program's edge: people get a line and a file to send, no traceback
        return _show(_unexpected(error, arguments), arguments)
    return status


def _show(error: KitabuError, arguments: Sequence[str]) -> int:
    _write_error(error, arguments)
    sys.stderr.write(f"kitabu: {printable(str(error))}\n")
    return error.exit_code


def _write_error(error: KitabuError, arguments: Sequence[str]) -> None:
    """The error as JSON, when that is asked for."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--json" in options:
        try:
            write_json(error_to_json(error))
            sys.stdout.flush()
        except BrokenPipeError:
            # Ctrl+C ends the reader, too (`| jq`).
            _output_gone()


def _output_gone() -> None:
    """The reader has gone (`| head`): what the interpreter flushes at its end must not complain about it again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unexpected(error: Exception, arguments: Sequence[str]) -> Unexpected:
    kind = f"{type(error).__name__}: {error}"
    text = f"{time.strftime('%Y-%m-%d %H:%M:%S')} kitabu {' '.join(arguments)}\n{_traceback(error)}\n"
    for folder in (_logs(arguments), Path(tempfile.gettempdir())):
        try:
            if folder.parent.is_dir():
                folder.mkdir(exist_ok=True)
                log = folder / "kitabu-errors.log"
                with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
                    file.write(text)
                return Unexpected(f"Something went wrong in Kitabu ({kind}).", f"Details are in {log}.")
        except OSError:
            continue
    return Unexpected(f"Something went wrong in Kitabu ({kind}).", "No log could be written.")


def _traceback(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


def _logs(arguments: Sequence[str]) -> Path:
    """`logs` in the data folder, guessed from the arguments: the settings may be what failed."""
    given = next((arguments[i + 1] for i, word in enumerate(arguments[:-1]) if word == "--data"), None)
    return Path(given or os.environ.get("KITABU_DATA") or "data") / "logs"
