"""Opens a stack's bucket with the user's own credentials, and says what keeps it from being had."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from clusterwright.bucket import Bucket, open_bucket
from clusterwright.errors import ClusterwrightError
from clusterwright.live.stack import Stack
from clusterwright.live.text import command, make, some
from clusterwright.paths import cluster_dir, clusters_dir

CURRENT = "control/current"
SIGN_IN = {
    "local": "look at the folder's owner and rights: the cluster's are those of who made it",
    "aws": "sign in: aws sso login, or set AWS_PROFILE to a profile with credentials",
    "gcp": "sign in: gcloud auth application-default login",
}
RIGHTS = "docs/jobs.md lists the rights that it takes"


def open_stack(stack: Stack) -> Bucket:
    """The stack's bucket, whether its cluster is up or not. Raises ClusterwrightError when there is none to be had."""
    if stack.provider == "local" and not cluster_dir(stack.cluster).is_dir():
        there = some(sorted(path.name for path in clusters_dir().glob("*/")))
        others = f"clusters that are: {there}" if there else "nor is any other"
        raise ClusterwrightError(
            f"error: there is no cluster {stack.cluster} on this machine\n"
            f"  why: {cluster_dir(stack.cluster)} is not there; {others}\n"
            f"  hint: {make('up', stack.name)}"
        )
    try:
        with reaching(stack):
            return open_bucket(stack.bucket)
    except ModuleNotFoundError as error:
        raise ClusterwrightError(
            f"error: the client of {stack.bucket} is not installed\n"
            f"  why: {error}\n"
            f"  hint: in the project's folder: make setup; elsewhere: pip install '.[{stack.provider}]'"
        ) from error


def open_up(stack: Stack) -> Bucket:
    """The bucket of a cluster that is up. Raises ClusterwrightError for one that is down, or can't be looked into."""
    bucket = open_stack(stack)
    with reaching(stack):
        try:
            bucket.read(CURRENT)
        except FileNotFoundError:
            bucket.names("control")  # a bucket that is not there refuses this with its own reason
            raise ClusterwrightError(
                f"error: cluster {stack.cluster} is down\n"
                f"  why: {stack.bucket} has no {CURRENT}; what the spec keeps is there\n"
                f"  hint: {make('up', stack.name)}; for results of a finished run: {command(f'results {stack.name}')}"
            ) from None
    return bucket


@contextmanager
def reaching(stack: Stack) -> Iterator[None]:
    """Whatever keeps the bucket from being had inside becomes a ClusterwrightError.

    What is wrong with a file of this machine is left alone: it is told as any other.
    """
    try:
        yield
    except PermissionError as error:
        if _ours(stack, error):
            raise
        raise _failure(stack, "denied", error, f"{SIGN_IN[stack.provider]}; {RIGHTS}") from error
    except OSError as error:
        if _ours(stack, error):
            raise
        if error.errno == errno.ENODEV:  # what a cloud's bucket raises that nobody has made
            hint = f"if it was never up: {make('up', stack.name)}; else look whether the lock is of that account"
            raise _failure(stack, "not there", error, hint) from error
        hint = f"check the connection and its proxy (HTTPS_PROXY); {SIGN_IN[stack.provider]}"
        raise _failure(stack, "not to be had", error, hint) from error


def _ours(stack: Stack, error: OSError) -> bool:
    """Whether an error is about a file of this machine, outside of the bucket."""
    bucket = stack.bucket.removeprefix("file://").partition("?")[0]
    return error.filename is not None and not str(error.filename).startswith(bucket)


def _failure(stack: Stack, what: str, error: OSError, hint: str) -> ClusterwrightError:
    said = error.strerror or str(error) or type(error).__name__
    where = "" if error.filename is None else f": {error.filename}"
    return ClusterwrightError(
        f"error: the bucket of {stack.name} is {what}: {stack.bucket}\n  why: {said}{where}\n  hint: {hint}"
    )
