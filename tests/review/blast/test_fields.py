"""What a change does to a running cluster, by the fields of the spec and the two plans."""

from __future__ import annotations

from typing import Any

import pytest

from clusterwright.review.blast.fields import effects, untouched
from clusterwright.review.blast.parts import FAILS, KEY_KEPT, REFUSED
from clusterwright.review.model import Effect, FieldChange
from tests.review.blast.changes import Edit, actions, by_part, change, plan

AWS, GCP = "bert-large-aws", "bert-large-gcp"


def of(edit: Edit, *changes: FieldChange, stack: str = AWS) -> dict[str, Effect]:
    return by_part(effects(plan(stack), plan(stack, edit), changes))


def of_storage(name: str, **settings: Any) -> Edit:
    return lambda spec: next(one for one in spec["storage"] if one["name"] == name).update(settings)


def of_group(index: int, **settings: Any) -> Edit:
    return lambda spec: spec["groups"][index].update(settings)


def nothing(spec: dict[str, Any]) -> None:
    """Edits nothing."""


def test_no_change_has_no_effect_and_touches_nothing() -> None:
    before = plan(AWS)
    assert effects(before, before, ()) == ()
    parts = ("storage home", "storage scratch", "storage data", "head", "group train", "group prep", "network")
    assert untouched(before, before, ()) == parts


def test_another_machine_type_replaces_the_machines_of_its_group_alone() -> None:
    typed = change("groups", "groups[prep].machine", "c7i.8xlarge", "c7i.4xlarge")
    found = of(of_group(1, machine="c7i.4xlarge"), typed)
    assert actions(tuple(found.values())) == {"group prep": "replace"}
    assert "the group's machines are made anew; storage stays" in found["group prep"].why
    assert "machines that run keep what they started with until they end" in found["group prep"].why
    assert found["group prep"].basis == "fields"
    assert found["group prep"].data is None


def test_to_write_the_machine_type_that_was_decided_changes_nothing() -> None:
    assert of(nothing, change("groups", "groups[prep].machine", "c7i.8xlarge", None)) == {}


def test_a_number_of_nodes_is_changed_in_place_and_leaves_all_else() -> None:
    sized = change("groups", "groups[prep].nodes", "{min: 0, max: 4}", "6")
    before, after = plan(AWS), plan(AWS, of_group(1, nodes=6))
    found = effects(before, after, (sized,))
    assert actions(found) == {"group prep": "in_place"}
    assert "group prep" not in untouched(before, after, found)
    assert "storage scratch" in untouched(before, after, found)


def test_the_gravest_of_several_changes_is_what_happens_and_each_has_its_reason() -> None:
    changed = of_group(1, machine="c7i.4xlarge", nodes=2)
    fields = (change("groups", "groups[prep].nodes"), change("groups", "groups[prep].machine"))
    found = of(changed, *fields)["group prep"]
    assert found.action == "replace"
    assert found.why.index("groups[prep].machine") < found.why.index("groups[prep].nodes")


def test_groups_come_and_go_by_name() -> None:
    def edit(spec: dict[str, Any]) -> None:
        spec["groups"] = [{"name": "small", "machine": "c7i.4xlarge", "nodes": 1}, spec["groups"][0]]

    found = of(edit, FieldChange("groups[small]", None, "{}", "in_place", "groups are added or removed"))
    assert actions(tuple(found.values())) == {"group small": "create", "group prep": "delete"}


@pytest.mark.parametrize(
    ("stack", "name", "model", "field", "sizes", "action", "data"),
    [
        (AWS, "scratch", "lustre", "size", ("4800 GiB", "7200 GiB"), "in_place", None),
        (AWS, "scratch", "lustre", "size", ("4800 GiB", "2400 GiB"), "replace", "all files in /scratch"),
        (GCP, "home", "nfs", "size", ("1 TiB", "2 TiB"), "in_place", None),
        (AWS, "scratch", "lustre", "mount", ("/scratch", "/fast"), "rolling", None),
        (AWS, "scratch", "lustre", "throughput", ("250 MB/s/TiB", "500 MB/s/TiB"), "replace", "all files in /scratch"),
    ],
)
def test_a_storage_is_made_anew_where_it_must_be_and_what_is_lost_is_named(
    stack: str, name: str, model: str, field: str, sizes: tuple[str, str], action: str, data: str | None
) -> None:
    [found] = effects(plan(stack), plan(stack), (change(model, f"storage[{name}].{field}", *sizes),))
    assert (found.part, found.action) == (f"storage {name}", action)
    assert (found.data is None) if data is None else found.data is not None and found.data.startswith(data)


def test_what_a_file_system_has_in_a_bucket_is_said_not_to_be_lost() -> None:
    found = of(nothing, change("lustre", "storage[scratch].efa"))["storage scratch"]
    assert found.data == "all files in /scratch, but for those of /scratch/data that storage data has"


def test_kept_storage_is_not_made_anew_and_the_deployment_is_said_to_be_refused() -> None:
    found = of(of_storage("home", one_zone=True), change("nfs", "storage[home].one_zone"))["storage home"]
    assert (found.action, found.data) == ("replace", None)
    assert found.refused == REFUSED


def test_storage_that_leaves_the_spec_is_deleted_with_its_data_unless_it_is_kept() -> None:
    def without(name: str) -> Edit:
        return lambda spec: spec.update(storage=[one for one in spec["storage"] if one["name"] != name])

    scratch = of(without("scratch"))["storage scratch"]
    assert (scratch.action, scratch.data is not None) == ("delete", True)
    data = of(without("data"), stack=GCP)["storage data"]
    assert (data.action, data.data) == ("delete", None)
    assert data.refused == REFUSED


