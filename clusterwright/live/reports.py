"""What nodes write of themselves into the bucket, as far as people look at it.

Keys that we do not know are ignored: a node may run a newer release than the one who watches. Reports of schema 1 are
those of nodes that are processes; machines write schema 2. Times are in unix seconds.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from clusterwright.live.records import Record
from clusterwright.node.phases import BOOT
from clusterwright.node.report import HEARTBEAT, LOST_AFTER

NodeState = Literal["booting", "converging", "healthy", "failed"]


class Step(Record):
    """One step of a node's bootstrap."""

    name: str
    state: str
    seconds: float | None = None
    started: float | None = None
    reason: str | None = None

    @property
    def label(self) -> str:
        """The name without the number that orders it."""
        return self.name.lstrip("0123456789").lstrip("-") or self.name


class Rejected(Record):
    """A bundle that a node would not switch to."""

    digest: str
    reason: str


class Boot(Record):
    """A machine's way from its boot to the cluster: when it booted, and the seconds of each phase so far, in order."""

    booted: float
    phases: dict[str, float] = Field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return sum(self.phases.values())

    @field_validator("phases")
    @classmethod
    def _in_order(cls, phases: dict[str, float]) -> dict[str, float]:
        """Nodes write the keys of objects in the order of the alphabet."""
        unknown = [name for name in phases if name not in BOOT]
        return {name: phases[name] for name in (*BOOT, *unknown) if name in phases}


class GroupView(Record):
    """A group as the head sees it: nodes that Slurm wants up, machines that are there, and those without a job.

    `reason` is why there are fewer machines than asked for, and `since` since when there is one (unix seconds). Nodes
    that are `outdated` started before the group's machines were given other settings.
    """

    asked: int | None = None
    machines: int | None = None
    idle: int | None = None
    outdated: tuple[str, ...] = ()
    reason: str | None = None
    since: float | None = None


class Spend(Record):
    """What the head has counted, in USD since `since`; None is unknown. `notes` say what it does about it."""

    usd: float | None = None
    usd_per_hour: float | None = None
    limit_usd: float | None = None
    since: float | None = None
    notes: tuple[str, ...] = ()


class ClusterView(Record):
    """The cluster as its head sees it. `reasons` are what keeps the head from its work, a sentence each.

    `after_finish` is what still costs when no job runs: USD a day by name.
    """

    groups: dict[str, GroupView] = Field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    spend: Spend | None = None
    after_finish: dict[str, float | None] = Field(default_factory=dict)

    @field_validator("after_finish", mode="before")
    @classmethod
    def _amounts_alone(cls, value: Any) -> Any:
        """Words that a newer head adds are no amounts."""
        if not isinstance(value, dict):
            return {}
        return {name: one for name, one in value.items() if one is None or isinstance(one, int | float)}


class NodeReport(Record):
    """reports/<node>.json, or reports/<machine id>.json of a machine without a name; `period` is in seconds a beat."""

    node: str
    role: str
    state: NodeState
    heartbeat: float
    group: str | None = None
    bundle: str | None = None
    steps: tuple[Step, ...] = ()
    rejected: Rejected | None = None
    reason: str | None = None
    worker: str | None = None
    run: str | None = None
    log_tail: tuple[str, ...] = ()
    machine: str | None = None
    address: str | None = None
    phase: str | None = None
    boot: Boot | None = None
    notice: str | None = None
    cluster: ClusterView | None = None
    period: float = HEARTBEAT

    @property
    def lost_after(self) -> float:
        """Seconds without a heartbeat after which the node counts as lost: as many beats on every provider."""
        return LOST_AFTER / HEARTBEAT * self.period

    @field_validator("log_tail", mode="before")
    @classmethod
    def _lines(cls, value: Any) -> Any:
        return value.splitlines() if isinstance(value, str) else value or ()

    @field_validator("notice", mode="before")
    @classmethod
    def _in_words(cls, value: Any) -> Any:
        """A cloud's notice has fields, and there may be several; people read why."""
        notices = value if isinstance(value, list) else [value]
        words = [_reason(one) if isinstance(one, dict) else str(one) for one in notices if one]
        return "; ".join(words) or None


def _reason(notice: dict[str, Any]) -> str:
    reason = notice.get("reason")
    return str(reason) if reason else ", ".join(f"{name} {one}" for name, one in notice.items())


class Claim(Record):
    """nodes/claims/<name>.json: the machine that has the name."""

    name: str
    machine: str
    group: str | None = None
    address: str | None = None
    time: float | None = None


class Asked(Record):
    """nodes/asked/<group>.json: the names that Slurm wants up."""

    names: tuple[str, ...] = ()
    time: float | None = None
