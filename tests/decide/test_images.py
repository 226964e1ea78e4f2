"""Which image a machine starts from, and where it is published."""

from typing import get_args

import pytest

from clusterwright.catalog import aws, gcp
from clusterwright.decide import images


@pytest.mark.parametrize(
    ("machine", "key"),
    [("p5.48xlarge", "gpu-x86_64"), ("g5g.xlarge", "gpu-arm64"), ("c7i.8xlarge", "cpu-x86_64")],
)
def test_an_image_follows_from_gpus_and_architecture(machine: str, key: str) -> None:
    row = aws.machine(machine)
    assert row is not None
    assert images.image_key(row) == key
    assert images.image_key(row, "efa") == key


def test_tcpx_needs_a_kernel_of_its_own_and_a_machine_that_can_use_it_may_do_without() -> None:
    row = gcp.machine("a3-highgpu-8g")
    assert row is not None
    assert images.image_key(row, "tcpx") == "tcpx-x86_64"
    assert images.image_key(row, "none") == "gpu-x86_64"


def test_every_machine_of_the_catalog_has_a_published_image() -> None:
    for catalog, published in ((aws, images.AWS), (gcp, images.GCP)):
        for name in catalog.names():
            row = catalog.machine(name)
            assert row is not None
            assert images.image_key(row) in published, name


def test_each_place_speaks_of_its_keys_architecture() -> None:
    words = {"x86_64": ("x86_64", "amd64"), "arm64": ("arm64", "arm64")}
    for published in (images.AWS, images.GCP):
        assert set(published) == set(get_args(images.ImageKey)) - {"tcpx-x86_64"}
        for key, image in published.items():
            place = image.parameter if isinstance(image, images.AwsImage) else image.family
            assert any(word in place for word in words[key.split("-")[1]]), key
