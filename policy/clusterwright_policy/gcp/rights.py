"""Rights: no more than somebody needs, and control/ the deployer's alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clusterwright_policy.base import UNKNOWN, Graph, Resource, ResourceRule, Rule, Violation
from clusterwright_policy.gcp.types import (
    BUCKET,
    BUCKET_MEMBER,
    FOLDER_MEMBER,
    INSTANCE,
    MEMBERS,
    OBJECT,
    PROJECT_MEMBER,
    ROLE,
    TEMPLATE,
)

BASIC = ("roles/admin", "roles/browser", "roles/editor", "roles/owner", "roles/reader", "roles/viewer", "roles/writer")
"""Roles over everything (https://docs.cloud.google.com/iam/docs/roles-overview#basic)."""
DATA = ("roles/cloudkms.", "roles/secretmanager.", "roles/storage.")
"""What roles over data begin with."""
ESCALATING_ROLES = (
    "roles/cloudkms.admin",
    "roles/compute.admin",
    "roles/compute.instanceAdmin",
    "roles/compute.instanceAdmin.v1",
    "roles/compute.osAdminLogin",
    "roles/resourcemanager.projectIamAdmin",
)
ESCALATING_PERMISSIONS = (
    "cloudkms.cryptoKeys.setIamPolicy",
    "compute.instanceTemplates.create",
    "compute.instances.create",
    "compute.instances.osAdminLogin",
    "compute.instances.setMetadata",
    "compute.instances.setServiceAccount",
    "resourcemanager.projects.setIamPolicy",
    "secretmanager.versions.access",
    "storage.objects.create",
)
"""Permissions that are a way to the rights of somebody else. What changes IAM itself, or acts as an account, is one in
any case (https://docs.cloud.google.com/iam/docs/best-practices-service-accounts)."""
ANYBODY = ("allUsers", "allAuthenticatedUsers")
WHOLE = re.compile(r":(\w*[iI][aA][mM](Policy|Binding))$")
"""The provider's resources that hold all of a policy, or all members of a role."""
CONTROL = "control/"
"""What machines run as root comes from there."""
READS = ("roles/storage.bucketViewer", "roles/storage.legacyBucketReader", "roles/storage.objectViewer")
DEFAULT_ACCOUNT = "-compute@developer.gserviceaccount.com"


class RoleOverEverything(ResourceRule):
    """Somebody has a role over everything in a project."""

    code = "CW-POL-241"
    types = frozenset(MEMBERS)
    why = (
        "such a role has thousands of permissions, those of services that are yet to come too "
        "(docs.cloud.google.com/iam/docs/roles-overview#basic)"
    )
    hint = "give the roles that are needed, on the resources that are meant"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        if resource.value("role") in BASIC:
            yield self.violation(resource, f"{resource.value('member')} has {resource.value('role')}")


class WayToOtherRights(ResourceRule):
    """A machine may get rights that it does not have."""

    code = "CW-POL-242"
    types = frozenset({*MEMBERS, ROLE})
    why = (
        "who may act as an account, change a policy or run commands elsewhere has the rights of that account or "
        "machine (docs.cloud.google.com/iam/docs/best-practices-service-accounts)"
    )
    hint = "leave it out: machines of a cluster need none of them, and deploying is a person's"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        role, member = str(resource.value("role")), str(resource.value("member"))
        if resource.type != ROLE and member.startswith("serviceAccount:") and _escalates(role):
            yield self.violation(resource, f"{member} has {role}")
        if resource.type == ROLE:
            permissions = [one for one in resource.values("permissions[]") if isinstance(one, str)]
            if found := [one for one in permissions if one in ESCALATING_PERMISSIONS or one.startswith("iam.")]:
                yield self.violation(resource, f"it holds {', '.join(found)}")


def _escalates(role: str) -> bool:
    return role in ESCALATING_ROLES or role.startswith("roles/iam.")


class OthersAreForgotten(Rule):
    """A policy, or a role's list of members, is written as a whole."""

    code = "CW-POL-243"
    why = (
        "whoever had a role there before has it no more, the owner of the project among them "
        "(registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_iam)"
    )
    hint = "add members one at a time: resources whose names end with IAMMember"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for resource in graph.resources:
            if resource.type.startswith("gcp:") and (found := WHOLE.search(resource.type)):
                yield self.violation(resource, f"{found[1]} is all there is afterwards")


class AnybodyMay(Rule):
    """A role is given to anybody."""

    code = "CW-POL-244"
    why = (
        "it is for the whole internet, or for all of it that has an account (docs.cloud.google.com/iam/docs/principals)"
    )
    hint = "name who is meant: a user, a group or a service account"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for resource in graph.resources:
            if resource.type.startswith("gcp:"):
                for name in (resource.value("member"), *resource.values("members[]"), resource.value("entity")):
                    if name in ANYBODY:
                        yield self.violation(resource, f"{name} is in")


class ControlIsWritten(Rule):
    """Somebody but the deployer may write what machines run as root."""

    code = "CW-POL-245"
    why = "whoever writes control/ is root on every machine of the cluster"
    hint = f"give no role but {READS[-1]} on control/ or on the whole bucket: nodes write to folders of their own"

    def check(self, graph: Graph) -> Iterator[Violation]:
        for bucket in graph.of(BUCKET):
            if not any(str(made.value("name")).startswith(CONTROL) for made in graph.about(bucket, OBJECT, "bucket")):
                continue
            for given in self._given(graph, bucket):
                if given.value("role") not in (*READS, UNKNOWN):
                    yield self.violation(given, f"{given.value('member')} has {given.value('role')}")

    def _given(self, graph: Graph, bucket: Resource) -> Iterator[Resource]:
        """What is given on the whole of a bucket, or on its control/: a role on a folder is one on what is in it."""
        names = {bucket.value("name"), bucket.value("id")} - {None, UNKNOWN}
        for given in graph.of(BUCKET_MEMBER, FOLDER_MEMBER):
            if given.value("bucket") in names or bucket.urn in given.refers.get("bucket", ()):
                folder = given.value("managedFolder")
                if given.type == BUCKET_MEMBER or CONTROL.startswith(str(folder)) or str(folder).startswith(CONTROL):
                    yield given


class DataOfTheWholeProject(ResourceRule):
    """A role over data is given for a whole project."""

    code = "CW-POL-246"
    types = frozenset({PROJECT_MEMBER})
    why = "it is for buckets, keys and secrets of others too, and for those that are yet to come"
    hint = "give it on the bucket, the folder, the key or the secret that is meant"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        role = resource.value("role")
        if isinstance(role, str) and role.startswith(DATA):
            yield self.violation(resource, f"{resource.value('member')} has {role}")


class AccountOfTheProject(ResourceRule):
    """A machine has no service account of its own."""

    code = "CW-POL-247"
    types = frozenset({INSTANCE, TEMPLATE})
    why = (
        "the project's default one is every other machine's too, and an editor in many projects "
        "(docs.cloud.google.com/compute/docs/access/service-accounts#default_service_account)"
    )
    hint = "set `serviceAccount.email` to an account that the stack makes"

    def check_resource(self, resource: Resource) -> Iterator[Violation]:
        email = resource.value("serviceAccount.email")
        if email is not UNKNOWN and (not email or str(email).endswith(DEFAULT_ACCOUNT)):
            yield self.violation(resource, f"`serviceAccount.email` is {email or 'not set'}")
