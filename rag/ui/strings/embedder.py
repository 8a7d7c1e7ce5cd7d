"""Words of the part of the library's page that is about the embedder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rag.ui.strings.general import counted, number
from rag.ui.strings.translation import said, translate

TITLE: Final = "How passages are found by meaning"
ANOTHER: Final = "Another embedder"
ANOTHER_TEXT: Final = (
    "Its index is made beside the one in use, from what was read already, while questions go on being answered. Then "
    "the two are compared on the golden questions and change places. The way back stays open."
)
EXAMPLE: Final = "minilm, ollama:embeddinggemma, or a folder with a model"
NO_NAME: Final = "That is not the name of an embedder, and no folder with one."
CODE_ELSEWHERE: Final = (
    "Write minilm, ollama:NAME, the folder of a model of sentence-transformers, or its name with a slash. Code of your "
    "own is put in use by: kitabu embedder use NAME"
)
USE: Final = "Make its index and use it"
BEGUN: Final = "The new index is being made. Questions are answered from the one in use until it is complete."
FORGET: Final = "Remove the earlier index"
FORGETTING: Final = "The earlier index is being removed."
ON_LOOPBACK: Final = "It can be changed on the computer that Kitabu runs on, with: kitabu embedder use NAME"
BEFORE: Final = "before"
AFTER: Final = "now"
FIGURES: Final[Mapping[str, str]] = {
    "page_cited": "right page cited",
    "answer_cited": "answer in the text",
    "answered": "answered",
    "refused": "rightly refused",
}
"""The figures that are compared, by their names."""


def in_use(name: str, dimension: int) -> str:
    """What makes the vectors now."""
    return said("In use: {name}, {n} dimensions.", name=name, n=number(dimension))


def beside(name: str, documents: int, wanted: int) -> str:
    """The other index: being made, or the earlier one."""
    return counted(
        wanted,
        "Beside it: {name}, with {part} of {n} document.",
        "Beside it: {name}, with {part} of {n} documents.",
        name=name,
        part=number(documents),
    )


def back(name: str) -> str:
    """The way back."""
    return said("Use {name}", name=name)


def compared(questions: int) -> str:
    """Above the figures of both."""
    return counted(questions, "{n} golden question, answered by quoting", "{n} golden questions, answered by quoting")


translate(__name__)
