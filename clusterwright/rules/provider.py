"""Rules about the provider as a whole."""

from collections.abc import Iterator

from clusterwright.rules.base import Context, Rule
from clusterwright.spec.findings import Finding

BUILT = ("local",)


class ProviderNotBuilt(Rule):
    """The spec asks for a provider that this version can't plan."""

    code = "CW-PRV-001"
    why = "this version of Clusterwright plans and deploys clusters on this machine only"

    @staticmethod
    def applies(context: Context) -> bool:
        """Whether the provider is one of those: then no other rule has anything to look at."""
        return context.spec.provider not in BUILT

    def check(self, context: Context) -> Iterator[Finding]:
        if self.applies(context):
            what = f"provider {context.spec.provider} is not built yet in this version"
            yield self.finding(("provider",), what, "write `provider: local`")
