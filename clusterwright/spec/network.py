"""The network that nodes stand in, and how people reach it."""

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from clusterwright.spec.base import SpecModel, costs, matching, quoted, refusal

_REBUILT = costs("data_loss", "everything stands in the network: the cluster and its file systems are made anew")


def _network(value: str) -> str:
    try:
        ipaddress.IPv4Network(value)
    except ValueError as error:
        why = "a range is an IPv4 address and a prefix length, with no bits set after the prefix (RFC 4632)"
        raise refusal("format", f"is no range of addresses: {quoted(value)}", why, _hint(value)) from error
    return value


def _hint(value: str) -> str:
    try:
        return f"write `{ipaddress.IPv4Network(value, strict=False)}`"
    except ValueError:
        return "a good value: 10.20.0.0/16"


Cidr = Annotated[str, Field(max_length=18), AfterValidator(_network)]
NetworkId = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9./_-]*",
        200,
        "it is named as its cloud names it: an id on AWS, a name or projects/…/networks/… on GCP",
        "vpc-0123456789abcdef0",
    ),
]


class ExistingNetwork(SpecModel):
    """A network that is there already; the cluster adds its own security groups or firewall rules to it."""

    vpc: NetworkId = Field(
        description="VPC id (AWS) or network (GCP)", examples=["vpc-0123456789abcdef0"], json_schema_extra=_REBUILT
    )
    subnets: Annotated[tuple[NetworkId, ...], Field(min_length=1, max_length=20)] = Field(
        description="private subnets for the nodes, with a way out (NAT)",
        examples=["[subnet-0123456789abcdef0]"],
        json_schema_extra=_REBUILT,
    )


class SshAccess(SpecModel):
    """Secure shell from stated ranges, in addition to sessions."""

    ssh_from: Annotated[tuple[Cidr, ...], Field(min_length=1, max_length=20)] = Field(
        description="ranges that may open secure shells to the head, through your own route into the network",
        examples=["[10.8.0.0/16]"],
        json_schema_extra=costs("in_place", "the firewall's rules change"),
    )


def _access_spelling(value: object) -> str:
    return "ssh" if isinstance(value, Mapping | SshAccess) else "session"


Access = Annotated[
    Annotated[Literal["session"], Tag("session")] | Annotated[SshAccess, Tag("ssh")], Discriminator(_access_spelling)
]


class NetworkSpec(SpecModel):
    """The network. Left out, the cluster gets one of its own: private subnets, a way out, no way in."""

    cidr: Cidr | None = Field(
        default=None,
        description="the range of addresses of the cluster's own network",
        examples=["10.20.0.0/16"],
        json_schema_extra=_REBUILT,
    )
    services_cidr: Cidr | None = Field(
        default=None,
        description="GCP: the range for Managed Lustre and Filestore, outside of `cidr`",
        examples=["10.21.0.0/16"],
        json_schema_extra=_REBUILT,
    )
    existing: ExistingNetwork | None = Field(
        default=None,
        description="a network that is there already",
        examples=["{vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0]}"],
        json_schema_extra=_REBUILT,
    )
    access: Access = Field(
        default="session",
        description="session: Session Manager or IAP alone; or {ssh_from: [10.8.0.0/16]}",
        examples=["session"],
        json_schema_extra=costs("in_place", "the firewall's rules change"),
    )
    endpoints: Annotated[
        tuple[Literal["s3", "ssm", "logs", "secretsmanager", "kms", "ec2", "ecr", "sts"], ...], Field(max_length=20)
    ] = Field(
        default=("s3",),
        description="AWS: services that are reached without leaving the network; s3 costs nothing",
        examples=["[s3, ssm, logs]"],
        json_schema_extra=costs("in_place", "endpoints are made or removed"),
    )
    flow_logs: bool = Field(
        default=True,
        description="record who talked to whom",
        examples=["true"],
        json_schema_extra=costs("in_place", "the record begins or ends"),
    )
    mtu: Annotated[int, Field(ge=1300, le=9001)] | None = Field(
        default=None,
        description="GCP: the largest packet in bytes; decided from the machine types",
        examples=[8896],
        json_schema_extra=costs("replace", "all machines stop before a network's packets can grow"),
    )
