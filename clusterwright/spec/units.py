"""Quantities with their unit: parsed once, here; a bare number is an error that names a good value."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from clusterwright.spec.base import quoted, refusal

YEARS = range(2000, 3000)
NUMBER_AND_UNIT = re.compile(r"(-?\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z/%]{1,16})")


class Quantity(int):
    """A whole number of a base unit, written as a number and a unit. Subclasses name the units and a good value."""

    quantity: ClassVar[str]
    base: ClassVar[str]
    units: ClassVar[Mapping[str, int]]
    good: ClassVar[str]

    @classmethod
    def parse(cls, value: object) -> Self:
        """The quantity that `value` spells. Raises PydanticCustomError of type `unit` for anything else."""
        if isinstance(value, cls):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise cls._refused(f"has no unit: {value}", f"write the number with its unit: {cls.good}")
        match = NUMBER_AND_UNIT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise cls._refused(f"is not {cls.quantity}: {quoted(value)}", f"write a number and a unit: {cls.good}")
        number, unit = match.groups()
        if unit not in cls.units:
            raise cls._refused(
                f"has a unit that is not one of {cls.quantity}: {quoted(value)}",
                f"use one of {', '.join(cls.units)}: {cls.good}",
            )
        amount = Decimal(number) * cls.units[unit]
        if amount <= 0 or amount != int(amount):
            raise cls._refused(
                f"is not a positive whole number of {cls.base}: {quoted(value)}", f"write for example {cls.good}"
            )
        return cls(amount)

    @classmethod
    def _refused(cls, what: str, hint: str) -> PydanticCustomError:
        why = f"{cls.quantity} is read with its unit, so that no reader has to guess which one is meant"
        return refusal("unit", what, why, hint)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        units = "|".join(re.escape(unit) for unit in cls.units)
        return {"type": "string", "pattern": rf"^\d{{1,15}}(\.\d{{1,6}})? ?({units})$", "examples": [cls.good]}

    def __str__(self) -> str:
        """The quantity in the largest unit that leaves a whole number; every quantity has a unit of size 1."""
        unit, size = max(
            ((unit, size) for unit, size in self.units.items() if int(self) % size == 0), key=lambda pair: pair[1]
        )
        return f"{int(self) // size} {unit}"

    __repr__ = __str__


class Size(Quantity):
    """An amount of storage or memory in bytes. Binary units (IEC 80000-13) and decimal ones are different sizes."""

    quantity = "a size"
    base = "bytes"
    good = "200 GiB"
    units: ClassVar[Mapping[str, int]] = {
        "B": 1, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    }  # fmt: skip


class Throughput(Quantity):
    """What a file system or a disk moves in a second, in 10^6 bytes a second."""

    quantity = "a throughput"
    base = "MB/s"
    good = "500 MB/s"
    units: ClassVar[Mapping[str, int]] = {"MB/s": 1, "GB/s": 1000}


class ThroughputPerSize(Quantity):
    """What a file system moves in a second for each TiB of its size, in 10^6 bytes a second."""

    quantity = "a throughput for each TiB"
    base = "MB/s/TiB"
    good = "250 MB/s/TiB"
    units: ClassVar[Mapping[str, int]] = {"MB/s/TiB": 1}


class Duration(Quantity):
    """A length of time in seconds."""

    quantity = "a length of time"
    base = "seconds"
    good = "48 h"
    units: ClassVar[Mapping[str, int]] = {"s": 1, "min": 60, "h": 3600, "d": 86400}


class Money(Quantity):
    """An amount of money in US cents: the clouds' public price lists are in US dollars."""

    quantity = "an amount of money"
    base = "cents"
    good = "5000 USD"
    units: ClassVar[Mapping[str, int]] = {"USD": 100}

    def __str__(self) -> str:
        return f"{self // 100} USD" if self % 100 == 0 else f"{self / 100:.2f} USD"

    __repr__ = __str__


GIB = 2**30


def whole_gib(size: Size) -> Size:
    """A size as clouds make disks and file systems: rounded up to whole GiB."""
    return Size(-(-size // GIB) * GIB)


class Moment(datetime):
    """A moment in UTC, written as 2026-12-01T11:30Z; without a time zone it would mean another one to each reader."""

    @classmethod
    def parse(cls, value: object) -> Self:
        """The moment that `value` spells. Raises PydanticCustomError of type `unit` for anything else."""
        if isinstance(value, cls):
            return value
        good = "write it as 2026-12-01T11:30Z"
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        except ValueError:
            moment = None
        if moment is None or "T" not in str(value):
            raise refusal("unit", f"is not a moment: {quoted(value)}", "a moment is a date and a time (ISO 8601)", good)
        if moment.tzinfo is None:
            why = "without a time zone it means another moment to each reader"
            raise refusal("unit", f"has no time zone: {quoted(value)}", why, f"write Z for UTC: `{value}Z`")
        if moment.year not in YEARS:
            why = f"it is not in the years from {YEARS[0]} to {YEARS[-1]}, in which clusters run"
            raise refusal("unit", f"is not a moment: {quoted(value)}", why, good)
        utc = moment.astimezone(UTC)
        return cls(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, tzinfo=UTC)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "date-time", "examples": ["2026-12-01T11:30Z"]}

    def __str__(self) -> str:
        return self.strftime("%Y-%m-%dT%H:%M:%SZ" if self.second else "%Y-%m-%dT%H:%MZ")

    __repr__ = __str__
