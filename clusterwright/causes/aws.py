"""AWS's refusals: error codes of EC2, and the sentences that Auto Scaling makes of them, which may lack the code."""

from __future__ import annotations

from clusterwright.causes.base import Cause

EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
LAUNCH = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-instancelaunchfailure.html"
CAPACITY = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-capacity.html"
IMAGE = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-ami.html"
BLOCK = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-blocks-view.html"
LUSTRE = "https://docs.aws.amazon.com/fsx/latest/LustreGuide/cannot-create-fs.html"
TRAILS = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html"
BUCKETS = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"
SPOT = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-limits.html"

MORE = (
    "ask for more: `aws service-quotas request-service-quota-increase`; `clusterwright validate NAME` says how much of "
    "which quota. Or write fewer `nodes`"
)
AGAIN = "`make up STACK=NAME` makes anew what is the cluster's own; what the spec names as `existing` has to be there"

AWS = (
    Cause(
        "too many requests",
        r"RequestLimitExceeded|Throttling|Rate exceeded",
        "the account makes more requests than AWS answers",
        "find out what else asks so often in this region",
        True,
        EC2,
    ),
    Cause(
        "key",
        r"Client\.InternalError|InvalidKMSKey|inaccessible AWS KMS key",
        "the key of its disks can't be used: it is disabled or gone, or Auto Scaling's role may not use it",
        "let the role AWSServiceRoleForAutoScaling use your key and enable it, or take `security.key: cluster`, which "
        "makes disks and file systems anew; then `make up STACK=NAME`",
        False,
        LAUNCH,
    ),
    Cause(
        "quota of spot machines",
        r"MaxSpotInstanceCountExceeded|max spot instance count exceeded",
        "the account's quota of spot vCPUs is used up",
        f"{MORE}, or `capacity: {{kind: on_demand}}`, which has a quota of its own",
        False,
        SPOT,
    ),
    Cause(
        "quota of machines",
        r"VcpuLimitExceeded|more vCPU capacity than your current vCPU limit|InstanceLimitExceeded",
        "the account's quota of vCPUs is used up",
        MORE,
        False,
        EC2,
    ),
    Cause(
        "limit of trails",
        r"MaximumNumberOfTrailsExceeded|already has \d+ trails in",
        "the account has as many trails of CloudTrail in the region as it may have, which is no quota that AWS raises",
        "delete a trail that nobody needs (`aws cloudtrail describe-trails` lists them), or write "
        "`security: {audit: false}`; then `make up STACK=NAME`",
        False,
        TRAILS,
    ),
    Cause(
        "bucket is there already",
        r"BucketAlready(OwnedByYou|Exists)",
        "a bucket of that name is there and in no stack: what a purge or another stack left keeps its name",
        "`aws s3 ls` shows whether it is yours. Empty and delete it if nobody needs what is in it, or give the storage "
        "another `name`; then `make up STACK=NAME`",
        False,
        BUCKETS,
    ),
    Cause(
        "placement group is in use",
        r"InvalidPlacementGroup\.InUse",
        "instances still stand in the placement group: those that are shutting down count too",
        "wait until they are gone, or end what else stands there; then give the same command again",
        False,
        EC2,
    ),
    Cause(
        "file system's network",
        r"InvalidNetworkSettings|do not permit Lustre LNET network traffic"
        r"|Insufficient security group permissions to create an EFA-enabled file system",
        "FSx finds that the security groups or the subnet of the file system do not let its traffic through",
        "`make up STACK=NAME` puts the cluster's own rules right; a subnet of `network.existing` has to be there",
        False,
        LUSTRE,
    ),
    Cause(
        "quota of other things",
        r"(Limit|Quota)Exceeded",
        "a quota of the account is used up, the one that the message names",
        "ask for more: `aws service-quotas request-service-quota-increase`, or delete what you do not need; then "
        "`make up STACK=NAME`",
        False,
        EC2,
    ),
    Cause(
        "block has not begun",
        r"InvalidCapacityReservationState\.PendingActivation|Capacity Block is not active yet",
        "its capacity block has not begun",
        "another `capacity` until it begins; then `make up STACK=NAME`",
        True,
        EC2,
    ),
    Cause(
        "no such reservation",
        r"InvalidCapacityReservation(Id|State)",
        "its reservation or capacity block is not there: it has ended, was cancelled, or is another account's",
        "write one that is active into the group's `capacity.id`; `aws ec2 describe-capacity-reservations` lists them; "
        "then `clusterwright lock NAME` and `make up STACK=NAME`",
        False,
        BLOCK,
    ),
    Cause(
        "reservation is full",
        r"ReservationCapacityExceeded|requested reservation does not have sufficient",
        "its reservation has no machine left; one that ended frees its place minutes later",
        "end what else runs in it, make it larger, or write fewer `nodes`",
        True,
        EC2,
    ),
    Cause(
        "no spot capacity",
        r"UnfulfillableCapacity|no Spot capacity available|SpotMaxPriceTooLow",
        "AWS has no spare machines of this type in the zone",
        "`capacity: {kind: on_demand}`, or `alternatives` for a group without GPUs; then `make up STACK=NAME`. Another "
        "`zone` makes the cluster anew",
        True,
        EC2,
    ),
    Cause(
        "no capacity",
        r"Insufficient\w*Capacity|insufficient capacity|do not have sufficient .* capacity in the Availability Zone",
        "AWS has no machine of this type free in the zone",
        "a reservation or a capacity block (`capacity`), `{kind: spot}`, or `alternatives` for a group without GPUs; "
        "then `make up STACK=NAME`. Another `zone` makes the cluster anew",
        True,
        CAPACITY,
    ),
    Cause(
        "not in this zone",
        r"\bUnsupported\b|is not supported in your requested Availability Zone|configuration is currently not supported"
        r"|Availability Zone is no longer supported",
        "AWS does not offer this in the zone",
        "take another `machine`; `clusterwright catalog` shows them, and `clusterwright lock NAME` reads anew what the "
        "zone offers. Another `zone` makes the cluster anew",
        False,
        LAUNCH,
    ),
    Cause(
        "no such image",
        r"InvalidAMIID|\bimage id '.*' does not exist|\bAMI ID .* does not exist|AMI .* cannot be run",
        "its image is not there, or not this account's to use",
        "`clusterwright lock NAME` writes the newest one down, or mend the `image` of your own; then "
        "`make up STACK=NAME`",
        False,
        IMAGE,
    ),
    Cause(
        "no addresses",
        r"InsufficientFreeAddressesInSubnet|not enough free addresses in subnet",
        "its subnet has no free address left",
        "write fewer `nodes`, or end what else has addresses there. A larger `network.cidr`, or other "
        "`network.existing.subnets`, makes the cluster anew",
        False,
        EC2,
    ),
    Cause(
        "something is gone",
        r"Invalid(Group|SubnetID|VpcID|LaunchTemplate\w*|PlacementGroup)\.(NotFound|Unknown)|Invalid\w+\.NotFound"
        r"|security group .* does not exist|has no Auto Scaling group|AutoScalingGroup .* not found",
        "something that it is made of is gone",
        AGAIN,
        False,
        LAUNCH,
    ),
    Cause(
        "no right",
        r"UnauthorizedOperation|AccessDenied|not authorized to perform",
        "AWS does not allow it to whoever asked",
        "the message names who and what: give that right, or look which policy of the organization denies it; "
        "`make up STACK=NAME` puts the cluster's own roles right",
        False,
        EC2,
    ),
    Cause(
        "account is being verified",
        r"PendingVerification|pending verification|is being validated",
        "AWS still verifies the account in this region",
        "ask AWS's support; it mostly takes minutes",
        True,
        EC2,
    ),
    Cause(
        "account is not open",
        r"OptInRequired|not subscribed to this service|\bBlocked: |SubscriptionRequired",
        "the account may not use this service",
        "look at the account's billing, and accept the terms of the image where the message asks for it",
        False,
        EC2,
    ),
    Cause(
        "no login",
        r"ExpiredToken|RequestExpired|InvalidClientTokenId|AuthFailure|no valid credential",
        "AWS does not know who asks: no login, or one that has ended",
        "log in again, such as with `aws sso login`, and try again",
        False,
        EC2,
    ),
)
"""In the order in which they are looked for: what is narrower comes first."""
