"""Encryption: of everything that can be, with one key, whose policy lets in each service that uses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clusterwright_policy.aws.iam import KEY, Statement, policy_of
from clusterwright_policy.base import UNKNOWN, Graph, Resource, ResourceRule, Rule, Violation, is_true

VOLUME = "aws:ebs/volume:Volume"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
EFS = "aws:efs/fileSystem:FileSystem"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
BUCKET = "aws:s3/bucket:Bucket"
TOPIC = "aws:sns/topic:Topic"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type's name
TRAIL = "aws:cloudtrail/trail:Trail"
BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
BUCKET_LOGGING = "aws:s3/bucketLogging:BucketLogging"
GROUP = "aws:autoscaling/group:Group"
BUDGET = "aws:budgets/budget:Budget"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ASSOCIATION = "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"

DISKS: Mapping[str, tuple[str, ...]] = {
    VOLUME: ("encrypted",),
    INSTANCE: ("rootBlockDevice.encrypted", "ebsBlockDevices[].encrypted"),
    TEMPLATE: ("blockDeviceMappings[].ebs.encrypted",),
    EFS: ("encrypted",),
}
"""What is encrypted only if it says so. FSx, S3, CloudWatch Logs and Secrets Manager encrypt in any case."""

KEYS: Mapping[str, tuple[str, ...]] = {
    VOLUME: ("kmsKeyId",),
    INSTANCE: ("rootBlockDevice.kmsKeyId", "ebsBlockDevices[].kmsKeyId"),
    TEMPLATE: ("blockDeviceMappings[].ebs.kmsKeyId",),
    EFS: ("kmsKeyId",),
    LUSTRE: ("kmsKeyId",),
    LOG_GROUP: ("kmsKeyId",),
    TOPIC: ("kmsMasterKeyId",),
    SECRET: ("kmsKeyId",),
    TRAIL: ("kmsKeyId",),
    BUCKET_ENCRYPTION: ("rules[].applyServerSideEncryptionByDefault.kmsMasterKeyId",),
}
"""Where it says with which key."""


class NotEncrypted(ResourceRule):
    """A disk or a file system is not encrypted."""

    code = "CW-POL-101"
    types = frozenset(DISKS)
    why = (
        "EBS and EFS encrypt what says so alone (docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html, "
        "docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html)"
    )
    hint = "set `encrypted` for each disk and file system"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        for path in DISKS[resource.type]:
            said = list(resource.values(path))
            if resource.type == TEMPLATE and not said:
                what = "the template leaves the disks to the image, which says nothing of encryption"
                yield self.violation(resource, what)
            if not all(map(is_true, said)):
                yield self.violation(resource, f"`{path}` is not true")


class WithoutTheKey(Rule):
    """Some of the stack is encrypted with a key of one's own, and some with a key of AWS's."""

    code = "CW-POL-102"
    why = "who ends the key, or takes somebody's right to use it, means all of the cluster's data"
    hint = "name the key wherever one can be named"

    def check(self, graph: Graph) -> Iterator[Violation]:
        places = [
            (resource, path, key)
            for resource in graph.of(*KEYS)
            for path in KEYS[resource.type]
            if not _has_own_keys(resource) and not _takes_access_logs(graph, resource)
            for key in resource.values(path)
        ]
        if not any(key for _, _, key in places):
            return
        for resource, path, key in places:
            if not key:
                yield self.violation(resource, f"`{path}` names no key, as other resources of the stack do")
        for bucket in graph.of(BUCKET):
            if not any(graph.about(bucket, BUCKET_ENCRYPTION, "bucket")):
                yield self.violation(bucket, "no encryption configuration names a key for the bucket")


USERS: Mapping[str, tuple[str, ...]] = {
    # Disks of a group's machines are made by Auto Scaling's own role.
    "autoscaling": (GROUP,),
    # Alarms and budgets write to the topic, which is encrypted; they come by themselves and not through SNS.
    "budgets": (BUDGET,),
    "cloudtrail": (TRAIL,),
    "cloudwatch": (ALARM,),
    "ec2": (INSTANCE, VOLUME),
    "elasticfilesystem": (EFS,),
    "fsx": (LUSTRE,),
    "logs": (LOG_GROUP,),
    "s3": (BUCKET_ENCRYPTION,),
    # FSx reads and writes the objects of a linked bucket by a role of its own.
    "s3.data-source.lustre.fsx": (ASSOCIATION,),
    "secretsmanager": (SECRET,),
}
"""The services that use the key, by the types of resources for which they do."""

_READS = ("Decrypt", "GenerateDataKey")
_DISKS = ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom")
_OBJECTS = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "autoscaling": _DISKS,
    "budgets": _READS,
    "cloudtrail": ("DescribeKey", "GenerateDataKey"),
    "cloudwatch": _READS,
    "ec2": _DISKS,
    "elasticfilesystem": _DISKS,
    "fsx": _DISKS,
    "logs": _OBJECTS,
    "s3": _READS,
    "s3.data-source.lustre.fsx": _OBJECTS,
    "secretsmanager": _READS,
}
"""What each of USERS does with the key. What is attached to machines is decrypted by a grant, so that whoever starts
them has to make one; without it none starts
(https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html,
https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html,
https://docs.aws.amazon.com/efs/latest/ug/EFSKMSPolicy.html,
https://docs.aws.amazon.com/fsx/latest/LustreGuide/encryption-at-rest.html,
https://docs.aws.amazon.com/fsx/latest/LustreGuide/s3-server-side-encryption-support.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html,
https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html)."""


class KeyPolicyLacksAService(Rule):
    """A service that works with what the key encrypts lacks rights in the key's policy."""

    code = "CW-POL-103"
    why = (
        "what the service does with the key fails then, often much later and without a reason: instances end with "
        "Client.InternalError, log groups can't be made, alarms are never mailed (docs.aws.amazon.com/autoscaling/ec2/"
        "userguide/key-policy-requirements-EBS-encryption.html, "
        "docs.aws.amazon.com/sns/latest/dg/sns-key-management.html)"
    )
    hint = "name it in a statement of the key's policy: as principal, by `kms:ViaService`, or by the role that it has"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for key in graph.of(KEY):
            policy = policy_of(key)
            if not key.properties.get("policy"):
                yield self.violation(key, "the key has no policy of its own")
                continue
            for service, types in USERS.items() if policy else ():
                user = next((one for one in graph.of(*types) if not _has_own_keys(one)), None)
                lets = [one for one in policy if one.allows and _means(one, service)]
                lacks = [f"kms:{need}" for need in NEEDS[service] if not any(one.about(f"kms:{need}") for one in lets)]
                if user and lacks:
                    what = f"the key's policy does not let {service}.amazonaws.com use {', '.join(lacks)}"
                    yield self.violation(key, f"{what}, and {user.name} needs it")


