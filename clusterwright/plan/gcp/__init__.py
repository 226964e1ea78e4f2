"""The plan of a cluster on GCP; a module for each that components/gcp/ has."""

from clusterwright.plan.gcp.cluster import plan_cluster
from clusterwright.plan.gcp.model import GcpPlan

__all__ = ["GcpPlan", "plan_cluster"]
