"""Rules about tags."""

from collections.abc import Iterator, Mapping

from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.spec.base import Provider
from clusterwright.spec.findings import Finding

RESERVED = {"clusterwright": "this project", "goog": "Google"}
"""What AWS keeps for itself begins with `aws:`, and no key of a spec has a colon."""
OWN_TAGS = 4
"""Tags that every resource has besides the spec's: its name, its cluster, its group, and that this project made it."""
MOST: Mapping[Provider, int] = {"aws": 50 - OWN_TAGS, "gcp": 64 - OWN_TAGS}


class ReservedTag(Rule):
    """A tag has a name that the cloud or this project gives meaning to."""

    code = "CW-TAG-001"
    why = "resources are found by these tags, so one that somebody else sets would make them lost or taken for others"

    def check(self, context: Context) -> Iterator[Finding]:
        for key in context.spec.tags:
            start = key.split("-")[0]
            if start in RESERVED:
                what = f"the tag `{key}` begins with `{start}`, which is kept for {RESERVED[start]}"
                yield self.finding(("tags", key), what, "give it another name, for example `team`")


class TooManyTags(Rule):
    """There are more tags than a resource can have."""

    code = "CW-TAG-002"
    providers = CLOUDS
    why = f"AWS takes 50 tags on a resource and GCP 64 labels; {OWN_TAGS} of them are this project's"

    def check(self, context: Context) -> Iterator[Finding]:
        most, given = MOST[context.spec.provider], len(context.spec.tags)
        if given > most:
            yield self.finding(("tags",), f"there are {given} tags, the most is {most}", f"remove {given - most}")
