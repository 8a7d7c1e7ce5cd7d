"""From a draft to a figure, as a person goes that way."""

import re

from playwright.sync_api import expect

from rag.store.catalog import Catalog
from rag.store.golden import GoldenQuestions
from rag.ui import strings
from tests.browser.conftest import Open, Server
from tests.browser.test_app import ask, ready

UNKNOWN = "Who won the football match between the villages?"


def test_a_draft_is_accepted_and_a_refusal_made_a_question_and_the_run_says_what_came_of_them(
    server: Server, open_page: Open
) -> None:
    page = open_page(f"{server.url}/library")
    ready(page, "Clinic Handbook")
    page.get_by_role("link", name=strings.ASK).click()
    ask(page, UNKNOWN)
    expect(page.locator(".refused")).to_be_visible()
    page.get_by_role("link", name=strings.QUALITY).click()
    page.get_by_role("button", name=strings.DRAFT_QUESTIONS).click()
    expect(page).to_have_url(re.compile("part=look"))
    # The address holds the part.
    page.reload()
    draft = page.locator(".golden li", has_text=strings.QUESTION_SOURCES["table"]).first
    drafted = draft.locator(".asked").inner_text()
    draft.get_by_role("button", name=re.compile(f"^{strings.ACCEPT}")).click()
    expect(page.get_by_text(drafted, exact=True)).to_have_count(0)
    refused = page.locator(".golden li", has_text=UNKNOWN)
    refused.get_by_role("button", name=re.compile(f"^{strings.MAKE_QUESTION}")).click()
    # One press asks what the right answer is.
    form = page.get_by_role("dialog")
    expect(form.get_by_label(strings.QUESTION, exact=True)).to_have_value(UNKNOWN)
    form.get_by_text(strings.IS_ANSWERABLE).click()
    form.get_by_role("button", name=strings.SAVE_QUESTION).click()
    expect(form).to_have_count(0)
    page.get_by_text(strings.RESULT, exact=True).click()
    page.get_by_role("button", name=strings.ask_all(2)).click()
    expect(page.get_by_text(strings.counted_figure("refusal_recall", 1, 1))).to_be_visible()
    expect(page.get_by_text(re.compile(f"^[01] of 1 {strings.FIGURES['citation_recall']}"))).to_be_visible()
    catalog = Catalog.open(server.data / "catalog.sqlite", read_only=True)
    accepted = {question.question for question in GoldenQuestions(catalog).accepted()}
    catalog.close()
    assert accepted == {drafted, UNKNOWN}
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
