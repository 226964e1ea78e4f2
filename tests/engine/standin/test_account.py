"""The stand-in's account: things are made, changed, held and deleted as its table says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.standin.account import Account, RefusedError
from tests.engine.standin.cloud import Cloud, Thing
from tests.engine.standin.table import Table, load_table
from tests.engine.standin.wire import UNKNOWN

SOURCE = "https://example.com/thing"
TYPES: dict[str, Any] = {
    "sky:net": {
        "source": SOURCE,
        "id": "net-{hex}",
        "outputs": {"arn": "arn:{region}:{account}:{id}", "range": ["{inputs[range]}"]},
        "held": [
            {"type": "sky:host", "at": "ports[*].net", "error": "held: {id} by {other}", "source": SOURCE},
            {"type": "sky:rule", "at": "from", "besides": "of", "error": "ruled: {id}", "source": SOURCE},
            {"type": "sky:part", "at": "net", "unless": "force", "error": "not empty: {id}", "source": SOURCE},
        ],
    },
    "sky:host": {"source": SOURCE, "id": "host-{digits}", "versions": ["version"]},
    "sky:rule": {"source": SOURCE, "id": "rule-{hex}"},
    "sky:disk": {
        "source": SOURCE,
        "id": "disk-{hex}",
        "needs": [{"of": "nets", "type": "sky:rule", "at": "of", "error": "no rule: {id}", "source": SOURCE}],
    },
    "sky:ring": {
        "source": SOURCE,
        "id": "{inputs[name]}",
        "unique": {"by": ["name"], "lingers": True, "error": "{inputs[name]} is for ever", "source": SOURCE},
    },
    "sky:grant": {
        "source": SOURCE,
        "id": "grant-{hex}",
        "needs": [
            {"of": "who", "type": "sky:role", "at": "arn", "ending": "@{account}", "error": "no {id}", "source": SOURCE}
        ],
    },
    "sky:share": {"source": SOURCE, "id": "share-{hex}", "outputs": {"nets": [{"address": "10.0.0.2"}]}},
    "sky:part": {"source": SOURCE, "id": "{inputs[net]}/{six}"},
    "sky:role": {
        "source": SOURCE,
        "id": "{inputs[name]}",
        "outputs": {"arn": "arn:aws:iam::{account}:role/{inputs[name]}"},
        "unique": {"by": ["name"], "lingers": "days", "error": "{inputs[name]} is taken", "source": SOURCE},
    },
    "sky:policy": {
        "source": SOURCE,
        "id": "policy-{uuid}",
        "principals": {"policy": "text", "role": "sky:role", "error": "who is {principal}", "source": SOURCE},
    },
}
TABLE = Table.model_validate(
    {
        "account": "12",
        "functions": {"sky:who": {"source": SOURCE, "answer": {"id": "{account}", "of": "{arguments[what]}"}}},
        "errors": {"Full": {"error": "api error Full: come back later", "source": SOURCE}},
        "types": TYPES,
    }
)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(TABLE, Cloud(tmp_path), "north")


def net(account: Account, **inputs: Any) -> Thing:
    return account.create("sky:net", "home", {"range": "10.0.0.0/8", "tags": {"a": "b"}, **inputs})


def test_a_thing_has_an_id_of_its_type_and_computed_outputs_beside_what_it_was_given(account: Account) -> None:
    thing = net(account)
    assert thing.id.removeprefix("net-").isalnum()
    assert len(thing.id) == len("net-") + 17
    assert thing.outputs == {
        "arn": f"arn:north:12:{thing.id}",
        "range": "10.0.0.0/8",
        "tags": {"a": "b"},
        "tagsAll": {"a": "b"},
    }
    assert account.cloud.find("sky:net", thing.id) == thing


def test_ids_are_the_same_in_every_run_and_new_for_each_thing(account: Account, tmp_path: Path) -> None:
    first = net(account)
    account.delete("sky:net", first.id)
    assert net(account).id != first.id
    assert net(Account(TABLE, Cloud(tmp_path / "other"), "north")).id == first.id


def test_an_update_changes_a_thing_and_counts_its_versions(account: Account) -> None:
    host = account.create("sky:host", "h", {"size": 1, "old": True})
    changed = account.update("sky:host", host.id, {"size": 2})
    assert (host.outputs, changed.outputs) == ({"size": 1, "old": True, "version": 1}, {"size": 2, "version": 2})
    assert changed.id == host.id


def test_before_it_is_made_what_is_computed_is_unknown(account: Account) -> None:
    assert account.planned("sky:net", {"range": "r"}, {}) == {"arn": UNKNOWN, "range": "r"}
    assert account.planned("sky:net", {}, {"arn": "a", "range": ["r"]}) == {"arn": "a", "range": ["r"]}
    assert account.planned("sky:host", {"size": 2}, {"size": 1, "version": 1}) == {"size": 2, "version": UNKNOWN}


def test_a_thing_that_another_has_need_of_is_not_deleted(account: Account) -> None:
    thing = net(account)
    host = account.create("sky:host", "h", {"ports": [{"net": "other"}, {"net": thing.id}]})
    with pytest.raises(RefusedError, match=f"held: {thing.id} by {host.id}"):
        account.delete("sky:net", thing.id)
    account.delete("sky:host", host.id)
    account.delete("sky:net", thing.id)
    assert account.cloud.things() == []


def test_what_refers_to_a_thing_from_within_does_not_hold_it(account: Account) -> None:
    thing = net(account)
    account.create("sky:rule", "self", {"of": thing.id, "from": thing.id})
    account.delete("sky:net", thing.id)
    other = net(account)
    account.create("sky:rule", "other", {"of": "net-1", "from": other.id})
    with pytest.raises(RefusedError, match="ruled"):
        account.delete("sky:net", other.id)


def test_a_thing_is_refused_while_what_it_names_has_not_what_it_needs(account: Account) -> None:
    account.create("sky:rule", "one", {"of": "net-1"})
    with pytest.raises(RefusedError, match="no rule: net-2"):
        account.create("sky:disk", "d", {"nets": ["net-1", "net-2"]})
    account.create("sky:rule", "two", {"of": "net-2"})
    account.create("sky:disk", "d", {"nets": ["net-1", "net-2"]})


def test_what_a_thing_needs_may_be_known_by_an_output_and_is_asked_for_by_its_ending(account: Account) -> None:
    account.create("sky:grant", "theirs", {"who": "somebody@13"})
    with pytest.raises(RefusedError, match="no me@12"):
        account.create("sky:grant", "ours", {"who": "me@12"})
    role = account.create("sky:role", "r", {"name": "me@12"})
    account.create("sky:grant", "ours", {"who": role.outputs["arn"]})


def test_a_provider_adds_to_an_input_what_the_cloud_gives_it(account: Account) -> None:
    share = account.create("sky:share", "s", {"nets": [{"net": "net-1"}]})
    assert share.outputs == {"nets": [{"net": "net-1", "address": "10.0.0.2"}]}
    assert account.planned("sky:share", {"nets": [{"net": "net-1"}]}, {}) == {
        "nets": [{"net": "net-1", "address": UNKNOWN}]
    }


@pytest.mark.parametrize("way", ["Ingress", "Egress"])
def test_lustre_is_refused_while_its_security_group_has_no_rule(tmp_path: Path, way: str) -> None:
    account = Account(load_table("aws"), Cloud(tmp_path), "us-east-1")
    account.create(f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule", "r", {"securityGroupId": "sg-1"})
    with pytest.raises(RefusedError, match="InvalidNetworkSettings"):
        account.create("aws:fsx/lustreFileSystem:LustreFileSystem", "scratch", {"securityGroupIds": ["sg-1"]})


def test_a_placement_group_is_held_by_the_scaling_group_whose_machines_stand_in_it(tmp_path: Path) -> None:
    account = Account(load_table("aws"), Cloud(tmp_path), "us-east-1")
    place = account.create("aws:ec2/placementGroup:PlacementGroup", "p", {"name": "train"})
    group = account.create("aws:autoscaling/group:Group", "g", {"name": "train", "placementGroup": place.id})
    with pytest.raises(RefusedError, match=r"InvalidPlacementGroup\.InUse"):
        account.delete("aws:ec2/placementGroup:PlacementGroup", place.id)
    account.delete("aws:autoscaling/group:Group", group.id)
    account.delete("aws:ec2/placementGroup:PlacementGroup", place.id)


def test_what_is_in_a_thing_goes_with_it_only_where_it_says_so(account: Account) -> None:
    kept, forced = net(account), account.create("sky:net", "other", {"range": "r", "force": True})
    for thing in (kept, forced):
        account.create("sky:part", f"of {thing.name}", {"net": thing.id})
    with pytest.raises(RefusedError, match="not empty"):
        account.delete("sky:net", kept.id)
    account.delete("sky:net", forced.id)
    assert sorted(thing.name for thing in account.cloud.things()) == ["home", "of home"]


def test_a_thing_that_is_gone_can_be_deleted(account: Account) -> None:
    account.delete("sky:net", "net-1")
    assert account.cloud.operations() == []


def test_a_name_is_taken_once_and_while_a_deleted_thing_lingers(account: Account) -> None:
    account.create("sky:role", "r", {"name": "one", "days": 30})
    with pytest.raises(RefusedError, match="one is taken"):
        account.create("sky:role", "again", {"name": "one"})
    account.delete("sky:role", "one")
    assert account.cloud.things() == []
    with pytest.raises(RefusedError, match="one is taken"):
        account.create("sky:role", "again", {"name": "one"})
    account.create("sky:role", "s", {"name": "two", "days": 0})
    account.delete("sky:role", "two")
    account.create("sky:role", "s", {"name": "two", "days": 0})


def test_a_name_that_lingers_for_ever_is_never_given_again(account: Account) -> None:
    account.create("sky:ring", "r", {"name": "one"})
    account.delete("sky:ring", "one")
    assert account.cloud.things() == []
    with pytest.raises(RefusedError, match="one is for ever"):
        account.create("sky:ring", "r", {"name": "one"})


GCP = {
    "network": "projects/my-project-123/global/networks/n",
    "reservedPeeringRanges": ["range"],
    "service": "servicenetworking.googleapis.com",
}


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("gcp:filestore/instance:Instance", {"location": "z", "name": "f", "networks": [{"network": GCP["network"]}]}),
        (
            "gcp:lustre/instance:Instance",
            {"location": "z", "instanceId": "l", "filesystem": "l", "network": GCP["network"]},
        ),
    ],
)
def test_a_peering_holds_its_network_and_is_held_by_the_file_systems_behind_it(
    tmp_path: Path, kind: str, inputs: dict[str, Any]
) -> None:
    account = Account(load_table("gcp"), Cloud(tmp_path), "us-central1")
    with pytest.raises(RefusedError, match=r"has no connection to servicenetworking\.googleapis\.com"):
        account.create(kind, "fs", inputs)
    network = account.create("gcp:compute/network:Network", "n", {"name": "n"})
    taken = account.create("gcp:compute/globalAddress:GlobalAddress", "r", {"name": "range", "network": network.id})
    peering = account.create("gcp:servicenetworking/connection:Connection", "p", GCP)
    files = account.create(kind, "fs", inputs)
    with pytest.raises(RefusedError, match="Producer services"):
        account.delete(peering.type, peering.id)
    account.delete(kind, files.id)
    for held in (network, taken):
        with pytest.raises(RefusedError, match=f"'{held.id}' is (already being used|reserved)"):
            account.delete(held.type, held.id)
    for thing in (peering, taken, network):
        account.delete(thing.type, thing.id)
    assert account.cloud.things() == []


@pytest.mark.parametrize("principals", ["arn:aws:iam::12:role/one", ["*", "arn:aws:iam::12:role/one"]])
def test_a_policy_names_roles_that_are_there(account: Account, principals: object) -> None:
    text = json.dumps({"Statement": [{"Principal": "*"}, {"Principal": {"AWS": principals}}, {"Effect": "Deny"}]})
    with pytest.raises(RefusedError, match="who is arn:aws:iam::12:role/one"):
        account.create("sky:policy", "p", {"text": text})
    account.create("sky:role", "r", {"name": "one"})
    account.create("sky:policy", "p", {"text": text})


def test_a_role_of_another_account_is_not_asked_for(account: Account) -> None:
    text = json.dumps({"Statement": [{"Principal": {"AWS": "arn:aws:iam::99:role/theirs"}}]})
    account.create("sky:policy", "p", {"text": text})


def test_a_creation_fails_once_where_a_test_has_planted_it(account: Account) -> None:
    account.cloud.plant("sky:host", "Full", after=1)
    account.create("sky:host", "first", {})
    net(account)
    with pytest.raises(RefusedError, match="api error Full: come back later"):
        account.create("sky:host", "second", {})
    account.create("sky:host", "second", {})
    assert [operation.name for operation in account.cloud.operations()] == ["first", "home", "second"]


def test_what_is_done_is_recorded_in_order(account: Account) -> None:
    thing = net(account)
    account.update("sky:net", thing.id, {"range": "r"})
    account.delete("sky:net", thing.id)
    done = [(operation.verb, operation.type, operation.name) for operation in account.cloud.operations()]
    assert done == [(verb, "sky:net", "home") for verb in ("create", "update", "delete")]


def test_an_update_of_a_thing_that_is_gone_is_refused(account: Account) -> None:
    with pytest.raises(RefusedError, match="net-1 does not exist"):
        account.update("sky:net", "net-1", {"range": "r"})


def test_a_change_by_hand_is_one_of_the_cloud(account: Account) -> None:
    thing = net(account)
    account.cloud.change(thing, range="172.16.0.0/12")
    changed = account.cloud.find("sky:net", thing.id)
    assert changed is not None
    assert (changed.inputs["range"], changed.outputs["range"]) == ("172.16.0.0/12", "172.16.0.0/12")


def test_a_question_is_answered_from_the_table(account: Account) -> None:
    assert account.answer("sky:who", {"what": "me"}) == {"id": "12", "of": "me"}


def test_errors_of_aws_are_those_that_people_meet() -> None:
    assert set(load_table("aws").errors) == {
        "Client.InternalError",
        "InsufficientInstanceCapacity",
        "InvalidAMIID.NotFound",
        "VcpuLimitExceeded",
    }
