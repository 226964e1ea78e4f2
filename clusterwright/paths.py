"""Where a cluster on this machine lives: the only module of the chain that asks the environment.

The spec, the plan, the rules and the bundle never import it, so that none of them depends on who runs it where.
"""

import hashlib
import os
from pathlib import Path

import platformdirs

from clusterwright.errors import ClusterwrightError

APP = "clusterwright"
# Our programs below the project's folder: so commands that are shown work there, whatever a shell has on its PATH.
BIN = ".venv/bin"


def clusters_dir() -> Path:
    """The folder that holds one folder a cluster."""
    return platformdirs.user_data_path(APP, appauthor=False)


def cluster_dir(name: str) -> Path:
    """The folder of one cluster: its bucket and its nodes."""
    return clusters_dir() / name


def bucket_dir(name: str) -> Path:
    """The cluster's bucket: control, data, jobs and reports."""
    return cluster_dir(name) / "bucket"


def nodes_dir(name: str) -> Path:
    """The folder that holds one folder a node."""
    return cluster_dir(name) / "nodes"


def secrets_dir(name: str) -> Path:
    """The secret store of a cluster of machines."""
    return cluster_dir(name) / "secrets"


def state_dir(name: str) -> Path:
    """What a cluster of machines has as its head's state volume: the queue and its accounting."""
    return cluster_dir(name) / "state"


def environments_dir() -> Path:
    """Python environments made from a lock; shared by all clusters of this user."""
    return platformdirs.user_cache_path(APP, appauthor=False) / "environments"


def machines_dir() -> Path:
    """The roots that machines of this host start from; shared by all clusters of this user."""
    return platformdirs.user_cache_path(APP, appauthor=False) / "machines"


def asset(data: bytes) -> Path:
    """A file that holds `data`, for those who take bytes as a file alone. Its name is that of the bytes, so it is
    written once, whole, and is the same for who asks again."""
    folder = platformdirs.user_cache_path(APP, appauthor=False) / "assets"
    file = folder / hashlib.sha256(data).hexdigest()
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{file.name}.{os.getpid()}"
        fresh.write_bytes(data)
        fresh.rename(file)
    return file


def project_dir(start: Path | None = None) -> Path:
    """The project folder around `start` (default: the current folder): the nearest one that holds a Pulumi.yaml.

    Raises ClusterwrightError when there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise ClusterwrightError(
        f"error: {start} is not inside a Clusterwright project\n"
        "  why: neither it nor a folder above it holds a Pulumi.yaml\n"
        "  hint: change into your clone first, or give the path of a spec file"
    )
