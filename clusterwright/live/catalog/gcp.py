"""Reads Compute Engine's machine types in a region, and on-demand prices, with Google's own clients.

An answer has a machine's CPU, memory and GPUs, and neither its networks nor its placement: so rows that the catalog has
are brought up to date, and new ones are left for a person to write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clusterwright.catalog.gcp import GcpMachine, machine, names, row
from clusterwright.live.lock import gcp_prices
from clusterwright.live.lock.gcp_failures import reading

Ask = Callable[..., Any]
"""Ask(call, **request): the answer of one of Google's calls, by the permission that it takes."""

MACHINES = "Compute Engine machineTypes.list in {region}"
PRICES = "Cloud Billing Catalog, sum of its parts"


def machines(ask: Ask, project: str, region: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Rows of the machine types that the catalog has, as Google says now; and what was left out and why."""
    answers: dict[str, Any] = {}
    with reading():
        for url in sorted(ask("compute.regions.get", project=project, region=region).zones):
            zone = url.rsplit("/", 1)[-1]
            answers.update({one.name: one for one in ask("compute.machineTypes.list", project=project, zone=zone)})
    left_out = [
        f"{name}: it has GPUs, but which networks it needs is not answered: add its row by hand"
        for name, answer in sorted(answers.items())
        if answer.accelerators and machine(name) is None
    ]
    return {name: _now(row(name), answers[name]) for name in names() if name in answers}, left_out


def _now(known: GcpMachine, answer: Any) -> dict[str, Any]:
    """The row with what was answered in place of what it said."""
    now = known.model_dump(mode="json", exclude_defaults=True, exclude={"read"})
    now |= {"vcpus": answer.guest_cpus, "memory_mib": answer.memory_mb}
    if answer.architecture:
        now["architecture"] = answer.architecture.lower()
    for gpus in answer.accelerators:
        now["accelerator"] = gpus.guest_accelerator_type
        now["gpus"] = {**now["gpus"], "count": gpus.guest_accelerator_count}
    return now


def prices(ask: Ask, region: str) -> tuple[dict[str, float], list[str]]:
    """USD per hour on demand by machine type; and what was left out and why."""
    with reading():
        rates = gcp_prices.rates(ask("billing.skus.list", parent=gcp_prices.COMPUTE_ENGINE), region)
    found, unknown = {}, []
    for name in names():
        parts = gcp_prices.parts(name, "on_demand")
        usd = gcp_prices.total(parts, rates) if parts else None
        if usd is None:
            unknown.append(name)
        else:
            found[name] = usd
    why = "the price list has not exactly one price of each of their parts"
    return found, [f"no price of {', '.join(unknown)}: {why}"] if unknown else []
