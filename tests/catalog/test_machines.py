"""Machine types of all providers through one door."""

import pytest

from clusterwright.catalog import aws, local
from clusterwright.catalog.machines import PROVIDERS, machine, names, nearest, provenance
from clusterwright.catalog.machines import machine as find


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_machine_types_with_a_dated_source(provider: str) -> None:
    assert all(machine(provider, name) for name in names(provider))
    assert provenance(provider).source
    assert len(provenance(provider).date) == len("2026-11-24")


def test_a_row_says_where_it_is_from_where_its_file_has_several_sources() -> None:
    assert "general-purpose-machines" in provenance("gcp", "n2-standard-2").source
    assert "accelerator-optimized-machines" in provenance("gcp", "a3-highgpu-8g").source
    assert provenance("aws", "p5.48xlarge") == provenance("aws")


def test_a_row_is_the_one_that_its_provider_gives() -> None:
    assert find("aws", "p5.48xlarge") is aws.machine("p5.48xlarge")
    assert find("gcp", "p5.48xlarge") is None


@pytest.mark.parametrize(
    ("provider", "name", "gpus", "ranks", "threads"),
    [
        ("aws", "p5.48xlarge", 8, 8, 12),  # 192 vCPUs are 96 cores
        ("aws", "g6f.xlarge", 0, 1, 2),  # a share of a GPU still takes one rank
        ("aws", "m7i.8xlarge", 0, 1, 16),
        ("aws", "m7g.8xlarge", 0, 1, 32),  # a vCPU of Graviton is a core
        ("gcp", "a4x-highgpu-4g", 4, 4, 35),
        ("local", "local", 0, 1, 1),
    ],
)
def test_ranks_follow_from_gpus_and_threads_from_cores(
    provider: str, name: str, gpus: int, ranks: int, threads: int
) -> None:
    row = machine(provider, name)
    assert row is not None
    assert (row.gpu_count, row.processes_per_node, row.threads_per_process) == (gpus, ranks, threads)


def test_a_local_node_has_no_size_of_its_own() -> None:
    row = local.row("local")
    assert (row.vcpus, row.memory_mib, row.architecture) == (None, None, None)


def test_the_nearest_names_are_the_providers_own() -> None:
    assert nearest("aws", "p5.48xlrge", 2) == ["p5.48xlarge", "p5e.48xlarge"]
    assert nearest("gcp", "a3-highgpu8g", 1) == ["a3-highgpu-8g"]
    assert nearest("local", "p5.48xlarge") == []


def test_a_row_that_must_be_there_is_an_error_where_it_is_not() -> None:
    with pytest.raises(KeyError, match=r"p5\.49xlarge"):
        aws.row("p5.49xlarge")
