"""The security promises of a cluster, as rules over its resources: by `pulumi preview --policy-pack`, and in tests."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from clusterwright_policy.base import Graph, Rule, Violation

__all__ = ["Graph", "Rule", "Violation", "check", "rules"]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of their codes, found by scanning this package."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return tuple(sorted((rule() for rule in _concrete(Rule)), key=lambda rule: rule.code))


def _concrete(kind: type[Rule]) -> Iterator[type[Rule]]:
    for rule in kind.__subclasses__():
        yield from _concrete(rule)
        if not getattr(rule, "__abstractmethods__", None):
            yield rule


def check(graph: Graph) -> tuple[Violation, ...]:
    """All that the rules find in a stack."""
    return tuple(violation for rule in rules() for violation in rule.check(graph))