def _takes_access_logs(graph: Graph, resource: Resource) -> bool:
    """Whether it is the encryption of a bucket that takes access logs, which can't have another key than S3's own."""
    return any(encrypts_target(resource, record) for record in graph.of(BUCKET_LOGGING))


def encrypts_target(encryption: Resource, record: Resource) -> bool:
    """Whether the bucket that is encrypted so is the one that access logs are written to."""
    to = {record.value("targetBucket")} - {None, UNKNOWN}
    referred = encryption.refers.get("bucket", frozenset()) & record.refers.get("targetBucket", frozenset())
    return encryption.type == BUCKET_ENCRYPTION and (bool(referred) or encryption.value("bucket") in to)


def _has_own_keys(resource: Resource) -> bool:
    """Whether it is a scratch file system, which has keys of its own that are gone with it."""
    return resource.type == LUSTRE and str(resource.value("deploymentType")).startswith("SCRATCH")


def _means(statement: Statement, service: str) -> bool:
    """Whether it is about the service: as principal, what is done through it, or its service-linked role."""
    named = [*statement.principals.get("Service", ()), *statement.principals.get("AWS", ())]
    for keys in statement.conditions.values():
        for key, values in keys.items():
            if key in ("kms:ViaService", "aws:PrincipalArn"):
                named += values
    return any(_is(name, service) for name in named)


def _is(name: str, service: str) -> bool:
    """Whether a principal, an address or a service-linked role's ARN is the service's."""
    if name.startswith("arn:"):
        return f":role/aws-service-role/{service}.amazonaws.com/" in name
    return name == f"{service}.amazonaws.com" or (
        name.startswith(f"{service}.") and name.endswith(".amazonaws.com") and name.count(".") == service.count(".") + 3
    )
