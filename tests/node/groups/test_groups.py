"""What a head may expect of a group, whoever lends its machines; each promise is held for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials

from clusterwright.node.groups import GroupError, Machine, open_group
from clusterwright.node.groups.aws import AwsGroup
from clusterwright.node.groups.gcp import GcpGroup
from clusterwright.plan.gcp.identity import GROUP_PERMISSIONS
from tests.node.groups.aws_account import AwsAccount
from tests.node.groups.gcp_project import GcpProject
from tests.node.groups.lender import Lender
from tests.node.groups.local_host import LocalHost
from tests.plan.aws.plans import plan_of_stack

CLOUDS = ("aws", "gcp", "gcp-queued")


@pytest.fixture(params=("local", *CLOUDS))
def lender(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lender]:
    """A lender of machines; afterwards, whatever was asked of a cloud, the head of a plan may ask."""
    match request.param:
        case "local":
            host = LocalHost(tmp_path)
            yield host
            host.close()
        case "aws":
            account = AwsAccount()
            yield account
            allowed = granted_on_aws()
            assert [call for call in account.calls if not any(fnmatchcase(call, one) for one in allowed)] == []
        case queued:
            project = GcpProject(grows_by="resize_request" if queued == "gcp-queued" else "resize")
            yield project
            assert set(project.calls) <= set(GROUP_PERMISSIONS)


def granted_on_aws() -> tuple[str, ...]:
    """The actions that a plan allows the head."""
    identity = plan_of_stack("bert-base-aws").identity
    (head,) = (role for role in identity.roles if role.part == "head")
    return tuple(action for one in identity.statements(head) if one.effect == "Allow" for action in one.actions)


@pytest.fixture
def two(lender: Lender) -> Lender:
    """A lender whose group has two machines that run."""
    lender.group.grow(2)
    lender.come()
    lender.boot()
    return lender


def ids(lender: Lender) -> list[str]:
    return [machine.id for machine in lender.group.list()]


def test_a_new_group_has_no_machines(lender: Lender) -> None:
    assert list(lender.group.list()) == []


def test_a_group_grows_to_its_size(lender: Lender) -> None:
    lender.group.grow(2)
    lender.come()
    assert [machine.state for machine in lender.group.list()] == ["starting", "starting"]
    lender.boot()
    assert [machine.state for machine in lender.group.list()] == ["running", "running"]


def test_machines_keep_their_ids(two: Lender) -> None:
    before = ids(two)
    assert len(set(before)) == 2
    two.group.grow(3)
    two.come()
    assert ids(two)[:2] == before


def test_a_size_that_is_asked_for_again_asks_for_nothing(two: Lender) -> None:
    before = two.changes
    two.group.grow(2)
    assert (two.asked, two.changes) == (2, before)


def test_machines_that_are_still_to_come_are_asked_for_once(lender: Lender) -> None:
    lender.group.grow(2)
    lender.group.grow(2)
    lender.come()
    lender.group.grow(2)
    assert (lender.asked, len(ids(lender))) == (2, 2)


def test_a_group_grows_by_what_is_missing(two: Lender) -> None:
    two.group.grow(3)
    two.come()
    assert (two.asked, len(ids(two))) == (3, 3)


def test_a_smaller_size_ends_no_machine(two: Lender) -> None:
    two.group.grow(0)
    assert [machine.state for machine in two.group.list()] == ["running", "running"]
    assert two.asked == 2


def test_a_group_grows_to_its_maximum_and_no_further(lender: Lender) -> None:
    lender.group.grow(99)
    lender.come()
    assert (lender.asked, len(ids(lender))) == (lender.maximum, lender.maximum)


def test_a_machine_that_is_ended_is_not_replaced(two: Lender) -> None:
    ended, stays = ids(two)
    two.group.end([ended])
    assert two.asked == 1
    two.come()
    assert [machine.id for machine in two.group.list() if machine.state == "running"] == [stays]
    assert all(machine.state == "ending" for machine in two.group.list() if machine.id == ended)


def test_a_machine_ends_once(two: Lender) -> None:
    ended, _ = ids(two)
    two.group.end([ended])
    before = two.changes
    two.group.end([ended])
    assert (two.asked, two.changes) == (1, before)


def test_a_machine_that_starts_can_be_ended(lender: Lender) -> None:
    lender.group.grow(1)
    lender.come()
    lender.group.end(ids(lender))
    assert lender.asked == 0


@pytest.mark.parametrize("unknown", [(), ("elsewhere",)])
def test_machines_of_no_group_are_none_to_end(two: Lender, unknown: tuple[str, ...]) -> None:
    two.group.end(unknown)
    assert two.asked == 2


def test_a_group_whose_machine_ends_can_grow_at_once(two: Lender) -> None:
    ended, _ = ids(two)
    two.group.end([ended])
    two.group.grow(2)
    two.come()
    two.boot()
    assert sum(machine.state == "running" for machine in two.group.list()) == 2


def test_a_dead_machine_is_none_and_another_comes_in_its_place(two: Lender) -> None:
    dead, stays = ids(two)
    two.die(dead)
    assert ids(two) == [stays]
    two.group.grow(2)
    two.come()
    assert stays in ids(two)
    assert len(ids(two)) == 2
    assert dead not in ids(two)


@pytest.mark.parametrize("lender", CLOUDS, indirect=True)
def test_what_never_came_is_taken_back(lender: Lender) -> None:
    lender.group.grow(3)
    lender.group.grow(0)
    assert lender.asked == 0
    lender.come()
    assert ids(lender) == []


@pytest.mark.parametrize("lender", CLOUDS, indirect=True)
def test_what_is_taken_back_leaves_the_machines_that_came(two: Lender) -> None:
    before = ids(two)
    two.group.grow(4)
    two.group.grow(1)
    assert two.asked == 2
    assert ids(two) == before


def test_a_refusal_reaches_the_user_in_the_words_of_who_refused(lender: Lender) -> None:
    lender.refuse("the quota of 8 GPUs is used up")
    for call in (lender.group.list, lambda: lender.group.grow(1), lambda: lender.group.end(["i-1"])):
        with pytest.raises(GroupError, match="the quota of 8 GPUs is used up") as refused:
            call()
        assert "\n" not in refused.value.reason


@pytest.mark.parametrize("lender", CLOUDS, indirect=True)
def test_why_machines_are_missing_is_said_until_they_came(lender: Lender) -> None:
    assert lender.group.reason() is None
    lender.hinder("no g6.xlarge is free in this zone")
    lender.group.grow(1)
    lender.come()
    assert "no g6.xlarge is free in this zone" in (lender.group.reason() or "")
    lender.hinder("")
    lender.come()
    assert lender.group.reason() is None


@pytest.mark.parametrize("lender", CLOUDS, indirect=True)
def test_a_thousand_machines_and_more_are_listed_and_ended(lender: Lender) -> None:
    lender.maximum = 1100
    if isinstance(lender, GcpProject):
        lender.group.maximum, lender.page = 1100, 500
    lender.group.grow(1100)
    lender.come()
    lender.boot()
    everyone = ids(lender)
    assert len(set(everyone)) == 1100
    lender.group.end(everyone)
    assert lender.asked == 0


def test_a_group_opens_by_the_facts_of_its_cluster() -> None:
    facts = {"groups": [{"name": "train", "cloud_group": "train"}]}
    with pytest.raises(GroupError, match=r"no answer at /srv/groups/groups\.sock"):
        open_group("local", facts, "train").list()


def test_a_group_that_the_facts_do_not_have_is_told() -> None:
    with pytest.raises(ValueError, match="no group `train`"):
        open_group("local", {"groups": []}, "train")


def test_a_provider_without_groups_is_told() -> None:
    with pytest.raises(ValueError, match="`azure`"):
        open_group("azure", {"groups": [{"name": "train"}]}, "train")


def test_a_machine_that_started_before_a_change_of_settings_is_outdated_and_stays(two: Lender) -> None:
    if not isinstance(two, AwsAccount | GcpProject):  # a host does not tell
        assert [machine.outdated for machine in two.group.list()] == [None, None]
        return
    assert [machine.outdated for machine in two.group.list()] == [False, False]
    two.change_settings()
    two.group.grow(3)
    two.come()
    two.boot()
    assert [machine.outdated for machine in two.group.list()] == [True, True, False]


def test_machines_compare_by_what_they_are() -> None:
    assert Machine("i-1", "running") == Machine("i-1", "running", None)


def test_a_cloud_group_opens_by_its_name_at_the_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("google.auth.default", lambda **_: (AnonymousCredentials(), None))
    facts = {
        "region": "eu-west-1",
        "zone": "eu-west-1-b",
        "project": "mine",
        "groups": [{"name": "train", "cloud_group": "bert.train", "max": 8, "grows_by": "resize_request"}],
    }
    aws = open_group("aws", facts, "train")
    assert isinstance(aws, AwsGroup)
    assert (aws.name, aws.scaling.meta.region_name) == ("bert.train", "eu-west-1")
    gcp = open_group("gcp", facts, "train")
    assert isinstance(gcp, GcpGroup)
    assert (gcp.group, gcp.maximum, gcp.queued) == (
        {"project": "mine", "zone": "eu-west-1-b", "instance_group_manager": "bert.train"},
        8,
        True,
    )
