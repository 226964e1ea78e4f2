"""A node service that hears from the cloud that the machine will be gone, and has its jobs checkpoint in time."""
