"""Which of an account's quotas a machine counts to, under the key that the lock has it by."""

import re
from typing import Literal, NamedTuple

from clusterwright.decide.capacity import Kind
from clusterwright.spec.base import Provider


class Quota(NamedTuple):
    """A quota's key in `Lock.quotas`, and what it counts."""

    key: str
    unit: Literal["vCPUs", "GPUs"]


_AWS_FAMILIES = {"p": "P", "g": "G and VT", "gr": "G and VT"} | dict.fromkeys("acdhimrtz", "standard")
_AWS_CODES = {
    ("P", "on_demand"): "L-417A185B",
    ("G and VT", "on_demand"): "L-DB2E81BA",
    ("standard", "on_demand"): "L-1216C47A",
    ("P", "spot"): "L-7212CCBC",
    ("G and VT", "spot"): "L-3819A6DF",
    ("standard", "spot"): "L-34B43A08",
}
"""Codes of the service `ec2` in Service Quotas, by the letters that a machine type begins with.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html and using-spot-limits.html.
"""

_GCP_GPUS = {
    "g2": "NVIDIA_L4",
    "g4": "NVIDIA_RTX_PRO_6000",
    "a2-highgpu": "NVIDIA_A100",
    "a2-megagpu": "NVIDIA_A100",
    "a2-ultragpu": "NVIDIA_A100_80GB",
    "a3-highgpu": "NVIDIA_H100",
    "a3-megagpu": "NVIDIA_H100_MEGA",
    "a3-ultragpu": "NVIDIA_H200",
    "a4-highgpu": "NVIDIA_B200",
    "a4x-highgpu": "NVIDIA_GB200",
}
"""Names that Compute Engine's quotas have for the GPUs of a family of machine types.

Source: https://docs.cloud.google.com/compute/resource-usage, "GPU quota".
"""


def quota(provider: Provider, machine: str, kind: Kind) -> Quota | None:
    """The quota that machines of that type, bought that way, count to; None where there is none or it is not known."""
    if provider == "aws":
        return _aws(machine, kind)
    return _gcp(machine, kind) if provider == "gcp" else None


def _aws(machine: str, kind: Kind) -> Quota | None:
    """A reservation's machines count as on-demand ones; a capacity block's are in a class of their own."""
    letters = re.match(r"[a-z]+", machine)
    family = _AWS_FAMILIES.get(letters[0]) if letters else None
    code = _AWS_CODES.get((family or "", "on_demand" if kind == "reservation" else kind))
    return Quota(code, "vCPUs") if code else None


def _gcp(machine: str, kind: Kind) -> Quota | None:
    """A reservation has counted when it was made, so its machines count no more. Spot and flex-start GPUs count to the
    preemptible quota, which GPUs always have; spot vCPUs count to it only where the project was granted one, so theirs
    is not known."""
    if kind == "reservation":
        return None
    family = machine.rsplit("-", 1)[0] if machine.startswith("a") else machine.split("-")[0]
    if gpus := _GCP_GPUS.get(family):
        return Quota(f"PREEMPTIBLE_{gpus}_GPUS" if kind in ("spot", "flex_start") else f"{gpus}_GPUS", "GPUs")
    if kind != "on_demand":
        return None
    # General-purpose machines of the first generation and E2 share one quota.
    shared = family in ("e2", "n1", "f1", "g1")
    return Quota("CPUS" if shared else f"{family.upper()}_CPUS", "vCPUs")
