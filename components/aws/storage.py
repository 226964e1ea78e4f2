"""The storage of a cluster on AWS: buckets, file systems, the head's disks, and what the cluster's nodes run."""

from __future__ import annotations

import pulumi
from pulumi_aws import ebs, efs, fsx

from clusterwright.bootstrap import Bundle
from clusterwright.plan.aws.model import AwsPlan, BucketPlan, LustrePlan, NfsPlan, VolumePlan, policy
from components.aws.buckets import AccessLogs, Bucket
from components.aws.control import Control
from components.aws.identity import Identity
from components.aws.network import Network
from components.options import kept


class Storage(pulumi.ComponentResource):
    """Everything that head and nodes mount, the head's own state included.

    `bucket` is the address of the cluster's own, `volumes` are ids of the head's disks and `file_systems` those of
    shared file systems, by storage; `resources` is what machines wait for. `access_logs` is where S3 records requests
    to buckets.
    """

    def __init__(
        self,
        name: str,
        plan: AwsPlan,
        bundle: Bundle,
        network: Network,
        identity: Identity,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("clusterwright:index:AwsStorage", name, None, opts)
        self._name, self._plan, self._network, self._identity = name, plan, network, identity
        self._child = pulumi.ResourceOptions(parent=self)
        self.resources: list[pulumi.Resource] = []
        self.volumes: dict[str, pulumi.Output[str]] = {}
        self.file_systems: dict[str, pulumi.Output[str]] = {}
        self._addresses: dict[str, pulumi.Output[str]] = {}
        self._paths: dict[str, pulumi.Input[str]] = {}
        logs = plan.observability.access_logs
        # No storage of a spec has a full stop in its name.
        self.access_logs = AccessLogs(f"{name}-access.logs", plan, logs, self) if logs else None
        buckets = {part.name: self._bucket(part) for part in plan.storage if isinstance(part, BucketPlan)}
        for part in (*plan.storage, plan.head.state):
            match part:
                case LustrePlan():
                    self._lustre(part, buckets)
                case NfsPlan():
                    self._nfs(part)
                case VolumePlan():
                    self._volume(part)
        own = buckets[next(part.name for part in plan.storage if isinstance(part, BucketPlan) and part.control)]
        control = Control(name, bundle, own, self._addresses, self.resources, self._child)
        self.resources.append(control.current)
        self.bucket = pulumi.Output.concat("s3://", own.id)
        self.kept = [
            {"name": part.name, "path": self._paths[part.name]} for part in plan.storage if part.on_destroy == "keep"
        ]
        if self.access_logs is not None:
            self.kept.append({"name": "access logs", "path": pulumi.Output.concat("s3://", self.access_logs.id)})
        self.register_outputs({"bucket": self.bucket, "kept": self.kept})

    def _bucket(self, part: BucketPlan) -> Bucket:
        plan = self._plan
        bucket = Bucket(
            f"{self._name}-{part.name}",
            part.bucket,
            statements=part.statements,
            lifecycle=part.lifecycle,
            force_destroy=part.force_destroy,
            key=self._identity.key,
            tags=plan.named(part.bucket),
            logs=self.access_logs,
            opts=kept(self, part.on_destroy),
        )
        self.resources += bucket.resources
        self._paths[part.name] = pulumi.Output.concat("s3://", bucket.id)
        return bucket

    def _lustre(self, part: LustrePlan, buckets: dict[str, Bucket]) -> None:
        plan, name = self._plan, f"{self._name}-{part.name}"
        persistent = part.backup_days is not None
        file_system = fsx.LustreFileSystem(
            name,
            deployment_type=part.deployment,
            storage_type=part.drive,
            drive_cache_type=part.cache,
            storage_capacity=part.size_gib,
            per_unit_storage_throughput=part.throughput,
            file_system_type_version=part.version,
            efa_enabled=True if part.efa else None,
            metadata_configuration=fsx.LustreFileSystemMetadataConfigurationArgs(mode=part.metadata)
            if part.metadata
            else None,
            kms_key_id=self._identity.key if part.encrypted else None,
            automatic_backup_retention_days=part.backup_days,
            copy_tags_to_backups=True if persistent else None,
            subnet_ids=self._network.subnets[part.subnet],
            security_group_ids=self._groups(part.security_groups),
            tags=plan.named(f"{plan.name}-{part.name}"),
            # FSx makes none whose security group doesn't let Lustre through
            # (https://docs.aws.amazon.com/fsx/latest/LustreGuide/cannot-create-fs.html).
            opts=pulumi.ResourceOptions.merge(
                kept(self, part.on_destroy),
                pulumi.ResourceOptions(
                    depends_on=self._rules(part.security_groups),
                    custom_timeouts=pulumi.CustomTimeouts(create=part.create_timeout),
                ),
            ),
        )
        self.file_systems[part.name] = self._paths[part.name] = file_system.id
        self.resources.append(file_system)
        self._addresses[part.name] = pulumi.Output.concat(file_system.dns_name, "@tcp:/", file_system.mount_name)
        if part.association is None:
            return
        shown, link = buckets[part.association.storage], part.association
        association = fsx.DataRepositoryAssociation(
            name,
            file_system_id=file_system.id,
            file_system_path=link.path,
            data_repository_path=pulumi.Output.concat("s3://", shown.id, "/", link.prefix),
            # Both sides see all files: those too that were in the bucket before.
            batch_import_meta_data_on_create=True,
            s3=fsx.DataRepositoryAssociationS3Args(
                auto_import_policy=fsx.DataRepositoryAssociationS3AutoImportPolicyArgs(events=[*link.events]),
                auto_export_policy=fsx.DataRepositoryAssociationS3AutoExportPolicyArgs(events=[*link.events]),
            ),
            tags=plan.named(f"{plan.name}-{part.name}"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=shown.resources),
        )
        self.resources.append(association)

    def _nfs(self, part: NfsPlan) -> None:
        plan, name = self._plan, f"{self._name}-{part.name}"
        file_system = efs.FileSystem(
            name,
            availability_zone_name=plan.zone if part.one_zone else None,
            encrypted=True,
            kms_key_id=self._identity.key,
            throughput_mode=part.mode,
            provisioned_throughput_in_mibps=part.throughput,
            tags=plan.named(f"{plan.name}-{part.name}"),
            opts=kept(self, part.on_destroy),
        )
        self.file_systems[part.name] = self._paths[part.name] = file_system.id
        efs.BackupPolicy(
            name,
            file_system_id=file_system.id,
            backup_policy=efs.BackupPolicyBackupPolicyArgs(status="ENABLED" if part.backups else "DISABLED"),
            opts=kept(self, part.on_destroy),
        )
        root = part.access_point
        access_point = efs.AccessPoint(
            name,
            file_system_id=file_system.id,
            root_directory=efs.AccessPointRootDirectoryArgs(
                path=root.path,
                creation_info=efs.AccessPointRootDirectoryCreationInfoArgs(
                    owner_uid=root.owner, owner_gid=root.owner, permissions=root.mode
                ),
            ),
            tags=plan.named(f"{plan.name}-{part.name}"),
            opts=kept(self, part.on_destroy),
        )
        self._addresses[part.name] = pulumi.Output.concat(file_system.id, "::", access_point.id)
        # It names the roles, and AWS takes no policy with a principal that is not there.
        guarded = efs.FileSystemPolicy(
            name,
            file_system_id=file_system.id,
            policy=policy(part.statements),
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._identity.resources),
        )
        # Nobody mounts it before its policy stands.
        target = efs.MountTarget(
            name,
            file_system_id=file_system.id,
            subnet_id=self._network.subnets[part.subnet],
            security_groups=self._groups(part.security_groups),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[guarded, *self._rules(part.security_groups)]),
        )
        self.resources += [access_point, target]

    def _volume(self, part: VolumePlan) -> None:
        plan = self._plan
        volume = ebs.Volume(
            f"{self._name}-{part.name}",
            availability_zone=plan.zone,
            type=part.disk.kind,
            size=part.disk.size_gib,
            iops=part.disk.iops,
            throughput=part.disk.throughput_mbps,
            encrypted=True,
            kms_key_id=self._identity.key,
            final_snapshot=part.snapshot,
            tags=plan.named(f"{plan.name}-{part.name}"),
            opts=kept(self, part.on_destroy),
        )
        self.volumes[part.name] = self._paths[part.name] = volume.id
        self.resources.append(volume)

    def _groups(self, names: tuple[str, ...]) -> list[pulumi.Input[str]]:
        return [self._network.security_groups[name] for name in names]

    def _rules(self, names: tuple[str, ...]) -> list[pulumi.Resource]:
        """Those of the groups alone: what a kept file system waits for stays in the stack with it."""
        return [rule for name in names for rule in self._network.rules[name]]
