"""GCP: rules about keys, and about who reaches the nodes."""

import re
from collections.abc import Iterator

from clusterwright.rules.base import Context
from clusterwright.rules.gcp import GcpRule
from clusterwright.spec.findings import Finding

KEY = re.compile(r"projects/[^/]+/locations/([^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+")
SECRET = re.compile(r"(projects/[^/]+/secrets/)?[A-Za-z0-9_-]{1,255}(/versions/(\d+|latest))?")


class KeyOfAnotherRegion(GcpRule):
    """The cluster's key is not in the cluster's region."""

    code = "CW-SEC-201"
    why = (
        "buckets and file systems are encrypted with a key of their own region alone, not with a global one "
        "(docs.cloud.google.com/storage/docs/encryption/customer-managed-keys)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        key, region = context.spec.security.key, context.spec.region
        match = KEY.fullmatch(key)
        if match and region and match[1] != region:
            what = f"the key is in {match[1]}, the cluster in {region}"
            good = f"projects/PROJECT/locations/{region}/keyRings/RING/cryptoKeys/KEY"
            hint = f"use a key of {region}: `key: {good}`, or `key: cluster`"
            yield self.finding(("security", "key"), what, hint)


class NobodyMayConnect(GcpRule):
    """Nobody is given the right to open sessions to the nodes."""

    code = "CW-SEC-202"
    severity = "warning"
    why = (
        "nodes are reached through Identity-Aware Proxy, by those who have its role; without `users` the cluster gives "
        "it to nobody (docs.cloud.google.com/iap/docs/using-tcp-forwarding)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        if not context.spec.security.users:
            hint = "name them: `security: {users: [group:ml@example.com]}`"
            yield self.finding(("security", "users"), "the cluster lets nobody open sessions to its nodes", hint)


class SecretNotNamed(GcpRule):
    """A reference to a secret is not one of GCP's secret store."""

    code = "CW-SEC-203"
    why = (
        "Secret Manager names secrets by letters, digits, `-` and `_`, within a project "
        "(docs.cloud.google.com/secret-manager/docs/creating-and-accessing-secrets)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        for index, secret in enumerate(context.spec.secrets):
            if not SECRET.fullmatch(secret.ref):
                what = f"the reference of {secret.name} is no name of a secret on GCP"
                hint = "write `ref: NAME` or `ref: projects/PROJECT/secrets/NAME`"
                yield self.finding(("secrets", index, "ref"), what, hint)
