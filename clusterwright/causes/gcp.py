"""Google Cloud's refusals: error codes and sentences of Compute Engine."""

from __future__ import annotations

from clusterwright.causes.base import Cause

ERRORS = "https://docs.cloud.google.com/compute/docs/reference/rest/v1/errors"
CAPACITY = "https://docs.cloud.google.com/compute/docs/troubleshooting/troubleshooting-resource-availability"
QUOTA = "https://docs.cloud.google.com/docs/quotas/troubleshoot"
KEY = "https://docs.cloud.google.com/compute/docs/disks/customer-managed-encryption"
AGENT = "https://docs.cloud.google.com/iam/docs/create-service-agents"
METRIC = "https://docs.cloud.google.com/monitoring/custom-metrics/creating-metrics"
BUCKETS = "https://docs.cloud.google.com/storage/docs/json_api/v1/status-codes"
SERVICE = "https://docs.cloud.google.com/service-usage/docs/enable-disable"

GCP = (
    Cause(
        "key",
        r"Cloud KMS error|cloudkms\.cryptoKeyVersions|KMS_KEY|CryptoKey\S* is (disabled|not enabled)",
        "the key of its disks can't be used: it is disabled or gone, or Compute Engine's service agent may not use it",
        "give that agent roles/cloudkms.cryptoKeyEncrypterDecrypter on your key and enable it, or take "
        "`security.key: cluster`, which makes disks and file systems anew; then `make up STACK=NAME`",
        False,
        KEY,
    ),
    Cause(
        "too many requests",
        r"rateLimitExceeded|RATE_LIMIT_EXCEEDED|quota metric .* per minute",
        "the project makes more requests than Google Cloud answers",
        "find out what else asks so often in this project",
        True,
        QUOTA,
    ),
    Cause(
        "quota",
        r"QUOTA_EXCEEDED|quotaExceeded|Quota '.*' exceeded|quota exceeded",
        "the project's quota is used up, the one that the message names",
        "ask for more at https://console.cloud.google.com/iam-admin/quotas; `clusterwright validate NAME` says how "
        "much of which quota. Or write fewer `nodes`",
        False,
        QUOTA,
    ),
    Cause(
        "bucket is there already",
        r"you already own it|already own this bucket|requested bucket name is not available",
        "a bucket of that name is there and in no stack: what a purge or another stack left keeps its name",
        "`gcloud storage buckets list` shows whether it is yours. Empty and delete it if nobody needs what is in it, "
        "or give the storage another `name`; then `make up STACK=NAME`",
        False,
        BUCKETS,
    ),
    Cause(
        "reservation is full",
        r"RESERVATION_CAPACITY_EXCEEDED|reservation \S+ does not have sufficient capacity",
        "its reservation has no machine left",
        "end what else runs in it, make it larger, or write fewer `nodes`",
        True,
        CAPACITY,
    ),
    Cause(
        "no such reservation",
        r"reservation \S+ (is incorrect|was not found|does not exist)|/reservations/\S+ was not found",
        "its reservation is not there, or is not for such machines",
        "write one that fits into the group's `capacity.id`; `gcloud compute reservations list` lists them; then "
        "`make up STACK=NAME`",
        False,
        CAPACITY,
    ),
    Cause(
        "no capacity",
        r"RESOURCE_POOL_EXHAUSTED|does not have enough resources available|is currently unavailable in the|STOCKOUT",
        "Google Cloud has no machine of this type free in the zone",
        "a reservation, `{kind: flex_start}` or `{kind: spot}` (`capacity`); then `make up STACK=NAME`. Another `zone` "
        "makes the cluster anew",
        True,
        CAPACITY,
    ),
    Cause(
        "no addresses",
        r"IP_SPACE_EXHAUSTED|IP space of .* is exhausted",
        "its subnet has no free address left",
        "write fewer `nodes`, or end what else has addresses there. A larger `network.cidr` makes the cluster anew",
        False,
        ERRORS,
    ),
    Cause(
        "no such image",
        r"/images/\S+ was not found|IMAGE_NOT_FOUND",
        "its image is not there, or not this project's to use",
        "`clusterwright lock NAME` writes the newest one down, or mend the `image` of your own; then "
        "`make up STACK=NAME`",
        False,
        ERRORS,
    ),
    Cause(
        "not in this zone",
        r"machine type with name '.*' does not exist in zone|/(machineTypes|acceleratorTypes)/\S+ was not found",
        "Google Cloud does not offer this machine type in the zone",
        "take another `machine`; `clusterwright catalog` shows them. Another `zone` makes the cluster anew",
        False,
        ERRORS,
    ),
    Cause(
        "service is off",
        r"SERVICE_DISABLED|accessNotConfigured|has not been used in project .* before or it is disabled",
        "the project has not enabled a service that it needs",
        "enable the one that the message names: `gcloud services enable`; then `make up STACK=NAME`",
        False,
        SERVICE,
    ),
    Cause(
        "agent is new",
        r"service account service-\S+ does not exist",
        "the agent of a service that uses the key was made a moment ago, and is not known everywhere yet",
        "wait a minute; then `make up STACK=NAME`, which goes on where it stopped",
        False,
        AGENT,
    ),
    Cause(
        "metric is new",
        r"cannot find metric\(s\) that match type",
        "the metric that an alarm watches was described a moment ago, and is not known everywhere yet",
        "wait ten minutes; then `make up STACK=NAME`, which goes on where it stopped",
        False,
        METRIC,
    ),
    Cause(
        "something is gone",
        r"\w+_NOT_FOUND|the resource '.*' was not found",
        "something that it is made of is gone",
        "`make up STACK=NAME` makes anew what is the cluster's own; what the spec names as `existing` has to be there",
        False,
        ERRORS,
    ),
    Cause(
        "no right",
        r"PERMISSIONS_ERROR|PERMISSION_DENIED|Required '.*' permission for",
        "Google Cloud does not allow it to whoever asked",
        "the message names who and what: give that right, or look which policy of the organization denies it; "
        "`make up STACK=NAME` puts the cluster's own service accounts right",
        False,
        ERRORS,
    ),
)
"""In the order in which they are looked for: what is narrower comes first."""
