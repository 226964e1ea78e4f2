"""The loop's arithmetic: learning rate, accumulation, refusal to go on with nonsense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from training import loop
from training.distributed import World
from training.errors import JobError
from training.metrics import Recorder

ALONE = World(rank=0, size=1, local_rank=0, attempt=0, device=torch.device("cpu"))


def test_the_learning_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    rates = [loop.learning_rate(step, steps=10, warmup=4, peak=1.0) for step in range(10)]
    assert rates[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert rates[5:] == pytest.approx([5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6])
    assert loop.learning_rate(0, steps=10, warmup=0, peak=1.0) == 1.0


@dataclass
class Points:
    x: torch.Tensor
    y: torch.Tensor

    @property
    def counts(self) -> list[int]:
        return [len(self.x)]

    @property
    def tokens(self) -> int:
        return len(self.x)

    def inputs(self, device: torch.device) -> Mapping[str, Any]:
        return {"x": self.x.to(device), "y": self.y.to(device)}


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(3, 1)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        error = (self.line(x)[:, 0] - y) ** 2
        return error.sum()[None], (error < 0.01).sum()[None]


def points(count: int, seed: int = 0) -> Points:
    x = torch.randn(count, 3, generator=torch.Generator().manual_seed(seed))
    return Points(x, x @ torch.tensor([1.0, -2.0, 0.5]))


def task(**changes: Any) -> loop.Task:
    torch.manual_seed(0)
    usual = loop.Task(
        phase="pretrain",
        variant=None,
        objective=Line(),
        heads=("error",),
        batches=lambda step: [points(8, step)],
        steps=300,
        warmup=10,
        learning_rate=0.1,
        checkpoint_every=100,
        seed=1,
        identity="line",
    )
    return replace(usual, **changes)


def test_it_learns(tmp_path: Path) -> None:
    line = Line()
    results = loop.train(task(objective=line), ALONE, tmp_path, Recorder(tmp_path, ALONE), "fp32")
    torch.testing.assert_close(line.line.weight.detach()[0], torch.tensor([1.0, -2.0, 0.5]), atol=0.02, rtol=0)
    assert (results["steps"], results["tokens"]) == (300, 2400)


def test_micro_batches_add_up_to_the_gradient_of_the_whole_batch() -> None:
    whole = points(10)
    pieces = [Points(whole.x[a:b], whole.y[a:b]) for a, b in ((0, 3), (3, 4), (4, 10))]
    gradients = []
    for batches in ([whole], pieces):
        torch.manual_seed(0)
        line = Line()
        loop._accumulate(line, batches, [10], ALONE, "fp32")
        gradients.append(line.line.weight.grad)
    torch.testing.assert_close(*gradients)


def test_a_gradient_that_is_no_number_ends_the_job_with_advice(tmp_path: Path) -> None:
    broken = Points(torch.full((4, 3), float("nan")), torch.zeros(4))
    with pytest.raises(
        JobError, match=r"pretrain diverged at step 0: the gradient is nan; lower pretrain\.learning_rate"
    ):
        loop.train(task(batches=lambda step: [broken]), ALONE, tmp_path, Recorder(tmp_path, ALONE), "fp32")


def test_an_interrupted_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole = task()
    loop.train(whole, ALONE, tmp_path / "whole", _recorder(tmp_path / "whole"), "fp32")

    def until(step: int) -> list[loop.Batch]:
        if step == 150:
            raise KeyboardInterrupt
        return [points(8, step)]

    cut = tmp_path / "cut"
    with pytest.raises(KeyboardInterrupt):
        loop.train(task(batches=until), ALONE, cut, _recorder(cut), "fp32")
    resumed = task()
    results = loop.train(resumed, ALONE, cut, _recorder(cut), "fp32")
    assert results["steps"] == 300
    for a, b in zip(whole.objective.parameters(), resumed.objective.parameters(), strict=True):
        assert torch.equal(a, b)


def _recorder(folder: Path) -> Recorder:
    folder.mkdir(exist_ok=True)
    return Recorder(folder, ALONE)
