"""The types of GCP's resources that rules look at."""

from __future__ import annotations

DISK = "gcp:compute/disk:Disk"
INSTANCE = "gcp:compute/instance:Instance"
TEMPLATE = "gcp:compute/instanceTemplate:InstanceTemplate"
GROUP = "gcp:compute/instanceGroupManager:InstanceGroupManager"
ADDRESS = "gcp:compute/address:Address"
FIREWALL = "gcp:compute/firewall:Firewall"
FILESTORE = "gcp:filestore/instance:Instance"
LUSTRE = "gcp:lustre/instance:Instance"
BUCKET = "gcp:storage/bucket:Bucket"
OBJECT = "gcp:storage/bucketObject:BucketObject"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a type's name
LOG_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
KEY = "gcp:kms/cryptoKey:CryptoKey"
KEY_MEMBER = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"
BUCKET_MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"
FOLDER_MEMBER = "gcp:storage/managedFolderIamMember:ManagedFolderIamMember"
SECRET_MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember"  # noqa: S105 - a type's name
TUNNEL_MEMBER = "gcp:iap/tunnelInstanceIAMMember:TunnelInstanceIAMMember"
ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
MEMBERS = (
    ACCOUNT_MEMBER, BUCKET_MEMBER, FOLDER_MEMBER, KEY_MEMBER, PROJECT_MEMBER, SECRET_MEMBER, TUNNEL_MEMBER,
)  # fmt: skip
"""What gives one member one role on one resource."""
