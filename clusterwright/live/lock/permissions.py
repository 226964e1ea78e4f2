"""The permissions that reading an account takes: all of them read, none changes a thing."""

AWS = (
    "cloudtrail:DescribeTrails",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeCapacityReservations",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeSpotPriceHistory",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcs",
    "pricing:GetProducts",
    "servicequotas:GetServiceQuota",
    "ssm:GetParameters",
    "sts:GetCallerIdentity",
)
"""IAM actions. Where the service lets a policy narrow them down, the resource is *: they list what the account has.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

GCP = (
    "billing.accounts.get",
    "cloudquotas.quotas.get",
    "compute.images.get",
    "compute.images.getFromFamily",
    "compute.machineTypes.list",
    "compute.networks.get",
    "compute.projects.get",
    "compute.regions.get",
    "compute.reservations.get",
    "compute.subnetworks.get",
    "resourcemanager.projects.get",
)
"""IAM permissions on the project, the first on its billing account. The public price list needs none, but its service
has to be enabled. Without the first and the last the lock lacks who pays for the project, or in which currency.

Sources: https://docs.cloud.google.com/compute/docs/access/iam-permissions,
https://docs.cloud.google.com/billing/docs/reference/rest/v1/projects/getBillingInfo,
https://docs.cloud.google.com/billing/docs/access-control
"""

PERMISSIONS = {"aws": AWS, "gcp": GCP}
