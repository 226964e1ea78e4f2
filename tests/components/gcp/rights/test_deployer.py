"""Who deploys a cluster on GCP may do what that takes, in Google's own words and within its limits, and nothing to what
is named after another cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from googleapiclient.discovery_cache import get_static_doc

from clusterwright.plan.gcp.model import BucketPlan
from components.recorder import inputs_of
from components.rights import actions, documents, table
from components.rights.__main__ import main
from components.rights.gcp import OPERATORS, notes
from tests.components.gcp.clusters import ALL, KINDS, STACKS, planned, registered

EVERY = (*STACKS, *(pytest.param(name, marks=pytest.mark.slow) for name in KINDS))
VERSIONS = {
    "billingbudgets": ("v1",), "cloudkms": ("v1",), "cloudresourcemanager": ("v1",), "compute": ("v1",),
    "file": ("v1",), "iam": ("v1",), "logging": ("v2",), "monitoring": ("v1", "v3"), "secretmanager": ("v1",),
    "servicenetworking": ("v1",), "storage": ("v1",),
}  # fmt: skip
"""The discovery documents that Google's client ships, of the services whose methods the table names."""
NAMED = {
    "gcp:compute/disk:Disk": ("compute", "Disk", "projects/{project}/zones/{zone}/disks/{name}"),
    "gcp:compute/firewall:Firewall": ("compute", "Firewall", "projects/{project}/global/firewalls/{name}"),
    "gcp:compute/instance:Instance": ("compute", "Instance", "projects/{project}/zones/{zone}/instances/{name}"),
    "gcp:compute/instanceTemplate:InstanceTemplate": (
        "compute", "InstanceTemplate", "projects/{project}/global/instanceTemplates/{namePrefix}20261124",
    ),
    "gcp:storage/bucket:Bucket": ("buckets", "Bucket", "projects/_/buckets/{name}"),
    "gcp:storage/bucketObject:BucketObject": ("control", "Object", "projects/_/buckets/{bucket}/objects/{name}"),
}  # fmt: skip
"""What conditions know of a resource: the role that has to reach it, its type and its name
(https://docs.cloud.google.com/iam/docs/conditions-resource-attributes)."""
SERVICES = {"compute": "compute", "buckets": "storage", "control": "storage"}


def types(name: str) -> set[str]:
    return {request.type for request in registered(name).requests if request.type.startswith("gcp:")}


@cache
def roles(name: str) -> dict[str, dict[str, Any]]:
    """The roles of a cluster's deployer, by their parts."""
    return {one["roleId"].rpartition(".")[2]: one for one in documents(planned(name), types(name))}


def permissions(name: str) -> set[str]:
    return {permission for one in roles(name).values() for permission in one["role"]["includedPermissions"]}


def holds(role: dict[str, Any], kind: str, resource: str) -> bool:
    """Whether a role's condition lets it reach a resource. Conditions here have operators and `startsWith` alone."""
    said = role["condition"]["expression"].replace("&&", "and").replace("||", "or")
    said = said.replace("resource.name.startsWith", "name.startswith").replace("resource.", "")
    return eval(said, {"__builtins__": {}}, {"type": kind, "name": resource})


def methods(resource: dict[str, Any]) -> Iterator[str]:
    """The ids of all methods of a discovery document."""
    yield from (method["id"] for method in resource.get("methods", {}).values())
    for inner in resource.get("resources", {}).values():
        yield from methods(inner)


@pytest.mark.slow
def test_every_type_that_a_cluster_registers_is_in_the_table() -> None:
    assert {kind for name in ALL for kind in types(name)} == set(table("gcp")["types"])


def test_every_type_takes_something() -> None:
    assert [kind for kind, row in table("gcp")["types"].items() if not row["actions"]] == []


@pytest.mark.slow
def test_every_method_of_the_table_is_one_of_google_s() -> None:
    known = set()
    for service, versions in VERSIONS.items():
        for version in versions:
            document = get_static_doc(service, version)
            assert document, service
            known |= set(methods(json.loads(document)))
    asked = {method for row in table("gcp")["types"].values() for method in row["methods"]}
    assert asked - known == set()
    assert {method.partition(".")[0] for method in asked} == set(VERSIONS)


@pytest.mark.parametrize("name", EVERY)
def test_every_permission_is_in_a_role_but_those_of_the_billing_account(name: str) -> None:
    assert {one for one in actions("gcp", types(name)) - permissions(name) if not one.startswith("billing.")} == set()


