"""The plan of any spec, with the lock of an account that has whatever the spec asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import assume

from clusterwright.live.lock.needs import needs
from clusterwright.plan import plan_cluster
from clusterwright.plan.model import ClusterPlan, canonical
from clusterwright.rules import check
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.load import Loaded, parse_lock, parse_spec
from clusterwright.spec.lock import Lock

DAY = "2026-11-24"
ACCOUNTS = {"aws": {"account": "123456789012"}, "gcp": {"account": "my-project-123", "number": "123456789012"}}
IMAGES = {"aws": "ami-0123456789abcdef0", "gcp": "projects/i/global/images/i"}


def plan_of_any(document: dict[str, Any]) -> ClusterPlan:
    """The plan of a spec that was drawn; one with an error, or with one once it has a lock, is not looked at."""
    loaded = parse_spec(canonical(document))
    _assume_clean(loaded)
    loaded = replace(loaded, lock=_lock(loaded.spec))
    _assume_clean(loaded)
    return plan_cluster(loaded)


def _assume_clean(loaded: Loaded) -> None:
    assume(not any(finding.severity == "error" for finding in check(loaded)))


def _lock(spec: ClusterSpec) -> Lock:
    needed, zone = needs(spec), spec.zone
    price = {"usd_per_hour": 1, "date": DAY, "source": "an example"}
    image = {"id": IMAGES[spec.provider], "name": "x", "size": "8 GiB", "created": DAY}
    document = {
        "schema": 1, "provider": spec.provider, "made": DAY, "region": spec.region, **ACCOUNTS[spec.provider],
        "zones": {zone: "use1-az1" if spec.provider == "aws" else zone},
        "images": {
            key: {**image, "architecture": "arm64" if "arm64" in key else "x86_64"} for key in needed.images
        },
        "quotas": {quota.key: {"limit": 10**6, "unit": "vCPU"} for quota in needed.quotas},
        "offerings": {name: [zone] for name in needed.machines},
        "prices": {name: dict.fromkeys(("on_demand", "spot"), price) for name in needed.machines},
    }  # fmt: skip
    return parse_lock(canonical(document))
