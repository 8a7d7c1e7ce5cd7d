"""Readers in a process of their own: a crash, a hang or a memory bomb in a file costs that file and nothing else.

The child is started as `python -m ingest.isolation`, not with `multiprocessing`: spawning there imports the parent's
`__main__` again, which under Streamlit is the app itself and under `python -c` is nothing. Parent and child exchange
length-prefixed messages over pipes: a request (for a reader: a path) one way, a pickled result or error the other. The
child imports the readers only. `ingest.viewing` uses the same child to draw pages.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final

from rag.core.errors import Damaged, IngestError, KitabuError, TooLarge
from rag.core.types import ParsedDocument

READ_SECONDS: Final = 300.0
"""Longest time for one file: PDFium reads over 400 pages a second, so what takes longer than this hangs."""
READ_MEMORY: Final = 4 * 1024**3
"""Address space of the child in bytes, where the system can limit it (Linux)."""
START_SECONDS: Final = 60.0
_HEADER: Final = 8
_REINSTALL: Final = "Run `make install` again in Kitabu's folder, then repeat."


class ReaderProcess:
    """Reads files one after the other in a child process, which is started when the first file comes.

    Not a pool: one file is read while another is embedded, and more would take the embedder's processor time.
    """

    def __init__(self, *, seconds: float = READ_SECONDS, memory: int = READ_MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._queue = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reader")
        self._child: Child | None = None
        self._closed = False
        self._last: Future[ParsedDocument] | None = None

    def submit(self, path: Path, verify: Callable[[], None]) -> Future[ParsedDocument]:
        """Read `path` in the background.

        Args:
            path: the file.
            verify: called after reading, off the caller's thread; raises an `IngestError` when the file is no longer
                what it was.

        The future raises `IngestError` (of the reader; `Damaged` when the child crashed, `TooLarge` when it took too
        much time or memory) or `KitabuError` when no child can be started.
        """

        def work() -> ParsedDocument:
            parsed = self._read(path)
            verify()
            return parsed

        self._last = self._queue.submit(work)
        return self._last

    def busy(self) -> bool:
        """Whether a file is being read or waits to be."""
        return self._last is not None and not self._last.done()

    def close(self) -> None:
        """End the child, also in the middle of a file."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
        self._queue.shutdown(wait=True, cancel_futures=True)
        if self._child is not None:
            self._child.close()
            self._child = None

    def _read(self, path: Path) -> ParsedDocument:
        if self._child is None or not self._child.alive():
            if self._child is not None:
                self._child.close()
            self._child = Child("read", self._seconds, self._memory)
            if self._closed:  # close() came while the child was being started and could not see it
                self._child.kill()
        child = self._child
        try:
            result = child.exchange(os.fsencode(path), self._seconds)
        except TimeoutError as error:
            raise TooLarge(
                f"Reading {path.name} took more than {self._seconds:.0f} seconds and was given up.",
                "Open the file and save it again, or split it into smaller files.",
            ) from error
        except EOFError as error:
            raise Damaged(
                f"The reader stopped unexpectedly while reading {path.name}.",
                "The file is probably damaged. Open it and save it again, or convert it to PDF.",
            ) from error
        if isinstance(result, MemoryError):
            raise TooLarge(
                f"Reading {path.name} needs more than {self._memory // 1024**2:,} MB of memory.",
                "Split it into smaller files.",
            )
        if isinstance(result, IngestError):
            raise result
        if isinstance(result, ParsedDocument):
            return result
        raise Damaged(f"The reader failed on {path.name} ({result}).", "Open the file and save it again.")


class Child:
    """A running child process and its pipes.

    Args:
        work: what it does with requests: a key of `_WORK`.
        seconds: longest time for one request.
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
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=environment
            )
        except OSError as error:
            self._log.close()
            raise KitabuError(f"The reader process cannot be started: {error}.", _REINSTALL) from error
        try:
            self._within(START_SECONDS, lambda: _receive(self._output))
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

    def exchange(self, request: bytes, seconds: float) -> object:
        """Send a request and wait for the reply.

        Raises:
            EOFError: the child ended.
            TimeoutError: it did not answer in time and was killed.
        """

        def both() -> bytes:
            try:
                _send(self._input, request)
            except OSError as error:
                raise EOFError from error
            return _receive(self._output)

        reply: object = pickle.loads(self._within(seconds, both))
        return reply

    def kill(self) -> None:
        """End it, also in the middle of a request."""
        self._process.kill()

    def close(self) -> None:
        """End it and release its pipes."""
        self.kill()
        self._process.wait()
        with contextlib.suppress(OSError):  # a pipe that broke with unsent bytes in it
            self._input.close()
        self._output.close()
        self._log.close()

    def _within(self, seconds: float, work: Callable[[], bytes]) -> bytes:
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self._process.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            return work()
        except EOFError:
            self._process.kill()
            self._process.wait()
            if expired.is_set() or self._process.returncode == -getattr(signal, "SIGALRM", 0):
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()

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


def _reading() -> Callable[[bytes], object]:
    from ingest.readers import read

    return lambda request: read(Path(os.fsdecode(request)))


def _viewing() -> Callable[[bytes], object]:
    from ingest.viewing import answer

    return answer


_WORK: Final[Mapping[str, Callable[[], Callable[[bytes], object]]]] = {"read": _reading, "view": _viewing}
"""What a child can be started for; each imports what it needs and gives the function that answers a request."""


def _serve(work: str, seconds: float, memory: int) -> None:
    """The child's main loop: a request comes in, a pickled result or error goes out."""
    # Anything that a library prints must not end up between the replies.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole terminal; the parent decides
    _limit_memory(memory)
    answer = _WORK[work]()
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    _send(replies, b"ready")
    while True:
        request = requests.get()
        # The parent's clock comes first. This one ends a child whose parent is gone and whose parser never lets another
        # thread run.
        if hasattr(signal, "alarm"):
            signal.alarm(int(seconds) + 10)
        try:
            reply = pickle.dumps(answer(request), protocol=pickle.HIGHEST_PROTOCOL)
        except (IngestError, MemoryError) as error:
            reply = pickle.dumps(error)
        except Exception as error:  # noqa: BLE001 - worker boundary: whatever a parser raises is that file's failure
            reply = pickle.dumps(f"{type(error).__name__}: {error}")
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        try:
            _send(replies, reply)
        except BrokenPipeError:
            return
        del reply


if __name__ == "__main__":
    _serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
