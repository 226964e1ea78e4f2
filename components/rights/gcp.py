"""The custom roles of who deploys a cluster on GCP, with the conditions that bind them to its names.

Google lets a condition ask for a name where a resource's type has names for conditions
(https://docs.cloud.google.com/iam/docs/conditions-resource-attributes): some types of Compute Engine, buckets and their
objects, keys and secrets. All else holds for the project. What asks for another type, as making a bucket asks for the
project, passes a condition on names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from clusterwright.plan.cloud import CONTROL
from clusterwright.plan.gcp.model import UNKNOWN_NUMBER, BucketPlan, GcpPlan
from components.rights import actions

OPERATORS = 12
"""The most logical operators of a condition (https://docs.cloud.google.com/iam/docs/conditions-overview)."""
ALWAYS = {"resourcemanager.projects.get", "serviceusage.services.use"}
"""Requests count for the cluster's project, which takes the second
(https://docs.cloud.google.com/docs/quotas/set-quota-project)."""
BILLING = "roles/billing.costsManager"
"""A project's own role can't be given on a billing account
(https://docs.cloud.google.com/iam/docs/roles-permissions/billing)."""
COMPUTE = {
    "disks": ("Disk", "zones/{zone}"),
    "firewalls": ("Firewall", "global"),
    "instances": ("Instance", "zones/{zone}"),
    "instanceTemplates": ("InstanceTemplate", "global"),
}
"""Collections of Compute Engine whose names conditions can ask for, with their type and where they are."""
POLICY = (".getIamPolicy", ".setIamPolicy")
STATE, STATE_KEY = "clusterwright-state", "keyRings/clusterwright/"
"""The backend of the state and the ring of its key, as `make up` says to make them."""


class Role(NamedTuple):
    """Permissions, and the condition under which they are given: None where Google knows none for them."""

    part: str
    permissions: frozenset[str]
    condition: str | None


def documents(plan: GcpPlan, types: Collection[str]) -> list[dict[str, Any]]:
    """Each role as Google's requests to make it and to bind it have it, for a stack that registers these types
    (https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.roles/create)."""
    return [
        {
            "roleId": f"clusterwright.{plan.name.replace('-', '_')}.{role.part}",
            "role": {
                "title": f"Deploys cluster {plan.name}: {role.part}",
                "stage": "GA",
                "includedPermissions": sorted(role.permissions),
            },
            "condition": {"title": f"{role.part} of {plan.name}", "expression": role.condition}
            if role.condition
            else None,
        }
        for role in roles(plan, types)
        if role.permissions
    ]


def notes(plan: GcpPlan) -> Iterator[str]:
    if plan.number is None:
        yield "without a lock neither the project's number nor the buckets' names are known"
    yield f"switch its services on: gcloud services enable {' '.join(plan.services)} --project={plan.project}"
    if spend := plan.observability.spend:
        yield f"the budget takes {BILLING} on {spend.billing}, which whoever looks after it can give"


def roles(plan: GcpPlan, types: Collection[str]) -> Iterator[Role]:
    wanted = {one for one in actions("gcp", types) if not one.startswith("billing.")}
    named = tuple(_named(plan, wanted))
    bound = {permission for role in named for permission in role.permissions}
    yield Role("project", frozenset(wanted - bound | ALWAYS), None)
    yield from named
    yield from _given(plan, wanted)
    yield from _state(plan)


def _named(plan: GcpPlan, wanted: set[str]) -> Iterator[Role]:
    """What is named after the cluster. Of the objects of a kept bucket only control/ is the deployer's to write."""
    places = (
        _either((kind,), [f"projects/{plan.project}/{where.format(zone=plan.zone)}/{collection}/{plan.name}-"])
        for collection, (kind, where) in (
            (name, (f"compute.googleapis.com/{t}", w)) for name, (t, w) in COMPUTE.items()
        )
    )
    machines = {one for one in wanted if one.startswith("compute.") and one.split(".")[1] in COMPUTE}
    yield Role("compute", frozenset(machines), " && ".join(f"({place})" for place in places))

    buckets = [part for part in plan.storage if isinstance(part, BucketPlan)]
    objects = {one for one in wanted if one.startswith("storage.objects.")}
    kinds = ("storage.googleapis.com/Bucket", "storage.googleapis.com/ManagedFolder")
    names = [_bucket(one.full_name) for one in buckets]
    yield Role("buckets", _of(wanted, "storage.") - objects, _either(kinds, names))
    writes = [
        _bucket(one.full_name) + ("/objects/" if one.on_destroy == "delete" else f"/objects/{CONTROL}")
        for one in buckets
    ]
    reads = {one for one in objects if one.endswith((".get", ".list"))}
    yield Role("control", frozenset(objects - reads), _either(("storage.googleapis.com/Object",), writes))
    yield Role("follow", frozenset(reads), " || ".join(map(_begins, names)))

    keys = {one for one in _of(wanted, "cloudkms.") if plan.key.kind == "cluster" or one.endswith(POLICY)}
    kinds = tuple(f"cloudkms.googleapis.com/{kind}" for kind in ("KeyRing", "CryptoKey", "CryptoKeyVersion"))
    ring = f"projects/{plan.project}/locations/{plan.key.location}/keyRings/{plan.key.ring_prefix}-"
    yield Role("key", frozenset(keys), _either(kinds, [plan.key.full_name or ring]))
    secret = _either(("secretmanager.googleapis.com/Secret",), [_secret(plan, plan.identity.munge.name)])
    yield Role("secret", _of(wanted, "secretmanager."), secret)


def _given(plan: GcpPlan, wanted: set[str]) -> Iterator[Role]:
    """What was there before, and the spec names: only its policy is written, which is asked of it alone."""
    own = {plan.identity.munge.name, *(part.full_name for part in plan.storage if isinstance(part, BucketPlan))}
    there = [one for one in plan.identity.bindings if one.resource.rpartition("/")[2] not in own]
    secrets = {_secret(plan, one.resource.rpartition("/")[2]) for one in there if one.kind == "secret"}
    for part, service, names in (
        ("texts", "storage.buckets.", {_bucket(one.resource) for one in there if one.kind == "bucket"}),
        ("secrets", "secretmanager.", secrets),
    ):
        if names:
            policies = frozenset(one for one in _of(wanted, service) if one.endswith(POLICY))
            yield Role(part, policies, " || ".join(f'resource.name == "{name}"' for name in sorted(names)))


def _state(plan: GcpPlan) -> Iterator[Role]:
    bucket = _bucket(f"{STATE}-{plan.project}")
    files = ("buckets.get", "objects.create", "objects.delete", "objects.get", "objects.list")
    yield Role("state", frozenset(f"storage.{one}" for one in files), _begins(bucket))
    uses = ("useToDecrypt", "useToEncrypt")
    key = f"projects/{plan.project}/locations/{plan.region}/{STATE_KEY}"
    yield Role("state_key", frozenset(f"cloudkms.cryptoKeyVersions.{one}" for one in uses), _begins(key))


def _of(wanted: Iterable[str], service: str) -> frozenset[str]:
    return frozenset(one for one in wanted if one.startswith(service))


def _bucket(name: str) -> str:
    return f"projects/_/buckets/{name}"


def _secret(plan: GcpPlan, id: str) -> str:
    return f"projects/{plan.number or UNKNOWN_NUMBER}/secrets/{id}"


def _begins(name: str) -> str:
    return f'resource.name.startsWith("{name}")'


def _either(kinds: Sequence[str], names: Iterable[str]) -> str:
    """Another type, or one of these names."""
    other = " && ".join(f'resource.type != "{kind}"' for kind in kinds)
    return " || ".join([f"({other})" if len(kinds) > 1 else other, *map(_begins, names)])
