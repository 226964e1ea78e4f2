"""Quantities on the command line, each with its unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeVar

import click
from pydantic_core import PydanticCustomError

from clusterwright.spec.units import Quantity

AnyQuantity = TypeVar("AnyQuantity", bound=Quantity)


class Tokens(Quantity):
    """A number of tokens, as papers write it: B is 10^9."""

    quantity = "a number of tokens"
    base = "tokens"
    good = "85B"
    units: ClassVar[Mapping[str, int]] = {"tokens": 1, "M": 10**6, "B": 10**9, "T": 10**12}


def read(kind: type[AnyQuantity], text: str | None, option: str) -> AnyQuantity | None:
    """The quantity that an option's text spells, None where it is left out. Raises click.BadParameter for a bad one."""
    if text is None:
        return None
    try:
        return kind.parse(text.strip())
    except PydanticCustomError as error:
        told = error.context or {}
        raise click.BadParameter(f"{told.get('what')}; {told.get('hint')}", param_hint=option) from error
