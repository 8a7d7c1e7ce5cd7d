"""The receipt of a deletion: what was removed, what was looked for afterwards, what stays outside the library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.ui import strings
from rag.ui.markup import text


def receipt_html(receipt: Mapping[str, Any]) -> str:
    """The receipt of a document's deletion.

    Args:
        receipt: as `rag.store.erasure.Receipt.to_json` gives it.
    """
    checks = receipt.get("checks", ())
    clean = [str(check["what"]) for check in checks if check["clean"]]
    unclean = [str(check["what"]) for check in checks if not check["clean"]]
    removed = strings.removed_parts(
        int(receipt.get("postings", 0)), int(receipt.get("answers", 0)), len(receipt.get("files_removed", ()))
    )
    facts = [(strings.RECEIPT_REMOVED, text(removed))]
    if clean:
        facts.append((strings.RECEIPT_CHECKED, text(strings.clean_checks(clean))))
    if unclean:
        # The checks are worded as what should be so.
        facts.append((strings.RECEIPT_NOT_CLEAN, f'<span class="warned">{_lines(unclean)}</span>'))
    if receipt.get("left"):
        facts.append((strings.RECEIPT_LATER, _lines(receipt["left"])))
    if receipt.get("warnings"):
        facts.append((strings.RECEIPT_STAYS, _lines(receipt["warnings"])))
    rows = "".join(f"<dt>{text(name)}</dt><dd>{value}</dd>" for name, value in facts)
    return f"<dl>{rows}</dl>"


def _lines(lines: list[str]) -> str:
    return "".join(f'<span class="reason" dir="auto">{text(line)}</span>' for line in lines)
