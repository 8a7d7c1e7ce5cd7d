"""Tabs and parts of an HTML page that open and close: all are shown, each below what its tab or button says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ingest.readers.html_elements import BLOCKS, is_around, is_label

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PANEL: Final = re.compile(r"(?:^|\s)tab-?(?:pane|panel)(?:$|\s)", re.IGNORECASE)
_OPENING: Final = re.compile(r"(?:^|[\s_-])(?:accordion|collapsed?|collapsible)(?:$|[\s_-])", re.IGNORECASE)
_LONGEST_LABEL: Final = 80
# WAI-ARIA 1.2: a panel names its tab, or the tab its panel; Bootstrap's tabs are links to their panels.
_TABS: Final = ("aria-controls", "data-target", "data-bs-target", "href")


def show_panels(root: HtmlElement) -> None:
    """Show the panels below `root`, with their tabs' words as a line with a colon before them: "Children:"."""
    buttons = dict(_opened(root))
    panels = [each for each in root.iter(*BLOCKS) if _is_panel(each) or each in buttons]
    if not panels:
        return
    named = {each.get("id"): each for each in root.iter() if each.get("id")}
    tabs = {(each.get(name) or "").removeprefix("#"): each for each in root.iter("a", "button", "li") for name in _TABS}
    for panel in panels:
        for name in ("hidden", "aria-hidden", "style"):
            panel.attrib.pop(name, None)
        label = named.get((panel.get("aria-labelledby") or "").partition(" ")[0], tabs.get(panel.get("id") or " "))
        label = buttons.get(panel, label)
        if panel in buttons and not _is_silent(label):
            continue
        words = " ".join(str(label.text_content()).split()) if label is not None else panel.get("aria-label") or ""
        shown = " ".join(str(panel.text_content()).split())
        if not words or len(words) > _LONGEST_LABEL or not shown or shown.startswith(words):
            continue
        line = panel.makeelement("p")
        line.text = words if words.endswith((":", "?", "？", "؟")) else f"{words}:"
        line.tail, panel.text = panel.text, None
        panel.insert(0, line)


def _is_panel(element: HtmlElement) -> bool:
    return element.get("role") == "tabpanel" or bool(_PANEL.search(element.get("class") or ""))


def _opened(root: HtmlElement) -> Iterator[tuple[HtmlElement, HtmlElement]]:
    """The parts that a button or link of the page opens, each with it; menus are none."""
    controls = [
        each
        for each in root.iter("a", "button")
        if each.get("aria-haspopup") is None and not any(map(is_around, (each, *each.iterancestors())))
    ]
    named = {each.get("id"): each for each in root.iter(*BLOCKS) if each.get("id")} if controls else {}
    for control in controls:
        collapses = "collapse" in (control.get("data-bs-toggle"), control.get("data-toggle"))
        if control.get("aria-expanded") is None and not collapses:
            following = control.getnext()
            if control.tag == "button" and _OPENING.search(control.get("class") or "") and following is not None:
                yield following, control
            continue
        names = (control.get(name) for name in _TABS)
        panel = next((named[each] for name in names if name and (each := name.removeprefix("#")) in named), None)
        if panel is not None and not any(map(is_around, (panel, *panel.iterancestors()))):
            yield panel, control


def _is_silent(control: HtmlElement | None) -> bool:
    """Whether a page's text lacks what a control says: buttons are not read but in headings and the like."""
    return control is not None and control.tag == "button" and not is_label(control)
