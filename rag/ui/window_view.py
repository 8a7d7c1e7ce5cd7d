"""The meter: what a model's window held for one answer, as a bar and in words."""

from __future__ import annotations

from rag.core.dialogue import WindowUse
from rag.core.types import Usage
from rag.ui import strings
from rag.ui.markup import text


def window_html(use: WindowUse, usage: Usage, passages: int) -> str:
    """The bar with its parts, each part in words, what was left out, and what the model counted.

    Args:
        use: as estimated before the model was asked.
        usage: as the model counted it.
        passages: how many went in.
    """
    parts = strings.window_parts(use, passages)
    used = use.window - use.free
    bars, at = "", 0.0
    for kind, _, tokens in parts:
        width = 100 * tokens / use.window
        bars += f'<path class="{kind}" d="M{at:.2f} 0h{width:.2f}v6h-{width:.2f}z"></path>'
        at += width
    words = "".join(
        f'<li><span class="key {kind}" aria-hidden="true"></span>{text(said)}: '
        f'<span class="muted">{text(strings.tokens_count(tokens))}</span></li>'
        for kind, said, tokens in parts
    )
    full = strings.window(used, use.window)
    left_out = strings.window_left_out(use.passages_left_out, use.turns_left_out)
    estimated = use.instructions + use.question + use.passages + use.turns
    counted = strings.window_counted(estimated, usage.prompt_tokens) if usage.prompt_tokens else ""
    below = "".join(f"<p>{text(line)}</p>" for line in (left_out, counted) if line)
    return (
        f'<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{text(full)}">{bars}'
        f'</svg><p>{text(full)}</p><ul class="parts">{words}</ul>{below}'
    )
