"""What holds components to the SDK's types finds the mistakes that the SDK itself lets through."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.components.conformance import problems

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
AUDIT = "gcp:projects/iAMAuditConfig:IAMAuditConfig"
OBJECT = "gcp:storage/bucketObject:BucketObject"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (TEMPLATE, {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1.0}}),
        (TEMPLATE, {"tagSpecifications": [{"resourceType": "instance", "tags": {"team": "nlp"}}]}),
        (GROUP, {"minSize": 0.0, "maxSize": 8.0, "tags": [{"key": "a", "value": "b", "propagateAtLaunch": False}]}),
        (GROUP, {"minSize": 0.0, "maxSize": 8.0, "enabledMetrics": ["GroupDesiredCapacity"]}),
        (VERSIONING, {"bucket": "b", "versioningConfiguration": {"status": "Enabled"}}),
        (AUDIT, {"project": "p", "service": "s", "auditLogConfigs": [{"logType": "DATA_READ"}]}),
        (OBJECT, {"bucket": "b", "source": pulumi.FileAsset("bundle")}),
    ],
)
def test_what_the_sdk_has_is_right(token: str, inputs: dict[str, Any]) -> None:
    assert problems(token, inputs) == []


@pytest.mark.parametrize(
    ("token", "inputs", "expected"),
    [
        (TEMPLATE, {"imageID": "ami-1"}, ["imageID: LaunchTemplateArgs has no such input"]),
        (
            TEMPLATE,
            {"metadataOptions": {"httpToken": "required"}},
            ["metadataOptions.httpToken: LaunchTemplateMetadataOptionsArgs has no such input"],
        ),
        (
            TEMPLATE,
            {"metadataOptions": {"http_tokens": "required"}},
            ["metadataOptions.http_tokens: LaunchTemplateMetadataOptionsArgs has no such input"],
        ),
        (GROUP, {"minSize": 0.0}, ["maxSize: GroupArgs needs it"]),
        (
            GROUP,
            {"minSize": 0.0, "maxSize": 1.0, "tags": [{"key": "a", "value": "b"}]},
            ["tags[0].propagateAtLaunch: GroupTagArgs needs it"],
        ),
        (
            VERSIONING,
            {"bucket": "b", "versioningConfiguration": {}},
            ["versioningConfiguration.status: BucketVersioningVersioningConfigurationArgs needs it"],
        ),
        (GROUP, {"minSize": "0", "maxSize": 1.0}, ["minSize: '0' is no int"]),
        (GROUP, {"minSize": 0.5, "maxSize": 1.0}, ["minSize: 0.5 is no int"]),
        (GROUP, {"minSize": True, "maxSize": 1.0}, ["minSize: True is no int"]),
        (
            GROUP,
            {"minSize": 0.0, "maxSize": 1.0, "enabledMetrics": ["Size"]},
            ["enabledMetrics[0]: 'Size' is no Metric"],
        ),
        (
            AUDIT,
            {"project": "p", "service": "s", "auditLogConfigs": [{"logType": "DATA_READ", "kind": "x"}]},
            [
                "auditLogConfigs[0].kind: IAMAuditConfigAuditLogConfigArgs has no such input",
            ],
        ),
        (TEMPLATE, {"tags": {"team": 1.0}}, ["tags.team: 1.0 is no str"]),
        (TEMPLATE, {"tags": ["team"]}, ["tags: ['team'] is no Mapping"]),
        (
            TEMPLATE,
            {"metadataOptions": {"httpPutResponseHopLimit": "1"}},
            ["metadataOptions.httpPutResponseHopLimit: '1' is no int"],
        ),
    ],
)
def test_what_the_sdk_has_not_is_found_with_its_place(token: str, inputs: dict[str, Any], expected: list[str]) -> None:
    assert problems(token, inputs) == expected


def test_a_type_that_the_sdk_does_not_have_is_none() -> None:
    with pytest.raises(LookupError, match="the SDK has no aws:ec2/vqc:Vqc"):
        problems("aws:ec2/vqc:Vqc", {})
