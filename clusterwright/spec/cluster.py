"""The whole spec."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from clusterwright.spec.base import BASE_FILE, ClusterName, PartName, Provider, SpecModel, costs, matching
from clusterwright.spec.budget import BudgetSpec
from clusterwright.spec.compute import GroupSpec, HeadSpec
from clusterwright.spec.job import JobSpec
from clusterwright.spec.network import NetworkSpec
from clusterwright.spec.observability import ObservabilitySpec
from clusterwright.spec.security import SecretSpec, SecuritySpec
from clusterwright.spec.software import SoftwareSpec
from clusterwright.spec.storage import BucketSpec, Storage

TagValue = Annotated[
    str,
    matching(
        r"[a-z0-9_-]+",
        63,
        "clouds allow lower-case letters, digits, dashes and underscores in the value of a label",
        "nlp",
    ),
]
BaseFile = Annotated[
    str, matching(BASE_FILE.pattern, 100, "a base is a YAML file in the spec's own folder", "_base.yaml")
]
Region = Annotated[
    str, matching(r"[a-z]+(-[a-z]+)*-?[a-z]+-?\d+", 30, "regions are named as their cloud names them", "us-east-1")
]
Zone = Annotated[
    str,
    matching(
        r"[a-z]+(-[a-z]+)*-?[a-z]*-?\d+-?[a-z0-9-]*", 40, "zones are named as their cloud names them", "us-east-1a"
    ),
]
Project = Annotated[
    str,
    matching(
        r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]",
        100,
        "a project is named by its id: 6 to 30 lower-case letters, digits and dashes, a letter first",
        "my-project-123",
    ),
]
RuleCode = Annotated[str, matching(r"CW-[A-Z]{3}-\d{3}", 12, "a rule is named by its code", "CW-CAP-021")]
Reason = Annotated[
    str, matching(r"\s*\S[\s\S]*", 1000, "who reviews the spec has to know why", "the fabric is not needed here")
]

_OTHER_CLUSTER = costs("data_loss", "another cluster is made and this one destroyed; data that it keeps stays")


class Accepted(SpecModel):
    """A finding that you know of and accept. What the cloud would refuse can't be accepted."""

    rule: RuleCode = Field(
        description="the rule's code",
        examples=["CW-CAP-021"],
        json_schema_extra=costs("nothing", "it is for reviewers"),
    )
    because: Reason = Field(
        description="why it is right here",
        examples=["the quota is raised on Monday"],
        json_schema_extra=costs("nothing", "it is for reviewers"),
    )


def _job_spelling(value: object) -> str:
    return "none" if isinstance(value, str) else "job"


class ClusterSpec(SpecModel):
    """A cluster and its job. What is left out is decided by the plan, and the plan says why."""

    name: ClusterName = Field(
        description="unique for this user or account", examples=["bert-mini"], json_schema_extra=_OTHER_CLUSTER
    )
    provider: Provider = Field(
        description="local: this machine, no account needed", examples=["local"], json_schema_extra=_OTHER_CLUSTER
    )
    extends: BaseFile | None = Field(
        default=None,
        description="a file in the same folder that this spec builds on: mappings merge key by key, all else replaces",
        examples=["_base.yaml"],
        json_schema_extra=costs("nothing", "what counts is the merged spec"),
    )
    project: Project | None = Field(
        default=None, description="GCP: the project's id", examples=["my-project-123"], json_schema_extra=_OTHER_CLUSTER
    )
    region: Region | None = Field(
        default=None, description="the cloud's region", examples=["us-east-1"], json_schema_extra=_OTHER_CLUSTER
    )
    zone: Zone | None = Field(
        default=None,
        description="the zone that all nodes stand in",
        examples=["us-east-1a"],
        json_schema_extra=_OTHER_CLUSTER,
    )
    runtime: Literal["process", "machine"] | None = Field(
        default=None,
        description="local: process, a process tree a node; or machine, a container that boots as a cloud's node does",
        examples=["process"],
        json_schema_extra=costs("replace", "all nodes are made anew; the bucket stays"),
    )
    head: HeadSpec = Field(default_factory=HeadSpec, description="the node that runs the cluster's services")
    groups: Annotated[tuple[GroupSpec, ...], Field(min_length=1, max_length=100)] = Field(
        default_factory=lambda: (GroupSpec(name="train"),),
        description="groups of nodes",
        examples=["[{name: train, nodes: 2}]"],
        json_schema_extra=costs("in_place", "groups are added or removed, with their machines; the others stay"),
    )
    storage: Annotated[tuple[Storage, ...], Field(min_length=1, max_length=100)] = Field(
        default_factory=lambda: (BucketSpec(name="data"),),
        description="storage that nodes mount",
        examples=["[{name: data}]"],
        json_schema_extra=costs("in_place", "a storage is added, or removed as its `on_destroy` says"),
    )
    network: NetworkSpec = Field(default_factory=NetworkSpec, description="the network, and how people reach it")
    software: SoftwareSpec = Field(default_factory=SoftwareSpec, description="the software that nodes run")
    job: Annotated[
        Annotated[JobSpec, Tag("job")] | Annotated[Literal["none"], Tag("none")], Discriminator(_job_spelling)
    ] = Field(
        default_factory=JobSpec,
        description="the job, or none for a cluster without one",
        examples=["none"],
        json_schema_extra=costs("nothing", "the machines stay"),
    )
    budget: BudgetSpec = Field(default_factory=BudgetSpec, description="what it may cost, and when it has to be done")
    security: SecuritySpec = Field(default_factory=SecuritySpec, description="encryption, audit, access")
    observability: ObservabilitySpec = Field(default_factory=ObservabilitySpec, description="logs, dashboard, alarms")
    secrets: Annotated[tuple[SecretSpec, ...], Field(max_length=50)] = Field(
        default=(),
        description="references into the cloud's secret store, never values",
        examples=["[{name: HF_TOKEN, ref: hf-token}]"],
        json_schema_extra=costs("rolling", "jobs that start from then on see them"),
    )
    tags: dict[PartName, TagValue] = Field(
        default={},
        description="labels that every resource carries",
        examples=["{team: nlp}"],
        json_schema_extra=costs("in_place", "resources are labelled anew; machines from their next start on"),
    )
    accept: Annotated[tuple[Accepted, ...], Field(max_length=100)] = Field(
        default=(),
        description="findings that you know of and accept, each with the reason",
        examples=["[{rule: CW-CAP-021, because: the quota is raised on Monday}]"],
        json_schema_extra=costs("nothing", "it is for reviewers"),
    )

    @property
    def job_group(self) -> GroupSpec | None:
        """The group that runs the job: the named one, or the first; None where no group has that name."""
        name = self.job.group if isinstance(self.job, JobSpec) else None
        return next((group for group in self.groups if name in (None, group.name)), None)
