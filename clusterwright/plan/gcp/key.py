"""The key that encrypts what holds data, and the services of Google's that use it in the cluster's name."""

from collections.abc import Iterator

from clusterwright.catalog.storage import filestore_tiers
from clusterwright.decide.gcp.storage import nfs
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.gcp.model import KeyPlan, ServiceAgentPlan
from clusterwright.plan.gcp.names import Names
from clusterwright.plan.storages import storages
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.storage import LustreSpec, NfsSpec

ROTATION = 90 * 86400
LUSTRE_AGENT = "gcp-sa-lustre"


def plan_key(spec: ClusterSpec, names: Names, decisions: Decisions) -> KeyPlan:
    """What encrypts what holds data."""
    choice = decisions.default(
        spec.security, "security.key", spec.security.key, "who may read the data is then yours to say, and on record"
    )
    if choice == "provider":
        return KeyPlan(kind="provider", location=names.region)
    agents = tuple(_agents(spec, names))
    if choice != "cluster":
        return KeyPlan(kind="given", full_name=choice, location=names.region, agents=agents)
    return KeyPlan(
        kind="cluster",
        ring_prefix=names.cluster,
        name="cluster",
        location=names.region,
        rotation=ROTATION,
        agents=agents,
        on_destroy="keep" if any(one.on_destroy == "keep" for one in storages(spec)) else "delete",
    )


def _agents(spec: ClusterSpec, names: Names) -> Iterator[ServiceAgentPlan]:
    """Each service that encrypts for the cluster: a launch, or a file system, fails if one lacks the key.

    Logging says itself as whom it encrypts the log buckets of a project: older ones have another account than newer
    (https://docs.cloud.google.com/logging/docs/routing/managed-encryption-storage).
    """
    needed: list[tuple[str, str | None, str]] = [
        ("compute", "compute-system", "disks"),
        ("storage", "gs-project-accounts", "buckets"),
        ("secretmanager", "gcp-sa-secretmanager", "the munge key"),
        ("logging", None, "logs"),
    ]
    tiers = [nfs(spec, one).tier.value for one in spec.storage if isinstance(one, NfsSpec)]
    if any(filestore_tiers()[tier].customer_key for tier in tiers):
        needed.append(("file", "cloud-filer", "Filestore"))
    if any(isinstance(one, LustreSpec) for one in spec.storage):
        needed.append(("lustre", LUSTRE_AGENT, "Managed Lustre"))
    for service, domain, encrypts in needed:
        email = names.agent(domain) if domain else None
        yield ServiceAgentPlan(service=f"{service}.googleapis.com", email=email, encrypts=encrypts)
