"""Who may do what: a service account for each role.

Google's IAM adds up what it grants. So what nodes may not write is not denied; nobody is given it: roles are bound to
managed folders of the cluster's bucket (https://docs.cloud.google.com/storage/docs/managed-folders). Of all of it nodes
may list names alone.
"""

from collections.abc import Iterator

from clusterwright.plan.cloud import ROLES, SOFTWARE, WRITABLE, corpora
from clusterwright.plan.gcp.key import LUSTRE_AGENT
from clusterwright.plan.gcp.model import (
    BindingPlan,
    BucketPlan,
    ConditionPlan,
    CustomRolePlan,
    GcpStorage,
    IdentityPlan,
    LustrePlan,
    MungeSecretPlan,
    ServiceAccountPlan,
)
from clusterwright.plan.gcp.names import Names
from clusterwright.spec.cluster import ClusterSpec

GROUP_PERMISSIONS = (
    "compute.instanceGroupManagers.get",
    "compute.instanceGroupManagers.update",
    "compute.zoneOperations.get",
)
"""What it takes to ask a group for machines, to end some of them, and to learn what came of it
(https://docs.cloud.google.com/compute/docs/reference/rest/v1/instanceGroupManagers)."""


def plan_identity(spec: ClusterSpec, names: Names, storage: tuple[GcpStorage, ...]) -> IdentityPlan:
    """The accounts of head and nodes, and what they and the cluster's users are given."""
    munge = MungeSecretPlan(
        name=names.of("munge"),
        location=names.region,
        encrypted=spec.security.key != "provider",
    )
    role = CustomRolePlan(
        name="groups",
        id_prefix=f"clusterwright.{names.cluster.replace('-', '_')}.groups",
        title=f"Sizes of the groups of cluster {names.cluster}",
        permissions=GROUP_PERMISSIONS,
        why="managed instance groups have no policy of their own, so the role holds for all of the project's groups",
    )
    return IdentityPlan(
        accounts=tuple(ServiceAccountPlan(role=one, account_id=names.of(one), email=names.email(one)) for one in ROLES),
        roles=(role,),
        bindings=(
            *_head(names, role, munge),
            *_machines(names, munge, storage),
            *_secrets(spec, names),
            *_imports(names, storage),
            *_corpora(spec, names),
            *_users(spec, names),
        ),
        munge=munge,
    )


def _head(names: Names, role: CustomRolePlan, munge: MungeSecretPlan) -> Iterator[BindingPlan]:
    yield BindingPlan(
        sid="groups",
        members=("head",),
        role=role.name,
        kind="project",
        resource=names.project,
    )
    yield BindingPlan(
        sid="munge-writes",
        members=("head",),
        role="roles/secretmanager.secretVersionAdder",
        kind="secret",
        resource=_secret(munge.name, names),
    )


def _machines(names: Names, munge: MungeSecretPlan, storage: tuple[GcpStorage, ...]) -> Iterator[BindingPlan]:
    """What head and nodes have alike. Logs and metrics have no resource that is narrower than the project.

    Cloud Storage FUSE asks for a bucket's layout before it mounts a folder of it, and up to 3.11.2 names no folder then
    (https://github.com/GoogleCloudPlatform/gcsfuse/pull/4980), so that it takes `storage.objects.list` on all of it
    (https://docs.cloud.google.com/storage/docs/json_api/v1/buckets/getStorageLayout). The role for that reads no object
    (https://docs.cloud.google.com/storage/docs/access-control/iam-roles).
    """
    for sid, role in (("logs", "logging.logWriter"), ("metrics", "monitoring.metricWriter")):
        yield BindingPlan(sid=sid, members=ROLES, role=f"roles/{role}", kind="project", resource=names.project)
    yield _reads("munge-reads", ROLES, munge.name, names)
    for bucket in storage:
        if not isinstance(bucket, BucketPlan):
            continue
        if not bucket.cluster:
            yield BindingPlan(
                sid=f"bucket-{bucket.name}",
                members=ROLES,
                role="roles/storage.objectUser",
                kind="bucket",
                resource=bucket.full_name,
            )
            continue
        yield BindingPlan(
            sid="bucket-lists",
            members=ROLES,
            role="roles/storage.legacyBucketReader",
            kind="bucket",
            resource=bucket.full_name,
        )
        yield BindingPlan(
            sid="software-writes",
            members=("head",),
            role="roles/storage.objectUser",
            kind="managed_folder",
            resource=f"{bucket.full_name}/{SOFTWARE}",
        )
        for folder in bucket.folders:
            reads = folder not in WRITABLE
            yield BindingPlan(
                sid=f"{folder.rstrip('/')}-{'reads' if reads else 'writes'}",
                members=ROLES,
                role="roles/storage.objectViewer" if reads else "roles/storage.objectUser",
                kind="managed_folder",
                resource=f"{bucket.full_name}/{folder}",
            )


