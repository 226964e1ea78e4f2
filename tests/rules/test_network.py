"""A network is private, and its shells are open to those alone whom the spec names."""

import pytest

from clusterwright.rules import check
from clusterwright.spec.load import parse_spec

HEAD = "name: a\nprovider: gcp\nproject: my-project-123\nregion: us-central1\nzone: us-central1-a\n"


def found(network: str, code: str) -> int:
    return sum(finding.code == code for finding in check(parse_spec(f"{HEAD}network: {network}\n")))


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.31.0.0/16", "192.168.0.0/16", "100.64.0.0/16"])
def test_private_ranges_are_fine(cidr: str) -> None:
    assert found(f"{{cidr: {cidr}}}", "CW-NET-001") == 0


@pytest.mark.parametrize("cidr", ["172.32.0.0/16", "100.128.0.0/16", "11.0.0.0/16"])
def test_their_neighbours_are_not(cidr: str) -> None:
    assert found(f"{{cidr: {cidr}}}", "CW-NET-001") == 1
    assert found(f"{{services_cidr: {cidr}}}", "CW-NET-001") == 1


@pytest.mark.parametrize(
    ("cidr", "findings"), [("10.0.0.0/8", 0), ("203.0.113.7/32", 0), ("0.0.0.0/0", 1), ("0.0.0.0/7", 1)]
)
def test_shells_are_open_to_an_organisation_at_most(cidr: str, findings: int) -> None:
    assert found(f"{{access: {{ssh_from: [{cidr}]}}}}", "CW-NET-003") == findings
