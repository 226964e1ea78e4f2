"""docs/spec.md: every field of a spec, from the models."""

from __future__ import annotations

import inspect
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from clusterwright.spec.base import SpecModel
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.describe import models_in

HEAD = """\
# The spec

Every key that a spec can have. `name` and `provider` are a whole spec of a local cluster; one in a cloud needs `region`
and `zone` too, and on GCP `project`. What else is left out is decided, and `clusterwright plan NAME` says what and why.
Sizes, rates, times and money carry their unit. This page is written by `make golden`, from the models that read a spec.

The last column says what changing the key on a running cluster costs:

| word | means |
|---|---|
| nothing | no machine is touched |
| in place | a resource is updated where it stands |
| rolling | nodes take it over one after the other, when idle |
| replace | machines are made anew |
| data loss | what holds data is made anew, without the data |

A spec can build on a file of the same folder, `extends: _base.yaml`: mappings are merged key by key at every depth, and
everything else, lists too, replaces what the base says. A base extends nothing itself; files whose name begins with `_`
are no stacks.

Editors that know JSON Schema complete and check a spec as it is written: its first line names
[spec.schema.json](spec.schema.json), which `clusterwright schema` prints.
"""


def page() -> str:
    """The whole page: a section a model, in the order in which they are met."""
    return HEAD + "".join(_section(path, model) for path, model in _sections("", ClusterSpec))


def _sections(path: str, model: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    sections = [(path, model)]
    for name, field in model.model_fields.items():
        here = f"{path}.{name}".lstrip(".") + ("[]" if "tuple" in str(field.annotation) else "")
        members = models_in(field.annotation)
        for inner in members:
            kind = inner.model_fields.get("kind")
            (tag, *_) = get_args(kind.annotation) if kind else ("",)
            sections += _sections(here if len(members) == 1 or not kind else f"{here} of kind {tag}", inner)
    return sections


def _section(path: str, model: type[BaseModel]) -> str:
    rows = "".join(_row(name, field) for name, field in model.model_fields.items())
    title = f"`{path}`" if path else "The whole spec"
    return (
        f"\n## {title}\n\n{inspect.cleandoc(model.__doc__ or '')}\n\n"
        f"| key | what | for example | changing it |\n|---|---|---|---|\n{rows}"
    )


def _row(name: str, field: FieldInfo) -> str:
    example = f"`{_cell(field.examples[0])}`" if field.examples else ""
    needed = " (needed)" if field.is_required() else ""
    return f"| `{name}`{needed} | {_cell(field.description)} | {example} | {_cost(field)} |\n"


def _cost(field: FieldInfo) -> str:
    extra: Any = field.json_schema_extra
    if isinstance(field.annotation, type) and issubclass(field.annotation, SpecModel):
        return "see its keys"
    return f"{extra['x-change'].replace('_', ' ')}: {_cell(extra['x-change-what'])}"


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|")
