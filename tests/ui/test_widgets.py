"""The app's own elements, in a page of nothing else."""

from streamlit.testing.v1 import AppTest


def _page() -> None:
    from rag.ui.widgets import reading

    # Ids of turns are random letters, underscores among them.
    for key in ("turn-a__b", "turn-a_-_b", "turn-___", "turn-_"):
        reading(f"<p>{key}</p>", key=key)


def test_an_element_may_be_called_anything() -> None:
    page = AppTest.from_function(_page, default_timeout=30).run()
    assert [error.value for error in page.exception] == []
