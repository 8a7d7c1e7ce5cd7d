"""Fixtures for tests of all kinds."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.pictures import draw_notice


@pytest.fixture
def notice() -> Image.Image:
    """A few lines at 150 dots an inch, tilted and specked."""
    return draw_notice()
