"""What is known later overrules what is known earlier, part by part, and where they differ that is said."""

from __future__ import annotations

from dataclasses import replace

from clusterwright.review.blast.combine import combine
from clusterwright.review.blast.parts import CLUSTER, REFUSED
from clusterwright.review.model import Action, Basis, Effect


def says(part: str, action: Action, basis: Basis, why: str = "because", data: str | None = None) -> Effect:
    return Effect(part, action, why, basis, data=data)


HEAD = says("head", "replace", "fields", "`head.disk`: made anew")


def test_without_more_the_fields_count_the_gravest_first() -> None:
    rolled = says("group a", "rolling", "fields")
    gone = says("storage s", "delete", "fields")
    assert combine((rolled, HEAD, gone)) == (gone, HEAD, rolled)


def test_where_both_say_the_same_the_author_reads_both_reasons_and_each_once() -> None:
    graph = says("head", "replace", "graph", "the instance is made anew; `head.disk`: made anew")
    [found] = combine((HEAD,), (graph,))
    assert found == says("head", "replace", "graph", "`head.disk`: made anew; the instance is made anew")


def test_where_they_differ_the_later_one_counts_and_says_so() -> None:
    [found] = combine((HEAD,), (says("head", "in_place", "graph", "the instance is updated"),))
    assert (found.action, found.basis) == ("in_place", "graph")
    assert found.why == (
        "the instance is updated; the spec's fields say that it is replaced (`head.disk`: made anew), and the resource "
        "graphs overrule that"
    )


def test_the_preview_overrules_both() -> None:
    graph = says("head", "in_place", "graph")
    preview = says("head", "delete", "preview", "deleted", "all of it")
    [found] = combine((HEAD,), (graph,), (preview,))
    assert (found.action, found.basis, found.data) == ("delete", "preview", "all of it")
    assert "the steps of the engine's preview overrule that" in found.why


def test_data_is_at_risk_by_what_counts_alone() -> None:
    lost = says("storage s", "replace", "fields", data="all files")
    assert combine((lost,), (says("storage s", "in_place", "graph"),))[0].data is None


def test_a_part_whose_resources_do_not_change_is_not_replaced() -> None:
    [found] = combine((HEAD,), ())
    assert (found.action, found.basis, found.data) == ("in_place", "graph", None)
    assert found.why.endswith("the resource graphs overrule that: none of its resources changes")


def test_what_nodes_do_by_themselves_no_resource_shows() -> None:
    rolled = says("group a", "rolling", "fields", "software")
    assert combine((rolled,), ()) == (rolled,)
    [found] = combine((rolled,), (says("group a", "in_place", "graph", "maxSize"),))
    assert (found.action, found.why) == ("rolling", "software; maxSize")


def test_another_cluster_is_of_no_resource() -> None:
    other = says(CLUSTER, "replace", "fields")
    assert combine((other,), ()) == (other,)


def test_what_only_a_later_one_knows_is_told() -> None:
    assert combine((), (says("network", "in_place", "graph"),)) == (says("network", "in_place", "graph"),)


def test_what_is_overruled_is_not_said_to_be_refused() -> None:
    kept = replace(says("storage s", "replace", "fields", "made anew"), refused=REFUSED)
    for graph in ((), (says("storage s", "in_place", "graph", "updated"),)):
        [found] = combine((kept,), graph)
        assert found.refused is None
        assert "(made anew)" in found.why


def test_what_either_is_refused_for_is_told_where_both_say_the_same() -> None:
    kept = replace(says("storage s", "replace", "fields"), refused=REFUSED)
    [found] = combine((kept,), (says("storage s", "replace", "graph"),))
    assert found.refused == REFUSED
