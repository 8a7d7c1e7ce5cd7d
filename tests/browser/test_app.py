"""The app as people meet it: a real browser, the real server, the real engine and samples."""

import http.client
import re
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Page, WebSocketRoute, expect

from rag.core.types import Answer, Citation, Sentence, Span, Support, Usage
from rag.store.catalog import Catalog
from rag.store.conversations import Conversations
from rag.store.jobs import Jobs
from rag.testing.replay import ReplayServer
from rag.ui import strings
from tests.browser.conftest import Open, Serve, Server
from tests.places import RECORDINGS

QUESTION = "How long may an opened pentavalent vial be kept?"
HOSTILE = (
    '<img src="http://evil.example/a.png" onerror="window.hacked=1">',
    "![pixel](http://evil.example/b.png)",
    "<script>window.hacked=1</script>",
    "[press](javascript:window.hacked=1)",
    "<style>@import url(http://evil.example/c.css)</style>",
)


def ask(page: Page, question: str) -> None:
    field = page.get_by_test_id("stChatInputTextArea")
    field.fill(question)
    field.press("Enter")


def ready(page: Page, name: str) -> None:
    """Wait until a document is listed in the library."""
    expect(page.locator(".documents .title", has_text=name)).to_be_visible()


def test_ask_open_the_source_and_find_it_all_again_after_a_reload(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/library")
    ready(page, "Clinic Handbook")
    page.get_by_role("link", name=strings.ASK).click()
    ask(page, QUESTION)
    expect(page.locator(".answer strong", has_text="21 days")).to_be_visible()
    page.locator(".chip").first.click()
    expect(page.get_by_role("img", name=re.compile(r"^Page 5 of Clinic Handbook"))).to_be_visible()
    mark = page.locator("mark.box").first
    expect(mark).to_be_in_viewport()
    assert page.locator(".paper img").evaluate("image => image.naturalWidth") > 1000
    assert "doc=" in page.url
    page.reload()
    expect(page.locator(".answer strong", has_text="21 days")).to_be_visible()
    expect(page.locator("mark.box").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator(".source-head")).to_have_count(0)
    assert "doc=" not in page.url
    # Another browser with the address sees the same conversation.
    other = open_page(page.url)
    expect(other.get_by_role("heading", name=QUESTION)).to_be_visible()
    expect(other.locator(".chip").first).to_be_visible()


def test_fingers_find_their_habits(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/library")
    ready(page, "Clinic Handbook")
    page.get_by_role("link", name=strings.ASK).click()
    field = page.get_by_test_id("stChatInputTextArea")
    expect(field).to_be_visible()
    expect(page.locator(".st-key-suggestions button")).to_have_count(4)
    page.locator(".st-key-suggestions button").first.click()
    expect(page.locator("footer")).to_be_visible()
    question = page.locator(".question").inner_text()
    page.locator(".question").click()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    assert field.input_value() == ""
    field.press("ArrowUp")
    expect(field).to_have_value(question)
    page.get_by_text(strings.HOW_FOUND).click()
    expect(page.get_by_text(strings.HOW_PASSAGES)).to_be_visible()
    page.get_by_role("button", name=strings.HELPFUL, exact=True).click()
    expect(page.locator(".thumb.given")).to_have_count(1)


def test_a_file_dropped_on_the_questions_does_not_take_their_place(server: Server, open_page: Open) -> None:
    page = open_page(server.url)
    expect(page.locator(".st-key-suggestions button").first).to_be_visible()
    # What the habits' script does last: from here on it listens.
    expect(page.locator("html")).to_have_attribute("style", re.compile("--kitabu-line"))
    kept_here = page.evaluate(
        """() => {
            const dataTransfer = new DataTransfer()
            dataTransfer.items.add(new File(["The raft leaves at noon."], "raft.txt"))
            const drop = new DragEvent("drop", { bubbles: true, cancelable: true, composed: true, dataTransfer })
            document.querySelector(".stMain").dispatchEvent(drop)
            return drop.defaultPrevented
        }"""
    )
    assert kept_here
    expect(page.get_by_test_id("stFileUploaderDropzone")).to_be_visible()
    assert page.url.startswith(f"{server.url}/library")
    # It is taken along, and in.
    ready(page, "raft")


def test_a_scan_is_paused_goes_on_and_its_picture_is_marked(server: Server, open_page: Open, tmp_path: Path) -> None:
    font = ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"), 40)
    picture = Image.new("L", (1240, 1754), 255)
    for line in range(8):
        said = f"Shelf {line + 301} holds {7 * line + 3} woollen blankets."
        ImageDraw.Draw(picture).text((120, 200 + 90 * line), said, font=font, fill=0)
    picture.save(tmp_path / "shelves.pdf")
    page = open_page(f"{server.url}/library")
    ready(page, "Clinic Handbook")
    expect(page.locator(".job")).to_have_count(0)
    catalog = Catalog.open(server.data / "catalog.sqlite", read_only=True)
    # So that the work is still there however fast it would be done.
    Jobs(catalog).pause_queue()
    catalog.close()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(tmp_path / "shelves.pdf")
    expect(page.get_by_text(strings.ALL_PAUSED)).to_be_visible()
    page.get_by_role("button", name=strings.PAUSE, exact=True).click()
    expect(page.locator(".job")).to_contain_text(strings.PAUSED)
    page.locator(".st-key-go-on-all button").click()
    ready(page, "shelves")
    expect(page.locator(".job")).to_have_count(0)
    page.get_by_role("link", name=strings.ASK).click()
    ask(page, "How many woollen blankets does shelf 307 hold?")
    page.locator(".chip").first.click()
    expect(page.get_by_text("Read by text recognition")).to_be_visible()
    page.locator(".paper img").evaluate("image => image.decode()")
    expect(page.locator("mark.box").first).to_be_in_viewport()
    mark, sheet = page.locator("mark.box").first.bounding_box(), page.locator(".paper img").bounding_box()
    assert mark is not None
    assert sheet is not None
    # The seventh line: printed 740 of 1754 pixels below the edge.
    assert abs((mark["y"] - sheet["y"]) / sheet["height"] - 740 / 1754) < 0.02


def test_upload_ask_delete(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/library")
    ready(page, "Clinic Handbook")
    text = "# Boat timetable\n\nThe boat to Kaskazini island leaves at 06:40 on Tuesdays.\n"
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "boats.md", "mimeType": "text/markdown", "buffer": text.encode()}
    )
    ready(page, "Boat timetable")
    page.get_by_role("link", name=strings.ASK).click()
    ask(page, "When does the boat to Kaskazini island leave?")
    expect(page.locator(".answer", has_text="06:40")).to_be_visible()
    page.get_by_role("link", name=strings.LIBRARY).click()
    page.locator(".documents .title", has_text="Boat timetable").click()
    expect(page.locator(".card")).to_be_visible()
    page.get_by_role("button", name=strings.DELETE, exact=True).click()
    page.get_by_role("button", name=strings.DELETE_YES).click()
    expect(page.locator(".documents .title", has_text="Boat timetable")).to_have_count(0)
    page.get_by_role("link", name=strings.ASK).click()
    page.get_by_role("button", name=strings.NEW_CONVERSATION).click()
    ask(page, "When does the boat to Kaskazini island leave?")
    expect(page.locator("footer")).to_be_visible()
    expect(page.get_by_text("06:40")).to_have_count(0)
    assert not list((server.data / "uploads").glob("boats*"))


def test_a_hostile_answer_loads_and_runs_nothing(server: Server, open_page: Open) -> None:
    ready(open_page(f"{server.url}/library"), "Clinic Handbook")
    catalog = Catalog.open(server.data / "catalog.sqlite", read_only=True)
    store = Conversations(catalog)
    conversation = store.create(HOSTILE[0])
    cited = Citation("[1]", catalog.documents()[0].id, HOSTILE[0], Span(1, 0, 4), HOSTILE[0], verified=False)
    sentences = tuple(Sentence(words, Support.NOT_FOUND, (cited,), words, separator="\n") for words in HOSTILE)
    answer = Answer(
        HOSTILE[0],
        HOSTILE[1],
        "en",
        "\n".join(HOSTILE),
        sentences,
        (cited,),
        (),
        None,
        HOSTILE[2],
        Usage(),
        {},
        HOSTILE,
    )
    store.save_answer(store.add_turn(conversation.id, HOSTILE[0]), answer)
    catalog.close()
    page = open_page(f"{server.url}/?c={conversation.id}")
    expect(page.locator(".flag")).to_have_count(len(HOSTILE))
    for words in HOSTILE:
        expect(page.locator(".answer")).to_contain_text(words)
    assert page.evaluate("window.hacked") is None
    assert page.locator("a[href^='javascript'], img[src^='http://evil']").count() == 0
    page.locator(".chip").first.click()
    expect(page.locator(".source-head")).to_be_visible()
    assert page.evaluate("window.hacked") is None


def test_stop_keeps_what_came_of_a_streaming_answer(serve: Serve, open_page: Open, tmp_path: Path) -> None:
    words = "The clinic opens at 08:00 on weekdays. " + "It closes late in the evening. " * 60
    with (
        ReplayServer(RECORDINGS) as ollama,
        serve("--model=ollama:smollm2:135m", KITABU_OLLAMA_URL=ollama.url) as server,
    ):
        ollama.say(words, delay=0.25)
        page = open_page(f"{server.url}/library")
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
            {
                "name": "hours.md",
                "mimeType": "text/markdown",
                "buffer": b"# Hours\n\nThe clinic opens at 08:00 on weekdays.\n",
            }
        )
        ready(page, "Hours")
        page.get_by_role("link", name=strings.ASK).click()
        ask(page, "When does the clinic open?")
        expect(page.locator(".answer", has_text="08:00 on weekdays")).to_be_visible()
        # A reload finds the answer that is still in the making.
        page.reload()
        expect(page.locator(".stage")).to_be_visible()
        field = page.get_by_test_id("stChatInputTextArea")
        expect(field).to_be_disabled()
        page.get_by_role("button", name=strings.STOP).click()
        expect(page.get_by_text(strings.STOPPED)).to_be_visible()
        expect(page.locator(".answer", has_text="08:00 on weekdays")).to_be_visible()
        expect(page.locator(".stage")).to_have_count(0)
        expect(field).to_be_enabled()
        page.reload()
        expect(page.locator(".answer", has_text="08:00 on weekdays")).to_be_visible()
        assert len(page.locator(".answer").inner_text()) < len(words)
        assert ollama.asked("/api/chat")[-1].disconnected.wait(20)


