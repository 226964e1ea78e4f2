"""Where AWS machine types are offered: what EC2 answers, by ids of zones, and None where nobody knows."""

from collections import defaultdict

import pytest

from clusterwright.catalog import aws, gcp_zones
from clusterwright.catalog.offerings import aws_regions, aws_zone_ids, provenance, regions, zone_ids
from clusterwright.catalog.rows import FOLDER
from tools import catalog_aws

SHIPPED = [name for name in aws.names() if aws.row(name).read is None]  # the others were read from an account since


@pytest.fixture(scope="module")
def answered() -> dict[str, dict[str, set[str]]]:
    """EC2's answer: the zone ids of each region by machine type."""
    zones: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, region, zone in catalog_aws.offerings():
        zones[name][region].add(zone)
    return zones


def test_regions_are_those_that_ec2_answers(answered: dict[str, dict[str, set[str]]]) -> None:
    for name in SHIPPED:
        assert regions("aws", name) == tuple(sorted(answered[name]))


def test_zones_of_gpu_types_are_those_that_ec2_answers(answered: dict[str, dict[str, set[str]]]) -> None:
    for name in SHIPPED:
        for region in aws_regions() if aws.row(name).gpus else ():
            assert zone_ids("aws", name, region) == tuple(sorted(answered[name].get(region, ())))


def test_the_file_is_what_its_tool_writes() -> None:
    written = (FOLDER / "aws-offerings.json").read_text(encoding="utf-8")
    assert written == catalog_aws.offerings_text(provenance().date), "run `python -m tools.catalog_aws DATE`"


def test_a_type_can_be_in_one_zone_of_a_region_alone() -> None:
    assert zone_ids("aws", "p6-b200.48xlarge", "us-east-1") == ("use1-az6",)
    assert aws_zone_ids("us-east-1") == tuple(f"use1-az{number}" for number in range(1, 7))


def test_not_offered_is_not_the_same_as_unknown() -> None:
    assert zone_ids("aws", "p6-b200.48xlarge", "eu-west-1") == ()
    assert zone_ids("aws", "m7i.large", "us-east-1") is None
    assert zone_ids("aws", "p6-b200.48xlarge", "us-gov-west-1") is None
    assert zone_ids("aws", "p7.48xlarge", "us-east-1") is None
    assert regions("aws", "p7.48xlarge") is None
    assert regions("gcp", "a9-highgpu-8g") is None
    assert regions("local", "local") is None
    assert zone_ids("gcp", "a3-highgpu-8g", "us-west99") is None
    assert aws_zone_ids("us-gov-west-1") is None


def test_regions_are_sorted_and_have_zones() -> None:
    assert list(aws_regions()) == sorted(aws_regions())
    assert "us-east-1" in aws_regions()
    assert all(aws_zone_ids(region) for region in aws_regions())


def test_regions_of_gcp_are_those_of_the_zones() -> None:
    offered = regions("gcp", "a3-megagpu-8g")
    assert offered
    assert list(offered) == sorted(set(offered))
    for region in gcp_zones.regions():
        zones = zone_ids("gcp", "a3-megagpu-8g", region)
        assert bool(zones) == (region in offered)
        assert set(zones or ()) <= set(gcp_zones.zones("a3-megagpu-8g") or ())
