"""The training loop of both phases: steps over ranks and micro-batches, learning rate, checkpoints, stop, metrics."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_

from . import checkpoint, distributed
from .distributed import World
from .errors import JobError, Stopped
from .metrics import Recorder
from .model import optimizer

CLIP = 1.0  # norm of the gradient, as in the BERT paper's code


class Batch(Protocol):
    @property
    def counts(self) -> Sequence[int]: ...  # predictions of each head
    @property
    def tokens(self) -> int: ...
    def inputs(self, device: torch.device) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Task:
    """What to train and how long.

    `objective` maps a batch's inputs to (summed losses, right predictions), one of each for every name in `heads`.
    `batches(step)` are this rank's micro-batches of a step; over the ranks they make up the global batch.
    `identity` is the digest of the settings, which a checkpoint must share. `evaluate` measures on held-out text.
    """

    phase: str
    variant: str | None
    objective: nn.Module
    heads: tuple[str, ...]
    batches: Callable[[int], Sequence[Batch]]
    steps: int
    warmup: int
    learning_rate: float
    checkpoint_every: int
    seed: int
    identity: str
    evaluate: Callable[[], dict[str, float]] | None = None

    @property
    def label(self) -> dict[str, Any]:
        return {"phase": self.phase, **({"variant": self.variant} if self.variant else {})}


@dataclass
class Tally:
    """What training has cost so far, over all ranks and attempts as far as checkpoints remember."""

    step: int = 0
    tokens: float = 0.0
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def results(self) -> dict[str, Any]:
        return {
            "steps": self.step,
            "tokens": int(self.tokens),
            "training_seconds": round(self.seconds, 2),
            "tokens_per_s": round(self.tokens / max(self.seconds, 1e-9), 1),
            "tokens_per_cpu_s": round(self.tokens / max(self.cpu_seconds, 1e-9), 1),
        }


def learning_rate(step: int, steps: int, warmup: int, peak: float) -> float:
    """Rate of step `step` (from 0): up to `peak` in `warmup` steps, then straight down to 0 after `steps`."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (steps - step) / (steps - warmup)


