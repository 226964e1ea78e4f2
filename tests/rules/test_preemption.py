"""Whether a checkpoint is written before a spot machine ends depends on its size, the network and the file system."""

from clusterwright.rules import check
from clusterwright.spec.load import parse_spec

SPEC = """\
name: a
provider: aws
region: us-east-1
zone: us-east-1a
groups: [{name: train, machine: %s, nodes: 16, capacity: {kind: %s}}]
job: {model: gpt3-175b, command: [train.py], sharding: %s}
"""
LUSTRE = "storage: [{name: d}, {name: s, kind: lustre, size: 4800 GiB, throughput: 125 MB/s/TiB}]\n"


def seconds(machine: str = "p5.48xlarge", kind: str = "spot", sharding: str = "full", more: str = "") -> list[str]:
    found = check(parse_spec(SPEC % (machine, kind, sharding) + more))
    return [finding.what.split(" takes ")[1].split(" s ")[0] for finding in found if finding.code == "CW-CAP-001"]


def test_nodes_that_share_a_model_out_write_it_together() -> None:
    assert seconds() == []
    assert seconds("g5.48xlarge") == []
    assert seconds("g5.48xlarge", sharding="none") == ["168"]


def test_a_slow_file_system_is_what_counts() -> None:
    assert seconds(more=LUSTRE) == ["3,576"]


def test_machines_that_stay_have_the_time_that_it_takes() -> None:
    assert seconds(kind="on_demand", more=LUSTRE) == []
