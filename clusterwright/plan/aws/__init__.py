"""The plan of a cluster on AWS: one module a concern, with the names of components/aws/."""

from clusterwright.plan.aws.cluster import plan_cluster
from clusterwright.plan.aws.model import AwsPlan

__all__ = ["AwsPlan", "plan_cluster"]
