"""Editors and other programs read the same spec as we do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, TypeAdapter

from clusterwright.spec.base import Change, SpecModel
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.describe import models_in
from clusterwright.spec.load import parse_spec
from clusterwright.spec.schema import schema
from clusterwright.spec.source import Source, compose
from tests.spec import page

STACKS = sorted(Path("stacks").glob("[!_]*.yaml"))
WHOLE = schema()
HINT = "# yaml-language-server: $schema=../docs/spec.schema.json"


def as_json(text: str) -> Any:
    """The data in `text` as a program reads it that knows no tuples."""
    return json.loads(json.dumps(compose(Source("", text))[0]))


def errors(text: str) -> list[str]:
    return [error.json_path for error in Draft202012Validator(WHOLE).iter_errors(as_json(text))]


def test_the_schema_that_editors_load_is_the_one_of_this_version(golden: Callable[[str, str], None]) -> None:
    golden("docs/spec.schema.json", json.dumps(WHOLE, indent=2) + "\n")


def test_the_page_of_the_spec_is_up_to_date(golden: Callable[[str, str], None]) -> None:
    golden("docs/spec.md", page.page())


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(WHOLE)


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.stem)
def test_an_example_spec_follows_the_schema_and_tells_editors_where_it_is(file: Path) -> None:
    text = file.read_text()
    assert errors(text) == []
    assert text.startswith(f"{HINT}\n")
    assert (file.parent / HINT.partition("=")[2]).is_file()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name: a\nprovider: aws\nregoin: us-east-1\n", "$"),
        ("name: A\nprovider: aws\n", "$.name"),
        ("name: a\nprovider: aws\nbudget: {limit: 5000}\n", "$.budget.limit"),
        ("name: a\nprovider: aws\ngroups: [{name: train, capacity: {kind: spot, id: x}}]\n", "$.groups[0].capacity"),
    ],
)
def test_what_is_no_spec_does_not_follow_the_schema_either(text: str, place: str) -> None:
    assert errors(text) == [place]


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """`model` and all sections inside it."""
    yield model
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            yield from models(inner)


FIELDS = {
    f"{model.__name__}.{name}": field
    for model in models(ClusterSpec)
    for name, field in model.model_fields.items()
    # A section that is always there: what changing it costs is what changing its fields costs.
    if not (isinstance(field.annotation, type) and issubclass(field.annotation, SpecModel))
}


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_says_what_it_is_and_what_changing_it_costs(name: str) -> None:
    field, extra = FIELDS[name], FIELDS[name].json_schema_extra
    assert field.description
    assert isinstance(extra, dict)
    assert extra["x-change"] in get_args(Change)
    assert extra["x-change-what"]


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.examples])
def test_an_example_in_a_message_is_a_good_value(name: str) -> None:
    field = FIELDS[name]
    model, _, key = name.partition(".")
    described = WHOLE["$defs"].get(model, WHOLE)["properties"][key]
    annotated: Any = Annotated[field.annotation, field]  # pyright: ignore[reportInvalidTypeForm]
    reader = TypeAdapter(annotated, config=ConfigDict(strict=True))
    for example in field.examples or ():
        value = compose(Source("", str(example)))[0]
        reader.validate_python(value)
        Draft202012Validator({"$defs": WHOLE["$defs"], **described}).validate(json.loads(json.dumps(value)))


def test_a_spec_without_a_kind_of_storage_is_a_bucket_in_both() -> None:
    text = "name: a\nprovider: local\nstorage: [{name: x}]\n"
    assert errors(text) == []
    assert parse_spec(text).spec.storage[0].kind == "bucket"
