"""What runs on every node: the agent, the worker and the head's dispatcher.

Shipped inside the bundle and started by the machine's own Python: only the standard library, and nothing of the rest
of Clusterwright.
"""
