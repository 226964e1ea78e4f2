"""JSON objects of the cluster's bucket, wherever it is."""

from __future__ import annotations

from typing import Any

from clusterwright.bucket import Bucket, NotAnObject
from clusterwright.node.files import Damaged, encoded, parse

MOST = 4 << 20  # bytes: what is read is held in memory, and whoever runs jobs may put anything there


def read_object(bucket: Bucket, key: str) -> dict[str, Any] | None:
    """The JSON object at `key`, or None when there is none.

    Raises Damaged for anything else that lies there, OSError when the bucket cannot be asked.
    """
    try:
        data = bucket.read(key, MOST + 1)
    except FileNotFoundError:
        return None
    except NotAnObject as error:
        raise Damaged(f"{key} {error.strerror}") from error
    if len(data) > MOST:
        raise Damaged(f"{key} is larger than {MOST >> 20} MiB")
    try:
        return parse(data.decode("utf-8"), key)
    except UnicodeDecodeError as error:
        raise Damaged(f"{key} is not text: {error}") from error


def write_object(bucket: Bucket, key: str, value: dict[str, Any]) -> None:
    """Put `value` at `key`, replacing what is there. Raises OSError."""
    bucket.write(key, encoded(value))


def create_object(bucket: Bucket, key: str, value: dict[str, Any]) -> bool:
    """Put `value` at `key` unless it is taken; of several who try at once exactly one gets True. Raises OSError."""
    return bucket.create(key, encoded(value))
