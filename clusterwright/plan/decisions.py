"""The record of what was decided for the user."""

from typing import TypeVar

from clusterwright.plan.model import Decision
from clusterwright.spec.base import SpecModel

Value = TypeVar("Value")


class Decisions:
    """Collects decisions in the order in which the plan takes them."""

    def __init__(self) -> None:
        self.taken: list[Decision] = []

    def default(self, section: SpecModel, path: str, value: Value, reason: str) -> Value:
        """`value`, noted as a decision unless the spec's `section` gives the last part of `path` itself."""
        if path.rpartition(".")[2] not in section.model_fields_set:
            self.note(path, value, reason)
        return value

    def note(self, path: str, value: object, reason: str) -> None:
        """Notes a decision; lists and truth values are written as in a spec."""
        text = f"[{', '.join(map(str, value))}]" if isinstance(value, list | tuple) else str(value)
        self.taken.append(Decision(path=path, value=text.lower() if isinstance(value, bool) else text, reason=reason))
