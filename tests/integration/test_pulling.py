"""Getting and removing models through Ollama's own client, on a server that breaks off, hangs and goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from rag.core.errors import ModelError, ModelNotFound, ModelNotPulled, ServerUnreachable, Truncated
from rag.models.ollama import OllamaServer
from rag.models.pulling import Pull, PullProgress, PullStage, load, remove, unload
from rag.testing.behaviours import breaking, cutting, dropping, failing, hanging, pulling, streaming
from rag.testing.replay import ReplayServer
from tests.places import RECORDINGS

SIZE = 1_000_000


@pytest.fixture
def replay() -> Iterator[ReplayServer]:
    with ReplayServer(RECORDINGS) as running:
        yield running


@pytest.fixture
def server(replay: ReplayServer) -> OllamaServer:
    return OllamaServer(replay.url, 2.0)


def test_a_pull_tells_bytes_rate_and_time_left_and_ends_when_all_is_there(
    replay: ReplayServer, server: OllamaServer
) -> None:
    replay.script("/api/pull", pulling(SIZE, delay=0.005))
    seen = list(Pull(server, "qwen3:4b").follow())
    assert seen[0] == PullProgress(PullStage.LOOKING)
    assert seen[-1].stage is PullStage.DONE
    assert (seen[-1].completed, seen[-1].total) == (SIZE, SIZE)
    loading = [one for one in seen if one.stage is PullStage.LOADING]
    assert [one.completed for one in loading] == sorted(one.completed for one in loading)
    middle = loading[10]
    assert middle.rate > 0
    assert middle.seconds_left == pytest.approx((middle.total - middle.completed) / middle.rate)
    assert PullStage.CHECKING in {one.stage for one in seen}
    assert replay.asked("/api/pull")[0].body["model"] == "qwen3:4b"


def test_a_cancelled_pull_ends_at_once_and_the_next_one_goes_on_from_there(
    replay: ReplayServer, server: OllamaServer
) -> None:
    replay.script("/api/pull", pulling(SIZE, delay=0.02))
    pull = Pull(server, "qwen3:4b")
    seen: list[PullProgress] = []
    for progress in pull.follow():
        seen.append(progress)
        if progress.completed >= SIZE // 2:
            pull.cancel()
    assert seen[-1].stage is PullStage.LOADING
    until = time.monotonic() + 5
    while not (asked := replay.asked("/api/pull")[0]).disconnected.is_set():
        assert time.monotonic() < until, "the server goes on loading"
        time.sleep(0.01)
    assert asked.disconnected.is_set()
    again = list(Pull(server, "qwen3:4b").follow())
    first = next(one for one in again if one.stage is PullStage.LOADING)
    assert first.completed >= SIZE // 2
    # Bytes that were there already are no speed.
    assert first.rate == 0
    assert again[-1].stage is PullStage.DONE


@pytest.mark.parametrize("after", [None, 0, 1])
def test_cancelling_does_not_wait_for_a_server_that_says_nothing(
    replay: ReplayServer, server: OllamaServer, after: int | None
) -> None:
    replay.script("/api/pull", hanging(after=after))
    pull = Pull(server, "llama3.2:1b")
    ended = threading.Event()

    def follow() -> None:
        for _ in pull.follow():
            pass
        ended.set()

    threading.Thread(target=follow, daemon=True).start()
    while not replay.asked("/api/pull"):
        time.sleep(0.01)
    time.sleep(0.1)
    pull.cancel()
    assert ended.wait(2.0)


def test_cancelled_before_it_began(replay: ReplayServer, server: OllamaServer) -> None:
    replay.script("/api/pull", pulling(SIZE, delay=0.05))
    pull = Pull(server, "qwen3:4b")
    pull.cancel()
    assert all(progress.stage is not PullStage.DONE for progress in pull.follow())


def test_the_recorded_server_without_internet(server: OllamaServer) -> None:
    with pytest.raises(ModelError, match=r"cannot reach the library.*no such host") as caught:
        list(Pull(server, "llama3.2:1b").follow())
    assert "internet" in caught.value.hint


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        ("pull model manifest: file does not exist", ModelNotFound, "no model 'qwen3:4b'"),
        ("write /models/blobs/x: no space left on device", ModelError, "disk of the model server is full"),
        ("The model you are attempting to pull requires a newer version of Ollama", ModelError, "newer Ollama"),
        ("max retries exceeded: EOF", ModelError, "cannot reach the library"),
        ("digest mismatch, file must be downloaded again", ModelError, "digest mismatch"),
    ],
)
def test_what_the_server_says_of_a_failed_pull(
    replay: ReplayServer, server: OllamaServer, told: str, kind: type[ModelError], words: str
) -> None:
    replay.script("/api/pull", streaming({"status": "pulling manifest"}, {"error": told}))
    with pytest.raises(kind, match=words):
        list(Pull(server, "qwen3:4b").follow())
    replay.script("/api/pull", failing(412, told))
    with pytest.raises(kind, match=words):
        list(Pull(server, "qwen3:4b").follow())


def test_a_pull_that_breaks_off_says_that_what_came_is_kept(replay: ReplayServer, server: OllamaServer) -> None:
    half = streaming({"status": "pulling a", "digest": "sha256:a", "total": 100, "completed": 50})
    replay.script("/api/pull", half)
    with pytest.raises(Truncated) as caught:
        list(Pull(server, "qwen3:4b").follow())
    assert "goes on from there" in caught.value.hint
    for behaviour in (dropping(after=1), cutting(after=1)):
        replay.script("/api/pull", behaviour)
        with pytest.raises(ModelError):
            list(Pull(server, "llama3.2:1b").follow())
    replay.script("/api/pull", breaking(0, "something else"))
    with pytest.raises(ModelError, match="something else"):
        list(Pull(server, "qwen3:4b").follow())


def test_nothing_there() -> None:
    nowhere = OllamaServer("127.0.0.1:9", 1.0)
    for work in (
        lambda: list(Pull(nowhere, "m").follow()),
        lambda: remove(nowhere, "m"),
        lambda: load(nowhere, "m", 4096),
        lambda: unload(nowhere, "m"),
    ):
        with pytest.raises(ServerUnreachable):
            work()


def test_removing_as_recorded(replay: ReplayServer, server: OllamaServer) -> None:
    with pytest.raises(ModelNotPulled, match="nope"):
        remove(server, "nope")
    replay.script("/api/delete", streaming())
    remove(server, "smollm2:135m")
    request = replay.asked("/api/delete")[-1]
    assert (request.method, request.body["model"]) == ("DELETE", "smollm2:135m")


def test_loading_and_unloading_as_recorded(replay: ReplayServer, server: OllamaServer) -> None:
    unload(server, "smollm2:135m")
    assert replay.asked("/api/chat")[0].body["keep_alive"] == 0
    replay.script("/api/chat", replay.play("unload"))
    assert load(server, "smollm2:135m", 4096) >= 0
    body = replay.asked("/api/chat")[1].body
    assert (body["messages"], body["options"]["num_ctx"], body["keep_alive"]) == ([], 4096, "15m")
    replay.script("/api/chat", failing(500, "model requires more system memory (9 GiB) than is available (3 GiB)"))
    with pytest.raises(ModelError, match="does not fit the memory"):
        load(server, "smollm2:135m", 4096)


def test_removal_goes_nowhere_else(replay: ReplayServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with ReplayServer(RECORDINGS) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        replay.script("/api/pull", pulling(SIZE))
        list(Pull(OllamaServer(replay.url, 2.0), "m").follow())
        assert proxy.requests == []
