"""The policy pack: every cluster keeps every promise, and each rule sees each way to break its own."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clusterwright_policy import Graph, Rule, check, rules
from clusterwright_policy.aws.encryption import DISKS, KEYS
from clusterwright_policy.base import UNKNOWN, Resource, ResourceRule
from tests.components.aws.clusters import ALL
from tests.components.aws.stacks import EVERY, graph_of
from tests.policy import page
from tests.policy.broken import BROKEN, Add, Break

ROOT = Path(__file__).parents[2]
EXAMPLE = "bert-large-aws"
CASES = [(code, case) for code, cases in BROKEN.items() for case in cases]


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("name", EVERY)
def test_every_cluster_keeps_every_promise(name: str, preview: bool) -> None:
    graph = graph_of(name, preview=preview)
    assert len(graph.resources) > 40
    assert [str(violation) for violation in check(graph)] == []


@pytest.mark.parametrize(("code", "case"), CASES, ids=[f"{code}: {case.said[:50]}" for code, case in CASES])
def test_a_rule_sees_its_promise_being_broken(code: str, case: Break | Add) -> None:
    graph = case.apply(graph_of(EXAMPLE))
    (rule,) = (rule for rule in rules() if rule.code == code)
    (found,) = rule.check(graph)
    assert case.said in found.what
    assert found.resource.name.endswith((case.at or case.name) if isinstance(case, Break) else "added")


def test_control_is_guarded_in_every_part_of_aws() -> None:
    (rule,) = (rule for rule in rules() if rule.code == "CW-POL-145")

    def in_china(graph: Graph) -> Graph:
        return Graph(
            tuple(
                replace(one, properties={**one.properties, "policy": policy.replace("arn:aws:", "arn:aws-cn:")})
                if isinstance(policy := one.value("policy"), str)
                else one
                for one in graph.resources
            )
        )

    assert list(rule.check(in_china(graph_of(EXAMPLE)))) == []
    assert len(list(rule.check(in_china(BROKEN[rule.code][0].apply(graph_of(EXAMPLE)))))) == 1


def test_every_rule_has_a_case() -> None:
    assert set(BROKEN) == {rule.code for rule in rules()}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.code)
def test_a_rule_says_what_is_bad_why_and_what_to_do(rule: Rule) -> None:
    assert re.fullmatch(r"CW-POL-[12]\d\d", rule.code)
    assert rule.summary.endswith(".")
    assert inspect.getdoc(rule)
    assert not rule.why.endswith(".")
    assert not rule.hint.endswith(".")
    if isinstance(rule, ResourceRule):
        assert all(re.fullmatch(r"aws:[a-z0-9]+/[a-zA-Z0-9]+:[a-zA-Z0-9]+", type_) for type_ in rule.types)


def test_the_page_says_what_the_rules_say(golden: Callable[[str, str], None]) -> None:
    golden("docs/policy.md", page.page())


def test_rules_need_the_standard_library_alone_so_that_they_run_in_any_environment() -> None:
    program = "import sys; sys.path.insert(0, sys.argv[1]); import clusterwright_policy as p; print(len(p.rules()))"
    command = [sys.executable, "-I", "-S", "-c", program, str(ROOT / "policy")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == str(len(rules())), answer.stderr


def test_codes_are_each_a_rule_s_own() -> None:
    codes = [rule.code for rule in rules()]
    assert codes == sorted(set(codes))


def test_what_a_preview_does_not_know_is_no_violation() -> None:
    kinds = {resource.type for resource in graph_of(EXAMPLE).resources}
    unknown = dict.fromkeys(("encrypted", "kmsKeyId", "metadataOptions", "policy", "retentionInDays"), UNKNOWN)
    unknown |= {"rootBlockDevice": UNKNOWN, "blockDeviceMappings": UNKNOWN, "networkInterfaces": UNKNOWN}
    resources = tuple(Resource(kind, "a", f"urn:{kind}", unknown) for kind in sorted(kinds))
    for rule in rules():
        if isinstance(rule, ResourceRule):
            assert list(rule.check(Graph(resources))) == [], rule.code


ENCRYPTED_OTHERWISE = {
    "aws:s3/bucketObjectv2:BucketObjectv2": "with what its bucket says",
    "aws:kms/key:Key": "is what encrypts",
}


@pytest.mark.slow
def test_the_pack_knows_every_property_of_a_cluster_that_is_about_encryption() -> None:
    known = {kind: set(paths) for kind, paths in DISKS.items()}
    for kind, paths in KEYS.items():
        known.setdefault(kind, set()).update(paths)
    for kind in {resource.type for name in ALL for resource in graph_of(name).resources} - ENCRYPTED_OTHERWISE.keys():
        about = {
            path
            for name in ALL
            for resource in graph_of(name).of(kind)
            for path in _paths(dict(resource.properties))
            if re.search(r"(encrypted|kms\w*KeyId)$", path)
        }
        assert about <= known.get(kind, set()), kind


def _paths(value: object, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {found for key, inner in value.items() for found in _paths(inner, f"{path}.{key}" if path else key)}
    if isinstance(value, list):
        return {found for inner in value for found in _paths(inner, f"{path}[]")}
    return {path}
