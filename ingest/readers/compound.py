"""OLE compound files, in which old Office formats and Outlook's messages are wrapped: told apart by their streams."""

from __future__ import annotations

from typing import Final

from ingest.readers.formats import DOC, MSG, PPT, XLS
from ingest.readers.source import Source
from rag.core.errors import PasswordProtected

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# [MS-DOC], [MS-XLS], [MS-PPT], [MS-OXMSG]: the stream each kind of file must have.
_STREAMS: Final = (
    ("WordDocument", DOC),
    ("Workbook", XLS),
    ("Book", XLS),
    ("PowerPoint Document", PPT),
    ("__properties_version1.0", MSG),
)
_NO_READER: Final = (
    ("VisioDocument", "a Visio drawing", "Save it as PDF."),
    ("Contents", "a Publisher or Works file", "Save it as PDF."),
    ("Props", "a Project plan", "Save it as PDF."),
)
# A file whose directory is damaged still has its streams' names in it; they lie near its beginning or its end.
_SEARCHED: Final = 64 * 1024**2


def detect(source: Source) -> str | tuple[str, str]:
    """The media type of a compound file; or what it seems to be and a hint, where no reader reads it.

    Raises:
        PasswordProtected: an encrypted file of a newer Office.
    """
    names = _roots(source)
    # [MS-OFFCRYPTO] 1.3.3: a locked .docx, .xlsx or .pptx is this stream in a compound file.
    if "EncryptedPackage" in names:
        raise PasswordProtected(
            f"{source.name} is locked with a password.", "Save a copy without the password and add that."
        )
    for stream, media_type in _STREAMS:
        if stream in names:
            return media_type
    for stream, seems, hint in _NO_READER:
        if stream in names:
            return seems, hint
    return "an old Office file of an unknown kind", "Save it as PDF."


def _roots(source: Source) -> set[str]:
    """Names of the streams and storages in the file's root."""
    import olefile

    try:
        with olefile.OleFileIO(str(source.path)) as file:
            return {path[0] for path in file.listdir(streams=True, storages=True)}
    except Exception:  # noqa: BLE001 - olefile lets out whatever a damaged directory makes it stumble on
        with source.path.open("rb") as raw:
            data = raw.read(_SEARCHED)
        streams = ("EncryptedPackage", *(name for name, _ in _STREAMS))
        return {name for name in streams if name.encode("utf-16-le") in data}
