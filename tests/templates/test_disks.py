"""Steps of a machine, with stand-ins for what they call: disks are found, and none that holds data is formatted."""

from __future__ import annotations

import os

import pytest

from tests.templates.conftest import Steps


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
    steps.stub("runuser", 'shift 3; exec "$@"')
    assert steps.run("20-disks", local=str(mount), **places) == (0, "")
    assert (mount / "cluster").is_dir()
    assert not (mount / "cluster").is_symlink()


def test_a_node_that_was_killed_when_its_disks_were_mounted_goes_on(steps: Steps) -> None:
    mount = steps.folder / "scratch"
    mount.mkdir()
    steps.stub("mountpoint", "exit 0")
    steps.stub("runuser", 'shift 3; exec "$@"')
    assert steps.run("20-disks", local=str(mount))[0] == 0
    assert (mount / "cluster").stat().st_mode & 0o7777 == 0o700
    assert mount.stat().st_mode & 0o7777 == 0o1777


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
    steps.stub("findmnt", "echo /dev/volume")
    for name in ("mkfs.ext4", "resize2fs"):
        steps.stub(name, f'echo "{name} $*" >>{steps.folder}/calls')
    return {"dev_disk_by-id": str(by_id)}


def test_a_blank_volume_is_formatted_and_mounted(steps: Steps) -> None:
    places = volumes(steps, probe=2)
    assert steps.run("20-disks", "bert-base-gcp", "head", **places)[0] == 0
    assert "mkfs.ext4 -q" in (steps.folder / "calls").read_text()
    assert (steps.folder / "mounted").read_text() == "/srv/clusterwright\n"


def test_a_volume_that_was_mounted_when_the_step_was_killed_grows_all_the_same(steps: Steps) -> None:
    places = volumes(steps, probe=0)
    (steps.folder / "mounted").write_text("/srv/clusterwright\n")
    assert steps.run("20-disks", "bert-base-gcp", "head", **places)[0] == 0
    assert (steps.folder / "calls").read_text() == "resize2fs /dev/volume\n"


def test_a_volume_that_holds_a_file_system_is_never_formatted(steps: Steps) -> None:
    places = volumes(steps, probe=0)
    assert steps.run("20-disks", "bert-base-gcp", "head", **places)[0] == 0
    assert "mkfs" not in (steps.folder / "calls").read_text()


@pytest.mark.parametrize(("probe", "found"), [(4, ""), (8, ""), (2, "0x3f LVM2_member")])
def test_a_volume_that_holds_something_unknown_is_left_alone(probe: int, found: str, steps: Steps) -> None:
    places = volumes(steps, probe, found)
    assert steps.run("20-disks", "bert-base-gcp", "head", **places)[0] == 1
    assert not (steps.folder / "calls").exists()
