"""The head's side of Slurm: sizes of groups, runs as Slurm jobs, what it all costs.

Each part is a function of what is there, and a doer that looks and carries out. Nothing is remembered that the next
head could not read again from Slurm, from the bucket or from who lends the machines.
"""
