"""How what components/gcp/network.py registers is asked for."""

from __future__ import annotations

from tests.components.gcp.requests.translate import Call, Inputs, Resource


def _nat(inputs: Inputs) -> Inputs:
    """A NAT is a resource in Pulumi, and a part of a list of its router's in Google's call."""
    return {"nats": [inputs]}


def _flow_logs(inputs: Inputs) -> Inputs:
    """In Terraform's words flow logs are on where their block is there (https://registry.terraform.io/providers/
    hashicorp/google/latest/docs/resources/compute_subnetwork#nested_log_config)."""
    logs = inputs.pop("logConfig", None)
    return {**inputs, "logConfig": {"enable": True, **logs}} if logs else inputs


REQUESTS = {
    "gcp:compute/network:Network": Resource(
        Call("compute.v1:networks.insert", names={"routingMode": "routingConfig.routingMode"})
    ),
    "gcp:compute/subnetwork:Subnetwork": Resource(Call("compute.v1:subnetworks.insert", first=_flow_logs)),
    "gcp:compute/router:Router": Resource(Call("compute.v1:routers.insert")),
    "gcp:compute/routerNat:RouterNat": Resource(Call("compute.v1:routers.patch", first=_nat)),
    "gcp:compute/firewall:Firewall": Resource(
        Call("compute.v1:firewalls.insert", names={"allows": "allowed", "allows.protocol": "IPProtocol"})
    ),
    "gcp:compute/address:Address": Resource(Call("compute.v1:addresses.insert")),
    "gcp:compute/globalAddress:GlobalAddress": Resource(Call("compute.v1:globalAddresses.insert")),
    "gcp:servicenetworking/connection:Connection": Resource(
        Call("servicenetworking.v1:services.connections.create", {"parent": "services/{service}"}),
        {"deletionPolicy": "what the provider does when the connection goes"},
    ),
}