def _secrets(spec: ClusterSpec, names: Names) -> Iterator[BindingPlan]:
    """The job's secrets, which the job reads."""
    for secret in spec.secrets:
        yield _reads(f"secret-{secret.name.lower()}", ("compute",), secret.ref, names)


def _reads(sid: str, members: tuple[str, ...], ref: str, names: Names) -> BindingPlan:
    return BindingPlan(
        sid=sid,
        members=members,
        role="roles/secretmanager.secretAccessor",
        kind="secret",
        resource=_secret(ref, names),
    )


def _imports(names: Names, storage: tuple[GcpStorage, ...]) -> Iterator[BindingPlan]:
    """What Managed Lustre needs to move files from and to a bucket
    (https://docs.cloud.google.com/managed-lustre/docs/transfer-data)."""
    for lustre in storage:
        if isinstance(lustre, LustrePlan) and lustre.imports:
            bucket, _, folder = lustre.imports.removeprefix("gs://").partition("/")
            yield BindingPlan(
                sid=f"lustre-{lustre.name}-moves",
                members=(f"serviceAccount:{names.agent(LUSTRE_AGENT)}",),
                role="roles/storage.objectUser",
                kind="managed_folder" if folder else "bucket",
                resource=f"{bucket}/{folder}" if folder else bucket,
            )


def _corpora(spec: ClusterSpec, names: Names) -> Iterator[BindingPlan]:
    """The job's texts, read only. Listing names is asked of the bucket, so a condition on objects alone forbids it
    (https://docs.cloud.google.com/iam/docs/conditions-resource-attributes)."""
    for number, (bucket, prefix) in enumerate(corpora(spec, "gs"), 1):
        whole = f"projects/_/buckets/{bucket}"
        expression = (
            f'resource.name.startsWith("{whole}/objects/{prefix}") || '
            f'(resource.type == "storage.googleapis.com/Bucket" && resource.name == "{whole}")'
        )
        yield BindingPlan(
            sid=f"corpus-{number}",
            members=("compute",),
            role="roles/storage.objectViewer",
            kind="bucket",
            resource=bucket,
            condition=ConditionPlan(title=f"texts of {names.cluster}", expression=expression) if prefix else None,
        )


def _users(spec: ClusterSpec, names: Names) -> Iterator[BindingPlan]:
    """Sessions on the head, from which nodes are reached.

    OS Login takes the right to act as a machine's account besides, and that is the exact bound: a condition on names
    holds for a cluster whose name begins alike too (https://docs.cloud.google.com/compute/docs/oslogin/set-up-oslogin).
    """
    instances = f"projects/{names.project}/zones/{names.zone}/instances/{names.cluster}-"
    condition = ConditionPlan(
        title=f"machines of {names.cluster}",
        expression=f'resource.type != "compute.googleapis.com/Instance" || resource.name.startsWith("{instances}")',
    )
    for number, user in enumerate(spec.security.users, 1):
        yield BindingPlan(
            sid=f"user-{number}-tunnel",
            members=(user,),
            role="roles/iap.tunnelResourceAccessor",
            kind="tunnel",
            resource=names.of("head"),
        )
        yield BindingPlan(
            sid=f"user-{number}-login",
            members=(user,),
            role="roles/compute.osLogin",
            kind="project",
            resource=names.project,
            condition=condition,
        )
        for role in ROLES:
            yield BindingPlan(
                sid=f"user-{number}-acts-as-{role}",
                members=(user,),
                role="roles/iam.serviceAccountUser",
                kind="service_account",
                resource=names.email(role),
            )


def _secret(ref: str, names: Names) -> str:
    return ref if ref.startswith("projects/") else f"projects/{names.project}/secrets/{ref}"
