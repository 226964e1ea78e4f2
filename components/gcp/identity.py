"""Who may do what: the cluster's key, its service accounts and the one secret that it makes."""

from __future__ import annotations

import pulumi
from pulumi_gcp import kms, logging, projects, secretmanager, serviceaccount

from clusterwright.plan.gcp.model import CustomRolePlan, GcpPlan, ServiceAgentPlan
from components.gcp.bindings import bind
from components.options import kept

ENCRYPTS = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
HERE = ("project", "secret", "service_account")
"""Kinds of bindings whose resource is there before storage and machines are."""
ALWAYS_THERE = ("compute.googleapis.com",)
"""Services whose agent comes with the service itself
(https://docs.cloud.google.com/compute/docs/access/service-accounts#compute_engine_service_agent)."""


class Identity(pulumi.ComponentResource):
    """`key` is the full name of what encrypts, None where that is Google's own keys. `unique` is a number that Google
    gave this cluster and gives to no other, not to its successor of the same name either, which takes up what was kept:
    what can't have its name again at once ends with it. `accounts` are the machines' accounts, `kept` is what outlives
    the cluster, `resources` what machines wait for."""

    def __init__(self, name: str, plan: GcpPlan, opts: pulumi.ResourceOptions) -> None:
        super().__init__("clusterwright:index:GcpIdentity", name, None, opts)
        self._name, self._plan = name, plan
        self._child = pulumi.ResourceOptions(parent=self)
        self.resources: list[pulumi.Resource] = []
        self.accounts = {
            account.role: serviceaccount.Account(
                f"{name}-{account.role}",
                account_id=account.account_id,
                display_name=f"{plan.name}: {account.role}",
                opts=self._child,
            )
            for account in plan.identity.accounts
        }
        self.unique = self.accounts["head"].unique_id
        made_key = self._key() if plan.key.kind == "cluster" else None
        self.key = made_key.id if made_key else plan.key.full_name
        self.kept = [{"name": "key", "path": self.key}] if made_key and plan.key.on_destroy == "keep" else []
        # What is made with the key is refused as long as its service may not use it.
        self.encrypters = [self._encrypter(agent, self.key) for agent in plan.key.agents if self.key is not None]
        munge = self._munge()
        roles = {role.name: self._role(role).id for role in plan.identity.roles}
        after = pulumi.ResourceOptions.merge(
            self._child, pulumi.ResourceOptions(depends_on=[*self.accounts.values(), munge])
        )
        for binding in plan.identity.bindings:
            if binding.kind in HERE:
                self.resources += bind(name, plan, binding, after, roles)
        self.resources += [*self.accounts.values(), *self.encrypters, munge]
        self.register_outputs({"key": self.key})

    def _key(self) -> kms.CryptoKey:
        """The key, which is kept where anything is that it encrypts: without it that could be read by nobody.

        The names are drawn once: nothing that this key has encrypted could follow it to another. They end with the
        number of the nodes' account, which stays with what depends on it, for the head's to be another every time.
        """
        plan = self._plan
        held = kept(self, plan.key.on_destroy)
        ring = kms.KeyRing(
            f"{self._name}-ring",
            name=pulumi.Output.concat(plan.key.ring_prefix or plan.name, "-", self.accounts["compute"].unique_id),
            location=plan.key.location,
            opts=pulumi.ResourceOptions.merge(held, pulumi.ResourceOptions(ignore_changes=["name"])),
        )
        return kms.CryptoKey(
            f"{self._name}-key",
            name=plan.key.name,
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{plan.key.rotation}s" if plan.key.rotation else None,
            labels=plan.tags_of(),
            opts=held,
        )

    def _encrypter(self, agent: ServiceAgentPlan, key: pulumi.Input[str]) -> pulumi.Resource:
        """The agent of a service, which a project has only once it was asked for, and its right to the key
        (https://docs.cloud.google.com/iam/docs/create-service-agents). Kept data is read with it on.

        Storage and Logging make theirs and do not tell its address then, which the plan knows of Storage
        (https://github.com/GoogleCloudPlatform/magic-modules/pull/6192).
        """
        name = f"{self._name}-{agent.service.partition('.')[0]}"
        there: list[pulumi.Resource] = []
        if agent.service not in ALWAYS_THERE:
            # It has no end: the project keeps its agents.
            there.append(
                projects.ServiceIdentity(name, project=self._plan.project, service=agent.service, opts=self._child)
            )
        return kms.CryptoKeyIAMMember(
            f"{name}-encrypts",
            crypto_key_id=key,
            role=ENCRYPTS,
            member=pulumi.Output.concat("serviceAccount:", agent.email or self._logging()),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=there, retain_on_delete=self._plan.key.on_destroy == "keep"
            ),
        )

    def _logging(self) -> pulumi.Output[str]:
        """The account that encrypts log buckets of the project. It is all that a cluster looks up: no lock has it
        (https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/projects/getCmekSettings)."""
        settings = logging.get_project_cmek_settings_output(
            project=self._plan.project, opts=pulumi.InvokeOptions(parent=self)
        )
        return settings.service_account_id

    def _role(self, role: CustomRolePlan) -> projects.IAMCustomRole:
        return projects.IAMCustomRole(
            f"{self._name}-{role.name}",
            role_id=pulumi.Output.concat(role.id_prefix, ".", self.unique),
            title=role.title,
            description=role.why,
            permissions=[*role.permissions],
            opts=self._child,
        )

    def _munge(self) -> secretmanager.Secret:
        """The secret without a value: the head writes that, so nobody else has ever had it."""
        plan = self._plan
        munge = plan.identity.munge
        encryption = (
            secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs(kms_key_name=self.key)
            if munge.encrypted and self.key is not None
            else None
        )
        return secretmanager.Secret(
            f"{self._name}-munge",
            secret_id=munge.name,
            replication=secretmanager.SecretReplicationArgs(
                user_managed=secretmanager.SecretReplicationUserManagedArgs(
                    replicas=[
                        secretmanager.SecretReplicationUserManagedReplicaArgs(
                            location=munge.location, customer_managed_encryption=encryption
                        )
                    ]
                )
            ),
            labels=plan.tags_of(),
            opts=pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=self.encrypters)),
        )
