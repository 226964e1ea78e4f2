"""What becomes of single resources, told as what becomes of the parts of a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from clusterwright.plan.aws.model import AwsHeadPlan
from clusterwright.plan.gcp.model import GcpHeadPlan
from clusterwright.plan.model import ClusterPlan, StoragePlan
from clusterwright.review.blast.parts import (
    BUDGET,
    BUNDLE,
    ENDING,
    HEAD,
    IDENTITY,
    NETWORK,
    OBSERVABILITY,
    REFUSED,
    RUNNING,
    Happening,
    folded,
    group,
    joined,
    lost,
    storage,
)
from clusterwright.review.blast.replacing import top
from clusterwright.review.model import Action, Basis, Effect

MACHINES = {
    "aws:autoscaling/group:Group",
    "aws:ec2/instance:Instance",
    "gcp:compute/instance:Instance",
    "gcp:compute/instanceGroupManager:InstanceGroupManager",
    "clusterwright-local:index:Group",
    "clusterwright-local:index:Machines",
}
STORAGE = {
    "aws:ebs/volume:Volume",
    "aws:efs/fileSystem:FileSystem",
    "aws:fsx/lustreFileSystem:LustreFileSystem",
    "aws:s3/bucket:Bucket",
    "gcp:compute/disk:Disk",
    "gcp:filestore/instance:Instance",
    "gcp:lustre/instance:Instance",
    "gcp:storage/bucket:Bucket",
    "clusterwright-local:index:Bucket",
    "clusterwright-local:index:Volume",
}
HELD = {
    "aws:cloudwatch/logGroup:LogGroup": "the logs in {name}",
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": "the logs in {name}",
    "aws:kms/key:Key": "what {name} encrypts: after some days nobody can read that",
    "gcp:kms/cryptoKey:CryptoKey": "what {name} encrypts: after some days nobody can read that",
}
"""Types of no storage that data is in, or can't be read without, and what is lost with one."""
GROUNDS = {
    "aws:ec2/vpc:Vpc",
    "aws:ec2/subnet:Subnet",
    "gcp:compute/network:Network",
    "gcp:compute/subnetwork:Subnetwork",
}
SPENDING = {"aws:budgets/budget:Budget", "gcp:billing/budget:Budget"}
CORE = MACHINES | STORAGE | GROUNDS | SPENDING
"""The types that a part stands and falls with; of the others a part has many, which change where it stands."""
TEMPLATES = {"aws:ec2/launchTemplate:LaunchTemplate", "gcp:compute/instanceTemplate:InstanceTemplate"}
"""What a group's machines start from. Those that run stay as they are, whatever becomes of it: no instance refresh is
asked for on AWS, and on GCP `update_policy` is OPPORTUNISTIC."""
ROLLED = {
    *("imageId", "blockDeviceMappings", "userData", "metadataOptions", "tagSpecifications", "tags"),
    *("iamInstanceProfile", "disks", "labels", "metadata", "serviceAccount", "shieldedInstanceConfig"),
}
"""What a template may say otherwise while machines that had it as it was go on serving; all else makes others."""
CONTROL = {"bundle", "current", "plan", "addresses"}
LABELS = {"tags", "labels", "tagSpecifications", "effectiveLabels", "pulumiLabels", "tagsAll"}
MOST = 6
"""How many inputs of a resource, or reasons of a part, are named."""

NEW_BUNDLE = (
    "nodes are told of another bundle: of a change of the job alone at once, of any other each when it has no job"
)


Act = Literal["create", "in_place", "replace", "delete"]


@dataclass(frozen=True)
class Step:
    """What becomes of one resource. `paths` are the inputs that change, `forced` those of them that only a new one can
    have otherwise; `protect` and `retain` are those of the resource that is there."""

    type: str
    name: str
    action: Act
    paths: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    protect: bool = False
    retain: bool = False


def effects_of(steps: Iterable[Step], plans: Sequence[ClusterPlan], basis: Basis) -> tuple[Effect, ...]:
    """One effect a part. `plans` are those of both sides, the running one's first: they tell which group or storage a
    resource is of, and what is lost with it."""
    by_part: dict[str, list[Step]] = {}
    for step in steps:
        by_part.setdefault(part_of(step.type, step.name, plans), []).append(step)
    was = {storage(one.name): one for one in _storages(plans[0])} if plans else {}
    return folded((_happening(part, found, was.get(part)) for part, found in by_part.items()), basis)


def _storages(plan: ClusterPlan) -> Iterator[StoragePlan]:
    """The storage of a plan, the head's state too, which no spec names."""
    yield from plan.storage
    if isinstance(plan.head, AwsHeadPlan | GcpHeadPlan):
        yield plan.head.state


