"""How what components/gcp/storage.py registers is asked for."""

from __future__ import annotations

from tests.components.gcp.requests.translate import Call, Resource

PLACE = {"parent": "projects/{project}/locations/{location}"}


REQUESTS = {
    "gcp:storage/bucket:Bucket": Resource(
        Call(
            "storage.v1:buckets.insert",
            {"project": "{project}"},
            {
                "uniformBucketLevelAccess": "iamConfiguration.uniformBucketLevelAccess.enabled",
                "publicAccessPrevention": "iamConfiguration.publicAccessPrevention",
                "lifecycleRules": "lifecycle.rule",
                "lifecycleRules.condition.matchesPrefixes": "matchesPrefix",
            },
        ),
        {"forceDestroy": "what the provider does before it deletes the bucket"},
    ),
    "gcp:storage/managedFolder:ManagedFolder": Resource(
        Call("storage.v1:managedFolders.insert"),
        {"forceDestroy": "what the provider does with objects before it deletes the folder"},
    ),
    "gcp:storage/bucketObject:BucketObject": Resource(
        Call("storage.v1:objects.insert"),
        dict.fromkeys(("content", "source"), "what is uploaded, beside the request"),
    ),
    "gcp:filestore/instance:Instance": Resource(
        Call("file.v1:projects.locations.instances.create", {**PLACE, "instanceId": "{name}"})
    ),
    "gcp:lustre/instance:Instance": Resource(
        Call("lustre.v1:projects.locations.instances.create", {**PLACE, "instanceId": "{instanceId}"})
    ),
    "gcp:compute/disk:Disk": Resource(
        Call(
            "compute.v1:disks.insert",
            {"zone": "{zone}"},
            {"size": "sizeGb", "diskEncryptionKey.kmsKeySelfLink": "kmsKeyName"},
        ),
        dict.fromkeys(
            ("createSnapshotBeforeDestroy", "createSnapshotBeforeDestroyPrefix"),
            "what the provider does before it deletes the disk",
        ),
    ),
}
