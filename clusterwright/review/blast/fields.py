"""The effects of a change by what the spec's fields say of themselves and by what the two plans decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from clusterwright.plan.aws.model import AwsGroupPlan, AwsHeadPlan, AwsPlan
from clusterwright.plan.gcp.model import GcpGroupPlan, GcpHeadPlan
from clusterwright.plan.model import ClusterPlan, GroupPlan, HeadPlan, StoragePlan
from clusterwright.review.blast.parts import (
    BUDGET,
    CLUSTER,
    ENDING,
    FAILS,
    HEAD,
    IDENTITY,
    KEY_KEPT,
    NETWORK,
    OBSERVABILITY,
    RUNNING,
    SECRETS,
    TAGS,
    Happening,
    ended,
    folded,
    group,
    storage,
)
from clusterwright.review.model import Action, Effect, FieldChange
from clusterwright.spec.base import Change
from clusterwright.spec.units import Size

ACTIONS: dict[Change, Action | None] = {
    "nothing": None,
    "in_place": "in_place",
    "rolling": "rolling",
    "replace": "replace",
    "data_loss": "replace",
}
ELSEWHERE = {"name", "provider", "project", "region", "zone"}
"""The fields that make another cluster."""
EVERYWHERE = {"runtime", "software.pytorch", "software.scheduler"}
"""The fields of every node, the head too."""
SECTIONS = {"network": NETWORK, "observability": OBSERVABILITY, "budget": BUDGET, "secrets": SECRETS, "tags": TAGS}
BESIDE = "a spec of another name beside this one makes the other cluster while this one runs, and loses nothing"
RECORDS = {"security.audit", "security.access_logs"}

BELOW = "it would be smaller than it is"
HEAD_SMALLER = f"neither cloud makes a disk smaller, {FAILS}"
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVolume.html,
https://docs.cloud.google.com/compute/docs/disks/resize-persistent-disk"""
NEW_KEY = "rights and secrets take the new key"
IN_BUCKETS = "what is written from then on has the new key, and what is there keeps the old one"
HEAD_ANEW = "the head is made anew; queue, accounting and /home are on disks of their own"

# EBS changes a disk's kind and rates where it is (https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modify-volume.html);
# of a disk that a machine of Google's was made with, its provider changes the size alone (replaces/gcp.yaml).
HEAD_DISK = re.compile(r"head\.disk\.(kind|iops|throughput)")
HERE: dict[tuple[str, str, str], tuple[Change, str]] = {
    ("aws", "volume", "disk"): ("in_place", "the disk is modified where it is"),
    ("aws", "nfs", "version"): ("nothing", "EFS has one version alone"),
}
"""What a field of a storage of that provider and kind costs there, where the field speaks of another provider."""
SMALLER: dict[tuple[str, str], tuple[Action, str, str | None]] = {
    ("aws", "lustre"): ("replace", "a smaller one is made anew, without its data", None),
    ("gcp", "volume"): ("replace", "a smaller one is made anew, without its data", None),
    ("aws", "volume"): ("in_place", BELOW, f"EBS makes no disk smaller, {FAILS}"),
    ("gcp", "nfs"): ("in_place", "tiers that can't shrink refuse it, and the deployment fails there", None),
}
"""What becomes of a storage of that provider and kind that is to be smaller: replaces/ has those that are made anew;
EC2 refuses a size below the present one (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVolume.html),
and so do Filestore's basic tiers (https://docs.cloud.google.com/filestore/docs/scale)."""


def effects(
    before: ClusterPlan | None, after: ClusterPlan | None, changes: tuple[FieldChange, ...]
) -> tuple[Effect, ...]:
    """What deploying `after` does where `before` runs, one effect a part, basis "fields".

    A side without a plan has no such stack: all of it is created, or, as its storage says, deleted once somebody
    destroys it. `changes` are what the author changed; groups and storage are matched by name.
    """
    if before is None or after is None:
        made = _created(after) if after else []
        gone = _destroyed(before) if before else []
        return folded([*made, *gone], "fields")
    moved = [change for change in changes if change.path in ELSEWHERE]
    if moved:
        return folded(_moved(before, moved), "fields")
    found = [*_changed(before, after, changes), *_decided(before, after, changes), *_members(before, after)]
    return folded(found, "fields")


def untouched(before: ClusterPlan | None, after: ClusterPlan | None, effects: Iterable[Effect]) -> tuple[str, ...]:
    """The parts of the running cluster that stay as they are, by the names that effects have: storage first."""
    if before is None:
        return ()
    touched = {one.part for one in effects}
    if after is None:
        return tuple(storage(part.name) for part in before.storage if part.on_destroy == "keep")
    if CLUSTER in touched:
        return ()
    names = [storage(part.name) for part in before.storage] + [HEAD] + [group(part.name) for part in before.groups]
    return tuple(name for name in [*names, *([NETWORK] if before.provider != "local" else [])] if name not in touched)


