"""Slurm's configuration: options that both releases know, and what Slurm's own parser says of every example stack."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clusterwright.bootstrap import machine
from tests.plans import MACHINE_STACKS, example_plan

OLD = (0, 0)  # there before 20.02, which is as far back as the notes were read


def there_long_before(names: str) -> dict[str, tuple[int, int]]:
    return dict.fromkeys(names.split(), OLD)


# Options by file, with the release that brought them; none of them was removed by 24.11. Read from the manual pages of
# 24.11 (https://slurm.schedmd.com/archive/slurm-24.11-latest/slurm.conf.html and its neighbours) and from RELEASE_NOTES
# of 23.11 and before. Ubuntu 24.04 has 23.11, Debian 13 has 24.11.
OPTIONS: dict[str, dict[str, tuple[int, int]]] = {
    "slurm.conf": {
        **there_long_before(
            "ClusterName SlurmUser AuthType CredType SlurmctldPort SlurmdPort StateSaveLocation SlurmdSpoolDir "
            "SlurmctldLogFile SlurmdLogFile SlurmctldPidFile SlurmdPidFile MpiDefault SlurmctldParameters TreeWidth "
            "SuspendProgram ResumeProgram SuspendTimeout SuspendTime SuspendRate ResumeRate SuspendExcNodes "
            "SlurmdTimeout ReturnToService JobRequeue RequeueExit KillWait MinJobAge HealthCheckProgram "
            "HealthCheckInterval HealthCheckNodeState SchedulerType SelectType SelectTypeParameters ProctrackType "
            "TaskPlugin JobAcctGatherType PropagateResourceLimitsExcept GresTypes AccountingStorageType "
            "AccountingStorageHost NodeName PartitionName CPUs RealMemory Gres Feature State Nodes Default MaxTime "
            "OverSubscribe"
        ),
        "SlurmctldHost": (18, 8),
        "SlurmdParameters": (20, 2),  # config_overrides, which was FastSchedule=2
        "DependencyParameters": (21, 8),
        "AccountingStoreFlags": (21, 8),
        "ResumeTimeout": (21, 8),  # of a partition, as SuspendTime and SuspendTimeout
    },
    "cgroup.conf": {
        **dict.fromkeys(["ConstrainCores", "ConstrainRAMSpace", "ConstrainDevices"], OLD),
        "CgroupPlugin": (22, 5),
    },
    "gres.conf": dict.fromkeys(["NodeName", "Name", "Type", "File"], OLD),
    "slurmdbd.conf": there_long_before(
        "AuthType DbdHost DbdPort SlurmUser StorageType StorageHost StorageUser StorageLoc LogFile PidFile"
    ),
}
# Words in the values of options, with the release that brought them.
WORDS: dict[str, dict[str, tuple[int, int]]] = {
    "SlurmctldParameters": {"enable_configless": (20, 2), "idle_on_node_suspend": (20, 2)},
    "SlurmdParameters": {"config_overrides": (20, 2)},
    "DependencyParameters": {"kill_invalid_depend": (21, 8)},
    "AccountingStoreFlags": {"job_comment": (21, 8)},
    "CgroupPlugin": {"autodetect": (22, 5), "disabled": (23, 11)},
}
UBUNTU = (23, 11)


def settings(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if line and not line.startswith("#"):
            for word in line.split(" "):
                name, _, value = word.partition("=")
                yield name, value


@pytest.mark.parametrize("stack", MACHINE_STACKS)
def test_only_options_are_used_that_both_releases_of_slurm_know(stack: str) -> None:
    for path, text in machine.slurm_files(example_plan(stack)).items():
        file = path.removeprefix("slurm/")
        for name, value in settings(text):
            assert OPTIONS[file].get(name, (99, 0)) <= UBUNTU, f"{file}: {name}"
            for word in value.split(",") if name in WORDS else ():
                assert WORDS[name].get(word, (99, 0)) <= UBUNTU, f"{file}: {name}={word}"


def configuration(stack: str) -> list[tuple[str, str]]:
    return list(settings(machine.slurm_files(example_plan(stack))["slurm/slurm.conf"]))


def test_a_group_of_a_fixed_number_keeps_its_nodes_and_one_that_varies_does_not() -> None:
    assert ("SuspendExcNodes", "train-[1-8]") in configuration("bert-large-aws")  # prep is 0 to 4
    assert "SuspendExcNodes" not in dict(configuration("bert-base-gcp"))


def test_the_partition_of_the_job_s_group_is_the_default() -> None:
    found = configuration("bert-large-aws")
    defaults = [(found[index - 2][1], value) for index, (name, value) in enumerate(found) if name == "Default"]
    assert defaults == [("train", "YES"), ("prep", "NO")]


def test_a_job_that_stopped_with_a_checkpoint_is_queued_again() -> None:
    assert ("RequeueExit", "75") in configuration("local-machines")  # EX_TEMPFAIL, as the training program ends


def test_gpus_are_told_by_their_devices() -> None:
    assert machine.slurm_files(example_plan("bert-large-aws"))["slurm/gres.conf"].splitlines()[1:] == [
        "NodeName=train-[1-8] Name=gpu Type=h100-80gb File=/dev/nvidia[0-7]"
    ]


def test_a_machine_with_one_gpu_has_a_list_of_one() -> None:
    assert "File=/dev/nvidia[0-0]" in machine.slurm_files(example_plan("bert-base-aws"))["slurm/gres.conf"]


def test_no_time_is_longer_than_slurm_can_count() -> None:
    plan = example_plan("bert-large-gcp")
    slurm = plan.groups[0].slurm.model_copy(update={"start_timeout": 7 * 86400})  # type: ignore[attr-defined]
    long = plan.model_copy(update={"groups": (plan.groups[0].model_copy(update={"slurm": slurm}),)})
    assert "ResumeTimeout=65533" in machine.slurm_files(long)["slurm/slurm.conf"]


def slurm_root() -> Path | None:
    """A root of Debian with Slurm: the one that local machines start from, or what CLUSTERWRIGHT_SLURM_ROOT names."""
    given = os.environ.get("CLUSTERWRIGHT_SLURM_ROOT")
    cached = sorted((Path.home() / ".cache/clusterwright/machines").glob("*/root"))
    return next(
        (root for root in ([Path(given)] if given else cached) if os.path.lexists(root / "usr/sbin/slurmd")), None
    )


CHECK = """
mkdir -p /run/munge && chown munge:munge /run/munge && chmod 0755 /run/munge
cd /etc/munge && head -c 1024 /dev/urandom >munge.key && chown munge:munge munge.key && chmod 0400 munge.key
runuser -u munge -- /usr/sbin/munged
for number in 0 1 2 3 4 5 6 7; do : >"/dev/nvidia$number"; done
echo CgroupPlugin=disabled >>/etc/slurm/cgroup.conf # there are no cgroups here; the last value of an option counts
slurmd -G -N "$1"
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    base = slurm_root()
    if os.geteuid() != 0 or base is None or shutil.which("unshare") is None:
        pytest.skip("Slurm's parser needs root, unshare, and the root of local machines or CLUSTERWRIGHT_SLURM_ROOT")
    for name in ("up", "work", "root"):
        (tmp_path / name).mkdir()
    layers = f"lowerdir={base},upperdir={tmp_path / 'up'},workdir={tmp_path / 'work'}"
    done = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(tmp_path / "root")], check=False)
    if done.returncode:
        pytest.skip("no overlay can be mounted here")
    yield tmp_path / "root"
    subprocess.run(["umount", str(tmp_path / "root")], check=True)


