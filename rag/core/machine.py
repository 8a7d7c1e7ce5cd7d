"""What the machine offers to this process, and how its memory is kept."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
"""Addresses that only this computer reaches."""
_M_ARENA_MAX: Final = -8
"""In glibc's malloc.h."""
_ARENAS: Final = 2


def usable_cores() -> int:
    """Processor cores that this process may use: fewer than there are where it is bound to some (Linux)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor_features(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The instructions that the processor has, as Linux names them; empty where the system does not say.

    Args:
        cpuinfo: where Linux tells it.
    """
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    # "Features" on ARM.
    return frozenset(next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "").split())


def keep_memory_together() -> None:
    """Let all threads allocate from two arenas, not from eight for each core (glibc; elsewhere nothing is done).

    To be called before threads have begun to allocate. What one thread allocates and another frees leaves each arena
    full of holes: after 30,000 chunks a process held 450 MB more than with two arenas (docs/benchmarks.md).
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, _ARENAS)


@contextmanager
def collecting_later() -> Iterator[None]:
    """Look for unreachable objects only afterwards, on all threads: for a moment in which very many are made and kept.

    Python looks through all objects of the process whenever a quarter more have stayed: a third of the time in which
    ten thousand files are listed and compared.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
