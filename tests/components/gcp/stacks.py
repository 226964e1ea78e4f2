"""Clusters on GCP as the policy pack sees them: all resources of a plan, with the inputs that the provider gets.

Ids that Google gives are made up in Google's own forms, since requests that hold them are looked at.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any
from unittest import mock

import pytest
from pulumi.runtime import mocks

from clusterwright.plan.gcp import GcpPlan
from clusterwright_policy.base import Graph
from components.recorder import Made, record
from tests.components import graphs
from tests.components.aws.clusters import BUNDLE
from tests.components.gcp.clusters import CACHE, KINDS, STACKS, planned

EVERY = (*STACKS, *(pytest.param(name, marks=pytest.mark.slow) for name in KINDS))
"""All clusters, for tests that look at each: those that are no examples are slow ones together."""
REGIONAL = "projects/{project}/regions/{region}/{collection}/{name}"
ZONAL = "projects/{project}/zones/{zone}/{collection}/{name}"
GLOBAL = "projects/{project}/global/{collection}/{name}"
IDS = {
    "compute/address": REGIONAL.replace("{collection}", "addresses"),
    "compute/disk": ZONAL.replace("{collection}", "disks"),
    "compute/firewall": GLOBAL.replace("{collection}", "firewalls"),
    "compute/globalAddress": GLOBAL.replace("{collection}", "addresses"),
    "compute/instance": ZONAL.replace("{collection}", "instances"),
    "compute/instanceGroupManager": ZONAL.replace("{collection}", "instanceGroupManagers"),
    "compute/instanceTemplate": "projects/{project}/global/instanceTemplates/{namePrefix}0",
    "compute/network": GLOBAL.replace("{collection}", "networks"),
    "compute/resourcePolicy": REGIONAL.replace("{collection}", "resourcePolicies"),
    "compute/router": REGIONAL.replace("{collection}", "routers"),
    "compute/subnetwork": REGIONAL.replace("{collection}", "subnetworks"),
    "filestore/instance": "projects/{project}/locations/{location}/instances/{name}",
    "kms/cryptoKey": "{keyRing}/cryptoKeys/{name}",
    "kms/keyRing": "projects/{project}/locations/{location}/keyRings/{name}",
    "logging/projectBucketConfig": "projects/{project}/locations/{location}/buckets/{bucketId}",
    "lustre/instance": "projects/{project}/locations/{location}/instances/{instanceId}",
    "monitoring/dashboard": "projects/{project}/dashboards/0",
    "monitoring/notificationChannel": "projects/{project}/notificationChannels/1",
    "projects/iAMCustomRole": "projects/{project}/roles/{roleId}",
    "secretmanager/secret": "projects/{project}/secrets/{secretId}",
    "serviceaccount/account": "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com",
    "storage/bucket": "{name}",
}
"""What an id is made of (https://google.aip.dev/122), by the provider's type."""


class Google(mocks.Mocks):
    """Answers as Google would, by the provider."""

    def __init__(self, project: str) -> None:
        self.project = project

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        _, _, kind = args.typ.partition(":")
        kind = kind.partition(":")[0]
        made = {**args.inputs, **self._made(kind, args)}
        form = IDS.get(kind)
        return (form.format_map({"project": self.project, **args.inputs}) if form else args.name), made

    def _made(self, kind: str, args: mocks.MockResourceArgs) -> dict[str, Any]:
        """What Google says of a resource besides its inputs."""
        match kind:
            case "storage/bucket":
                return {"url": f"gs://{args.inputs['name']}"}
            case "serviceaccount/account":
                return {"uniqueId": "101234567890123456789"}
            case "compute/address":
                return {"address": "10.20.0.2"}
            case "compute/instanceTemplate":
                name = f"projects/{self.project}/global/instanceTemplates/{args.inputs['namePrefix']}0"
                return {"selfLinkUnique": f"https://www.googleapis.com/compute/v1/{name}?uniqueId=1"}
            case "filestore/instance":
                [network] = args.inputs["networks"]
                return {"networks": [{**network, "ipAddresses": ["10.21.0.3"]}]}
            case "lustre/instance":
                return {"mountPoint": f"10.21.0.4@tcp:/{args.inputs['filesystem']}"}
            case _:
                return {}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return Made().call(args)


def graph(plan: GcpPlan, *, preview: bool = False) -> Graph:
    """The resources of GCP that the cluster of `plan` registers."""
    with mock.patch.dict(os.environ, XDG_CACHE_HOME=CACHE.name):
        return graphs.graph(record(plan, BUNDLE, preview=preview, answers=Google(plan.project)), "gcp")


@cache
def graph_of(name: str, *, preview: bool = False) -> Graph:
    """What an example stack registers, or one of the clusters that have what no example has."""
    return graph(planned(name), preview=preview)
