"""The one place that looks into a cluster that exists: watch, logs, results, rerun."""
