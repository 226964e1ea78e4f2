"""A catalog of a few machine types, so that a search takes milliseconds, and starts of searches."""

from __future__ import annotations

from functools import cache

from clusterwright.recommend.recommend import Recommendation, recommend
from clusterwright.recommend.search import limits
from clusterwright.recommend.start import Start, new, of_stack, with_tokens
from clusterwright.spec.load import parse_spec

FEW = {
    "aws": ("c7i.large", "g6.xlarge", "g6f.large", "g6e.12xlarge", "p4d.24xlarge", "p5.48xlarge", "p5e.48xlarge",
            "p6-b300.48xlarge"),
    "gcp": ("c3-standard-22", "g2-standard-8", "a2-highgpu-8g", "a3-megagpu-8g", "a4x-highgpu-4g"),
}  # fmt: skip
"""One without GPUs, one GPU, a share of one, several, an uncalibrated kind, one that the region has not, one whose
energy is not known; on GCP also one without a price and one that is sold by reservation alone."""


@cache
def bert(provider: str = "aws", tokens: int = 10**9, model: str = "bert-base") -> Start:
    """A BERT on so many tokens."""
    return with_tokens(new("gcp" if provider == "gcp" else "aws", model), tokens, None)


def told(start: Start, deadline: int | None = None, budget: int | None = None) -> Recommendation:
    """What is recommended within so many seconds and cents."""
    return recommend([start], limits(deadline, budget))


def stack(groups: str, job: str = "{model: bert-base}", more: str = "") -> Start:
    """The start that a spec of AWS is."""
    text = f"name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\ngroups: {groups}\njob: {job}\n{more}"
    return of_stack(parse_spec(text))
