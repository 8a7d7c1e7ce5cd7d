"""How list items and numbered headings begin, in any format that shows them as plain characters."""

from __future__ import annotations

import re
from typing import Final

BULLET: Final = re.compile(r"[•‣⁃◦▪▫■□●○◆◇►▶➢➔✓✔☐☑·∙–—\-*](?=[\s\u00a0])")
"""A bullet at the start of a line, followed by a blank."""

ENUMERATOR: Final = re.compile(r"(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\(\d{1,3}\))(?=\s)")
"""A number or letter of a list at the start of a line, followed by a blank."""

NUMBERED_HEADING: Final = re.compile(r"(?:(\d{1,2}(?:\.\d{1,2}){0,4})\.?|[A-Z]\.|[IVX]{1,5}\.)\s+(?=\w)")
"""The number of a heading; group 1 is its decimal form."""


def is_item(text: str) -> bool:
    """Whether a line begins like a list item."""
    return bool(BULLET.match(text) or ENUMERATOR.match(text))


def heading_depth(text: str) -> int:
    """Depth of a heading's decimal number ("2.3.1" is 3), 0 where it has none."""
    match = NUMBERED_HEADING.match(text)
    return match.group(1).count(".") + 1 if match and match.group(1) else 0
