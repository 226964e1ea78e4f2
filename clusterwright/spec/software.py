"""The software that nodes run."""

from typing import Annotated, Literal

from pydantic import Field

from clusterwright.spec.base import SpecModel, matching

Version = Annotated[
    str,
    matching(r"\d+\.\d+\.\d+", 20, "a version has three numbers, so that every node installs the same one", '"2.15.0"'),
]


class SoftwareSpec(SpecModel):
    """PyTorch decides the rest: its version has one locked environment that all nodes install."""

    pytorch: Version = Field(default="2.15.0", description="PyTorch version, in quotes", examples=['"2.15.0"'])
    scheduler: Literal["none"] = Field(
        default="none", description="none: the head runs one job after the other", examples=["none"]
    )
