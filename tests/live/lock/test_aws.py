"""An AWS account as boto3 answers, and the lock that is read from it. The stubs hold every shape against EC2's own."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    UnauthorizedSSOTokenError,
)
from botocore.stub import Stubber

from clusterwright.errors import ClusterwrightError
from clusterwright.live.lock import aws
from clusterwright.live.lock.aws_failures import account_clients
from clusterwright.live.lock.needs import gaps, needs
from clusterwright.live.lock.permissions import AWS
from clusterwright.spec.load import parse_lock, parse_spec
from clusterwright.spec.lock import Lock

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

SPEC = """\
name: bert
provider: aws
region: us-east-1
zone: us-east-1a
head: {machine: m7i.large, image: ami-0aaaaaaaaaaaaaaa1}
groups:
  - name: train
    machine: p5.48xlarge
    nodes: 2
    capacity: {kind: capacity_block, id: cr-0123456789abcdef0, start: 2026-12-01T11:30Z, end: 2026-12-05T11:30Z}
  - name: prep
    machine: c7i.8xlarge
    alternatives: [c7a.8xlarge]
    nodes: {min: 0, max: 4}
    capacity: {kind: spot}
network: {existing: {vpc: vpc-1, subnets: [subnet-1, subnet-2]}}
"""
SMALL = "name: bert\nprovider: aws\nregion: us-east-1\ngroups: [{name: train, machine: m7i.large}]\n"

LOCK = """\
schema: 1
provider: aws
made: 2026-11-24
account: "012345678901"
region: us-east-1
zones: {us-east-1a: use1-az6, us-east-1b: use1-az1}
images:
  ami-0aaaaaaaaaaaaaaa1:
    {id: ami-0aaaaaaaaaaaaaaa1, name: ours, architecture: arm64, size: 20 GiB, created: 2026-11-20}
  cpu-x86_64: {id: ami-cpu, name: ubuntu-noble, architecture: x86_64, size: 8 GiB, created: 2026-11-20}
  gpu-x86_64: {id: ami-gpu, name: Deep Learning Base, architecture: x86_64, size: 75 GiB, created: 2026-11-20}
reservations:
  cr-0123456789abcdef0:
    machine: p5.48xlarge
    zone: us-east-1a
    total: 2
    available: 0
    state: scheduled
    kind: capacity-block
    start: 2026-12-01T11:30Z
    end: 2026-12-05T11:30Z
quotas:
  L-1216C47A: {limit: 640, unit: vCPUs}
  L-34B43A08: {limit: 32.5, unit: vCPUs}
offerings:
  c7a.8xlarge: []
  c7i.8xlarge: [us-east-1a, us-east-1b]
  m7i.large: [us-east-1a]
  p5.48xlarge: [us-east-1a]
prices:
  c7a.8xlarge: {spot: {usd_per_hour: 0.7, date: 2026-11-24, source: "EC2 DescribeSpotPriceHistory, us-east-1a"}}
  c7i.8xlarge: {spot: {usd_per_hour: 0.61, date: 2026-11-24, source: "EC2 DescribeSpotPriceHistory, us-east-1a"}}
  m7i.large:
    on_demand: {usd_per_hour: 0.1008, date: 2026-11-24, source: "AWS Price List Query API, GetProducts"}
network: {id: vpc-1, cidrs: [10.0.0.0/16], dns_support: true, dns_hostnames: false}
subnets:
  subnet-1: {zone: us-east-1a, cidr: 10.0.1.0/24, free: 251, vpc: vpc-1}
