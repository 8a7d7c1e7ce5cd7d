"""Timing, summaries and tables for the benchmarks."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SAMPLES: Final = ROOT / "sample_docs" / "library"

Row = Mapping[str, str | float]
"""A line of a benchmark's table: the same keys in every row of it."""


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def percentile(values: Sequence[float], percent: int) -> float:
    """The `percent`-th percentile, linearly interpolated (numpy's default, "inclusive" in `statistics`)."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def _processes() -> list[tuple[int, float, float]]:
    """This process and those it has started: id, processor seconds, resident megabytes. Linux only."""
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split() if entry.name.isdigit() else []
        except OSError:
            continue
        if fields:
            # proc(5), counted from the state: parent, user and system time, resident pages.
            used = (int(fields[11]) + int(fields[12])) / ticks
            found[int(entry.name)] = (int(fields[1]), used, int(fields[21]) * page / 1e6)
    own = {os.getpid()}
    while more := {pid for pid, (parent, _, _) in found.items() if parent in own} - own:
        own |= more
    return [(pid, found[pid][1], found[pid][2]) for pid in own if pid in found]


def cpu_seconds() -> float:
    """Processor time of this process and its children, of those that ended too. Nearly the same on a busy machine."""
    ended = os.times()
    return sum(used for _, used, _ in _processes()) + ended.children_user + ended.children_system


def resident_mb() -> tuple[float, float]:
    """Megabytes in memory: of this process, and of its children."""
    by_process = {pid: resident for pid, _, resident in _processes()}
    own = by_process.pop(os.getpid())
    return own, sum(resident for pid, resident in by_process.items() if not _copy_of_this(pid))


def _copy_of_this(pid: int) -> bool:
    """Whether a process was only just forked: it still shows this one's memory."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == Path("/proc/self/cmdline").read_bytes()
    except OSError:
        return True


def machine() -> dict[str, str | int]:
    """What the numbers were measured on."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), model)
    except OSError:
        pass
    return {
        "cpu": model,
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "system": platform.system(),
        "load": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "",
    }


def show(title: str, rows: Sequence[Row]) -> None:
    """Print the rows as a table in Markdown, ready for docs/benchmarks.md."""
    heads = list(rows[0])
    lines = [f"### {title}", "", f"| {' | '.join(heads)} |", f"|{'|'.join('---' for _ in heads)}|"]
    lines += [f"| {' | '.join(_cell(row[head]) for head in heads)} |" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
