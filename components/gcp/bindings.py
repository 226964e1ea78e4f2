"""Roles that are given to members, one at a time: whatever else a policy of the project's holds stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp import iap, projects, secretmanager, serviceaccount, storage

from clusterwright.plan.gcp.model import BindingPlan, GcpPlan


def bind(
    name: str,
    plan: GcpPlan,
    binding: BindingPlan,
    opts: pulumi.ResourceOptions,
    roles: Mapping[str, pulumi.Input[str]] | None = None,
) -> list[pulumi.Resource]:
    """Registers `binding` for each of its members. `roles` are full names of the plan's own roles by their names."""
    role = (roles or {}).get(binding.role, binding.role)
    return [
        # A member that is no machine's account has a binding of its own, whose name says enough.
        _member(
            f"{name}-{binding.sid}" + ("" if member == address else f"-{member}"), plan, binding, role, address, opts
        )
        for member in binding.members
        for address in (plan.identity.address(member),)
    ]


def _member(
    name: str,
    plan: GcpPlan,
    binding: BindingPlan,
    role: pulumi.Input[str],
    member: str,
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource:
    condition = binding.condition
    match binding.kind:
        case "project":
            return projects.IAMMember(
                name,
                project=binding.resource,
                role=role,
                member=member,
                condition=projects.IAMMemberConditionArgs(title=condition.title, expression=condition.expression)
                if condition
                else None,
                opts=opts,
            )
        case "bucket":
            return storage.BucketIAMMember(
                name,
                bucket=binding.resource,
                role=role,
                member=member,
                condition=storage.BucketIAMMemberConditionArgs(title=condition.title, expression=condition.expression)
                if condition
                else None,
                opts=opts,
            )
        case "managed_folder":
            bucket, _, folder = binding.resource.partition("/")
            return storage.ManagedFolderIamMember(
                name, bucket=bucket, managed_folder=folder, role=role, member=member, opts=opts
            )
        case "secret":
            return secretmanager.SecretIamMember(name, secret_id=binding.resource, role=role, member=member, opts=opts)
        case "service_account":
            account = f"projects/{plan.project}/serviceAccounts/{binding.resource}"
            return serviceaccount.IAMMember(name, service_account_id=account, role=role, member=member, opts=opts)
        case "tunnel":
            return iap.TunnelInstanceIAMMember(
                name,
                project=plan.project,
                zone=plan.zone,
                instance=binding.resource,
                role=role,
                member=member,
                opts=opts,
            )
