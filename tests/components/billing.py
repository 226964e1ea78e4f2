"""What is registered, held against what a plan says is billed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from clusterwright.plan.cloud import CloudPlan
from clusterwright.plan.costs import costs
from components.recorder import Recorder


def types(recorder: Recorder, cloud: str) -> Counter[str]:
    """How many of each of the cloud's types a cluster registers, without the cloud's name before it."""
    return Counter(one.type.removeprefix(f"{cloud}:") for one in recorder.requests if one.type.startswith(f"{cloud}:"))


def counted(plan: CloudPlan, billed: Mapping[str, str]) -> dict[str, int]:
    """How many things of each type of `billed` the plan's costs are of, by the pattern of what those are called."""
    listed = [(cost.what, int(cost.amount or 1) if cost.unit in ("hour", "month") else 1) for cost in costs(plan)]
    return {
        kind: sum(number for what, number in listed if re.fullmatch(called, what)) for kind, called in billed.items()
    }