def _created(plan: ClusterPlan) -> Iterator[Happening]:
    why = "there is no such cluster yet"
    for part in (NETWORK, HEAD) if plan.provider != "local" else (HEAD,):
        yield Happening(part, "create", why)
    yield from (Happening(group(one.name), "create", why) for one in plan.groups)
    yield from (Happening(storage(one.name), "create", f"{why}; it is empty") for one in plan.storage)


def _destroyed(plan: ClusterPlan) -> Iterator[Happening]:
    """A cluster whose spec is gone. Nothing but destroying it ends it, which needs the spec."""
    why = "its spec is gone, which ends nothing: `make down` its stack before this is merged, or it runs on and costs"
    yield Happening(CLUSTER, "delete", why)
    for one in plan.storage:
        if one.on_destroy == "delete":
            yield ended(plan, one, "delete", "it ends with the cluster")


def _moved(before: ClusterPlan, changes: list[FieldChange]) -> Iterator[Happening]:
    yield Happening(CLUSTER, "replace", "; ".join([*map(_said, changes), BESIDE]))
    for one in before.storage:
        yield ended(before, one, "replace", "the other cluster has one of its own, which is empty")


def _changed(before: ClusterPlan, after: ClusterPlan, changes: tuple[FieldChange, ...]) -> Iterator[Happening]:
    """What each field says of itself, at every part that it is about."""
    for change in changes:
        whole = re.fullmatch(r"(groups|storage)(\[[^\]]+\])?", change.path)
        member = re.match(r"(groups|storage)\[([^\]]+)\]\.(.+)", change.path)
        if whole:
            continue  # a member that comes or goes, which the plans tell
        if member and member[1] == "groups":
            yield from _of_group(before, after, member[2], change)
        elif member:
            yield from _of_storage(before, member[2], member[3], change)
        else:
            yield from _of_cluster(before, after, change)


def _of_group(before: ClusterPlan, after: ClusterPlan, name: str, change: FieldChange) -> Iterator[Happening]:
    action = ACTIONS[change.cost]
    was, now = ({one.name: one.machine for one in plan.groups} for plan in (before, after))
    written = change.path.endswith(".machine") and was.get(name) == now.get(name)  # what was decided before
    if action is None or written or name not in was:
        return
    runs = before.provider != "local" and action in ("rolling", "replace")
    yield Happening(group(name), action, f"{_said(change)}; {RUNNING}" if runs else _said(change))


def _of_storage(before: ClusterPlan, name: str, field: str, change: FieldChange) -> Iterator[Happening]:
    part = next((one for one in before.storage if one.name == name), None)
    if part is None or field == "kind":  # of another kind: the plans tell
        return
    action, what, refused = ACTIONS[change.cost], _what(change), None
    if here := HERE.get((before.provider, part.kind, field)):
        action, what = ACTIONS[here[0]], here[1]
    if field == "size" and _smaller(change):
        action, what, refused = SMALLER.get((before.provider, part.kind), (action, what, None))
    if action == "replace":
        yield ended(before, part, action, _named(change, what))
    elif action:
        yield Happening(storage(name), action, _named(change, what), refused)


def _of_cluster(before: ClusterPlan, after: ClusterPlan, change: FieldChange) -> Iterator[Happening]:
    """A field that is of no group and of no storage alone."""
    action, why, section = ACTIONS[change.cost], _said(change), change.path.split(".")[0].split("[")[0]
    if action is None:
        return
    if section == HEAD:
        yield _of_head(before, after, action, change)
    elif change.path in EVERYWHERE:
        yield from _nodes(before, action, why)
    elif change.path == "security.key":
        yield Happening(IDENTITY, "in_place", _named(change, NEW_KEY), KEY_KEPT if _key_is_kept(before) else None)
        yield Happening(HEAD, "replace", why)
        yield from (Happening(group(one.name), "rolling", f"{why}; {RUNNING}") for one in before.groups)
        # A bucket takes another key for what is written from then on
        # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html,
        # https://docs.cloud.google.com/storage/docs/encryption/customer-managed-keys).
        yield from (ended(before, one, "replace", why) for one in before.storage if one.kind != "bucket")
        yield from (
            Happening(storage(one.name), "in_place", _named(change, IN_BUCKETS))
            for one in before.storage
            if one.kind == "bucket"
        )
    elif section == "network" and change.cost == "data_loss":
        yield Happening(NETWORK, "replace", why)
        yield from _nodes(before, "replace", why)
        yield from (ended(before, one, "replace", why) for one in before.storage if _stands_in_network(before, one))
    elif change.path in RECORDS:
        yield Happening(OBSERVABILITY, action, why)
    elif change.path == "security.deletion_protection":
        kept = [one for one in before.storage if one.kind == "nfs" and one.on_destroy == "keep"]
        parts = [HEAD] if before.provider == "aws" else [storage(one.name) for one in kept]
        yield from (Happening(part, action, why) for part in parts)
    else:
        yield Happening(SECTIONS.get(section, IDENTITY), action, why)


