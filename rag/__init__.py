"""Kitabu: ask an organisation's own documents on its own machine.

import rag

with rag.open(data="data") as engine:
    engine.search("vaccine storage").hits
    engine.answer("How cold must vaccines be kept?").text
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from rag.opened import OpenEngine

__all__ = ["open"]


def open(data: str | Path | None = None, **settings: Any) -> OpenEngine:
    """Open a library and return the engine that answers from it.

    The library is held until the engine is closed or the program ends; meanwhile what other processes ask of it
    (`kitabu ingest`, for one) is done in the background. Where another process holds it, it is opened for reading.

    Args:
        data: the folder that holds the library; made when it is not there.
        settings: any of `rag.core.config.Settings`, by name. They win over kitabu.toml and the environment.

    Raises:
        ConfigError: a setting is unknown or not allowed.
        StoreUnavailable: the data folder cannot be used.
    """
    from rag.build import open_kitabu
    from rag.core.config import load_settings
    from rag.opened import OpenEngine

    kitabu = open_kitabu(load_settings(data=data, **settings))
    if kitabu.library.owner:
        kitabu.worker.start()
    return OpenEngine(kitabu)
