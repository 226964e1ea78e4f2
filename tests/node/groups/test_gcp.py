"""What is a managed instance group's alone."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud import compute_v1 as compute

from clusterwright.node.groups import GroupError
from clusterwright.plan.gcp.identity import GROUP_PERMISSIONS
from tests.node.groups.gcp_project import PERMISSIONS, UPDATE, GcpProject


def running(number: int = 2, **settings: Any) -> GcpProject:
    """A project whose group has machines that run."""
    project = GcpProject(**settings)
    project.group.grow(number)
    project.come()
    project.boot()
    project.calls.clear()
    return project


def test_a_machine_is_told_by_the_number_that_its_metadata_server_says() -> None:
    project = running(1)
    (machine,) = project.group.list()
    assert (machine.id, machine.address) == ("1000000000000000001", None)


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        ("CREATING", "PROVISIONING", "starting"),
        ("VERIFYING", "RUNNING", "running"),
        ("NONE", "REPAIRING", "starting"),
        ("NONE", "STOPPING", "ending"),
        ("DELETING", "RUNNING", "ending"),
        ("ABANDONING", "RUNNING", "ending"),
    ],
)
def test_an_action_and_a_status_are_told_in_one_of_three_words(action: str, status: str, state: str) -> None:
    project = running(1)
    project.members[0].action, project.members[0].status = action, status
    assert [machine.state for machine in project.group.list()] == [state]


@pytest.mark.parametrize("status", ["TERMINATED", "STOPPED", "SUSPENDED"])
def test_a_machine_that_was_preempted_is_replaced(status: str) -> None:
    project = running(2)
    project.members[0].status = status
    project.group.grow(2)
    assert [member.id for member in project.members] == [10**18 + 2, 0]


def test_ending_machines_passes_over_one_that_has_died_meanwhile() -> None:
    project = running(2)
    dead, alive = [machine.id for machine in project.group.list()]
    project.members[0].status = "TERMINATED"
    project.group.end([dead, alive])
    assert [str(member.id) for member in project.members if member.action != "DELETING"] == [dead]


def test_a_member_that_lost_its_instance_is_replaced() -> None:
    project = running(2)
    project.members[0].id = 0
    project.group.grow(2)
    assert [member.action for member in project.members] == ["NONE", "CREATING"]


@pytest.mark.parametrize("page", [None, 1])
def test_members_are_listed_in_one_piece_or_page_by_page(page: int | None) -> None:
    project = running(3, page=page)
    assert len(project.group.list()) == 3


def test_machines_are_deleted_a_thousand_at_once() -> None:
    project = running(1001, maximum=1001)
    project.group.end([machine.id for machine in project.group.list()])
    assert [len(body.instances) for body in project.bodies] == [1000, 1]


def test_no_size_below_the_groups_own_is_ever_set() -> None:
    """The list may be older than the size: a group must not be asked to choose which machines end."""
    project = running(2)
    project.group._members = lambda: []  # type: ignore
    project.group.grow(1)
    assert UPDATE not in project.calls
    assert project.asked == 2


def test_flex_start_machines_are_asked_for_in_one_request_without_a_duration() -> None:
    project = GcpProject(grows_by="resize_request")
    project.group.grow(3)
    (request,) = project.bodies
    assert request.resize_by == 3
    assert "requested_run_duration" not in request


def test_machines_of_a_request_that_was_filled_are_asked_for_once_before_they_exist() -> None:
    project = GcpProject(grows_by="resize_request")
    project.group.grow(3)
    project.queue[0].state = "SUCCEEDED"
    project.group.grow(3)
    assert len(project.queue) == 1


def test_a_request_of_which_a_machine_is_wanted_stays_in_its_queue() -> None:
    project = GcpProject(grows_by="resize_request")
    project.group.grow(3)
    project.group.grow(1)
    assert [request.state for request in project.queue] == ["ACCEPTED"]


def test_a_request_that_is_not_wanted_is_cancelled_before_those_that_wait_longer() -> None:
    project = GcpProject(grows_by="resize_request")
    project.group.grow(1)
    project.now += 60
    project.group.grow(3)
    project.group.grow(1)
    assert [(request.resize_by, request.state) for request in project.queue] == [(2, "CANCELLED"), (1, "ACCEPTED")]


def test_a_request_that_failed_is_not_made_anew_in_each_round() -> None:
    project = GcpProject(grows_by="resize_request")
    project.group.grow(1)
    project.fail("GPUs: limit 0")
    for _ in range(3):
        with pytest.raises(GroupError, match="QUOTA_EXCEEDED: GPUs: limit 0"):
            project.group.grow(1)
    assert len(project.queue) == 1
    assert project.group.reason() == "QUOTA_EXCEEDED: GPUs: limit 0"
    project.now += 301
    project.group.grow(1)
    assert [request.state for request in project.queue] == ["ACCEPTED", "FAILED"]


def error(project: GcpProject, message: str, ago: float, action: str = "CREATING") -> compute.InstanceManagedByIgmError:
    details: Any = {"action": action}
    told: Any = {"code": "QUOTA_EXCEEDED", "message": message}
    return compute.InstanceManagedByIgmError(timestamp=project.stamp(ago), error=told, instance_action_details=details)


def test_the_newest_error_of_the_last_minutes_is_the_reason_where_no_member_has_one() -> None:
    project = running()
    project.errors = [error(project, "older", 300), error(project, "newer", 30)]
    assert project.group.reason() == "QUOTA_EXCEEDED: newer"


@pytest.mark.parametrize(("ago", "action"), [(601, "CREATING"), (30, "DELETING")])
def test_an_error_of_long_ago_or_of_an_end_is_no_reason(ago: float, action: str) -> None:
    project = running()
    project.errors = [error(project, "no matter", ago, action)]
    assert project.group.reason() is None


def test_an_operation_that_fails_later_is_told_in_its_own_words() -> None:
    project = GcpProject(operation_error="Quota 'A3_CPUS' exceeded")
    with pytest.raises(GroupError, match="Quota 'A3_CPUS' exceeded"):
        project.group.grow(1)


@pytest.mark.slow
def test_an_operation_that_takes_its_time_is_waited_for() -> None:
    project = GcpProject(slow=True)
    project.group.grow(1)
    assert project.calls[-1] == "compute.zoneOperations.get"


def test_the_head_is_granted_what_the_group_asks_for_and_no_more() -> None:
    assert set(PERMISSIONS.values()) == set(GROUP_PERMISSIONS)


def test_a_network_that_is_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    def fail(*_: object, **__: object) -> None:
        raise requests.ConnectionError("name or service not known")

    project = running()
    monkeypatch.setattr("tests.node.groups.gcp_project.Wire.send", fail)
    with pytest.raises(GroupError, match="name or service not known"):
        project.group.list()