def _key_is_kept(before: ClusterPlan) -> bool:
    """Whether the engine refuses to delete the key: Google's is left where it is, and that of AWS is protected where
    something is kept."""
    return isinstance(before, AwsPlan) and before.key.kind == "cluster" and before.key.on_destroy == "keep"


def _disk(head: HeadPlan) -> int | None:
    """GiB of the disk that the head starts from; None on this machine."""
    return head.instance.disk.size_gib if isinstance(head, AwsHeadPlan | GcpHeadPlan) else None


def _of_head(before: ClusterPlan, after: ClusterPlan, action: Action, change: FieldChange) -> Happening:
    was, now = _disk(before.head), _disk(after.head)
    if change.path in ("head.disk", "head.disk.size") and was and now and now < was:
        return Happening(HEAD, "in_place", _named(change, BELOW), HEAD_SMALLER)
    if HEAD_DISK.fullmatch(change.path):
        anew = before.provider == "gcp"
        what = HEAD_ANEW if anew else "its disk is modified where it is"
        return Happening(HEAD, "replace" if anew else "in_place", _named(change, what))
    if change.path == "head.disk.size":
        return Happening(HEAD, "in_place", _named(change, "its disk grows where it is"))
    return Happening(HEAD, action, _said(change))


def _stands_in_network(plan: ClusterPlan, part: StoragePlan) -> bool:
    """Whether a storage can't leave its network: a file system of EFS is reached through a mount target in each."""
    return part.kind == "lustre" or (part.kind == "nfs" and plan.provider == "gcp")


def _nodes(plan: ClusterPlan, action: Action, why: str) -> Iterator[Happening]:
    yield Happening(HEAD, action, why)
    yield from (Happening(group(one.name), action, why) for one in plan.groups)


def _decided(before: ClusterPlan, after: ClusterPlan, changes: tuple[FieldChange, ...]) -> Iterator[Happening]:
    """What machines are made from and nobody wrote: a lock that names another image."""
    written = {change.path for change in changes}
    if _another(_image(before.head), _image(after.head)) and "head.image" not in written:
        yield Happening(HEAD, "replace", f"its image is another, as the lock says; {HEAD_ANEW}")
    befores = {one.name: one for one in before.groups}
    for one in after.groups:
        was = befores.get(one.name)
        if was is None:
            continue
        if was.machine != one.machine and f"groups[{one.name}].machine" not in written:
            why = f"its machine type is decided otherwise, {one.machine} for {was.machine}; {RUNNING}"
            yield Happening(group(one.name), "replace", why)
        elif _another(_image(was), _image(one)) and f"groups[{one.name}].image" not in written:
            why = f"its image is another, as the lock or the machine type says; {RUNNING}"
            yield Happening(group(one.name), "rolling", why)


def _another(was: str | None, now: str | None) -> bool:
    """Whether both are known, and differ: without a lock nobody knows which image it is."""
    return was is not None and now is not None and was != now


def _image(part: HeadPlan | GroupPlan) -> str | None:
    match part:
        case AwsHeadPlan() | AwsGroupPlan() | GcpHeadPlan() | GcpGroupPlan():
            return part.instance.image.id
        case _:
            return None


def _members(before: ClusterPlan, after: ClusterPlan) -> Iterator[Happening]:
    """Groups and storage that one plan alone has; one of another kind under the same name is another storage."""
    was, now = {one.name for one in before.groups}, {one.name for one in after.groups}
    for one in after.groups:
        if one.name not in was:
            yield Happening(group(one.name), "create", "no group of that name is there yet")
    for one in before.groups:
        if one.name not in now:
            yield Happening(group(one.name), "delete", f"no group of that name is wanted any longer; {ENDING}")
    stood, stands = ({one.name: one.kind for one in plan.storage} for plan in (before, after))
    for one in after.storage:
        if one.name not in stood:
            yield Happening(storage(one.name), "create", "no storage of that name is there yet; it is empty")
    for one in before.storage:
        if one.name not in stands:
            yield ended(before, one, "delete", "no storage of that name is wanted any longer")
        elif one.kind != stands[one.name]:
            yield ended(before, one, "replace", f"it becomes another kind of storage, {stands[one.name]}, and is empty")


def _smaller(change: FieldChange) -> bool:
    return bool(change.before and change.after) and Size.parse(str(change.after)) < Size.parse(str(change.before))


def _what(change: FieldChange) -> str:
    """What the field says of itself; a cloud that it names first is the one that it was changed on."""
    return re.sub(r"^(AWS|GCP)(, and [^:]+)?: ", "", change.what)


def _said(change: FieldChange) -> str:
    return _named(change, _what(change))


def _named(change: FieldChange, what: str) -> str:
    return f"`{change.path}`: {what}"
