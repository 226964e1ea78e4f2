"""docs/images/gcp.svg: a cluster on GCP; the network of nodes is drawn, those of GPUs' interfaces are a line."""

from __future__ import annotations

from collections.abc import Sequence

from tests.components.docs.picture import PANELS, Line, Node, drawn, lines_of, texts

NOUNS = {
    "gcp:billing/budget:Budget": "budget",
    "gcp:compute/disk:Disk": "disk of the head",
    "gcp:compute/instance:Instance": "instance",
    "gcp:compute/instanceGroupManager:InstanceGroupManager": "managed instance group",
    "gcp:compute/instanceTemplate:InstanceTemplate": "instance template",
    "gcp:compute/resourcePolicy:ResourcePolicy": "placement",
    "gcp:compute/routerNat:RouterNat": "Cloud NAT",
    "gcp:filestore/instance:Instance": "Filestore",
    "gcp:kms/cryptoKey:CryptoKey": "key of Cloud KMS",
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": "log bucket",
    "gcp:lustre/instance:Instance": "Managed Lustre",
    "gcp:monitoring/alertPolicy:AlertPolicy": "alarm",
    "gcp:monitoring/dashboard:Dashboard": "dashboard",
    "gcp:monitoring/notificationChannel:NotificationChannel": "address that is told",
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": "record of data accesses",
    "gcp:projects/iAMCustomRole:IAMCustomRole": "custom role",
    "gcp:secretmanager/secret:Secret": "secret",
    "gcp:serviceaccount/account:Account": "service account",
    "gcp:servicenetworking/connection:Connection": "peering with Google's network of file systems",
    "gcp:storage/bucket:Bucket": "bucket",
    "gcp:storage/managedFolder:ManagedFolder": "managed folder",
}
"""What is drawn, in a reader's words; rules, bindings and settings belong to what has them."""
SUBNET, NETWORK = "gcp:compute/subnetwork:Subnetwork", "gcp:compute/network:Network"
NAT, TEMPLATE = "gcp:compute/routerNat:RouterNat", "gcp:compute/instanceTemplate:InstanceTemplate"


def picture(nodes: Sequence[Node]) -> str:
    """The whole SVG of the graph of one cluster. Raises ValueError where it has no network of its own for nodes."""
    networks = {node["name"]: node for node in nodes if node["type"] == NETWORK}
    first = next((name for name in networks if name.endswith("-network-nodes")), None)
    if first is None:
        raise ValueError("a picture is of a cluster with a network of its own, and the graph has none for nodes")
    (subnet,) = (node for node in nodes if node["type"] == SUBNET and node["inputs"]["network"] == f"{first}-id")
    things = [node for node in nodes if node["type"] in NOUNS]
    # Groups and templates stand in no subnet: their machines do, once there are any.
    inside = [
        node
        for node in things
        if node["type"] not in (TEMPLATE, NAT) and f"{subnet['name']}-id" in set(texts(node["inputs"]))
    ]
    beside = [node for node in things if node not in inside]

    def lines(of: Sequence[Node]) -> list[Line]:
        return lines_of(of, NOUNS, lambda node: _detail(node, nodes))

    panels = {panel: lines([node for node in beside if f"Gcp{panel}$" in node["urn"]]) for panel in PANELS}
    if others := len(networks) - 1:
        panels["Network"].append((f"{others} x network of GPUs' interfaces, with a subnet each, no way out", False))
    out = "out through Cloud NAT" if any(node["type"] == NAT for node in nodes) else "no way out"
    box = (f"subnet nodes, {subnet['inputs']['ipCidrRange']}: {out}", lines(inside))
    return drawn(f"nodes, MTU {networks[first]['inputs']['mtu']}", [box], panels)


def _detail(node: Node, nodes: Sequence[Node]) -> str:
    inputs, kind = node["inputs"], node["type"].removeprefix("gcp:").split(":")[0]
    last = node["name"].rpartition("-")[2]
    match kind:
        case "compute/instance":
            return f"head, {inputs['machineType']}"
        case "compute/instanceGroupManager":
            templates = {one["name"]: one for one in nodes if one["type"] == TEMPLATE}
            return f"{last}, {templates[node['name']]['inputs']['machineType']}"
        case "compute/disk":
            return f"{inputs['size']} GiB"
        case "lustre/instance":
            return f"{inputs['capacityGib']} GiB"
        case "storage/bucket" | "storage/managedFolder" | "filestore/instance" | "serviceaccount/account":
            return last
        case "projects/iAMAuditConfig":
            return inputs["service"].partition(".")[0]
        case _:
            return ""
