"""A machine that is as it should be, to be broken one thing at a time."""

from __future__ import annotations

import getpass
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from clusterwright.node.health.checks import fabric, gpu_clocks
from clusterwright.node.health.facts import Facts, Mount
from clusterwright.node.health.system import System
from tests.node.health import recorded
from tests.node.tools import Tools


@dataclass
class Machine:
    """Its facts, its tools and its kernel's files."""

    facts: Facts
    tools: Tools
    root: Path

    def planned(self, **changes: Any) -> None:
        self.facts = replace(self.facts, **changes)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def mount(self, *paths: Path) -> None:
        """The kernel's list of mounts, as man 5 proc_pid_mountinfo has it."""
        lines = [f"36 35 98:0 / {str(path).replace(' ', chr(92) + '040')} rw - ext4 /dev/x rw\n" for path in paths]
        self.write("/proc/self/mountinfo", "".join(lines))

    def efa(self, count: int) -> None:
        driver = self.root / "sys/bus/pci/drivers/efa"
        driver.mkdir(parents=True)
        for device in range(count):
            folder = self.root / f"{fabric.DEVICES.lstrip('/')}/rdmap{device}s0/device"
            folder.mkdir(parents=True)
            (folder / "driver").symlink_to(driver)

    @property
    def system(self) -> System:
        return System(self.root, getpass.getuser(), limit=2.0, environment=self.tools.environment)


@pytest.fixture
def cpu_machine(tmp_path: Path) -> Machine:
    """A node without GPUs and without a fabric: what stands on this machine."""
    facts = Facts("train-1", "compute", "local", "local", 0, None, "none", 0, None, (), tmp_path)
    machine = Machine(facts, Tools(tmp_path / "bin"), tmp_path / "root")
    machine.mount()
    return machine


@pytest.fixture
def machine(cpu_machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A p5.48xlarge: eight H100, 32 EFA interfaces, a file system for data."""
    monkeypatch.setattr(gpu_clocks, "BETWEEN", 0.01)
    machine, data = cpu_machine, tmp_path / "data"
    data.mkdir()
    machine.planned(
        provider="aws",
        machine="p5.48xlarge",
        gpus=recorded.GPUS,
        gpu_kind="H100 80GB",
        fabric="efa",
        efa_interfaces=recorded.EFAS,
        lustre_interfaces=8,
        memory_mib=1_900_000,
        mounts=(Mount(str(data), writable=True),),
    )
    machine.efa(recorded.EFAS)
    machine.mount(data)
    machine.write("/proc/meminfo", "MemTotal:       2097152000 kB\nMemFree:        1 kB\n")
    tools = machine.tools
    tools.answer(ask("index,uuid"), recorded.COUNT)
    tools.answer(
        ask("index,ecc.mode.current,ecc.errors.uncorrected.volatile.total,retired_pages.pending"), recorded.MEMORY
    )
    tools.answer(REMAPPED_CALL, recorded.REMAPPED)
    tools.answer(ask("index," + ",".join(gpu_clocks.REASONS)), recorded.CLOCKS)
    tools.answer(PCIE_CALL, recorded.PCIE)
    tools.answer(ask("index,fabric.state,fabric.status"), recorded.FABRIC)
    tools.answer("nvidia-smi nvlink --status", recorded.NVLINK)
    tools.answer("systemctl show", "active\n")
    tools.answer("dcgmi health --set a", recorded.DCGM_SET)
    tools.answer("dcgmi health --check", recorded.DCGM_HEALTHY)
    tools.answer("journalctl --dmesg --boot", recorded.KERNEL)
    tools.answer("fi_info -p efa", recorded.FI_INFO)
    tools.answer("lnetctl net show --net efa", recorded.lnet(8))
    tools.answer("timedatectl show", "yes\n")
    return machine


def ask(fields: str) -> str:
    return f"nvidia-smi --query-gpu={fields}"


REMAPPED_CALL = "nvidia-smi --query-remapped-rows=gpu_bus_id,remapped_rows.pending,remapped_rows.failure"
PCIE_CALL = ask("index,pstate,pcie.link.width.current,pcie.link.width.max,pcie.link.gen.current,pcie.link.gen.max")
