"""Decisions that rules check and the plan takes: each is made once, here, from the spec and the catalog alone."""
