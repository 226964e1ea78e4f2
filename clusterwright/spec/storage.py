"""Storage that nodes mount."""

from typing import Annotated, Literal

from pydantic import Field

from clusterwright.spec.base import PartName, SpecModel, matching

MountPath = Annotated[
    str,
    matching(
        r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+",
        100,
        "a mount is an absolute path without spaces, `.` or `..`, so that it means the same on every node",
        "/data",
    ),
]


class BucketSpec(SpecModel):
    """An object store; on the local provider a folder. It outlives the cluster unless `on_destroy` says otherwise."""

    name: PartName = Field(description="unique in the cluster", examples=["data"])
    kind: Literal["bucket"] = Field(default="bucket", description="kind of storage", examples=["bucket"])
    mount: MountPath | None = Field(default=None, description="where nodes see it", examples=["/data"])
    on_destroy: Literal["keep", "delete"] = Field(
        default="keep", description="what becomes of it when the cluster is destroyed", examples=["keep"]
    )

    @property
    def mounted_at(self) -> str:
        """Where nodes see it: `mount`, or a slash and its name."""
        return self.mount or f"/{self.name}"
