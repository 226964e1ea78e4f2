"""The one place that looks into what exists: a cluster (watch, logs, results, rerun), a cloud account (lock)."""
