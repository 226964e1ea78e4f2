"""A candidate as a spec: the data, and the text of a file that people read and change."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from textwrap import wrap
from typing import Any

import yaml

from clusterwright.decide.memory import Sharing
from clusterwright.estimate.quantity import SECOND
from clusterwright.plan.cloud import CloudHeadPlan, CloudPlan
from clusterwright.recommend.candidate import Candidate, group_of
from clusterwright.recommend.front import likely
from clusterwright.recommend.search import Limits
from clusterwright.recommend.start import Start
from clusterwright.spec.units import Duration, Money

SCHEMA = "# yaml-language-server: $schema=../docs/spec.schema.json"
WIDTH = 120


def data(start: Start, one: Candidate, held: Limits, name: str | None = None) -> dict[str, Any]:
    """The spec with the candidate's machines in it, under another name if one is given."""
    groups = [*start.data["groups"]]
    groups[start.index] = group(start, one)
    job = {**start.data["job"], **job_part(start, one)}
    budget = {**start.data.get("budget", {}), **_budget(one, held)}
    whole = {**start.data, "name": name or start.data["name"], "zone": one.plan.zone, "groups": groups, "job": job}
    return whole | ({"budget": budget} if budget else {})


def group(start: Start, one: Candidate) -> dict[str, Any]:
    """The group that runs the job."""
    before = start.data["groups"][start.index]
    stay = one.nodes if start.least is None else min(start.least, one.nodes)
    nodes = one.nodes if stay == one.nodes else {"min": stay, "max": one.nodes}
    bought = {} if one.kind == "on_demand" else {"capacity": dict(one.capacity)}
    return {"name": before["name"], "machine": one.machine, "nodes": nodes, **bought, **before}


def job_part(start: Start, one: Candidate) -> dict[str, Any]:
    """What the job has for these ranks: a sequence for each in fine-tuning, and how they share the model out."""
    part: dict[str, Any] = {}
    if one.sharing != Sharing():
        part |= {"sharding": one.sharing.sharding, "recompute": one.sharing.recompute}
    tuning = start.job.finetune
    if tuning and tuning["batch"] < one.job.ranks:
        part["finetune"] = {**start.data["job"].get("finetune", {}), "batch": one.job.ranks}
    return part


def _budget(one: Candidate, held: Limits) -> dict[str, Any]:
    """The limits as the spec has them. A deadline goes no further than the limit of money lasts, or the limit would end
    the job before it."""
    part: dict[str, Any] = {}
    hourly = _machines(one.plan, one.nodes)
    if held.budget is not None and held.budget.span:
        part["limit"] = str(Money(round(held.budget.span.likely * 100)))
    if held.deadline is not None:
        seconds = int(likely(held.deadline, SECOND))
        if held.budget is not None and held.budget.span and hourly:
            seconds = min(seconds, int(held.budget.span.likely / hourly * 60) * 60)
        if seconds // 3600 * 3600 >= (one.time.span.high if one.time.span else inf):
            seconds = seconds // 3600 * 3600
        part["deadline"] = str(Duration(max(60, seconds)))
    return part


def _machines(plan: CloudPlan, nodes: int) -> float | None:
    """USD an hour of the head and the job's nodes; None where a price is not known."""
    head = plan.head.price if isinstance(plan.head, CloudHeadPlan) else None
    each = group_of(plan).price
    return head.usd_per_hour + nodes * each.usd_per_hour if head and each else None


def text(spec: Mapping[str, Any], comments: tuple[str, ...] = (), schema: bool = True) -> str:
    """A whole spec file, as the example stacks are laid out, with `comments` as paragraphs at its top; with `schema`
    the line from which editors know what a spec may say."""
    words = [line for comment in comments for line in wrap(comment, WIDTH, initial_indent="# ", subsequent_indent="# ")]
    top = [*([SCHEMA] if schema else []), *(["#"] if schema and words else []), *words]
    return "\n".join([*top, *([""] if top else []), dumped(spec)])


def dumped(part: Mapping[str, Any]) -> str:
    """YAML with what is innermost on one line."""
    return yaml.safe_dump(dict(part), sort_keys=False, default_flow_style=None, width=WIDTH, allow_unicode=True)
