"""How what components/gcp/compute.py registers is asked for.

Types of machines and disks are words here, of which the provider makes whole names.
"""

from __future__ import annotations

from tests.components.gcp.requests.translate import Call, Inputs, Resource

UNIQUE = "0" * 26
"""What the provider adds to a name's beginning: the time and a number, in 26 digits, or nine after a long beginning
(https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/compute/
resource_compute_instance_template.go)."""
LONG = 37
CREATED = ("diskName", "diskSizeGb", "diskType", "labels", "provisionedIops", "provisionedThroughput", "sourceImage")
"""What is said of a disk that is made with its machine."""


def _metadata(inputs: Inputs) -> Inputs:
    """A machine's metadata is a list of pairs."""
    pairs = [{"key": key, "value": value} for key, value in (inputs.pop("metadata", None) or {}).items()]
    return {**inputs, "metadata": {"items": pairs}}


def _disk(disk: Inputs) -> Inputs:
    created = {name: disk.pop(name) for name in CREATED if disk.get(name) is not None}
    return {**disk, "initializeParams": created}


def _template(inputs: Inputs) -> Inputs:
    """All but its name is inside a template's properties, and a reservation is named beside its kind."""
    prefix = inputs.pop("namePrefix")
    name = prefix + (UNIQUE if len(prefix) <= LONG else UNIQUE[:9])
    inputs["disks"] = [_disk(dict(disk)) for disk in inputs["disks"]]
    affinity = dict(inputs["reservationAffinity"])
    named = affinity.pop("specificReservation", None) or {}
    inputs["reservationAffinity"] = {**affinity, **named}
    return {"name": name, "properties": _metadata(inputs)}


def _key(disk: Inputs) -> Inputs:
    """A disk's key stands with it in Pulumi, and in a part of its own in Google's call."""
    key = disk.pop("kmsKeySelfLink", None)
    return {**disk, "diskEncryptionKey": {"kmsKeyName": key}} if key else disk


def _instance(inputs: Inputs) -> Inputs:
    """Disks are one list, with the root's among them."""
    disks = [
        {**_key(dict(inputs.pop("bootDisk"))), "boot": True},
        *(_key(dict(disk)) for disk in inputs.pop("attachedDisks", None) or ()),
    ]
    return {**_metadata(inputs), "disks": disks}


REQUESTS = {
    "gcp:compute/resourcePolicy:ResourcePolicy": Resource(Call("compute.v1:resourcePolicies.insert")),
    "gcp:compute/instanceTemplate:InstanceTemplate": Resource(
        Call(
            "compute.v1:instanceTemplates.insert",
            names={
                "properties.disks.diskEncryptionKey.kmsKeySelfLink": "kmsKeyName",
                "properties.reservationAffinity.type": "consumeReservationType",
            },
            first=_template,
        ),
        {"region": "where the provider looks for subnets that are named without theirs"},
    ),
    "gcp:compute/instanceGroupManager:InstanceGroupManager": Resource(
        Call("compute.v1:instanceGroupManagers.insert"),
        {"waitForInstances": "how long the provider waits for machines"},
    ),
    "gcp:compute/instance:Instance": Resource(
        Call(
            "compute.v1:instances.insert",
            names={
                "disks.initializeParams.image": "sourceImage",
                "disks.initializeParams.size": "diskSizeGb",
                "disks.initializeParams.type": "diskType",
            },
            first=_instance,
        ),
        {"allowStoppingForUpdate": "what the provider may do for a change"},
    ),
}
