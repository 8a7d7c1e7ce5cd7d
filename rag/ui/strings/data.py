"""Words of the page that tells what happens to one's data."""

from __future__ import annotations

from typing import Final

from rag.ui.strings.translation import said, translate

TITLE: Final = "Your data"
LEAD: Final = "Found out on this computer just now, from the system and the settings."
ALL_HERE: Final = "Nothing was found that leaves this computer or can be reached from others."
TO_KNOW: Final = "To know"
MODEL_SERVER: Final = "Who answers"
NO_SERVER: Final = "No model server is asked."
EMBEDS: Final = "It embeds the documents and the questions, too."
PROCESSES: Final = "What runs, and whom it talks to"
NOT_TOLD: Final = "This system does not say."
NO_CONNECTIONS: Final = "no connections"
STORED: Final = "What is stored where"
NOTHING_STORED: Final = "Nothing is stored yet."
HOW_LONG: Final = "For how long"
HOW_DELETED: Final = "How it is deleted"
LIMITS: Final = "What cannot be seen from here"
LOOK_AGAIN: Final = "Look again"
LOOKING: Final = "Looking"


def server(address: str, *, here: bool, used: bool, model: str) -> str:
    """Where questions and passages go."""
    where = said("on this computer") if here else said("on another computer")
    if used:
        return said("{model}, at {address}, {place}.", model=model, address=address, place=where)
    return said("No model answers now; {address} is asked, {place}.", address=address, place=where)


def place_unknown(model: str) -> str:
    """A model that is asked by code of others."""
    return said("{model}. Where it is asked is not known.", model=model)


def process(number: int, role: str) -> str:
    """A process, in words."""
    return said("Process {n}, {role}", n=number, role=role)


def listens(address: str, port: int) -> str:
    """A socket that others can connect to."""
    return said("listens on {address} port {port}", address=address, port=port)


def visited(address: str) -> str:
    """Who has the app open."""
    return said("a browser at {address} has it open", address=address)


def talks(address: str, port: int) -> str:
    """A connection."""
    return said("talks to {address} port {port}", address=address, port=port)


def stored(name: str, size: str) -> str:
    """Something that is kept."""
    return f"{name}, {size}"


translate(__name__)
