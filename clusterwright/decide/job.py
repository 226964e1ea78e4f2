"""The job with the catalog's recipe filled in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from clusterwright.catalog.machines import Machine
from clusterwright.catalog.models import Architecture, Models, Recipe, parameters
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.job import InlineModel, JobSpec, Phase

PRETRAINING: tuple[Phase, ...] = ("prepare", "pretrain")


@dataclass(frozen=True)
class Workload:
    """A model and how it is trained: what its memory and its work follow from.

    A setting that the model's family has no use for is left out of `pretrain`; `finetune` is empty but for a BERT.
    """

    size: Architecture
    vocabulary: int
    max_positions: int
    precision: Literal["fp32", "bf16", "auto"]
    pretrain: Mapping[str, Any]
    finetune: Mapping[str, Any]

    @property
    def training(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The phases that train, and their settings."""
        yield "pretrain", self.pretrain
        if self.finetune:
            yield "finetune", self.finetune

    @cached_property
    def parameters(self) -> int:
        """How many parameters the model has."""
        return parameters(self.size, self.vocabulary, self.max_positions)


@dataclass(frozen=True)
class DecidedJob(Workload):
    """A job in which nothing is left open. `pretrain` and `finetune` are the recipe's, overridden by the spec's.

    `own` is whether the project's own training runs it, not a program of the user's.
    """

    model: str
    source: str
    recipe_name: str
    recipe: Recipe
    phases: tuple[Phase, ...]
    own: bool


def decide_job(job: JobSpec, catalog: Models) -> DecidedJob | None:
    """The job with everything filled in; None where the catalog has no model of that name."""
    if isinstance(job.model, InlineModel):
        name, inline = job.model.name, job.model
        size = Architecture(
            layers=inline.layers,
            hidden=inline.hidden,
            heads=inline.heads,
            intermediate=inline.intermediate or 4 * inline.hidden,
        )
        nearest = nearest_model(size, catalog)
        recipe_name, source = catalog.models[nearest].recipe, f"the nearest model in size is {nearest}"
        vocabulary, max_positions = inline.vocabulary, inline.max_positions
    elif job.model in catalog.models:
        name, row = job.model, catalog.models[job.model]
        size, recipe_name, source = row, row.recipe, row.source
        vocabulary = max_positions = None
    else:
        return None
    recipe = catalog.recipes[recipe_name]
    return DecidedJob(
        model=name,
        size=size,
        source=source,
        recipe_name=recipe_name,
        recipe=recipe,
        vocabulary=vocabulary or recipe.vocabulary,
        max_positions=max_positions or recipe.max_positions,
        own=is_own(size, job.command),
        phases=job.phases if "phases" in job.model_fields_set or size.family == "bert" else PRETRAINING,
        precision=job.precision or recipe.precision,
        pretrain=_pretrain(recipe, job),
        finetune=recipe.finetune.model_dump() | job.finetune.model_dump(exclude_none=True) if recipe.finetune else {},
    )


def is_own(size: Architecture, command: Sequence[str] | None) -> bool:
    """Whether the project's own training runs a job: it trains BERTs, where no other program is named."""
    return command is None and size.family == "bert"


def _pretrain(recipe: Recipe, job: JobSpec) -> dict[str, Any]:
    """The recipe's settings under the spec's. Its warm-up is a share of its steps, and stays that share of others."""
    settings = recipe.pretrain.model_dump(exclude_none=True)
    given = {name: value for name, value in job.pretrain.model_dump(exclude_none=True).items() if name in settings}
    warmup = settings["warmup"] * given.get("steps", settings["steps"]) // settings["steps"]
    return {**settings, "warmup": warmup, **given}


def nearest_model(size: Architecture, catalog: Models) -> str:
    """The catalog's BERT with the nearest number of parameters, embeddings left out; the smaller of two as near."""
    wanted = parameters(size, 0, 0)
    berts = {name: row for name, row in catalog.models.items() if row.family == "bert"}
    return min(berts, key=lambda name: (abs(parameters(berts[name], 0, 0) - wanted), name))


def ranks_of(spec: ClusterSpec, group: GroupSpec, machine: Machine) -> int:
    """The job's ranks on that group: one a GPU on all its nodes, unless the spec says otherwise."""
    job = spec.job if isinstance(spec.job, JobSpec) else JobSpec()
    return (job.nodes or group.size.max) * (job.processes_per_node or machine.processes_per_node)
