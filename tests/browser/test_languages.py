"""The pages in the language of the browser, from the right where it is written so, and in the language chosen."""

import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from rag.ui import strings
from rag.ui.strings.translation import speaking
from tests.browser.conftest import Open, Serve, Server
from tests.places import ROOT

ARABIC = """
[writing]
direction = "rtl"
[sentences]
"Ask" = "اسأل"
"Library" = "المكتبة"
"Quality" = "الجودة"
"Models" = "النماذج"
"Your data" = "بياناتك"
"Ask your documents" = "اسأل مستنداتك"
"New conversation" = "محادثة جديدة"
"What do you want to know?" = "ماذا تريد أن تعرف؟"
"Earlier conversations" = "المحادثات السابقة"
"answering: by quotation" = "الإجابة: بالاقتباس"
"""


def test_a_french_browser_asks_and_reads_in_french(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/library", locale="fr-FR")
    with speaking("fr"):
        expect(page.locator(".documents .title", has_text="Clinic Handbook")).to_be_visible()
        page.get_by_role("link", name=strings.ASK).click()
        field = page.get_by_placeholder(strings.ASK_PLACEHOLDER)
        field.fill("How long may an opened pentavalent vial be kept?")
        field.press("Enter")
        expect(page.locator(".answer strong", has_text="21 days")).to_be_visible()
        page.get_by_text(strings.HOW_FOUND).click()
        expect(page.get_by_text(strings.HOW_PASSAGES)).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        expect(page.get_by_text(strings.ANSWERING_BY_QUOTING)).to_be_visible()
    # The choice at the foot wins, also on the other pages.
    page.get_by_role("button", name="English").click()
    expect(page.get_by_placeholder(strings.ASK_PLACEHOLDER)).to_be_visible()
    page.get_by_role("link", name=strings.LIBRARY).click()
    expect(page.get_by_text(strings.ADD_FILES, exact=True).first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_language_from_the_right_turns_the_page_round(serve: Serve, open_page: Open, tmp_path: Path) -> None:
    for name in ("rag", "ingest", "prompts", "sample_docs", ".streamlit"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", tmp_path)
    (tmp_path / "rag" / "ui" / "strings" / "languages" / "ar.toml").write_text(ARABIC, encoding="utf-8")
    with serve(PYTHONPATH=str(tmp_path)) as running:
        page = open_page(running.url, locale="ar-EG")
        expect(page.get_by_placeholder("اسأل مستنداتك")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        expect(page.locator("html")).to_have_attribute("lang", "ar")
        first, last = _middle(page, "اسأل"), _middle(page, "بياناتك")
        assert first > last
        # What is not translated is in English, whole.
        page.get_by_role("link", name="المكتبة").click()
        expect(page.get_by_text(strings.ADD_FOLDER).first).to_be_visible()


def _middle(page: Page, link: str) -> float:
    box = page.get_by_role("link", name=link, exact=True).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2
