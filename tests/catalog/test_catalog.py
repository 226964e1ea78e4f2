"""The catalog's rows hold together, and say where their numbers come from."""

import pytest

from clusterwright.catalog.models import FinetuneRecipe, PretrainRecipe, models, parameters
from clusterwright.catalog.software import environments
from clusterwright.spec.job import FinetuneSpec, JobSpec, PretrainSpec
from clusterwright.spec.software import SoftwareSpec


@pytest.mark.parametrize(("name", "count"), [("bert-base", 110_106_428), ("bert-large", 336_226_108)])
def test_parameters_are_counted_as_transformers_counts_them(name: str, count: int) -> None:
    row = models().models[name]
    assert parameters(row, vocabulary=30522, max_positions=512) == count


@pytest.mark.parametrize("name", models().models)
def test_a_model_fits_its_recipe_and_names_its_source(name: str) -> None:
    row = models().models[name]
    recipe = models().recipes[row.recipe]
    assert row.hidden % row.heads == 0
    assert row.intermediate == 4 * row.hidden
    assert max(recipe.pretrain.sequence, recipe.finetune.sequence) <= recipe.max_positions
    assert recipe.pretrain.warmup <= recipe.pretrain.steps
    assert row.source
    assert recipe.source


def test_every_recipe_trains_a_model() -> None:
    assert {row.recipe for row in models().models.values()} == set(models().recipes)


def test_a_spec_can_override_every_setting_of_a_recipe() -> None:
    assert set(PretrainSpec.model_fields) == set(PretrainRecipe.model_fields)
    assert set(FinetuneSpec.model_fields) == set(FinetuneRecipe.model_fields)


@pytest.mark.parametrize("name", models().recipes)
def test_a_recipe_is_within_the_bounds_of_a_spec(name: str) -> None:
    recipe = models().recipes[name]
    PretrainSpec.model_validate(recipe.pretrain.model_dump())
    FinetuneSpec.model_validate(recipe.finetune.model_dump())
    JobSpec.model_validate({"corpus": recipe.corpus.model_dump(), "precision": recipe.precision})


def test_the_default_model_and_software_are_known() -> None:
    assert JobSpec().model in models().models
    assert SoftwareSpec().pytorch in environments()
