"""An AWS account with one Auto Scaling group, behind boto3's clients: what they ask and get is held against AWS's own
models, and no request leaves the process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.stub import validate_parameters

from clusterwright.node.groups.aws import AwsGroup
from tests.node.groups.lender import MAXIMUM

NAME = "bert.train"
READS = ("autoscaling:Describe", "ec2:Describe")


class AwsAccount:
    """`protected` is the group's protection from scale-in, `page` the instances of a page at most."""

    def __init__(self) -> None:
        self.maximum = MAXIMUM
        self.asked = 0
        self.version = "1"
        self.protected = True
        self.page = 1000
        self.members: list[dict[str, Any]] = []
        self.instances: dict[str, dict[str, Any]] = {}
        self.activities: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.hindrance: str | None = None
        self.refusal: str | None = None
        self.group = AwsGroup(NAME, self._client("autoscaling"), self._client("ec2"))

    @property
    def changes(self) -> int:
        return sum(not call.startswith(READS) for call in self.calls)

    @property
    def template(self) -> dict[str, str]:
        return {"LaunchTemplateId": "lt-0", "LaunchTemplateName": NAME, "Version": self.version}

    def change_settings(self) -> None:
        self.version = "2"

    def come(self) -> None:
        for _ in range(self.asked - sum(one["LifecycleState"] in ("Pending", "InService") for one in self.members)):
            if self.hindrance:
                self._activity("Failed", self.hindrance)
                continue
            number = len(self.instances)
            id = f"i-{number:017x}"
            self.members.append(
                {
                    "InstanceId": id,
                    "LifecycleState": "Pending",
                    "HealthStatus": "Healthy",
                    "AvailabilityZone": "us-east-1a",
                    "ProtectedFromScaleIn": self.protected,
                    "LaunchTemplate": self.template,
                }
            )
            address = f"10.20.{number // 250}.{number % 250 + 4}"
            self.instances[id] = {"InstanceId": id, "State": {"Name": "pending"}, "PrivateIpAddress": address}
            self._activity("Successful")

    def boot(self) -> None:
        for member in self.members:
            if member["LifecycleState"] == "Pending":
                member["LifecycleState"] = "InService"
                self.instances[member["InstanceId"]]["State"] = {"Name": "running"}

    def die(self, id: str) -> None:
        self.instances[id]["State"] = {"Name": "terminated"}
        self.member(id)["HealthStatus"] = "Unhealthy"

    def hinder(self, reason: str) -> None:
        self.hindrance = reason

    def refuse(self, reason: str) -> None:
        self.refusal = reason

    def member(self, id: str) -> dict[str, Any]:
        return next(one for one in self.members if one["InstanceId"] == id)

    def last(self, operation: str) -> dict[str, Any]:
        """The parameters of the last call of an operation."""
        return next(params for name, params in reversed(self.requests) if name == operation)

    def _client(self, service: str) -> Any:
        client = boto3.client(service, region_name="us-east-1", aws_access_key_id="id", aws_secret_access_key="secret")
        asked: dict[str, Any] = {}

        def remember(params: dict[str, Any], **_: Any) -> None:
            asked.clear()
            asked.update(params)

        def answer(model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
            self.calls.append(f"{service}:{model.name}")
            self.requests.append((model.name, dict(asked)))
            if self.refusal:
                error = {"Error": {"Code": "Throttling", "Message": self.refusal}}
                return AWSResponse("", 400, {}, None), error
            found = getattr(self, f"_{model.name}")(**asked)
            validate_parameters(found, model.output_shape) if model.output_shape else None
            return AWSResponse("", 200, {}, None), found

        client.meta.events.register("before-parameter-build", remember)
        client.meta.events.register("before-call", answer)
        return client

    def _activity(self, status: str, message: str | None = None) -> None:
        started = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(seconds=len(self.activities))
        activity = {
            "ActivityId": str(len(self.activities)),
            "AutoScalingGroupName": NAME,
            "Description": "Launching a new EC2 instance",
            "Cause": "an instance was started in response to a difference between desired and actual capacity",
            "StartTime": started,
            "StatusCode": status,
        }
        self.activities.insert(0, activity | ({"StatusMessage": message} if message else {}))

    def _DescribeAutoScalingGroups(self, AutoScalingGroupNames: list[str]) -> dict[str, Any]:
        group = {
            "AutoScalingGroupName": NAME,
            "MinSize": 0,
            "MaxSize": self.maximum,
            "DesiredCapacity": self.asked,
            "DefaultCooldown": 300,
            "AvailabilityZones": ["us-east-1a"],
            "HealthCheckType": "EC2",
            "CreatedTime": datetime(2026, 11, 24, tzinfo=UTC),
            "NewInstancesProtectedFromScaleIn": self.protected,
            "Instances": self.members,
            "LaunchTemplate": self.template,
        }
        return {"AutoScalingGroups": [group] if AutoScalingGroupNames == [NAME] else []}

    def _DescribeInstances(
        self, Filters: list[dict[str, Any]], MaxResults: int, NextToken: str = "0"
    ) -> dict[str, Any]:
        assert Filters == [{"Name": "tag:aws:autoscaling:groupName", "Values": [NAME]}]
        start, size = int(NextToken), min(MaxResults, self.page)
        instances = list(self.instances.values())
        page: dict[str, Any] = {"Reservations": [{"Instances": instances[start : start + size]}]}
        return page | ({"NextToken": str(start + size)} if start + size < len(instances) else {})

    def _DescribeScalingActivities(self, AutoScalingGroupName: str, MaxRecords: int) -> dict[str, Any]:
        return {"Activities": self.activities[:MaxRecords]}

    def _SetDesiredCapacity(
        self, AutoScalingGroupName: str, DesiredCapacity: int, HonorCooldown: bool
    ) -> dict[str, Any]:
        assert (AutoScalingGroupName, HonorCooldown) == (NAME, False)
        assert 0 <= DesiredCapacity <= self.maximum
        there = sum(one["LifecycleState"] in ("Pending", "InService") for one in self.members)
        assert DesiredCapacity >= min(there, self.asked), "machines of the cloud's choice would end"
        self.asked = DesiredCapacity
        return {}

    def _TerminateInstanceInAutoScalingGroup(
        self, AutoScalingGroupName: str, InstanceIds: list[str], ShouldDecrementDesiredCapacity: bool
    ) -> dict[str, Any]:
        assert (AutoScalingGroupName, ShouldDecrementDesiredCapacity) == (NAME, True)
        assert 0 < len(InstanceIds) <= 100
        for id in InstanceIds:
            member = self.member(id)
            assert not member["LifecycleState"].startswith("Terminating")
            if id not in self.instances or self.instances[id]["State"]["Name"] == "terminated":
                self.members.remove(member)
            else:
                member["LifecycleState"] = "Terminating"
            self.asked -= 1
        return {}
