"""What a machine has is read from the files and programs that tell it, limits of a container counted."""

import os
import sys
from pathlib import Path

import pytest

from rag.models.hardware import Gpu, look

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the files are Linux's")
GIB = 1024**3
MEMINFO = """MemTotal:       16265460 kB
MemFree:          843772 kB
MemAvailable:   10485760 kB
SwapTotal:             0 kB
"""
CORE = """processor\t: {number}
model name\t: Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz
physical id\t: 0
core id\t\t: {core}
flags\t\t: fpu sse2 avx avx2 fma

"""


def put(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A laptop with 16 GB and two threads on its one core, and no program that tells of graphics."""
    put(tmp_path, "proc/meminfo", MEMINFO)
    put(tmp_path, "proc/cpuinfo", "".join(CORE.format(number=number, core=0) for number in range(2)))
    put(tmp_path, "proc/self/cgroup", "0::/user.slice/session\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def program(root: Path, name: str, script: str) -> None:
    put(root, f"bin/{name}", f"#!/bin/sh\n{script}\n")
    (root / "bin" / name).chmod(0o755)


def test_memory_cores_and_instructions(root: Path) -> None:
    found = look(root)
    assert (found.memory, found.free) == (16265460 * 1024, 10 * GIB)
    assert (found.cores, found.gpus, found.limited) == (1, (), False)
    assert found.features >= {"avx2", "fma"}


def test_nothing_to_read_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = look(tmp_path)
    assert (found.memory, found.free, found.gpus) == (0, 0, ())
    assert found.cores >= 1


def test_the_limit_of_a_container_counts_and_caches_are_free(root: Path) -> None:
    group = "sys/fs/cgroup/user.slice"
    put(root, f"{group}/memory.max", f"{4 * GIB}\n")
    put(root, f"{group}/memory.current", f"{3 * GIB}\n")
    put(root, f"{group}/memory.stat", f"anon 5\nactive_file 7\ninactive_file {2 * GIB}\n")
    put(root, f"{group}/session/memory.max", "max\n")
    found = look(root)
    assert (found.memory, found.free, found.limited) == (4 * GIB, 3 * GIB, True)


def test_the_older_kind_of_control_group_counts_too(root: Path) -> None:
    put(root, "proc/self/cgroup", "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n")
    put(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", f"{2 * GIB}\n")
    put(root, "sys/fs/cgroup/memory/memory.usage_in_bytes", f"{GIB}\n")
    found = look(root)
    assert (found.memory, found.free, found.limited) == (2 * GIB, GIB, True)


def test_no_limit_is_written_as_a_huge_one_there(root: Path) -> None:
    put(root, "proc/self/cgroup", "4:memory:/\n")
    put(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    assert look(root).limited is False


def test_nvidia_tells_name_and_memory(root: Path) -> None:
    program(root, "nvidia-smi", 'echo "NVIDIA GeForce RTX 3060, 12288, 11000"; echo "NVIDIA T4, [N/A], [N/A]"')
    assert look(root).gpus == (Gpu("NVIDIA GeForce RTX 3060", "NVIDIA", 12 * GIB, 11000 * 1024**2),)


@pytest.mark.parametrize("script", ["exit 9", "echo NVIDIA-SMI has failed", "printf '\\377'"])
def test_a_driver_that_fails_is_no_gpu(root: Path, script: str) -> None:
    program(root, "nvidia-smi", script)
    assert look(root).gpus == ()


def test_amd_is_told_by_its_driver_and_built_in_graphics_do_not_count(root: Path) -> None:
    put(root, "sys/class/drm/card0/device/mem_info_vram_total", f"{512 * 1024**2}\n")
    put(root, "sys/class/drm/card1/device/mem_info_vram_total", f"{16 * GIB}\n")
    put(root, "sys/class/drm/card1/device/mem_info_vram_used", f"{GIB}\n")
    put(root, "sys/class/drm/card2/device/vendor", "0x8086\n")
    assert look(root).gpus == (Gpu("AMD graphics processor", "AMD", 16 * GIB, 15 * GIB),)


def test_this_machine() -> None:
    found = look()
    assert 0 < found.free <= found.memory
    assert found.cores <= len(os.sched_getaffinity(0))
