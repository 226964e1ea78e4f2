"""Requests to a cloud's metadata server, which every machine reaches at the same address, without a proxy."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from clusterwright.node.notices.notice import Notice, Unreachable

ADDRESS = "http://169.254.169.254"
LIMIT = 2.0  # seconds: it answers from the host, within milliseconds


@dataclass(frozen=True)
class Endpoint:
    """One thing that a metadata server is asked, a source of its own: what can't be read there hides nothing else."""

    ask: Callable[[], Iterable[Notice]]

    def notices(self) -> Sequence[Notice]:
        try:
            return list(self.ask())
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unreachable(
                f"the metadata server tells of a notice in a form that is not documented: {error}"
            ) from error


def request(
    address: str, path: str, headers: Mapping[str, str], method: str = "GET", limit: float = LIMIT
) -> tuple[int, str]:
    """Status and body. Raises Unreachable when there is no answer within `limit` seconds."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=limit)
    try:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"the metadata server does not answer {path}: {error or type(error).__name__}") from error
    finally:
        connection.close()


def parsed(path: str, body: str) -> Any:
    """The body as JSON. Raises Unreachable when it is none."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise Unreachable(f"the metadata server answers {path} with what is not JSON: {error}") from error
