"""Clusters on AWS: each module registers what the module of its name in clusterwright/plan/aws/ decided."""
