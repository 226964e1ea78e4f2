"""Reading SARIF with its types."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel


def parts(model: BaseModel) -> Iterator[BaseModel]:
    """A log and all that is in it."""
    yield model
    for name in type(model).model_fields:
        value = getattr(model, name)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, BaseModel):
                yield from parts(part)
