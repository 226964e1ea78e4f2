"""What deploying a change does to a running cluster: what is updated in place, rolled, replaced, deleted, created, and
what data is at risk, each with its reason."""
