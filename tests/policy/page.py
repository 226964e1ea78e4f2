"""docs/policy.md: how the policy pack is run, and every promise that it holds, from the rules themselves."""

from __future__ import annotations

import inspect
from itertools import groupby

from clusterwright_policy import Rule, rules

SUBJECTS = {
    "10": "Encryption",
    "11": "The network",
    "12": "Machines",
    "13": "Logs",
    "14": "Rights",
    "15": "Buckets and file systems",
}
"""By the second and third digit of a code: the first is the cloud's."""
CLOUDS = {"1": "AWS", "2": "GCP"}
HEAD = """\
# The policy pack

The security promises of a cluster in a cloud, held by [Pulumi's policies](https://www.pulumi.com/docs/iac/crossguard/)
whatever the plan or the components say: a preview or an update that would break one ends with an error. The rules are
in `policy/clusterwright_policy/`; the tests hold all clusters against them, and see each rule fire.

```bash
make policy                                            # once: the pack's own environment, policy/.venv
eval "$(make -s env STACK=mine)"
pulumi preview --stack mine --policy-pack policy
```

The pack has an environment of its own since `pulumi-policy` wants an older protobuf than the project has. An engine
that `make engine` has built comes with an older Python language host, which runs no pack from its folder. Name the
program then, by its whole path: `--policy-pack "$PWD/policy/pack"`. That way is tested with the engine; the folder's
is Pulumi's own and was not, for lack of its newest host.

A rule about one resource stops the engine before that one is made. A rule about several, marked *stack* below, is asked
when all are known: at the end of a preview, so that `pulumi up` stops before it makes anything, unless told to skip its
preview. What a preview can't know yet, such as the ARN of a key that is to be made, counts as right until the update.

"""


def page() -> str:
    """The whole page."""
    parts = []
    for start, group in groupby(rules(), key=lambda rule: rule.code.removeprefix("CW-POL-")[:2]):
        parts += [f"## {CLOUDS[start[0]]}: {SUBJECTS['1' + start[1]].lower()}\n", *map(_section, group)]
    return HEAD + "\n".join(parts)


def _section(rule: Rule) -> str:
    about = "" if hasattr(rule, "types") else " (stack)"
    return f"### {rule.code}{about}\n\n{inspect.getdoc(rule)}\n\n- why: {rule.why}\n- hint: {rule.hint}\n"
