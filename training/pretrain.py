"""Phase pretrain: masked language modelling and next sentence prediction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from transformers import BertForPreTraining

from . import distributed, loop, model, sampler, tokenizer
from .config import Job
from .distributed import World
from .masking import Masker
from .metrics import Recorder
from .pairs import Pairs

T = TypeVar("T")

# Held-out text is always judged with the same masks, at the paper's rate, whatever rate the job trains with.
EVALUATION_SEED = 20181011
EVALUATION_MASKING = 0.15
EVALUATION_BATCH = 32
GLANCE = 256  # held-out pairs looked at while training


def pretrain(
    job: Job, prepared: Path, output: Path, world: World, recorder: Recorder, precision: str
) -> dict[str, Any]:
    """Train BertForPreTraining and save it with its tokenizer in model/pretrained."""
    settings = job.pretrain
    words = tokenizer.load(prepared / "tokenizer")
    train, heldout = Pairs.load(prepared / "train"), Pairs.load(prepared / "heldout")
    masker = Masker(tokenizer.continues_word(words), settings.masking, settings.whole_word, job.seed)
    torch.manual_seed(job.seed)
    bert = BertForPreTraining(model.configuration(job.model, settings.dropout))
    model.start_from_frequencies(bert, train.ids, len(tokenizer.SPECIALS))
    objective = model.PretrainObjective(bert)

    def batches(step: int) -> list[Any]:
        picks = sampler.stream(len(train), job.seed, step * settings.batch, settings.batch)
        mine = distributed.share(world, picks)
        return [masker.batch(train, micro) for micro in chunks(mine, settings.micro_batch)]

    task = loop.Task(
        phase="pretrain",
        variant=None,
        objective=objective,
        heads=objective.heads,
        batches=batches,
        steps=settings.steps,
        warmup=settings.warmup,
        learning_rate=settings.learning_rate,
        checkpoint_every=settings.checkpoint_every,
        seed=job.seed,
        identity=identity(job.seed, asdict(job.model), asdict(settings), prepared.name),
        evaluate=lambda: heldout_measures(objective, heldout, masker, world, precision, limit=GLANCE),
    )
    results = loop.train(task, world, output, recorder, precision)
    measures = heldout_measures(objective, heldout, masker, world, precision)

    def save() -> None:
        bert.save_pretrained(output / "model" / "pretrained")
        words.save_pretrained(output / "model" / "pretrained")

    distributed.lead(world, save)
    return {
        **results,
        **measures,
        "parameters": model.parameters(bert),
        "precision": precision,
        "world_size": world.size,
    }


@torch.no_grad()
def heldout_measures(
    objective: model.PretrainObjective,
    heldout: Pairs,
    masker: Masker,
    world: World,
    precision: str,
    limit: int | None = None,
) -> dict[str, float]:
    """MLM loss (nats a hidden token), MLM and NSP accuracy on the held-out pairs, or the first `limit` of them."""
    objective.eval()
    judge = Masker(masker.continues, EVALUATION_MASKING, masker.whole_word, EVALUATION_SEED)
    picks = [(0, i) for i in range(len(heldout))][:limit]
    sums = torch.zeros(2, 2, dtype=torch.float64)
    counts = [0, 0]
    for micro in distributed.share(world, chunks(picks, EVALUATION_BATCH)):
        batch = judge.batch(heldout, micro)
        with torch.autocast(world.device.type, dtype=torch.bfloat16, enabled=precision == "bf16"):
            losses, right = objective(**batch.inputs(world.device))
        sums += torch.stack([losses, right]).cpu()
        counts = [a + b for a, b in zip(counts, batch.counts, strict=True)]
    mlm, nsp, mlm_right, nsp_right, hidden, pairs = distributed.total(world, [*sums.flatten().tolist(), *counts])
    return {
        "heldout_mlm_loss": mlm / hidden,
        "heldout_mlm_accuracy": mlm_right / hidden,
        "heldout_nsp_loss": nsp / pairs,
        "heldout_nsp_accuracy": nsp_right / pairs,
    }


def chunks(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[i : i + size] for i in range(0, len(items), size)]


def identity(*settings: Any) -> str:
    """Digest of whatever shapes a training, for its checkpoints."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
