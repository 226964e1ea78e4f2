"""Differences in who may do what, what is encrypted, and what is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clusterwright.plan.aws.model import AwsPlan
from clusterwright.plan.cloud import CloudPlan
from clusterwright.plan.gcp.model import GcpPlan
from clusterwright.plan.model import ClusterPlan
from clusterwright.review.model import SecurityChange
from clusterwright.review.reading import Reading
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.network import SshAccess

MOST = 8
"""Rights that are listed one by one; the others are counted."""


@dataclass(frozen=True)
class _Fact:
    """Something that is so: the higher its `strength`, the safer; None where neither is safer."""

    text: str
    strength: int | None
    why: str


def security(before: Reading | None, after: Reading | None) -> tuple[SecurityChange, ...]:
    """What differs between two clusters; of one that is new or gone there is nothing to compare."""
    if not (before and after and before.loaded and after.loaded and before.plan and after.plan):
        return ()
    changed = [*_changed(_facts(before.loaded.spec), _facts(after.loaded.spec))]
    if _account(before.plan) == _account(after.plan):
        changed += _rights(_granted(before.plan), _granted(after.plan))
    return tuple(changed)


def _account(plan: ClusterPlan) -> tuple[str, str, str | None]:
    """Whose cluster it is: of another one's rights all differ, as all its names do. A first lock brings names too."""
    return plan.provider, plan.name, plan.account if isinstance(plan, CloudPlan) else None


def _facts(spec: ClusterSpec) -> dict[str, _Fact]:
    given, network = spec.security, spec.network
    ssh = network.access.ssh_from if isinstance(network.access, SshAccess) else ()
    logs = given.access_logs
    return {
        "encryption key": _Fact(
            given.key,
            0 if given.key == "provider" else 1,
            "with the provider's own key you neither say who may read nor can end it",
        ),
        "record of who reads and writes": _Fact(
            _on(given.audit), int(given.audit), "who read what can't be asked afterwards without it"
        ),
        "record of who talks to whom": _Fact(
            _on(network.flow_logs), int(network.flow_logs), "who talked to whom can't be asked afterwards without it"
        ),
        "S3's record of requests": _Fact(str(logs or "none"), int(logs or 0), "what is older is gone"),
        "SSH from": _Fact(
            ", ".join(map(str, ssh)) or "nowhere: sessions alone",
            -sum(_addresses(cidr) for cidr in ssh),
            "each address may try to log in, and sessions of the cloud's own are on its record",
        ),
        "protection against deletion": _Fact(
            _on(given.deletion_protection), int(given.deletion_protection), "somebody may delete it by mistake"
        ),
        "bound of the roles' rights": _Fact(
            given.permission_boundary or "none", int(given.permission_boundary is not None), "it bounds what roles may"
        ),
        "people with sessions": _Fact(
            ", ".join(given.users) or "as the account says", -len(given.users), "each may act as the cluster's nodes"
        ),
        "secrets that jobs see": _Fact(
            ", ".join(sorted(secret.ref for secret in spec.secrets)) or "none",
            -len(spec.secrets),
            "every job of the cluster can read them",
        ),
    }


def _on(value: bool) -> str:
    return "on" if value else "off"


def _addresses(cidr: str) -> int:
    return 2 ** (32 - int(str(cidr).rpartition("/")[2]))


def _changed(before: dict[str, _Fact], after: dict[str, _Fact]) -> Iterator[SecurityChange]:
    for what, now in after.items():
        was = before[what]
        if was.text != now.text:
            same = was.strength == now.strength or None in (was.strength, now.strength)
            weaker = None if same else (now.strength or 0) < (was.strength or 0)
            yield SecurityChange(what, was.text, now.text, weaker, now.why)


def _granted(plan: ClusterPlan) -> dict[str, frozenset[str]]:
    """What each role may, a line a right."""
    if isinstance(plan, AwsPlan):
        return {
            role.part: frozenset(
                f"{action} on {resource}"
                for statement in plan.identity.statements(role)
                if statement.effect == "Allow"
                for action in statement.actions
                for resource in statement.resources or ("*",)
            )
            for role in plan.identity.roles
        }
    if isinstance(plan, GcpPlan):
        members = dict.fromkeys(member for binding in plan.identity.bindings for member in binding.members)
        return {
            member: frozenset(
                f"{binding.role} on {binding.kind} {binding.resource}"
                for binding in plan.identity.bindings
                if member in binding.members
            )
            for member in members
        }
    return {}


def _rights(before: dict[str, frozenset[str]], after: dict[str, frozenset[str]]) -> Iterator[SecurityChange]:
    for who in {**before, **after}:
        was, now = before.get(who, frozenset()), after.get(who, frozenset())
        if more := now - was:
            yield SecurityChange(f"more rights of {who}", None, _listed(more), True, "each is one more thing to misuse")
        if less := was - now:
            yield SecurityChange(f"fewer rights of {who}", _listed(less), None, False, "nothing needs them any more")


def _listed(rights: Iterable[str]) -> str:
    ordered = sorted(rights)
    more = f" and {len(ordered) - MOST} more" if len(ordered) > MOST else ""
    return ", ".join(ordered[:MOST]) + more
