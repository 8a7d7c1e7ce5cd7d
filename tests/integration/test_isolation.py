"""Reading in a child process: what a file does to its reader stays there."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from ingest.pool import ReaderPool
from rag.core.errors import Crashed, TooLarge, Unreadable, UnsupportedFormat
from tests.integration.waiting import wait_until
from tests.places import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes with names and signals")


def nothing() -> None:
    """The file is still what it was."""


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text("Keep the vaccine between 2 and 8 degrees.")
    return path


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A pipe that nobody writes to: opening it never returns."""
    path = tmp_path / "endless.txt"
    os.mkfifo(path)
    return path


@pytest.fixture
def reader() -> Iterator[ReaderPool]:
    process = ReaderPool(seconds=30)
    yield process
    process.close()


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def test_reads_and_passes_on_the_reader_errors(reader: ReaderPool, text: Path, tmp_path: Path) -> None:
    assert "vaccine" in reader.submit(text, nothing).result().pages[0].text
    program = tmp_path / "program.txt"
    program.write_bytes(b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 8)
    with pytest.raises(UnsupportedFormat) as caught:
        reader.submit(program, nothing).result()
    assert "program.txt" in caught.value.message
    assert caught.value.hint


def test_a_file_that_changed_meanwhile_is_refused(reader: ReaderPool, text: Path) -> None:
    def changed() -> None:
        raise Unreadable("note.txt is still being written.")

    with pytest.raises(Unreadable):
        reader.submit(text, changed).result()


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
def test_a_crash_costs_one_file(reader: ReaderPool, text: Path, endless: Path) -> None:
    before = set(children(os.getpid()))
    assert reader.submit(text, nothing).result(timeout=60).pages  # it has started
    reading = reader.submit(endless, nothing)
    following = reader.submit(text, nothing)
    (child,) = set(children(os.getpid())) - before
    time.sleep(0.5)  # it is at the pipe by now, or on its way: both must be survived
    os.kill(child, signal.SIGSEGV)
    with pytest.raises(Crashed, match=r"stopped unexpectedly.*endless\.txt"):
        reading.result(timeout=20)
    assert "vaccine" in following.result(timeout=20).pages[0].text


def test_a_hang_costs_one_file_and_its_time(text: Path, endless: Path) -> None:
    reader = ReaderPool(seconds=1)
    started = time.monotonic()
    with pytest.raises(TooLarge, match=r"endless\.txt made no progress for more than 1 seconds"):
        reader.submit(endless, nothing).result(timeout=20)
    assert time.monotonic() - started < 10
    assert reader.submit(text, nothing).result(timeout=20).pages
    reader.close()


def test_a_long_file_that_gives_signs_of_life_is_not_given_up(tmp_path: Path) -> None:
    page = "<h1>Part</h1><p>The cold box is checked twice a day." + "<span></span>" * 5_000 + "</p>"
    for name, members in (("short.zip", 1), ("long.zip", 70)):
        with ZipFile(tmp_path / name, "w", ZIP_DEFLATED) as made:
            for number in range(members):
                made.writestr(f"{number:02}.html", page)
    told: list[tuple[int, int]] = []
    reader = ReaderPool(seconds=1.5)
    reader.submit(tmp_path / "short.zip", nothing).result(60)  # imports what it needs
    started = time.monotonic()
    parsed = reader.submit(tmp_path / "long.zip", nothing, lambda done, total: told.append((done, total))).result(60)
    assert time.monotonic() - started > 1.5, "it was read before it could be given up: the test tried nothing"
    assert len(parsed.pages) == 70
    assert told == sorted(told)
    assert {total for _, total in told} == {70}
    reader.close()


