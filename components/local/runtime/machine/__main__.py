"""A look into a machine of a cluster, or what a cloud would do to it.

MACHINE is a node's name (train-1), an id, or a group whose first is meant; without it, it is the head. Without COMMAND
there is a shell. The machine's root is entered, so no password and no server is needed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from clusterwright import paths
from components.local.runtime import files
from components.local.runtime.errors import LocalError
from components.local.runtime.machine import supervisor
from components.local.runtime.machine.fleet import Fleet
from components.local.runtime.machine.machine import Machine
from components.local.runtime.machine.place import Place


def names(place: Place) -> dict[str, str]:
    """The nodes' names, by the ids of the machines that have claimed them; the head claims none."""
    claims = {path.stem: files.read_json(path) for path in (place.bucket / "nodes" / "claims").glob("*.json")}
    return {str(claim.get("machine")): name for name, claim in claims.items() if claim}


def told(machines: Sequence[Machine], named: dict[str, str]) -> list[str]:
    return [f"{named.get(one.id, one.group)} ({one.id}, {one.state()})" for one in machines]


def chosen(fleet: Fleet, cluster: str, wanted: str) -> Machine:
    """The machine that is meant. Raises LocalError, which says which there are."""
    machines, named = fleet.list(), names(fleet.place)
    for found in ([one for one in machines if wanted in (one.id, named.get(one.id))], fleet.list(wanted)):
        if found:
            return found[0]
    raise LocalError(f"cluster {cluster} has no machine {wanted}; it has: {', '.join(told(machines, named)) or 'none'}")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m components.local.runtime.machine",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Options come before CLUSTER: all behind it is the command's own.",
    )
    what = made.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the machines: name, id, state")
    what.add_argument("--power-cut", action="store_true", help="cut the machine's power")
    what.add_argument("--notice", choices=["spot", "maintenance"], help="tell the machine that its end is near")
    made.add_argument(
        "--in", dest="seconds", type=float, default=120.0, help="seconds from a notice to its moment (120)"
    )
    made.add_argument("cluster", metavar="CLUSTER")
    made.add_argument("machine", metavar="MACHINE", nargs="?", default="head")
    made.add_argument("command", metavar="COMMAND", nargs=argparse.REMAINDER)
    return made


def main(arguments: Sequence[str]) -> None:
    given = parser().parse_args(arguments)
    fleet = Fleet(Place(paths.cluster_dir(given.cluster)))
    try:
        if given.list:
            print("\n".join(told(fleet.list(), names(fleet.place))) or f"cluster {given.cluster} has no machine")
            return
        machine = chosen(fleet, given.cluster, given.machine)
        if given.power_cut:
            supervisor.call(fleet.place, "power_cut", id=machine.id)
        elif given.notice:
            supervisor.call(fleet.place, "notice", id=machine.id, kind=given.notice, at=time.time() + given.seconds)
        else:
            line = machine.enter(f"TERM={os.environ.get('TERM', 'dumb')}", *(given.command or ["bash", "--login"]))
            os.execvp(line[0], line)  # noqa: S606 (it takes our place on the terminal)
    except LocalError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
