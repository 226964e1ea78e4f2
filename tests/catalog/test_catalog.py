"""The catalog's rows hold together, and say where their numbers come from."""

import pytest

from clusterwright.catalog.models import Architecture, FinetuneRecipe, PretrainRecipe, models, parameters
from clusterwright.catalog.software import environments
from clusterwright.spec.job import FinetuneSpec, JobSpec, PretrainSpec
from clusterwright.spec.software import SoftwareSpec


@pytest.mark.parametrize(("name", "count"), [("bert-base", 110_106_428), ("bert-large", 336_226_108)])
def test_parameters_are_counted_as_transformers_counts_them(name: str, count: int) -> None:
    row = models().models[name]
    assert parameters(row, vocabulary=30522, max_positions=512) == count


@pytest.mark.parametrize(
    ("layers", "hidden", "heads", "count"), [(12, 768, 12, 124_439_808), (48, 1600, 25, 1_557_611_200)]
)
def test_parameters_of_a_decoder_are_those_of_gpt2(layers: int, hidden: int, heads: int, count: int) -> None:
    size = Architecture(family="decoder", layers=layers, hidden=hidden, heads=heads, intermediate=4 * hidden)
    assert parameters(size, vocabulary=50257, max_positions=1024) == count


@pytest.mark.parametrize(("name", "billions"), [("gpt3-125m", 0.125), ("gpt3-6.7b", 6.7), ("gpt3-175b", 175)])
def test_decoders_have_the_size_that_their_paper_calls_them_by(name: str, billions: float) -> None:
    row = models().models[name]
    recipe = models().recipes[row.recipe]
    count = parameters(row, recipe.vocabulary, recipe.max_positions)
    assert count == pytest.approx(billions * 1e9, rel=0.01)
    tokens = recipe.pretrain.steps * recipe.pretrain.batch * recipe.pretrain.sequence
    assert tokens == pytest.approx(300e9, rel=1e-4)


@pytest.mark.parametrize(("name", "millions"), [("transformer-base", 65), ("transformer-big", 213)])
def test_translators_have_as_many_parameters_as_their_paper_says(name: str, millions: float) -> None:
    row = models().models[name]
    recipe = models().recipes[row.recipe]
    assert parameters(row, recipe.vocabulary, recipe.max_positions) == pytest.approx(millions * 1e6, rel=0.03)


@pytest.mark.parametrize("name", models().models)
def test_a_model_fits_its_recipe_and_names_its_source(name: str) -> None:
    row = models().models[name]
    recipe = models().recipes[row.recipe]
    assert row.hidden % row.heads == 0
    assert row.intermediate == 4 * row.hidden
    assert recipe.pretrain.sequence <= recipe.max_positions
    assert recipe.finetune is None or recipe.finetune.sequence <= recipe.max_positions
    assert (recipe.finetune is None) == (recipe.corpus is None) == (row.family != "bert")
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
    JobSpec.model_validate({"precision": recipe.precision})
    if recipe.finetune and recipe.corpus:
        FinetuneSpec.model_validate(recipe.finetune.model_dump())
        JobSpec.model_validate({"corpus": recipe.corpus.model_dump()})


def test_the_default_model_and_software_are_known() -> None:
    assert JobSpec().model in models().models
    assert SoftwareSpec().pytorch in environments()
