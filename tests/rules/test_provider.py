"""A setting, a value or a name that another provider has is refused, wherever in the spec it stands."""

import re
from typing import Any, get_args

import pytest

from clusterwright.rules import check
from clusterwright.rules.provider import FORMS, SETTINGS, VALUES, given
from clusterwright.spec.base import SpecModel
from clusterwright.spec.findings import dotted
from clusterwright.spec.load import parse_spec

HEADS = {
    "local": "name: a\nprovider: local\n",
    "aws": "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n",
    "gcp": "name: a\nprovider: gcp\nproject: my-project-123\nregion: us-central1\nzone: us-central1-a\n",
}


def found(provider: str, text: str, code: str) -> list[str]:
    return [dotted(f.path) for f in check(parse_spec(HEADS[provider] + text)) if f.code == code]


@pytest.mark.parametrize("key", [*SETTINGS, *VALUES, *FORMS], ids=lambda key: f"{key[0].__name__}.{key[1]}")
def test_the_tables_name_fields_that_there_are(key: tuple[type[SpecModel], str]) -> None:
    model, field = key
    assert field in model.model_fields


def literals(annotation: Any) -> set[str]:
    args = get_args(annotation)
    return {arg for arg in args if isinstance(arg, str)} | {text for arg in args for text in literals(arg)}


@pytest.mark.parametrize("key", VALUES, ids=lambda key: f"{key[0].__name__}.{key[1]}")
def test_the_tables_name_every_value_that_a_field_can_have(key: tuple[type[SpecModel], str]) -> None:
    model, field = key
    assert literals(model.model_fields[field].annotation) <= set(VALUES[key])


@pytest.mark.parametrize("forms", FORMS.values(), ids=[f"{model.__name__}.{field}" for model, field in FORMS])
def test_a_good_value_is_good_for_its_own_provider_alone(forms: dict[str, tuple[str, str]]) -> None:
    for provider, (pattern, good) in forms.items():
        assert re.fullmatch(pattern, good)
        for other, (_, theirs) in forms.items():
            assert other == provider or not re.fullmatch(pattern, theirs)


def test_a_missing_region_and_a_missing_zone_are_told_at_once() -> None:
    hints = {finding.code: finding.hint for finding in check(parse_spec("name: a\nprovider: gcp\n"))}
    assert {"CW-PRV-001", "CW-PRV-002", "CW-PRV-003"} <= hints.keys()
    assert hints["CW-PRV-002"].endswith("for example `zone: us-central1-a`")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("region: us-east-1\n", "region"),
        ("network: {cidr: 10.0.0.0/16}\n", "network"),
        ("budget: {limit: 5 USD}\n", "budget.limit"),
        ("security: {audit: true}\n", "security"),
        ("observability: {dashboard: false}\n", "observability"),
        ("secrets: [{name: A, ref: b}]\n", "secrets"),
        ("groups: [{name: train, capacity: {kind: flex_start, duration: 2 h}}]\n", "groups[0].capacity"),
        ("groups: [{name: train, fabric: none}]\n", "groups[0].fabric"),
        ("storage: [{name: data}, {name: s, kind: lustre, size: 4800 GiB, efa: true}]\n", "storage[1].kind"),
        ("job: {command: [train.py]}\n", "job.command"),
        ("job: {sharding: full}\n", "job.sharding"),
    ],
)
def test_a_local_cluster_has_no_setting_that_nothing_reads(text: str, path: str) -> None:
    assert found("local", text, "CW-PRV-010") == [path]


