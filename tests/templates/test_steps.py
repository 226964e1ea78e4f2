"""Steps of a machine, with stand-ins for what they call: what they insist on, and how they say that it is not so."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from clusterwright.bootstrap import render_bundle
from tests.plans import example_plan


class Steps:
    """The bundle of an example stack on a machine where the programs of `stub` go before the system's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        self.stub("systemctl", "exit 0")
        self.stub("sleep", "exit 0")

    def stub(self, name: str, script: str) -> None:
        (self.folder / "bin" / name).write_text(f"#!/bin/bash\n{script}\n")
        (self.folder / "bin" / name).chmod(0o755)

    def run(self, step: str, stack: str = "bert-large-aws", group: str = "train", **changes: str) -> tuple[int, str]:
        """The exit code, and the last words: the reason that is reported. `changes` replaces texts of the step."""
        bundle = self.folder / "bundle"
        for name, data in render_bundle(example_plan(stack)).files.items():
            if name.startswith(("scripts/", "facts/", "telemetry/")):
                text = data.decode()
                for path, place in changes.items():
                    text = text.replace(f"/{path.replace('_', '/')}", place)
                (bundle / name).parent.mkdir(parents=True, exist_ok=True)
                (bundle / name).write_text(text)
        environment = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "CLUSTERWRIGHT_BUNDLE": str(bundle),
            "CLUSTERWRIGHT_BUCKET": f"file://{self.folder / 'bucket'}",
            "CLUSTERWRIGHT_NODE_DIR": str(self.folder / "node"),
            "CLUSTERWRIGHT_NODE": f"{group}-1",
            "CLUSTERWRIGHT_GROUP": group,
            "CLUSTERWRIGHT_ENVIRONMENTS": str(self.folder / "environments"),
            "CLUSTERWRIGHT_PYTHON": str(self.folder / "bin" / "python"),
        }
        done = subprocess.run(
            ["bash", str(bundle / "scripts" / f"{step}.sh")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, (done.stderr.strip().splitlines() or [""])[-1]


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
    return Steps(tmp_path)


def gpus(steps: Steps, count: int, fabric: str = "Completed", driver: str = "580.1") -> None:
    """An nvidia-smi that answers for so many GPUs."""
    steps.stub(
        "nvidia-smi",
        f"""
case $1 in
  --query-gpu=driver_version) words="{driver}" ;;
  --query-gpu=fabric.state) words="{fabric}" ;;
  *) words=GPU ;;
esac
for ((i = 0; i < {count}; i++)); do echo "$words"; done""",
    )
    steps.stub("dcgmi", "exit 0")


def test_all_gpus_of_the_machine_type_must_answer(steps: Steps) -> None:
    gpus(steps, 7)
    assert steps.run("40-drivers") == (1, "7 GPUs answer, the machine type has 8")
    gpus(steps, 8)
    code, words = steps.run("40-drivers")
    assert (code, words.partition(" ")[2]) == (0, "8 GPUs, driver 580.1, 0 NVSwitches")


def test_an_image_without_a_driver_is_refused(steps: Steps) -> None:
    code, words = steps.run("40-drivers")
    assert (code, words) == (1, "the image has no NVIDIA driver: nvidia-smi is missing; name an image that has")


def test_a_fabric_that_never_gets_ready_keeps_the_node_out(steps: Steps) -> None:
    gpus(steps, 8, fabric="In Progress")
    assert steps.run("40-drivers") == (1, "the GPUs' NVLink fabric is not ready after 5 minutes: In Progress")


def test_a_node_without_gpus_needs_no_driver(steps: Steps) -> None:
    assert steps.run("40-drivers", group="prep")[0] == 0


def efa(steps: Steps, count: int) -> str:
    steps.stub("fi_info", f'for ((i = 0; i < {count}; i++)); do echo "    domain: rdmap$i-rdm"; done')
    return str(steps.folder / "bin" / "fi_info")


def test_all_efa_interfaces_must_answer_and_jobs_get_the_variables(steps: Steps) -> None:
    places = {
        "opt_amazon_efa_bin_fi": efa(steps, 31).removesuffix("_info"),
        "etc_clusterwright": str(steps.folder / "etc"),
    }
    assert steps.run("45-fabric", **places) == (1, "31 EFA interfaces answer, the machine has 32")
    efa(steps, 32)
    assert steps.run("45-fabric", **places)[0] == 0
    assert (steps.folder / "etc" / "fabric.env").read_text() == "FI_EFA_USE_HUGE_PAGE=0\n"


def test_a_fabric_whose_software_is_missing_is_told(steps: Steps) -> None:
    places = {"opt_amazon_efa_bin_fi": str(steps.folder / "none")}
    code, words = steps.run("45-fabric", **places)
    assert (code, words.split(":")[0]) == (1, "the image has no EFA software")


def disks(steps: Steps, count: int) -> dict[str, str]:
    """A folder of by-id names of so many loop-like block devices; making nodes takes root."""
    if os.geteuid() != 0:
        pytest.skip("block devices are made by root alone")
    folder = steps.folder / "by-id"
    folder.mkdir(exist_ok=True)
    for number in range(count):
        device = steps.folder / f"disk{number}"
        os.mknod(device, 0o60600, os.makedev(7, 200 + number))
        for suffix in ("", "_1", "-part1"):
            name = f"nvme-Amazon_EC2_NVMe_Instance_Storage_AWS{number}{suffix}"
            (folder / name).symlink_to(device)
    return {"dev_disk_by-id": str(folder)}


def test_a_machine_with_a_disk_too_few_is_kept_out(steps: Steps) -> None:
    steps.stub("mountpoint", "exit 1")
    steps.stub("dpkg-query", "echo installed")
    places = disks(steps, 7)
    code, words = steps.run("20-disks", **places)
    assert code == 1
    assert words.startswith("the machine has 7 disks of its own, and its type is known to have 8: ")


def test_a_link_that_a_job_left_on_a_restarted_machine_s_disks_leads_root_nowhere(steps: Steps) -> None:
    places, mount = disks(steps, 8), steps.folder / "scratch"
    mount.mkdir()
    (mount / "cluster").symlink_to(steps.folder)
    steps.stub("mountpoint", "exit 1")
    steps.stub("mount", "exit 0")
    steps.stub("dpkg-query", "echo installed")
    steps.stub("blkid", "echo /dev/md/scratch")
    steps.stub("install", f"[[ -L ${{@: -1}} ]] && touch {steps.folder}/followed; exit 0")
    assert steps.run("20-disks", local=str(mount), **places) == (0, "")
    assert not (steps.folder / "followed").exists()
    assert not (mount / "cluster").is_symlink()


def volumes(steps: Steps, probe: int, found: str = "") -> dict[str, str]:
    """A head whose volume is there, and holds what blkid (by its exit code) and wipefs say."""
    if os.geteuid() != 0:
        pytest.skip("block devices are made by root alone")
    by_id = steps.folder / "by-id"
    by_id.mkdir()
    os.mknod(by_id / "google-state", 0o60600, os.makedev(7, 200))
    steps.stub("mountpoint", f'grep -qx -- "${{@: -1}}" {steps.folder}/mounted 2>/dev/null')
    steps.stub("mount", f'echo "${{@: -1}}" >>{steps.folder}/mounted')
    steps.stub("mkdir", "exit 0")
    steps.stub("blkid", f"exit {probe}")
    steps.stub("wipefs", f"echo -n '{found}'")
    for name in ("mkfs.ext4", "resize2fs"):
        steps.stub(name, f'echo "{name} $*" >>{steps.folder}/calls')
    return {"dev_disk_by-id": str(by_id)}


def test_a_blank_volume_is_formatted_and_mounted(steps: Steps) -> None:
    places = volumes(steps, probe=2)
    assert steps.run("20-disks", "bert-base-gcp", "head", **places)[0] == 0
    assert "mkfs.ext4 -q" in (steps.folder / "calls").read_text()
    assert (steps.folder / "mounted").read_text() == "/srv/clusterwright\n"


def test_a_volume_that_holds_a_file_system_is_never_formatted(steps: Steps) -> None:
    places = volumes(steps, probe=0)
    assert steps.run("20-disks", "bert-base-gcp", "head", **places)[0] == 0
    assert "mkfs" not in (steps.folder / "calls").read_text()


@pytest.mark.parametrize(("probe", "found"), [(4, ""), (8, ""), (2, "0x3f LVM2_member")])
def test_a_volume_that_holds_something_unknown_is_left_alone(probe: int, found: str, steps: Steps) -> None:
    places = volumes(steps, probe, found)
    assert steps.run("20-disks", "bert-base-gcp", "head", **places)[0] == 1
    assert not (steps.folder / "calls").exists()


def test_a_file_system_whose_address_nobody_wrote_is_told(steps: Steps) -> None:
    for name in ("mountpoint", "python"):
        steps.stub(name, "exit 1")
    steps.stub("mkdir", "exit 0")
    steps.stub("mount-s3", "exit 0")
    steps.stub("systemd-run", f'echo "$*" >>{steps.folder}/calls')
    steps.stub("stat", "exit 0")
    steps.stub("id", "echo 2000")
    steps.stub("runuser", "exit 0")
    code, words = steps.run("30-mounts")
    assert (code, words) == (1, "control/addresses.json does not say where storage home is")
    # The process that is the file system ends with its own scope, and not with the agent's service.
    assert (
        (steps.folder / "calls")
        .read_text()
        .startswith("--quiet --scope --collect timeout 60 mount-s3 --region us-east-1 ")
    )


def test_a_mount_that_fails_names_its_storage(steps: Steps) -> None:
    steps.stub("mountpoint", "exit 1")
    steps.stub("mkdir", "exit 0")
    code, words = steps.run("30-mounts", "local-machines", srv_bucket=str(steps.folder / "none"))
    assert code == 1
    assert words == f"storage data cannot be mounted at /data: {steps.folder}/none/data (bind)"


def test_a_mount_that_jobs_cannot_write_keeps_the_node_out(steps: Steps) -> None:
    steps.stub("mountpoint", "exit 0")
    steps.stub("stat", "exit 0")
    steps.stub("runuser", "exit 1")
    assert steps.run("30-mounts", "local-machines") == (1, "storage data at /data cannot be written by jobs")


def test_a_secret_store_that_refuses_is_told(steps: Steps) -> None:
    steps.stub("dpkg-query", "echo installed")
    steps.stub("python", "echo 'secret x cannot be read: denied' >&2; exit 1")
    assert steps.run("60-munge", "local-machines") == (1, "Munge's key cannot be read: secret x cannot be read: denied")


def test_a_machine_that_is_not_healthy_ends_the_step_with_its_reason(steps: Steps) -> None:
    steps.stub("python3", "echo py3.12-x86_64")
    code, words = steps.run("80-health", usr_bin_python3=str(steps.folder / "bin" / "python3"))
    assert code != 0
    assert "bin/python: No such file or directory" in words


@pytest.mark.parametrize("stack", ["bert-large-aws", "bert-large-gcp"])
def test_a_node_sends_the_logs_of_jobs_that_it_has_written_itself(steps: Steps, stack: str) -> None:
    keys = steps.folder / "keys"
    keys.mkdir()
    for name in ("cloudwatch", "google-cloud"):
        (keys / f"{name}.gpg").write_text("key")
    steps.stub("dpkg-query", "echo installed")
    steps.stub("amazon-cloudwatch-agent-ctl", "exit 0")
    etc = str(steps.folder / "etc")
    places = {"etc": etc, "usr_share_keyrings": str(keys), "opt_aws_amazon-cloudwatch-agent": str(steps.folder)}
    assert steps.run("70-telemetry", stack, **places)[0] == 0
    written = "clusterwright/cloudwatch.json" if stack.endswith("aws") else "google-cloud-ops-agent/config.yaml"
    assert '"/scratch/clusterwright/bert-large/*/logs/train-1.log"' in Path(etc, written).read_text()
