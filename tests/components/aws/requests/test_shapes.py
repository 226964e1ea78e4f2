"""A request that AWS would refuse is refused here, with its place: each kind of mistake is seen once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.aws.requests.shapes import problems

MOUNT = {"FileSystemId": "fs-0a1b2c3d4e5f60718", "SubnetId": "subnet-0a1b2c3d4e5f60718"}
ROLE = {"RoleName": "a-us-east-1-head", "AssumeRolePolicyDocument": "{}"}
LUSTRE = {"FileSystemType": "LUSTRE", "SubnetIds": ["subnet-0a1b2c3d4e5f60718"]}
ALARM = {"AlarmName": "a", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}

GOOD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("efs:CreateMountTarget", MOUNT),
    ("iam:CreateRole", ROLE),
    ("fsx:CreateFileSystem", {**LUSTRE, "LustreConfiguration": {"AutomaticBackupRetentionDays": 90}}),
    ("cloudwatch:PutMetricAlarm", {**ALARM, "Dimensions": [{"Name": "n", "Value": "v"}], "Period": 300}),
    ("logs:CreateLogGroup", {"logGroupName": "/a/b", "tags": {"team": "nlp"}}),
)
BAD: tuple[tuple[str, dict[str, Any], str], ...] = (
    # a member that is missing, one that is not there, a wrong type, one too few: botocore's validator
    ("iam:CreateRole", {"RoleName": "a"}, 'Missing required parameter in input: "AssumeRolePolicyDocument"'),
    ("iam:CreateRole", {**ROLE, "Rolename": "a"}, 'Unknown parameter in input: "Rolename"'),
    ("cloudwatch:PutMetricAlarm", {**ALARM, "Period": "300"}, "Invalid type for parameter Period"),
    ("cloudwatch:PutMetricAlarm", {**ALARM, "Period": 0}, "Invalid value for parameter Period"),
    # a word that is none of the service's
    (
        "ec2:CreateLaunchTemplate",
        {"LaunchTemplateName": "a", "LaunchTemplateData": {"InstanceType": "p5.49xlarge"}},
        "ec2:CreateLaunchTemplate.LaunchTemplateData.InstanceType: 'p5.49xlarge' is none of p5.4xlarge, p5.48xlarge",
    ),
    (
        "cloudwatch:PutMetricAlarm",
        {**ALARM, "ComparisonOperator": "MoreThan"},
        "cloudwatch:PutMetricAlarm.ComparisonOperator: 'MoreThan' is none of",
    ),
    # a name that is too long, a text of a wrong form
    ("iam:CreateRole", {**ROLE, "RoleName": "a" * 65}, "iam:CreateRole.RoleName: 65 characters are more than 64"),
    ("iam:CreateRole", {**ROLE, "RoleName": "a b"}, r"iam:CreateRole.RoleName: 'a b' does not match [\w+=,.@-]+"),
    (
        "efs:CreateMountTarget",
        {**MOUNT, "SubnetId": "net-0a1b2c3d4e5f60718"},
        "efs:CreateMountTarget.SubnetId: 'net-0a1b2c3d4e5f60718' does not match ^subnet-",
    ),
    (
        "logs:CreateLogGroup",
        {"logGroupName": "/a/b", "tags": {"ünï": "x", "a:b|": "y"}},
        "logs:CreateLogGroup.tags key: 'a:b|' does not match",
    ),
    # too many, and too much
    (
        "cloudwatch:PutMetricAlarm",
        {**ALARM, "Dimensions": [{"Name": str(number), "Value": "v"} for number in range(31)]},
        "cloudwatch:PutMetricAlarm.Dimensions: 31 items are more than 30",
    ),
    (
        "fsx:CreateFileSystem",
        {**LUSTRE, "LustreConfiguration": {"AutomaticBackupRetentionDays": 91}},
        "fsx:CreateFileSystem.LustreConfiguration.AutomaticBackupRetentionDays: 91 is more than 90",
    ),
)


@pytest.mark.parametrize(("operation", "request_"), GOOD, ids=[operation for operation, _ in GOOD])
def test_a_right_request_has_no_problems(operation: str, request_: dict[str, Any]) -> None:
    assert problems(operation, request_) == []


@pytest.mark.parametrize(("operation", "request_", "said"), BAD, ids=[said[:60] for _, _, said in BAD])
def test_a_wrong_request_has_one_problem_that_says_where(operation: str, request_: dict[str, Any], said: str) -> None:
    (found,) = problems(operation, request_)
    assert found.startswith(said)
