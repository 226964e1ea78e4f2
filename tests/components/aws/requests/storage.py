"""How what components/aws/storage.py registers is asked for."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

from tests.components.aws.requests.translate import Call, Inputs, Resource

LUSTRE = (
    "autoImportPolicy", "automaticBackupRetentionDays", "copyTagsToBackups", "dailyAutomaticBackupStartTime",
    "dataCompressionType", "deploymentType", "driveCacheType", "efaEnabled", "exportPath", "importPath",
    "logConfiguration", "metadataConfiguration", "perUnitStorageThroughput", "throughputCapacity",
    "weeklyMaintenanceStartTime",
)  # fmt: skip
LOGGING = ("targetBucket", "targetPrefix", "targetGrants", "targetObjectKeyFormat")
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def inside(member: str, names: tuple[str, ...]) -> dict[str, str]:
    """Names of properties that stand inside a member of the request."""
    return {name: f"{member}.{name[0].upper()}{name[1:]}" for name in names}


def _object(inputs: Inputs) -> Inputs:
    """An object's content in clear or in base64, its tags as a query."""
    content, encoded = inputs.pop("content", None), inputs.pop("contentBase64", None)
    inputs["body"] = base64.b64decode(encoded, validate=True) if encoded is not None else (content or "").encode()
    if tags := inputs.pop("tags", None):
        inputs["tagging"] = urlencode(tags)
    return inputs


REQUESTS = {
    "aws:s3/bucket:Bucket": Resource(
        (
            Call("s3:CreateBucket"),
            Call("s3:PutBucketTagging", ("tags",), {"tags": "Tagging.TagSet"}, {"Bucket": "made"}),
        ),
        {"forceDestroy": "what the provider does before it deletes the bucket"},
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Resource((Call("s3:PutBucketVersioning"),)),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Resource(
        (Call("s3:PutBucketEncryption", names={"rules": "ServerSideEncryptionConfiguration.Rules"}),)
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Resource(
        (Call("s3:PutPublicAccessBlock", names=inside("PublicAccessBlockConfiguration", BLOCKS)),)
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Resource(
        (Call("s3:PutBucketOwnershipControls", names={"rule": "OwnershipControls.Rules"}),)
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Resource((Call("s3:PutBucketPolicy"),)),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Resource(
        (Call("s3:PutBucketLifecycleConfiguration", names={"rules": "LifecycleConfiguration.Rules"}),)
    ),
    "aws:s3/bucketLogging:BucketLogging": Resource(
        (Call("s3:PutBucketLogging", names=inside("BucketLoggingStatus.LoggingEnabled", LOGGING)),)
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Resource(
        (Call("s3:PutObject", names={"kmsKeyId": "SSEKMSKeyId"}, first=_object),),
        {"sourceHash": "how the provider sees that the content changed"},
    ),
    "aws:fsx/lustreFileSystem:LustreFileSystem": Resource(
        (
            Call(
                "fsx:CreateFileSystem",
                names=inside("LustreConfiguration", LUSTRE),
                adds={"FileSystemType": "LUSTRE"},
            ),
            Call(
                "fsx:DeleteFileSystem",
                ("skipFinalBackup", "finalBackupTags"),
                inside("LustreConfiguration", ("skipFinalBackup", "finalBackupTags")),
                {"FileSystemId": "fs-0a1b2c3d4e5f60718"},
            ),
        )
    ),
    "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation": Resource(
        (
            Call("fsx:CreateDataRepositoryAssociation"),
            Call(
                "fsx:DeleteDataRepositoryAssociation",
                ("deleteDataInFilesystem",),
                adds={"AssociationId": "dra-0a1b2c3d4e5f60718"},
            ),
        )
    ),
    "aws:efs/fileSystem:FileSystem": Resource(
        (
            Call("efs:CreateFileSystem", adds={"CreationToken": "the provider's"}),
            Call("efs:PutLifecycleConfiguration", ("lifecyclePolicies",), adds={"FileSystemId": "fs-0a1b2c3d"}),
        )
    ),
    "aws:efs/accessPoint:AccessPoint": Resource(
        (Call("efs:CreateAccessPoint", adds={"ClientToken": "the provider's"}),)
    ),
    "aws:efs/mountTarget:MountTarget": Resource((Call("efs:CreateMountTarget"),)),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": Resource((Call("efs:PutFileSystemPolicy"),)),
    "aws:efs/backupPolicy:BackupPolicy": Resource((Call("efs:PutBackupPolicy"),)),
    "aws:ebs/volume:Volume": Resource(
        (Call("ec2:CreateVolume", names={"type": "VolumeType"}, tagged="volume"),),
        {"finalSnapshot": "what the provider does before it deletes the volume"},
    ),
    "aws:ec2/volumeAttachment:VolumeAttachment": Resource(
        (Call("ec2:AttachVolume", names={"deviceName": "Device"}),),
        dict.fromkeys(("forceDetach", "skipDestroy", "stopInstanceBeforeDetaching"), "how the provider detaches it"),
    ),
}
