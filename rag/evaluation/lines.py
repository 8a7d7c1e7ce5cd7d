"""Reading the files of an evaluation line by line, so that what is wrong is named with its line."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.core.errors import InvalidDataset
from rag.store.rows import storable


def text_lines(path: Path, what: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1.

    Args:
        what: what the file is, for the error.

    Raises:
        InvalidDataset: it cannot be read or is not UTF-8.
    """
    try:
        with path.open("rb") as start:
            encoding = _encoding(start.read(2))
        # JSON strings may hold U+2028 and other breaks that are no ends of lines here.
        with path.open(encoding=encoding, newline="\n") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except OSError as error:
        raise InvalidDataset(f"The {what} {path} cannot be read: {error.strerror}.", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise InvalidDataset(f"The {what} {path} is not UTF-8 text.", "Save it as UTF-8.") from error


def _encoding(start: bytes) -> str:
    """UTF-8, or what Windows PowerShell makes of a command's output with `>`, which says so in its first two bytes."""
    return "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def lines_of(content: bytes, name: str, what: str) -> Iterator[tuple[int, str]]:
    """As `text_lines`, of a file whose content was handed in.

    Raises:
        InvalidDataset: it is not UTF-8.
    """
    try:
        text = content.decode(_encoding(content))
    except UnicodeDecodeError as error:
        raise InvalidDataset(f"The {what} {name} is not UTF-8 text.", "Save it as UTF-8.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.rstrip("\r")


def json_lines(path: Path, what: str, hint: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The JSON object of each line, with its number.

    Args:
        what: what the file is, for the error.
        hint: what each line has to be.

    Raises:
        InvalidDataset: it cannot be read, or a line is no JSON object.
    """
    return json_objects(text_lines(path, what), path, hint)


def json_objects(
    lines: Iterable[tuple[int, str]], path: Path | str, hint: str
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The JSON object of each line of the file at `path`; raises as `json_lines`."""
    for number, line in lines:
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise InvalidDataset(f"Line {number} of {path} is not JSON: {error}.", hint) from error
        except RecursionError as error:
            raise InvalidDataset(f"Line {number} of {path} holds lists too deep in each other.", hint) from error
        if not isinstance(entry, dict):
            raise InvalidDataset(f"Line {number} of {path} is not a JSON object.", hint)
        if "\\u" in line:  # half of a surrogate pair, which only an escape can bring, is no text and cannot be kept
            entry = json.loads(storable(json.dumps(entry, ensure_ascii=False)))
        yield number, entry
