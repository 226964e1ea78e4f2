"""A node says what its GPUs and its fabric do, and nothing of what it can't see."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterwright.node.health.system import System
from clusterwright.node.load import Load
from tests.node.tools import Tools

SMI = "nvidia-smi --query-gpu=utilization.gpu"


class Node:
    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.tools = Tools(folder / "bin")
        self.load = Load(System(self.root, environment=self.tools.environment))

    def gpus(self, output: str, code: int = 0) -> None:
        (self.root / "proc/driver/nvidia/gpus/0000:10:1c.0").mkdir(parents=True, exist_ok=True)
        self.tools.answer(SMI, output, code)

    def counters(self, device: str, **counts: object) -> None:
        folder = self.root / f"sys/class/infiniband/{device}/ports/1/hw_counters"
        folder.mkdir(parents=True, exist_ok=True)
        for name, count in counts.items():
            (folder / name).write_text(f"{count}\n")


@pytest.fixture
def machine(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_gpus_are_told_by_their_mean(machine: Node) -> None:
    machine.gpus("100\n50\n")
    assert machine.load.look(0.0) == {"gpu_utilisation": 75.0}


def test_nvidia_smi_is_asked_once_a_minute_and_only_where_there_are_gpus(machine: Node) -> None:
    machine.tools.answer(SMI, "1\n")
    machine.load.look(0.0)
    assert machine.tools.calls("nvidia-smi") == []
    machine.gpus("1\n")
    for second in range(0, 121, 15):
        machine.load.look(float(second))
    assert len(machine.tools.calls("nvidia-smi")) == 2


@pytest.mark.parametrize(("output", "code"), [("[N/A]\n", 0), ("", 0), ("no devices", 9)])
def test_gpus_that_cannot_be_seen_are_not_idle(output: str, code: int, machine: Node) -> None:
    machine.gpus(output, code)
    assert machine.load.look(0.0) == {}


def test_the_fabric_is_told_in_bytes_a_second_over_all_devices(machine: Node) -> None:
    for device in ("rdmap0", "rdmap1"):
        machine.counters(device, rx_bytes=1000, tx_bytes=0)
    assert machine.load.look(0.0) == {}, "a count since the start is no speed"
    machine.counters("rdmap0", rx_bytes=7000, tx_bytes=1200)
    assert machine.load.look(60.0) == {"fabric_received": 100.0, "fabric_sent": 20.0}


def test_a_driver_that_begins_anew_has_no_speed_until_the_next_look(machine: Node) -> None:
    machine.counters("rdmap0", rx_bytes=6000)
    machine.load.look(0.0)
    machine.counters("rdmap0", rx_bytes=10)
    assert machine.load.look(60.0) == {}
    machine.counters("rdmap0", rx_bytes=70)
    assert machine.load.look(120.0) == {"fabric_received": 1.0}


def test_a_device_with_other_counters_is_no_fabric(machine: Node) -> None:
    machine.counters("mlx5_0", out_of_sequence=3, rx_bytes="n/a")
    machine.load.look(0.0)
    assert machine.load.look(60.0) == {}