@pytest.mark.parametrize(
    ("aws", "gcp"),
    [
        ("groups: [{name: t, fabric: efa}]\n", "groups: [{name: t, fabric: tcpxo}]\n"),
        ("head: {disk: {size: 50 GiB, kind: gp3}}\n", "head: {disk: {size: 50 GiB, kind: pd-ssd}}\n"),
        ("network: {endpoints: [s3]}\n", "network: {mtu: 8896}\n"),
        ("storage: [{name: h, kind: nfs, backups: true}]\n", "storage: [{name: h, kind: nfs, size: 2 TiB}]\n"),
        ("storage: [{name: h, kind: nfs, one_zone: true}]\n", "storage: [{name: h, kind: nfs, tier: zonal}]\n"),
        (
            "groups: [{name: t, capacity: {kind: spot, max_price: 9 USD}}]\n",
            "groups: [{name: t, capacity: {kind: flex_start, duration: 2 h}}]\n",
        ),
    ],
)
def test_each_cloud_refuses_what_only_the_other_has(aws: str, gcp: str) -> None:
    assert found("aws", aws, "CW-PRV-010") == []
    assert found("gcp", gcp, "CW-PRV-010") == []
    assert len(found("gcp", aws, "CW-PRV-010")) == 1
    assert len(found("aws", gcp, "CW-PRV-010")) == 1


def test_what_serves_instead_of_access_logs_is_told_where_there_are_none() -> None:
    text = "security: {access_logs: 90 d}\n"
    assert found("aws", text, "CW-PRV-010") == []
    (finding,) = (one for one in check(parse_spec(HEADS["gcp"] + text)) if one.code == "CW-PRV-010")
    assert finding.hint is not None
    assert "Cloud Audit Logs" in finding.hint


def test_only_what_the_spec_sets_counts() -> None:
    spec = parse_spec(HEADS["aws"] + "groups: [{name: t, disk: null}]\n").spec
    paths = [dotted(path) for _, _, _, path in given(spec)]
    assert paths == ["name", "provider", "region", "zone", "groups", "groups[0].name"]


@pytest.mark.parametrize(
    ("provider", "text", "paths"),
    [
        ("aws", "groups: [{name: t, image: projects/p/images/mine}]\n", ["groups[0].image"]),
        (
            "gcp",
            "network: {existing: {vpc: vpc-0123456789abcdef0, subnets: [nodes]}}\n",
            ["network.existing.vpc"],
        ),
        (
            "aws",
            "network: {existing: {vpc: default, subnets: [a]}}\n",
            ["network.existing.vpc", "network.existing.subnets[0]"],
        ),
        ("gcp", "security: {key: 'arn:aws:kms:us-east-1:123456789012:key/a'}\n", ["security.key"]),
        (
            "gcp",
            "groups: [{name: t, capacity: {kind: reservation, id: cr-0123456789abcdef0}}]\n",
            ["groups[0].capacity.id"],
        ),
        ("gcp", "groups: [{name: t, capacity: {kind: reservation, id: projects/p/reservations/mine}}]\n", []),
    ],
)
def test_names_have_the_form_of_their_cloud(provider: str, text: str, paths: list[str]) -> None:
    assert found(provider, text, "CW-PRV-011") == paths


@pytest.mark.parametrize(
    ("provider", "region", "zone", "paths"),
    [
        ("aws", "us-east-1", "us-east-1a", []),
        ("aws", "us-west-2", "us-west-2-lax-1a", []),
        ("aws", "us-gov-west-1", "us-gov-west-1b", []),
        ("aws", "us-west-2", "us-east-2a", ["zone"]),
        ("gcp", "us-east1", "us-east1-b", []),
        ("gcp", "us-central1", "us-central1-ai1a", []),
        ("gcp", "us-east1", "us-east10-b", ["zone"]),
        ("gcp", "us-east1", "us-east-1a", []),
    ],
)
def test_a_zone_is_one_of_its_region(provider: str, region: str, zone: str, paths: list[str]) -> None:
    project = "project: my-project-123\n" if provider == "gcp" else ""
    text = f"name: a\nprovider: {provider}\n{project}region: {region}\nzone: {zone}\n"
    assert [dotted(f.path) for f in check(parse_spec(text)) if f.code == "CW-PRV-004"] == paths


@pytest.mark.parametrize(
    ("provider", "text", "fine"),
    [
        ("local", "software: {scheduler: none}\n", True),
        ("local", "runtime: machine\nsoftware: {scheduler: none}\n", False),
        ("aws", "software: {scheduler: none}\n", False),
        ("gcp", "software: {scheduler: slurm}\n", True),
    ],
)
def test_a_scheduler_fits_its_nodes(provider: str, text: str, fine: bool) -> None:
    assert (found(provider, text, "CW-SLM-001") == []) == fine
