"""The storage of a cluster on GCP: buckets, file systems, the head's disks, and what the cluster's nodes run."""

from __future__ import annotations

import pulumi
from pulumi_gcp import compute, filestore, lustre, storage

from clusterwright.bootstrap import Bundle
from clusterwright.plan.gcp.model import BucketPlan, GcpPlan, LustrePlan, NfsPlan, VolumePlan
from components.gcp.bindings import bind
from components.gcp.buckets import bucket, folders
from components.gcp.control import Control
from components.gcp.identity import Identity
from components.gcp.network import Network
from components.options import kept

HERE = ("bucket", "managed_folder")
"""Kinds of bindings of what storage is in."""


class Storage(pulumi.ComponentResource):
    """Everything that head and nodes mount, the head's own state included.

    `bucket` is the address of the cluster's own, `volumes` are ids of the head's disks and `file_systems` names of
    shared file systems, by storage; `resources` is what machines wait for.
    """

    def __init__(
        self,
        name: str,
        plan: GcpPlan,
        bundle: Bundle,
        network: Network,
        identity: Identity,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("clusterwright:index:GcpStorage", name, None, opts)
        self._name, self._plan, self._network, self._identity = name, plan, network, identity
        self._child = pulumi.ResourceOptions(parent=self)
        self.resources: list[pulumi.Resource] = []
        self.volumes: dict[str, pulumi.Output[str]] = {}
        self.file_systems: dict[str, pulumi.Output[str]] = {}
        self._addresses: dict[str, pulumi.Output[str]] = {}
        self._paths: dict[str, pulumi.Input[str]] = {}
        buckets: dict[str, storage.Bucket] = {}
        for part in (*plan.storage, plan.head.state):
            match part:
                case BucketPlan():
                    buckets[part.name] = self._bucket(part)
                case LustrePlan():
                    self._lustre(part)
                case NfsPlan():
                    self._nfs(part)
                case VolumePlan():
                    self._volume(part)
        self._bindings()
        own = buckets[next(part.name for part in plan.storage if isinstance(part, BucketPlan) and part.cluster)]
        control = Control(name, bundle, own, self._addresses, self.resources, self._child)
        self.resources.append(control.current)
        self.bucket = own.url
        self.kept = [
            {"name": part.name, "path": self._paths[part.name]} for part in plan.storage if part.on_destroy == "keep"
        ]
        self.register_outputs({"bucket": self.bucket, "kept": self.kept})

    def _bucket(self, part: BucketPlan) -> storage.Bucket:
        name = f"{self._name}-{part.name}"
        made = bucket(name, self._plan, part, self._identity.key, self._encrypted(self._kept(part)))
        self.resources += [made, *folders(name, part, made, self._child)]
        self._paths[part.name] = made.url
        return made

    def _bindings(self) -> None:
        """Who may do what in buckets and their folders, once both and those who may are there."""
        plan, accounts = self._plan, [*self._identity.accounts.values()]
        after = pulumi.ResourceOptions(parent=self, depends_on=[*self.resources, *accounts, *self._identity.encrypters])
        for binding in plan.identity.bindings:
            if binding.kind in HERE:
                self.resources += bind(self._name, plan, binding, after)

    def _lustre(self, part: LustrePlan) -> None:
        plan = self._plan
        made = lustre.Instance(
            f"{self._name}-{part.name}",
            instance_id=part.full_name,
            filesystem=part.filesystem,
            location=plan.zone,
            network=self._network.vpc,
            capacity_gib=str(part.capacity_gib),
            per_unit_storage_throughput=str(part.throughput),
            kms_key=self._identity.key if part.encrypted else None,
            labels=plan.tags_of(),
            opts=self._encrypted(self._peered(self._kept(part))),
        )
        self.file_systems[part.name] = made.instance_id
        self._paths[part.name] = made.id
        self._addresses[part.name] = made.mount_point
        self.resources.append(made)

    def _nfs(self, part: NfsPlan) -> None:
        plan = self._plan
        made = filestore.Instance(
            f"{self._name}-{part.name}",
            name=part.full_name,
            tier=part.tier,
            location=part.location,
            protocol=part.protocol,
            file_shares=filestore.InstanceFileSharesArgs(name=part.share, capacity_gb=part.capacity_gib),
            networks=[
                filestore.InstanceNetworkArgs(
                    network=self._network.vpc, modes=["MODE_IPV4"], connect_mode=part.connect_mode
                )
            ],
            kms_key_name=self._identity.key if part.encrypted else None,
            deletion_protection_enabled=True if part.protected else None,
            deletion_protection_reason="it holds data that the cluster's spec keeps" if part.protected else None,
            labels=plan.tags_of(),
            opts=self._encrypted(self._peered(self._kept(part))),
        )
        address = made.networks.apply(lambda networks: (networks[0].ip_addresses or [""])[0])
        self.file_systems[part.name] = made.name
        self._paths[part.name] = made.id
        self._addresses[part.name] = pulumi.Output.concat(address, ":/", part.share)
        self.resources.append(made)

    def _volume(self, part: VolumePlan) -> None:
        plan = self._plan
        encryption = compute.DiskDiskEncryptionKeyArgs(kms_key_self_link=self._identity.key)
        made = compute.Disk(
            f"{self._name}-{part.name}",
            name=part.full_name,
            zone=plan.zone,
            type=part.disk.kind,
            size=part.disk.size_gib,
            provisioned_iops=part.disk.iops,
            provisioned_throughput=part.disk.throughput_mbps,
            disk_encryption_key=encryption if part.encrypted else None,
            create_snapshot_before_destroy=part.snapshot,
            labels=plan.tags_of(),
            opts=self._encrypted(self._kept(part)),
        )
        self.volumes[part.name] = self._paths[part.name] = made.id
        self.resources.append(made)

    def _kept(self, part: BucketPlan | LustrePlan | NfsPlan | VolumePlan) -> pulumi.ResourceOptions:
        return kept(self, part.on_destroy)

    def _encrypted(self, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*self._identity.encrypters]))

    def _peered(self, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*self._network.services]))
