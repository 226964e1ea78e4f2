"""ClusterPlan to what machines run: the bundle and the user data."""

from clusterwright.bootstrap.bundle import Bundle, render_bundle, user_data, user_data_files

__all__ = ["Bundle", "render_bundle", "user_data", "user_data_files"]
