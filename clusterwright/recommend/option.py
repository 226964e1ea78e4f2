"""What is recommended: a candidate written as a spec, planned as a whole and estimated."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clusterwright.estimate.estimate import Estimate, estimate
from clusterwright.estimate.money import hourly_with_job
from clusterwright.estimate.quantity import Figure
from clusterwright.plan.cloud import CloudPlan
from clusterwright.recommend import written
from clusterwright.recommend.candidate import Candidate
from clusterwright.recommend.planning import plan_of
from clusterwright.recommend.search import Limits
from clusterwright.recommend.start import Start
from clusterwright.spec.load import parse_spec


@dataclass(frozen=True)
class Option:
    """`what` are its machines in a line; `better` says in which way it is better, and `why` with which numbers.

    `spec` is what to write, as YAML: the whole spec of what was searched for, of an alternative the part that differs.
    """

    candidate: Candidate
    plan: CloudPlan
    estimate: Estimate
    spec: str
    what: str
    better: str = ""
    why: str = ""

    @property
    def dollars_per_hour(self) -> Figure:
        """What the cluster costs an hour while the job runs, in USD/h."""
        return hourly_with_job(self.plan)

    @property
    def time(self) -> Figure:
        return self.estimate.time

    @property
    def usd(self) -> Figure:
        """What the machines cost, which is known of each option that is compared."""
        return self.estimate.money.machines

    @property
    def total(self) -> Figure:
        return self.estimate.money.total

    @property
    def kwh(self) -> Figure:
        return self.estimate.energy.energy


def option(start: Start, one: Candidate, held: Limits) -> Option:
    """The candidate as a spec that was checked, planned and estimated. Raises SpecError for one that a rule refuses."""
    text = written.text(written.data(start, one, held))
    plan = plan_of(replace(parse_spec(text, "the recommended spec"), lock=start.lock))
    made = estimate(plan)
    if made is None:
        raise ValueError("what was searched for is a job")
    return Option(one, plan, made, text, one.named)
