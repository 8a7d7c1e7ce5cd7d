"""The pages in the language of the browser, from the right where it is written so, and in the language chosen."""

from playwright.sync_api import Page, expect

from rag.ui import strings
from rag.ui.strings.translation import speaking
from tests.browser.conftest import Open, Server


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


def test_a_language_from_the_right_turns_the_page_round(server: Server, open_page: Open) -> None:
    page = open_page(server.url, locale="ar-EG")
    with speaking("ar"):
        expect(page.get_by_placeholder(strings.ASK_PLACEHOLDER)).to_be_visible()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        expect(page.locator("html")).to_have_attribute("lang", "ar")
        assert _middle(page, strings.ASK) > _middle(page, strings.MODELS)
        note = page.get_by_text(strings.EARLIER, exact=True)
        assert note.evaluate("element => getComputedStyle(element).textAlign") == "start"
        page.set_viewport_size({"width": 360, "height": 800})
        expect(page.get_by_test_id("stSidebarContent")).to_be_hidden()
        page.get_by_test_id("stExpandSidebarButton").click()
        expect(note).to_be_in_viewport()


def _middle(page: Page, link: str) -> float:
    box = page.get_by_role("link", name=link, exact=True).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2
