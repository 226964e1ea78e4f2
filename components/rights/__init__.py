"""What the identity that deploys a cluster has to be allowed, and no more: from what the cluster registers.

A table for each cloud says which actions each type of resource takes: `tools/rights_aws.py` writes aws.json, and
`tools/rights_gcp.py` gcp.json. The module of each cloud binds them to the cluster, as far as that cloud can.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from clusterwright.plan.cloud import CloudPlan


@cache
def table(provider: str) -> Mapping[str, Any]:
    """A cloud's whole table: `types` with their `actions`, and the `source`."""
    return json.loads(Path(__file__).with_name(f"{provider}.json").read_text(encoding="utf-8"))


def actions(provider: str, types: Iterable[str]) -> set[str]:
    """What making, reading, changing and deleting resources of these types takes. KeyError: one is not known."""
    return {action for one in types for action in table(provider)["types"][one]["actions"]}


def documents(plan: CloudPlan, types: Collection[str]) -> list[dict[str, Any]]:
    """What is to be given to the deployer of a stack that registers these types: policies on AWS, roles on GCP."""
    return importlib.import_module(f"components.rights.{plan.provider}").documents(plan, types)


def notes(plan: CloudPlan) -> Iterator[str]:
    """What the documents lack, or take besides."""
    yield from importlib.import_module(f"components.rights.{plan.provider}").notes(plan)
