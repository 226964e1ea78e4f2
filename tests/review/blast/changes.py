"""Changes of the example stacks, as a review sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import yaml

from clusterwright.plan import plan_cluster
from clusterwright.plan.model import ClusterPlan
from clusterwright.review.model import Effect, FieldChange
from clusterwright.spec.base import SpecModel
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import DiskSpec, GroupSpec, HeadSpec
from clusterwright.spec.load import parse_lock, parse_spec
from clusterwright.spec.network import NetworkSpec
from clusterwright.spec.security import SecuritySpec
from clusterwright.spec.software import SoftwareSpec
from clusterwright.spec.storage import BucketSpec, LustreSpec, NfsSpec, VolumeSpec
from tests.plans import ROOT

MODELS: dict[str, type[SpecModel]] = {
    "": ClusterSpec,
    "groups": GroupSpec,
    "head": HeadSpec,
    "head.disk": DiskSpec,
    "network": NetworkSpec,
    "security": SecuritySpec,
    "software": SoftwareSpec,
    "bucket": BucketSpec,
    "lustre": LustreSpec,
    "nfs": NfsSpec,
    "volume": VolumeSpec,
}

Edit = Callable[[dict[str, Any]], object]


def plan(stack: str, edit: Edit = lambda spec: None, lock: tuple[str, str] = ("", "")) -> ClusterPlan:
    """The plan of an example stack with its spec edited, and in its lock one text in place of another."""
    data = yaml.safe_load((ROOT / "stacks" / f"{stack}.yaml").read_text())
    edit(data)
    loaded = parse_spec(yaml.safe_dump(data), f"{stack}.yaml")
    path = ROOT / "tests" / "locks" / f"{stack}.lock.yaml"
    text = path.read_text().replace(*lock) if path.exists() else None
    return plan_cluster(replace(loaded, lock=parse_lock(text)) if text else loaded)


def change(model: str, path: str, before: str | None = None, after: str | None = None) -> FieldChange:
    """A change of the field at `path`, whose last word is a field of `model`."""
    extra: Any = MODELS[model].model_fields[path.rpartition(".")[2]].json_schema_extra
    return FieldChange(path, before, after, extra["x-change"], extra["x-change-what"])


def by_part(effects: tuple[Effect, ...]) -> dict[str, Effect]:
    parts = {one.part: one for one in effects}
    assert len(parts) == len(effects)
    return parts


def actions(effects: tuple[Effect, ...]) -> dict[str, str]:
    return {one.part: one.action for one in effects}
