"""How it looks beyond `.streamlit/config.toml`: the sheets of styles and the scripts in `assets/`.

Colours come from the theme in force through Streamlit's `--st-*` properties, so light and dark need no second sheet.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

ASSETS: Final = Path(__file__).parent / "assets"


@cache
def asset(name: str) -> str:
    """The text of a sheet of styles or a script."""
    return (ASSETS / name).read_text(encoding="utf-8")


def sheet(name: str) -> str:
    """A sheet of styles as markup for the page."""
    return f"<style>{asset(name)}</style>"
