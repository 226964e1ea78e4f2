"""The embedded provider: a cluster of process nodes on this machine, with no account and no credentials."""
