"""Clusters on GCP: each module registers what the module of its name in clusterwright/plan/gcp/ decided."""
