"""The page of the library says in which languages meaning is hardly understood."""

from __future__ import annotations

from pathlib import Path

from rag.ui.services import Services
from tests.ui.conftest import page, shown


def test_the_library_page_names_a_language_that_is_hardly_understood(app: Services, tmp_path: Path) -> None:
    english, hindi = tmp_path / "bees.txt", tmp_path / "honey.txt"
    english.write_text("Bees gather nectar from many flowers. In the hive they turn it into honey.", encoding="utf-8")
    app.kitabu.pipeline.ingest([english])
    assert "hardly understood" not in shown(page("library"))
    hindi.write_text("मधुमक्खियाँ अनेक फूलों से रस इकट्ठा करती हैं। छत्ते में वे शहद बनाती हैं।", encoding="utf-8")
    app.kitabu.pipeline.ingest([hindi])
    assert "Meaning is hardly understood in Hindi" in shown(page("library"))
