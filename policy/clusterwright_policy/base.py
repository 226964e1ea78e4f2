"""What a rule is, and what it looks at: the resources of a stack, as the engine or a test knows them.

Standard library only: the pack has an environment of its own, and the project's tests run the same rules in theirs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final


class Unknown:
    """A value that is known once its resource is made: in a preview, the id of another resource for one."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = Unknown()
"""The one unknown value. It counts as set and as right: the update judges what it turns out to be."""


@dataclass(frozen=True)
class Resource:
    """A resource: `type` is its token, `refers` the URNs of the resources that a property's value comes from, `after`
    those of the resources that are made before it."""

    type: str
    name: str
    urn: str
    properties: Mapping[str, Any]
    refers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    after: frozenset[str] = frozenset()

    def values(self, path: str) -> Iterator[Any]:
        """What stands at `path`, once for each item of a list on the way; None where nothing does.

        `blockDeviceMappings[].ebs.encrypted` gives one value for each mapping, and none without a mapping.
        """
        yield from _values(self.properties, path.split("."))

    def value(self, path: str) -> Any:
        """The one value at a `path` without lists."""
        return next(self.values(path))


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    if not path or isinstance(value, Unknown):
        yield value
        return
    key, is_list = path[0].removesuffix("[]"), path[0].endswith("[]")
    inner = value.get(key) if isinstance(value, Mapping) else None
    if is_list and not isinstance(inner, Unknown):
        for item in inner or ():
            yield from _values(item, path[1:])
    else:
        yield from _values(inner, path[1:])


@dataclass(frozen=True)
class Graph:
    """All resources of a stack."""

    resources: tuple[Resource, ...]

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        found: dict[str, tuple[Resource, ...]] = {}
        for resource in self.resources:
            found[resource.type] = (*found.get(resource.type, ()), resource)
        return found

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of these types."""
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def about(self, target: Resource, type_: str, through: str) -> Iterator[Resource]:
        """The resources of `type_` whose property `through` is `target`: comes from it, or is its name or id."""
        names = {target.properties.get(through), target.properties.get("id")} - {None, UNKNOWN}
        for resource in self.of(type_):
            if target.urn in resource.refers.get(through, ()) or resource.properties.get(through) in names:
                yield resource

    @cached_property
    def _by_urn(self) -> Mapping[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    def before(self, resource: Resource) -> frozenset[str]:
        """The URNs of all that is made before `resource`."""
        found: set[str] = set()
        coming = [*resource.after]
        while coming:
            urn = coming.pop()
            if urn not in found:
                found.add(urn)
                coming += self._by_urn[urn].after if urn in self._by_urn else ()
        return frozenset(found)


@dataclass(frozen=True)
class Violation:
    """What is wrong with a resource."""

    code: str
    resource: Resource
    what: str
    why: str
    hint: str

    def __str__(self) -> str:
        return f"[{self.code}] {self.what}\n  why: {self.why}\n  hint: {self.hint}"


class Rule(ABC):
    """A promise about a stack's resources. Subclasses are found by a scan; the code of one stays once it is shipped.

    Codes from 101 are AWS's, from 201 GCP's. `why` has its source where the reason is somebody else's.
    """

    code: ClassVar[str]
    why: ClassVar[str]
    hint: ClassVar[str]

    @property
    def summary(self) -> str:
        """The bad state, in a sentence: the first line of the class's documentation."""
        return (type(self).__doc__ or "").partition("\n")[0]

    def violation(self, resource: Resource, what: str) -> Violation:
        return Violation(self.code, resource, what, self.why, self.hint)

    @abstractmethod
    def check(self, graph: Graph) -> Iterator[Violation]:
        """A violation for each bad place; none for a good stack."""


class ResourceRule(Rule):
    """A rule that needs to see one resource alone, so that the engine stops before that one is made."""

    types: ClassVar[frozenset[str]]

    def check(self, graph: Graph) -> Iterator[Violation]:
        for resource in graph.of(*sorted(self.types)):
            yield from self.check_resource(resource)

    @abstractmethod
    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        """A violation for each bad place of a resource of one of the rule's types."""


def is_true(value: Any) -> bool:
    """Whether a property says yes; launch templates say it in a string."""
    return value is UNKNOWN or value is True or value == "true"
