"""The whole plan of a cluster on GCP."""

from clusterwright.plan import common
from clusterwright.plan.cloud import refusals, tags
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.gcp.compute import plan_groups, plan_head
from clusterwright.plan.gcp.identity import plan_identity
from clusterwright.plan.gcp.key import plan_key
from clusterwright.plan.gcp.model import GcpPlan, LustrePlan, NfsPlan
from clusterwright.plan.gcp.names import names_of
from clusterwright.plan.gcp.network import plan_network
from clusterwright.plan.gcp.observability import plan_observability
from clusterwright.plan.gcp.storage import plan_mounts, plan_storage
from clusterwright.plan.job import plan_job
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.lock import Lock

SERVICES = (
    "cloudkms", "cloudresourcemanager", "compute", "iam", "iap", "logging", "monitoring", "oslogin", "secretmanager",
    "storage",
)  # fmt: skip
"""The services of Google's that every cluster uses: a project has to switch each on."""


def plan_cluster(spec: ClusterSpec, lock: Lock | None, decisions: Decisions) -> GcpPlan:
    """The plan of a spec without errors. Without a lock it lacks what only the project knows, and says so."""
    names = names_of(spec, lock)
    network = plan_network(spec, names, decisions)
    key = plan_key(spec, names, decisions)
    head = plan_head(spec, lock, names, decisions)
    groups = plan_groups(spec, lock, names, decisions)
    storage = plan_storage(spec, names, decisions)
    kinds = {type(one) for one in storage}
    extra = [name for name, kind in (("file", NfsPlan), ("lustre", LustrePlan)) if kind in kinds]
    used = [*SERVICES, *extra, *(["servicenetworking"] if extra else [])]
    observability = plan_observability(spec, lock, names, decisions)
    used += ["billingbudgets", "cloudbilling"] if observability.spend else []
    return GcpPlan(
        name=spec.name,
        project=names.project,
        number=lock.number if lock else None,
        region=names.region,
        zone=names.zone,
        account=lock.account if lock else None,
        services=tuple(sorted(f"{name}.googleapis.com" for name in used)),
        network=network,
        identity=plan_identity(spec, names, storage),
        key=key,
        head=head,
        groups=groups,
        storage=storage,
        mounts=plan_mounts(storage, head.state),
        observability=observability,
        software=common.software(spec, "slurm", "many jobs and many people share a cluster in a cloud", decisions),
        budget=common.budget(spec, decisions),
        secrets=common.secrets(spec),
        job=plan_job(spec, groups, decisions),
        tags=tags(spec),
        decisions=tuple(decisions.taken),
        refusals=refusals(spec, lock),
    )