def train(task: Task, world: World, output: Path, recorder: Recorder, precision: str) -> dict[str, Any]:
    """Train to the end from the newest checkpoint, or from the start. Returns what it took (Tally.results).

    Raises:
        Stopped: a stop was asked for; the state is saved. JobError: the loss is no longer a number.
    """
    name = task.phase if task.variant in (None, "pretrained") else f"{task.phase}-{task.variant}"
    folder = output / "checkpoints" / name
    model = task.objective.to(world.device).train()
    optimize = optimizer(model)
    tally = _resume(task, world, folder, model, optimize)
    recorder.rewind(task.phase, task.variant, tally.step)
    wrapped = DistributedDataParallel(model) if world.size > 1 else model
    if world.size > 1:
        _settle(task, world, wrapped, precision)
    began, first = time.monotonic(), tally.step
    window = _Window(task, world, tally)
    log_every = max(1, min(50, task.steps // 80))
    evaluate_every = max(1, task.steps // 5)

    def save() -> None:
        state = {"model": model.state_dict(), "optimizer": optimize.state_dict(), "tally": vars(tally)}
        checkpoint.save(folder, tally.step, state, task.identity)

    while tally.step < task.steps:
        batches = task.batches(tally.step)
        mine = [sum(b.counts[h] for b in batches) for h in range(len(task.heads))]
        stop, (*counts, tokens) = distributed.agree(world, [*mine, sum(b.tokens for b in batches)])
        if stop:
            window.close()
            distributed.lead(world, save)
            raise Stopped
        rate = learning_rate(tally.step, task.steps, task.warmup, task.learning_rate)
        for group in optimize.param_groups:
            group["lr"] = rate
        torch.manual_seed(_seed(task, tally.step, world.rank))
        window.add(_accumulate(wrapped, batches, counts, world, precision), mine)
        norm = clip_grad_norm_(model.parameters(), CLIP)
        if not math.isfinite(norm.item()):
            raise JobError(
                f"{task.phase} diverged at step {tally.step}: the gradient is {norm.item()};"
                f" lower {task.phase}.learning_rate ({task.learning_rate:g}) or lengthen its warm-up"
            )
        optimize.step()
        optimize.zero_grad(set_to_none=True)
        tally.step += 1
        tally.tokens += tokens

        last = tally.step == task.steps
        if tally.step % log_every == 0 or tally.step == 1 or last:
            measures = window.close()
            left = (time.monotonic() - began) / (tally.step - first) * (task.steps - tally.step)
            progress = {"step": tally.step, "steps": task.steps}
            recorder.record(
                {**task.label, **progress, **measures, "learning_rate": rate, "seconds_left": round(left, 1)}
            )
        if task.evaluate and (tally.step % evaluate_every == 0 or last):
            window.close()
            recorder.record({**task.label, "step": tally.step, **task.evaluate()})
            model.train()
            window.open()
        if tally.step % task.checkpoint_every == 0 or last:
            window.close()
            if world.leads:
                save()
            window.open()
    return tally.results()


def _resume(task: Task, world: World, folder: Path, model: nn.Module, optimize: torch.optim.Optimizer) -> Tally:
    path = distributed.lead(world, lambda: checkpoint.newest(folder, task.identity))
    if path is None:
        return Tally()
    state = checkpoint.load(path, world.device)
    model.load_state_dict(state["model"])
    optimize.load_state_dict(state["optimizer"])
    if world.leads:
        print(f"[{task.phase}] resuming from {path.parent.name}/{path.name}", flush=True)
    return Tally(**state["tally"])


def _settle(task: Task, world: World, wrapped: nn.Module, precision: str) -> None:
    """Let DDP see one backward pass, and forget its gradients.

    DDP regroups its buckets after the first one, and with three ranks or more the grouping decides in which order
    numbers are added. So a resumed run would differ in the last bits from one that went through.
    """
    batches = task.batches(0)[:1]
    _accumulate(wrapped, batches, batches[0].counts, world, precision)
    wrapped.zero_grad(set_to_none=True)


def _accumulate(
    wrapped: nn.Module, batches: Sequence[Batch], counts: Sequence[float], world: World, precision: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """Make the gradients of the global batch's mean loss. Returns this rank's (summed losses, right predictions)."""
    # DDP averages over the ranks; times their number it is a sum again.
    scale = world.size / torch.tensor(counts, dtype=torch.float32, device=world.device)
    losses = torch.zeros_like(scale)
    right = torch.zeros_like(scale)
    for number, batch in enumerate(batches):
        last = number == len(batches) - 1
        with wrapped.no_sync() if isinstance(wrapped, DistributedDataParallel) and not last else nullcontext():
            with torch.autocast(world.device.type, dtype=torch.bfloat16, enabled=precision == "bf16"):
                loss, hits = wrapped(**batch.inputs(world.device))
            (loss * scale).sum().backward()
        losses += loss.detach()
        right += hits
    return losses, right


class _Window:
    """Measures since the last report; the clock stands still between `close` and `open`."""

    def __init__(self, task: Task, world: World, tally: Tally) -> None:
        self.task, self.world, self.tally = task, world, tally
        self.open()

    def open(self) -> None:
        self.sums = torch.zeros(2, len(self.task.heads), dtype=torch.float64)
        self.counts = [0.0] * len(self.task.heads)
        self.tokens = self.tally.tokens
        self.clock, self.cpu_clock = time.monotonic(), time.process_time()

    def add(self, results: tuple[torch.Tensor, torch.Tensor], counts: Sequence[int]) -> None:
        self.sums += torch.stack(results).cpu()
        self.counts = [a + b for a, b in zip(self.counts, counts, strict=True)]

    def close(self) -> dict[str, float]:
        """Sum over the ranks, charge the time to the tally and start anew. {} if no step was made."""
        seconds = time.monotonic() - self.clock
        cpu = time.process_time() - self.cpu_clock
        n = len(self.task.heads)
        cpu, *sums = distributed.total(self.world, [cpu, *self.sums.flatten().tolist(), *self.counts])
        losses, right, counts = sums[:n], sums[n : 2 * n], sums[2 * n :]
        tokens = self.tally.tokens - self.tokens
        self.tally.seconds += seconds
        self.tally.cpu_seconds += cpu
        self.open()
        if not all(counts):
            return {}
        means = [loss / count for loss, count in zip(losses, counts, strict=True)]
        measures = {"loss": sum(means)}
        for name, mean, hits, count in zip(self.task.heads, means, right, counts, strict=True):
            if n > 1:
                measures[f"{name}_loss"] = mean
            measures[f"{name}_accuracy" if n > 1 else "accuracy"] = hits / count
        return {**measures, "tokens_per_s": tokens / seconds}


def _seed(task: Task, step: int, rank: int) -> int:
    """Seed of a step's dropout: a function of the step alone, so that no generator's state need be saved."""
    text = f"{task.seed}/{task.phase}/{task.variant}/{step}/{rank}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")
