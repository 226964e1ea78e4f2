"""Groups that have fewer machines than were asked for: why, since when, and what to do. Pure, without colours."""

from __future__ import annotations

from dataclasses import dataclass

from clusterwright.causes import Cause, explain
from clusterwright.live.reading import Reader, read_bundle
from clusterwright.live.records import Facts
from clusterwright.live.reports import ClusterView, NodeReport
from clusterwright.live.text import clock


@dataclass(frozen=True)
class Shortage:
    """`said` is the reason as the head has it, `cause` what is known of it, `since` when it began (unix seconds)."""

    group: str
    said: str
    cause: Cause | None
    since: float | None

    @property
    def words(self) -> str:
        """The cause, or what was said, and since when."""
        since = "" if self.since is None else f", since {clock(self.since)}"
        return (self.cause.cause if self.cause else self.said) + since

    def advice(self, name: str) -> str | None:
        """What to do on the stack of that name; None where that is not known."""
        if self.cause is None:
            return None
        step = self.cause.step_for(name)
        if self.cause.passes:
            return f"{self.group}: the head keeps asking. If it takes too long: {step}"
        return f"{self.group}: no machine comes until this is mended: {step}"


def shortages(facts: Facts | None, view: ClusterView | None) -> dict[str, Shortage]:
    """By group, as the head tells of them."""
    if facts is None or view is None:
        return {}
    return {
        name: Shortage(name, group.reason, explain(facts.provider, group.reason), group.since)
        for name, group in view.groups.items()
        if group.reason
    }


def read_shortages(reader: Reader) -> dict[str, Shortage]:
    """The same from a bucket; none of a cluster that is down or whose nodes are no machines."""
    digest = reader.text("control/current")
    bundle = read_bundle(reader, digest) if digest else None
    if bundle is None or bundle.facts is None:
        return {}
    report = reader.record("reports/head.json", NodeReport)
    return shortages(bundle.facts, report.cluster if report else None)