def test_an_answer_is_told_again_and_a_vague_question_asked_back(serve: Serve, open_page: Open) -> None:
    with (
        ReplayServer(RECORDINGS) as ollama,
        serve("--model=ollama:smollm2:135m", KITABU_OLLAMA_URL=ollama.url) as server,
    ):
        page = open_page(f"{server.url}/library")
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
            [
                {
                    "name": f"{name}.md",
                    "mimeType": "text/markdown",
                    "buffer": f"# {name}\n\n## Dose\n\nThe dose of {name} is 20 mg, given once.\n".encode(),
                }
                for name in ("Zinc", "Iron", "Iodine")
            ]
        )
        for name in ("Zinc", "Iron", "Iodine"):
            ready(page, name)
        page.get_by_role("link", name=strings.ASK).click()
        ask(page, "dose?")
        meanings = page.locator(".meaning")
        expect(meanings).to_have_count(3)
        assert ollama.asked("/api/chat") == []
        ollama.say("<think>Twenty.</think>The dose is 20 mg [1].")
        meanings.first.click()
        again = page.get_by_role("button", name=strings.EXPLAIN_SIMPLY)
        expect(again).to_have_count(1)
        again.click()
        expect(page.locator(".kicker", has_text=strings.EXPLAINED_SIMPLY)).to_be_visible()
        page.get_by_text(strings.IN_MY_LANGUAGE).last.click()
        page.get_by_role("button", name="In Swahili").last.click()
        expect(page.locator(".kicker", has_text="in Swahili")).to_be_visible()
        expect(page.locator("footer")).to_have_count(4)
        # The language is remembered for the conversation, also after a reload.
        page.reload()
        expect(page.locator("footer")).to_have_count(4)
        expect(page.get_by_role("button", name="In Swahili").first).to_be_visible()
        page.get_by_text(strings.HOW_FOUND).last.click()
        expect(page.get_by_role("img", name="tokens used").last).to_be_visible()
        expect(page.get_by_text(strings.THOUGHTS_NOTE).last).to_be_visible()


