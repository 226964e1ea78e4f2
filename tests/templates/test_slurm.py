"""Slurm's configuration: options that both releases know, and what Slurm's own parser says of every example stack."""

from __future__ import annotations

from collections.abc import Iterator

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
            "SlurmctldLogFile SlurmdLogFile SlurmctldPidFile SlurmdPidFile MpiDefault SlurmctldParameters "
            "TreeWidth SuspendProgram ResumeProgram SuspendTimeout SuspendTime SuspendRate ResumeRate "
            "SuspendExcNodes SlurmdTimeout MessageTimeout UnkillableStepTimeout ReturnToService JobRequeue "
            "RequeueExit KillWait MinJobAge HealthCheckProgram HealthCheckInterval HealthCheckNodeState "
            "SchedulerType SchedulerParameters SelectType SelectTypeParameters ProctrackType TaskPlugin "
            "JobAcctGatherType PropagateResourceLimitsExcept GresTypes AccountingStorageType "
            "AccountingStorageHost NodeName PartitionName CPUs RealMemory Gres Feature State Nodes Default "
            "MaxTime OverSubscribe"
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
    "SchedulerParameters": {"sched_interval": OLD, "bf_interval": OLD},
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
                assert WORDS[name].get(word.partition("=")[0], (99, 0)) <= UBUNTU, f"{file}: {name}={word}"


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
