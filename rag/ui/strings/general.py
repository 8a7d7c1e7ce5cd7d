"""Words that several pages say, and how numbers, times, dates and names are said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as date_type
from datetime import datetime
from typing import Final

from rag.ui.strings.translation import form, said, translate, writing

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
    return f"{value:,}".replace(",", writing().thousands)


def decimal(value: float, places: int = 1) -> str:
    """A measure with so many places: 1,204.5."""
    whole, _, rest = f"{value:,.{places}f}".partition(".")
    return whole.replace(",", writing().thousands) + (writing().decimal + rest if rest else "")


def per_cent(share: float | None) -> str:
    """A share as a per cent: 94%; "–" where there is nothing to count."""
    return "–" if share is None else writing().per_cent.format(n=f"{share:.0%}".removesuffix("%"))


def counted(value: int, one: str, many: str, **slots: object) -> str:
    """A count with its words, whose slot `n` is the number: "1 passage", "1,204 passages"."""
    return form(value, one, many).format(n=number(value), **slots)


def duration(seconds: float) -> str:
    """A stretch of time in people's units: "0.4 seconds", "12 seconds", "3 minutes", "2 hours"."""
    if seconds < 0.1:
        return said("less than {n} seconds", n=decimal(0.1))
    if seconds < 10:
        return said("{n} seconds", n=decimal(seconds))
    if seconds < 90:
        return counted(round(seconds), "{n} second", "{n} seconds")
    if seconds < 5400:
        return counted(round(seconds / 60), "{n} minute", "{n} minutes")
    return counted(round(seconds / 3600), "{n} hour", "{n} hours")


def time_left(seconds: float) -> str:
    """How long work will still take, rounded as people round."""
    if seconds < 50:
        return said("less than a minute left")
    return said("about a minute left") if seconds < 90 else said("{time} left", time=duration(seconds))


def size(bytes_: int) -> str:
    """A file's size: "48 KB", "3.2 MB", "2.5 GB"."""
    if bytes_ < 1_000_000:
        return said("{n} KB", n=number(max(1, round(bytes_ / 1000))))
    if bytes_ < 1_000_000_000:
        return said("{n} MB", n=decimal(bytes_ / 1_000_000))
    return said("{n} GB", n=decimal(bytes_ / 1_000_000_000))


def date(timestamp: float, now: float) -> str:
    """A day: "today", "yesterday", else "22 November 2026"."""
    day, today = datetime.fromtimestamp(timestamp).date(), datetime.fromtimestamp(now).date()
    distance = (today - day).days
    if distance in (0, 1):
        return said("yesterday") if distance else said("today")
    return _date(day)


def day(iso: str) -> str:
    """A date as YYYY-MM-DD in words: "22 November 2026"."""
    return _date(datetime.fromisoformat(iso))


def moment(timestamp: float, now: float, *, seconds: bool = False) -> str:
    """A point in time: "today at 14:05", else "22 November 2026 at 09:30"; with seconds "today at 14:05:09"."""
    clock = f"{datetime.fromtimestamp(timestamp):{'%H:%M:%S' if seconds else '%H:%M'}}"
    return said("{date} at {time}", date=date(timestamp, now), time=clock)


def language(code: str) -> str:
    """A language's name, or its code where the name is not known here."""
    return said(LANGUAGES.get(code, code))


def kind(media_type: str) -> str:
    """What people call this kind of file."""
    if media_type in KINDS:
        return said(KINDS[media_type])
    family, _, rest = media_type.partition("/")
    return {"text": said("Text"), "image": said("Picture")}.get(family, rest or media_type)


def listed(words: Sequence[str]) -> str:
    """Words in a row: "Arabic, English and Urdu"."""
    row = writing().comma.join(words[:-1])
    return f"{row}{writing().last}{words[-1]}" if row else "".join(words)


def labelled(label: str, value: str) -> str:
    """What something is called, and what it is: "Searched for: opened vials"."""
    return said("{label}: {value}", label=label, value=value)


def library_holds(documents: int, languages: list[str], changed: str) -> str:
    """What the library holds, in one line."""
    count = documents_count(documents)
    holds = said("{documents} in {languages}", documents=count, languages=listed(languages)) if languages else count
    return said("{holds}, last change {date}", holds=holds, date=changed) if changed else holds


def documents_count(value: int) -> str:
    """So many documents."""
    return counted(value, "{n} document", "{n} documents")


def pages_count(value: int) -> str:
    """So many pages."""
    return counted(value, "{n} page", "{n} pages")


def passages_count(value: int) -> str:
    """So many passages."""
    return counted(value, "{n} passage", "{n} passages")


def tokens_count(value: int) -> str:
    """So many tokens."""
    return counted(value, "{n} token", "{n} tokens")


def isolated(name: str) -> str:
    """A name from outside within a sentence: its direction of writing stays its own."""
    return f"\u2068{name}\u2069"


def more_languages(value: int) -> str:
    """How many languages are not named."""
    return counted(value, "{n} more", "{n} more")


def logged(path: str) -> str:
    """Where the details of an unforeseen error are."""
    return said("The details are in {path}. Reload the page; if it happens again, pass that file on.", path=path)


def _date(moment: date_type) -> str:
    how = writing()
    return how.date.format(day=moment.day, month=how.months[moment.month - 1], year=moment.year)


translate(__name__)
