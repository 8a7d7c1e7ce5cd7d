"""What the app's server lets in, and what it lets its pages do."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from rag.ui.server import SecurityHeaders

HOST = "localhost:8501"
OWN = f"http://{HOST}"


@pytest.fixture
def client() -> Iterator[TestClient]:
    """Behind the headers stands an app that takes everybody."""

    async def page(_request: object) -> PlainTextResponse:
        return PlainTextResponse("page")

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("taken")

    inner = Starlette(routes=[Route("/", page), WebSocketRoute("/stream", talk)])
    with TestClient(SecurityHeaders(inner), base_url=OWN) as client:
        yield client


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:9999", "http://localhost", "null", "http://["]
)
def test_pages_of_other_sites_do_not_get_to_the_app(client: TestClient, origin: str) -> None:
    """Streamlit would ask an outside host whether the other site's name is this computer's own."""
    headers = {"host": HOST, "origin": origin}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/stream", headers=headers):
        pass


@pytest.mark.parametrize("headers", [{"origin": OWN}, {}])
def test_its_own_pages_and_programs_do(client: TestClient, headers: dict[str, str]) -> None:
    with client.websocket_connect("/stream", headers={"host": HOST, **headers}) as socket:
        assert socket.receive_text() == "taken"


def test_pages_may_talk_to_this_server_alone(client: TestClient) -> None:
    headers = client.get("/").headers
    assert "connect-src 'self' ws://localhost:8501 wss://localhost:8501;" in headers["Content-Security-Policy"]
    # Other sites cannot find out from a page's picture whether a document is in the library.
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    odd = client.get("/", headers={"host": "localhost; script-src *"}).headers
    assert "connect-src 'self';" in odd["Content-Security-Policy"]
    assert "*" not in odd["Content-Security-Policy"]
