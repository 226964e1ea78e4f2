"""A computer that has all that clusters need, for tests to take things from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clusterwright.host.check import Check
from clusterwright.host.host import Host, Tried

PACKAGES = {
    "boto3": "1.44.5",
    "google-cloud-billing": "1.21.0",
    "google-cloud-compute": "1.57.0",
    "google-cloud-quotas": "0.6.3",
    "pulumi-aws": "7.51.1",
    "pulumi-gcp": "10.2.0",
}
SETTINGS = {
    "PULUMI_BACKEND_URL": "s3://state?region=us-east-1",
    "CLUSTERWRIGHT_SECRETS_PROVIDER": "awskms://alias/state?region=us-east-1",
}


@dataclass(frozen=True)
class Computer(Host):
    """`without` are programs that it lacks, `locked` where paths start that can't be written; `failing` are words of
    commands that fail, and what those then say."""

    system: str = "Linux"
    root: bool = True
    python: tuple[int, int] = (3, 12)
    environment: Mapping[str, str] = field(default_factory=lambda: SETTINGS)
    home: Path = Path("/nowhere")
    without: tuple[str, ...] = ()
    packages: Mapping[str, str] = field(default_factory=lambda: PACKAGES)
    room: int = 100 * 10**9
    locked: str = "nothing"
    forwarding: str = "0"
    failing: Mapping[str, str] = field(default_factory=dict)
    tried: list[tuple[str, ...]] = field(default_factory=list)

    def program(self, name: str) -> str | None:
        return None if name in self.without else f"/usr/bin/{name}"

    def version(self, package: str) -> str | None:
        return self.packages.get(package)

    def free(self, folder: Path) -> int:
        return self.room

    def text(self, path: Path) -> str | None:
        return self.forwarding

    def writable(self, path: Path) -> bool:
        return not str(path).startswith(self.locked)

    def attempt(self, *command: str) -> Tried:
        self.tried.append(command)
        said = next((said for word, said in self.failing.items() if any(word in part for part in command)), None)
        return Tried(True, "/engine/bin") if said is None else Tried(False, said)


def finds(checks: Callable[[], Iterable[Check]], name: str) -> Check:
    """The check of that name, of which there is one."""
    (found,) = [check for check in checks() if check.name == name]
    return found
