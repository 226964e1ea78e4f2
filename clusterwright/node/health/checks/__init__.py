"""What is looked at without disturbing a job, one concern a file.

`check(facts, system)` yields a sentence for each failure, and raises Unseen when it can't look.
"""
