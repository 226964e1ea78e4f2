"""Rules about software."""

from collections.abc import Iterator

from clusterwright.rules.base import Context, Rule
from clusterwright.spec.findings import Finding


class NoEnvironment(Rule):
    """No locked environment is shipped for that version of PyTorch."""

    code = "CW-SOF-001"
    why = "nodes install only environments in which every package is pinned by hash"

    def check(self, context: Context) -> Iterator[Finding]:
        version, known = context.spec.software.pytorch, list(context.environments)
        if version not in known:
            what = f"there is no locked environment for PyTorch {version}"
            hint = f'write `pytorch: "{known[-1]}"`; known are: {", ".join(known)}' if known else "run `make lock`"
            yield self.finding(("software", "pytorch"), what, hint)
