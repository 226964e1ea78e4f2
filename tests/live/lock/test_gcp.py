"""A GCP project as Google's clients answer, and the lock that is read from it. Only the transport is not Google's."""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core import exceptions
from google.auth import exceptions as auth
from google.cloud import billing_v1, cloudquotas_v1, compute_v1
from requests import exceptions as requests

from clusterwright.errors import ClusterwrightError
from clusterwright.live.lock import gcp
from clusterwright.live.lock.gcp_failures import METHODS, account_calls, calls
from clusterwright.live.lock.needs import gaps, needs
from clusterwright.live.lock.permissions import GCP
from clusterwright.spec.load import parse_lock, parse_spec
from clusterwright.spec.lock import Lock, LockedBilling

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

SPEC = """\
name: bert
provider: gcp
project: my-project-123
region: us-central1
zone: us-central1-a
head: {machine: n2-standard-2}
groups:
  - name: train
    machine: a3-megagpu-8g
    nodes: 8
    capacity: {kind: reservation, id: projects/owner-project/reservations/bert-h100}
  - name: flex
    machine: a3-ultragpu-8g
    capacity: {kind: flex_start, duration: 24 h}
  - name: prep
    machine: c4-standard-8
    image: projects/my-project-123/global/images/ours
  - name: small
    machine: g2-standard-8
    capacity: {kind: spot}
network:
  existing: {vpc: projects/host-project/global/networks/shared, subnets: [nodes, gone]}
budget: {limit: 5000 USD}
"""
SMALL = """\
name: bert
provider: gcp
project: my-project-123
region: us-central1
head: {machine: n2-standard-2}
groups: [{name: train, machine: n2-standard-2}]
"""

LOCK = """\
schema: 1
provider: gcp
made: 2026-11-24
account: my-project-123
number: "123456789012"
billing: {account: billingAccounts/012345-567890-ABCDEF, currency: USD}
region: us-central1
zones: {us-central1-a: us-central1-a, us-central1-b: us-central1-b}
images:
  gpu-x86_64:
    id: projects/ubuntu-os-accelerator-images/global/images/ubuntu-accelerator-v1
    name: ubuntu-accelerator-v1
    architecture: x86_64
    size: 30 GiB
    created: 2026-11-20
  cpu-x86_64:
    id: projects/ubuntu-os-cloud/global/images/ubuntu-2404-v1
    name: ubuntu-2404-v1
    architecture: x86_64
    size: 10 GiB
    created: 2026-11-20
  projects/my-project-123/global/images/ours:
    id: projects/my-project-123/global/images/ours
    name: ours
    architecture: x86_64
    size: 50 GiB
    created: 2026-11-20
reservations:
  projects/owner-project/reservations/bert-h100:
    machine: a3-megagpu-8g
    zone: us-central1-a
    total: 8
    available: 6
    state: READY
    kind: dense
    end: 2026-12-05T19:30Z
quotas:
  C4_CPUS: {limit: 24, unit: vCPUs}
  N2_CPUS: {limit: 200, used: 8, unit: vCPUs}
  PREEMPTIBLE_NVIDIA_H200_GPUS: {limit: 64, unit: GPUs}
  PREEMPTIBLE_NVIDIA_L4_GPUS: {limit: 16, used: 1, unit: GPUs}
offerings:
  a3-megagpu-8g: [us-central1-a]
  a3-ultragpu-8g: []
  c4-standard-8: [us-central1-a, us-central1-b]
  g2-standard-8: [us-central1-b]
  n2-standard-2: [us-central1-a]
prices:
  g2-standard-8: {spot: {usd_per_hour: 0.34, date: 2026-11-24, source: "Cloud Billing Catalog, sum of its parts"}}
  n2-standard-2:
    on_demand: {usd_per_hour: 0.097, date: 2026-11-24, source: "Cloud Billing Catalog, sum of its parts"}
network: {id: projects/host-project/global/networks/shared, cidrs: [10.20.0.0/20], mtu: 8896}
subnets:
  nodes: {cidr: 10.20.0.0/20, vpc: projects/host-project/global/networks/shared}
"""

API = "https://www.googleapis.com/compute/v1"
QUOTAS = "projects/my-project-123/locations/global/services/compute.googleapis.com/quotaInfos"

