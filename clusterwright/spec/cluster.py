"""The whole spec."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from clusterwright.spec.base import ClusterName, PartName, Provider, SpecModel, matching
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.job import JobSpec
from clusterwright.spec.software import SoftwareSpec
from clusterwright.spec.storage import BucketSpec

TagValue = Annotated[
    str,
    matching(
        r"[a-z0-9_-]+",
        63,
        "clouds allow lower-case letters, digits, dashes and underscores in the value of a label",
        "nlp",
    ),
]


def _job_spelling(value: object) -> str:
    return "none" if isinstance(value, str) else "job"


class ClusterSpec(SpecModel):
    """A cluster and its job. `name` and `provider` are a whole spec: the plan decides the rest and says why."""

    name: ClusterName = Field(description="unique for this user or account", examples=["bert-mini"])
    provider: Provider = Field(description="local: this machine, no account needed", examples=["local"])
    runtime: Literal["process"] = Field(
        default="process", description="process: a local node is a supervised process tree", examples=["process"]
    )
    head: HeadSpec = Field(default=HeadSpec(), description="the node that runs the cluster's services")
    groups: Annotated[tuple[GroupSpec, ...], Field(min_length=1, max_length=100)] = Field(
        default=(GroupSpec(name="train"),), description="groups of nodes", examples=["[{name: train, nodes: 2}]"]
    )
    storage: Annotated[tuple[BucketSpec, ...], Field(min_length=1, max_length=100)] = Field(
        default=(BucketSpec(name="data"),), description="storage that nodes mount", examples=["[{name: data}]"]
    )
    software: SoftwareSpec = Field(default=SoftwareSpec(), description="the software that nodes run")
    job: Annotated[
        Annotated[JobSpec, Tag("job")] | Annotated[Literal["none"], Tag("none")], Discriminator(_job_spelling)
    ] = Field(default=JobSpec(), description="the job, or none for a cluster without one", examples=["none"])
    tags: dict[PartName, TagValue] = Field(
        default={}, description="labels that every resource carries", examples=["{team: nlp}"]
    )

    @property
    def job_group(self) -> GroupSpec | None:
        """The group that runs the job: the named one, or the first; None where no group has that name."""
        name = self.job.group if isinstance(self.job, JobSpec) else None
        return next((group for group in self.groups if name in (None, group.name)), None)
