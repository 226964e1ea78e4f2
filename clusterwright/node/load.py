"""How much a machine's GPUs and its fabric do: what the cloud's own agents don't tell by whether there is a job.

The CloudWatch agent sends GPUs by machine, and EFA only for the containers of Kubernetes
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-NVIDIA-GPU.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-enhanced-EKS.html). A node
says both in its report, and the head knows which nodes have jobs.
"""

from __future__ import annotations

from clusterwright.node.health.smi import query
from clusterwright.node.health.system import System, Unseen

EVERY = 60.0  # seconds between two looks: nvidia-smi takes up to two
GPUS = "/proc/driver/nvidia/gpus"
FABRIC = "/sys/class/infiniband"
UTILISATION = "utilization.gpu"
COUNTERS = {"rx_bytes": "fabric_received", "tx_bytes": "fabric_sent"}
"""What every instance type with EFA counts from its start on
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-working-monitor.html)."""


class Load:
    """`look` gives `gpu_utilisation`, the mean over the GPUs in percent of the last second in which one computed, and
    `fabric_received` and `fabric_sent` in bytes a second since the last look. What cannot be seen is left out.
    """

    def __init__(self, system: System | None = None) -> None:
        self._system = system or System()
        self._looked: float | None = None
        self._bytes: dict[str, int] = {}
        self._last: dict[str, float] = {}

    def look(self, now: float) -> dict[str, float]:
        """`now` is in seconds of a clock that never goes back."""
        if self._looked is None or now - self._looked >= EVERY:
            self._last = {**self._gpus(), **self._fabric(now)}
            self._looked = now
        return self._last

    def _gpus(self) -> dict[str, float]:
        if not self._system.names(GPUS):
            return {}
        try:
            shares = [float(gpu[UTILISATION]) for gpu in query(self._system, UTILISATION)]
        except (Unseen, ValueError):  # why nvidia-smi doesn't answer is what the health check says
            return {}
        return {"gpu_utilisation": round(sum(shares) / len(shares), 1)} if shares else {}

    def _fabric(self, now: float) -> dict[str, float]:
        before, since = self._bytes, self._looked
        self._bytes = self._counted()
        if since is None:
            return {}
        moved = {name: self._bytes[name] - before[name] for name in self._bytes.keys() & before.keys()}
        # After a reset of the driver it counts from zero.
        return {name: round(count / (now - since), 1) for name, count in moved.items() if count >= 0}

    def _counted(self) -> dict[str, int]:
        """The bytes over all devices; nothing where no device counts them."""
        found: dict[str, int] = {}
        for device in self._system.names(FABRIC):
            for port in self._system.names(f"{FABRIC}/{device}/ports"):
                for file, name in COUNTERS.items():
                    try:
                        count = int(self._system.read(f"{FABRIC}/{device}/ports/{port}/hw_counters/{file}"))
                    except (Unseen, ValueError):  # a device of another kind has other counters
                        continue
                    found[name] = found.get(name, 0) + count
        return found
