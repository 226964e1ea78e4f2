"""What the stand-in answers to the engine."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any, NoReturn

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from tests.engine.standin.provider import Provider
from tests.engine.standin.wire import DEFAULTS, UNKNOWN, to_python, to_struct

SUBNET = "aws:ec2/subnet:Subnet"
PLACEMENT = "aws:ec2/placementGroup:PlacementGroup"
VPC = "aws:ec2/vpc:Vpc"


class Refused(Exception):
    """What the engine would get in place of an answer."""


class Context:
    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        assert code == grpc.StatusCode.UNKNOWN
        raise Refused(details)


CONTEXT: Any = Context()


def urn(kind: str, name: str = "it") -> str:
    return f"urn:pulumi:stack::project::a:b:Component${kind}::{name}"


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    made = Provider("aws", tmp_path)
    configure(made, region="us-east-1")
    return made


def configure(provider: Provider, **settings: str) -> provider_pb2.ConfigureResponse:
    return provider.Configure(provider_pb2.ConfigureRequest(args=to_struct(settings)), CONTEXT)


def check(provider: Provider, kind: str, news: dict[str, Any]) -> provider_pb2.CheckResponse:
    return provider.Check(provider_pb2.CheckRequest(urn=urn(kind), news=to_struct(news), randomSeed=b"1"), CONTEXT)


def diff(provider: Provider, kind: str, olds: dict[str, Any], news: dict[str, Any]) -> provider_pb2.DiffResponse:
    request = provider_pb2.DiffRequest(urn=urn(kind), old_inputs=to_struct(olds), news=to_struct(news))
    return provider.Diff(request, CONTEXT)


def create(provider: Provider, kind: str, inputs: dict[str, Any], preview: bool = False) -> provider_pb2.CreateResponse:
    request = provider_pb2.CreateRequest(urn=urn(kind), properties=to_struct(inputs), preview=preview)
    return provider.Create(request, CONTEXT)


def read(provider: Provider, kind: str, identifier: str) -> provider_pb2.ReadResponse:
    return provider.Read(provider_pb2.ReadRequest(urn=urn(kind), id=identifier), CONTEXT)


def test_its_version_is_the_sdks(provider: Provider) -> None:
    assert provider.GetPluginInfo(empty_pb2.Empty(), CONTEXT).version == importlib.metadata.version("pulumi-aws")


def test_it_is_one_account(provider: Provider) -> None:
    configure(provider, region="us-east-1", allowedAccountIds='["123456789012"]')
    with pytest.raises(Refused, match="account ID not allowed: 123456789012"):
        configure(provider, region="us-east-1", allowedAccountIds='["210987654321"]')


def test_a_provider_without_a_region_is_refused(provider: Provider) -> None:
    with pytest.raises(Refused, match="no region"):
        configure(provider)


def test_a_type_that_the_table_lacks_is_refused(provider: Provider) -> None:
    with pytest.raises(Refused, match="the table of aws has no aws:mq/broker:Broker"):
        check(provider, "aws:mq/broker:Broker", {})


def test_a_question_that_the_table_lacks_is_refused(provider: Provider) -> None:
    asked = provider_pb2.InvokeRequest(tok="aws:index/getCallerIdentity:getCallerIdentity")
    assert getattr(provider.Invoke(asked, CONTEXT), "return")["accountId"] == "123456789012"
    with pytest.raises(Refused, match="no function aws:ec2/getAmi:getAmi"):
        provider.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi"), CONTEXT)


def test_check_fills_in_defaults_and_says_what_is_wrong(provider: Provider) -> None:
    answer = check(provider, SUBNET, {"cidr": "10.0.0.0/24"})
    assert [(failure.property, failure.reason) for failure in answer.failures] == [
        ("vpcId", "SubnetArgs needs it"),
        ("cidr", "SubnetArgs has no such input"),
    ]
    assert to_python(answer.inputs)["mapPublicIpOnLaunch"] is False


def test_check_takes_what_is_right(provider: Provider) -> None:
    assert list(check(provider, SUBNET, {"vpcId": UNKNOWN, "cidrBlock": "10.0.0.0/24"}).failures) == []


def test_a_diff_says_what_changes_and_what_replaces(provider: Provider) -> None:
    olds = {"cidrBlock": "a", "tags": {"x": "1"}, DEFAULTS: ["a"]}
    answer = diff(provider, SUBNET, olds, {"cidrBlock": "b", "tags": {"x": "2"}, DEFAULTS: []})
    kinds = {path: change.kind for path, change in answer.detailedDiff.items()}
    assert list(answer.replaces) == ["cidrBlock"]
    assert kinds == {"cidrBlock": provider_pb2.PropertyDiff.UPDATE_REPLACE, "tags.x": provider_pb2.PropertyDiff.UPDATE}
    assert answer.deleteBeforeReplace is False


def test_a_diff_of_defaults_is_none(provider: Provider) -> None:
    answer = diff(provider, SUBNET, {"cidrBlock": "a", DEFAULTS: []}, {"cidrBlock": "a", DEFAULTS: ["cidrBlock"]})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize(("defaulted", "first"), [([], True), (["name"], False)])
def test_what_has_a_name_of_the_programs_goes_before_it_is_replaced(
    provider: Provider, defaulted: list[str], first: bool
) -> None:
    news = {"name": "n", "strategy": "spread", DEFAULTS: defaulted}
    answer = diff(provider, PLACEMENT, {"name": "n", "strategy": "cluster"}, news)
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["strategy"], first)


def test_a_preview_makes_nothing(provider: Provider) -> None:
    answer = create(provider, VPC, {"cidrBlock": "10.0.0.0/16"}, preview=True)
    assert answer.id == ""
    assert to_python(answer.properties)["arn"] == UNKNOWN
    assert create(provider, VPC, {"cidrBlock": "10.0.0.0/16"}).id.startswith("vpc-")


def test_nothing_is_made_of_what_is_not_known(provider: Provider) -> None:
    with pytest.raises(Refused, match="not known yet"):
        create(provider, SUBNET, {"vpcId": UNKNOWN})


def test_a_thing_is_read_with_its_inputs_and_one_that_is_gone_as_gone(provider: Provider) -> None:
    made = create(provider, VPC, {"cidrBlock": "10.0.0.0/16", DEFAULTS: []})
    found = read(provider, VPC, made.id)
    assert (found.id, to_python(found.inputs)) == (made.id, {"cidrBlock": "10.0.0.0/16", DEFAULTS: []})
    assert to_python(found.properties) == to_python(made.properties)
    provider.Delete(provider_pb2.DeleteRequest(urn=urn(VPC), id=made.id), CONTEXT)
    assert read(provider, VPC, made.id).id == ""


def test_whole_numbers_are_integers(provider: Provider) -> None:
    assert to_python(to_struct({"a": 1, "b": [{"c": 2.0}], "d": 0.5})) == {"a": 1, "b": [{"c": 2}], "d": 0.5}
    assert repr(to_python(to_struct({"a": 1}))) == "{'a': 1}"
