"""ZIP files told apart: office files and books by what their own directory says they are, archives by having none."""

from __future__ import annotations

import re
import zipfile
from typing import Final

from ingest.readers.formats import DOCX, EPUB, ODP, ODS, ODT, PPTX, XLSX, ZIP
from ingest.readers.source import Source
from ingest.readers.zips import open_zip, read_part, refuse_bomb
from rag.core.errors import PasswordProtected

# The longest [Content_Types].xml or manifest.xml that is looked at.
_LONGEST_LIST: Final = 4 * 1024**2
_CONTENT_TYPES: Final = "[Content_Types].xml"

# ECMA-376 part 1, and [MS-OFFMACRO2] for files with macros: the content type of each kind's main part.
_OFFICE: Final = (
    (rb"wordprocessingml\.(document|template)\.main\+xml|ms-word\.(document|template)\.macroEnabled", DOCX),
    (rb"spreadsheetml\.(sheet|template)\.main\+xml|ms-excel\.(sheet|template)\.macroEnabled", XLSX),
    (
        rb"presentationml\.(presentation|slideshow|template)\.main\+xml|"
        rb"ms-powerpoint\.(presentation|slideshow|template)\.macroEnabled",
        PPTX,
    ),
)
_OFFICE_UNREAD: Final = (
    (rb"ms-excel\.sheet\.binary", "a binary Excel workbook (.xlsb)", "Save it as .xlsx."),
    (rb"ms-visio", "a Visio drawing", "Save it as PDF."),
    (rb"ms-package\.xps-|openxps", "an XPS document", "Print it to a PDF."),
    (rb"package\.3dmanufacturing", "a 3D model", ""),
)
_MAIN_PARTS: Final = (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("ppt/presentation.xml", PPTX))
_OFFICE_FOLDERS: Final = (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX))

# OpenDocument 1.3 part 2, 3.3 and appendix C; a template or a master document reads like what it is for.
_OPEN_DOCUMENT: Final = re.compile(
    rb"application/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)(?:-template|-master|-web)?"
)
_OPEN_DOCUMENT_KINDS: Final = {b"text": ODT, b"spreadsheet": ODS, b"presentation": ODP}
_MANIFEST: Final = "META-INF/manifest.xml"
_PROGRAM: Final = ("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex")
_APPLE: Final = ("Index/Document.iwa", "Index.zip", "index.apxl", "index.xml.gz")


def detect(source: Source) -> str | tuple[str, str]:
    """The media type of a ZIP file; or what it seems to be and a hint, where no reader reads it.

    Raises:
        PasswordProtected: all of it is locked.
        Damaged: it cannot be opened.
        TooLarge: it lists too many files, or an office file or book unpacks to a size no document has.
    """
    with open_zip(source) as archive:
        parts = [part for part in archive.infolist() if not part.is_dir()]
        kind = _kind(source, archive, {part.filename for part in parts})
    if kind != ZIP:
        refuse_bomb(source, parts)
    locked = sum(part.flag_bits & 1 for part in parts)
    if locked and (kind != ZIP or locked == len(parts)):
        raise _locked(source)
    return kind


def _kind(source: Source, archive: zipfile.ZipFile, names: set[str]) -> str | tuple[str, str]:
    if _CONTENT_TYPES in names:
        types = read_part(archive, _CONTENT_TYPES, _LONGEST_LIST)
        for pattern, media_type in _OFFICE:
            if re.search(pattern, types, re.IGNORECASE):
                return media_type
        for pattern, seems, hint in _OFFICE_UNREAD:
            if re.search(pattern, types, re.IGNORECASE):
                return seems, hint
        for folder, media_type in _OFFICE_FOLDERS:
            if any(name.startswith(folder) for name in names):
                return media_type
    for part, media_type in _MAIN_PARTS:
        if part in names:
            return media_type
    declared = read_part(archive, "mimetype", 200).strip() if "mimetype" in names else b""
    if declared == b"application/epub+zip" or "META-INF/container.xml" in names:
        return EPUB
    if "content.xml" in names or declared:
        manifest = read_part(archive, _MANIFEST, _LONGEST_LIST)
        if b"encryption-data" in manifest:
            raise _locked(source)
        open_document = _OPEN_DOCUMENT.match(declared) or _OPEN_DOCUMENT.search(manifest)
        if open_document:
            return _OPEN_DOCUMENT_KINDS[open_document.group(1)]
        if b"opendocument" in declared or b"sun.xml" in declared:
            return "an OpenDocument drawing or an old OpenOffice file", "Save it as .odt, .ods or PDF."
    if any(name in names for name in _PROGRAM):
        return "a program", ""
    if any(name in names for name in _APPLE):
        return "a Pages, Numbers or Keynote file", "Export it as PDF or as a Word or Excel file."
    return ZIP


def _locked(source: Source) -> PasswordProtected:
    return PasswordProtected(
        f"{source.name} is locked with a password.", "Save a copy without the password and add that."
    )