def test_storage_of_another_kind_is_another_though_it_was_decided_and_has_the_name() -> None:
    """Without a file system at /home the plan decides a disk there, which it calls `home` too."""
    found = of(lambda spec: spec.update(storage=[one for one in spec["storage"] if one["name"] != "home"]))
    assert found["storage home"].action == "replace"
    assert "it becomes another kind of storage, volume, and is empty" in found["storage home"].why


@pytest.mark.parametrize(
    ("stack", "field", "action"),
    [
        (AWS, "machine", "in_place"),
        (GCP, "machine", "in_place"),
        (AWS, "image", "replace"),
        (AWS, "disk.size", "in_place"),
        (AWS, "disk.kind", "in_place"),
        (GCP, "disk.size", "in_place"),
        (GCP, "disk.kind", "replace"),
    ],
)
def test_the_head_is_made_anew_for_what_its_cloud_can_t_change(stack: str, field: str, action: str) -> None:
    model = "head.disk" if field.startswith("disk") else "head"
    [found] = effects(plan(stack), plan(stack), (change(model, f"head.{field}"),))
    assert (found.part, found.action) == ("head", action)


def test_a_lock_that_names_another_image_is_seen_though_nobody_wrote_it_in_the_spec() -> None:
    before = plan(AWS)
    [old] = {before.head.instance.image.id}  # pyright: ignore[reportAttributeAccessIssue]
    found = by_part(effects(before, plan(AWS, lock=(old, "ami-0fffffffffffffff9")), ()))
    assert found["head"].action == "replace"
    assert "as the lock says" in found["head"].why
    assert {one.action for part, one in found.items() if part.startswith("group")} == {"rolling"}


def test_another_zone_is_another_cluster_and_kept_storage_stops_it() -> None:
    before = plan(AWS)
    found = by_part(effects(before, before, (change("", "zone", "us-east-1a", "us-east-1b"),)))
    assert found["cluster"].action == "replace"
    assert "a spec of another name beside this one" in found["cluster"].why
    assert found["storage data"].refused == REFUSED
    assert found["storage scratch"].data
    assert untouched(before, before, tuple(found.values())) == ()


@pytest.mark.parametrize(("stack", "anew"), [(AWS, {"storage scratch"}), (GCP, {"storage scratch", "storage home"})])
def test_another_network_takes_what_stands_in_it_along(stack: str, anew: set[str]) -> None:
    found = by_part(effects(plan(stack), plan(stack), (change("network", "network.cidr"),)))
    assert {part for part in found if part.startswith("storage")} == anew
    assert {found[part].action for part in ("network", "head", "group train")} == {"replace"}


def test_another_key_makes_all_anew_but_buckets() -> None:
    found = by_part(effects(plan(AWS), plan(AWS), (change("security", "security.key"),)))
    assert (found["storage data"].action, found["storage scratch"].action) == ("in_place", "replace")
    assert (found["head"].action, found["identity"].action) == ("replace", "in_place")
    assert found["group train"].action == "rolling"


def test_software_reaches_every_node_where_it_is() -> None:
    found = effects(plan(AWS), plan(AWS), (change("software", "software.pytorch"),))
    assert actions(found) == {"head": "rolling", "group train": "rolling", "group prep": "rolling"}


def test_a_new_cluster_is_created_and_no_part_of_it_was_there() -> None:
    made = effects(None, plan(AWS), ())
    assert {one.action for one in made} == {"create"}
    assert {"network", "head", "group train", "storage data"} <= {one.part for one in made}
    assert untouched(None, plan(AWS), made) == ()


def test_a_spec_that_is_gone_ends_nothing_by_itself_and_names_the_data_that_would_end() -> None:
    before = plan(AWS)
    gone = by_part(effects(before, None, ()))
    assert "make down" in gone["cluster"].why
    assert gone["storage scratch"].data
    assert "storage home" not in gone
    assert untouched(before, None, tuple(gone.values())) == ("storage home", "storage data")


def test_nothing_on_both_sides_is_nothing() -> None:
    assert effects(None, None, ()) == ()


def test_a_bucket_of_this_machine_that_is_kept_stays_in_its_folder() -> None:
    before = plan("local")
    found = by_part(effects(before, before, (change("", "name", "local", "other"),)))
    assert "its folder stays as it is" in found["storage data"].why


@pytest.mark.parametrize("stack", [AWS, GCP])
def test_a_disk_of_the_head_s_that_is_to_be_smaller_is_said_to_fail(stack: str) -> None:
    smaller = plan(stack, lambda spec: spec["head"].update(disk="100 GiB"))
    [found] = effects(plan(stack), smaller, (change("head", "head.disk", "200 GiB", "100 GiB"),))
    assert (found.part, found.action) == ("head", "in_place")
    assert found.refused is not None
    assert found.refused.endswith(FAILS)


def test_a_bucket_that_takes_another_key_is_not_said_to_be_made_anew() -> None:
    found = by_part(effects(plan(AWS), plan(AWS), (change("security", "security.key"),)))
    assert "made anew" not in found["storage data"].why
    assert "keeps the old one" in found["storage data"].why


def test_the_key_of_what_is_kept_is_refused_on_aws_and_left_on_gcp() -> None:
    found = [by_part(effects(plan(one), plan(one), (change("security", "security.key"),))) for one in (AWS, GCP)]
    assert [each["identity"].refused for each in found] == [KEY_KEPT, None]
