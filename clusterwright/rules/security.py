"""Rules about encryption, audit and secrets."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.rules.names import repeated, unused
from clusterwright.spec.findings import Finding, dotted


class NoAudit(Rule):
    """Nobody records who read and wrote the data."""

    code = "CW-SEC-001"
    severity = "warning"
    providers = CLOUDS
    why = "after a leak nothing would say who read what; the record can't be made afterwards"

    def check(self, context: Context) -> Iterator[Finding]:
        if not context.spec.security.audit:
            yield self.finding(("security", "audit"), "the audit record is off", "remove `audit: false`")


class NoFlowLogs(Rule):
    """Nobody records who talked to whom in the network."""

    code = "CW-SEC-002"
    severity = "warning"
    providers = CLOUDS
    why = "after a break-in nothing would say which machines were reached; the record can't be made afterwards"

    def check(self, context: Context) -> Iterator[Finding]:
        if not context.spec.network.flow_logs:
            yield self.finding(("network", "flow_logs"), "flow logs are off", "remove `flow_logs: false`")


class ProvidersKey(Rule):
    """Data is encrypted with the provider's key, not with one that you control."""

    code = "CW-SEC-003"
    severity = "warning"
    providers = CLOUDS
    why = "who may decrypt can't be limited, and the data can't be made unreadable by disabling the key"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.spec.security.key == "provider":
            hint = "remove `key: provider`: the cluster then gets a key of its own, or name one of yours"
            yield self.finding(("security", "key"), "the provider's key is used", hint)


class DuplicateSecret(Rule):
    """Two secrets have the same name."""

    code = "CW-SEC-004"
    providers = CLOUDS
    why = "the job sees a secret as the environment variable of its name, and a variable has one value"

    def check(self, context: Context) -> Iterator[Finding]:
        names = [secret.name for secret in context.spec.secrets]
        for index, first in repeated(names):
            what = f"the secret name `{names[index]}` is used twice: secrets[{first}] has it already"
            hint = f"give this one another name: `name: {unused(names[index], names)}`"
            yield self.finding(("secrets", index, "name"), what, hint)


RESERVED = re.compile(
    r"PATH|HOME|USER|SHELL|IFS|ENV|BASH_ENV|TMPDIR|RANK|LOCAL_RANK|WORLD_SIZE|LOCAL_WORLD_SIZE|GROUP_RANK|"
    r"MASTER_ADDR|MASTER_PORT|(LD|CUDA|NVIDIA|NCCL|SLURM|TORCH|TORCHELASTIC|OMP|FI|CLUSTERWRIGHT)_.*|PYTHON.*"
)


class ReservedVariable(Rule):
    """A secret has the name of a variable that the system or the job sets itself."""

    code = "CW-SEC-005"
    providers = CLOUDS
    why = "the secret would change how programs are found, loaded or joined together, or would be overwritten"

    def check(self, context: Context) -> Iterator[Finding]:
        for index, secret in enumerate(context.spec.secrets):
            if RESERVED.fullmatch(secret.name):
                what = f"`{secret.name}` is a variable of the system's or of the job's own"
                yield self.finding(("secrets", index, "name"), what, f"write `name: MY_{secret.name}`")


TOKENS = re.compile(
    r"(hf_|gh[opsur]_|github_pat_|glpat-|sk-|xox[abprs]-|AIza|ya29\.|A(KI|SI)A[0-9A-Z]{16}$|ABSK|npm_|pypi-|dop_v1_)"
)
"""How tokens and keys begin: Hugging Face, GitHub, GitLab, OpenAI and Anthropic, Slack, Google, AWS, npm, PyPI."""
RANDOM_LENGTH, RANDOM_BITS = 20, 3.5
"""From how many characters on, and how many bits a character (Shannon), a word is taken to be random."""


def looks_like_a_value(ref: str) -> bool:
    """Whether a reference is probably the secret itself: it begins as a token, or a part of it is random."""
    return bool(TOKENS.match(ref)) or any(_random(word) for word in re.split(r"[/:@._-]", ref))


def _random(word: str) -> bool:
    if len(word) < RANDOM_LENGTH or not re.search(r"\d", word):
        return False
    shares = [count / len(word) for count in Counter(word).values()]
    bits = -sum(share * math.log2(share) for share in shares)
    mixed = bool(re.search(r"[a-z]", word)) and bool(re.search(r"[A-Z]", word))
    return (mixed and bits >= RANDOM_BITS) or bool(re.fullmatch(r"[0-9a-f]{32,}", word) and bits >= 3)


class SecretValue(Rule):
    """A secret's reference is, by its looks, the secret."""

    code = "CW-SEC-006"
    providers = CLOUDS
    acceptable = True
    why = "specs are committed and reviewed, so a value in one is no secret any more"

    def check(self, context: Context) -> Iterator[Finding]:
        for index, secret in enumerate(context.spec.secrets):
            if looks_like_a_value(secret.ref):
                # Without its own place, since a finding shows the line of its place and is printed in public logs.
                what = f"`{dotted(('secrets', index, 'ref'))}` looks like the secret itself"
                hint = (
                    f"withdraw {secret.name} where it was issued, put a new one into the cloud's secret store, and "
                    f"write its name there: `ref: {secret.name.lower().replace('_', '-')}`"
                )
                yield self.finding((), what, hint)
