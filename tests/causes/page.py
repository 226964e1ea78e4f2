"""docs/refusals.md: every refusal of a cloud that is known, from the table itself."""

from __future__ import annotations

from clusterwright.causes import CAUSES, Cause

CLOUDS = {"aws": "AWS", "gcp": "Google Cloud"}
HEAD = """\
# When a cloud refuses

What keeps a cloud from giving machines, disks or networks, as `clusterwright watch`, `clusterwright jobs` and `make up`
tell it: the cause, and what to do. A group's machines are said to be missing since the head first met a refusal. A
message that is not known here is shown as it is. This page is written by `make golden`, from the table in
`clusterwright/causes/`.

**Passes** means that time mends it: the head keeps asking, and what the last column says is for who does not want to
wait. All else stays as it is until somebody acts; the head asks on, so that machines come as soon as it is mended.

NAME is the stack. A spec's key is described in [spec.md](spec.md).
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_table(provider, causes) for provider, causes in CAUSES.items())


def _table(provider: str, causes: tuple[Cause, ...]) -> str:
    rows = "".join(
        f"| [{one.name}]({one.source}) | {one.cause} | {'yes' if one.passes else 'no'} | {one.step} |\n"
        for one in causes
    )
    return f"\n## {CLOUDS[provider]}\n\n| what | cause | passes | what to do |\n|---|---|---|---|\n{rows}"
