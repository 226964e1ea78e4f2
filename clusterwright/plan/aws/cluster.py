"""The whole plan of a cluster on AWS, from its parts."""

from clusterwright.plan import cloud, common
from clusterwright.plan.aws.compute import plan_groups, plan_head
from clusterwright.plan.aws.identity import plan_identity, refusals
from clusterwright.plan.aws.key import plan_key
from clusterwright.plan.aws.model import AwsPlan, BucketPlan
from clusterwright.plan.aws.names import names_of
from clusterwright.plan.aws.network import plan_network
from clusterwright.plan.aws.observability import plan_observability
from clusterwright.plan.aws.storage import plan_mounts, plan_storage
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.job import plan_job
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.lock import Lock


def plan_cluster(spec: ClusterSpec, lock: Lock | None, decisions: Decisions) -> AwsPlan:
    """The plan of a spec without errors. Without a lock it lacks what only the account knows, and says so."""
    names = names_of(spec, lock)
    network = plan_network(spec, lock, names, decisions)
    key = plan_key(spec, names, decisions)
    head = plan_head(spec, lock, network, decisions)
    groups = plan_groups(spec, lock, names, network, decisions)
    storage = plan_storage(spec, names, network, decisions)
    buckets = tuple(part for part in storage if isinstance(part, BucketPlan))
    identity = plan_identity(spec, names, buckets, key.kind)
    return AwsPlan(
        name=spec.name,
        account=lock.account if lock else None,
        region=names.region,
        zone=names.zone,
        zone_id=lock.zones.get(names.zone) if lock else None,
        head=head,
        groups=groups,
        storage=storage,
        mounts=plan_mounts(storage, head.state),
        network=network,
        identity=identity,
        key=key,
        observability=plan_observability(spec, names, buckets, decisions),
        software=common.software(spec, "slurm", "many jobs and many people share a cluster in a cloud", decisions),
        budget=common.budget(spec, decisions),
        secrets=common.secrets(spec),
        job=plan_job(spec, groups, decisions),
        tags=cloud.tags(spec),
        decisions=tuple(decisions.taken),
        refusals=(*cloud.refusals(spec, lock), *refusals(identity)),
    )
