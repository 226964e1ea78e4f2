"""What deploying a change does to a running cluster: what is replaced and deleted, and what data is at risk."""
