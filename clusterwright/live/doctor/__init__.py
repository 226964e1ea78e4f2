"""What a computer needs to deploy clusters from it: each thing is looked for, and told with its purpose.

A file a subject, each a function that yields checks of a `Host` and changes nothing. Clouds are asked for nothing
unless that is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clusterwright.host import local
from clusterwright.host.check import Check
from clusterwright.host.host import Host
from clusterwright.live.doctor import aws, gcp, project
from clusterwright.spec.cluster import ClusterSpec

__all__ = ["Check", "Host", "Section", "examine"]


@dataclass(frozen=True)
class Section:
    """The checks of one kind of clusters."""

    title: str
    checks: tuple[Check, ...]


def examine(host: Host, spec: ClusterSpec | None, online: bool) -> Iterator[Section]:
    """The checks of all kinds of clusters, or of those things that the spec's cluster needs.

    `online` asks the clouds whether they know the credentials.
    """
    yield Section("always", tuple(project.checks(host)))
    runtime = (spec.runtime or "process") if spec and spec.provider == "local" else None
    if spec is None or runtime == "process":
        yield Section("local clusters of processes", tuple(local.processes(host)))
    if spec is None or runtime == "machine":
        yield Section("local clusters of machines", tuple(local.machines(host)))
    if spec is None or spec.provider == "aws":
        yield Section("AWS", tuple(aws.checks(host, spec.region if spec else None, online)))
    if spec is None or spec.provider == "gcp":
        yield Section("Google Cloud", tuple(gcp.checks(host, spec.project if spec else None, online)))