@pytest.mark.parametrize("name", EVERY)
def test_who_deletes_a_disk_may_make_the_snapshot_that_it_leaves(name: str) -> None:
    # https://docs.cloud.google.com/compute/docs/disks/create-snapshots
    assert planned(name).head.state.snapshot
    assert {"compute.disks.createSnapshot", "compute.snapshots.create"} <= permissions(name)


@pytest.mark.parametrize("name", EVERY)
def test_a_role_is_what_google_takes(name: str) -> None:
    # https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.roles/create and /iam/quotas
    for one in roles(name).values():
        assert re.fullmatch(r"[a-zA-Z0-9_.]{3,64}", one["roleId"])
        assert len(one["role"]["title"]) <= 100
        if condition := one["condition"]:
            assert len(re.findall(r"&&|\|\|", condition["expression"])) <= OPERATORS
            assert condition["expression"].count("(") == condition["expression"].count(")")


@pytest.mark.parametrize("name", EVERY)
def test_conditions_let_the_deployer_reach_all_that_the_cluster_registers(name: str) -> None:
    plan = planned(name)
    seen = set()
    for request in registered(name).requests:
        if request.type in NAMED:
            part, kind, path = NAMED[request.type]
            inputs = {"project": plan.project, "zone": plan.zone, **inputs_of(request)}
            if request.type == "gcp:storage/bucketObject:BucketObject":
                inputs["bucket"] = next(one.full_name for one in plan.storage if isinstance(one, BucketPlan))
            assert holds(roles(name)[part], f"{SERVICES[part]}.googleapis.com/{kind}", path.format(**inputs))
            seen.add(request.type)
    assert seen == set(NAMED)


@pytest.mark.parametrize(
    ("part", "kind", "resource"),
    [
        ("compute", "compute.googleapis.com/Disk", "projects/my-project-123/zones/us-central1-a/disks/other-state"),
        ("compute", "compute.googleapis.com/Instance", "projects/my-project-123/zones/us-central1-a/instances/other"),
        ("compute", "compute.googleapis.com/Firewall", "projects/my-project-123/global/firewalls/other-internal"),
        ("buckets", "storage.googleapis.com/Bucket", "projects/_/buckets/other-data-123456789012"),
        ("control", "storage.googleapis.com/Object", "projects/_/buckets/bert-large-data-123456789012/objects/data/a"),
        ("follow", "storage.googleapis.com/Object", "projects/_/buckets/other-data-123456789012/objects/data/a"),
        ("key", "cloudkms.googleapis.com/CryptoKey",
         "projects/my-project-123/locations/us-central1/keyRings/other-1/cryptoKeys/cluster"),
        ("secret", "secretmanager.googleapis.com/Secret", "projects/123456789012/secrets/other-munge"),
        ("secrets", "secretmanager.googleapis.com/Secret", "projects/123456789012/secrets/hf-token-2"),
        ("texts", "storage.googleapis.com/Bucket", "projects/_/buckets/my-corpus-2"),
    ],
)  # fmt: skip
def test_what_is_named_after_no_part_of_the_cluster_is_out_of_reach(part: str, kind: str, resource: str) -> None:
    assert not holds(roles("bert-large-gcp")[part], kind, resource)


def test_what_was_there_before_has_its_policy_changed_and_nothing_else() -> None:
    found = roles("bert-large-gcp")
    assert found["texts"]["role"]["includedPermissions"] == [
        "storage.buckets.getIamPolicy",
        "storage.buckets.setIamPolicy",
    ]
    assert found["secrets"]["role"]["includedPermissions"] == [
        "secretmanager.secrets.getIamPolicy",
        "secretmanager.secrets.setIamPolicy",
    ]


@pytest.mark.parametrize("name", EVERY)
def test_nobody_who_deploys_reads_a_secret_or_leaves_the_cluster_s_objects(name: str) -> None:
    assert not {one for one in permissions(name) if one.startswith("secretmanager.versions.")}
    for part, one in roles(name).items():
        data = [permission for permission in one["role"]["includedPermissions"] if ".objects." in permission]
        assert not data or part in ("control", "follow", "state")


def test_what_the_roles_lack_is_told() -> None:
    plan = planned("given")
    assert plan.observability.spend
    services, budget = notes(plan)
    assert services.startswith("switch its services on: gcloud services enable billingbudgets.googleapis.com ")
    assert "roles/billing.costsManager on billingAccounts/012345-567890-ABCDEF" in budget


def test_the_roles_are_printed_for_a_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bert-base-gcp"]) == 0
    said = capsys.readouterr()
    assert {one["role"]["stage"] for one in json.loads(said.out)} == {"GA"}
    assert "without a lock" in said.err
