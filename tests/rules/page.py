"""docs/rules.md: every rule and what it says of an example, from the rules and from their tests' cases."""

from __future__ import annotations

import inspect
from itertools import groupby
from pathlib import Path

import yaml

from clusterwright.rules import Rule, rules

CASES = Path(__file__).parent / "cases"
SUBJECTS = {
    "ACC": "Accepted findings",
    "BUD": "The budget",
    "CAP": "Capacity",
    "CMP": "Compute",
    "JOB": "The job",
    "LCK": "The lock",
    "NAM": "Names",
    "NET": "The network",
    "PRV": "Providers",
    "SEC": "Security",
    "SLM": "Slurm",
    "SOF": "Software",
    "STO": "Storage",
    "TAG": "Tags",
}
HEAD = """\
# Rules

What `clusterwright validate` finds in a spec that is well formed, before anything is made. A code stays what it is once
shipped. This page is written by `make golden`, from the rules and the cases that test them.

A finding that a heading calls acceptable can be accepted in the spec, with the reason (`accept`); the others can't.

"""


def page() -> str:
    """The whole page."""
    parts = []
    for subject, group in groupby(rules(), key=lambda rule: rule.code.split("-")[1]):
        parts += [f"## {SUBJECTS[subject]}\n", *map(_section, group)]
    return HEAD + "\n".join(parts)


def _section(rule: Rule) -> str:
    case = yaml.safe_load((CASES / f"{rule.code}.yaml").read_text(encoding="utf-8"))
    heading = f"### {rule.code}: {rule.severity}{', acceptable' if rule.acceptable else ''}"
    return f"{heading}\n\n{inspect.getdoc(rule)}\n\n```text\n{case['message'].rstrip()}\n```\n"
