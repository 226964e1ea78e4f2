"""Inputs become requests by their names; what has no place in a request is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.aws.requests.translate import Call, Inputs, Resource, Unmapped


def request(call: Call, inputs: Inputs) -> dict[str, Any]:
    ((_, made),) = Resource((call,)).requests(inputs)
    return made


@pytest.mark.parametrize(
    ("call", "inputs", "made"),
    [
        (Call("ec2:CreateRoute"), {"gatewayId": "igw-0"}, {"GatewayId": "igw-0"}),
        # a name that differs in case, or in number
        (Call("cloudwatch:PutMetricAlarm"), {"okActions": ["a"]}, {"OKActions": ["a"]}),
        (Call("efs:CreateMountTarget"), {"securityGroup": ["sg-0"]}, {"SecurityGroups": ["sg-0"]}),
        # another name, also inside something
        (Call("iam:CreateRole", names={"name": "RoleName"}), {"name": "a"}, {"RoleName": "a"}),
        (
            Call("autoscaling:CreateAutoScalingGroup", names={"launchTemplate.id": "LaunchTemplateId"}),
            {"launchTemplate": {"id": "lt-0", "version": "1"}},
            {"LaunchTemplate": {"LaunchTemplateId": "lt-0", "Version": "1"}},
        ),
        (
            Call("fsx:CreateFileSystem", names={"efaEnabled": "LustreConfiguration.EfaEnabled"}),
            {"efaEnabled": True},
            {"LustreConfiguration": {"EfaEnabled": True}},
        ),
        # tags, in each of the forms that AWS has for them
        (Call("iam:CreateRole"), {"tags": {"a": "b"}}, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (Call("kms:CreateKey"), {"tags": {"a": "b"}}, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        (Call("logs:CreateLogGroup"), {"tags": {"a": "b"}}, {"tags": {"a": "b"}}),
        (
            Call("ec2:CreateVpc", tagged="vpc"),
            {"tags": {"a": "b"}},
            {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]},
        ),
        # what Pulumi has one of, or in a string
        (Call("fsx:CreateFileSystem"), {"subnetIds": "subnet-0"}, {"SubnetIds": ["subnet-0"]}),
        (Call("ec2:CreateVolume"), {"size": 100.0, "encrypted": "true"}, {"Size": 100, "Encrypted": True}),
        # what is not set is not sent, what the provider sends is
        (Call("ec2:CreateVolume", adds={"MultiAttachEnabled": False}), {"size": None}, {"MultiAttachEnabled": False}),
    ],
)
def test_inputs_find_their_place_in_a_request(call: Call, inputs: Inputs, made: dict[str, Any]) -> None:
    assert request(call, inputs) == made


def test_each_call_takes_its_own_properties_and_the_first_the_rest() -> None:
    rotation = Call("kms:EnableKeyRotation", ("enableKeyRotation",), adds={"KeyId": "k"}, first=lambda _: {})
    key = Resource((Call("kms:CreateKey"), rotation), {"bypass": "the provider's own"})
    inputs = {"description": "a", "enableKeyRotation": True, "bypass": True}
    assert list(key.requests(inputs)) == [
        ("kms:CreateKey", {"Description": "a"}),
        ("kms:EnableKeyRotation", {"KeyId": "k"}),
    ]
    assert list(key.requests({"description": "a"})) == [("kms:CreateKey", {"Description": "a"})]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"cidr": "10.0.0.0/16"}, "ec2:CreateLaunchTemplate has nothing for cidr"),
        ({"data": {"imageID": "a", "image": "b"}}, "ec2:CreateLaunchTemplate has nothing for data.image"),
    ],
)
def test_what_has_no_place_is_told_by_its_path(inputs: Inputs, said: str) -> None:
    call = Call("ec2:CreateLaunchTemplate", names={"data": "LaunchTemplateData"})
    with pytest.raises(Unmapped, match=said):
        request(call, inputs)
