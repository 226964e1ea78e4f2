"""AWS: rules about keys, secrets and policies: whether they are where the cluster is."""

import re
from collections.abc import Iterator

from clusterwright.rules.aws import AwsRule, LockRule
from clusterwright.rules.base import Context, written
from clusterwright.rules.provider import well_formed
from clusterwright.spec.findings import Finding
from clusterwright.spec.security import SecuritySpec

KEY = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):")
SECRET = re.compile(r"arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[A-Za-z0-9/_+=.@-]+")
POLICY = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):policy/.+")
TRAILS = 5


class KeyOfAnotherRegion(AwsRule):
    """The cluster's key is not in the cluster's region."""

    code = "CW-SEC-101"
    why = (
        "disks, file systems and buckets are encrypted with a key of their own region alone "
        "(docs.aws.amazon.com/kms/latest/developerguide/concepts.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        key, region = context.spec.security.key, context.spec.region
        match = KEY.match(key)
        if match and region and match[1] != region:
            what = f"the key is in {match[1]}, the cluster in {region}"
            hint = f"use a key of {region}: `key: arn:aws:kms:{region}:ACCOUNT:key/ID`, or `key: cluster`"
            yield self.finding(("security", "key"), what, hint)


class KeyOfOnesOwn(AwsRule):
    """The key is one of the user's own, and its policy is not the cluster's to write."""

    code = "CW-SEC-105"
    severity = "warning"
    why = (
        "Auto Scaling encrypts disks by a role of its own, other services likewise: one that the key's policy does not "
        "name fails, machines with Client.InternalError (docs.aws.amazon.com/autoscaling/ec2/userguide/"
        "key-policy-requirements-EBS-encryption.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        key = context.spec.security.key
        if key.startswith("arn:") and well_formed("aws", SecuritySpec, "key", key):
            hint = (
                "let AWSServiceRoleForAutoScaling and the cluster's other services use it, and accept this finding; or "
                "write `key: cluster`: its policy names them all"
            )
            yield self.finding(("security", "key"), "the key's policy is yours, and nothing here opens it", hint)


class SecretOfAnotherRegion(AwsRule):
    """A secret is not in the cluster's region."""

    code = "CW-SEC-102"
    why = (
        "nodes read secrets from Secrets Manager in their own region, and may read no other "
        "(docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        region = context.spec.region
        for index, secret in enumerate(context.spec.secrets):
            if not secret.ref.startswith("arn:"):
                continue
            path, match = ("secrets", index, "ref"), SECRET.fullmatch(secret.ref)
            if match is None:
                what = f"`{secret.ref[:60]}` is no whole name of a secret in Secrets Manager"
                yield self.finding(path, what, "write the secret's own name: `ref: hf-token`")
            elif region and match[1] != region:
                what = f"secret `{secret.name}` is in {match[1]}, the cluster in {region}"
                yield self.finding(path, what, f"replicate it to {region}, and write its name alone: `ref: hf-token`")


class BoundaryOfAnotherAccount(LockRule):
    """The roles' permission boundary is a policy of another account."""

    code = "CW-SEC-103"
    why = (
        "a role's boundary is a policy of the role's own account or one of AWS's "
        "(docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        boundary, lock = context.spec.security.permission_boundary, context.lock
        match = POLICY.fullmatch(boundary) if boundary else None
        if match is None:
            return
        path = ("security", "permission_boundary")
        if lock is None:
            yield self.unknown(path, f"whether the cluster is in account {match[1]}, as its boundary is")
        elif match[1] != lock.account:
            what = f"the boundary is a policy of account {match[1]}, the cluster is in {lock.account}"
            yield self.finding(path, what, f"name a policy of account {lock.account}")


class NoRoomForTheTrail(LockRule):
    """The region has as many trails of CloudTrail as it may have, and the cluster's audit is another one."""

    code = "CW-SEC-106"
    providers = ("aws",)
    why = (
        f"a region has {TRAILS} trails, one of several regions counts in each, and AWS raises that for nobody "
        "(docs.aws.amazon.com/awscloudtrail/latest/userguide/create-multiple-trails.html, WhatIsCloudTrail-Limits.html)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        spec, lock = context.spec, context.lock
        if lock is None or lock.trails is None or not spec.security.audit:
            return
        others = [
            arn
            for arn in lock.trails
            if not arn.endswith(f":cloudtrail:{lock.region}:{lock.account}:trail/{spec.name}")
        ]
        if len(others) >= TRAILS:
            named = written([f"`{arn.rpartition('/')[2]}`" for arn in others])
            what = f"on {lock.made} the account had {len(others)} other trails in {lock.region}: {named}"
            hint = (
                "delete a trail that nobody needs and run `clusterwright lock NAME`, or write `audit: false` and let "
                "one of them record the data events of the cluster's buckets"
            )
            yield self.finding(("security", "audit"), what, hint)
