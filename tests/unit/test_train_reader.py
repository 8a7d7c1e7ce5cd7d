"""What is learned in several goes is put together as it says."""

import torch
from train_reader import RANK, mean


def _changes(seed: int, rank: int) -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    shapes = {"layer.up": (96, rank), "layer.down": (rank, 96), "answer.bias": (1,)}
    return {name: torch.randn(shape, generator=draw).half() for name, shape in shapes.items()}


def test_the_mean_of_two_goes_is_the_mean_of_their_changes() -> None:
    one, other = _changes(1, 8), _changes(2, 16)
    found = mean(one, other)
    wanted = sum(part["layer.up"].float() @ part["layer.down"].float() for part in (one, other)) / 2
    assert found["layer.down"].shape == (RANK, 96)
    assert torch.allclose(found["layer.up"].float() @ found["layer.down"].float(), wanted, atol=0.05)
    assert torch.allclose(
        found["answer.bias"].float(), (one["answer.bias"] + other["answer.bias"]).float() / 2, atol=1e-3
    )
