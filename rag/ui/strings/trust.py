"""Words on how far the meaning of a library's languages is understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rag.ui.strings.general import language, listed
from rag.ui.strings.translation import said, translate

REMEDY: Final = (
    "An embedder for many languages understands more. With Ollama, for example, run: ollama pull bge-m3. "
    "Then run: kitabu embedder use ollama:bge-m3"
)


def blind(codes: Sequence[str]) -> str:
    """The languages, by their codes, in which the embedder finds hardly anything; at least one."""
    names = listed([language(code) for code in codes])
    return said(
        "Meaning is hardly understood in {languages}: passages there are found by their words.", languages=names
    )


translate(__name__)
