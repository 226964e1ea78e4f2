"""Getting the Pulumi engine, driving a stack with it, and maintainers' scripts."""
