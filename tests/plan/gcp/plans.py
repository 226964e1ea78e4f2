"""Plans of clusters on GCP for the tests, made as users make them: from text, with or without a lock."""

from dataclasses import replace
from pathlib import Path

from clusterwright.plan import plan_cluster
from clusterwright.plan.gcp import GcpPlan
from clusterwright.spec.load import load_spec, parse_lock, parse_spec

ROOT = Path(__file__).parents[3]
PLACE = "provider: gcp\nproject: my-project\nregion: us-central1\n"
NOT_IN_A = ("a3-ultragpu-8g", "a4-highgpu-8g")
"""Machine types that us-central1-a has not, and us-central1-b has."""
LOCK = """
schema: 1
provider: gcp
made: 2026-11-24
account: my-project
number: "123456789012"
billing: {account: billingAccounts/012345-567890-ABCDEF, currency: USD}
region: us-central1
images:
  gpu-x86_64: {id: projects/i/global/images/gpu, name: gpu, architecture: x86_64, size: 50 GiB, created: 2026-11-01}
  gpu-arm64: {id: projects/i/global/images/arm, name: arm, architecture: arm64, size: 250 GiB, created: 2026-11-01}
  projects/my-project/global/images/mine:
    {id: projects/my-project/global/images/mine, name: mine, architecture: x86_64, size: 10 GiB, created: 2026-11-01}
  cpu-x86_64: {id: projects/i/global/images/cpu, name: cpu, architecture: x86_64, size: 10 GiB, created: 2026-11-01}
reservations:
  fixed: {machine: a3-megagpu-8g, zone: us-central1-a, total: 8, state: READY, kind: specific}
  nvl72: {machine: a4x-highgpu-4g, zone: us-central1-a, total: 18, state: READY, kind: dense}
  dense:
    machine: a4-highgpu-8g
    zone: us-central1-b
    total: 8
    state: READY
    kind: dense
    start: 2026-12-01T11:30Z
    end: 2026-12-05T11:30Z
"""


def plan_of(text: str = "", lock: str | None = None, name: str = "a") -> GcpPlan:
    """The plan of the smallest spec with `text` added, in a zone that has its machines.

    Raises SpecError where a rule finds an error.
    """
    zone = "us-central1-b" if any(machine in text for machine in NOT_IN_A) else "us-central1-a"
    loaded = parse_spec(f"name: {name}\n{PLACE}zone: {zone}\n{text}")
    plan = plan_cluster(replace(loaded, lock=parse_lock(lock)) if lock else loaded)
    assert isinstance(plan, GcpPlan)
    return plan


def group(machine: str, nodes: int = 2, more: str = "") -> str:
    """A spec's groups: one, of that machine type."""
    return f"groups: [{{name: train, machine: {machine}, nodes: {nodes}{more}}}]\njob: none\n"


def plan_of_stack(stack: str) -> GcpPlan:
    """The plan of an example without a lock."""
    plan = plan_cluster(load_spec(ROOT / "stacks" / f"{stack}.yaml"))
    assert isinstance(plan, GcpPlan)
    return plan
