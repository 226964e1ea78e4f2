"""The software that nodes run."""

from typing import Annotated, Literal

from pydantic import Field

from clusterwright.spec.base import SpecModel, costs, matching

Version = Annotated[
    str,
    matching(r"\d+\.\d+\.\d+", 20, "a version has three numbers, so that every node installs the same one", '"2.15.0"'),
]


class SoftwareSpec(SpecModel):
    """PyTorch decides the rest: its version has one locked environment that all nodes install."""

    pytorch: Version = Field(
        default="2.15.0",
        description="PyTorch version, in quotes",
        examples=['"2.15.0"'],
        json_schema_extra=costs("rolling", "nodes install it when they are idle; a job keeps what it began with"),
    )
    scheduler: Literal["none", "slurm"] | None = Field(
        default=None,
        description="slurm; or none: the head runs one job after the other (local process nodes)",
        examples=["slurm"],
        json_schema_extra=costs("replace", "the head and all nodes are made anew"),
    )
