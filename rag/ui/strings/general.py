"""Words that several pages say, and how numbers, times, dates and names are said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

APP: Final = "Kitabu"
ASK: Final = "Ask"
LIBRARY: Final = "Library"
QUALITY: Final = "Quality"
MODELS: Final = "Models"
UNEXPECTED: Final = "Something went wrong here that was not foreseen."
GONE: Final = "Kitabu does not answer"
GONE_HINT: Final = (
    "It was stopped, or the computer that runs it cannot be reached. Start it again there: this page goes on by itself."
)
LANGUAGES: Final[Mapping[str, str]] = {
    "am": "Amharic", "ar": "Arabic", "bn": "Bengali", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fr": "French", "ha": "Hausa", "hi": "Hindi", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "ko": "Korean", "ne": "Nepali", "nl": "Dutch", "pl": "Polish", "ps": "Pashto",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "so": "Somali", "sw": "Swahili", "ta": "Tamil",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "yo": "Yoruba",
    "zh": "Chinese", "und": "not told",
}  # fmt: skip
KINDS: Final[Mapping[str, str]] = {
    "application/pdf": "PDF",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/vnd.oasis.opendocument.text": "OpenDocument text",
    "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument table",
    "application/vnd.oasis.opendocument.presentation": "OpenDocument slides",
    "application/epub+zip": "E-book",
    "application/mbox": "Mailbox",
    "application/vnd.ms-excel": "Excel",
    "application/vnd.ms-outlook": "E-mail",
    "application/vnd.ms-powerpoint": "PowerPoint",
    "application/xml": "XML",
    "application/zip": "ZIP archive",
    "application/rtf": "RTF",
    "application/json": "JSON",
    "message/rfc822": "E-mail",
    "text/csv": "Table",
    "text/tab-separated-values": "Table",
    "text/html": "Web page",
    "text/markdown": "Text",
    "text/plain": "Text",
    "text/rtf": "RTF",
}
SLIDES: Final = frozenset(
    media_type for media_type, name in KINDS.items() if name in ("PowerPoint", "OpenDocument slides")
)
SHEETS: Final = frozenset(media_type for media_type, name in KINDS.items() if name in ("Excel", "OpenDocument table"))


def number(value: int) -> str:
    """A count as people read it: 1,204."""
    return f"{value:,}"


def counted(value: int, singular: str, plural: str = "") -> str:
    """A number with its noun: "1 passage", "1,204 passages"."""
    return f"{number(value)} {singular if value == 1 else plural or singular + 's'}"


def duration(seconds: float) -> str:
    """A stretch of time in people's units: "0.4 seconds", "12 seconds", "3 minutes", "2 hours"."""
    if seconds < 0.1:
        return "less than 0.1 seconds"
    if seconds < 10:
        return f"{seconds:.1f} seconds"
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return counted(round(seconds / 60), "minute")
    return counted(round(seconds / 3600), "hour")


def time_left(seconds: float) -> str:
    """How long work will still take, rounded as people round."""
    if seconds < 50:
        return "less than a minute left"
    return "about a minute left" if seconds < 90 else f"{duration(seconds)} left"


def size(bytes_: int) -> str:
    """A file's size: "48 KB", "3.2 MB", "2.5 GB"."""
    if bytes_ < 1_000_000:
        return f"{max(1, round(bytes_ / 1000)):,} KB"
    if bytes_ < 1_000_000_000:
        return f"{bytes_ / 1_000_000:,.1f} MB"
    return f"{bytes_ / 1_000_000_000:,.1f} GB"


def date(timestamp: float, now: float) -> str:
    """A day: "today", "yesterday", else "22 November 2026"."""
    day, today = datetime.fromtimestamp(timestamp).date(), datetime.fromtimestamp(now).date()
    distance = (today - day).days
    if distance in (0, 1):
        return ("today", "yesterday")[distance]
    return f"{day.day} {day:%B %Y}"


def day(iso: str) -> str:
    """A date as YYYY-MM-DD in words: "22 November 2026"."""
    moment = datetime.fromisoformat(iso)
    return f"{moment.day} {moment:%B %Y}"


def moment(timestamp: float, now: float, *, seconds: bool = False) -> str:
    """A point in time: "today at 14:05", else "22 November 2026 at 09:30"; with seconds "today at 14:05:09"."""
    return f"{date(timestamp, now)} at {datetime.fromtimestamp(timestamp):{'%H:%M:%S' if seconds else '%H:%M'}}"


def language(code: str) -> str:
    """A language's name, or its code where the name is not known here."""
    return LANGUAGES.get(code, code)


def kind(media_type: str) -> str:
    """What people call this kind of file."""
    if media_type in KINDS:
        return KINDS[media_type]
    family, _, rest = media_type.partition("/")
    return {"text": "Text", "image": "Picture"}.get(family, rest or media_type)


def listed(words: list[str]) -> str:
    """Words in a row: "Arabic, English and Urdu"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def library_holds(documents: int, languages: list[str], changed: str) -> str:
    """What the library holds, in one line."""
    spoken = f" in {listed(languages)}" if languages else ""
    last = f", last change {changed}" if changed else ""
    return f"{counted(documents, 'document')}{spoken}{last}"


def isolated(name: str) -> str:
    """A name from outside within a sentence: its direction of writing stays its own."""
    return f"\u2068{name}\u2069"


def more_languages(value: int) -> str:
    """How many languages are not named."""
    return f"{number(value)} more"


def logged(path: str) -> str:
    """Where the details of an unforeseen error are."""
    return f"The details are in {path}. Reload the page; if it happens again, pass that file on."
