"""The advice on a page: what was found, the choice with its reasons, and a measurement that runs in the background."""

import time

from streamlit.testing.v1 import AppTest

from rag.advising import Measured
from rag.models.advice import PROCESSOR, Speed, advise
from rag.models.hardware import Gpu, Hardware
from rag.ui.advice_view import advice_html
from rag.ui.services import Services
from rag.ui.strings import advice as words
from tests.ui.conftest import WAIT, shown

GIB = 1024**3
SPEED = Speed("qwen3:1.7b", 2.03, PROCESSOR, 40.0, 10.0)


def page() -> None:
    from rag.ui import services
    from rag.ui.advice_view import show_advice

    show_advice(services.get())


def again(test: AppTest, expected: str) -> AppTest:
    end = time.monotonic() + WAIT
    while expected not in shown(test.run()):
        assert time.monotonic() < end
        assert not test.exception
        time.sleep(0.1)
    return test


def test_the_page_advises_and_measures_on_request(app: Services) -> None:
    test = again(AppTest.from_function(page, default_timeout=WAIT).run(), words.TITLE)
    assert words.FOUND in shown(test)
    assert "embedded in a second" not in shown(test)
    test.button(key="advice-measure").click().run()
    again(test, "passages are embedded in a second")
    assert "No model was measured" in shown(test)


def test_the_choice_its_reasons_and_the_command_are_told() -> None:
    hardware = Hardware(16 * GIB, 12 * GIB, 8, gpus=(Gpu("<RTX>", "NVIDIA", 8 * GIB, 8 * GIB),))
    html = advice_html(advise(hardware, {"en": 1}, 8192), Measured(SPEED, "", 25.0, 90_000))
    for told in (
        "Take <strong>qwen3:8b</strong>",
        "ollama pull qwen3:8b",
        "7.3 GB of the 7.6 GB that the graphics processor can spare",
        "https://qwenlm.github.io",
        "&lt;RTX&gt;, 8.6 GB",
        "qwen3:1.7b reads 40 and writes 10 tokens a second here.",
        "All 90,000 of the library would take",
    ):
        assert told in html, told
    assert html.count("Or <strong>") == 2


def test_without_a_choice_the_reason_is_told() -> None:
    html = advice_html(advise(Hardware(2 * GIB, GIB, 2), {"en": 1}, 8192), None)
    assert words.QUOTE in html
    assert "without swapping to the disk" in html
    assert words.NO_GRAPHICS in html
