"""Tabs of an HTML page: all panels are shown, each below what its tab says; the browser shows one at a time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ingest.readers.html_elements import BLOCKS

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PANEL: Final = re.compile(r"(?:^|\s)tab-?(?:pane|panel)(?:$|\s)", re.IGNORECASE)
_LONGEST_LABEL: Final = 80
# WAI-ARIA 1.2: a panel names its tab, or the tab its panel; Bootstrap's tabs are links to their panels.
_TABS: Final = ("aria-controls", "data-target", "data-bs-target", "href")


def show_panels(root: HtmlElement) -> None:
    """Show the panels below `root`, with their tabs' words as a line with a colon before them: "Children:"."""
    panels = [each for each in root.iter(*BLOCKS) if _is_panel(each)]
    if not panels:
        return
    named = {each.get("id"): each for each in root.iter() if each.get("id")}
    tabs = {(each.get(name) or "").removeprefix("#"): each for each in root.iter("a", "button", "li") for name in _TABS}
    for panel in panels:
        for name in ("hidden", "aria-hidden", "style"):
            panel.attrib.pop(name, None)
        label = named.get((panel.get("aria-labelledby") or "").partition(" ")[0], tabs.get(panel.get("id") or " "))
        words = " ".join(str(label.text_content()).split()) if label is not None else panel.get("aria-label") or ""
        shown = " ".join(str(panel.text_content()).split())
        if not words or len(words) > _LONGEST_LABEL or not shown or shown.startswith(words):
            continue
        line = panel.makeelement("p")
        line.text = words if words.endswith(":") else f"{words}:"
        line.tail, panel.text = panel.text, None
        panel.insert(0, line)


def _is_panel(element: HtmlElement) -> bool:
    return element.get("role") == "tabpanel" or bool(_PANEL.search(element.get("class") or ""))
