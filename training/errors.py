"""How a job can end other than well. `__main__` turns these into exit codes and failure.json.

JobError     the job can never work as written             exit 2, no retry
RetryError   it may work when run again                    exit 1, retry
Stopped      a checkpoint is written, run again to go on   exit 75
PeerFailed   another rank failed and has said why          exit 1, says nothing itself
"""

from __future__ import annotations


class JobError(Exception):
    """The job can never work as written."""


class RetryError(Exception):
    """The job failed for a reason that may be gone next time."""


class Stopped(Exception):
    """SIGTERM or SIGUSR1 asked the job to stop, and its state is saved."""


class PeerFailed(Exception):
    """Another rank failed and reports the reason."""
