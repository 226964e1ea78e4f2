"""What all spec models share: frozen, strict about types, unknown keys are errors."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, JsonValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

Provider = Literal["local", "aws", "gcp"]
Change = Literal["nothing", "in_place", "rolling", "replace", "data_loss"]
"""What changing a field on a running cluster costs, from the least to the worst.

nothing: no machine is touched · in_place: a resource is updated where it stands · rolling: nodes take it over one after
the other, when idle · replace: machines are made anew · data_loss: what holds data is made anew, without the data.
"""


class SpecModel(BaseModel):
    """A section of the spec.

    Strict, because YAML has already said what is a number and what is text: "2" is no count, and 2.15 is no version.
    """

    # Built when first used: most are built as parts of the whole spec, which needs no validators of their own.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


def costs(change: Change, what: str) -> dict[str, JsonValue]:
    """A field's metadata: what changing it on a running cluster costs, and what then happens, for reviews to quote."""
    return {"x-change": change, "x-change-what": what}


def refusal(kind: str, what: str, why: str, hint: str) -> PydanticCustomError:
    """A validator's error that brings its own words. `what` goes on after the key's name: "has no unit: 200"."""
    return PydanticCustomError(kind, "{what}", {"what": what, "why": why, "hint": hint})  # type: ignore[arg-type]


def printable(text: str) -> str:
    """The text on one line; what a terminal or a workflow's log would obey, or can't show, is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quoted(value: object, most: int = 60) -> str:
    """A value as a message quotes it: printable and shortened."""
    text = printable(str(value)[: most + 1])
    return f"`{text if len(text) <= most else text[:most] + '…'}`"


@dataclass(frozen=True)
class matching:
    """Makes a type of text: it matches all of `pattern` and has at most `longest` characters."""

    pattern: str
    longest: int
    why: str
    good: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^({self.pattern})$", "maxLength": self.longest}

    def _check(self, value: str) -> str:
        if len(value) > self.longest:
            what = f"is {len(value)} characters long, the most is {self.longest}: {quoted(value, 30)}"
            raise refusal("format", what, self.why, f"a good value: {self.good}")
        if not re.fullmatch(self.pattern, value):
            what = f"is not written as it must be: {quoted(value)}"
            raise refusal("format", what, self.why, f"a good value: {self.good}")
        return value


# The lengths leave room for what clouds append to a name of at most 63 characters (RFC 1123). How long the path of a
# local node's socket may be depends on the user's home folder, so the local provider checks that.
_NAME = r"[a-z]([a-z0-9-]*[a-z0-9])?"
_NAME_WHY = (
    "names become host names: lower-case letters, digits and dashes, with a letter first and no dash last (RFC 1123)"
)
ClusterName = Annotated[str, matching(_NAME, 30, _NAME_WHY, "bert-mini")]
PartName = Annotated[str, matching(_NAME, 20, _NAME_WHY, "train")]

BASE_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\.yaml")
Positive = Annotated[int, Field(ge=1, le=10**9)]
