"""GCP: rules about names."""

from collections.abc import Iterator

from clusterwright.rules.base import Context
from clusterwright.rules.gcp import GcpRule
from clusterwright.spec.findings import Finding

MOST = 20
"""Characters in a cluster's name: a service account's has 30 at most, and ends with what the account is for."""


class ClusterNameTooLong(GcpRule):
    """The cluster's name is too long for the accounts that are named after it."""

    code = "CW-NAM-201"
    why = (
        "service accounts are named after the cluster and what they are for, in 6 to 30 characters "
        "(docs.cloud.google.com/iam/docs/service-accounts-create)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        name = context.spec.name
        if len(name) > MOST:
            what = f"the name has {len(name)} characters, on GCP the most is {MOST}: `{name}`"
            yield self.finding(("name",), what, f"shorten it: `name: {_shortened(name)}`")


def _shortened(name: str) -> str:
    """The whole words of the name that fit, or what fits of its one word."""
    words = name[: MOST + 1].rpartition("-")[0]
    return words or name[:MOST]