REQUESTS: dict[str, Any] = {
    "compute.projects.get": compute_v1.GetProjectRequest,
    "compute.regions.get": compute_v1.GetRegionRequest,
    "compute.machineTypes.list": compute_v1.ListMachineTypesRequest,
    "compute.reservations.get": compute_v1.GetReservationRequest,
    "compute.images.get": compute_v1.GetImageRequest,
    "compute.images.getFromFamily": compute_v1.GetFromFamilyImageRequest,
    "compute.networks.get": compute_v1.GetNetworkRequest,
    "compute.subnetworks.get": compute_v1.GetSubnetworkRequest,
    "cloudquotas.quotas.get": cloudquotas_v1.GetQuotaInfoRequest,
    "resourcemanager.projects.get": billing_v1.GetProjectBillingInfoRequest,
    "billing.accounts.get": billing_v1.GetBillingAccountRequest,
    "billing.skus.list": billing_v1.ListSkusRequest,
}


class Project:
    """Answers by call and request; what is not there is a NotFound, as of Google. `called` is what it was asked."""

    def __init__(self, answers: dict[tuple[str, ...], Any]) -> None:
        self.answers = answers
        self.called: set[str] = set()

    def method(self, module: str, client: str, name: str) -> Callable[..., Any]:
        call = next(call for call, method in METHODS.items() if method == (module, client, name))

        def answer(request: dict[str, Any], retry: Any, timeout: float) -> Any:
            REQUESTS[call](request)  # raises on a field that the request does not have
            self.called.add(call)
            key = (call, *(value for name, value in request.items() if name != "filter"))
            if key not in self.answers:
                raise exceptions.NotFound(f"no {key}")
            found = self.answers[key]
            if isinstance(found, Exception):
                raise found
            return found

        return answer


def read(text: str, project: Project, pinned: Lock | None = None) -> Lock:
    spec = parse_spec(text).spec
    return gcp.read(spec, "my-project-123", "us-central1", needs(spec), NOW, pinned, calls(project.method))


def image(name: str, size: int, **more: Any) -> compute_v1.Image:
    row = {"architecture": "X86_64", "creation_timestamp": "2026-11-20T04:00:00.000-08:00"}
    return compute_v1.Image({"name": name, "disk_size_gb": size} | row | more)


def sku(description: str, usd: float, unit: str = "h", regions: tuple[str, ...] = ("us-central1",)) -> billing_v1.Sku:
    price = {"currency_code": "USD", "units": int(usd), "nanos": round(usd % 1 * 1e9)}
    expression = {"usage_unit": unit, "tiered_rates": [{"start_usage_amount": 0, "unit_price": price}]}
    return billing_v1.Sku(
        description=description, service_regions=regions, pricing_info=[{"pricing_expression": expression}]
    )


def machines(*names: str) -> list[compute_v1.MachineType]:
    return [compute_v1.MachineType(name=name) for name in names]


def quota(*rows: dict[str, Any]) -> cloudquotas_v1.QuotaInfo:
    return cloudquotas_v1.QuotaInfo(dimensions_infos=list(rows))


