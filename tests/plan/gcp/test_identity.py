"""What the machines of a cluster on GCP may do, and who may reach them: no more than they need."""

import pytest

from clusterwright.plan.gcp.model import BindingPlan, BucketPlan
from tests.plan.gcp.plans import LOCK, plan_of

HEAD = "serviceAccount:a-head@my-project.iam.gserviceaccount.com"
COMPUTE = "serviceAccount:a-compute@my-project.iam.gserviceaccount.com"
EVERYTHING = (
    "storage: [{name: d}, {name: more}, {name: h, kind: nfs}, {name: l, kind: lustre, size: 9000 GiB, bucket: d}]\n"
    "job: {corpus: gs://my-corpus/wikipedia/}\n"
    "secrets: [{name: HF_TOKEN, ref: hf-token}]\n"
    "security: {users: ['group:ml@example.com']}\n"
)
PROJECT_WIDE = {
    "roles/logging.logWriter",
    "roles/monitoring.metricWriter",
    "roles/compute.osLogin",
    "groups",
}
"""What has no resource that is narrower than the project."""


def bindings(text: str = EVERYTHING) -> tuple[BindingPlan, ...]:
    return plan_of(text, LOCK).identity.bindings


def of(member: str, text: str = EVERYTHING) -> set[tuple[str, str, str]]:
    identity = plan_of(text, LOCK).identity
    given = [(one, identity.address(name)) for one in identity.bindings for name in one.members]
    return {(one.role, one.kind, one.resource) for one, address in given if address == member}


def test_what_nodes_may_do() -> None:
    bucket = "a-d-123456789012"
    assert of(COMPUTE) == {
        ("roles/logging.logWriter", "project", "my-project"),
        ("roles/monitoring.metricWriter", "project", "my-project"),
        ("roles/secretmanager.secretAccessor", "secret", "projects/my-project/secrets/a-munge"),
        ("roles/secretmanager.secretAccessor", "secret", "projects/my-project/secrets/hf-token"),
        ("roles/storage.legacyBucketReader", "bucket", bucket),
        ("roles/storage.objectViewer", "managed_folder", f"{bucket}/control/"),
        ("roles/storage.objectUser", "managed_folder", f"{bucket}/data/"),
        ("roles/storage.objectUser", "managed_folder", f"{bucket}/jobs/"),
        ("roles/storage.objectUser", "managed_folder", f"{bucket}/nodes/"),
        ("roles/storage.objectUser", "managed_folder", f"{bucket}/reports/"),
        ("roles/storage.objectViewer", "managed_folder", f"{bucket}/software/"),
        ("roles/storage.objectUser", "bucket", "a-more-123456789012"),
        ("roles/storage.objectViewer", "bucket", "my-corpus"),
    }


def test_the_head_sizes_groups_and_makes_the_munge_key_besides_and_reads_no_secret_of_the_job() -> None:
    only_head = of(HEAD) - of(COMPUTE)
    assert only_head == {
        ("groups", "project", "my-project"),
        ("roles/storage.objectUser", "managed_folder", "a-d-123456789012/software/"),
        ("roles/secretmanager.secretVersionAdder", "secret", "projects/my-project/secrets/a-munge"),
    }
    assert ("roles/secretmanager.secretAccessor", "secret", "projects/my-project/secrets/hf-token") not in of(HEAD)


@pytest.mark.parametrize("member", [HEAD, COMPUTE])
def test_no_machine_is_given_a_right_to_write_control(member: str) -> None:
    rights = {(role, kind) for role, kind, resource in of(member) if "a-d-123456789012" in resource}
    assert ("roles/storage.objectUser", "bucket") not in rights
    control = {role for role, _, resource in of(member) if resource.endswith("/control/")}
    assert control == {"roles/storage.objectViewer"}


def test_who_mounts_a_folder_may_list_its_whole_bucket() -> None:
    lists = {"roles/storage.legacyBucketReader", "roles/storage.objectUser"}
    plan = plan_of(EVERYTHING, LOCK)
    mounted = {storage.name: storage.full_name for storage in plan.storage if isinstance(storage, BucketPlan)}
    mounts = [mount for mount in plan.mounts if mount.type == "gcsfuse"]
    assert {mount.storage for mount in mounts} == {"d", "more"}
    for mount in mounts:
        for role in mount.roles:
            rights = of(plan.identity.address(role))
            assert lists & {right for right, kind, name in rights if (kind, name) == ("bucket", mounted[mount.storage])}


