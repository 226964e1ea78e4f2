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
    "cloudquotas.quotas.get",
    "compute.images.get",
    "compute.images.getFromFamily",
    "compute.machineTypes.list",
    "compute.networks.get",
    "compute.projects.get",
    "compute.regions.get",
    "compute.reservations.get",
    "compute.subnetworks.get",
)
"""IAM permissions on the project. The public price list needs none, but its service has to be enabled.

Source: https://docs.cloud.google.com/compute/docs/access/iam-permissions
"""

PERMISSIONS = {"aws": AWS, "gcp": GCP}
