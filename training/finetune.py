"""Phase finetune: BertForSequenceClassification from the pre-trained weights and, for comparison, from scratch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BertForSequenceClassification

from . import distributed, loop, model, sampler, tokenizer
from .config import Job
from .distributed import World
from .errors import JobError
from .metrics import Recorder
from .prepare import LabelledText
from .pretrain import chunks, identity

FOLDERS = {"pretrained": "classifier", "scratch": "scratch"}  # below model/


@dataclass(frozen=True)
class Batch:
    """B texts of at most S tokens. `attention` is None when nothing is padding."""

    ids: torch.Tensor
    attention: torch.Tensor | None
    labels: torch.Tensor
    tokens: int

    @property
    def counts(self) -> list[int]:
        return [len(self.labels)]

    def inputs(self, device: torch.device) -> dict[str, torch.Tensor | None]:
        """Arguments of model.FinetuneObjective."""
        attention = None if self.attention is None else self.attention.to(device)
        return {"ids": self.ids.to(device), "attention": attention, "labels": self.labels.to(device)}


def collate(rows: Sequence[dict[str, Any]]) -> Batch:
    """A batch of LabelledText rows, padded to the longest."""
    length = np.array([len(row["ids"]) for row in rows])
    ids = np.full((len(rows), length.max()), tokenizer.PAD, dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : length[i]] = row["ids"]
    attention = np.arange(length.max()) < length[:, None]
    return Batch(
        ids=torch.from_numpy(ids),
        attention=None if attention.all() else torch.from_numpy(attention.astype(np.int64)),
        labels=torch.tensor([row["label"] for row in rows]),
        tokens=int(length.sum()),
    )


def finetune(
    job: Job, prepared: Path, output: Path, world: World, recorder: Recorder, precision: str
) -> dict[str, Any]:
    """Train each variant and save it with its tokenizer in model/classifier (and model/scratch)."""
    variants = ["pretrained", *(["scratch"] if "scratch" in job.compare else [])]
    text = LabelledText.load(prepared / "labelled")
    if len(text.train) < job.finetune.batch:
        raise JobError(f"finetune.batch ({job.finetune.batch}) exceeds the {len(text.train)} training texts")
    return {v: _variant(v, job, text, prepared, output, world, recorder, precision) for v in variants}


def _variant(
    variant: str,
    job: Job,
    text: LabelledText,
    prepared: Path,
    output: Path,
    world: World,
    recorder: Recorder,
    precision: str,
) -> dict[str, Any]:
    settings = job.finetune
    classifier = _initial(variant, job, text.labels, output / "model" / "pretrained")
    objective = model.FinetuneObjective(classifier)
    steps_in_epoch = len(text.train) // settings.batch
    steps = steps_in_epoch * settings.epochs
    lengths = tuple(len(row["ids"]) for row in text.train)

    def batches(step: int) -> list[Any]:
        epoch, number = divmod(step, steps_in_epoch)
        picks = sampler.bucketed(lengths, job.seed, epoch, settings.batch)[number]
        mine = [text.train[i] for i in distributed.share(world, picks.tolist())]
        return [collate(micro) for micro in chunks(mine, settings.micro_batch)]

    task = loop.Task(
        phase="finetune",
        variant=variant,
        objective=objective,
        heads=objective.heads,
        batches=batches,
        steps=steps,
        warmup=round(settings.warmup * steps),
        learning_rate=settings.learning_rate,
        checkpoint_every=settings.checkpoint_every,
        seed=job.seed,
        identity=identity(job.seed, asdict(job.model), asdict(settings), asdict(job.pretrain), prepared.name, variant),
    )
    results = loop.train(task, world, output, recorder, precision)

    def save() -> None:
        folder = output / "model" / FOLDERS[variant]
        classifier.save_pretrained(folder)
        tokenizer.load(prepared / "tokenizer").save_pretrained(folder)

    distributed.lead(world, save)
    return {**results, "parameters": model.parameters(classifier)}


def _initial(variant: str, job: Job, labels: list[str], pretrained: Path) -> BertForSequenceClassification:
    settings = model.configuration(job.model, job.finetune.dropout)
    settings.id2label = dict(enumerate(labels))
    settings.label2id = {label: i for i, label in enumerate(labels)}
    torch.manual_seed(job.seed)
    if variant == "scratch":
        return BertForSequenceClassification(settings)
    if not (pretrained / "config.json").is_file():
        raise JobError(f"there is no pre-trained model in {pretrained}: run the phase pretrain first")
    return BertForSequenceClassification.from_pretrained(pretrained, config=settings)