def part_of(kind: str, name: str, plans: Sequence[ClusterPlan]) -> str:
    """The part of a cluster that a resource is of: "group train", "storage scratch", "head", "network"."""
    clusters = sorted({plan.name for plan in plans}, key=len, reverse=True)
    cluster = next((one for one in clusters if name.startswith(f"{one}-")), "")
    section, _, rest = name.removeprefix(f"{cluster}-").partition("-")
    if kind.lower().endswith("iammember") or section == "identity":
        return IDENTITY
    if section == "compute":
        groups = {one.name for plan in plans for one in plan.groups}
        if rest == HEAD or rest.startswith(f"{HEAD}-"):
            return HEAD
        return group(_longest(rest, groups) or rest)
    if section == "storage":
        return _of_storage(rest, plans)
    if section == "observability":
        return BUDGET if kind in SPENDING else OBSERVABILITY
    return NETWORK if section == "network" else section


def _of_storage(rest: str, plans: Sequence[ClusterPlan]) -> str:
    if rest in CONTROL:
        return BUNDLE
    if rest.startswith("access.logs"):
        return OBSERVABILITY
    if plans and plans[0].provider == "local" and rest == "bucket":  # the one that there is, whatever it is called
        return storage(plans[-1].storage[0].name)
    return storage(_longest(rest, {one.name for plan in plans for one in plan.storage}) or rest)


def _longest(rest: str, names: Collection[str]) -> str | None:
    found = [name for name in names if rest == name or rest.startswith(f"{name}-")]
    return max(found, key=len, default=None)


def _happening(part: str, steps: Sequence[Step], was: StoragePlan | None) -> Happening:
    ordered = sorted(steps, key=lambda step: step.type not in CORE | TEMPLATES)
    reasons = list(dict.fromkeys(reason for step in ordered for reason in _reasons(step)))
    action = _action(part, steps)
    if part == BUNDLE and any(step.action != "create" for step in steps):
        action, reasons = "rolling", [NEW_BUNDLE]
    if any(step.type in TEMPLATES and step.action != "create" for step in steps) and action in ("rolling", "replace"):
        reasons.append(RUNNING)
    if part.startswith("group ") and action == "delete":
        reasons.append(ENDING)
    more = [f"and {len(reasons) - MOST} more changes"] if len(reasons) > MOST + 1 else []
    told = reasons[:MOST] if more else reasons
    data = joined(text for step in ordered for text in _lost(step, was))
    names = tuple(dict.fromkeys(step.name for step in ordered))
    refused = REFUSED if any(_ends(step) and step.protect for step in steps) else None
    return Happening(part, action, "; ".join([*told, *more]), refused, data, names)


def _action(part: str, steps: Sequence[Step]) -> Action:
    """What becomes of the part: what becomes of its core, else it stays where it is and something in it changes."""
    core = {step.action for step in steps if step.type in CORE}
    if "replace" in core or {"create", "delete"} <= core:
        return "replace"
    if part == NETWORK and core and not any(step.type.endswith((":Vpc", ":Network")) for step in steps):
        return "in_place"  # a subnet more or less
    for action in ("delete", "create"):
        if action in core:
            return action
    changed = [step for step in steps if step.type in TEMPLATES and step.action in ("in_place", "replace")]
    if changed:
        names = {top(path) for step in changed for path in step.paths}
        return "rolling" if names <= ROLLED else "replace"
    return "in_place"


def _reasons(step: Step) -> Iterator[str]:
    called = f"{step.type.rpartition(':')[2]} {step.name}"
    match step.action:
        case "create":
            yield f"{called} is created"
        case "delete":
            yield f"{called} is deleted"
        case "replace" if step.type in TEMPLATES:
            yield f"{called} becomes another: {_listed(step.paths)}"
        case "replace":
            yield f"{called} is made anew, as only a new one can have another {_listed(step.forced or step.paths)}"
        case _ if step.paths and {top(path) for path in step.paths} <= LABELS:
            yield "tags or labels change"
        case _:
            yield f"{called} is updated: {_listed(step.paths)}"
    if _ends(step) and step.retain and not step.protect:
        yield "what was there stays in the account"


def _ends(step: Step) -> bool:
    return step.action in ("delete", "replace")


def _lost(step: Step, was: StoragePlan | None) -> Iterator[str]:
    if not _ends(step) or step.protect or step.retain:
        return
    if step.type in STORAGE:
        yield lost(was) if was else f"all that is in {step.name}"
    elif step.type in HELD:
        yield HELD[step.type].format(name=step.name)


def _listed(paths: Sequence[str]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:MOST]) or "what the engine does not name"
    return f"{shown} and {len(paths) - MOST} more" if len(paths) > MOST else shown
