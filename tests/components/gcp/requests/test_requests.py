"""Every resource of a cluster on GCP is one that Google would make: its requests are such as its documents allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from clusterwright.plan.gcp import GcpPlan
from clusterwright_policy import check as keep_promises
from clusterwright_policy.base import Graph, Resource
from tests import specs
from tests.components.drawn import plan_of_any
from tests.components.gcp.clusters import ALL, planned
from tests.components.gcp.requests import documented, shapes
from tests.components.gcp.requests.table import REQUESTS
from tests.components.gcp.requests.translate import Unmapped
from tests.components.gcp.stacks import EVERY, graph, graph_of
from tests.plan.gcp.plans import LOCK, plan_of

PROJECT = "my-project-123"


def refused(resource: Resource) -> list[str]:
    """What Google would refuse of a resource, or that it has what nobody has mapped."""
    if resource.type not in REQUESTS:
        return [f"{resource.type} is in no table of requests"]
    try:
        method, parameters, body = REQUESTS[resource.type].request(PROJECT, dict(resource.properties))
    except Unmapped as error:
        return [str(error)]
    return [*shapes.problems(method, parameters, body), *documented.problems(method, parameters, body)]


def all_refused(found: Graph) -> dict[str, list[str]]:
    return {f"{one.type} {one.name}": problems for one in found.resources if (problems := refused(one))}


def find(found: Graph, kind: str, name: str = "") -> Resource:
    return next(one for one in found.resources if one.type == kind and one.name.endswith(name))


@pytest.mark.parametrize("name", EVERY)
def test_google_would_take_every_request_of_a_cluster(name: str) -> None:
    found = graph_of(name)
    assert len(found.resources) > 40
    assert all_refused(found) == {}


@pytest.mark.slow
def test_each_entry_of_the_table_is_of_a_resource_that_some_cluster_has() -> None:
    assert set(REQUESTS) == {resource.type for name in ALL for resource in graph_of(name).resources}


def test_google_would_take_the_longest_names() -> None:
    group, bucket, basic, lustre, volume = (letter * 20 for letter in "gbhlv")
    text = (
        f"groups: [{{name: {group}, machine: g2-standard-8, nodes: 2}}]\njob: none\n"
        f"storage: [{{name: {bucket}}}, {{name: {basic}, kind: nfs, tier: basic_hdd}}, {{name: {lustre}, "
        f"kind: lustre, size: 18000 GiB}}, {{name: {volume}, kind: volume, size: 10 GiB}}]\n"
    )
    assert all_refused(graph(plan_of(text, LOCK, name="a" * 20))) == {}


@pytest.mark.slow
@given(document=specs.specs("gcp"))
@settings(max_examples=15, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_google_would_take_every_request_of_any_cluster(document: dict[str, Any]) -> None:
    plan = plan_of_any(document)
    assert isinstance(plan, GcpPlan)
    found = graph(plan)
    assert all_refused(found) == {}
    assert [str(violation) for violation in keep_promises(found)] == []


@pytest.mark.slow
def test_each_limit_of_the_documentation_is_of_what_some_cluster_asks_for() -> None:
    places = {
        place
        for name in ALL
        for resource in graph_of(name).resources
        for place, _ in documented.parts(*REQUESTS[resource.type].request(PROJECT, dict(resource.properties)))
    }
    assert set(documented.LIMITS) <= places


def test_a3_mega_is_asked_for_with_all_its_interfaces_and_none_of_them_public() -> None:
    template = find(graph_of("bert-large-gcp"), "gcp:compute/instanceTemplate:InstanceTemplate", "train")
    method, _, body = REQUESTS[template.type].request(PROJECT, dict(template.properties))
    interfaces = body["properties"]["networkInterfaces"]
    group = next(group for group in planned("bert-large-gcp").groups if group.name == "train")
    assert method == "compute.v1:instanceTemplates.insert"
    assert [(one["nicType"], one["subnetwork"].rpartition("/")[2]) for one in interfaces] == [
        (one.nic_type, one.subnet) for one in group.instance.interfaces
    ]
    assert len(interfaces) == 9
    assert not any("accessConfigs" in one for one in interfaces)


BROKEN: Mapping[str, tuple[str, str, Any, str]] = {
    "a word that Filestore does not have": (
        "gcp:filestore/instance:Instance",
        "tier",
        "ZONAL_SSD",
        "file.v1:projects.locations.instances.create.tier: 'ZONAL_SSD' is none of",
    ),
    "a throughput that Managed Lustre does not have": (
        "gcp:lustre/instance:Instance",
        "perUnitStorageThroughput",
        "300",
        "lustre.v1:projects.locations.instances.create.perUnitStorageThroughput: '300' is none of",
    ),
    "an instance of Managed Lustre in a region": (
        "gcp:lustre/instance:Instance",
        "location",
        "us-central1",
        "lustre.v1:projects.locations.instances.create(parent): 'projects/my-project-123/locations/us-central1' does",
    ),
    "a retention that no log bucket can have": (
        "gcp:logging/projectBucketConfig:ProjectBucketConfig",
        "retentionDays",
        3651,
        "logging.v2:projects.locations.buckets.create.retentionDays: 3651 is not 1 to 3650",
    ),
    "a network's name in capitals": (
        "gcp:compute/network:Network",
        "name",
        "Nodes",
        "compute.v1:networks.insert.name: 'Nodes' does not match",
    ),
    "an account's name that is too long": (
        "gcp:serviceaccount/account:Account",
        "accountId",
        "a" * 31,
        "iam.v1:projects.serviceAccounts.create.accountId",
    ),
    "a range that is no range": (
        "gcp:compute/subnetwork:Subnetwork",
        "ipCidrRange",
        "10.20.0.1/16",
        'compute.v1:subnetworks.insert.ipCidrRange: "10.20.0.1/16" is not a range from /4 to /29',
    ),
    "a size that is a word": (
        "gcp:compute/instanceGroupManager:InstanceGroupManager",
        "targetSize",
        "many",
        "compute.v1:instanceGroupManagers.insert.targetSize: 'many' is no integer",
    ),
    "no size where there must be one": (
        "gcp:compute/instanceGroupManager:InstanceGroupManager",
        "targetSize",
        None,
        "compute.v1:instanceGroupManagers.insert.targetSize is required",
    ),
    "a period without its unit": (
        "gcp:kms/cryptoKey:CryptoKey",
        "rotationPeriod",
        "7776000",
        "cloudkms.v1:projects.locations.keyRings.cryptoKeys.create.rotationPeriod: '7776000' is no number of seconds",
    ),
    "a key ring by its name alone": (
        "gcp:kms/cryptoKey:CryptoKey",
        "keyRing",
        "a-ring",
        "cloudkms.v1:projects.locations.keyRings.cryptoKeys.create(parent): 'a-ring' does not match",
    ),
    "everybody where somebody is meant": (
        "gcp:storage/managedFolderIamMember:ManagedFolderIamMember",
        "member",
        "allUsers",
        'storage.v1:managedFolders.setIamPolicy.bindings[].members[]: "allUsers" is not a user, group',
    ),
    "a chart that has a unit of its own": (
        "gcp:monitoring/dashboard:Dashboard",
        "dashboardJson",
        '{"displayName": "a", "mosaicLayout": {"tiles": [{"widget": {"unit": "%"}}]}}',
        "monitoring.v1:projects.dashboards.create has nothing for mosaicLayout.tiles.widget.unit",
    ),
    "a property that nobody has mapped": (
        "gcp:compute/subnetwork:Subnetwork",
        "newInThisVersion",
        True,
        "compute.v1:subnetworks.insert has nothing for newInThisVersion",
    ),
}


@pytest.mark.parametrize(("kind", "name", "value", "said"), BROKEN.values(), ids=BROKEN)
def test_what_google_would_refuse_is_seen_in_a_cluster(kind: str, name: str, value: Any, said: str) -> None:
    resource = find(graph_of("bert-large-gcp"), kind)
    broken = replace(resource, properties={**resource.properties, name: value})
    assert refused(resource) == []
    (problem, *_) = refused(broken)
    assert problem.startswith(said)


def test_a_type_that_nobody_has_mapped_is_refused() -> None:
    unknown = Resource("gcp:compute/vpnGateway:VpnGateway", "a", "urn", {})
    assert refused(unknown) == ["gcp:compute/vpnGateway:VpnGateway is in no table of requests"]


TAKES: Mapping[documented.Limit, tuple[Any, Any]] = {
    documented.IAM: ("user:a@example.com", "allAuthenticatedUsers"),
    documented.LABEL: ({"team": "nlp"}, {"Team": "nlp"}),
    documented.METADATA: ([{"key": "a", "value": "b"}], [{"key": "a", "value": "b" * 262145}]),
    documented.RANGE: ("35.235.240.0/20", "35.235.240.1/20"),
    documented.SUBNET: ("10.0.0.0/29", "10.0.0.0/30"),
}
OTHERS: Mapping[str, tuple[Any, Any]] = {
    "compute.v1:networks.insert.mtu": (8896, 8897),
    "compute.v1:subnetworks.insert.logConfig.flowSampling": (1.0, 1.1),
    "compute.v1:instanceTemplates.insert.properties.scheduling.maxRunDuration.seconds": ("30", "29"),
    "compute.v1:instanceGroupManagers.insert.baseInstanceName": ("a" * 58, "a" * 59),
    "storage.v1:buckets.insert.name": ("a-data-1", "a-data-UNKNOWN-NUMBER"),
    "storage.v1:buckets.insert.iamConfiguration.publicAccessPrevention": ("enforced", "ENFORCED"),
    "storage.v1:buckets.insert.storageClass": ("STANDARD", "STANDARD_IA"),
    "storage.v1:buckets.insert.lifecycle.rule[].action.type": ("Delete", "delete"),
    "storage.v1:buckets.insert.softDeletePolicy.retentionDurationSeconds": ("604800", "604799"),
    "storage.v1:managedFolders.insert.name": ("control/", "control"),
    "file.v1:projects.locations.instances.create.fileShares[].name": ("home_1", "home-1"),
    "iam.v1:projects.serviceAccounts.create.accountId": ("a-head", "short"),
    "iam.v1:projects.roles.create.roleId": ("clusterwright.a", "clusterwright-a"),
    "iam.v1:projects.roles.create.role.title": ("a" * 100, "a" * 101),
    "cloudkms.v1:projects.locations.keyRings.cryptoKeys.create.rotationPeriod": ("86400s", "86399s"),
    "cloudkms.v1:projects.locations.keyRings.create(keyRingId)": ("a-1", "a.1"),
    "secretmanager.v1:projects.secrets.create(secretId)": ("a-munge", "a/munge"),
    "logging.v2:projects.locations.buckets.create.retentionDays": (3650, 0),
    "logging.v2:projects.locations.buckets.create(bucketId)": ("a-logs", "_a"),
    "logging.v2:projects.exclusions.create.name": ("a-logs", "a logs"),
    "logging.v2:projects.sinks.create.name": ("a-logs", "a logs"),
}


@pytest.mark.parametrize("place", documented.LIMITS)
def test_a_limit_of_the_documentation_lets_one_value_through_and_not_the_next(place: str) -> None:
    limit = documented.LIMITS[place]
    good, bad = OTHERS.get(place) or TAKES[limit]
    assert limit.holds(good)
    assert not limit.holds(bad)
    assert limit.source.startswith("https://docs.cloud.google.com/")
