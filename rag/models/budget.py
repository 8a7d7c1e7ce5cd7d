"""How much memory a machine can spare for a model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from rag.models.hardware import Gpu, Hardware
from rag.models.ollama import LoadedModel

SYSTEM: Final = 2_500_000_000
"""Bytes left to the system and a browser. Windows 11 asks for 4 GB in all; measured desktops at rest take 1 to 2.5."""
OWN: Final = 1_200_000_000
"""Bytes left to this program: 1.1 GB at 100,000 passages (docs/benchmarks.md)."""
MARGIN: Final = 500_000_000
"""Bytes of the memory that is free now which stay so: what is free is another amount a moment later."""
GPU_OWN: Final = 1_000_000_000
"""Bytes of a graphics processor left to the screen and the driver: Ollama itself leaves 457 MiB, a screen takes about
as much."""
APPLE_SHARE: Final = 2 / 3
"""Of the memory, what macOS lets its graphics processor use (`recommendedMaxWorkingSetSize`); 3/4 on large machines."""
APPLE_LARGE: Final = 36 * 1024**3
APPLE_LARGE_SHARE: Final = 3 / 4


def with_loaded(hardware: Hardware, loaded: Iterable[LoadedModel]) -> Hardware:
    """The hardware as if the models that its own server holds were not loaded: another one takes their place."""
    models = tuple(loaded)
    in_memory = sum(max(0, model.size - model.size_vram) for model in models)
    on_gpu = sum(model.size_vram for model in models)
    if hardware.shared:
        in_memory, on_gpu = in_memory + on_gpu, 0
    gpus = []
    for gpu in hardware.gpus:
        given = 0 if gpu.free is None else min(on_gpu, gpu.memory - gpu.free)
        on_gpu -= given
        gpus.append(gpu if gpu.free is None else replace(gpu, free=gpu.free + given))
    return replace(hardware, free=min(hardware.memory, hardware.free + in_memory), gpus=tuple(gpus))


def memory_budget(hardware: Hardware) -> int:
    """Bytes of the machine's memory that a model may take so that nothing has to be swapped to the disk."""
    return max(0, min(hardware.memory - SYSTEM - OWN, hardware.free - MARGIN))


def gpu_budget(hardware: Hardware) -> int:
    """Bytes that a model may take on the graphics processors; Ollama spreads one over several of a kind."""
    if hardware.shared:
        share = APPLE_LARGE_SHARE if hardware.memory > APPLE_LARGE else APPLE_SHARE
        return min(int(hardware.memory * share), memory_budget(hardware))
    kinds = {gpu.vendor for gpu in hardware.gpus}
    return max((sum(_spare(gpu) for gpu in hardware.gpus if gpu.vendor == kind) for kind in kinds), default=0)


def _spare(gpu: Gpu) -> int:
    most = gpu.memory - GPU_OWN
    return max(0, most if gpu.free is None else min(most, gpu.free - MARGIN))
