"""Every passive check is silent on a machine that is as planned, and says one sentence of what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterwright.node.health import checks, passive
from clusterwright.node.health.checks import fabric, gpu_clocks
from clusterwright.node.health.facts import Mount
from tests.node.health import recorded
from tests.node.health.conftest import PCIE_CALL, REMAPPED_CALL, Machine, ask


def found(machine: Machine) -> list[str]:
    return passive.failures(machine.facts, machine.system)


MEMORY_CALL = ask("index,ecc.mode.current,ecc.errors.uncorrected.volatile.total,retired_pages.pending")
CLOCKS_CALL = ask("index," + ",".join(gpu_clocks.REASONS))
LINK_DOWN = recorded.NVLINK.replace("Link 17: 26.562 GB/s", "Link 17: <inactive>", 1)

ANSWERS = [
    ("a GPU is gone", ask("index,uuid"), recorded.COUNT[: -len(f"7, {recorded.uuid(7)}\n")],
     "nvidia-smi lists 7 GPUs and p5.48xlarge has 8"),
    ("memory errors", MEMORY_CALL, recorded.MEMORY.replace("3, Enabled, 0", "3, Enabled, 12"),
     "GPU 3 has 12 uncorrected memory errors since its driver was loaded"),
    ("ECC is off", MEMORY_CALL, recorded.MEMORY.replace("3, Enabled", "3, Disabled"),
     "GPU 3 has ECC disabled, so errors of its memory would pass unseen"),
    ("pages wait", MEMORY_CALL, recorded.MEMORY.replace("5, Enabled, 0, [N/A]", "5, Enabled, 0, Yes"),
     "GPU 5 has pages of memory to retire, which its next reset does"),
    ("rows wait", REMAPPED_CALL, recorded.REMAPPED.replace("65:00.0, 0, 0", "65:00.0, 1, 0"),
     "the GPU at 00000000:65:00.0 has rows of memory to replace, which its next reset does"),
    ("rows failed", REMAPPED_CALL, recorded.REMAPPED.replace("65:00.0, 0, 0", "65:00.0, 0, 1"),
     "the GPU at 00000000:65:00.0 could not replace a faulty row of its memory"),
    ("heat", CLOCKS_CALL, recorded.CLOCKS.replace("2, Not Active", "2, Active"),
     "GPU 2 is slowed down: it is too hot"),
    ("lanes", PCIE_CALL, recorded.PCIE.replace("4, P0, 16", "4, P0, 8"),
     "GPU 4 has 8 of 16 PCIe lanes"),
    ("slow lanes", PCIE_CALL, recorded.PCIE.replace("4, P0, 16, 16, 5", "4, P0, 16, 16, 3"),
     "GPU 4 runs PCIe generation 3 where 5 is possible"),
    ("no lanes", PCIE_CALL, recorded.PCIE.replace("4, P0, 16", "4, P0, [Unknown Error]"),
     "nvidia-smi says [Unknown Error] and 16 of a GPU's PCIe link, which are no numbers"),
    ("a link is down", "nvidia-smi nvlink --status", LINK_DOWN,
     "GPU 0 has 17 of 18 NVLinks up"),
    ("no links", "nvidia-smi nvlink --status", "",
     "nvidia-smi shows the NVLinks of 0 GPUs and p5.48xlarge has 8"),
    ("no fabric manager", "systemctl show", "failed\n",
     "nvidia-fabricmanager.service is failed, and without it the GPUs can't reach each other"),
    ("not joined", ask("index,fabric.state,fabric.status"), recorded.FABRIC.replace("6, Completed", "6, In Progress"),
     "GPU 6 has not joined the fabric: In Progress, Success"),
    ("joined in vain", ask("index,fabric.state,fabric.status"),
     recorded.FABRIC.replace("6, Completed, Success", "6, Completed, Failure"),
     "GPU 6 has not joined the fabric: Completed, Failure"),
    ("DCGM", "dcgmi health --check", recorded.DCGM_FAILED,
     "DCGM says failure: GPU; -> 0 Failure; -> NVLink system Failure"),
    ("DCGM is silent", "dcgmi health --check", "",
     "dcgmi does not say how healthy the GPUs are"),
    ("off the bus", "journalctl --dmesg --boot", "NVRM: Xid (PCI:0000:10:1c): 79, GPU has fallen off the bus.\n" * 2,
     "the GPU at 0000:10:1c has had Xid 79 2 times since boot: it has fallen off the bus"),
    ("to be reset", "journalctl --dmesg --boot",
     "NVRM: Xid (PCI:0000:10:1c): 154, GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)\n",
     "the GPU at 0000:10:1c has had Xid 154 once since boot: GPU recovery action changed from 0x0 (None) to 0x2 "
     "(Node Reboot Required)"),
    ("libfabric", "fi_info -p efa", recorded.FI_INFO.replace("rdmap9s0", "rdmap8s0"),
     "libfabric can use 31 EFA devices and p5.48xlarge has 32"),
    ("the clock", "timedatectl show", "no\n",
     "the clock is not synchronised: no time server has set it since boot, or its last answer is too old"),
]  # fmt: skip


def test_a_machine_as_planned_has_no_failure(machine: Machine) -> None:
    assert found(machine) == []


@pytest.mark.parametrize(("call", "output", "reason"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_what_a_tool_tells_is_said_in_one_sentence(machine: Machine, call: str, output: str, reason: str) -> None:
    machine.tools.answer(call, output)
    assert found(machine) == [reason]


@pytest.mark.parametrize("tool", ["nvidia-smi", "dcgmi", "systemctl", "journalctl", "fi_info", "timedatectl"])
def test_a_missing_tool_is_a_failure_said_once(machine: Machine, tool: str) -> None:
    machine.tools.remove(tool)
    assert found(machine) == [f"{tool} is missing on this machine"]


def test_a_tool_that_fails_is_quoted(machine: Machine) -> None:
    lost = "Unable to determine the device handle for GPU0000:53:00.0: GPU is lost.  Reboot the system to recover\n"
    machine.tools.answer(ask("index,uuid"), lost, code=15)
    assert found(machine) == [f"nvidia-smi ended with exit code 15: {lost.strip()}"]


def test_a_tool_that_hangs_is_a_failure_in_time(machine: Machine) -> None:
    machine.tools.answer("dcgmi health --check", wait=60)
    system = machine.system
    system.limit = 0.5
    assert passive.failures(machine.facts, system) == ["dcgmi has not answered within 0.5 s"]


def test_a_gpu_that_is_slowed_for_a_moment_is_fit(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.tools.answer(CLOCKS_CALL, recorded.CLOCKS.replace("2, Not Active", "2, Active"))
    monkeypatch.setattr(gpu_clocks.time, "sleep", lambda _: machine.tools.answer(CLOCKS_CALL, recorded.CLOCKS))
    assert list(gpu_clocks.check(machine.facts, machine.system)) == []


def test_a_gpu_at_rest_may_have_a_slow_link(machine: Machine) -> None:
    machine.tools.answer(PCIE_CALL, recorded.PCIE.replace("4, P0, 16, 16, 5", "4, P8, 16, 16, 1"))
    assert found(machine) == []


def test_warnings_of_dcgm_are_no_failures(machine: Machine) -> None:
    machine.tools.answer("dcgmi health --check", recorded.DCGM_HEALTHY.replace("Healthy", "Warning"))
    assert found(machine) == []


def test_a_recovery_that_is_over_is_no_failure(machine: Machine) -> None:
    line = "NVRM: Xid (PCI:0000:10:1c): 154, GPU recovery action changed from 0x1 (GPU Reset Required) to 0x0 (None)\n"
    machine.tools.answer("journalctl --dmesg --boot", line)
    assert found(machine) == []


def test_a_gpu_alone_in_its_machine_has_no_links_to_check(machine: Machine) -> None:
    machine.planned(gpus=1)
    machine.tools.answer(ask("index,uuid"), f"0, {recorded.uuid(0)}\n")
    machine.tools.answer("nvidia-smi nvlink --status", "")
    machine.tools.remove("systemctl")
    assert found(machine) == []


def test_the_hosts_of_gcp_run_the_fabric_manager(machine: Machine) -> None:
    machine.planned(provider="gcp")
    machine.tools.remove("systemctl")
    assert found(machine) == []


def test_a_node_without_gpus_is_asked_nothing_of_gpus(cpu_machine: Machine) -> None:
    assert found(cpu_machine) == []
    assert cpu_machine.tools.calls("nvidia-smi") == []


@pytest.mark.parametrize("up", [7, 0])
def test_lustre_has_the_efa_interfaces_that_should_carry_it(machine: Machine, up: int) -> None:
    machine.tools.answer("lnetctl net show --net efa", recorded.lnet(up))
    assert found(machine) == [f"{up} EFA interfaces carry Lustre and 8 should"]


def test_lustre_over_tcp_asks_nothing_of_efa(machine: Machine) -> None:
    machine.planned(lustre_interfaces=0)
    assert found(machine) == []
    assert machine.tools.calls("lnetctl") == []


def test_other_devices_are_no_efa(machine: Machine) -> None:
    machine.write(f"{fabric.DEVICES}/mlx5_0/device/vendor", "0x15b3")
    assert found(machine) == []


def test_every_efa_device_is_there(machine: Machine) -> None:
    machine.planned(efa_interfaces=33)
    assert found(machine) == [
        "the kernel shows 32 EFA devices and p5.48xlarge has 33",
        "libfabric can use 32 EFA devices and p5.48xlarge has 33",
    ]


@pytest.mark.parametrize(("kind", "names"), [("tcpx", fabric.TCPX), ("tcpxo", fabric.TCPXO)])
def test_the_gpus_interfaces_are_there_and_up(cpu_machine: Machine, kind: str, names: tuple[str, ...]) -> None:
    cpu_machine.planned(fabric=kind, machine="a3")
    cpu_machine.write(fabric.TCPXO_PROFILE, "")
    for name in names:
        cpu_machine.write(f"/sys/class/net/{name}/operstate", "up\n")
    assert found(cpu_machine) == []
    cpu_machine.write(f"/sys/class/net/{names[-1]}/operstate", "down\n")
    (cpu_machine.root / f"sys/class/net/{names[0]}").rename(cpu_machine.root / "sys/class/net/other")
    assert found(cpu_machine) == [
        f"1 of {len(names)} interfaces of the GPUs' network are missing: {names[0]}",
        f"1 of {len(names)} interfaces of the GPUs' network are not up: {names[-1]}",
    ]


def test_the_software_of_the_fabric_is_there(cpu_machine: Machine) -> None:
    cpu_machine.planned(fabric="tcpxo")
    for name in fabric.TCPXO:
        cpu_machine.write(f"/sys/class/net/{name}/operstate", "up\n")
    assert found(cpu_machine) == [f"{fabric.TCPXO_PROFILE} can't be read: No such file or directory"]


def test_there_is_an_rdma_device_a_gpu(machine: Machine) -> None:
    machine.planned(fabric="rdma", machine="a3-ultragpu-8g", provider="gcp", gpu_kind="H200")
    for device in range(8):
        machine.write(f"{fabric.DEVICES}/rdmap{device}s0/ports/1/state", "4: ACTIVE\n")
    for device in range(8, recorded.EFAS):
        machine.write(f"{fabric.DEVICES}/rdmap{device}s0/ports/1/state", "1: DOWN\n")
    machine.write(fabric.GIB_PROFILE, "")
    assert found(machine) == []
    machine.write(f"{fabric.DEVICES}/rdmap0s0/ports/1/state", "1: DOWN\n")
    assert found(machine) == ["7 RDMA devices are up and a3-ultragpu-8g has 8, one a GPU"]


def test_an_unknown_fabric_is_a_failure(cpu_machine: Machine) -> None:
    cpu_machine.planned(fabric="carrier-pigeons")
    assert found(cpu_machine) == ["this version knows no fabric carrier-pigeons"]


def test_what_is_not_mounted_is_named(machine: Machine) -> None:
    machine.mount()
    assert found(machine) == [f"{machine.facts.mounts[0].path} is not mounted"]


def test_a_mount_that_jobs_cannot_write_to_is_a_failure(machine: Machine) -> None:
    gone = machine.facts.folder / "stale"
    machine.planned(mounts=(Mount(str(gone), writable=True),))
    machine.mount(gone)
    (reason,) = found(machine)
    assert reason.startswith(f"jobs can't write to {gone}: ended with exit code 2")


def test_a_mount_that_hangs_is_a_failure_in_time(machine: Machine) -> None:
    (machine.tools.folder / "cat").unlink()
    machine.tools.answer("cat", wait=60)
    system = machine.system
    system.limit = 0.5
    path = machine.facts.mounts[0].path
    assert [r for r in passive.failures(machine.facts, system) if path in r] == [
        f"jobs can't write to {path}: has not answered within 0.5 s"
    ]


def test_a_probe_leaves_nothing_behind(machine: Machine) -> None:
    assert found(machine) == []
    assert list((machine.facts.folder / "data").iterdir()) == []


def test_a_mount_for_reading_alone_is_read(machine: Machine) -> None:
    shelf = machine.facts.folder / "a shelf"
    shelf.mkdir()
    machine.tools.remove("cat")  # only what is written is read again
    machine.planned(mounts=(Mount(str(shelf), writable=False),))
    machine.mount(shelf)
    assert found(machine) == []
    shelf.rmdir()
    assert found(machine)[0].startswith(f"jobs can't read {shelf}: ended with exit code 2")


def test_there_is_the_memory_that_slurm_promises(machine: Machine) -> None:
    machine.write("/proc/meminfo", "MemTotal:       1048576000 kB\n")
    assert found(machine) == ["the machine has 1024000 MiB of memory and jobs are promised 1900000 MiB"]


def test_a_full_disk_is_a_failure(cpu_machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = passive.space.shutil.disk_usage(cpu_machine.facts.folder)
    monkeypatch.setattr(passive.space.shutil, "disk_usage", lambda _: usage._replace(free=100 * 2**20))
    assert found(cpu_machine) == [f"{cpu_machine.facts.folder} has 100 MiB free and needs 1024 MiB"]


def test_a_check_that_breaks_has_failed(cpu_machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passive.space.shutil, "disk_usage", lambda _: {}["free"])
    assert found(cpu_machine) == ["space could not be checked: KeyError: 'free'"]


def test_every_check_of_the_package_is_run() -> None:
    modules = Path(checks.__file__).parent.glob("[a-z]*.py")
    assert {check.__module__.rpartition(".")[2] for check in passive.CHECKS} == {path.stem for path in modules}
