"""The parts that a cluster is spoken of in, and what becomes of the data in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from clusterwright.plan.aws import model as aws
from clusterwright.plan.gcp import model as gcp
from clusterwright.plan.model import ClusterPlan, StoragePlan
from clusterwright.review.model import Action, Basis, Effect, gravity

CLUSTER, HEAD, NETWORK = "cluster", "head", "network"
IDENTITY, OBSERVABILITY, BUDGET = "identity", "observability", "budget"
BUNDLE, SECRETS, TAGS = "bundle", "secrets", "tags"

REFUSED = (
    "kept (`on_destroy: keep`), so the engine refuses this change before it touches anything; "
    "write `on_destroy: delete` and deploy that first, if the data may go"
)
"""A kept resource is protected, and who reads the state is the engine: what the new program says of it comes too late
(https://www.pulumi.com/docs/iac/concepts/resources/options/protect/)."""
FAILS = "so the deployment fails there"
"""Ends what the cloud itself refuses, which the engine learns on the way."""
KEY_KEPT = (
    "the cluster's key is kept, as it opens what is kept, so the engine refuses to delete it; "
    "keep `key: cluster`, or make another cluster beside this one and copy"
)
IN_FOLDER = "it is kept (`on_destroy: keep`): its folder stays as it is, and the next cluster of its name has it again"
"""On this machine a bucket is a folder, which nothing protects but that it is left where it is."""
RUNNING = "machines that run keep what they started with until they end"
ENDING = "machines that run end once their jobs have written a checkpoint"


def group(name: str) -> str:
    return f"group {name}"


def storage(name: str) -> str:
    return f"storage {name}"


@dataclass(frozen=True)
class Happening:
    """One thing that happens to a part; its fields are those of Effect."""

    part: str
    action: Action
    why: str
    refused: str | None = None
    data: str | None = None
    resources: tuple[str, ...] = ()


def folded(happenings: Iterable[Happening], basis: Basis) -> tuple[Effect, ...]:
    """One effect a part, in the order in which parts are first spoken of: the gravest action, each reason once."""
    by_part: dict[str, list[Happening]] = {}
    for one in happenings:
        by_part.setdefault(one.part, []).append(one)
    return tuple(_effect(part, found, basis) for part, found in by_part.items())


def _effect(part: str, found: Sequence[Happening], basis: Basis) -> Effect:
    gravest = sorted(found, key=lambda one: gravity(one.action))
    return Effect(
        part=part,
        action=gravest[0].action,
        why=joined(one.why for one in gravest) or "",
        basis=basis,
        refused=joined(one.refused for one in gravest),
        data=joined(one.data for one in gravest),
        resources=tuple(_once(name for one in found for name in one.resources)),
    )


def joined(texts: Iterable[str | None]) -> str | None:
    """Each text once; None where there is none."""
    return "; ".join(_once(text for text in texts if text)) or None


def _once(texts: Iterable[str]) -> Iterator[str]:
    return iter(dict.fromkeys(texts))


def ended(plan: ClusterPlan, part: StoragePlan, action: Action, why: str) -> Happening:
    """What happens to a storage of the running cluster, as `plan` has it, that is deleted or made anew, empty."""
    if part.on_destroy == "delete":
        return Happening(storage(part.name), action, why, data=lost(part))
    if plan.provider == "local":
        return Happening(storage(part.name), action, f"{why}; {IN_FOLDER}")
    return Happening(storage(part.name), action, why, refused=REFUSED)


def lost(part: StoragePlan) -> str:
    """What is lost of a storage that is deleted, and what of it can be had back."""
    match part:
        case aws.VolumePlan() | gcp.VolumePlan() if part.snapshot:
            return f"all files in {part.mount}; the cloud makes a snapshot of the disk before it deletes it"
        case aws.LustrePlan() if part.association:
            mirrored = f"{part.mount}{part.association.path}"
            return f"all files in {part.mount}, but for those of {mirrored} that storage {part.association.storage} has"
        case gcp.LustrePlan() if part.imports:
            return f"all files in {part.mount} that nobody has exported to {part.imports}"
        case StoragePlan(kind="bucket"):
            return f"all objects of {part.mount}, their old versions too"
        case _:
            return f"all files in {part.mount}"
