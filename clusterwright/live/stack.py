"""Which cluster a name means and where its bucket is: from the spec and its lock alone, without the engine's state."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from clusterwright.errors import ClusterwrightError
from clusterwright.paths import bucket_dir, clusters_dir
from clusterwright.plan.storages import cluster_bucket
from clusterwright.spec.base import Provider
from clusterwright.spec.load import Loaded, load_spec


@dataclass(frozen=True)
class Stack:
    """`name` is what a user calls it (stacks/<name>.yaml), `cluster` what its spec does; `bucket` is an address."""

    name: str
    cluster: str
    provider: Provider
    bucket: str


def find_stack(name: str, spec: Path) -> Stack:
    """The stack `name`, whose spec is in the file `spec`.

    A spec that is broken, perhaps just being edited, or gone must not hide a cluster that runs on this machine: that
    is found by its own name. Raises ClusterwrightError for a name that is neither, and for a cluster in a cloud whose
    lock does not say yet which account it is in.
    """
    stack = Path(name).stem
    try:
        loaded = load_spec(spec)
    except ClusterwrightError:
        if any(folder.name == stack for folder in clusters_dir().glob("*/")):
            return Stack(stack, stack, "local", _folder(stack))
        raise
    return Stack(stack, loaded.spec.name, loaded.spec.provider, _bucket(stack, loaded))


def _bucket(stack: str, loaded: Loaded) -> str:
    spec, lock = loaded.spec, loaded.lock
    if spec.provider == "local":
        return _folder(spec.name)
    if spec.region is None or spec.zone is None:
        raise ClusterwrightError(
            f"error: the spec of {stack} names no {'zone' if spec.region else 'region'}\n"
            "  why: the cluster's bucket is found by the region that the cluster is in\n"
            f"  hint: see all that is wrong with it: clusterwright validate {stack}"
        )
    if lock is None or (spec.provider == "gcp" and lock.number is None):
        holder = "account" if spec.provider == "aws" else "project"
        raise ClusterwrightError(
            f"error: the bucket of {stack} is not known\n"
            f"  why: its name holds the {holder}'s number, and no lock beside the spec says it\n"
            f"  hint: clusterwright lock {stack}"
        )
    names = import_module(f"clusterwright.plan.{spec.provider}.names").names_of(spec, lock)
    bucket = names.bucket(cluster_bucket(spec))
    return f"s3://{bucket}?region={spec.region}" if spec.provider == "aws" else f"gs://{bucket}"


def _folder(cluster: str) -> str:
    return f"file://{bucket_dir(cluster)}"
