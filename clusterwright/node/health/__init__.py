"""Whether a node can be trusted with a job: at its joining, each minute, and at the start of each job.

Fail closed: what can't be looked at has failed, a tool that is missing or that hangs included. Which checks concern a
node follows from its facts, never from the tools that it happens to have.
"""
