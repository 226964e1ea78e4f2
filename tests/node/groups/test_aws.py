"""What is an Auto Scaling group's alone."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError

from clusterwright.node.groups import GroupError
from clusterwright.node.groups.aws import AwsGroup, _outdated
from tests.node.groups.aws_account import NAME, AwsAccount


@pytest.fixture
def account() -> AwsAccount:
    """An account whose group has two machines that run."""
    account = AwsAccount()
    account.group.grow(2)
    account.come()
    account.boot()
    account.calls.clear()
    return account


def test_a_machine_is_told_by_its_instance_id_and_private_address(account: AwsAccount) -> None:
    machine = account.group.list()[0]
    assert (machine.id, machine.address) == ("i-00000000000000000", "10.20.0.4")


def test_a_machine_that_ec2_does_not_know_yet_starts_without_an_address(account: AwsAccount) -> None:
    account.group.grow(3)
    account.come()
    account.instances.popitem()
    machine = account.group.list()[-1]
    assert (machine.state, machine.address) == ("starting", None)


@pytest.mark.parametrize(
    ("lifecycle", "state"),
    [
        ("Pending:Wait", "starting"),
        ("InService", "running"),
        ("Standby", "running"),
        ("Terminating:Wait", "ending"),
        ("Terminating:Proceed", "ending"),
        ("Detaching", "ending"),
    ],
)
def test_a_lifecycle_state_is_told_in_one_of_three_words(account: AwsAccount, lifecycle: str, state: str) -> None:
    account.members[0]["LifecycleState"] = lifecycle
    assert account.group.list()[0].state == state


def test_a_machine_that_ec2_shuts_down_ends(account: AwsAccount) -> None:
    account.instances[account.members[0]["InstanceId"]]["State"] = {"Name": "shutting-down"}
    assert account.group.list()[0].state == "ending"


def test_a_machine_that_is_ill_stays_up_for_a_look(account: AwsAccount) -> None:
    account.members[0]["HealthStatus"] = "Unhealthy"
    account.group.grow(2)
    assert account.changes == 0
    assert account.group.list()[0].state == "running"


def test_a_machine_that_ec2_has_forgotten_is_replaced(account: AwsAccount) -> None:
    account.members[0]["HealthStatus"] = "Unhealthy"
    del account.instances[account.members[0]["InstanceId"]]
    assert len(account.group.list()) == 1
    account.group.grow(2)
    assert account.last("TerminateInstanceInAutoScalingGroup")["InstanceIds"] == ["i-00000000000000000"]
    assert account.asked == 2


def test_a_round_without_a_change_asks_for_the_group_alone(account: AwsAccount) -> None:
    account.group.grow(2)
    assert account.calls == ["autoscaling:DescribeAutoScalingGroups"]


def test_instances_are_read_page_by_page(account: AwsAccount) -> None:
    account.page = 1
    assert [machine.address for machine in account.group.list()] == ["10.20.0.4", "10.20.0.5"]
    assert account.calls.count("ec2:DescribeInstances") == 2


def test_nothing_is_taken_back_where_running_machines_are_not_protected(account: AwsAccount) -> None:
    account.protected = False
    account.group.grow(4)
    account.group.grow(2)
    assert account.asked == 4


def test_why_the_newest_launch_failed_is_said_not_an_older_failure(account: AwsAccount) -> None:
    account._activity("Failed", "You have requested more vCPU capacity than your current vCPU limit")
    account._activity("Failed", "We currently do not have sufficient p5.48xlarge capacity")
    account._activity("InProgress")
    assert account.group.reason() == "We currently do not have sufficient p5.48xlarge capacity"


def test_an_end_that_failed_is_no_reason_for_missing_machines(account: AwsAccount) -> None:
    account._activity("Failed", "an instance could not be ended")
    account.activities[0]["Description"] = "Terminating EC2 instance: i-1"
    assert account.group.reason() is None


def test_a_group_that_is_not_there_is_told(account: AwsAccount) -> None:
    account.group.name = "other"
    with pytest.raises(GroupError, match="no Auto Scaling group other"):
        account.group.list()


def test_a_network_that_is_down_is_told(account: AwsAccount) -> None:
    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://autoscaling.us-east-1.amazonaws.com")

    account.group.scaling.meta.events.register_first("before-call", fail)
    with pytest.raises(GroupError, match="Could not connect"):
        account.group.list()


def test_calls_are_tried_three_times_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    group = AwsGroup.open(NAME, "eu-west-1")
    for client in (group.scaling, group.ec2):
        assert client.meta.region_name == "eu-west-1"
        assert client.meta.config.retries == {"mode": "standard", "total_max_attempts": 3}
        assert (client.meta.config.connect_timeout, client.meta.config.read_timeout) == (5, 30)


def test_a_group_of_several_machine_types_tells_who_is_outdated_too(account: AwsAccount) -> None:
    group = account._DescribeAutoScalingGroups([NAME])["AutoScalingGroups"][0]
    spec = group.pop("LaunchTemplate")
    mixed = {**group, "MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": spec}}}
    later = {"LaunchTemplate": {"LaunchTemplateSpecification": {**spec, "Version": "2"}}}
    member = account.members[0]
    assert _outdated(member, mixed) is False
    assert _outdated(member, {**group, "MixedInstancesPolicy": later}) is True


def test_of_a_version_that_is_no_number_nobody_knows_who_is_outdated(account: AwsAccount) -> None:
    account.version = "$Latest"
    assert {machine.outdated for machine in account.group.list()} == {None}
