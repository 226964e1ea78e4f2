"""The rules: what is wrong with a spec that is well formed. One class a rule, found by scanning this package."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from clusterwright.rules.base import Context, Rule
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import Finding
from clusterwright.spec.load import Loaded, in_order

__all__ = ["Rule", "check", "rules"]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of their codes."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return tuple(sorted((rule() for rule in _concrete(Rule)), key=lambda rule: rule.code))


def _concrete(kind: type[Rule]) -> Iterator[type[Rule]]:
    for rule in kind.__subclasses__():
        yield from _concrete(rule)
        if not getattr(rule, "__abstractmethods__", None):
            yield rule


def check(spec: Loaded | ClusterSpec) -> tuple[Finding, ...]:
    """Every finding of every rule but the accepted ones, with its place in the file where `spec` knows one."""
    loaded = spec if isinstance(spec, Loaded) else Loaded(spec)
    context = Context(loaded.spec, loaded.lock)
    accepted = {accept.rule for accept in loaded.spec.accept}
    findings = [
        finding
        for rule in rules()
        if not (rule.acceptable and rule.code in accepted)
        for finding in context.findings(rule)
    ]
    return tuple(in_order(map(loaded.locate, findings)) if loaded.source else findings)
