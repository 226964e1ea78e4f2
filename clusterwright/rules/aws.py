"""What the rules of AWS share: its machines in the spec."""

from typing import TypeVar

from clusterwright.catalog.aws import AwsMachine, machine
from clusterwright.rules import lock
from clusterwright.rules import parts as common
from clusterwright.rules.base import Rule
from clusterwright.spec.compute import GroupSpec, HeadSpec

PartSpec = TypeVar("PartSpec", HeadSpec, GroupSpec)
Part = common.Part[PartSpec, AwsMachine]

_of_aws = common.Parts(lambda _, name: machine(name))
head, groups, parts = _of_aws.head, _of_aws.groups, _of_aws.parts


class AwsRule(Rule):
    """A bad state that only a cluster on AWS can have."""

    providers = ("aws",)


class LockRule(lock.LockRule):
    """A bad state that only a cluster on AWS can have, and that the lock shows."""

    providers = ("aws",)
