"""What a change does to a running cluster, by the resources that both plans register."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clusterwright.review.blast.graph import LOCAL, graph_effects, steps
from clusterwright.review.blast.parts import REFUSED, RUNNING
from clusterwright.review.blast.process import Resource
from clusterwright.review.blast.resources import NEW_BUNDLE
from clusterwright.review.model import Effect
from components.local.runtime import bucket, nodes, object, volume
from components.local.runtime.machine import plugin
from tests.review.blast import graphs
from tests.review.blast.changes import Edit, by_part, plan

pytestmark = pytest.mark.slow  # the real resources of whole clusters, and an SDK of each cloud

AWS, GCP = "bert-large-aws", "bert-large-gcp"
cache_folder = graphs.cache_folder


def of(stack: str, edit: Edit) -> dict[str, Effect]:
    was, graph = graphs.before(stack)
    after = plan(stack, edit)
    return by_part(graph_effects(graph, graphs.graph_of(after), (was, after)))


def of_group(index: int, **settings: Any) -> Edit:
    return lambda spec: spec["groups"][index].update(settings)


def of_storage(name: str, **settings: Any) -> Edit:
    return lambda spec: next(one for one in spec["storage"] if one["name"] == name).update(settings)


def thing(kind: str, name: str, protect: bool = False, retain: bool = False, **inputs: Any) -> Resource:
    return Resource(f"urn::{kind}::{name}", kind, name, inputs, (), protect, retain)


def test_no_change_has_no_effect() -> None:
    assert of(AWS, lambda spec: None) == {}


@pytest.mark.parametrize(
    ("stack", "machine", "path"),
    [(AWS, "c7i.4xlarge", "instanceType"), (GCP, "c3-standard-44", "machineType")],
)
def test_another_machine_type_makes_other_machines_and_touches_no_storage(stack: str, machine: str, path: str) -> None:
    found = of(stack, of_group(1, machine=machine))
    assert set(found) == {"group prep", "bundle"}
    prep = found["group prep"]
    assert (prep.action, prep.basis, prep.data) == ("replace", "graph", None)
    assert f"`{path}`" in prep.why
    assert RUNNING in prep.why
    assert prep.resources == ("bert-large-compute-prep",)


def test_a_group_of_aws_is_updated_with_its_template_whose_version_counts() -> None:
    assert "`launchTemplate.version`" in of(AWS, of_group(1, machine="c7i.4xlarge"))["group prep"].why


def test_a_disk_of_nodes_is_rolled_as_machines_with_the_old_one_go_on_serving() -> None:
    assert of(AWS, of_group(1, disk="300 GiB"))["group prep"].action == "rolling"


def test_a_number_of_nodes_moves_a_limit_and_tells_nodes() -> None:
    found = of(AWS, of_group(1, nodes=6))
    assert found["group prep"].action == "in_place"
    assert found["group prep"].why == "Group bert-large-compute-prep is updated: `maxSize`"
    assert (found["bundle"].action, found["bundle"].why) == ("rolling", NEW_BUNDLE)
    assert set(of(GCP, of_group(1, nodes=6))) == {"bundle"}


def test_a_group_that_goes_ends_its_machines() -> None:
    found = of(AWS, lambda spec: spec.update(groups=spec["groups"][:1]))
    assert found["group prep"].action == "delete"
    assert "once their jobs have written a checkpoint" in found["group prep"].why


def test_a_file_system_that_is_deleted_with_its_cluster_loses_what_no_bucket_has() -> None:
    scratch = of(AWS, of_storage("scratch", size="2400 GiB"))["storage scratch"]
    assert scratch.action == "replace"
    assert scratch.data == "all files in /scratch, but for those of /scratch/data that storage data has"
    assert "`storageCapacity`" in scratch.why


def test_what_stands_on_one_that_is_made_anew_is_made_anew_through_its_id() -> None:
    home = of(AWS, of_storage("home", one_zone=True))["storage home"]
    assert "MountTarget bert-large-storage-home is made anew" in home.why
    assert "`fileSystemId`" in home.why


def test_kept_storage_loses_nothing_as_the_engine_refuses_to_make_it_anew() -> None:
    home = of(AWS, of_storage("home", one_zone=True))["storage home"]
    assert (home.action, home.data) == ("replace", None)
    assert home.refused == REFUSED


def test_storage_of_another_kind_under_the_same_name_is_replaced() -> None:
    found = of(AWS, lambda spec: spec.update(storage=[one for one in spec["storage"] if one["name"] != "home"]))
    assert found["storage home"].action == "replace"
    assert found["network"].action == "in_place"


def test_another_network_replaces_the_machines_in_it_and_leaves_a_file_system_of_efs() -> None:
    found = of(AWS, lambda spec: spec["network"].update(cidr="10.40.0.0/16"))
    replaced = {part for part, one in found.items() if one.action == "replace"}
    assert replaced == {"network", "head", "group train", "group prep", "storage scratch"}
    assert found["storage home"].action == "in_place"
    assert "more changes" in found["network"].why


def test_tags_are_one_reason_whatever_has_them() -> None:
    found = of(AWS, lambda spec: spec.update(tags={"team": "other"}))
    assert found["network"].why == "tags or labels change"
    assert {one.action for one in found.values()} == {"in_place", "rolling"}


def test_the_head_changes_its_type_where_it_is() -> None:
    assert of(AWS, lambda spec: spec["head"].update(machine="m7i.4xlarge"))["head"].action == "in_place"


def test_a_side_without_a_stack_has_all_created_or_deleted() -> None:
    was, graph = graphs.before(AWS)
    made = by_part(graph_effects((), graph, (was,)))
    assert {made[part].action for part in ("head", "group train", "storage home", "network")} == {"create"}
    gone = by_part(graph_effects(graph, (), (was,)))
    assert {gone[part].action for part in ("head", "group train", "storage scratch", "network")} == {"delete"}
    assert gone["storage scratch"].data
    assert gone["storage data"].data is None


def test_a_node_of_this_machine_comes_without_touching_others() -> None:
    found = of("local", lambda spec: spec.update(groups=[{"name": "train", "nodes": 3}]))
    assert found["group train"].action == "in_place"


KINDS = (nodes.Nodes, object.Object, volume.Volume, bucket.Bucket, plugin.Network, plugin.Image, plugin.Machines)


def test_what_replaces_on_this_machine_is_what_its_plugin_says() -> None:
    known: frozenset[str] = frozenset()
    for kind in KINDS:
        known |= kind.identity
        others = {"".join(_camel(name)) for name in kind.model.model_fields} - kind.identity
        assert not others & LOCAL, kind
    assert known == LOCAL


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def test_an_ignored_input_is_no_change_and_passes_none_on() -> None:
    def group(size: int) -> Resource:
        return Resource(
            "urn", "aws:autoscaling/group:Group", "a-compute-b", {"desiredCapacity": size}, ("desiredCapacity",)
        )

    assert steps((group(1),), (group(2),)) == ()


def test_what_refers_to_one_made_anew_in_an_ignored_input_stays_as_it_is() -> None:
    def graph(cidr: str) -> tuple[Resource, ...]:
        vpc = thing("aws:ec2/vpc:Vpc", "v", cidrBlock=cidr)
        return vpc, Resource("urn", "aws:ec2/subnet:Subnet", "s", {"vpcId": f"{vpc.mark}-id"}, ("vpcId",))

    assert [one.name for one in steps(graph("10.0.0.0/16"), graph("10.1.0.0/16"))] == ["v"]


def test_a_group_of_this_machine_that_lies_elsewhere_is_made_anew() -> None:
    was, graph = graphs.before("local")
    moved = tuple(replace(one, inputs={**one.inputs, "folder": "/elsewhere"}) for one in graph)
    found = by_part(graph_effects(graph, moved, (was, was)))
    assert found["group train"].action == "replace"
    assert "`folder`" in found["group train"].why


def test_a_chain_of_references_is_followed_to_its_end_and_no_further() -> None:
    kinds = ("aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/networkInterface:NetworkInterface")
    vpc, subnet, interface = kinds

    def graph(cidr: str) -> tuple[Resource, ...]:
        first = thing(vpc, "v", cidrBlock=cidr)
        second = thing(subnet, "s", vpcId=f"{first.mark}-id")
        third = thing(interface, "i", subnetId=f"{second.mark}-id")
        other = thing("aws:iam/role:Role", "r", description=f"{third.mark}-id")
        last = thing("aws:iam/rolePolicy:RolePolicy", "p", role=f"{other.mark}-id")
        return first, second, third, other, last

    found = {one.name: (one.action, one.forced) for one in steps(graph("10.0.0.0/16"), graph("10.1.0.0/16"))}
    assert found == {
        "v": ("replace", ("cidrBlock",)),
        "s": ("replace", ("vpcId",)),
        "i": ("replace", ("subnetId",)),
        "r": ("in_place", ()),
    }


def test_what_is_retained_and_not_protected_goes_from_the_stack_and_stays() -> None:
    log = thing("aws:cloudwatch/logGroup:LogGroup", "a-observability-jobs", retain=True)
    was = plan("local")
    [found] = graph_effects((log,), (), (was.model_copy(update={"name": "a"}),))
    assert (found.part, found.data) == ("observability", None)
    assert "stays in the account" in found.why


def test_logs_that_go_are_named() -> None:
    log = thing("aws:cloudwatch/logGroup:LogGroup", "a-observability-jobs")
    [found] = graph_effects((log,), (), (plan("local").model_copy(update={"name": "a"}),))
    assert found.data == "the logs in a-observability-jobs"
