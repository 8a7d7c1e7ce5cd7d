"""Old Word and PowerPoint files (.doc, .ppt): turned into today's formats by LibreOffice, and read as those."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

from ingest.readers import compound
from ingest.readers.formats import DOC, PPT
from ingest.readers.ole_properties import is_locked, properties
from ingest.readers.source import Source
from rag.core.errors import Damaged, PasswordProtected, TooLarge, UnsupportedFormat
from rag.core.types import ParsedDocument

_SECONDS: Final = 120.0
"""Longest time for one file; LibreOffice takes some seconds to start and reads a thousand pages in less than this."""
PLACES: Final = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "/opt/libreoffice/program/soffice",
)
"""Where LibreOffice is, on systems on which it is not found by its name."""
# What becomes of a format: its ending, the filter that writes the new one and its ending, the module that reads that.
_TURNED: Final = {
    DOC: (".doc", "docx:MS Word 2007 XML", ".docx", "ingest.readers.docx"),
    PPT: (".ppt", "pptx:Impress MS PowerPoint 2007 XML", ".pptx", "ingest.readers.pptx"),
}
_SETTINGS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
"""
"""LibreOffice's settings: no macros, no objects that run, nothing fetched from elsewhere."""


def read(source: Source) -> ParsedDocument:
    """Read an old Word document or presentation.

    Raises:
        PasswordProtected: it is locked.
        UnsupportedFormat: LibreOffice is not installed.
        Damaged: it is cut off, or LibreOffice cannot open it.
        TooLarge: LibreOffice takes too long over it.
    """
    media_type = compound.detect(source)
    assert isinstance(media_type, str)
    if is_locked(source):
        raise PasswordProtected(
            f"{source.name} is locked with a password.", "Save a copy without the password and add that."
        )
    program = office_program()
    if program is None:
        raise _not_readable(source, media_type)
    core = properties(source)
    parsed = _turned(source, media_type, program)
    return replace(parsed, media_type=media_type, dated=core.dated or parsed.dated)


def office_program() -> str | None:
    """Where LibreOffice is installed, None where it is not."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in PLACES if Path(place).is_file()), None)


def _not_readable(source: Source, media_type: str) -> UnsupportedFormat:
    old, _, new, _ = _TURNED[media_type]
    return UnsupportedFormat(
        f"{source.name} is in the old {old} format, which is read with the help of LibreOffice, and that is not there.",
        f"Install LibreOffice, or open the file in a newer program and save it as {new}.",
    )


def _turned(source: Source, media_type: str, program: str) -> ParsedDocument:
    old, form, new, reader = _TURNED[media_type]
    with tempfile.TemporaryDirectory(prefix="kitabu-office-") as name:
        folder = Path(name)
        settings = folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        # A name of our own: the file's may begin with a dash or be in a script that the program cannot take.
        original = folder / f"document{old}"
        shutil.copyfile(source.path, original)
        command = [
            program,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"),
            *("--convert-to", form, "--outdir", str(folder / "new"), str(original)),
        ]
        _run(command, source)
        result = folder / "new" / f"document{new}"
        if not result.is_file():
            raise Damaged(
                f"LibreOffice cannot open {source.name}.",
                f"The file is probably damaged. Open it in the program it was made with and save it as {new}.",
            )
        parsed: ParsedDocument = import_module(reader).read(replace(source, path=result))
        return parsed


def _run(command: list[str], source: Source) -> None:
    """Run LibreOffice to its end, or end it with all it has started."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=sys.platform != "win32",
    )
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TooLarge(
            f"LibreOffice took more than {_SECONDS:.0f} seconds over {source.name} and was given up.",
            "Open the file in a newer program and save it in its format.",
        ) from error
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            import os
            import signal

            # The program found is a script that starts another.
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
