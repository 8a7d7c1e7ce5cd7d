"""What this machine has to run a model with: memory, processor, graphics processors; limits of a container counted.

Every look is short and may find nothing: that a file or a program is not there is normal.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from rag.core.machine import processor_features, usable_cores

_ANSWER_SECONDS: Final = 5.0
"""Longest wait for a program; nvidia-smi takes up to two seconds where the driver sleeps."""
_MIB: Final = 1024**2
SMALLEST_GPU: Final = 2_500_000_000
"""Bytes of a graphics processor's own memory below which it is left out: built-in ones are given a little of the
machine's memory and take the rest from there."""
_ROOT: Final = Path("/")


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics processor that can run models."""

    name: str
    vendor: str
    """"NVIDIA", "AMD" or "Apple"."""
    memory: int
    """Bytes of its own; of one by Apple, which shares the machine's, those of the machine."""
    free: int | None = None
    """Bytes that nothing uses now; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """What this process may use."""

    memory: int
    """Bytes in all: of the machine, or as many of them as a container is given; 0 where that is not known."""
    free: int
    """Bytes that can be had without taking any from other programs."""
    cores: int
    """Cores that compute; two threads of one core count once."""
    features: frozenset[str] = frozenset()
    """The processor's instructions as Linux names them; empty where the system does not say."""
    gpus: tuple[Gpu, ...] = ()
    limited: bool = False
    """Whether a container or a service is given less memory than the machine has."""

    @property
    def shared(self) -> bool:
        """Whether the graphics processor and the processor have one memory."""
        return any(gpu.vendor == "Apple" for gpu in self.gpus)


def look(root: Path = _ROOT) -> Hardware:
    """What there is now. Takes some milliseconds, up to seconds where a graphics driver is asleep.

    Args:
        root: where /proc and /sys lie.
    """
    memory, free, limited = _memory(root)
    gpus = (*_nvidia(), *_amd(root)) if sys.platform != "darwin" else _apple(memory)
    return Hardware(memory, free, _cores(root), processor_features(root / "proc/cpuinfo"), gpus, limited)


@cache  # asked for with every question, and on macOS two programs tell it
def total_memory() -> int:
    """`Hardware.memory` alone, which asks no driver."""
    return _memory(_ROOT)[0]


def _memory(root: Path) -> tuple[int, int, bool]:
    """Bytes in all and free, and whether a container limits them."""
    if sys.platform == "darwin":
        memory, free = _mac_memory()
    elif sys.platform == "win32":
        memory, free = _windows_memory()
    else:
        memory, free = _linux_memory(root)
    limit, used = _limit(root)
    if limit is None or (memory and limit >= memory):
        return memory, free, False
    return limit, max(0, min(free, limit - used)), True


def _linux_memory(root: Path) -> tuple[int, int]:
    told: dict[str, str] = dict(re.findall(r"^(\w+):\s+(\d+) kB", _read(root / "proc/meminfo"), re.MULTILINE))
    return int(told.get("MemTotal", "0")) * 1024, int(told.get("MemAvailable", "0")) * 1024


def _mac_memory() -> tuple[int, int]:
    total = _run("sysctl", "-n", "hw.memsize").strip()
    told = _run("vm_stat")
    size = re.search(r"page size of (\d+) bytes", told)
    pages = dict(re.findall(r"^Pages (free|inactive|purgeable|speculative):\s+(\d+)\.", told, re.MULTILINE))
    return int(total or 0), sum(map(int, pages.values())) * int(size.group(1) if size else 4096)


def _windows_memory() -> tuple[int, int]:
    class Status(ctypes.Structure):  # MEMORYSTATUSEX
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "p1", "p2", "v1", "v2", "extended")),
        )

    status = Status()
    status.length = ctypes.sizeof(status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - only Windows has the attribute
    return (status.total, status.free) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else (0, 0)


def _limit(root: Path) -> tuple[int | None, int]:
    """The memory this process's control group may use, None for no limit, and what is used of it, caches left out."""
    groups = re.findall(r"^\d+:([^:]*):(.*)$", _read(root / "proc/self/cgroup"), re.MULTILINE)
    smallest: tuple[int | None, int] = (None, 0)
    for controllers, path in groups:
        if controllers == "":
            top, limit, use = root / "sys/fs/cgroup", "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            top, limit, use = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        # In a container the path may be that of the host, which is not there; the top is then the container's own.
        for folder in (top, *(top.joinpath(*Path(path).parts[1 : end + 1]) for end in range(1, len(Path(path).parts)))):
            told = _read(folder / limit).strip()
            if told.isdigit() and (smallest[0] is None or int(told) < smallest[0]):
                cached = re.search(r"^(?:total_)?inactive_file (\d+)", _read(folder / "memory.stat"), re.MULTILINE)
                used = int(_read(folder / use).strip() or 0) - int(cached.group(1) if cached else 0)
                smallest = int(told), max(0, used)
    return smallest


def _cores(root: Path) -> int:
    if sys.platform == "darwin":
        return int(_run("sysctl", "-n", "hw.physicalcpu").strip() or usable_cores())
    if sys.platform == "win32":
        return max(1, usable_cores() // 2)  # it tells of threads only, and most processors have two in a core
    pairs = set()
    for entry in _read(root / "proc/cpuinfo").split("\n\n"):
        told = dict(re.findall(r"^(physical id|core id)\s*:\s*(\d+)", entry, re.MULTILINE))
        if "core id" in told:
            pairs.add((told.get("physical id"), told["core id"]))
    return min(len(pairs) or usable_cores(), usable_cores())


def _nvidia() -> tuple[Gpu, ...]:
    told = _run("nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits")
    gpus = []
    for line in told.splitlines():
        name, _, rest = line.partition(",")
        numbers = [part.strip() for part in rest.split(",")]
        if len(numbers) == 2 and all(number.isdigit() for number in numbers):
            total, free = (int(number) * _MIB for number in numbers)
            gpus.append(Gpu(name.strip(), "NVIDIA", total, free))
    return tuple(gpu for gpu in gpus if gpu.memory >= SMALLEST_GPU)


def _amd(root: Path) -> tuple[Gpu, ...]:
    """From the driver amdgpu, which needs no program. Elsewhere (Windows) AMD's are not seen."""
    gpus = []
    for device in sorted(root.glob("sys/class/drm/card[0-9]/device")):
        total, used = (_read(device / f"mem_info_vram_{what}").strip() for what in ("total", "used"))
        if total.isdigit() and int(total) >= SMALLEST_GPU:
            name = _read(device / "product_name").strip() or "AMD graphics processor"
            gpus.append(Gpu(name, "AMD", int(total), int(total) - int(used) if used.isdigit() else None))
    return tuple(gpus)


def _apple(memory: int) -> tuple[Gpu, ...]:
    if platform.machine() != "arm64":
        return ()
    return (Gpu(_run("sysctl", "-n", "machdep.cpu.brand_string").strip() or "Apple", "Apple", memory),)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _run(program: str, *arguments: str) -> str:
    """What a program prints; "" where it is not there, fails or takes too long."""
    found = shutil.which(program)
    if found is None:
        return ""
    try:
        done = subprocess.run(
            [found, *arguments],
            capture_output=True,
            text=True,
            timeout=_ANSWER_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""
