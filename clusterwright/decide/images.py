"""The image that a machine starts from: its key in the lock, and where the cloud publishes the newest of that kind.

Every image is Ubuntu 24.04, so that one bootstrap fits all nodes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from clusterwright.catalog.base import CloudMachine
from clusterwright.spec.compute import Fabric

ImageKey = Literal["gpu-x86_64", "gpu-arm64", "cpu-x86_64", "cpu-arm64", "tcpx-x86_64"]


@dataclass(frozen=True)
class AwsImage:
    """A public parameter of Systems Manager that holds the id of the newest image, and the page that names it."""

    parameter: str
    source: str


@dataclass(frozen=True)
class GcpImage:
    """A family of images in a public project, and the page that names it."""

    project: str
    family: str
    source: str


_DEEP_LEARNING = "https://docs.aws.amazon.com/dlami/latest/devguide/find-dlami-id.html"
_CANONICAL_AWS = "https://discourse.ubuntu.com/t/finding-ubuntu-images-with-the-aws-ssm-parameter-store/15507"
_ACCELERATOR = "https://github.com/GoogleCloudPlatform/cluster-toolkit, examples/machine-learning"
_CANONICAL_GCP = "https://cloud.google.com/compute/docs/images/os-details"

AWS: Mapping[ImageKey, AwsImage] = {
    # The open kernel driver, NVIDIA's only one for Hopper's successors. It does not drive V100 (p3dn), nor a share of a
    # GPU (g6f, gr6f), which needs NVIDIA's GRID driver.
    "gpu-x86_64": AwsImage(
        "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id", _DEEP_LEARNING
    ),
    "gpu-arm64": AwsImage(
        "/aws/service/deeplearning/ami/arm64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id", _DEEP_LEARNING
    ),
    "cpu-x86_64": AwsImage(
        "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id", _CANONICAL_AWS
    ),
    "cpu-arm64": AwsImage(
        "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id", _CANONICAL_AWS
    ),
}
"""Parameters by key. AWS has no fabric that needs an image of its own."""

GCP: Mapping[ImageKey, GcpImage] = {
    "gpu-x86_64": GcpImage(
        "ubuntu-os-accelerator-images", "ubuntu-accelerator-2404-amd64-with-nvidia-580", _ACCELERATOR
    ),
    "gpu-arm64": GcpImage(
        "ubuntu-os-accelerator-images", "ubuntu-accelerator-2404-arm64-with-nvidia-580", _ACCELERATOR
    ),
    "cpu-x86_64": GcpImage("ubuntu-os-cloud", "ubuntu-2404-lts-amd64", _CANONICAL_GCP),
    "cpu-arm64": GcpImage("ubuntu-os-cloud", "ubuntu-2404-lts-arm64", _CANONICAL_GCP),
}
"""Families by key. `tcpx-x86_64` is missing on purpose: the kernel of GPUDirect-TCPX (A3 High) comes from a private
archive that Google grants access to, so no public image has it, and a group that uses it names its own `image`.
Source: https://github.com/GoogleCloudPlatform/cluster-toolkit, examples/machine-learning/a3-highgpu-8g/README.md
"""


def image_key(machine: CloudMachine, fabric: Fabric = "none") -> ImageKey:
    """The key in `Lock.images` of the image that a machine starts from; `fabric` is the one decided for its group."""
    if fabric == "tcpx":
        return "tcpx-x86_64"
    if machine.gpus is None:
        return "cpu-arm64" if machine.architecture == "arm64" else "cpu-x86_64"
    return "gpu-arm64" if machine.architecture == "arm64" else "gpu-x86_64"
