"""The review of one stack, from the readings of its two sides."""

from __future__ import annotations

from dataclasses import replace

from clusterwright.estimate.money import hourly_with_job
from clusterwright.estimate.quantity import HOUR
from clusterwright.plan.cloud import CloudPlan
from clusterwright.recommend.alternative import alternative as search
from clusterwright.recommend.candidate import called, group_of
from clusterwright.recommend.option import Option
from clusterwright.review.blast.fields import effects, untouched
from clusterwright.review.decided import decided
from clusterwright.review.fields import changes
from clusterwright.review.findings import compare
from clusterwright.review.measures import HOURS, doubted, likely, measures
from clusterwright.review.model import Alternative, Measure, StackReview, Status
from clusterwright.review.needs import needs
from clusterwright.review.pictures import pictures
from clusterwright.review.prices import aged, believed
from clusterwright.review.reading import Reading
from clusterwright.review.security import security
from clusterwright.review.seen import Seen
from clusterwright.review.sides import Side
from clusterwright.review.verdict import UNCHANGED, verdict


def review_stack(
    name: str, before: Reading | None, after: Reading | None, head: Side, date: str, seen: Seen | None = None
) -> StackReview:
    """The whole review of a stack that is on one side at least. `date` is the day that prices are judged on, `seen`
    what is known of the effects besides what the fields say."""
    here = after or before
    if here is None:
        raise ValueError(f"{name} is on neither side")
    found = compare(before, after)
    fields = changes(before.loaded, after.loaded, head) if before and after and before.loaded and after.loaded else ()
    plans = before and before.plan, after and after.plan
    known = planned(before, after)
    touched = effects(*plans, fields) if known else ()
    if known and seen:
        touched = seen.over(touched)
    made = StackReview(
        name=name,
        file=here.file,
        status=_status(before, after),
        verdict=UNCHANGED,
        new=found.new,
        resolved=found.resolved,
        standing=found.standing,
        fields=fields,
        measures=measures(before, after, date),
        effects=touched,
        untouched=untouched(*plans, touched) if known else (),
        needs=needs(before, after),
        security=security(before, after),
        decided=decided(before, after, fields),
        alternative=_alternative(after, date) if after and _worth(before, after) else None,
        pictures=pictures(*plans, touched),
        silent=(*_silent(before, after), *([seen.graph] if seen and isinstance(seen.graph, str) else [])),
    )
    return replace(made, verdict=verdict(made, before, after))


def planned(before: Reading | None, after: Reading | None) -> bool:
    """Whether there is a plan on each side that has the stack."""
    return all(side is None or side.plan is not None for side in (before, after))


def _status(before: Reading | None, after: Reading | None) -> Status:
    if after is None:
        return "removed"
    if after.loaded is None:
        return "unreadable"
    return "added" if before is None else "changed"


def _silent(before: Reading | None, after: Reading | None) -> list[str]:
    said: list[str] = []
    if before is not None and before.plan is None and after is not None:
        why = "can't be read" if before.loaded is None else "has errors"
        said.append(
            f"what a running cluster goes through: its spec on the base's side {why}, so nobody has deployed that"
        )
    if after is not None and after.plan is None:
        said.append("what it becomes and what it costs: without a spec that is right there is no plan")
    if after and after.loaded and after.loaded.lock is None and after.loaded.spec.provider != "local":
        said.append(
            "what the account has (quotas, reservations, offerings, its own prices): there is no lock beside the spec"
        )
    if after and after.plan and after.estimate is None:
        said.append("hours, cost and energy of a job: the cluster has none")
    return said


def _worth(before: Reading | None, after: Reading) -> bool:
    """Whether another way is worth a search: the machines that are bought are others, or the job takes another time."""
    return before is None or before.plan is None or _bought(before) != _bought(after)


def _bought(side: Reading) -> object:
    groups = side.plan.groups if side.plan else ()
    bought = [(one.machine, one.nodes, getattr(one, "capacity", None)) for one in groups]
    return bought, side.estimate and side.estimate.time.span


def _alternative(after: Reading, date: str) -> Alternative | None:
    if after.loaded is None:
        return None
    option = search(after.loaded, after.estimate)
    if option is None or believed(option.plan) != option.plan:
        return None
    rows = _compared(after, option, date)
    if any(row.doubt for row in rows):  # faster, too, is only what likely costs no more
        return None
    return Alternative(option.better, option.what, option.why, rows, option.spec)


def _compared(after: Reading, option: Option, date: str) -> tuple[Measure, ...]:
    made, plan = after.estimate, after.trusted
    if made is None or not isinstance(plan, CloudPlan):
        raise ValueError("there is no job of a cloud to compare")
    hours = made.time.to(HOUR), option.time.to(HOUR)
    paid = likely(hours[0]), likely(hours[1])
    plans = plan, option.plan
    machines, every = (tuple(aged(one, date, besides=each) for one in plans) for each in (False, True))
    return (
        Measure("machines", _machines(plan), option.what),
        doubted(Measure("everything an hour", hourly_with_job(plan), option.dollars_per_hour), every),
        Measure(HOURS, *hours),
        doubted(Measure("job cost, machines", made.money.machines, option.usd), machines, paid),
        Measure("job energy", made.energy.energy, option.kwh),
    )


def _machines(plan: CloudPlan) -> str:
    """The nodes of the job, as an option names its own."""
    group = group_of(plan)
    return called(plan.job.nodes if plan.job else 0, group.machine, group.capacity.kind)