def test_as_many_files_are_read_at_once_as_there_are_processes(endless: Path, text: Path) -> None:
    reader = ReaderPool(processes=2, seconds=60)
    stuck = reader.submit(endless, nothing)
    assert reader.submit(text, nothing).result(timeout=20).pages
    assert reader.busy()
    reader.abandon()
    assert isinstance(stuck.exception(timeout=20), Crashed)
    assert reader.submit(text, nothing).result(timeout=20).pages, "it goes on with other files"
    reader.close()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_memory_is_limited(text: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    large.write_text("word word word word word word.\n\n" * 4_000_000)
    reader = ReaderPool(seconds=60, memory=300 * 1024**2)
    with pytest.raises(TooLarge, match=r"large\.txt"):
        reader.submit(large, nothing).result(timeout=60)
    assert reader.submit(text, nothing).result(timeout=20).pages
    reader.close()


def test_closing_ends_a_reading_in_progress(endless: Path) -> None:
    reader = ReaderPool(seconds=60)
    reading = reader.submit(endless, nothing)
    time.sleep(0.5)
    assert reader.busy()
    started = time.monotonic()
    reader.close()
    assert time.monotonic() - started < 5
    assert not reader.busy()
    assert isinstance(reading.exception(), Crashed)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the child in /proc")
@pytest.mark.parametrize("waiting", [True, False])
def test_child_ends_when_the_parent_is_killed(text: Path, endless: Path, waiting: bool) -> None:
    """Between files and in the middle of one."""
    script = (
        "import sys, time; from pathlib import Path; from ingest.pool import ReaderPool\n"
        "reader = ReaderPool(seconds=1000)\n"
        "reader.submit(Path(sys.argv[1]), lambda: None).result()\n"
        "if not sys.argv[3]: reader.submit(Path(sys.argv[2]), lambda: None)\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(text), str(endless), "yes" if waiting else ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        (child,) = children(parent.pid)
        time.sleep(0.2)
        parent.kill()
    wait_until(lambda: not Path(f"/proc/{child}").exists() or _state(child) == "Z", seconds=5)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def test_child_does_not_import_models_or_stores_or_the_parents_main(text: Path, tmp_path: Path) -> None:
    """The parent's main module is what Streamlit makes of it: a script that must not run a second time."""
    main = tmp_path / "app.py"
    main.write_text(
        "import sys\nfrom pathlib import Path\nprint('main runs')\n"
        "from ingest.pool import ReaderPool\n"
        "reader = ReaderPool()\n"
        f"print(len(reader.submit(Path({str(text)!r}), lambda: None).result().pages))\n"
        "reader.close()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(main)], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )
    assert done.stdout == "main runs\n1\n"
    loaded = subprocess.run(
        [sys.executable, "-c", "import ingest.isolation, ingest.readers, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout.split()
    assert not {"torch", "streamlit", "chromadb", "rag.store.library", "ingest.pipeline", "pydantic"} & set(loaded)


def test_child_that_cannot_start_says_why(text: Path, tmp_path: Path) -> None:
    """A broken installation must not look like a broken file, and nothing is read in this process instead."""
    broken = tmp_path / "broken"
    (broken / "ingest").mkdir(parents=True)
    (broken / "rag").symlink_to(ROOT / "rag")
    for name in ("__init__.py", "isolation.py", "pool.py"):
        (broken / "ingest" / name).write_bytes((ROOT / "ingest" / name).read_bytes())
    (broken / "ingest" / "readers.py").write_text("import a_package_that_was_removed\n")
    script = (
        "import sys; from pathlib import Path; from ingest.pool import ReaderPool\n"
        "from rag.core.errors import KitabuError\n"
        "reader = ReaderPool()\n"
        "try: reader.submit(Path(sys.argv[1]), lambda: None).result()\n"
        "except KitabuError as error: print(type(error).__name__, error.message)\n"
        "finally: reader.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(text)],
        capture_output=True,
        text=True,
        check=True,
        cwd=broken,
        env={**os.environ, "PYTHONPATH": str(broken)},
    )
    assert done.stdout.startswith("KitabuError The reader process cannot be started: ModuleNotFoundError")
