"""Rules about `accept`: what is accepted has to be a rule, one that can be accepted, and one that finds something."""

import difflib
from collections.abc import Iterator

from clusterwright.rules import rules
from clusterwright.rules.base import Context, Rule
from clusterwright.spec.findings import Finding


def _rule(code: str) -> Rule | None:
    return next((rule for rule in rules() if rule.code == code), None)


class UnknownRuleAccepted(Rule):
    """A rule is accepted that there is not."""

    code = "CW-ACC-001"
    why = "an accepted finding is told by its rule's code, which stands in brackets behind `error` or `warning`"

    def check(self, context: Context) -> Iterator[Finding]:
        codes = [rule.code for rule in rules() if rule.acceptable]
        for index, accepted in enumerate(context.spec.accept):
            if _rule(accepted.rule) is None:
                near = difflib.get_close_matches(accepted.rule, codes, n=1, cutoff=0.8)
                hint = f"did you mean `rule: {near[0]}`?" if near else "remove it, or copy the code from the finding"
                yield self.finding(("accept", index, "rule"), f"there is no rule {accepted.rule}", hint)


class NotAcceptable(Rule):
    """A rule is accepted whose findings can't be."""

    code = "CW-ACC-002"
    why = "what the rule finds is refused by the cloud, can't work, or is safe for nobody, whatever the reason for it"

    def check(self, context: Context) -> Iterator[Finding]:
        for index, accepted in enumerate(context.spec.accept):
            rule = _rule(accepted.rule)
            if rule is not None and not rule.acceptable:
                what = f"findings of {accepted.rule} can't be accepted"
                yield self.finding(
                    ("accept", index), what, "remove it here, and mend what the rule finds, if it finds anything"
                )


class NothingToAccept(Rule):
    """A rule is accepted that finds nothing in this spec."""

    code = "CW-ACC-003"
    severity = "warning"
    acceptable = False
    why = "it would hide the next finding of that rule, which nobody has thought about"

    def check(self, context: Context) -> Iterator[Finding]:
        for index, accepted in enumerate(context.spec.accept):
            rule = _rule(accepted.rule)
            if rule is not None and rule.acceptable and not context.findings(rule):
                yield self.finding(("accept", index), f"{accepted.rule} finds nothing here", "remove it")
