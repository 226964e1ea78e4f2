"""What the cluster's things are called at Google, where a name is unique in a project, or in the world."""

from dataclasses import dataclass

from clusterwright.plan.cloud import Role
from clusterwright.plan.gcp.model import UNKNOWN_NUMBER, UNKNOWN_PROJECT
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.lock import Lock


@dataclass(frozen=True)
class Names:
    """Names that follow from the cluster's, the project's id and its number."""

    cluster: str
    project: str
    number: str
    region: str
    zone: str

    def of(self, part: str) -> str:
        """A part's name, unique in the project: at most 20 characters of the cluster's are followed by the part's."""
        return f"{self.cluster}-{part}"

    def bucket(self, name: str) -> str:
        """A bucket's name, unique in the world: 54 characters at most, of the 63 that there may be."""
        return f"{self.cluster}-{name}-{self.number}"

    def email(self, role: Role) -> str:
        """The address of a role's service account."""
        return f"{self.of(role)}@{self.project}.iam.gserviceaccount.com"

    def agent(self, domain: str) -> str:
        """The address of a service agent of the project's
        (https://docs.cloud.google.com/iam/docs/service-agents)."""
        return f"service-{self.number}@{domain}.iam.gserviceaccount.com"


def names_of(spec: ClusterSpec, lock: Lock | None) -> Names:
    """The names of a spec without errors. Raises ValueError where it has no region or zone."""
    if spec.region is None or spec.zone is None:
        raise ValueError("the rules pass no cloud cluster without a region and a zone")
    project = spec.project or (lock.account if lock else UNKNOWN_PROJECT)
    return Names(spec.name, project, (lock.number if lock else None) or UNKNOWN_NUMBER, spec.region, spec.zone)