trails: ["arn:aws:cloudtrail:eu-west-1:012345678901:trail/all", "arn:aws:cloudtrail:us-east-1:012345678901:trail/bert"]
"""

GPU = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"
CPU = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"


# One for all tests: it reads each service's model once.
SESSION = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1")


class Account:
    """Clients whose calls are answered in order; `called` is what they were asked, as IAM actions."""

    def __init__(self) -> None:
        services = ("ec2", "sts", "ssm", "service-quotas", "pricing", "cloudtrail")
        self.clients: dict[str, Any] = {name: SESSION.client(name) for name in services}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        self.called: list[str] = []
        for name, client in self.clients.items():
            client.meta.events.register("before-parameter-build", self._note(name.replace("-", "")))
            self.stubs[name].activate()

    def _note(self, word: str) -> Callable[..., None]:
        def note(model: Any, **_: Any) -> None:
            self.called.append(f"{word}:{model.name}")

        return note

    def answers(self, service: str, operation: str, answer: dict[str, Any], **wanted: Any) -> None:
        self.stubs[service].add_response(operation, answer, wanted or None)

    def refuses(self, service: str, operation: str, code: str) -> None:
        self.stubs[service].add_client_error(operation, service_error_code=code, service_message="no")

    def __call__(self, service: str) -> Any:
        return self.clients[service]


@pytest.fixture(autouse=True)
def nobodys_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))


@pytest.fixture
def account() -> Iterator[Account]:
    made = Account()
    yield made
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()


def read(text: str, account: Any, pinned: Lock | None = None) -> Lock:
    spec = parse_spec(text).spec
    return aws.read(spec, "us-east-1", needs(spec), NOW, pinned, account)


def filters(name: str, *values: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)}]


def image(id: str, name: str, size: int, architecture: str = "x86_64") -> dict[str, Any]:
    return {
        "ImageId": id,
        "Name": name,
        "Architecture": architecture,
        "CreationDate": "2026-11-20T08:00:00.000Z",
        "RootDeviceName": "/dev/sda1",
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"},
            {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": size}},
        ],
    }


def product(price: str, unit: str = "Hrs") -> str:
    dimension = {"unit": unit, "pricePerUnit": {"USD": price}}
    return json.dumps({"terms": {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": dimension}}}}})


def place(account: Account) -> None:
    """Who and where: asked first, of every account."""
    account.answers("sts", "get_caller_identity", {"Account": "012345678901"})
    zones = [
        {"ZoneName": "us-east-1b", "ZoneId": "use1-az1"},
        {"ZoneName": "us-east-1a", "ZoneId": "use1-az6"},
    ]
    asked = filters("zone-type", "availability-zone")
    account.answers("ec2", "describe_availability_zones", {"AvailabilityZones": zones}, Filters=asked)


def images(account: Account) -> None:
    own = "ami-0aaaaaaaaaaaaaaa1"
    account.answers("ec2", "describe_images", {"Images": [image(own, "ours", 20, "arm64")]})
    values = [{"Name": GPU, "Value": "ami-gpu"}, {"Name": CPU, "Value": "ami-cpu"}]
    account.answers("ssm", "get_parameters", {"Parameters": values}, Names=[CPU, GPU])
    account.answers(
        "ec2",
        "describe_images",
        {"Images": [image("ami-gpu", "Deep Learning Base", 75), image("ami-cpu", "ubuntu-noble", 8)]},
        Filters=filters("image-id", "ami-cpu", "ami-gpu"),
        IncludeDeprecated=True,
    )


def reservations(account: Account) -> None:
    """On the second page of two."""
    block = {
        "CapacityReservationId": "cr-0123456789abcdef0",
        "InstanceType": "p5.48xlarge",
        "AvailabilityZone": "us-east-1a",
        "TotalInstanceCount": 2,
        "AvailableInstanceCount": 0,
        "State": "scheduled",
        "ReservationType": "capacity-block",
        "StartDate": datetime(2026, 12, 1, 11, 30, tzinfo=UTC),
        "EndDate": datetime(2026, 12, 5, 11, 30, tzinfo=UTC),
    }
    pages = [{"CapacityReservationId": "cr-other"}], [block]
    account.answers("ec2", "describe_capacity_reservations", {"CapacityReservations": pages[0], "NextToken": "2"})
    account.answers("ec2", "describe_capacity_reservations", {"CapacityReservations": pages[1]}, NextToken="2")


def offerings(account: Account) -> None:
    places = [
        ("p5.48xlarge", "us-east-1a"),
        ("c7i.8xlarge", "us-east-1b"),
        ("c7i.8xlarge", "us-east-1a"),
        ("m7i.large", "us-east-1a"),
    ]
    rows = [{"InstanceType": name, "Location": zone} for name, zone in places]
    asked: dict[str, Any] = {
        "LocationType": "availability-zone",
        "Filters": filters("instance-type", "c7a.8xlarge", "c7i.8xlarge", "m7i.large", "p5.48xlarge"),
    }
    first = {"InstanceTypeOfferings": rows[:2], "NextToken": "2"}
    account.answers("ec2", "describe_instance_type_offerings", first, **asked)
    account.answers(
        "ec2", "describe_instance_type_offerings", {"InstanceTypeOfferings": rows[2:]}, **asked, NextToken="2"
    )


def prices(account: Account) -> None:
    account.answers("pricing", "get_products", {"PriceList": [product("0.1008"), product("0.0000000000")]})
    history = [
        {"InstanceType": name, "SpotPrice": usd, "Timestamp": datetime(2026, 11, 24, hour, tzinfo=UTC)}
        for name, usd, hour in (("c7i.8xlarge", "0.61", 11), ("c7i.8xlarge", "0.59", 10), ("c7a.8xlarge", "0.7", 9))
    ]
    account.answers(
        "ec2",
        "describe_spot_price_history",
        {"SpotPriceHistory": history},
        InstanceTypes=["c7a.8xlarge", "c7i.8xlarge"],
        ProductDescriptions=["Linux/UNIX"],
        AvailabilityZone="us-east-1a",
        StartTime=NOW,
    )


def network(account: Account) -> None:
    ranges = [
        {"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}},
        {"CidrBlock": "10.9.0.0/16", "CidrBlockState": {"State": "disassociated"}},
    ]
    account.answers("ec2", "describe_vpcs", {"Vpcs": [{"VpcId": "vpc-1", "CidrBlockAssociationSet": ranges}]})
    account.answers("ec2", "describe_vpc_attribute", {"EnableDnsSupport": {"Value": True}})
    account.answers("ec2", "describe_vpc_attribute", {"EnableDnsHostnames": {"Value": False}})
    subnet = {
        "SubnetId": "subnet-1",
        "AvailabilityZone": "us-east-1a",
        "CidrBlock": "10.0.1.0/24",
        "AvailableIpAddressCount": 251,
        "VpcId": "vpc-1",
    }
    account.answers(
        "ec2", "describe_subnets", {"Subnets": [subnet]}, Filters=filters("subnet-id", "subnet-1", "subnet-2")
    )


def everything(account: Account) -> None:
    place(account)
    images(account)
    reservations(account)
    for code, value in (("L-1216C47A", 640.0), ("L-34B43A08", 32.5)):
        answer = {"Quota": {"Value": value}}
        account.answers("service-quotas", "get_service_quota", answer, ServiceCode="ec2", QuotaCode=code)
    offerings(account)
    prices(account)
    network(account)
    trails(account, "us-east-1:012345678901:trail/bert", "eu-west-1:012345678901:trail/all")


def trails(account: Account, *arns: str) -> None:
    found = [{"TrailARN": f"arn:aws:cloudtrail:{arn}"} for arn in arns]
    account.answers("cloudtrail", "describe_trails", {"trailList": found}, includeShadowTrails=True)


def test_everything_that_the_spec_needs_is_read_and_nothing_else(account: Account) -> None:
    everything(account)
    assert read(SPEC, account) == parse_lock(LOCK)


def test_every_call_is_in_the_list_of_permissions_and_every_permission_is_used(account: Account) -> None:
    everything(account)
    read(SPEC, account)
    assert set(account.called) == set(AWS)


def test_what_the_account_does_not_have_is_told() -> None:
    needed = needs(parse_spec(SPEC).spec)
    assert gaps(needed, parse_lock(LOCK)) == ["c7a.8xlarge: no zone of us-east-1 offers it"]
    bare = parse_lock(LOCK).model_copy(update={"images": {}, "reservations": {}, "quotas": {}, "prices": {}})
    assert gaps(needed, bare) == [
        "c7a.8xlarge: no zone of us-east-1 offers it",
        "cpu-x86_64: no image found",
        "gpu-x86_64: no image found",
        "ami-0aaaaaaaaaaaaaaa1: no image found",
        "cr-0123456789abcdef0: no reservation found",
        "L-1216C47A: no quota found",
        "L-34B43A08: no quota found",
        "m7i.large: no list price found",
        "c7a.8xlarge: no spot price found",
        "c7i.8xlarge: no spot price found",
    ]


def after_images(account: Account, *products: str, audited: bool = True) -> None:
    account.refuses("service-quotas", "get_service_quota", "NoSuchResourceException")
    account.answers("ec2", "describe_instance_type_offerings", {"InstanceTypeOfferings": []})
    account.answers("pricing", "get_products", {"PriceList": list(products)})
    if audited:
        trails(account)


def test_without_an_audit_nobody_asks_for_trails(account: Account) -> None:
    place(account)
    account.answers("ssm", "get_parameters", {"Parameters": [], "InvalidParameters": [CPU]})
    after_images(account, audited=False)
    assert read(f"{SMALL}security: {{audit: false}}\n", account).trails is None
    assert "cloudtrail:DescribeTrails" not in account.called


def test_a_pinned_image_stays_while_the_account_can_see_it(account: Account) -> None:
    place(account)
    account.answers("ec2", "describe_images", {"Images": [image("ami-cpu", "ubuntu-noble", 8)]})
    after_images(account)
    pinned = parse_lock(LOCK)
    assert read(SMALL, account, pinned).images == {"cpu-x86_64": pinned.images["cpu-x86_64"]}


def test_a_pinned_image_that_is_gone_is_followed_by_the_newest(account: Account) -> None:
    place(account)
    account.answers(
        "ec2", "describe_images", {"Images": []}, Filters=filters("image-id", "ami-cpu"), IncludeDeprecated=True
    )
    account.answers("ssm", "get_parameters", {"Parameters": [{"Name": CPU, "Value": "ami-new"}]}, Names=[CPU])
    account.answers("ec2", "describe_images", {"Images": [image("ami-new", "ubuntu-noble", 9)]})
    after_images(account)
    assert read(SMALL, account, parse_lock(LOCK)).images["cpu-x86_64"].id == "ami-new"


@pytest.mark.parametrize(
    ("products", "price"),
    [
        ((product("0.1"), product("0.1")), 0.1),
        ((product("0.1"), product("0.2")), None),
        ((product("0.1", unit="Quantity"),), None),
        ((product("0.0"),), None),
        ((), None),
    ],
)
def test_a_price_is_taken_only_where_the_list_has_exactly_one(
    account: Account, products: tuple[str, ...], price: float | None
) -> None:
    place(account)
    account.answers("ssm", "get_parameters", {"Parameters": [], "InvalidParameters": [CPU]})
    after_images(account, *products)
    lock = read(SMALL, account)
    assert [row["on_demand"].usd_per_hour for row in lock.prices.values()] == ([] if price is None else [price])
    assert (lock.images, lock.quotas, lock.offerings) == ({}, {}, {"m7i.large": ()})


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "UnauthorizedOperation",
            "error: ec2:DescribeAvailabilityZones is denied\n"
            "  why: AWS said: no\n"
            "  hint: grant the permission; all that a lock needs: clusterwright lock --permissions aws",
        ),
        (
            "RequestLimitExceeded",
            "error: AWS still refuses ec2:DescribeAvailabilityZones after several tries: too many requests\n"
            "  why: an account's requests are counted together, whoever makes them\n"
            "  hint: try again in a minute",
        ),
        (
            "ExpiredToken",
            "error: the AWS credentials have expired\n"
            "  why: no\n"
            "  hint: sign in again: aws sso login, or set AWS_PROFILE to a profile with credentials; then try again",
        ),
        (
            "OptInRequired",
            "error: AWS does not accept the credentials in this region\n"
            "  why: OptInRequired: no\n"
            "  hint: check them: aws sts get-caller-identity; a region that is off by default has to be enabled first",
        ),
        (
            "InternalError",
            "error: AWS refused ec2:DescribeAvailabilityZones\n"
            "  why: InternalError: no\n"
            "  hint: try again; if it stays, look up that code",
        ),
    ],
)
def test_a_refusal_names_the_permission_and_what_to_do(account: Account, code: str, message: str) -> None:
    account.answers("sts", "get_caller_identity", {"Account": "012345678901"})
    account.refuses("ec2", "describe_availability_zones", code)
    with pytest.raises(ClusterwrightError) as caught:
        read(SMALL, account)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("error", "first_line"),
    [
        (NoCredentialsError(), "error: no AWS credentials were found"),
        (UnauthorizedSSOTokenError(), "error: the AWS sign-in has ended or does not work"),
        (EndpointConnectionError(endpoint_url="https://sts"), "error: no answer from AWS"),
        (ReadTimeoutError(endpoint_url="https://sts"), "error: no answer from AWS"),
    ],
)
def test_a_failure_on_the_way_is_a_message(error: Exception, first_line: str) -> None:
    def broken(service: str) -> Any:
        raise error

    with pytest.raises(ClusterwrightError) as caught:
        read(SMALL, broken)
    what, why, hint = str(caught.value).splitlines()
    assert (what, why[:7], hint[:8]) == (first_line, "  why: ", "  hint: ")


def test_a_region_that_is_none_is_told_with_the_nearest() -> None:
    with pytest.raises(ClusterwrightError) as caught:
        account_clients("us-esat-1")
    what, why, hint = str(caught.value).splitlines()
    assert what == "error: AWS has no region `us-esat-1`"
    assert why == "  why: boto3 lists the regions, and this is none of them"
    assert hint.startswith("  hint: did you mean ")
    assert "us-east-1" in hint


def test_a_profile_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobodys")
    with pytest.raises(ClusterwrightError) as caught:
        account_clients("us-east-1")
    assert str(caught.value) == (
        "error: The config profile (nobodys) could not be found\n"
        "  why: AWS_PROFILE names it\n"
        "  hint: see the profiles: aws configure list-profiles"
    )


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("AWS_ENDPOINT_URL", "nonsense", "Invalid endpoint: nonsense"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "x", "invalid literal for int() with base 10: 'x'"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com", "Unsupported host 'example.com'."),
    ],
)
def test_a_setting_that_boto3_refuses_is_told(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv(variable, value)
    with pytest.raises(ClusterwrightError) as caught:
        account_clients("us-east-1")("sts")
    assert str(caught.value).startswith(f"error: AWS's own settings can't be used\n  why: {said}")


def test_a_file_of_settings_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[default\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(ClusterwrightError) as caught:
        account_clients("us-east-1")
    assert str(caught.value).splitlines()[1] == f"  why: Unable to parse config file: {config}"


def test_prices_are_asked_where_the_price_list_is_and_all_else_in_the_region() -> None:
    clients = account_clients("eu-west-1")
    assert clients("ec2") is clients("ec2")
    assert clients("ec2").meta.region_name == "eu-west-1"
    assert clients("pricing").meta.region_name == "us-east-1"
    assert clients("ec2").meta.config.connect_timeout == 5
