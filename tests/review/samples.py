"""Reviews made by hand, for the tests of how they are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from clusterwright.estimate.quantity import (
    HOUR,
    KWH,
    ONE,
    USD,
    USD_PER_HOUR,
    Figure,
    between,
    exactly,
    unknown,
)
from clusterwright.plan.model import ClusterPlan, HeadPlan, StoragePlan
from clusterwright.review.blast.fields import untouched
from clusterwright.review.model import (
    Alternative,
    Decided,
    Effect,
    FieldChange,
    Measure,
    Need,
    Review,
    SecurityChange,
    StackReview,
    ToolChange,
    Verdict,
)
from clusterwright.review.pictures import pictures
from clusterwright.spec.findings import Finding, Location
from tests.plans import make_plan

DATE = "2026-11-25"
FILE = "stacks/bert-large.yaml"


@cache
def plans() -> tuple[ClusterPlan, ClusterPlan]:
    """The cluster of the example before and after, as far as a picture shows it."""
    data = StoragePlan(name="data", kind="bucket", mount="/data", on_destroy="keep")
    scratch = StoragePlan(name="scratch", kind="lustre", mount="/scratch", on_destroy="delete")
    return _plan(8, "p4d.24xlarge", (data, scratch)), _plan(16, "p5.48xlarge", (data,))


def _plan(nodes: int, machine: str, storage: tuple[StoragePlan, ...]) -> ClusterPlan:
    plan = make_plan("bert-large", nodes=nodes)
    groups = (plan.groups[0].model_copy(update={"machine": machine}),)
    return plan.model_copy(update={"head": HeadPlan(machine="m7i.2xlarge"), "groups": groups, "storage": storage})


EFFECTS = (
    Effect("security group", "in_place", "`groups[0].nodes` is another number of addresses", "graph"),
    Effect(
        "group train",
        "replace",
        "`groups[0].machine` is another machine type",
        "fields",
        resources=("aws:ec2/launchTemplate train", "aws:autoscaling/group train"),
    ),
    Effect(
        "storage scratch", "delete", "`storage[1]` is no longer in the spec", "fields", data="all that is in /scratch"
    ),
)
MEASURES = (
    Measure("nodes", exactly(8, ONE, "the plan"), exactly(16, ONE, "the plan")),
    Measure("GPUs", exactly(64, ONE, "the plan"), exactly(128, ONE, "the plan")),
    Measure("network of a node", "efa, 4 interfaces, 400 Gbit/s", "efa, 32 interfaces, 3,200 Gbit/s"),
    Measure("storage", "bucket data, Lustre 4800 GiB", "bucket data"),
    Measure(
        "cost while it runs",
        exactly(175.64, USD_PER_HOUR, "list prices"),
        exactly(881.12, USD_PER_HOUR, "list prices"),
    ),
    Measure("job time", between((6.1, 9.4, 15.2), HOUR, "estimate"), between((0.9, 1.6, 3.1), HOUR, "estimate")),
    Measure(
        "job cost", between((1071, 1651, 2670), USD, "time x price"), between((793, 1410, 2731), USD, "time x price")
    ),
    Measure(
        "energy of the job", between((140, 310, 720), KWH, "estimate"), unknown(KWH, "what a p5 takes is not known")
    ),
)
ALTERNATIVE = Alternative(
    better="cheaper",
    what="8 p5.48xlarge instead of 16",
    why="messages between 16 nodes take a third of a step of BERT-large",
    measures=(
        Measure("job time", between((0.9, 1.6, 3.1), HOUR, "estimate"), between((1.2, 2.1, 4.0), HOUR, "estimate")),
        Measure(
            "job cost", between((793, 1410, 2731), USD, "time x price"), between((529, 925, 1762), USD, "time x price")
        ),
    ),
    spec="groups:\n  - name: train\n    machine: p5.48xlarge\n    nodes: 8\n",
)
WARNING = Finding(
    "CW-CAP-007",
    "16 `p5.48xlarge` on demand are seldom there at once",
    "the largest machines are mostly sold as blocks of capacity",
    "write `capacity: {kind: capacity_block, id: ID}`",
    ("groups", 0, "capacity"),
    "warning",
    Location(FILE, 8, 5, 20, "    machine: p5.48xlarge"),
)
STANDING = Finding("CW-LOCK-001", "unknown without a lock: quotas", "the account knows", "lock it", (), "note")


@cache
def example() -> Review:
    """Eight p4d.24xlarge become sixteen p5.48xlarge, and a file system goes."""
    before, after = plans()
    headline = "group `train` is replaced by 16 p5.48xlarge, 5.0 times as dear an hour"
    verdict = Verdict("look", headline, ("all that is in /scratch is lost", "one warning is new"))
    stack = StackReview(
        name="bert-large",
        file=FILE,
        status="changed",
        verdict=verdict,
        new=(WARNING,),
        resolved=(replace(WARNING, code="CW-NET-101", what="no fabric is named", severity="note"),),
        standing=(STANDING,),
        fields=(
            FieldChange(
                "groups[0].machine", "p4d.24xlarge", "p5.48xlarge", "replace", "its machines", WARNING.location
            ),
            FieldChange("groups[0].nodes", "8", "16", "in_place", "the group's size"),
        ),
        measures=MEASURES,
        effects=EFFECTS,
        untouched=untouched(before, after, EFFECTS),
        needs=(
            Need("vCPUs of P machines", "768", "3,072", "1,152", False, "ask for a higher quota"),
            Need("blocks of capacity", None, "1", None, None),
        ),
        security=(
            SecurityChange("what leaves the network", "endpoints", "anywhere", True, "`network.egress` is open"),
        ),
        decided=(Decided("groups[0].fabric", "efa (4)", "efa (32)", "32 EFA interfaces between the nodes"),),
        alternative=ALTERNATIVE,
        pictures=pictures(before, after, EFFECTS),
        silent=("the resources of both plans: `--graph` was not given",),
    )
    return Review("main", "wider", DATE, verdict, (stack,))


def clean() -> Review:
    """A change that nobody has to decide on."""
    verdict = Verdict("fine", "nothing that runs or costs changes")
    stack = StackReview("local", "stacks/local.yaml", "changed", verdict, untouched=("head", "group train"))
    return Review("main", "words", DATE, verdict, (stack,))


DOUBTS = (
    Measure("a missing price", unknown(USD_PER_HOUR, "no price of p9"), exactly(12.5, USD_PER_HOUR, "list prices")),
    Measure(
        "a price that is gone", exactly(98.32, USD_PER_HOUR, "list prices"), unknown(USD_PER_HOUR, "no price of p9")
    ),
    Measure("both unknown", unknown(USD, "no price"), unknown(USD, "no price")),
    Measure(
        "a stale price",
        exactly(98.32, USD_PER_HOUR, "list prices"),
        exactly(31.46, USD_PER_HOUR, "list prices"),
        doubt="the price of p5.48xlarge is 400 days old",
    ),
    Measure(
        "two currencies of time",
        between((5, 9, 12), HOUR, "estimate"),
        between((1, 2, 3), HOUR, "estimate"),
        doubt="the two are of different jobs",
    ),
)
"""Measures whose second side looks like a gain, and is none that may be told."""


def doubtful() -> Review:
    """Prices that are unknown, missing or stale, beside an alternative that would rest on them."""
    verdict = Verdict("look", "what it costs can't be told")
    offered = replace(ALTERNATIVE, measures=DOUBTS)
    stack = StackReview("priced", "stacks/priced.yaml", "changed", verdict, measures=DOUBTS, alternative=offered)
    return Review("main", "prices", DATE, verdict, (stack,))


def unreadable() -> Review:
    verdict = Verdict("stop", "stacks/bad.yaml can't be read")
    finding = Finding(
        "CW-SPEC-001",
        "a bracket is not closed",
        "YAML",
        "close it",
        location=Location("stacks/bad.yaml", 3, 9),
        readable=False,
    )
    stack = StackReview("bad", "stacks/bad.yaml", "unreadable", verdict, new=(finding,), silent=("all else of it",))
    return Review("main", "wip", DATE, verdict, (stack,))


def many(count: int = 40) -> Review:
    """So many stacks as large as the example that no comment holds them, with some that are unchanged."""
    (stack,) = example().stacks
    changed = [replace(stack, name=f"stack-{number}", new=(WARNING,) * 12) for number in range(count - 4)]
    fine = Verdict("fine", "unchanged")
    same = [StackReview(f"same-{number}", f"stacks/same-{number}.yaml", "unchanged", fine) for number in range(4)]
    tool = ToolChange(
        {"catalog": 3}, {"same-1": (Decided("head.image", "a", "b", "a newer build"),)}, ("graphs of both sides",)
    )
    return Review("main", "all", DATE, Verdict("look", f"{count - 4} stacks change"), (*same, *changed), tool)


def saying(text: str, review: Review | None = None) -> Review:
    """The review with `text` wherever text of others can be."""
    return _saying(review or replace(example(), tool=many(5).tool), text)


FIXED = {"status", "level", "action", "basis", "cost", "severity", "unit", "better", "mermaid"}
"""What is no text of others: words of the types, units, and what is made by the project alone."""


def _saying(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(_saying(one, text) for one in value)
    if isinstance(value, dict):
        return dict.fromkeys([text], _saying(next(iter(value.values())), text))
    if isinstance(value, Figure):
        return replace(value, basis=text)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    kept = {"path"} if isinstance(value, Finding) else set()
    names = [field.name for field in fields(value) if field.name not in FIXED | kept]
    return replace(value, **{name: _saying(getattr(value, name), text) for name in names})


HOSTILE = (
    "@team #123 !7 &5 a@b.example https://evil.example www.evil.example GH-12 :tada: | a | b\n\n# heading\n"
    "<img src=x onerror=alert(1)> ![i](https://evil.example/i.png) [l](javascript:x) ```\n</details> <!-- --> $x$ `c|d`"
)
SAMPLES: dict[str, Callable[[], Review]] = {
    "example": example,
    "clean": clean,
    "doubtful": doubtful,
    "unreadable": unreadable,
    "many": many,
    "hostile": lambda: saying(HOSTILE),
}
