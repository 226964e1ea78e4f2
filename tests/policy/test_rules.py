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
from clusterwright_policy.aws.encryption import DISKS
from clusterwright_policy.aws.encryption import KEYS as AWS_KEYS
from clusterwright_policy.base import UNKNOWN, ResourceRule
from clusterwright_policy.gcp.encryption import KEYS as GCP_KEYS
from tests.components.aws import clusters as aws_clusters
from tests.components.aws import stacks as aws
from tests.components.gcp import clusters as gcp_clusters
from tests.components.gcp import stacks as gcp
from tests.policy import broken_aws, broken_gcp, page
from tests.policy.broken import Add, Break

ROOT = Path(__file__).parents[2]
EXAMPLE, GCP_EXAMPLE = "bert-large-aws", "bert-large-gcp"
BROKEN = {**broken_aws.BROKEN, **broken_gcp.BROKEN}
CASES = [(code, case) for code, cases in BROKEN.items() for case in cases]


def example(code: str) -> Graph:
    """The cluster that a rule's cases break, on the cloud that its code begins with."""
    return gcp.graph_of(GCP_EXAMPLE) if code.startswith("CW-POL-2") else aws.graph_of(EXAMPLE)


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("name", aws.EVERY)
def test_every_cluster_on_aws_keeps_every_promise(name: str, preview: bool) -> None:
    keeps_its_promises(aws.graph_of(name, preview=preview))


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("name", gcp.EVERY)
def test_every_cluster_on_gcp_keeps_every_promise(name: str, preview: bool) -> None:
    keeps_its_promises(gcp.graph_of(name, preview=preview))


def keeps_its_promises(graph: Graph) -> None:
    assert len(graph.resources) > 40
    assert [str(violation) for violation in check(graph)] == []


@pytest.mark.parametrize(("code", "case"), CASES, ids=[f"{code}: {case.said[:50]}" for code, case in CASES])
def test_a_rule_sees_its_promise_being_broken(code: str, case: Break | Add) -> None:
    graph = case.apply(example(code))
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

    assert list(rule.check(in_china(aws.graph_of(EXAMPLE)))) == []
    assert len(list(rule.check(in_china(BROKEN[rule.code][0].apply(aws.graph_of(EXAMPLE)))))) == 1


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
        cloud = "gcp" if rule.code.startswith("CW-POL-2") else "aws"
        assert all(re.fullmatch(rf"{cloud}:[a-z0-9]+/[a-zA-Z0-9]+:[a-zA-Z0-9]+", type_) for type_ in rule.types)


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


@pytest.mark.parametrize("code", ["CW-POL-1", "CW-POL-2"], ids=["aws", "gcp"])
def test_what_a_preview_does_not_know_is_no_violation(code: str) -> None:
    resources = {
        resource.type: replace(resource, properties=dict.fromkeys(resource.properties, UNKNOWN))
        for resource in example(code).resources
    }
    for rule in rules():
        if isinstance(rule, ResourceRule):
            assert list(rule.check(Graph(tuple(resources.values())))) == [], rule.code


ENCRYPTED_OTHERWISE = {
    "aws:s3/bucketObjectv2:BucketObjectv2": "with what its bucket says",
    "aws:kms/key:Key": "is what encrypts",
}


def known_keys() -> dict[str, set[str]]:
    """Each property about encryption that the pack knows, by type."""
    known = {kind: set(paths) for kind, paths in DISKS.items()}
    for kind, paths in (*AWS_KEYS.items(), *GCP_KEYS.items()):
        known.setdefault(kind, set()).update(paths)
    return known


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "graph_of"),
    [(aws_clusters.ALL, aws.graph_of), (gcp_clusters.ALL, gcp.graph_of)],
    ids=["aws", "gcp"],
)
def test_the_pack_knows_every_property_of_a_cluster_that_is_about_encryption(
    names: tuple[str, ...], graph_of: Callable[[str], Graph]
) -> None:
    for resource in (one for name in names for one in graph_of(name).resources):
        if resource.type in ENCRYPTED_OTHERWISE:
            continue
        paths = _paths(dict(resource.properties))
        about = {path for path in paths if re.search(r"(encrypted|[kK]msKey\w*)$", path)}
        assert about <= known_keys().get(resource.type, set()), resource.name


def _paths(value: object, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {found for key, inner in value.items() for found in _paths(inner, f"{path}.{key}" if path else key)}
    if isinstance(value, list):
        return {found for inner in value for found in _paths(inner, f"{path}[]")}
    return {path}
