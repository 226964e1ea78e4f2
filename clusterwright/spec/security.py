"""Encryption, audit, and who may do what."""

from typing import Annotated

from pydantic import Field

from clusterwright.spec.base import SpecModel, costs, matching
from clusterwright.spec.units import Duration

KeyChoice = Annotated[
    str,
    matching(
        r"cluster|provider|arn:aws[a-z-]*:kms:[a-z0-9:/-]+|projects/[A-Za-z0-9:/_.-]+",
        300,
        "the key is the cluster's own, the provider's, or one of yours by its full name",
        "cluster",
    ),
]
PolicyArn = Annotated[
    str,
    matching(
        r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/[\w+=,.@/-]+",
        300,
        "a permission boundary is a policy by its full name",
        "arn:aws:iam::123456789012:policy/boundary",
    ),
]
Principal = Annotated[
    str,
    matching(
        r"(user|group|serviceAccount):[^\s:]+@[^\s:]+",
        200,
        "a principal is a kind and an address, as Google's IAM writes it",
        "group:ml@example.com",
    ),
]
SecretReference = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9/_+=.@:-]*",
        300,
        "a reference is a secret's name in the cloud's secret store, never its value",
        "hf-token",
    ),
]
VariableName = Annotated[
    str,
    matching(
        r"[A-Z_][A-Z0-9_]*", 60, "the job sees a secret as an environment variable: capitals, digits, `_`", "HF_TOKEN"
    ),
]


class SecuritySpec(SpecModel):
    """Encryption, audit and access. What is left out is as strict as the cloud allows without your help."""

    key: KeyChoice = Field(
        default="cluster",
        description="cluster: a key of the cluster's own; provider: the provider's; or a key of yours by its name",
        examples=["cluster"],
        json_schema_extra=costs("data_loss", "disks and file systems are encrypted when made, so they are made anew"),
    )
    audit: bool = Field(
        default=True,
        description="record who read and wrote the buckets' objects; GCP: and who used the key",
        examples=["true"],
        json_schema_extra=costs("in_place", "the record begins or ends"),
    )
    access_logs: Duration | None = Field(
        default=None,
        description="AWS: how long S3's own record of every request to the buckets is kept; without it none is made",
        examples=["90 d"],
        json_schema_extra=costs("in_place", "the record begins or ends, and what is older than the new value goes"),
    )
    permission_boundary: PolicyArn | None = Field(
        default=None,
        description="AWS: a policy that bounds the cluster's roles",
        examples=["arn:aws:iam::123456789012:policy/boundary"],
        json_schema_extra=costs("in_place", "the roles' boundary changes"),
    )
    users: Annotated[tuple[Principal, ...], Field(max_length=100)] = Field(
        default=(),
        description="GCP: who may open sessions to the nodes",
        examples=["[group:ml@example.com]"],
        json_schema_extra=costs("in_place", "access is given or taken"),
    )
    deletion_protection: bool = Field(
        default=True,
        description="AWS: nobody ends the head by hand; GCP: nobody deletes a Filestore that is kept by hand",
        examples=["true"],
        json_schema_extra=costs("in_place", "the protection is set or lifted"),
    )


class SecretSpec(SpecModel):
    """A secret of the job's: a reference into the cloud's secret store, never the value."""

    name: VariableName = Field(
        description="the environment variable that the job sees",
        examples=["HF_TOKEN"],
        json_schema_extra=costs("rolling", "jobs that start from then on see it"),
    )
    ref: SecretReference = Field(
        description="its name in the cloud's secret store",
        examples=["hf-token"],
        json_schema_extra=costs("in_place", "the nodes' right to read it moves; jobs that start from then on see it"),
    )
