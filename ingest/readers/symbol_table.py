"""What the bytes of fonts of signs show, by font."""

from __future__ import annotations

from typing import Final


def _from(start: int, signs: str) -> dict[int, str]:
    """Signs of bytes that follow each other; a blank stands for a byte without sign."""
    return {start + place: sign for place, sign in enumerate(signs) if sign != " "}


# Adobe's Symbol encoding (unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt), pieces of tall brackets included.
SYMBOL: Final = {
    **_from(0x21, "!∀#∃%&∋()∗+,−./0123456789:;<=>?"),
    **_from(0x40, "≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"),
    **_from(0x60, "‾αβχδεφγηιϕκλµνοπθρστυϖωξψζ{|}∼"),
    **_from(0xA0, "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵"),
    **_from(0xC0, "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓"),
    **_from(0xE0, "◊⟨®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ ⟩∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"),
}

# The signs of Microsoft's Wingdings that documents use: lists, boxes to tick, figures in circles, arrows.
WINGDINGS: Final = {
    **dict.fromkeys((0x6C, 0x6E, 0x71, 0x76, 0x77, 0x9E, 0x9F, 0xA7, 0xB7, 0xD8), "•"),
    **_from(0x45, "☜☞☝☟ ☺ ☹"),
    **_from(0x80, "⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿"),
    **_from(0xDF, "←→↑↓↖↗↙↘ ➔"),
    **_from(0xEF, "⇦⇨⇧⇩"),
    **_from(0xFB, "✗✓☒☑"),
    0x28: "☎",
    0x2A: "✉",
    0x6F: "☐",
    0x70: "☐",
    0xA8: "☐",
    0xAB: "★",
}
WINGDINGS_2: Final = {
    **_from(0x4F, "✗✓☒☑☒"),
    0x97: "•",
    0x98: "•",
    0xA2: "■",
    0xA3: "☐",
}
