"""What a cluster takes of a project's quotas when all its groups are as large as they may become."""

from tests.rules.gcp import found, said

LOCK = "quotas: {NVIDIA_L4_GPUS: {limit: 8, unit: GPUs}, PREEMPTIBLE_NVIDIA_L4_GPUS: {limit: 1, unit: GPUs}}\n"


def groups(*of: str) -> str:
    listed = ", ".join(f"{{name: t{n}, machine: g2-standard-8, {more}}}" for n, more in enumerate(of))
    return f"groups: [{listed}]\n"


def test_groups_of_one_gpu_share_its_quota() -> None:
    (finding,) = found("CW-CAP-021", groups("nodes: 8", "nodes: {min: 0, max: 1}"), LOCK)
    assert finding.path == ("groups", 1, "nodes")
    assert finding.what == "the cluster takes up to 9 GPUs; NVIDIA_L4_GPUS is 8"


def test_spot_machines_have_a_quota_of_their_own() -> None:
    spot = "capacity: {kind: spot}"
    assert said("CW-CAP-021", groups("nodes: 8", f"nodes: 1, {spot}"), LOCK) == []
    assert len(said("CW-CAP-021", groups("nodes: 8", f"nodes: 2, {spot}"), LOCK)) == 1


def test_reserved_machines_were_counted_when_they_were_reserved() -> None:
    assert said("CW-CAP-021", groups("nodes: 90, capacity: {kind: reservation, id: r}"), LOCK) == []


def test_a_quota_that_the_lock_does_not_know_is_not_guessed() -> None:
    assert said("CW-CAP-021", groups("nodes: 900"), "quotas: {}\n") == []


def test_the_head_counts_too() -> None:
    (finding,) = found("CW-CAP-021", "head: {machine: n2-standard-8}\n", "quotas: {N2_CPUS: {limit: 4, unit: vCPUs}}\n")
    assert finding.path == ("head", "machine")
