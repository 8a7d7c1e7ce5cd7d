"""Makes office and PDF files the same, byte for byte, each time they are built."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from pathlib import Path

MOMENT = datetime(2025, 3, 1, 8, 0, 0)
"""The date that every office and PDF file carries."""

_CHANGED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def normalise(path: Path) -> None:
    """Rewrite the zip file with sorted members and one fixed date."""
    members = _members(path)
    # openpyxl puts the hour of saving into this member, whatever was set before.
    core = "docProps/core.xml"
    stamp = MOMENT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    members[core] = _CHANGED.sub(rb"\g<1>" + stamp + rb"\g<2>", members[core])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(members, key=lambda name: (name != "[Content_Types].xml", name)):
            info = zipfile.ZipInfo(name, MOMENT.timetuple()[:6])
            # The mark of the system on which the file was made is part of the bytes.
            info.create_system = 3
            new.writestr(info, members[name], zipfile.ZIP_DEFLATED)


def date_pdf(path: Path) -> None:
    """Give a PDF that reportlab made with `invariant` that date; it writes the first day of 2000."""
    stamp = MOMENT.strftime("D:%Y%m%d%H%M%S").encode()
    path.write_bytes(path.read_bytes().replace(b"D:20000101000000", stamp))


def same(one: Path, other: Path) -> bool:
    """Say whether two files hold the same.

    Of zip files the members are compared, because what a compressor writes differs from one zlib to the next.
    """
    if zipfile.is_zipfile(one) and zipfile.is_zipfile(other):
        return _members(one) == _members(other)
    return one.read_bytes() == other.read_bytes()


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist())}
