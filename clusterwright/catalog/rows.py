"""Reads the catalog's data files, which lie beside this module, into frozen models."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent


class Row(BaseModel):
    """Data of the catalog; unknown keys are errors, and a number is never text."""

    # Built when first used: a spec needs few of them.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


AnyRow = TypeVar("AnyRow", bound=Row)


def read(file: str, kind: type[AnyRow], folder: Path = FOLDER) -> AnyRow:
    """The content of a data file. A mistake in one is ours, and ends in pydantic's own error."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return kind.model_validate(yaml.load((folder / file).read_text(encoding="utf-8"), Loader=loader))  # noqa: S506
