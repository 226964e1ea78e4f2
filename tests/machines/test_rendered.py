"""What the programs of a machine say of the files that it gets: cloud-init, systemd and Slurm, in the root that local
machines start from."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clusterwright.bootstrap import machine, user_data
from tests.plans import MACHINE_STACKS, example_plan

pytestmark = pytest.mark.slow
TEMPLATES = Path(__file__).parents[2] / "templates"
UNITS = ("clusterwright.service", "clusterwright-notices.service")
SLURM = """
mkdir -p /run/munge && chown munge:munge /run/munge && chmod 0755 /run/munge
cd /etc/munge && head -c 1024 /dev/urandom >munge.key && chown munge:munge munge.key && chmod 0400 munge.key
runuser -u munge -- /usr/sbin/munged
for number in 0 1 2 3 4 5 6 7; do : >"/dev/nvidia$number"; done
echo CgroupPlugin=disabled >>/etc/slurm/cgroup.conf # there are no cgroups here; the last value of an option counts
slurmd -G -N "$1"
"""


@pytest.fixture
def root(layers: list[Path], tmp_path: Path) -> Iterator[Path]:
    """The root of machines, to write to."""
    for name in ("upper", "work", "root"):
        (tmp_path / name).mkdir()
    below = ":".join(map(str, layers))
    options = f"lowerdir={below},upperdir={tmp_path / 'upper'},workdir={tmp_path / 'work'}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(tmp_path / "root")], check=True)
    yield tmp_path / "root"
    subprocess.run(["umount", str(tmp_path / "root")], check=True)


def said(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """What becomes of a program in the root, in namespaces that end with it."""
    own = ["unshare", "--uts", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={root / 'proc'}"]
    return subprocess.run(
        [*own, "chroot", str(root), *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def texts(stack: str) -> dict[str, str]:
    """The user data of a stack's machines."""
    plan = example_plan(stack)
    groups = {group.name: user_data(plan, "compute", group.name) for group in plan.groups}
    return {"head": user_data(plan, "head", None), **groups}


@pytest.mark.parametrize("stack", MACHINE_STACKS)
def test_cloud_init_finds_the_user_data_of_every_example_valid(stack: str, root: Path) -> None:
    write(root, {f"tmp/{name}": text for name, text in texts(stack).items()})
    for name in texts(stack):
        done = said(root, "cloud-init", "schema", "--config-file", f"/tmp/{name}")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Valid" in done.stdout


def test_cloud_init_would_find_a_mistake(root: Path) -> None:
    write(root, {"tmp/bad": texts("local-machines")["head"].replace("permissions:", "permission:")})
    assert said(root, "cloud-init", "schema", "--config-file", "/tmp/bad").returncode != 0


def verify(root: Path, unit: str, more: str = "") -> subprocess.CompletedProcess[str]:
    """What systemd says of a unit where the programs that it starts are there."""
    found = {name: next(TEMPLATES.rglob(name)).read_text() for name in UNITS}
    write(root, {f"etc/systemd/system/{name}": text for name, text in {**found, unit: found[unit] + more}.items()})
    for program in ("usr/local/sbin/clusterwright-boot", "usr/local/lib/clusterwright/node"):
        write(root, {program: "#!/bin/sh\n"})
        (root / program).chmod(0o755)
    return said(root, "systemd-analyze", "verify", "--man=no", f"/etc/systemd/system/{unit}")


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_the_units_valid(unit: str, root: Path) -> None:
    done = verify(root, unit)
    assert (done.returncode, unit in done.stderr) == (0, False), done.stderr


def test_systemd_would_find_a_mistake(root: Path) -> None:
    assert "Unknown key" in verify(root, UNITS[1], "[Service]\nRestat=always\n").stderr


def parse(root: Path, files: dict[str, str], node: str) -> subprocess.CompletedProcess[str]:
    """What slurmd says of the files, run as the node of that name, which reads all but those of the database."""
    write(root, {f"etc/{name}": text for name, text in files.items()})
    return said(root, "/bin/sh", "-ec", SLURM, "sh", node)


@pytest.mark.parametrize("stack", MACHINE_STACKS)
def test_slurm_s_own_parser_accepts_the_files_of_every_example(stack: str, root: Path) -> None:
    plan = example_plan(stack)
    done = parse(root, machine.slurm_files(plan), f"{plan.groups[0].name}-1")
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if "arsing error" in line], done.stderr


def test_slurm_s_own_parser_refuses_what_it_does_not_know(root: Path) -> None:
    files = machine.slurm_files(example_plan("local-machines"))
    files["slurm/slurm.conf"] += "TreeWidht=3\n"
    done = parse(root, files, "train-1")
    assert done.returncode != 0
    assert "Parsing error at unrecognized key: TreeWidht" in done.stderr
