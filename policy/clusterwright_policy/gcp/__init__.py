"""The rules of GCP."""
