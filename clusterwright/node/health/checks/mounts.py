"""Every file system is mounted, and jobs can write to it.

The kernel's list is read rather than the path itself, and the writing is another process's, under a time limit: who
touches a file system whose server is dead waits for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

from clusterwright.node.health.facts import Facts, Mount
from clusterwright.node.health.system import System, Unseen

HOMES = "/home"
WRITE = 'set -eu; file=$1/.clusterwright-probe-$2-$$; echo "$2" >"$file"; test "$(cat "$file")" = "$2"; rm "$file"'
READ = 'set -eu; ls "$1" >/dev/null'


def check(facts: Facts, system: System) -> Iterator[str]:
    there = {_unescaped(line.split()[4]) for line in system.read("/proc/self/mountinfo").splitlines() if line.strip()}
    missing = [mount.path for mount in facts.mounts if mount.path not in there]
    yield from (f"{path} is not mounted" for path in missing)
    mounted = [mount for mount in facts.mounts if mount.path in there]
    with ThreadPoolExecutor(max_workers=max(1, len(mounted))) as pool:
        yield from filter(None, pool.map(lambda mount: _refused(mount, facts, system), mounted))


def _refused(mount: Mount, facts: Facts, system: System) -> str | None:
    # The root of the homes is root's; a job writes in the home of its user.
    path = str(PurePosixPath(HOMES) / system.job_user) if mount.path == HOMES else mount.path
    try:
        system.run("sh", "-c", WRITE if mount.writable else READ, "probe", path, facts.node, as_job_user=True)
    except Unseen as error:
        does = "write to" if mount.writable else "read"
        return f"jobs can't {does} {mount.path}: {str(error).removeprefix('sh ')}"
    return None


def _unescaped(path: str) -> str:
    r"""The kernel writes blanks of paths as \040 and the like (man 5 proc_pid_mountinfo)."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)
