"""What a cloud's refusal means, and what is to be done about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clusterwright.paths import BIN


@dataclass(frozen=True)
class Cause:
    """One thing that keeps a cloud from making what was asked for.

    `said` is a regular expression that finds it in the cloud's own words, whatever their case. `passes` means that time
    mends it: the head asks again and again; else nothing comes until a person acts. `step` is what helps, with NAME for
    the stack. `source` is where the cloud documents it.
    """

    name: str
    said: str
    cause: str
    step: str
    passes: bool
    source: str

    def fits(self, said: str) -> bool:
        return re.search(self.said, said, re.IGNORECASE) is not None

    def step_for(self, stack: str) -> str:
        """The step for a stack, its commands as one types them in the project's folder."""
        return self.step.replace("`clusterwright ", f"`{BIN}/clusterwright ").replace("NAME", stack)