def test_a_phone_has_no_sideways_scrolling_and_sources_open_as_a_sheet(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/library", width=360, height=740)
    ready(page, "Clinic Handbook")
    assert _overflow(page) <= 0
    page.goto(server.url)
    ask(page, QUESTION)
    expect(page.locator(".chip").first).to_be_visible()
    assert _overflow(page) <= 0
    page.locator(".chip").first.click()
    expect(page.locator("mark.box").first).to_be_in_viewport()
    assert _overflow(page) <= 0
    box = page.locator(".st-key-source").bounding_box()
    assert box is not None
    assert box["x"] == 0
    assert box["width"] == 360
    page.get_by_role("button", name=strings.CLOSE, exact=True).click()
    expect(page.locator(".source-head")).to_have_count(0)


def test_headers_keep_the_page_at_home(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.request("GET", "/")
    response = connection.getresponse()
    policy = response.headers["Content-Security-Policy"]
    response.read()
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "http" not in policy
    assert f"connect-src 'self' ws://{host}:{port} wss://{host}:{port};" in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    # A page elsewhere that points its own name at this machine is turned away.
    connection.request("GET", "/", headers={"Host": "evil.example"})
    turned_away = connection.getresponse()
    turned_away.read()
    assert turned_away.status == 400
    connection.request("GET", f"/api/original/{'0' * 64}")
    missing = connection.getresponse()
    missing.read()
    assert missing.status == 404
    # Nor does a page of another program on this machine get to the library.
    for origin, status in ((server.url, 101), ("http://127.0.0.1:1", 403), ("http://evil.example", 403)):
        connection.request(
            "GET",
            "/_stcore/stream",
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
                "Origin": origin,
            },
        )
        assert connection.getresponse().status == status
        connection.close()


def test_a_page_without_its_server_says_so_in_plain_words_and_goes_on_by_itself(
    server: Server, open_page: Open
) -> None:
    page = open_page(server.url)
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket(re.compile("/_stcore/stream"), pass_on)
    page.reload()
    expect(page.locator("html")).to_have_attribute("style", re.compile("--kitabu-line"))
    page.route("**/_stcore/*", lambda route: route.abort())
    sockets[-1].close()
    said = page.get_by_role("dialog")
    expect(said).to_contain_text(strings.GONE)
    expect(said).to_contain_text(strings.GONE_HINT)
    expect(said).not_to_contain_text("Streamlit")
    expect(said).not_to_contain_text("internet")
    page.unroute("**/_stcore/*")
    expect(said).to_have_count(0)
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_enabled()


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_the_server_does_without_uvloop(server: Server) -> None:
    """It crashes now and then when it is interrupted."""
    assert "uvloop" not in Path(f"/proc/{server.process}/maps").read_text()
