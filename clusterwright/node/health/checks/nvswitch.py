"""The switches between a machine's GPUs are set up.

On AWS the machine runs NVIDIA's fabric manager itself, for eight GPUs with NVSwitch
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/install-nvidia-driver.html); on GCP the host does, and the
machine sees the result alone. From Hopper on a GPU says itself whether it has joined the fabric
(https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/).
"""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.smi import query
from clusterwright.node.health.system import System

SWITCHED = ("A100 40GB", "A100 80GB", "H100 80GB", "H200", "B200", "B300")
JOINING = ("H100 80GB", "H200", "B200", "B300", "GB200")
SERVICE = "nvidia-fabricmanager.service"


def check(facts: Facts, system: System) -> Iterator[str]:
    if facts.gpus < 2:
        return
    if facts.provider == "aws" and facts.gpu_kind in SWITCHED:
        shown = system.run("systemctl", "show", "--property=ActiveState", "--value", SERVICE).strip()
        if shown != "active":
            yield f"{SERVICE} is {shown}, and without it the GPUs can't reach each other"
    if facts.gpu_kind in JOINING:
        for gpu in query(system, "index", "fabric.state", "fabric.status"):
            if (gpu["fabric.state"], gpu["fabric.status"]) != ("Completed", "Success"):
                yield f"GPU {gpu['index']} has not joined the fabric: {gpu['fabric.state']}, {gpu['fabric.status']}"
