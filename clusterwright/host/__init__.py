"""This computer: what clusters need of it, looked for without changing anything, and told with what to do."""