def parse(root: Path, files: dict[str, str], node: str) -> subprocess.CompletedProcess[str]:
    """What slurmd says of the files, run as the node of that name, which reads all but those of the database."""
    for name, text in files.items():
        (root / "etc" / name).parent.mkdir(exist_ok=True)
        (root / "etc" / name).write_text(text)
    own = ["unshare", "--uts", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={root / 'proc'}"]
    command = [*own, "chroot", str(root), "/bin/sh", "-ec", CHECK, "sh", node]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


@pytest.mark.slow
@pytest.mark.machines
@pytest.mark.parametrize("stack", MACHINE_STACKS)
def test_slurm_s_own_parser_accepts_the_files_of_every_example(stack: str, root: Path) -> None:
    plan = example_plan(stack)
    done = parse(root, machine.slurm_files(plan), f"{plan.groups[0].name}-1")
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if "arsing error" in line], done.stderr


@pytest.mark.slow
@pytest.mark.machines
def test_slurm_s_own_parser_refuses_what_it_does_not_know(root: Path) -> None:
    files = machine.slurm_files(example_plan("local-machines"))
    files["slurm/slurm.conf"] += "TreeWidht=3\n"
    done = parse(root, files, "train-1")
    assert done.returncode != 0
    assert "Parsing error at unrecognized key: TreeWidht" in done.stderr
