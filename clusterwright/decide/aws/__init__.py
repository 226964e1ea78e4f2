"""Decisions about a cluster on AWS, taken from specs that may still be wrong: none of them fails, some give None."""