MY = "my-project-123"
SMALL_ANSWERS: dict[tuple[str, ...], Any] = {
    ("compute.projects.get", MY): compute_v1.Project(
        name=MY, default_service_account="123456789012-compute@developer.gserviceaccount.com"
    ),
    ("compute.regions.get", MY, "us-central1"): compute_v1.Region(
        name="us-central1",
        zones=[f"{API}/projects/{MY}/zones/us-central1-{letter}" for letter in "ba"],
        quotas=[
            {"metric": "N2_CPUS", "limit": 200.0, "usage": 8.0},
            {"metric": "PREEMPTIBLE_NVIDIA_L4_GPUS", "limit": 16.0, "usage": 1.0},
        ],
    ),
    ("compute.images.getFromFamily", "ubuntu-os-cloud", "ubuntu-2404-lts-amd64"): image("ubuntu-2404-v1", 10),
    ("compute.machineTypes.list", MY, "us-central1-a"): machines("n2-standard-2", "a3-megagpu-8g", "c4-standard-8"),
    ("compute.machineTypes.list", MY, "us-central1-b"): machines("g2-standard-8", "c4-standard-8"),
    ("billing.skus.list", "services/6F81-5844-456A"): [
        sku("N2 Instance Core running in Americas", 0.03),
        sku("N2 Instance Ram running in Americas", 0.004625, "GiBy.h"),
        sku("N2 Instance Core running in Belgium", 0.9, regions=("europe-west1",)),
        sku("N2 Custom Instance Core running in Americas", 0.9),
        sku("Spot Preemptible G2 Instance Core running in Americas", 0.01),
        sku("Spot Preemptible G2 Instance Ram running in Americas", 0.00125, "GiBy.h"),
        sku("Spot Preemptible Nvidia L4 GPU running in Americas", 0.22),
        sku("C4 Instance Core running in Americas", 0.03),
        sku("C4 Instance Core running in Americas", 0.04),
        sku("C4 Instance Ram running in Americas", 0.004, "GiBy.h"),
    ],
}
PAYS = ("resourcemanager.projects.get", f"projects/{MY}")
ACCOUNT = ("billing.accounts.get", "billingAccounts/012345-567890-ABCDEF")
ANSWERS = SMALL_ANSWERS | {
    PAYS: billing_v1.ProjectBillingInfo(billing_account_name=ACCOUNT[1], billing_enabled=True),
    ACCOUNT: billing_v1.BillingAccount(name=ACCOUNT[1], currency_code="USD"),
    (
        "compute.images.getFromFamily",
        "ubuntu-os-accelerator-images",
        "ubuntu-accelerator-2404-amd64-with-nvidia-580",
    ): image("ubuntu-accelerator-v1", 30),
    ("compute.images.get", MY, "ours"): image("ours", 50, deprecated={"state": "DEPRECATED"}),
    ("compute.reservations.get", "owner-project", "us-central1-a", "bert-h100"): compute_v1.Reservation(
        name="bert-h100",
        zone=f"{API}/projects/owner-project/zones/us-central1-a",
        status="READY",
        deployment_type="DENSE",
        specific_reservation_required=True,
        delete_at_time="2026-12-05T11:30:00.000-08:00",
        specific_reservation={
            "count": 8,
            "in_use_count": 2,
            "instance_properties": {"machine_type": "a3-megagpu-8g"},
        },
    ),
    ("cloudquotas.quotas.get", f"{QUOTAS}/PREEMPTIBLE-NVIDIA-H200-GPUS-per-project-region"): quota(
        {"dimensions": {}, "details": {"value": 8}, "applicable_locations": ["us-central1", "us-east1"]},
        {"dimensions": {"region": "us-central1"}, "details": {"value": 64}, "applicable_locations": ["us-central1"]},
        {"dimensions": {"region": "us-east1"}, "details": {"value": 128}, "applicable_locations": ["us-east1"]},
    ),
    ("cloudquotas.quotas.get", f"{QUOTAS}/CPUS-PER-VM-FAMILY-per-project-region"): quota(
        {"dimensions": {"vm_family": "C4"}, "details": {"value": 24}, "applicable_locations": ["us-central1"]},
        {"dimensions": {"vm_family": "C4A"}, "details": {"value": 48}, "applicable_locations": ["us-central1"]},
    ),
    ("compute.networks.get", "host-project", "shared"): compute_v1.Network(name="shared", mtu=8896),
    ("compute.subnetworks.get", "host-project", "us-central1", "nodes"): compute_v1.Subnetwork(
        name="nodes", ip_cidr_range="10.20.0.0/20", network=f"{API}/projects/host-project/global/networks/shared"
    ),
}


def test_everything_that_the_spec_needs_is_read_and_nothing_else() -> None:
    assert read(SPEC, Project(ANSWERS)) == parse_lock(LOCK)


def test_every_call_is_in_the_list_of_permissions_and_every_permission_is_used() -> None:
    project = Project(ANSWERS)
    read(SPEC, project)
    assert project.called - {"billing.skus.list"} == set(GCP)


def test_every_call_is_a_method_of_googles_client_with_that_request() -> None:
    modules = {module.__name__: module for module in (compute_v1, cloudquotas_v1, billing_v1)}
    for call, (module, client, name) in METHODS.items():
        method = inspect.signature(getattr(getattr(modules[module], client), name))
        assert REQUESTS[call].__name__ in str(method.parameters["request"].annotation), call
        assert {"retry", "timeout"} <= set(method.parameters), call


def test_what_the_project_does_not_have_is_told() -> None:
    assert gaps(needs(parse_spec(SPEC).spec), parse_lock(LOCK)) == [
        "a3-ultragpu-8g: no zone of us-central1 offers it",
        "a3-megagpu-8g: no list price found",
        "c4-standard-8: no list price found",
    ]


def test_without_a_default_service_account_the_number_is_unknown() -> None:
    answers = SMALL_ANSWERS | {("compute.projects.get", MY): compute_v1.Project(name=MY)}
    assert read(SMALL, Project(answers)).number is None


