"""Inputs become requests by their names; what has no place in a request is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.gcp.requests.translate import Call, Inputs, Resource, Unmapped

NETWORKS = "compute.v1:networks.insert"
DISKS = "compute.v1:disks.insert"


def body(call: Call, inputs: Inputs) -> dict[str, Any]:
    _, _, made = Resource(call).request("my-project", inputs)
    return made


@pytest.mark.parametrize(
    ("call", "inputs", "made"),
    [
        (Call(NETWORKS), {"autoCreateSubnetworks": False}, {"autoCreateSubnetworks": False}),
        # a name that differs in case, or in number
        (
            Call("compute.v1:instances.insert"),
            {"networkInterfaces": [{"networkIp": "10.0.0.2"}]},
            {"networkInterfaces": [{"networkIP": "10.0.0.2"}]},
        ),
        (
            Call("compute.v1:routers.patch"),
            {"nats": [{"subnetworks": [{"sourceIpRangesToNats": ["ALL_IP_RANGES"]}]}]},
            {"nats": [{"subnetworks": [{"sourceIpRangesToNat": ["ALL_IP_RANGES"]}]}]},
        ),
        # another name, also inside something
        (Call(DISKS, names={"size": "sizeGb"}), {"size": 20.0}, {"sizeGb": "20"}),
        (
            Call(NETWORKS, names={"routingMode": "routingConfig.routingMode"}),
            {"routingMode": "REGIONAL"},
            {"routingConfig": {"routingMode": "REGIONAL"}},
        ),
        # numbers as the format has them, one where there is a list
        (Call(NETWORKS), {"mtu": 8896.0}, {"mtu": 8896}),
        (Call("compute.v1:firewalls.insert"), {"sourceRanges": "10.0.0.0/8"}, {"sourceRanges": ["10.0.0.0/8"]}),
        # what is not set is not sent, what the provider sends is
        (Call(NETWORKS, adds={"description": "made"}), {"mtu": None}, {"description": "made"}),
        (Call(NETWORKS, first=lambda inputs: {"mtu": inputs["bytes"]}), {"bytes": 1460}, {"mtu": 1460}),
    ],
)
def test_inputs_find_their_place_in_a_request(call: Call, inputs: Inputs, made: dict[str, Any]) -> None:
    assert body(call, inputs) == made


def test_parameters_are_made_of_properties_which_then_are_not_in_the_body() -> None:
    call = Call("file.v1:projects.locations.instances.create", {"parent": "projects/{project}/locations/{location}"})
    resource = Resource(call, {"deletionPolicy": "the provider's own"})
    inputs = {"location": "us-central1-a", "tier": "ZONAL", "instanceId": "a", "deletionPolicy": "DELETE"}
    assert resource.request("my-project", inputs) == (
        call.method,
        {"parent": "projects/my-project/locations/us-central1-a", "instanceId": "a"},
        {"tier": "ZONAL"},
    )


def test_the_project_of_a_resource_is_its_own_and_else_the_provider_s() -> None:
    resource = Resource(Call(NETWORKS))
    assert resource.request("mine", {})[1] == {"project": "mine"}
    assert resource.request("mine", {"project": "yours"})[1:] == ({"project": "yours"}, {})


@pytest.mark.parametrize(
    ("call", "inputs", "said"),
    [
        (Call(NETWORKS), {"cidr": "10.0.0.0/16"}, f"{NETWORKS} has nothing for cidr"),
        (
            Call(DISKS, names={"key": "diskEncryptionKey"}),
            {"key": {"kmsKeySelfLink": "k"}},
            f"{DISKS} has nothing for key.kmsKeySelfLink",
        ),
        (
            Call("serviceusage.v1beta1:services.generateServiceIdentity", {"parent": "{service}"}),
            {"service": "a", "more": 1},
            "serviceusage.v1beta1:services.generateServiceIdentity has no body for more",
        ),
    ],
)
def test_what_has_no_place_is_told_by_its_path(call: Call, inputs: Inputs, said: str) -> None:
    with pytest.raises(Unmapped, match=said):
        body(call, inputs)
