"""Who may do what on GCP: service accounts, roles and their bindings, the key, and the secret of Munge."""

from typing import Literal

from clusterwright.plan.model import PlanModel
from clusterwright.spec.storage import OnDestroy


class ServiceAccountPlan(PlanModel):
    """The identity of machines of a role."""

    role: Literal["head", "compute"]
    account_id: str
    email: str


class CustomRolePlan(PlanModel):
    """A role of the project's own with the few permissions that no predefined role holds alone.

    The id of a deleted role can't be used again for 37 days, so it ends with a random part that is drawn when the role
    is made, as a key ring's does (https://docs.cloud.google.com/iam/docs/creating-custom-roles).
    """

    name: str
    id_prefix: str
    title: str
    permissions: tuple[str, ...]
    why: str


class ConditionPlan(PlanModel):
    """When a binding holds, in the Common Expression Language."""

    title: str
    expression: str


class BindingPlan(PlanModel):
    """Members are given one role on one resource; others' bindings stay as they are.

    A role without a slash is one of the plan's own, by its name.
    `head` and `compute` are the cluster's own accounts, other members are as Google's IAM writes them. `kind` is the
    resource's kind, `resource` its name: a managed folder's is bucket/folder/.
    """

    sid: str
    members: tuple[str, ...]
    role: str
    kind: Literal["project", "bucket", "managed_folder", "secret", "service_account", "tunnel"]
    resource: str
    condition: ConditionPlan | None = None


class MungeSecretPlan(PlanModel):
    """The secret that nodes of the cluster know one another by. The head makes its value; no plan or state has it."""

    name: str
    location: str
    encrypted: bool


class IdentityPlan(PlanModel):
    """Who may do what."""

    accounts: tuple[ServiceAccountPlan, ...]
    roles: tuple[CustomRolePlan, ...]
    bindings: tuple[BindingPlan, ...]
    munge: MungeSecretPlan

    def address(self, member: str) -> str:
        """A binding's member as Google's IAM writes it."""
        emails = {account.role: account.email for account in self.accounts}
        return f"serviceAccount:{emails[member]}" if member in emails else member


class ServiceAgentPlan(PlanModel):
    """A service of Google's that encrypts with the key in the cluster's name; without `email` it is asked as whom."""

    service: str
    email: str | None
    encrypts: str


class KeyPlan(PlanModel):
    """What encrypts disks, file systems, buckets, logs and secrets.

    `cluster` is a key of the cluster's own, `given` one of the user's by its full name, `provider` Google's own keys.
    Key rings can't be deleted, so the name of a ring ends with a random part that is drawn when it is made.
    Where anything is kept that it encrypts it is kept too (`on_destroy`): without it that could be read by nobody.
    """

    kind: Literal["cluster", "given", "provider"]
    full_name: str | None = None
    ring_prefix: str | None = None
    name: str | None = None
    location: str
    rotation: int | None = None
    agents: tuple[ServiceAgentPlan, ...] = ()
    on_destroy: OnDestroy = "keep"
