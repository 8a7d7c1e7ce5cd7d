"""Work on files in a process of its own: a crash, a hang or a memory bomb in a file ends that process and no other.

A child is started as `python -m ingest.isolation`, not with `multiprocessing`: spawning there imports the parent's
`__main__` again, which under Streamlit is the app itself and under `python -c` is nothing. Parent and child exchange
length-prefixed messages over pipes: a request one way; how far it got, and in the end a pickled result or error the
other. The child imports the readers only. `ingest.pool` has files read in such children, `ingest.viewing` pages drawn.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Final

from rag.core.errors import IngestError, KitabuError

START_SECONDS: Final = 60.0
_TELL_SECONDS: Final = 0.1
"""Between two signs of life of a child."""
_COLLECT_AFTER: Final = 20_000
"""Objects made in a child before Python looks for unreachable ones: its usual 700 cost a tenth of the reading."""
_HEADER: Final = 8
_PROGRESS: Final = b"p"
_RESULT: Final = b"r"
_REINSTALL: Final = "Run `make install` again in Kitabu's folder, then repeat."

Tell = Callable[[int, int], None]
"""Called with the parts (pages) done of a request, and their number."""


def nobody(done: int, total: int) -> None:
    """The `progress` of a request that nobody watches."""
    del done, total


class Child:
    """A running child process and its pipes.

    Args:
        work: what it does with requests: a key of `_WORK`.
        seconds: longest time without a sign of life.
        memory: bytes of address space, where the system can limit it.

    Raises:
        KitabuError: it cannot be started.
    """

    def __init__(self, work: str, seconds: float, memory: int) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        root = str(Path(__file__).resolve().parent.parent)
        inherited = os.environ.get("PYTHONPATH")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([root, inherited] if inherited else [root]),
            "PYTHONUTF8": str(int(sys.flags.utf8_mode)),
        }
        # -P: a file named like a module in the working directory must not be imported.
        command = [sys.executable, "-P", "-m", "ingest.isolation", work, str(seconds), str(memory)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=environment,
                start_new_session=True,  # so that what it has started itself (tesseract) can be ended with it
            )
        except OSError as error:
            self._log.close()
            raise KitabuError(f"The reader process cannot be started: {error}.", _REINSTALL) from error
        self._heard_at = time.monotonic()
        try:
            with self._watched(START_SECONDS):
                _receive(self._output)
        except (EOFError, TimeoutError) as error:
            self.kill()
            reason = self._last_words()
            self.close()
            raise KitabuError(f"The reader process cannot be started: {reason}", _REINSTALL) from error

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def alive(self) -> bool:
        """Whether it can take a request."""
        return self._process.poll() is None

    def exchange(self, request: bytes, seconds: float, progress: Tell = nobody) -> object:
        """Send a request and wait for the reply.

        Args:
            request: what the child's work takes.
            seconds: longest time without a sign of life.
            progress: called with each of these.

        Raises:
            EOFError: the child ended.
            TimeoutError: it gave no sign of life in time and was killed.
        """
        with self._watched(seconds):
            try:
                _send(self._input, request)
            except OSError as error:
                raise EOFError from error
            while (message := _receive(self._output))[:1] == _PROGRESS:
                self._heard_at = time.monotonic()
                done, total = message[1:].split(b"/")
                progress(int(done), int(total))
        reply: object = pickle.loads(memoryview(message)[1:])
        return reply

    def kill(self) -> None:
        """End it and what it has started, also in the middle of a request."""
        if self._process.returncode is None:
            if hasattr(os, "killpg"):
                with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS refuses for a process that ended
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()

    def close(self) -> None:
        """End it and release its pipes."""
        self.kill()
        self._process.wait()
        with contextlib.suppress(OSError):  # a pipe that broke with unsent bytes in it
            self._input.close()
        self._output.close()
        self._log.close()

    @contextlib.contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        """Kill the child when nothing is heard of it for so long."""
        self._heard_at = time.monotonic()
        over, expired = threading.Event(), threading.Event()

        def watch() -> None:
            while not over.wait(left := max(0.0, self._heard_at + seconds - time.monotonic())):
                if not left:
                    expired.set()
                    self.kill()
                    return

        watching = threading.Thread(target=watch, daemon=True, name="reader-watch")
        watching.start()
        try:
            yield
        except EOFError:
            self.kill()
            self._process.wait()
            if expired.is_set() or self._process.returncode == -getattr(signal, "SIGALRM", 0):
                raise TimeoutError from None
            raise
        finally:
            over.set()

    def _last_words(self) -> str:
        self._process.wait()
        size = self._log.seek(0, io.SEEK_END)
        self._log.seek(max(0, size - 4096))
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"it ended with status {self._process.returncode}."


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(len(data).to_bytes(_HEADER, "big"))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    header = stream.read(_HEADER)
    if len(header) < _HEADER:
        raise EOFError
    length = int.from_bytes(header, "big")
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _limit_memory(limit: int) -> None:
    if sys.platform == "linux":  # macOS accepts the limit and does not keep it; Windows has none
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _listen(requests: queue.SimpleQueue[bytes]) -> None:
    """Take requests in; end this process when the parent is gone, also in the middle of a file."""
    while True:
        try:
            requests.put(_receive(sys.stdin.buffer))
        except EOFError:
            os._exit(0)


def _reading() -> Callable[[bytes, Tell], object]:
    from ingest.readers import Limits, Source, read

    def answer(request: bytes, progress: Tell) -> object:
        path, limits, ocr, own, places = pickle.loads(request)
        sys.path.extend(place for place in places if place not in sys.path)  # last: nothing of ours is hidden
        return read(Source(Path(os.fsdecode(path)), limits=limits or Limits(), ocr=ocr, own=own, progress=progress))

    return answer


def _viewing() -> Callable[[bytes, Tell], object]:
    from ingest.viewing import answer

    return lambda request, _: answer(request)


_WORK: Final[Mapping[str, Callable[[], Callable[[bytes, Tell], object]]]] = {"read": _reading, "view": _viewing}
"""What a child can be started for; each imports what it needs and gives the function that answers a request."""


class _SignOfLife:
    """The `progress` of a request in the child: told to the parent, and puts off the child's own alarm."""

    def __init__(self, replies: IO[bytes], seconds: float) -> None:
        self._replies = replies
        self._seconds = seconds
        self._lock = threading.Lock()  # several pages may be recognised at a time
        self._told_at = 0.0

    def __call__(self, done: int, total: int) -> None:
        with self._lock:
            now = time.monotonic()
            if now - self._told_at >= _TELL_SECONDS:
                self._told_at = now
                self.put_off()
                _send(self._replies, _PROGRESS + b"%d/%d" % (done, total))

    def put_off(self) -> None:
        """Begin to count anew."""
        # The parent's clock comes first. This one ends a child whose parent is gone and whose parser never lets another
        # thread run.
        if hasattr(signal, "alarm"):
            signal.alarm(int(self._seconds) + 10)


def _serve(work: str, seconds: float, memory: int) -> None:
    """The child's main loop: a request comes in, a pickled result or error goes out."""
    # Anything that a library prints must not end up between the replies.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole terminal; the parent decides
    _limit_memory(memory)
    gc.set_threshold(_COLLECT_AFTER, *gc.get_threshold()[1:])
    answer = _WORK[work]()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    _send(replies, b"ready")
    life = _SignOfLife(replies, seconds)
    while True:
        request = requests.get()
        life.put_off()
        try:
            reply = pickle.dumps(answer(request, life), protocol=pickle.HIGHEST_PROTOCOL)
        except (IngestError, MemoryError) as error:
            reply = pickle.dumps(error)
        except Exception as error:  # noqa: BLE001 - worker boundary: whatever a parser raises is that file's failure
            reply = pickle.dumps(f"{type(error).__name__}: {error}")
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        try:
            _send(replies, _RESULT + reply)
        except BrokenPipeError:
            return
        del reply


if __name__ == "__main__":
    _serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
