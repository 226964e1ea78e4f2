"""Storage that nodes mount: a union told apart by `kind`."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from clusterwright.spec.base import PartName, SpecModel, costs, matching
from clusterwright.spec.compute import DiskKind
from clusterwright.spec.units import Duration, Size, Throughput, ThroughputPerSize

MountPath = Annotated[
    str,
    matching(
        r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+",
        100,
        "a mount is an absolute path without spaces, `.` or `..`, so that it means the same on every node",
        "/data",
    ),
]
OnDestroy = Literal["keep", "delete"]
_MADE_ANEW = "it is made anew, empty; what was in it stays or goes as `on_destroy` says"


class _Storage(SpecModel):
    """What all kinds share. Data outlives clusters, so what is not said to be deleted is kept."""

    name: PartName = Field(
        description="unique in the cluster",
        examples=["data"],
        json_schema_extra=costs("data_loss", "a storage of another name is another storage, and it is empty"),
    )
    mount: MountPath | None = Field(
        default=None,
        description="where nodes see it; a slash and its name when left out",
        examples=["/data"],
        json_schema_extra=costs("rolling", "nodes mount it at the new place when they are idle"),
    )

    on_destroy: OnDestroy = Field(
        default="keep",
        description="what becomes of it when the cluster is destroyed",
        examples=["keep"],
        json_schema_extra=costs("nothing", "it counts when the cluster is destroyed"),
    )

    @property
    def mounted_at(self) -> str:
        """Where nodes see it: `mount`, or a slash and its name."""
        return self.mount or f"/{self.name}"


class BucketSpec(_Storage):
    """An object store; on the local provider a folder. It outlives the cluster unless `on_destroy` says otherwise."""

    kind: Literal["bucket"] = Field(
        default="bucket",
        description="an object store",
        examples=["bucket"],
        json_schema_extra=costs("data_loss", _MADE_ANEW),
    )
    old_versions: Duration | None = Field(
        default=None,
        description="how long what was overwritten or deleted can be had back; of runs 3 days, of reports 1",
        examples=["30 d"],
        json_schema_extra=costs("in_place", "the bucket's lifecycle changes; versions that are older go"),
    )
    cache: Size | None = Field(
        default=None,
        description="GCP: how much of a node's local disks keeps what was read",
        examples=["2000 GiB"],
        json_schema_extra=costs("rolling", "nodes mount it anew when they are idle"),
    )


class LustreSpec(_Storage):
    """A parallel file system: FSx for Lustre, Managed Lustre. `throughput` is for each TiB of its size."""

    kind: Literal["lustre"] = Field(
        description="a parallel file system", examples=["lustre"], json_schema_extra=costs("data_loss", _MADE_ANEW)
    )
    size: Size = Field(
        description="its size",
        examples=["4800 GiB"],
        json_schema_extra=costs("in_place", "a larger one grows; a smaller one is made anew, without its data"),
    )
    throughput: ThroughputPerSize | None = Field(
        default=None,
        description="what it moves in a second for each TiB",
        examples=["250 MB/s/TiB"],
        json_schema_extra=costs("data_loss", "GCP, and AWS between some steps: " + _MADE_ANEW),
    )
    deployment: Literal["scratch_1", "scratch_2", "persistent_1", "persistent_2"] | None = Field(
        default=None,
        description="AWS: scratch keeps one copy of the data, persistent replaces servers that fail",
        examples=["persistent_2"],
        json_schema_extra=costs("data_loss", _MADE_ANEW),
    )
    drive: Literal["ssd", "hdd"] = Field(
        default="ssd",
        description="AWS, persistent_1: what it stores on",
        examples=["ssd"],
        json_schema_extra=costs("data_loss", _MADE_ANEW),
    )
    efa: bool | None = Field(
        default=None,
        description="AWS, persistent_2: clients reach it over EFA, those that can't over TCP",
        examples=["true"],
        json_schema_extra=costs("data_loss", _MADE_ANEW),
    )
    bucket: PartName | None = Field(
        default=None,
        description="a bucket of this spec whose objects it shows as files, and that new files are written back to",
        examples=["data"],
        json_schema_extra=costs("in_place", "the association with the bucket is made or removed"),
    )
    backups: Duration | None = Field(
        default=None,
        description="AWS, persistent: how long daily backups are kept",
        examples=["7 d"],
        json_schema_extra=costs("in_place", "backups are made and kept as the new value says"),
    )


class NfsSpec(_Storage):
    """A shared file system for homes and code: EFS, Filestore."""

    kind: Literal["nfs"] = Field(
        description="a shared file system", examples=["nfs"], json_schema_extra=costs("data_loss", _MADE_ANEW)
    )
    size: Size | None = Field(
        default=None,
        description="GCP: its size; EFS grows with what is in it",
        examples=["1 TiB"],
        json_schema_extra=costs("in_place", "a larger one grows; most tiers can't shrink"),
    )
    tier: Literal["basic_hdd", "basic_ssd", "zonal", "regional", "enterprise"] | None = Field(
        default=None,
        description="GCP: Filestore's service tier",
        examples=["zonal"],
        json_schema_extra=costs("data_loss", _MADE_ANEW),
    )
    version: Literal["3", "4.1"] | None = Field(
        default=None,
        description="the NFS version, in quotes",
        examples=['"4.1"'],
        json_schema_extra=costs("data_loss", "GCP: " + _MADE_ANEW),
    )
    throughput: Throughput | None = Field(
        default=None,
        description="AWS: a provisioned throughput; left out, it follows the use (elastic)",
        examples=["256 MB/s"],
        json_schema_extra=costs("in_place", "the file system's throughput changes"),
    )
    one_zone: bool = Field(
        default=False,
        description="AWS: keep the data in one zone, at a lower price",
        examples=["false"],
        json_schema_extra=costs("data_loss", _MADE_ANEW),
    )
    backups: bool = Field(
        default=True,
        description="AWS: back it up daily; Filestore has no schedule of backups",
        examples=["true"],
        json_schema_extra=costs("in_place", "backups are made or no longer made"),
    )


class VolumeSpec(_Storage):
    """A disk of the head's own that outlives the head."""

    kind: Literal["volume"] = Field(
        description="a disk at the head", examples=["volume"], json_schema_extra=costs("data_loss", _MADE_ANEW)
    )
    size: Size = Field(
        description="its size",
        examples=["500 GiB"],
        json_schema_extra=costs(
            "in_place", "a larger one grows; a smaller one is refused on AWS, and on GCP made anew, without its data"
        ),
    )
    disk: DiskKind | None = Field(
        default=None,
        description="the cloud's kind of disk",
        examples=["gp3"],
        json_schema_extra=costs("data_loss", "GCP: " + _MADE_ANEW),
    )
    iops: Annotated[int, Field(ge=1, le=10**6)] | None = Field(
        default=None,
        description="operations a second",
        examples=[3000],
        json_schema_extra=costs("in_place", "the disk is modified where it is"),
    )
    throughput: Throughput | None = Field(
        default=None,
        description="what it moves in a second",
        examples=["250 MB/s"],
        json_schema_extra=costs("in_place", "the disk is modified where it is"),
    )


def _kind(value: object) -> object:
    return value.get("kind", "bucket") if isinstance(value, Mapping) else getattr(value, "kind", "bucket")


Storage = Annotated[
    Annotated[BucketSpec, Tag("bucket")]
    | Annotated[LustreSpec, Tag("lustre")]
    | Annotated[NfsSpec, Tag("nfs")]
    | Annotated[VolumeSpec, Tag("volume")],
    Discriminator(_kind),
]
