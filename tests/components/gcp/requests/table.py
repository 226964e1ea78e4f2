"""Every type of resource that a cluster on GCP registers, and how it is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from tests.components.gcp.requests import compute, identity, network, observability, storage
from tests.components.gcp.requests.translate import Resource

REQUESTS: Mapping[str, Resource] = {
    **network.REQUESTS,
    **identity.REQUESTS,
    **storage.REQUESTS,
    **compute.REQUESTS,
    **observability.REQUESTS,
}
