"""Clusters on AWS in which one promise is broken each: what a rule of the policy pack has to see."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.components.aws.clusters import planned
from tests.plan.aws.plans import bucket_of
from tests.policy.broken import Add, Break, gone, inside, put


def statement(sid: str, name: str = "policy", **parts: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Other parts of a statement of a policy; without parts the statement is taken away."""

    def change(old: dict[str, Any]) -> dict[str, Any]:
        document = json.loads(old[name])
        kept = [one for one in document["Statement"] if one["Sid"] != sid]
        assert len(kept) == len(document["Statement"]) - 1, sid
        changed = [{**one, **parts} for one in document["Statement"] if one["Sid"] == sid] if parts else []
        changed = [{key: part for key, part in one.items() if part is not None} for one in changed]
        return {**old, name: json.dumps({**document, "Statement": [*kept, *changed]})}

    return change


def key_without(service: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The key's policy with another service wherever it names this one."""
    names = (f'"{service}.us-east-1.amazonaws.com"', f'"{service}.amazonaws.com"', f"/{service}.amazonaws.com/")

    def change(old: dict[str, Any]) -> dict[str, Any]:
        policy = old["policy"]
        for name in names:
            policy = policy.replace(name, name.replace(service, "other"))
        return {**old, "policy": policy}

    return change


VOLUME = "aws:ebs/volume:Volume"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SUBNET = "aws:ec2/subnet:Subnet"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY = "aws:kms/key:Key"
FILE_SYSTEM_POLICY = "aws:efs/fileSystemPolicy:FileSystemPolicy"
PAST = "no policy refuses who mounts it without an access point"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
PUBLIC = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

BROKEN: Mapping[str, tuple[Break | Add, ...]] = {
    "CW-POL-101": (
        Break(VOLUME, "-state", put(encrypted=None), "`encrypted` is not true"),
        Break(INSTANCE, "-head", inside("rootBlockDevice", encrypted=False), "`rootBlockDevice.encrypted` is not true"),
        Break(
            TEMPLATE,
            "-train",
            lambda old: {**old, "blockDeviceMappings": [{"deviceName": "/dev/sda1", "ebs": {"encrypted": "false"}}]},
            "`blockDeviceMappings[].ebs.encrypted` is not true",
        ),
        Break(TEMPLATE, "-train", put(blockDeviceMappings=None), "the template leaves the disks to the image"),
        Break("aws:efs/fileSystem:FileSystem", "-home", put(encrypted=False), "`encrypted` is not true"),
    ),
    "CW-POL-102": (
        Break(VOLUME, "-state", put(kmsKeyId=None), "`kmsKeyId` names no key"),
        Break("aws:sns/topic:Topic", "-alarms", put(kmsMasterKeyId=None), "`kmsMasterKeyId` names no key"),
        Break(LOG_GROUP, "-jobs", put(kmsKeyId=None), "`kmsKeyId` names no key"),
        Break(
            ENCRYPTION,
            "-data-encryption",
            put(rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]),
            "`rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId` names no key",
        ),
        Break(ENCRYPTION, "-data-encryption", gone, "no encryption configuration names a key", at="-storage-data"),
    ),
    "CW-POL-103": (
        *(
            Break(KEY, "-key", key_without(service), f"the key's policy does not let {service}.amazonaws.com use")
            for service in (
                "autoscaling", "budgets", "cloudtrail", "cloudwatch", "ec2", "elasticfilesystem", "fsx", "logs", "s3",
                "s3.data-source.lustre.fsx", "secretsmanager",
            )
        ),
        Break(
            KEY,
            "-key",
            statement("AutoScalingVolumes"),
            "the key's policy does not let autoscaling.amazonaws.com use kms:CreateGrant,",
        ),
        Break(
            KEY,
            "-key",
            statement("Audit", Action="kms:DescribeKey"),
            "the key's policy does not let cloudtrail.amazonaws.com use kms:GenerateDataKey,",
        ),
        Break(KEY, "-key", put(policy=None), "the key has no policy of its own"),
    ),
    "CW-POL-111": (
        Break(SUBNET, "-nodes", put(mapPublicIpOnLaunch=True), "`mapPublicIpOnLaunch` is true"),
        Break(INSTANCE, "-head", put(associatePublicIpAddress=True), "`associatePublicIpAddress` is true"),
        Break(
            TEMPLATE,
            "-train",
            inside("networkInterfaces", associatePublicIpAddress="true"),
            "`networkInterfaces[].associatePublicIpAddress` is true",
        ),
        Break("aws:ec2/eip:Eip", "-nat", put(instance="i-0a1b2c3d"), "a public address is given to a machine"),
        Add(
            "aws:ec2/eipAssociation:EipAssociation",
            {"networkInterfaceId": "eni-0a1b2c3d", "allocationId": "eipalloc-0a1b2c3d"},
            "a public address is given to a machine by `networkInterfaceId`",
        ),
    ),
    "CW-POL-112": (
        Add(INGRESS, {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp"}, "`cidrIpv4` lets 0.0.0.0/0 in"),
        Add(INGRESS, {"cidrIpv4": "128.0.0.0/1", "ipProtocol": "tcp"}, "`cidrIpv4` lets 128.0.0.0/1 in"),
        Add(INGRESS, {"cidrIpv6": "::/0", "ipProtocol": "tcp"}, "`cidrIpv6` lets ::/0 in"),
        Break(
            "aws:ec2/securityGroup:SecurityGroup",
            "-cluster",
            put(ingress=[{"cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}]),
            "`ingress[].cidrBlocks` lets 0.0.0.0/0 in",
        ),
        Add(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            {"type": "ingress", "cidrBlocks": ["0.0.0.0/0"]},
            "`cidrBlocks` lets 0.0.0.0/0 in",
        ),
    ),
    "CW-POL-113": (
        Break(
            "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
            "-default",
            put(ingress=[{"protocol": "-1", "self": True}]),
            "it has `ingress` rules",
        ),
    ),
    "CW-POL-121": (
        Break(
            INSTANCE,
            "-head",
            inside("metadataOptions", httpTokens="optional"),
            "`metadataOptions.httpTokens` is optional",
        ),
        Break(TEMPLATE, "-train", put(metadataOptions=None), "`metadataOptions.httpTokens` is not set"),
    ),
    "CW-POL-122": (
        Break(
            TEMPLATE,
            "-train",
            inside("metadataOptions", httpPutResponseHopLimit=2),
            "`metadataOptions.httpPutResponseHopLimit` is 2",
        ),
        Break(INSTANCE, "-head", put(metadataOptions=None), "`metadataOptions.httpPutResponseHopLimit` is not set"),
    ),
    "CW-POL-131": (
        Break(LOG_GROUP, "-jobs", put(retentionInDays=None), "`retentionInDays` is not set"),
        Break(LOG_GROUP, "-jobs", put(retentionInDays=0), "`retentionInDays` is not set"),
    ),
    "CW-POL-141": (
        Break(
            ROLE_POLICY,
            "-compute",
            statement("ReadBuckets", Action="s3:*", Resource="*"),
            "statement `ReadBuckets` has no bound on either side",
        ),
        Break(
            ROLE_POLICY,
            "-head",
            statement("ReadBuckets", Action=None, NotAction=["iam:*"], Resource="*"),
            "statement `ReadBuckets` has no bound on either side",
        ),
        Break(
            KEY,
            "-key",
            statement("Administer", Action=["kms:*"]),
            "statement `Administer` has no bound on either side",
        ),
    ),
    "CW-POL-142": (
        Break(
            ROLE_POLICY,
            "-head",
            statement("SizeGroups", Action=["iam:PassRole"], Resource="*"),
            "statement `SizeGroups` allows iam:PassRole",
        ),
        Break(
            ROLE_POLICY,
            "-head",
            statement("Sessions", Action=["ssm:Start*"]),
            "statement `Sessions` allows ssm:StartSession",
        ),
        Break(
            ROLE,
            "-head",
            put(inlinePolicies=[{"policy": '{"Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}'}]),
            "statement `` allows sts:AssumeRole",
        ),
    ),
    "CW-POL-143": (
        Break(
            ROLE,
            "-compute",
            put(managedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3FullAccess"]),
            "`managedPolicyArns` attaches policies",
        ),
        Add(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "a", "policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
            "a policy is attached to a role",
        ),
    ),
    "CW-POL-144": (
        Break(
            KEY,
            "-key",
            statement("UseThroughServices", Principal={"AWS": "*"}, Condition={}),
            "statement `UseThroughServices` has the principal *",
        ),
        *(
            Break(
                KEY,
                "-key",
                statement("UseThroughServices", Principal={"AWS": "*"}, Condition=condition),
                "statement `UseThroughServices` has the principal *",
            )
            for condition in (
                {"Bool": {"aws:SecureTransport": "true"}},
                {"StringLike": {"aws:PrincipalArn": "*"}},
                {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
                {"StringEqualsIfExists": {"kms:CallerAccount": "123456789012"}},
            )
        ),
        Break(
            "aws:sns/topicPolicy:TopicPolicy",
            "-alarms",
            statement("Publish", Principal="*", Condition={}),
            "statement `Publish` has the principal *",
        ),
        Break(
            ROLE,
            "-head",
            statement("Take", "assumeRolePolicy", Principal={"AWS": "*"}),
            "statement `Take` has the principal *",
        ),
    ),
    "CW-POL-145": (
        Break(ROLE_POLICY, "-compute", statement("NeverWriteControl"), "it may use bert-large-data-"),
        Break(
            ROLE_POLICY,
            "-head",
            statement("NeverWriteControl", Condition={"Bool": {"aws:SecureTransport": "false"}}),
            "it may use bert-large-data-",
        ),
        Break(
            ROLE_POLICY,
            "-head",
            statement("NeverWriteControl", Action=["s3:Put*", "s3:Delete*"]),
            "is not denied s3:AbortMultipartUpload, s3:BypassGovernanceRetention, s3:InitiateReplication",
        ),
        Break(
            ROLE_POLICY,
            "-compute",
            lambda old: {**old, "policy": old["policy"].replace("/control/*", "/control/bundles/*")},
            "it may use bert-large-data-",
        ),
        Break(
            BUCKET_POLICY,
            "-data-policy",
            statement(
                "TlsOnly",
                Effect="Allow",
                Principal={"AWS": "arn:aws:iam::123456789012:role/a"},
                Action="s3:PutObject",
                Condition=None,
            ),
            "statement `TlsOnly` lets somebody write to bert-large-data-",
        ),
    ),
    "CW-POL-151": (
        Break(PUBLIC, "-data-public", put(blockPublicPolicy=False), "blockPublicPolicy is not true"),
        Break(PUBLIC, "-data-public", gone, "it has no public access block", at="-storage-data"),
    ),
    "CW-POL-152": (
        Break(
            BUCKET_POLICY,
            "-data-policy",
            statement("TlsOnly"),
            "no policy refuses who comes without TLS",
            at="-storage-data",
        ),
        Break(FILE_SYSTEM_POLICY, "-home", gone, "no policy refuses who comes without TLS", at="-home"),
        Break(
            BUCKET_POLICY,
            "-data-policy",
            statement("TlsOnly", Principal={"AWS": "arn:aws:iam::123456789012:root"}),
            "no policy refuses who comes without TLS",
            at="-storage-data",
        ),
    ),
    "CW-POL-153": (
        Add(
            "aws:s3/bucketLogging:BucketLogging",
            {"bucket": "other", "targetBucket": bucket_of(planned("bert-large-aws")).bucket, "targetPrefix": ""},
            "bert-large-storage-data-encryption encrypts the bucket that they go to with KMS",
        ),
    ),
    "CW-POL-154": (
        Break(FILE_SYSTEM_POLICY, "-home", gone, PAST, at="-home"),
        Break(FILE_SYSTEM_POLICY, "-home", statement("AccessPointOnly"), PAST, at="-home"),
        Break(
            FILE_SYSTEM_POLICY,
            "-home",
            statement("AccessPointOnly", Action=["elasticfilesystem:ClientWrite"]),
            PAST,
            at="-home",
        ),
        Break(
            FILE_SYSTEM_POLICY,
            "-home",
            statement("AccessPointOnly", Condition={"Null": {"elasticfilesystem:AccessPointArn": ["false"]}}),
            PAST,
            at="-home",
        ),
    ),
}  # fmt: skip
"""By the rule's code: each way in which bert-large-aws is broken here."""
