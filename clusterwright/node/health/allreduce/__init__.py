"""The first step of each job: an all-reduce over the job's own nodes, exact, and fast enough where a speed is known.

Each rank is two processes. One keeps the time and talks to the others through PyTorch's store at the first node; the
other does a stage of the work and can be killed, as a collective that waits for a peer can't be ended otherwise. Rank
0 decides which stage comes next and, at last, who is suspected.
"""
