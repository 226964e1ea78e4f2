"""The machine types of all providers by provider and name."""

import difflib
from collections.abc import Mapping
from typing import Any

from clusterwright.catalog import aws, gcp, local
from clusterwright.catalog.base import Gpus, LocalDisks, Machine, Provenance, Table

__all__ = [
    "PROVIDERS",
    "Gpus",
    "LocalDisks",
    "Machine",
    "Provenance",
    "check",
    "machine",
    "names",
    "nearest",
    "provenance",
]

_TABLES: dict[str, Table[Any]] = {"aws": aws.TABLE, "gcp": gcp.TABLE, "local": local.TABLE}
PROVIDERS = tuple(_TABLES)


def machine(provider: str, name: str) -> Machine | None:
    """The machine type of that name, or None where the catalog has none."""
    return _TABLES[provider].machine(name)


def names(provider: str) -> tuple[str, ...]:
    """The names of all machine types of a provider."""
    return _TABLES[provider].names()


def provenance(provider: str, name: str | None = None) -> Provenance:
    """Where a machine type is from; without a name, all of a provider's but those that say otherwise."""
    return _TABLES[provider].provenance(name)


def check(provider: str, row: Mapping[str, Any]) -> Machine:
    """The machine type that a row of a provider's file describes. Raises pydantic's ValidationError for a bad one."""
    return _TABLES[provider].check(row)


def nearest(provider: str, name: str, n: int = 3) -> list[str]:
    """Up to `n` machine types whose names are like `name`, the likest first; none where no name is."""
    return difflib.get_close_matches(name[:60], names(provider), n=n)
