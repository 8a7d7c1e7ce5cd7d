"""What is known of the model server, found out in threads."""

import time

from rag.core.errors import KitabuError
from rag.models.ollama import LocalModel, OllamaServer
from rag.ui.server_look import ServerLook


def test_a_card_that_cannot_be_read_says_so() -> None:
    def server() -> OllamaServer:
        raise ValueError("no such form")

    look = ServerLook(server, "http://127.0.0.1:9")
    end = time.monotonic() + 30
    while (card := look.card(LocalModel("m", 1, "", "", 0, ()))) is None:
        assert time.monotonic() < end
    assert isinstance(card, KitabuError)
    assert "no such form" in card.message
