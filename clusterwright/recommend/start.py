"""What a search starts from: a spec, as YAML has it, in which the machines of the job are still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from clusterwright.catalog.models import models
from clusterwright.catalog.offerings import zone_ids
from clusterwright.decide.job import DecidedJob, decide_job
from clusterwright.decide.machines import machine_name
from clusterwright.errors import ClusterwrightError
from clusterwright.spec.base import Provider
from clusterwright.spec.capacity import CapacityBlock, FlexStart, OnDemand, Reservation, Spot
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.compute import DiskSpec, GroupSpec, NodeRange
from clusterwright.spec.job import JobSpec
from clusterwright.spec.load import Loaded
from clusterwright.spec.lock import Lock

PLACES: dict[Provider, dict[str, str]] = {
    "aws": {"region": "us-east-1", "zone": "us-east-1a"},
    "gcp": {"project": "my-project-123", "region": "us-central1", "zone": "us-central1-a"},
}
"""Where a new spec stands: the regions that the catalog has prices of. The project is a stand-in."""
GROUP = "train"
OF_THE_RANKS = ("nodes", "processes_per_node", "threads_per_process")
"""What a job says of the nodes that it was written for."""


@dataclass(frozen=True)
class Start:
    """A spec in which machine type, nodes and capacity of the job's group are open.

    `index` is that group's place, `least` how many of its nodes stay when there is no job; None is all of them.
    `bought` is how a stack buys them, and with it come its `machine` and `nodes`. `anew` is whether there was no stack.
    """

    provider: Provider
    data: Mapping[str, Any]
    index: int = 0
    least: int | None = 0
    bought: OnDemand | Spot | Reservation | CapacityBlock | FlexStart | None = None
    machine: str | None = None
    nodes: int = 0
    lock: Lock | None = None
    anew: bool = True

    @cached_property
    def spec(self) -> ClusterSpec:
        """The spec, with what is decided where it is open."""
        return model(self.data)

    @property
    def given(self) -> JobSpec:
        """The job as the spec has it."""
        job = self.spec.job
        if not isinstance(job, JobSpec):
            raise ValueError("a search starts from a job")
        return job

    @cached_property
    def job(self) -> DecidedJob:
        """The job with its recipe. Raises ClusterwrightError for a model that the catalog does not have."""
        decided = decide_job(self.given, models())
        if decided is None:
            raise ClusterwrightError(
                f"error: there is no model `{self.given.model}`\n"
                "  why: what a job takes follows from its model's size, which the catalog has\n"
                f"  hint: known are: {', '.join(models().models)}"
            )
        return decided

    @property
    def group(self) -> str:
        return self.spec.groups[self.index].name

    def zone(self, machine: str) -> str | None:
        """The zone to have a machine type in; None where the region, or the stack's zone, is known to lack it.

        AWS's zones go by other names in each account, so of a zone there the catalog says nothing.
        """
        zone, region = self.data["zone"], self.data["region"]
        zones = zone_ids(self.provider, machine, region)
        if zones is None or (zones and self.provider == "aws") or zone in zones:
            return zone
        return zones[0] if zones and self.anew else None


def model(data: Mapping[str, Any]) -> ClusterSpec:
    """The spec that `data` is. Raises pydantic's ValidationError for what is none."""
    return ClusterSpec.model_validate(_frozen(data))


def _frozen(value: Any) -> Any:
    """Lists as tuples, which the strict models of a spec take alone."""
    if isinstance(value, Mapping):
        return {key: _frozen(one) for key, one in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def new(provider: Provider, model: str) -> Start:
    """The start of a new spec that trains `model`."""
    job = {"model": model, "group": GROUP}
    data = {"name": "new", "provider": provider, **PLACES[provider], "groups": [{"name": GROUP}], "job": job}
    return Start(provider, data)


def of_stack(loaded: Loaded) -> Start:
    """The start that a spec is, but for the machines of its job. Raises ClusterwrightError for one without a job, and
    for one of this machine."""
    spec, group = loaded.spec, loaded.spec.job_group
    if spec.provider == "local" or group is None or not isinstance(spec.job, JobSpec):
        what = "is a cluster on this machine" if spec.provider == "local" else "has no job"
        raise ClusterwrightError(
            f"error: there is nothing to recommend: {spec.name} {what}\n"
            "  why: what is searched for are the machines of a cloud that a job takes\n"
            "  hint: name a stack of a cloud that has a job, or a model: `--model bert-large`"
        )
    data = spec.model_dump(mode="json", exclude_unset=True, exclude={"extends"})
    index = spec.groups.index(group)
    groups = [*data.get("groups", [{"name": group.name}])]
    groups[index] = _without_machine(group, groups[index])
    job = {key: value for key, value in data.get("job", {}).items() if key not in OF_THE_RANKS}
    return Start(
        provider=spec.provider,
        data={**data, "groups": groups, "job": job},
        index=index,
        least=group.size.min if isinstance(group.nodes, NodeRange) else None,
        bought=group.capacity,
        machine=machine_name(spec, group),
        nodes=spec.job.nodes or group.size.max,
        lock=loaded.lock,
        anew=False,
    )


def _without_machine(group: GroupSpec, data: Mapping[str, Any]) -> dict[str, Any]:
    """A group without what it has for its machine type; of its disk the size stays, the kind is the machine's."""
    kept = {key: data[key] for key in ("name", "idle_timeout", "start_timeout") if key in data}
    if isinstance(group.disk, DiskSpec):
        return {**kept, "disk": str(group.disk.size)}
    return {**kept, "disk": data["disk"]} if "disk" in data else kept


def with_tokens(start: Start, tokens: int | None, batch: int | None) -> Start:
    """The start whose job pre-trains on so many tokens, in batches of so many sequences; None leaves what it has.

    An encoder's tokens and its decoder's both count, as in an estimate's tokens a second.
    """
    settings = dict(start.data["job"].get("pretrain", {}))
    if batch is not None:
        settings["batch"] = batch
    if tokens is not None:
        job = _pretraining(start, settings).job
        a_step = halves(job) * job.pretrain["batch"] * job.pretrain["sequence"]
        settings = {key: value for key, value in settings.items() if key != "warmup"}
        settings["steps"] = max(1, -(-tokens // a_step))
    return _pretraining(start, settings) if settings else start


def halves(job: DecidedJob) -> int:
    """How many tokens a position of a batch is: of an encoder and a decoder one each."""
    return 2 if job.size.family == "encoder_decoder" else 1


def _pretraining(start: Start, settings: Mapping[str, Any]) -> Start:
    return replace(start, data={**start.data, "job": {**start.data["job"], "pretrain": dict(settings)}})
