"""EC2's machine types and prices as boto3 answers. The stubs hold every shape against the services' own models."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from clusterwright.catalog import aws as catalog
from clusterwright.catalog.machines import check
from clusterwright.live.catalog import aws

# One for all tests: it reads each service's model once.
SESSION = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1")


class Account:
    """Clients whose calls are answered in order."""

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {name: SESSION.client(name) for name in ("ec2", "pricing")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()

    def __call__(self, service: str) -> Any:
        return self.clients[service]

    def answers(self, service: str, operation: str, answer: dict[str, Any], wanted: dict[str, Any]) -> None:
        self.stubs[service].add_response(operation, answer, wanted)


@pytest.fixture
def account() -> Iterator[Account]:
    made = Account()
    yield made
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()


@cache
def answers() -> dict[str, dict[str, Any]]:
    """What EC2 really answered, by type."""
    data = files("moto.ec2").joinpath("resources/instance_types.json.gz").read_bytes()
    return json.loads(gzip.decompress(data))


def types(account: Account, *pages: list[dict[str, Any]]) -> None:
    for number, page in enumerate(pages):
        more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
        wanted = {"NextToken": str(number)} if number else {}
        account.answers("ec2", "describe_instance_types", {"InstanceTypes": page, **more}, wanted)


def test_every_page_is_read_and_rows_are_the_catalog_s_own(account: Account) -> None:
    types(account, [answers()["p5.48xlarge"], answers()["m7i.large"]], [answers()["p6-b300.48xlarge"]])
    rows, left_out = aws.machines(account)
    assert left_out == []
    assert list(rows) == ["m7i.large", "p5.48xlarge", "p6-b300.48xlarge"]
    for name, row in rows.items():
        assert check("aws", row) == catalog.row(name)


def test_types_that_the_catalog_does_not_want_are_left(account: Account) -> None:
    amd = copy.deepcopy(answers()["g4dn.xlarge"])
    amd["GpuInfo"]["Gpus"][0]["Manufacturer"] = "AMD"
    types(account, [answers()["g4dn.metal"], answers()["trn1.32xlarge"], answers()["x8g.large"], amd])
    assert aws.machines(account) == ({}, [])


def test_a_gpu_that_the_catalog_does_not_know_goes_by_ec2_s_name(account: Account) -> None:
    new = copy.deepcopy(answers()["p6-b300.48xlarge"])
    new["GpuInfo"]["Gpus"][0]["Name"] = "R100"
    types(account, [new])
    rows, _ = aws.machines(account)
    assert rows["p6-b300.48xlarge"]["gpus"]["kind"] == "R100"


def test_a_type_unlike_all_before_it_does_not_hold_up_the_others(account: Account) -> None:
    odd = copy.deepcopy(answers()["p5.48xlarge"])
    odd["NetworkInfo"]["NetworkPerformance"] = "Very fast"
    types(account, [odd, answers()["m7i.large"]])
    rows, left_out = aws.machines(account)
    assert list(rows) == ["m7i.large"]
    assert left_out == ["p5.48xlarge: its answer is not understood: no bandwidth in 'Very fast'"]


def product(machine: str, *usd: str, unit: str = "Hrs") -> str:
    """An entry of the price list, as far as it is read."""
    parts = {str(number): {"unit": unit, "pricePerUnit": {"USD": price}} for number, price in enumerate(usd)}
    attributes = {"instanceType": machine, "operatingSystem": "Linux"}
    return json.dumps({"product": {"attributes": attributes}, "terms": {"OnDemand": {"A": {"priceDimensions": parts}}}})


FILTERS = [
    {"Type": "TERM_MATCH", "Field": field, "Value": value}
    for field, value in (
        ("regionCode", "eu-west-1"),
        ("operatingSystem", "Linux"),
        ("preInstalledSw", "NA"),
        ("tenancy", "Shared"),
        ("capacitystatus", "Used"),
        ("licenseModel", "No License required"),
        ("marketoption", "OnDemand"),
    )
]


def test_prices_are_those_of_linux_on_demand_in_the_region(account: Account) -> None:
    wanted = {"ServiceCode": "AmazonEC2", "Filters": FILTERS}
    first = {
        "FormatVersion": "aws_v1",
        "PriceList": [product("p5.48xlarge", "60.5"), product("m7i.large", "0.0000", "0.1")],
    }
    account.answers("pricing", "get_products", {**first, "NextToken": "more"}, wanted)
    second = {"PriceList": [product("t3.large", "0.0"), product("t3a.large", "9.0", unit="Quantity")]}
    account.answers("pricing", "get_products", second, {**wanted, "NextToken": "more"})
    assert aws.prices(account, "eu-west-1") == ({"m7i.large": 0.1, "p5.48xlarge": 60.5}, [])


def test_two_prices_of_a_type_are_none_and_told(account: Account) -> None:
    answer = {"PriceList": [product("p5.48xlarge", "60.5"), product("p5.48xlarge", "61.5")]}
    account.answers("pricing", "get_products", answer, {"ServiceCode": "AmazonEC2", "Filters": FILTERS})
    found, left_out = aws.prices(account, "eu-west-1")
    assert found == {}
    assert left_out == ["p5.48xlarge: the price list has 2 prices of it: 60.5, 61.5"]


def test_regions_apart_have_machine_types_and_no_prices(account: Account) -> None:
    found, left_out = aws.prices(account, "us-gov-west-1")
    assert found == {}
    assert left_out == ["prices of us-gov-west-1: the price list does not accept credentials of such a region"]
