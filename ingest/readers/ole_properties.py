"""Title and date of the old Office formats."""

from __future__ import annotations

from ingest.readers.ooxml import Properties
from ingest.readers.source import Source
from rag.core.errors import Damaged


def properties(source: Source) -> Properties:
    """What the summary information ([MS-OLEPS]) of a compound file says; nothing where it has none that can be read."""
    import olefile

    if not olefile.isOleFile(str(source.path)):
        return Properties()
    try:
        with olefile.OleFileIO(str(source.path)) as file:
            summary = file.get_metadata()
    except Exception:  # noqa: BLE001 - olefile lets out whatever a damaged directory makes it stumble on
        return Properties()
    changed = summary.last_saved_time or summary.create_time
    dated = changed.date().isoformat() if changed is not None and changed.year > 1980 else ""
    return Properties(_decoded(summary.title, summary.codepage), dated)


def _decoded(title: bytes | str | None, codepage: int | None) -> str:
    if not isinstance(title, bytes):
        return title or ""
    encodings = {65001: "utf-8", 10000: "mac_roman"}
    # olefile reads the number as signed.
    number = (codepage or 1252) & 0xFFFF
    try:
        return title.decode(encodings.get(number, f"cp{number}"), "replace").strip("\x00 ")
    except LookupError:
        return ""


def is_locked(source: Source) -> bool:
    """Whether an old Word document or presentation is encrypted.

    Raises:
        Damaged: it has no stream of either.
    """
    import olefile

    try:
        with olefile.OleFileIO(str(source.path)) as file:
            if file.exists("WordDocument"):
                # [MS-DOC] 2.5.2: the file information block's flags; bit 8 is fEncrypted.
                return bool(file.openstream("WordDocument").read(12)[11:12].ljust(1, b"\x00")[0] & 1)
            if file.exists("Current User"):
                # [MS-PPT] 2.3.2: the header token of an encrypted presentation.
                return bytes(file.openstream("Current User").read(16)[12:16]) == b"\xdf\xc4\xd1\xf3"
    except OSError:
        pass
    raise Damaged(
        f"{source.name} is damaged: it is cut off or was changed on its way.", "Get a fresh copy of the file."
    )
