"""The plan as people see it, on a terminal of 80 columns."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from clusterwright.plan import ClusterPlan, plan_cluster
from clusterwright.plan.table import show
from clusterwright.spec.load import parse_spec
from tests.plan.aws.plans import BLOCK, plan_of, plan_of_stack
from tests.plan.gcp.plans import plan_of as gcp_plan_of


def shown(plan: ClusterPlan) -> str:
    console = Console(width=80, record=True, file=StringIO())
    show(plan, console)
    return console.export_text()


def lines(plan: ClusterPlan) -> list[str]:
    return [line.rstrip() for line in shown(plan).splitlines()]


def part(plan: ClusterPlan, what: str) -> str:
    """The details of the first part of that kind, its lines joined."""
    found = lines(plan)
    start = next(number for number, line in enumerate(found) if line.startswith(f"{what} "))
    end = next(number for number in range(start + 1, len(found)) if not found[number].startswith("          "))
    return " ".join(" ".join(found[start:end]).split())


def costs_shown(plan: ClusterPlan) -> tuple[str, ...]:
    """The rows of what it costs, each as one line."""
    console = Console(width=400, record=True, file=StringIO())
    show(plan, console)
    _, _, after = console.export_text().partition("what it costs")
    return tuple(" ".join(line.split()) for line in after.partition("\n\n")[0].splitlines()[1:])


def test_a_group_says_how_it_is_bought_and_placed_what_connects_it_and_what_it_costs() -> None:
    assert part(plan_of("groups: [{name: t, machine: p5.48xlarge, nodes: 2}]\n"), "group") == (
        "group t 2 nodes, machine p5.48xlarge: t-1, t-2 bought as on_demand"
        " fabric efa, placement cluster, 55.04 USD an hour each (2026-07-20)"
    )
    groups = "groups: [{name: t, machine: a3-megagpu-8g, nodes: {min: 0, max: 8}}]\njob: none\n"
    assert part(gcp_plan_of(groups), "group") == (
        "group t 0 to 8 nodes, machine a3-megagpu-8g: t-1 to t-8 bought as on_demand"
        " fabric tcpxo, placement workload, price unknown"
    )


def test_a_block_of_capacity_is_shown_with_its_time_and_its_unknown_price() -> None:
    text = part(plan_of(f"groups: [{{name: t, machine: p5.48xlarge, nodes: 2, capacity: {BLOCK}}}]\n"), "group")
    assert "capacity_block cr-0123456789abcdef0, 2026-12-01T11:30Z to 2026-12-05T11:30Z" in text
    assert text.endswith("price unknown")


def test_the_head_s_price_is_there_and_an_unknown_one_is_no_number() -> None:
    assert part(plan_of(), "head") == "head head machine m7i.large, 0.10 USD an hour (2026-07-20)"
    elsewhere = plan_of().model_copy(update={"head": plan_of().head.model_copy(update={"price": None})})
    assert part(elsewhere, "head") == "head head machine m7i.large, price unknown"


def test_settings_of_a_recipe_are_one_line_that_says_how_to_see_each() -> None:
    plan = plan_of_stack("bert-large-aws")
    recipe = [one for one in plan.decisions if one.reason == "recipe `paper`"]
    text = " ".join(shown(plan).split())
    assert len(recipe) > 15
    settings = f"job: {len(recipe)} settings recipe `paper` (`--json` shows each)"
    assert settings in text
    assert not [one.path for one in recipe if one.path in text]
    others = [one for one in plan.decisions if one not in recipe]
    assert all(f"{one.path} {one.value} ({one.reason})" in text for one in others)


def test_what_keeps_a_plan_from_being_deployed_comes_last() -> None:
    _, found, end = shown(plan_of()).partition("can't be deployed yet")
    assert found
    assert "clusterwright lock NAME" in " ".join(end.split())


def test_no_line_is_wider_than_the_terminal_and_most_decisions_take_two_at_most() -> None:
    plan = plan_of_stack("bert-large-aws")
    found = lines(plan)
    assert max(map(len, found)) <= 80
    decided, cost = (
        next(number for number, line in enumerate(found) if line.startswith(title))
        for title in ("decided for you", "what it costs")
    )
    assert 0 < cost - decided < 1.6 * len(plan.decisions)


def test_the_cost_is_told_with_no_node_and_with_all_and_the_dear_parts_by_name() -> None:
    found = costs_shown(plan_of_stack("bert-large-aws", locked=False))
    assert found[:3] == (
        "while it stands 1.91 USD an hour, with no node running",
        "head 0.40 USD an hour (2026-07-20)",
        "disk of the head 0.022 USD an hour (200 x 0.08 USD a GB-month)",
    )
    assert "Lustre scratch 1.381 USD an hour (4,800 x 0.21 USD a GB-month)" in found
    assert not [line for line in found if line.startswith("alarms")]


def test_what_has_no_price_is_named_and_the_sum_is_a_least() -> None:
    found = costs_shown(gcp_plan_of("groups: [{name: t, machine: a3-megagpu-8g, nodes: 2}]\njob: none\n"))
    assert found[0].startswith("while it stands at least ")
    assert "alarms price unknown (4 x month)" in found
    assert [line for line in found if line.startswith("with every node at least ") and "a3-megagpu-8g of t" in line]
    assert "0.000 USD" not in " ".join(found)


def test_a_local_cluster_costs_nothing_and_is_not_said_to() -> None:
    plan = plan_cluster(parse_spec("name: a\nprovider: local\n"))
    assert "what it costs" not in shown(plan)
