"""The job with the catalog's recipe filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clusterwright.catalog.models import Architecture, Models, Recipe, parameters
from clusterwright.spec.job import InlineModel, JobSpec


@dataclass(frozen=True)
class DecidedJob:
    """A job in which nothing is left open. `pretrain` and `finetune` are the recipe's, overridden by the spec's."""

    model: str
    size: Architecture
    source: str
    recipe_name: str
    recipe: Recipe
    vocabulary: int
    max_positions: int
    pretrain: Mapping[str, Any]
    finetune: Mapping[str, Any]


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
        pretrain=_pretrain(recipe, job),
        finetune=recipe.finetune.model_dump() | job.finetune.model_dump(exclude_none=True),
    )


def _pretrain(recipe: Recipe, job: JobSpec) -> dict[str, Any]:
    """The recipe's settings under the spec's. Its warm-up is a share of its steps, and stays that share of others."""
    settings = recipe.pretrain.model_dump()
    given = job.pretrain.model_dump(exclude_none=True)
    warmup = settings["warmup"] * given.get("steps", settings["steps"]) // settings["steps"]
    return {**settings, "warmup": warmup, **given}


def nearest_model(size: Architecture, catalog: Models) -> str:
    """The catalog's model with the nearest number of parameters, embeddings left out; the smaller of two as near."""
    wanted = parameters(size, 0, 0)
    return min(catalog.models, key=lambda name: (abs(parameters(catalog.models[name], 0, 0) - wanted), name))
