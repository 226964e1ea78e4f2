"""The table holds each side's numbers, and nothing of a side that has none."""

from __future__ import annotations

from clusterwright.estimate.quantity import Figure
from clusterwright.review.model import Measure
from tests.review.sides import Change

LOCAL = "name: bert-large\nprovider: local\n"


def rows(change: Change) -> dict[str, Measure]:
    return {row.name: row for row in change.review().measures}


def likely(figure: object) -> float:
    assert isinstance(figure, Figure)
    assert figure.span
    return figure.span.likely


def test_the_example_shows_machines_storage_money_hours_and_energy(change: Change) -> None:
    found = rows(change)
    assert found["group train"] == Measure("group train", "8 x p4d.24xlarge, on demand", "16 x p5.48xlarge, on demand")
    assert found["network of train"] == Measure("network of train", "EFA, 400 Gbit/s a node", "EFA, 3200 Gbit/s a node")
    assert found["storage data"].before == found["storage data"].after == "bucket, kept on destroy"
    assert (found["nodes"].difference, found["GPUs"].difference) == (8, 64)
    assert (found["job hours"].difference or 0) < 0 < (found["machines an hour, groups full"].difference or 0)
    for name in ("job cost, machines", "job cost, everything", "job energy", "job emissions"):
        assert found[name].difference


def test_the_machines_price_is_that_of_all_of_them(change: Change) -> None:
    """By list prices in us-east-1: 8 x 21.957642 and 16 x 55.04, each with a head of 0.1008 USD an hour."""
    row = rows(change)["machines an hour, groups full"]
    assert (round(likely(row.before), 2), round(likely(row.after), 2)) == (175.76, 880.74)


def test_a_group_that_comes_has_no_before(change: Change) -> None:
    change.same().replaced("groups:\n", "groups:\n  - {name: prep, machine: c7i.large, nodes: {min: 0, max: 2}}\n")
    assert rows(change)["group prep"] == Measure("group prep", None, "0 to 2 x c7i.large, on demand")


def test_who_moves_to_a_cloud_is_told_what_it_costs(change: Change) -> None:
    change.before = LOCAL
    row = rows(change)["everything an hour, groups full"]
    assert row.before is None
    assert likely(row.after) > 800


def test_who_leaves_a_cloud_saves_no_number_of_a_side_that_has_none(change: Change) -> None:
    change.after = LOCAL
    row = rows(change)["everything an hour, groups full"]
    assert row.after is None
    assert row.difference is None


def test_a_head_with_errors_is_not_shown_as_a_cluster_that_is_gone(change: Change) -> None:
    review = change.replaced("machine: p5.48xlarge", "machine: p5.48xlargest").review()
    assert (review.measures, review.needs, review.untouched, review.pictures) == ((), (), (), ())
    assert any("without a spec that is right there is no plan" in said for said in review.silent)
