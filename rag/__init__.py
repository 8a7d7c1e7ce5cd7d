"""Kitabu: ask an organisation's own documents on its own machine.

import rag

engine = rag.open(data="data")
engine.search("vaccine storage").hits
engine.answer("How cold must vaccines be kept?").text
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from rag.engine import Engine

__all__ = ["open"]


def open(data: str | Path | None = None, **settings: Any) -> Engine:
    """Open a library and return the engine that answers from it.

    The library is held until the program ends. Where another process holds it already, it is opened for reading.

    Args:
        data: the folder that holds the library; made when it is not there.
        settings: any of `rag.core.config.Settings`, by name. They win over kitabu.toml and the environment.

    Raises:
        ConfigError: a setting is unknown or not allowed.
        StoreUnavailable: the data folder cannot be used.
    """
    import weakref

    from rag.build import open_kitabu
    from rag.core.config import load_settings

    kitabu = open_kitabu(load_settings(data=data, **settings))
    # Runs at the program's end at the latest: the indexes are closed in order and the lock is given back.
    weakref.finalize(kitabu.engine, kitabu.close)
    return kitabu.engine
