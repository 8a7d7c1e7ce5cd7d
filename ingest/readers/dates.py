"""Dates as files write them, as YYYY-MM-DD."""

from __future__ import annotations

import datetime
import re
from email.utils import parsedate_to_datetime

_ISO = re.compile(r"\s*(\d{4})-?(\d{2})-?(\d{2})(?!\d)")


def iso_date(text: str) -> str:
    """The day of an ISO 8601 date or time, or of one as mails and web servers write it (RFC 5322); else ""."""
    found = _ISO.match(text)
    try:
        if found:
            return datetime.date(*map(int, found.groups())).isoformat()
        return parsedate_to_datetime(text).date().isoformat() if text.strip() else ""
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
