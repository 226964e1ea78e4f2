"""What is known of machine types, for people and for programs."""

from __future__ import annotations

import json

from tests.cli.runs import run


def test_catalog_lists_machine_types_with_where_the_facts_are_from() -> None:
    shown = run("catalog", "list", "--provider", "aws", "--gpu").stdout
    assert "p5.48xlarge" in shown
    assert "m7i.2xlarge" not in shown
    assert "a3-highgpu-8g" not in shown
    assert "provider" not in shown
    assert "m7i.2xlarge" in run("catalog", "list", "--provider", "aws").stdout
    assert shown.startswith("aws: EC2 DescribeInstanceTypes")


def test_catalog_lists_all_providers_one_after_the_other() -> None:
    lines = run("catalog", "list").stdout.splitlines()
    starts = [number for number, line in enumerate(lines) if line.split(":")[0] in ("aws", "gcp", "local")]
    parts = [lines[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    for machine, part in zip(("p5.48xlarge", "a3-highgpu-8g", "local"), parts, strict=True):
        assert any(line.split()[:1] == [machine] for line in part)


def test_catalog_shows_a_machine_type_to_programs() -> None:
    shown = json.loads(run("catalog", "show", "p5.48xlarge").stdout)
    assert shown["provider"] == "aws"
    assert shown["gpus"] == {"kind": "H100 80GB", "count": 8, "memory_mib": 81920, "share": 1.0}
    assert shown["gpu"]["bf16_tflops"] == 989.4
    assert [(price["region"], price["usd_per_hour"], price["date"]) for price in shown["prices"]] == [
        ("us-east-1", 55.04, "2026-07-20")
    ]
    assert "us-west-2" in shown["regions"]
    assert shown["source"].startswith("EC2 DescribeInstanceTypes")


def test_catalog_shows_what_is_unknown_as_null() -> None:
    shown = json.loads(run("catalog", "show", "a3-highgpu-8g").stdout)
    assert (shown["provider"], shown["prices"]) == ("gcp", None)
    assert json.loads(run("catalog", "show", "local").stdout)["vcpus"] is None


def test_catalog_names_the_nearest_machine_types() -> None:
    result = run("catalog", "show", "p5.48xlrge")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: the catalog has no machine type `p5.48xlrge`\n"
        "  why: it is none of aws, gcp, local that this version knows\n"
        "  hint: did you mean p5.48xlarge, p5e.48xlarge, p5.4xlarge?\n"
    )
    assert run("catalog", "show", "xyz").stderr.endswith("  hint: `clusterwright catalog list` shows all\n")