LIMITED = f"{SMALL}budget: {{limit: 100 USD}}\n"
REFUSED = exceptions.PermissionDenied("The caller does not have permission")


@pytest.mark.parametrize(
    ("answers", "known"),
    [
        ({}, LockedBilling(account=ACCOUNT[1], currency="USD")),
        ({ACCOUNT: REFUSED}, LockedBilling(account=ACCOUNT[1])),
        ({ACCOUNT: exceptions.NotFound("no")}, LockedBilling(account=ACCOUNT[1])),
        ({PAYS: REFUSED}, None),
        ({PAYS: billing_v1.ProjectBillingInfo()}, None),
    ],
    ids=["both told", "no right to the account", "an account of another's", "no right to the project", "nobody pays"],
)
def test_who_pays_is_known_as_far_as_it_may_be_seen(
    answers: dict[tuple[str, ...], Any], known: LockedBilling | None
) -> None:
    lock = read(LIMITED, Project(ANSWERS | answers))
    assert lock.billing == known
    told = "budget.limit: no billing account found" in gaps(needs(parse_spec(LIMITED).spec), lock)
    assert told is (known is None)


def test_without_a_limit_nobody_asks_who_pays() -> None:
    assert read(SMALL, Project(SMALL_ANSWERS)).billing is None


def test_a_subnet_is_of_the_network_as_the_spec_calls_it_or_of_another_by_its_path() -> None:
    text = SMALL + "network: {existing: {vpc: mine, subnets: [nodes, other]}}\n"
    ranges = {"nodes": ("10.20.0.0/20", "mine"), "other": ("10.40.0.0/20", "theirs")}
    answers = SMALL_ANSWERS | {("compute.networks.get", MY, "mine"): compute_v1.Network(name="mine")}
    for name, (cidr, network) in ranges.items():
        row = compute_v1.Subnetwork(ip_cidr_range=cidr, network=f"{API}/projects/{MY}/global/networks/{network}")
        answers[("compute.subnetworks.get", MY, "us-central1", name)] = row
    lock = read(text, Project(answers))
    assert {id: subnet.vpc for id, subnet in lock.subnets.items()} == {
        "nodes": "mine",
        "other": f"projects/{MY}/global/networks/theirs",
    }
    assert lock.network is not None
    assert (lock.network.id, lock.network.mtu) == ("mine", None)


PINNED = parse_lock(LOCK)
OLD = ("compute.images.get", "ubuntu-os-cloud", "ubuntu-2404-v1")
NEW = ("compute.images.getFromFamily", "ubuntu-os-cloud", "ubuntu-2404-lts-amd64")


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        ({OLD: image("ubuntu-2404-v1", 10)}, "ubuntu-2404-v1"),
        ({OLD: image("ubuntu-2404-v1", 10, deprecated={"state": "DEPRECATED"})}, "ubuntu-2404-v1"),
        ({OLD: image("ubuntu-2404-v1", 10, deprecated={"state": "OBSOLETE"})}, "ubuntu-2404-v2"),
        ({}, "ubuntu-2404-v2"),
    ],
)
def test_a_pinned_image_stays_while_machines_can_start_from_it(old: dict[tuple[str, ...], Any], expected: str) -> None:
    answers = SMALL_ANSWERS | {NEW: image("ubuntu-2404-v2", 10)} | old
    assert read(SMALL, Project(answers), PINNED).images["cpu-x86_64"].name == expected


def test_a_family_of_ones_own_stands_for_its_newest_image() -> None:
    ours = "projects/my-project-123/global/images/family/ours"
    text = SMALL.replace("{machine: n2-standard-2}", f"{{machine: n2-standard-2, image: {ours}}}")
    answers = SMALL_ANSWERS | {("compute.images.getFromFamily", MY, "ours"): image("ours-7", 20)}
    assert read(text, Project(answers)).images[ours].id == "projects/my-project-123/global/images/ours-7"


