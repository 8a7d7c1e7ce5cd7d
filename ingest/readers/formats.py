"""The formats that are read: their media types, the endings that promise them, and their names for people."""

from __future__ import annotations

from typing import Final

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
DOC: Final = "application/msword"
XLS: Final = "application/vnd.ms-excel"
PPT: Final = "application/vnd.ms-powerpoint"
ODT: Final = "application/vnd.oasis.opendocument.text"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODP: Final = "application/vnd.oasis.opendocument.presentation"
RTF: Final = "application/rtf"
EPUB: Final = "application/epub+zip"
EML: Final = "message/rfc822"
MBOX: Final = "application/mbox"
MSG: Final = "application/vnd.ms-outlook"
ZIP: Final = "application/zip"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
TIFF: Final = "image/tiff"
WEBP: Final = "image/webp"
CSV: Final = "text/csv"
TSV: Final = "text/tab-separated-values"
MARKDOWN: Final = "text/markdown"
HTML: Final = "text/html"
JSON: Final = "application/json"
XML: Final = "application/xml"
TEXT: Final = "text/plain"

HOLD_PICTURES: Final = frozenset({DOCX, PPTX, ODT, ODP})
"""Whose pictures are looked at for text."""

SUFFIXES: Final = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".docm": DOCX,
    ".dotx": DOCX,
    ".doc": DOC,
    ".dot": DOC,
    ".xlsx": XLSX,
    ".xlsm": XLSX,
    ".xltx": XLSX,
    ".xls": XLS,
    ".xlt": XLS,
    ".pptx": PPTX,
    ".pptm": PPTX,
    ".ppsx": PPTX,
    ".potx": PPTX,
    ".ppt": PPT,
    ".pps": PPT,
    ".odt": ODT,
    ".ott": ODT,
    ".ods": ODS,
    ".ots": ODS,
    ".odp": ODP,
    ".otp": ODP,
    ".rtf": RTF,
    ".epub": EPUB,
    ".eml": EML,
    ".mbox": MBOX,
    ".mbx": MBOX,
    ".msg": MSG,
    ".zip": ZIP,
    ".png": PNG,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".webp": WEBP,
    ".csv": CSV,
    ".tsv": TSV,
    ".tab": TSV,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".json": JSON,
    ".jsonl": JSON,
    ".ndjson": JSON,
    ".geojson": JSON,
    ".xml": XML,
    ".txt": TEXT,
    ".text": TEXT,
    ".log": TEXT,
}
"""Name endings that are looked for in folders, and what they promise."""

READABLE: Final = (
    "PDF, Word, PowerPoint and Excel files, OpenDocument, RTF, HTML, Markdown, plain text, CSV, JSON, XML, e-mails, "
    "EPUB books, pictures of text (PNG, JPEG, TIFF, WebP), and ZIP archives of these"
)

NAMES: Final = {
    PDF: "a PDF",
    DOCX: "a Word document",
    XLSX: "an Excel workbook",
    PPTX: "a PowerPoint presentation",
    DOC: "an old Word document (.doc)",
    XLS: "an old Excel workbook (.xls)",
    PPT: "an old PowerPoint presentation (.ppt)",
    ODT: "an OpenDocument text",
    ODS: "an OpenDocument spreadsheet",
    ODP: "an OpenDocument presentation",
    RTF: "an RTF document",
    EPUB: "an EPUB book",
    EML: "an e-mail",
    MBOX: "a mailbox",
    MSG: "an Outlook message",
    ZIP: "a ZIP archive",
    PNG: "a PNG picture",
    JPEG: "a JPEG picture",
    TIFF: "a TIFF picture",
    WEBP: "a WebP picture",
    CSV: "a CSV table",
    TSV: "a tab-separated table",
    MARKDOWN: "Markdown",
    HTML: "an HTML page",
    JSON: "JSON",
    XML: "XML",
    TEXT: "plain text",
}

_UNNOTICED_NAMES: Final = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r", "__macosx"})
_UNNOTICED_STARTS: Final = (".", "~$")
"""Hidden files; lock files of Microsoft Office (LibreOffice's are hidden ones)."""
_UNNOTICED_ENDS: Final = (".tmp", ".part", ".crdownload", ".download", "~")


def is_unnoticed(path: str) -> bool:
    """Whether a file is one that people do not know of: hidden, a lock, an unfinished download, or in such a folder."""
    return any(map(is_unnoticed_name, path.split("/")))


def is_unnoticed_name(name: str) -> bool:
    """The same of a name alone."""
    name = name.lower()
    return name in _UNNOTICED_NAMES or name.startswith(_UNNOTICED_STARTS) or name.endswith(_UNNOTICED_ENDS)
