"""Boot machines without a cluster, to try user data on: python -m tools.machines up|down FOLDER ...

FOLDER becomes a cluster's folder with an empty bucket. `up` starts a head and COUNT - 1 compute machines on the cached
root, which it builds where it is not there, and prints how long each took until cloud-init was done.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from clusterwright import paths
from components.local.runtime.machine import base, network, supervisor
from components.local.runtime.machine.fleet import Fleet, Group
from components.local.runtime.machine.machine import Machine
from components.local.runtime.machine.place import Place

FOLDERS = ("bucket/control", "secrets", "state")


def up(place: Place, user_data: str, count: int, layers: list[Path]) -> list[Machine]:
    """Start `count` machines, the first of them a head; what is there already stays."""
    for name in FOLDERS:
        (place.folder / name).mkdir(parents=True, exist_ok=True)
    fleet = Fleet(place)
    net = network.find(place) or network.Network(place, network.choose(place))
    net.make()
    supervisor.ensure(place)
    fleet.define(Group("head", "head", 1, user_data, layers))
    fleet.define(Group("train", "compute", max(count - 1, 0), user_data, layers))
    fleet.keep("head")
    fleet.grow("train", count - 1)
    return list(fleet.list())


def wait(machine: Machine, seconds: float = 60.0) -> None:
    """Wait until cloud-init has ended. Raises TimeoutError, or RuntimeError with what it says went wrong."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if machine.leader() is not None:
            done = machine.run("cloud-init", "status", "--long")
            if "status: done" in done.stdout:
                return
            if "status: error" in done.stdout:
                raise RuntimeError(done.stdout)
        time.sleep(0.1)
    raise TimeoutError(f"cloud-init of {machine.id} is not done after {seconds:.0f} s: see {machine.console}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=["up", "down"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1, help="machines, the head included")
    parser.add_argument("--user-data", type=Path, help="a #cloud-config file")
    parser.add_argument("--layer", type=Path, action="append", help="a root to use in place of the cached one")
    given = parser.parse_args()
    place = Place(given.folder.resolve())
    if given.what == "up":
        started = time.monotonic()
        layers = given.layer or [base.system(paths.machines_dir(), print)]
        text = given.user_data.read_text() if given.user_data else "#cloud-config\n{}\n"
        for machine in up(place, text, given.count, layers):
            wait(machine)
            print(f"{machine.id} {machine.group} {machine.address} done after {time.monotonic() - started:.1f} s")
    else:
        Fleet(place).remove()


if __name__ == "__main__":
    main()
