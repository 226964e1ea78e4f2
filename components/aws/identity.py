"""Who may do what: the cluster's key, its roles and the one secret that it makes."""

from __future__ import annotations

import pulumi
from pulumi_aws import iam, kms, secretsmanager

from clusterwright.plan.aws.model import AwsPlan, RolePlan, policy
from components.options import kept


class Identity(pulumi.ComponentResource):
    """`key` is the ARN of what encrypts, None where that is AWS's own keys. `roles` are ARNs and `profiles` names of
    instance profiles, by the part that the plan gives them. `kept` is what outlives the cluster, `resources` what
    machines wait for."""

    def __init__(self, name: str, plan: AwsPlan, opts: pulumi.ResourceOptions) -> None:
        super().__init__("clusterwright:index:AwsIdentity", name, None, opts)
        self._name, self._plan = name, plan
        self._child = pulumi.ResourceOptions(parent=self)
        self.resources: list[pulumi.Resource] = []
        self.key = self._key() if plan.key.kind == "cluster" else plan.key.arn
        own_key = plan.key.kind == "cluster" and plan.key.on_destroy == "keep"
        self.kept = [{"name": "key", "path": self.key}] if own_key else []
        self.roles: dict[str, pulumi.Output[str]] = {}
        self.profiles: dict[str, pulumi.Output[str]] = {}
        for role in plan.identity.roles:
            self._role(role)
        self.resources.append(self._munge())
        self.register_outputs({"key": self.key, "roles": self.roles})

    def _key(self) -> pulumi.Output[str]:
        """The key, which is kept where anything is that it encrypts: without it that could be read by nobody."""
        plan = self._plan
        key = kms.Key(
            f"{self._name}-key",
            description=f"{plan.name}: disks, file systems, buckets, logs and secrets",
            policy=policy(plan.key.statements),
            enable_key_rotation=True,
            deletion_window_in_days=plan.key.deletion_days,
            tags=plan.named(plan.name),
            opts=kept(self, plan.key.on_destroy),
        )
        # The roles' policies know the key by its alias.
        self.resources.append(
            kms.Alias(f"{self._name}-key", name=plan.key.alias, target_key_id=key.key_id, opts=self._child)
        )
        return key.arn

    def _role(self, role: RolePlan) -> None:
        plan, name = self._plan, f"{self._name}-{role.part}"
        made = iam.Role(
            name,
            name=role.name,
            description=f"{plan.name}: {role.part}",
            assume_role_policy=policy([role.trust]),
            permissions_boundary=role.boundary,
            tags=plan.named(role.name),
            opts=self._child,
        )
        self.roles[role.part] = made.arn
        allowed = iam.RolePolicy(
            name, name=role.part, role=made.id, policy=policy(plan.identity.statements(role)), opts=self._child
        )
        self.resources.append(allowed)
        if role.has_profile:
            profile = iam.InstanceProfile(
                name, name=role.name, role=made.name, tags=plan.named(role.name), opts=self._child
            )
            self.profiles[role.part] = profile.name

    def _munge(self) -> secretsmanager.Secret:
        """The secret without a value: the head writes that, so nobody else has ever had it."""
        plan = self._plan
        munge = plan.identity.munge
        return secretsmanager.Secret(
            f"{self._name}-munge",
            name=munge.name,
            description=f"{plan.name}: Munge's key, written by the head",
            kms_key_id=self.key,
            recovery_window_in_days=munge.recovery_days,
            tags=plan.named(munge.name),
            opts=self._child,
        )
