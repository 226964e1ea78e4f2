"""Who may do what on AWS: policies as IAM reads them, roles, the key, and the secret of Munge."""

import json
from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from clusterwright.plan.model import PlanModel
from clusterwright.spec.storage import OnDestroy

Conditions = dict[str, dict[str, tuple[str, ...]]]


class StatementPlan(PlanModel):
    """A statement of a policy, in IAM's own words; conditions by operator and key."""

    sid: str
    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = Field(default_factory=dict)

    @property
    def document(self) -> dict[str, object]:
        """The statement as IAM reads it."""
        parts = {"Action": self.actions, "Resource": self.resources, "Condition": self.conditions}
        return {"Sid": self.sid, "Effect": self.effect, **{name: part for name, part in parts.items() if part}}


class ResourceStatementPlan(StatementPlan):
    """A statement of a policy that stands on a resource, which `resources` may leave out; principals by their kind, or
    everybody, which policies of gateway endpoints have to say like this
    (https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html)."""

    principals: dict[str, tuple[str, ...]] | Literal["*"]

    @property
    def document(self) -> dict[str, object]:
        return {**super().document, "Principal": self.principals}


def policy(statements: Iterable[StatementPlan]) -> str:
    """A policy of these statements, as JSON without white space, which is how IAM counts its length."""
    documents = [statement.document for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": documents}, separators=(",", ":"))


class RolePlan(PlanModel):
    """A role, and which service may take it; with `source_account` for that account alone.

    One of machines has an instance profile of the same name, and may do besides what all machines may.
    """

    name: str
    part: Literal["head", "compute", "flow-logs"]
    service: str
    source_account: str | None
    statements: tuple[StatementPlan, ...]
    boundary: str | None

    @property
    def has_profile(self) -> bool:
        """Whether machines take it."""
        return self.part != "flow-logs"

    @property
    def trust(self) -> ResourceStatementPlan:
        """The statement of the policy that says who may take the role."""
        account = {"StringEquals": {"aws:SourceAccount": (self.source_account,)}} if self.source_account else {}
        return ResourceStatementPlan(
            sid="Take",
            effect="Allow",
            actions=("sts:AssumeRole",),
            resources=(),
            conditions=account,
            principals={"Service": (self.service,)},
        )


class MungePlan(PlanModel):
    """The one secret that the cluster makes: the head writes Munge's key into it, and all nodes read it.

    It goes at once (`recovery_days`): while a deleted secret can be recovered no other can have its name, so that a
    cluster that was destroyed could not be made again.
    """

    name: str
    recovery_days: Literal[0] = 0


class IdentityPlan(PlanModel):
    """Who may do what: `machines` is what head and compute nodes may alike, a role's own statements come on top."""

    machines: tuple[StatementPlan, ...]
    roles: tuple[RolePlan, ...]
    munge: MungePlan

    def statements(self, role: RolePlan) -> tuple[StatementPlan, ...]:
        """All statements of a role's policy."""
        return (*self.machines, *role.statements) if role.has_profile else role.statements


class KeyPlan(PlanModel):
    """What encrypts disks, file systems, buckets, logs and secrets.

    `cluster` is a key of the cluster's own, `given` one of the user's, `provider` AWS's own keys. Only the first has an
    alias and a policy; it is rotated each year. Where anything is kept that it encrypts it is kept too (`on_destroy`),
    since nobody could read that without it; else it stays for `deletion_days` after the cluster.
    """

    kind: Literal["cluster", "given", "provider"]
    arn: str | None = None
    alias: str | None = None
    deletion_days: int | None = None
    on_destroy: OnDestroy = "keep"
    statements: tuple[ResourceStatementPlan, ...] = ()
