"""A shell on a machine of a cluster: python -m components.local.runtime.machine CLUSTER [MACHINE] [COMMAND...]

MACHINE is an id, or a group whose first is meant; without one it is the head. The machine's root is entered, so no
password and no server is needed.
"""

from __future__ import annotations

import os
import sys

from clusterwright import paths
from components.local.runtime.errors import LocalError
from components.local.runtime.machine.fleet import Fleet
from components.local.runtime.machine.place import Place


def main(arguments: list[str]) -> None:
    if not arguments:
        raise SystemExit(__doc__)
    cluster, wanted, *command = [*arguments, "head"] if len(arguments) == 1 else arguments
    fleet = Fleet(Place(paths.cluster_dir(cluster)))
    there = [one for one in fleet.list() if wanted in (one.id, one.group)]
    if not there:
        known = ", ".join(f"{one.id} ({one.group})" for one in fleet.list()) or "none"
        raise SystemExit(f"error: cluster {cluster} has no machine {wanted}; it has: {known}")
    try:
        line = there[0].enter(f"TERM={os.environ.get('TERM', 'dumb')}", *(command or ["bash", "--login"]))
    except LocalError as error:
        raise SystemExit(f"error: {error}") from None
    os.execvp(line[0], line)  # noqa: S606 (it takes our place on the terminal)


if __name__ == "__main__":
    main(sys.argv[1:])
