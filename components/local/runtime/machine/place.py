"""Where a cluster's machines are on this host: every name and path follows from the cluster's folder."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

HOST = Path("/run/clusterwright")
"""What the clusters of this host share. It is gone after a restart of the host, as is all that it tells of."""

# A socket's address holds at most 107 bytes (unix(7): sun_path is 108 with its closing zero byte).
MAX_SOCKET_PATH_BYTES = 107


@dataclass(frozen=True)
class Place:
    """`folder` is the cluster's."""

    folder: Path

    @cached_property
    def id(self) -> str:
        """Eight hex digits of the folder's path: two users may have clusters of one name."""
        return hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:8]

    @property
    def name(self) -> str:
        """The name of the network namespace, of its link and of the cgroup: 11 bytes, and a link's name may have 15."""
        return f"cw-{self.id}"

    @property
    def bucket(self) -> Path:
        return self.folder / "bucket"

    @property
    def secrets(self) -> Path:
        """The secret store: written by the head, read by all machines."""
        return self.folder / "secrets"

    @property
    def state(self) -> Path:
        """The head's state volume: Slurm's queue and its accounting."""
        return self.folder / "state"

    @property
    def machines(self) -> Path:
        """A folder a machine."""
        return self.folder / "machines"

    @property
    def groups(self) -> Path:
        """A file a group: what the supervisor may start."""
        return self.folder / "groups"

    @property
    def sockets(self) -> Path:
        """The folder that the head sees as /srv/groups."""
        return self.folder / "run"

    @property
    def groups_socket(self) -> Path:
        """Where the head asks for machines."""
        return self.sockets / "groups.sock"

    @property
    def control_socket(self) -> Path:
        """Where the plugin asks; no machine sees it."""
        return self.folder / "control.sock"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor, so that there is one."""
        return self.folder / ".supervisor.lock"

    @property
    def supervisor_log(self) -> Path:
        return self.folder / "supervisor.log"

    def problem(self) -> str | None:
        """Why machines can't live in this folder, if they can't."""
        if any(character in str(self.folder) for character in ":,\\\n"):
            return f"{self.folder} has a colon, a comma or a backslash in it, which the options of a mount can't hold"
        length = len(os.fsencode(self.groups_socket))
        if length > MAX_SOCKET_PATH_BYTES:
            return (
                f"the path of the groups' socket, {self.groups_socket}, has {length} bytes and the kernel allows "
                f"{MAX_SOCKET_PATH_BYTES}: choose a shorter cluster name, or set XDG_DATA_HOME to a shorter folder"
            )
        return None
