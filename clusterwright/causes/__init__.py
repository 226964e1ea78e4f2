"""The clouds' refusals in the project's words: what the matter is, whether time mends it, and what to do else."""

from __future__ import annotations

from clusterwright.causes.aws import AWS
from clusterwright.causes.base import Cause
from clusterwright.causes.gcp import GCP

CAUSES: dict[str, tuple[Cause, ...]] = {"aws": AWS, "gcp": GCP}
"""By provider; this machine refuses in our own words."""


def explain(provider: str, said: str) -> Cause | None:
    """The first cause of the provider's that a message tells of; None for one that is to be shown as it is."""
    return next((cause for cause in CAUSES.get(provider, ()) if cause.fits(said)), None)


__all__ = ["CAUSES", "Cause", "explain"]
