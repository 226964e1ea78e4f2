"""Capacity and quotas that a cluster needs at its largest, beside what the lock says that the account has."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright.plan.cloud import CloudGroupPlan
from clusterwright.review.model import Need
from clusterwright.review.reading import Reading
from clusterwright.rules.base import WRITE_THE_LOCK, Context
from clusterwright.rules.quotas import CALLED, uses
from clusterwright.spec.lock import Lock


def needs(before: Reading | None, after: Reading | None) -> tuple[Need, ...]:
    """What either side needs; what the account has is the head's to say. Nothing of a cluster that goes."""
    if after is None or after.plan is None or after.loaded is None:
        return ()
    lock = after.loaded.lock
    return (*_quotas(before, after, lock), *_reservations(before, after, lock))


def _quotas(before: Reading | None, after: Reading, lock: Lock | None) -> Iterator[Need]:
    was, now = _taken(before), _taken(after)
    for (key, unit), amount in now.items():
        granted = lock.quotas.get(key) if lock else None
        enough = None if granted is None else amount <= granted.limit
        hint = "" if enough else f"ask the cloud for {amount:,}" if granted else WRITE_THE_LOCK
        yield Need(
            what=f"quota of {CALLED.get(key, key)}",
            before=f"{was[key, unit]:,} {unit}" if (key, unit) in was else None,
            after=f"{amount:,} {unit}",
            granted=f"{granted.limit:,.0f} {unit}" if granted else None,
            enough=enough,
            hint=hint,
        )


def _taken(side: Reading | None) -> dict[tuple[str, str], int]:
    taken: dict[tuple[str, str], int] = {}
    if side and side.loaded:
        for use in uses(Context(side.loaded.spec, side.loaded.lock)):
            key = (use.quota.key, use.quota.unit)
            taken[key] = taken.get(key, 0) + use.amount
    return {key: amount for key, amount in taken.items() if amount}


def _reservations(before: Reading | None, after: Reading, lock: Lock | None) -> Iterator[Need]:
    was, now = _reserved(before), _reserved(after)
    for identity, (amount, machine) in now.items():
        known = lock.reservations.get(identity) if lock else None
        enough = None if known is None else known.machine == machine and amount <= known.total
        yield Need(
            what=f"reservation {identity}",
            before=f"{was[identity][0]} x {was[identity][1]}" if identity in was else None,
            after=f"{amount} x {machine}",
            granted=f"{known.total} x {known.machine}" if known else None,
            enough=enough,
            hint="" if enough else "reserve what is missing, or write fewer `nodes`" if known else WRITE_THE_LOCK,
        )


def _reserved(side: Reading | None) -> dict[str, tuple[int, str]]:
    """How many machines of which type are taken of each reservation."""
    taken: dict[str, tuple[int, str]] = {}
    for group in side.plan.groups if side and side.plan else ():
        if isinstance(group, CloudGroupPlan) and group.capacity.id:
            amount, _ = taken.get(group.capacity.id, (0, ""))
            taken[group.capacity.id] = (amount + group.nodes.max, group.machine)
    return taken