@pytest.mark.parametrize("unusable", [{"architecture": "ARCHITECTURE_UNSPECIFIED"}, {"disk_size_gb": 0}])
def test_an_image_that_does_not_say_what_it_is_for_is_left_out(unusable: dict[str, Any]) -> None:
    answers = SMALL_ANSWERS | {NEW: image("ubuntu-2404-v2", 10, **unusable)}
    assert read(SMALL, Project(answers)).images == {}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            ("compute.projects.get", MY),
            exceptions.NotFound("no"),
            "error: there is no project `my-project-123`\n"
            "  why: the credentials that are used see none of that id\n"
            "  hint: check `project:` in the spec, and who you are: gcloud auth list",
        ),
        (
            ("compute.regions.get", MY, "us-central1"),
            exceptions.NotFound("no"),
            "error: Google Cloud has no region `us-central1`\n"
            "  why: Compute Engine answered that it knows no region of that name\n"
            "  hint: see them: gcloud compute regions list",
        ),
        (
            ("compute.regions.get", MY, "us-central1"),
            exceptions.Forbidden("Required permission"),
            "error: compute.regions.get is denied\n"
            "  why: Google Cloud said: Required permission\n"
            "  hint: grant the permission; all that a lock needs: clusterwright lock --permissions gcp",
        ),
        (
            ("billing.skus.list", "services/6F81-5844-456A"),
            exceptions.PermissionDenied(
                "Cloud Billing API has not been used in project 1 before or it is disabled. Enable it by visiting "
                "https://console.developers.google.com/apis/api/cloudbilling.googleapis.com/overview?project=1"
            ),
            "error: the API cloudbilling.googleapis.com is not enabled\n"
            "  why: Cloud Billing API has not been used in project 1 before or it is disabled. Enable it by visiting "
            "https://console.developers.google.com/apis/api/cloudbilling.googleapis.com/overview?project=1\n"
            "  hint: enable it: gcloud services enable cloudbilling.googleapis.com",
        ),
        (
            ("compute.projects.get", MY),
            exceptions.Unauthorized("Invalid Credentials"),
            "error: the Google Cloud sign-in has ended or does not work\n"
            "  why: Invalid Credentials\n"
            "  hint: sign in: gcloud auth application-default login",
        ),
        (
            ("compute.projects.get", MY),
            exceptions.TooManyRequests("slower"),
            "error: Google Cloud still refuses compute.projects.get after several tries: too many requests\n"
            "  why: an account's requests are counted together, whoever makes them\n"
            "  hint: try again in a minute",
        ),
        (
            ("compute.projects.get", MY),
            exceptions.ServiceUnavailable("down"),
            "error: no answer from Google Cloud\n"
            "  why: down\n"
            "  hint: check the connection, its proxy (HTTPS_PROXY) and the region's name, then try again",
        ),
        (
            ("compute.machineTypes.list", MY, "us-central1-a"),
            exceptions.BadRequest("Invalid value"),
            "error: Google Cloud refused compute.machineTypes.list\n"
            "  why: Invalid value\n"
            "  hint: try again; if it stays, look up that message",
        ),
        (
            ("compute.machineTypes.list", MY, "us-central1-a"),
            exceptions.NotFound("no such zone"),
            "error: compute.machineTypes.list found nothing\n  why: no such zone\n  hint: check the names in the spec",
        ),
        (
            ("compute.projects.get", MY),
            auth.DefaultCredentialsError("Your default credentials were not found."),
            "error: no Google Cloud credentials were found\n"
            "  why: Your default credentials were not found.\n"
            "  hint: sign in: gcloud auth application-default login",
        ),
        (
            ("compute.projects.get", MY),
            auth.RefreshError("invalid_grant: Token has been expired or revoked.", {"error": "invalid_grant"}),
            "error: the Google Cloud sign-in has ended or does not work\n"
            "  why: invalid_grant: Token has been expired or revoked.\n"
            "  hint: sign in: gcloud auth application-default login",
        ),
        (
            ("compute.projects.get", MY),
            auth.TransportError("no route"),
            "error: no answer from Google Cloud\n"
            "  why: no route\n"
            "  hint: check the connection, its proxy (HTTPS_PROXY) and the region's name, then try again",
        ),
        (
            ("compute.projects.get", MY),
            requests.ConnectTimeout("timed out"),
            "error: no answer from Google Cloud\n"
            "  why: timed out\n"
            "  hint: check the connection, its proxy (HTTPS_PROXY) and the region's name, then try again",
        ),
    ],
)
def test_a_failure_says_what_why_and_what_to_do(call: tuple[str, ...], error: Exception, message: str) -> None:
    with pytest.raises(ClusterwrightError) as caught:
        read(SMALL, Project(SMALL_ANSWERS | {call: error}))
    assert str(caught.value) == message


def test_without_credentials_the_real_clients_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(ClusterwrightError) as caught:
        account_calls()("compute.projects.get", project=MY)
    assert str(caught.value).splitlines()[0] == "error: no Google Cloud credentials were found"
