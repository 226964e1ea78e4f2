"""A run's launch for the batch script: `python -m clusterwright.node.slurm.shell LAUNCH.json CLUSTER.json`.

Prints assignments for bash, every value quoted, so that nothing in a spec is ever more than a word.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clusterwright.node.files import Damaged, read_json
from clusterwright.node.slurm.runs import Launch


def assignments(launch: Launch, secrets: Iterable[Mapping[str, str]]) -> str:
    """SECRETS holds two words a secret: the variable's name and where its value is kept."""
    words = [word for secret in secrets for word in (secret["name"], secret["ref"])]
    return "\n".join(
        [
            f"PROCESSES={launch.processes_per_node:d}",
            f"THREADS={launch.threads_per_process:d}",
            f"SOURCE={int(launch.source)}",
            f"PHASES={_array(launch.phases)}",
            f"COMMAND={_array(launch.command or ())}",
            f"SECRETS={_array(words)}",
        ]
    )


def _array(words: Iterable[str]) -> str:
    return f"({' '.join(shlex.quote(word) for word in words)})"


def _read(path: str) -> dict[str, Any]:
    value = read_json(Path(path))
    if value is None:
        raise Damaged(f"{path} is missing")
    return value


def main(arguments: list[str]) -> int:
    try:
        path, cluster = arguments
        print(assignments(Launch.read(_read(path), path), _read(cluster).get("secrets", {}).get("job", ())))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"error: the run's launch cannot be read: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