def test_only_what_has_no_narrower_resource_holds_for_the_project() -> None:
    assert {one.role for one in bindings() if one.kind == "project"} == PROJECT_WIDE
    basic = {"roles/owner", "roles/editor", "roles/viewer"}
    assert not [one for one in bindings() if one.role in basic or "admin" in one.role.lower()]


def test_the_head_s_own_role_names_each_permission() -> None:
    (role,) = plan_of().identity.roles
    assert role.permissions == (
        "compute.instanceGroupManagers.get",
        "compute.instanceGroupManagers.update",
        "compute.zoneOperations.get",
    )
    assert (role.name, role.id_prefix) == ("groups", "clusterwright.a.groups")


def test_a_part_of_a_bucket_of_texts_is_read_and_no_other() -> None:
    (condition,) = [one.condition for one in bindings() if one.resource == "my-corpus"]
    assert condition is not None
    assert condition.expression == (
        'resource.name.startsWith("projects/_/buckets/my-corpus/objects/wikipedia/") || '
        '(resource.type == "storage.googleapis.com/Bucket" && resource.name == "projects/_/buckets/my-corpus")'
    )


def test_a_whole_bucket_of_texts_needs_no_condition() -> None:
    (binding,) = [one for one in bindings("job: {corpus: gs://my-corpus}\n") if one.resource == "my-corpus"]
    assert (binding.role, binding.condition) == ("roles/storage.objectViewer", None)


def test_users_reach_the_head_and_no_others_do() -> None:
    rights = of("group:ml@example.com")
    assert ("roles/iap.tunnelResourceAccessor", "tunnel", "a-head") in rights
    assert {kind for _, kind, _ in rights} == {"tunnel", "project", "service_account"}
    assert {member for one in bindings("") for member in one.members} == {"head", "compute"}


def test_managed_lustre_may_move_files_of_the_bucket_s_data_alone() -> None:
    agent = "serviceAccount:service-123456789012@gcp-sa-lustre.iam.gserviceaccount.com"
    assert of(agent) == {("roles/storage.objectUser", "managed_folder", "a-d-123456789012/data/")}


def test_each_binding_has_a_name_of_its_own() -> None:
    sids = [one.sid for one in bindings()]
    assert len(set(sids)) == len(sids)


def agents(text: str) -> set[str]:
    return {agent.service.removesuffix(".googleapis.com") for agent in plan_of(text, LOCK).key.agents}


def test_each_service_that_encrypts_is_given_the_key() -> None:
    least = {"compute", "storage", "secretmanager", "logging"}
    assert agents("") == least
    assert agents("storage: [{name: h, kind: nfs, tier: basic_hdd}]\n") == least
    assert agents(EVERYTHING) == least | {"file", "lustre"}


def test_logging_alone_says_as_whom_it_encrypts() -> None:
    unknown = {agent.service for agent in plan_of(EVERYTHING, LOCK).key.agents if agent.email is None}
    assert unknown == {"logging.googleapis.com"}


def test_a_key_is_the_cluster_s_own_or_the_user_s_or_the_provider_s() -> None:
    own, theirs = plan_of("", LOCK).key, "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k"
    assert (own.kind, own.ring_prefix, own.name, own.rotation) == ("cluster", "a", "cluster", 90 * 86400)
    given = plan_of(f"security: {{key: {theirs}}}\n", LOCK).key
    assert (given.kind, given.full_name, given.rotation, len(given.agents)) == ("given", theirs, None, 4)
    provider = plan_of("security: {key: provider}\nstorage: [{name: d}, {name: h, kind: nfs}]\n", LOCK)
    assert (provider.key.kind, provider.key.agents) == ("provider", ())
    assert not provider.head.instance.encrypted
    assert not provider.identity.munge.encrypted


def test_without_a_lock_names_that_need_the_project_s_number_can_t_be_valid() -> None:
    plan = plan_of()
    assert plan.key.agents[0].email == "service-UNKNOWN-NUMBER@compute-system.iam.gserviceaccount.com"
    assert plan.number is None


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        ("storage: [{name: d}]\n", "keep"),
        (
            "storage: [{name: d, on_destroy: delete}, {name: h, kind: nfs, mount: /home, on_destroy: delete}]\n",
            "delete",
        ),
    ],
)
def test_the_key_is_kept_as_long_as_anything_that_it_encrypts(storage: str, expected: str) -> None:
    assert plan_of(storage).key.on_destroy == expected
