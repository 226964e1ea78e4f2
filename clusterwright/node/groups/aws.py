"""Machines of AWS: an Auto Scaling group, whose desired capacity is the head's to set.

The plan suspends ReplaceUnhealthy, so that a node that failed stays up for a look. That leaves an instance that is gone
(a spot interruption, a lost host) in the group, where it counts as one that was asked for: `grow` takes it out.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from clusterwright.node.groups import GroupError, Machine, State

AT_ONCE = 100
"""Instances that one call ends (InstanceIds of
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TerminateInstanceInAutoScalingGroup.html)."""
PAGE = 1000
"""Instances of a page of EC2's answer, the most that there may be. It takes no page size beside ids, and fails for an
id that it does not know yet, so instances are told by the tag that Auto Scaling gives them
(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html)."""
LATEST = 20
"""Activities to look for a reason in: those that go on come first, then the newest
(https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeScalingActivities.html)."""
STATES: dict[str, State] = {
    "Pending": "starting",
    "Terminating": "ending",
    "Terminated": "ending",
    "Detaching": "ending",
    "Detached": "ending",
}
"""Lifecycle states up to their colon; in all others an instance runs
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html)."""
DYING = ("shutting-down", "stopping")
DEAD = ("terminated", "stopped")
"""EC2's words for an instance that ends, and for one that has ended
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html)."""


class AwsGroup:
    """An Auto Scaling group by its name; `scaling` and `ec2` are boto3's clients."""

    def __init__(self, name: str, scaling: Any, ec2: Any) -> None:
        self.name = name
        self.scaling = scaling
        self.ec2 = ec2

    @classmethod
    def open(cls, name: str, region: str) -> AwsGroup:
        """With the machine's own role.

        Standard mode tries twice more within seconds. Adaptive mode would slow its caller for as long as the account
        is throttled, and the head has other groups to see to: it asks again in its next round, and says so meanwhile.
        https://docs.aws.amazon.com/boto3/latest/guide/retries.html
        """
        import boto3
        from botocore.config import Config

        config = Config(
            region_name=region,
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 3},
        )
        return cls(name, boto3.client("autoscaling", config=config), boto3.client("ec2", config=config))

    def list(self) -> Sequence[Machine]:
        with refusals():
            group, instances = self._group(), self._instances()
        return [machine for member in group["Instances"] if (machine := _machine(member, group, instances))]

    def grow(self, size: int) -> None:
        with refusals():
            group = self._group()
            dead = self._dead(group["Instances"])
            self._terminate(dead)
            size = min(size, group["MaxSize"])
            desired = group["DesiredCapacity"] - len(dead)
            there = sum(_state(member) != "ending" for member in group["Instances"]) - len(dead)
            if size < desired:
                # What is asked for and not there is taken back. An instance that comes meanwhile runs nothing yet, and
                # one that is in service is protected; unprotected ones are a capacity block's, which is paid for.
                floor = there if group["NewInstancesProtectedFromScaleIn"] else desired
                size = min(desired, max(size, floor))
            if size != desired:
                self.scaling.set_desired_capacity(
                    AutoScalingGroupName=self.name, DesiredCapacity=size, HonorCooldown=False
                )

    def end(self, ids: Collection[str]) -> None:
        with refusals():
            members = self._group()["Instances"] if ids else []
            self._terminate(
                [one["InstanceId"] for one in members if one["InstanceId"] in ids and _state(one) != "ending"]
            )

    def reason(self) -> str | None:
        """The newest launch that has ended one way or the other: what it failed with, if it did."""
        with refusals():
            answer = self.scaling.describe_scaling_activities(AutoScalingGroupName=self.name, MaxRecords=LATEST)
        ended = [
            one
            for one in answer["Activities"]
            if one["Description"].startswith("Launching") and one["StatusCode"] in ("Successful", "Failed", "Cancelled")
        ]
        newest = max(ended, key=lambda one: one["StartTime"], default=None)
        if newest is None or newest["StatusCode"] == "Successful":
            return None
        return newest.get("StatusMessage") or newest["Description"]

    def _group(self) -> Mapping[str, Any]:
        answer = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        if not answer["AutoScalingGroups"]:
            raise GroupError(f"AWS has no Auto Scaling group {self.name}")
        return answer["AutoScalingGroups"][0]

    def _instances(self) -> dict[str, Mapping[str, Any]]:
        """EC2's view of the group's instances, by id."""
        pages = self.ec2.get_paginator("describe_instances").paginate(
            Filters=[{"Name": "tag:aws:autoscaling:groupName", "Values": [self.name]}],
            PaginationConfig={"PageSize": PAGE},
        )
        reservations = (reservation for page in pages for reservation in page["Reservations"])
        return {one["InstanceId"]: one for reservation in reservations for one in reservation["Instances"]}

    def _dead(self, members: Sequence[Mapping[str, Any]]) -> Sequence[str]:
        """Those of the group that exist no more. A machine that is up and unhealthy is not dead."""
        unhealthy = [one for one in members if one["HealthStatus"] == "Unhealthy" and _state(one) != "ending"]
        if not unhealthy:  # Auto Scaling looks at EC2's states itself: no need to ask for them all in each round
            return []
        instances = self._instances()
        return [one["InstanceId"] for one in unhealthy if _ec2_state(one, instances) in (*DYING, *DEAD, None)]

    def _terminate(self, ids: Sequence[str]) -> None:
        """Protection from scale-in does not hinder this call
        (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html)."""
        for start in range(0, len(ids), AT_ONCE):
            self.scaling.terminate_instance_in_auto_scaling_group(
                AutoScalingGroupName=self.name,
                InstanceIds=ids[start : start + AT_ONCE],
                ShouldDecrementDesiredCapacity=True,
            )


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever boto3 raises inside becomes a GroupError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        answer = error.response.get("Error", {})
        said = f"{answer.get('Code', 'an error')}: {answer.get('Message', 'no message')}"
        raise GroupError(f"AWS refused {error.operation_name} ({said})") from error
    except BotoCoreError as error:
        raise GroupError(f"AWS can't be asked for machines: {error}") from error


def _state(member: Mapping[str, Any]) -> State:
    return STATES.get(member["LifecycleState"].partition(":")[0], "running")


def _ec2_state(member: Mapping[str, Any], instances: Mapping[str, Mapping[str, Any]]) -> str | None:
    """None for an instance that EC2 does not know: not yet, or no more."""
    instance = instances.get(member["InstanceId"])
    return instance["State"]["Name"] if instance else None


def _outdated(member: Mapping[str, Any], group: Mapping[str, Any]) -> bool | None:
    """Whether an instance is of another launch template, or version of it, than the group's next one. The plan's groups
    name a version by its number (https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Instance.html and
    API_LaunchTemplateSpecification.html)."""
    mixed = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    own, new = member.get("LaunchTemplate"), group.get("LaunchTemplate", mixed)
    if not own or not new or not new.get("Version", "").isdecimal():
        return None
    return any(own.get(part) != new.get(part) for part in ("LaunchTemplateId", "Version"))


def _machine(
    member: Mapping[str, Any], group: Mapping[str, Any], instances: Mapping[str, Mapping[str, Any]]
) -> Machine | None:
    """The machine of a member of the group; None for one that is dead."""
    known = _ec2_state(member, instances)
    if known in DEAD or (known is None and member["HealthStatus"] == "Unhealthy"):
        return None
    state = "ending" if known in DYING else _state(member)
    id = member["InstanceId"]
    return Machine(id, state, instances.get(id, {}).get("PrivateIpAddress"), _outdated(member, group))
