"""Real machines on this host, in a folder of the tests' own, from the cached root without PyTorch."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clusterwright import paths
from clusterwright.host import local
from clusterwright.host.host import Host
from components.local.runtime.machine import base, network, supervisor
from components.local.runtime.machine.fleet import Fleet, Group
from components.local.runtime.machine.machine import Machine
from components.local.runtime.machine.place import Place

# As small as user data can be; it leaves something to see.
USER_DATA = "#cloud-config\nruncmd:\n- [touch, /root/booted]\n"
BOOT_SECONDS = 60.0
PROBLEMS = local.problems(Host())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where no machine can run, their tests are skipped and say why."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.machines)
            if PROBLEMS:
                item.add_marker(pytest.mark.skip(reason="; ".join(PROBLEMS)))


def eventually(condition: Callable[[], object], seconds: float = BOOT_SECONDS) -> None:
    """Wait until `condition` holds; fails when it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.05)


def booted(machine: Machine) -> bool:
    """Whether cloud-init has ended, and ended well."""
    return machine.leader() is not None and "status: done" in machine.run("cloud-init", "status").stdout


@dataclass
class Cluster:
    """A cluster without Pulumi: folders, network, supervisor, and two groups."""

    place: Place
    layers: list[Path]

    @property
    def fleet(self) -> Fleet:
        return Fleet(self.place)

    def make(self) -> None:
        for name in ("bucket/control", "secrets", "state"):
            (self.place.folder / name).mkdir(parents=True)
        network.Network(self.place, network.choose(self.place)).make()
        self.fleet.define(Group("head", "head", 1, USER_DATA, self.layers))
        self.fleet.define(Group("train", "compute", 2, USER_DATA, self.layers))
        supervisor.ensure(self.place)

    def head(self) -> Machine:
        """The head, booted."""
        head = self.fleet.keep("head")
        eventually(lambda: booted(head))
        return head

    def train(self, size: int = 1) -> list[Machine]:
        """That many compute machines, booted."""
        self.fleet.grow("train", size)
        there = list(self.fleet.list("train"))
        for machine in there:
            eventually(lambda machine=machine: booted(machine))
        return there


@pytest.fixture(scope="session")
def layers() -> list[Path]:
    return [base.system(paths.machines_dir(), print)]


@pytest.fixture(scope="module")
def cluster(layers: list[Path]) -> Iterator[Cluster]:
    # Not pytest's own folder: the path of a socket must stay under 108 bytes.
    with tempfile.TemporaryDirectory(prefix="cw-") as folder:
        made = Cluster(Place(Path(folder)), layers)
        try:
            made.make()
            yield made
        finally:
            made.fleet.remove()


def traces(place: Place) -> list[str]:
    """Everything on this host that is the cluster's, but for its data."""
    name = place.name
    found = [path for path in ("/run/netns", "/run/clusterwright/networks", "/sys/class/net") if _has(path, name)]
    found += [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/{name}")]
    found += [line for line in Path("/proc/mounts").read_text().splitlines() if str(place.folder) in line]
    found += [str(path) for path in place.folder.iterdir() if path.name not in ("bucket", "secrets", "state")]
    tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
    return found + [line for line in tables.splitlines() if name in line]


def _has(folder: str, name: str) -> bool:
    return (Path(folder) / name).exists()
