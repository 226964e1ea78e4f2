"""Inputs are held against the types of the cloud's own SDK."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.standin import sdk
from tests.engine.standin.wire import UNKNOWN

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SUBNET = "aws:ec2/subnet:Subnet"


def found(kind: str, inputs: dict[str, Any]) -> list[sdk.Mistake]:
    return list(sdk.mistakes("aws", kind, inputs))


def test_inputs_of_the_right_types_pass() -> None:
    interfaces = [{"deviceIndex": 0, "securityGroups": ["sg-1"], "deleteOnTermination": "true"}]
    assert found(TEMPLATE, {"networkInterfaces": interfaces, "tags": {"a": "b"}, "disableApiStop": True}) == []


def test_a_misspelt_input_is_found_at_any_depth() -> None:
    wrong = {"imageID": "ami-1", "networkInterfaces": [{"deviceIndex": 0}, {"device": 1}]}
    assert found(TEMPLATE, wrong) == [
        ("imageID", "LaunchTemplateArgs has no such input"),
        ("networkInterfaces[1].device", "LaunchTemplateNetworkInterfaceArgs has no such input"),
    ]


def test_a_missing_input_is_found() -> None:
    assert found(SUBNET, {"cidrBlock": "10.0.0.0/24"}) == [("vpcId", "SubnetArgs needs it")]
    assert found(TEMPLATE, {"creditSpecification": {}}) == []
    versioning = found("aws:s3/bucketVersioning:BucketVersioning", {"bucket": "b", "versioningConfiguration": {}})
    assert versioning == [("versioningConfiguration.status", "BucketVersioningVersioningConfigurationArgs needs it")]


@pytest.mark.parametrize(
    ("inputs", "mistake"),
    [
        ({"disableApiStop": "true"}, ("disableApiStop", "is of type bool, not 'true'")),
        (
            {"networkInterfaces": [{"deviceIndex": 0.5}]},
            ("networkInterfaces[0].deviceIndex", "is of type int, not 0.5"),
        ),
        (
            {"networkInterfaces": [{"deviceIndex": True}]},
            ("networkInterfaces[0].deviceIndex", "is of type int, not True"),
        ),
        ({"networkInterfaces": {}}, ("networkInterfaces", "is a list, not {}")),
        ({"tags": ["a"]}, ("tags", "is an object, not ['a']")),
        ({"tags": {"a": 1}}, ("tags.a", "is of type str, not 1")),
        ({"placement": "near"}, ("placement", "LaunchTemplatePlacementArgs is an object, not 'near'")),
    ],
)
def test_a_value_of_another_type_is_found(inputs: dict[str, Any], mistake: sdk.Mistake) -> None:
    assert found(TEMPLATE, inputs) == [mistake]


def test_what_is_not_known_yet_is_not_looked_at() -> None:
    assert found(SUBNET, {"vpcId": UNKNOWN, "mapPublicIpOnLaunch": UNKNOWN}) == []


def test_what_is_given_as_nothing_is_missing() -> None:
    assert found(SUBNET, {"vpcId": None, "cidrBlock": None}) == [("vpcId", "SubnetArgs needs it")]
