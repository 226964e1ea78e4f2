"""docs/clouds.md: the promises of a cluster on either cloud, each cell with the fact of the plan that makes it true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

HEAD = """\
# Two clouds, the same promises

A spec gets the same cluster on AWS and on GCP, as far as both can. A test holds each cell to the plan of
`bert-large-aws` or of `bert-large-gcp`; a preview refuses to break what has a rule of [the policy pack](policy.md),
from 101 those of AWS, from 201 those of GCP. None of it has been run in an account: [aws.md](aws.md), [gcp.md](gcp.md).
"""
ALIKE_HEAD, APART_HEAD = "## Held by both", "## Where one cloud holds less, or otherwise"


class Cell(NamedTuple):
    """What a cloud does, and whether a plan says so."""

    text: str
    fact: Callable[[Any], bool]


class Row(NamedTuple):
    """A promise, and the codes of the rules of the policy pack that hold a preview to it."""

    promise: str
    aws: Cell
    gcp: Cell
    codes: tuple[str, ...] = ()


def _parts(plan: Any, kind: str) -> list[Any]:
    return [part for part in plan.storage if part.kind == kind]


def _aws_rules(plan: Any, direction: str) -> list[Any]:
    groups = plan.network.security_groups
    return [rule for group in groups for rule in group.rules if rule.direction == direction]


def _statement(plan: Any, sid: str) -> Any:
    return next(one for role in plan.identity.roles for one in role.statements if one.sid == sid)


def _common(plan: Any) -> list[tuple[str, str]]:
    return [(one.sid, one.effect) for one in plan.identity.machines]


def _binding(plan: Any, sid: str) -> Any:
    return next(one for one in plan.identity.bindings if one.sid == sid)


def _outlives(plan: Any) -> bool:
    return plan.key.on_destroy == "keep" and "keep" in {part.on_destroy for part in plan.storage}


ALIKE = (
    Row(
        "nothing is open to the world",
        Cell(
            "no rule of a security group lets it in",
            lambda plan: not [rule for rule in _aws_rules(plan, "ingress") if rule.peer == "0.0.0.0/0"],
        ),
        Cell(
            "no firewall rule lets it in, no machine has a public address",
            lambda plan: (
                not plan.head.instance.public_address
                and not [rule for rule in plan.network.firewall if "0.0.0.0/0" in rule.source_ranges]
            ),
        ),
        ("CW-POL-111", "CW-POL-112", "CW-POL-113", "CW-POL-211", "CW-POL-212", "CW-POL-213"),
    ),
    Row(
        "one key of the cluster's own encrypts what holds data",
        Cell("AWS KMS", lambda plan: plan.key.kind == "cluster"),
        Cell(
            "Cloud KMS, for disks, buckets, file systems, logs and secrets",
            lambda plan: plan.key.kind == "cluster" and all(part.encrypted for part in plan.storage),
        ),
        ("CW-POL-101", "CW-POL-102", "CW-POL-103", "CW-POL-202", "CW-POL-203"),
    ),
    Row(
        "no node writes what machines run as root",
        Cell("a policy denies it", lambda plan: ("NeverWriteControl", "Deny") in _common(plan)),
        Cell(
            "nobody is given it, by managed folders",
            lambda plan: _binding(plan, "control-reads").role == "roles/storage.objectViewer",
        ),
        ("CW-POL-145", "CW-POL-245"),
    ),
    Row(
        "the key outlives the cluster where storage that it encrypts is kept; where none is, the snapshot of the "
        "head's state is lost with the key, 30 days after the cluster",
        Cell("kept", _outlives),
        Cell("kept", _outlives),
    ),
    Row(
        "who talked to whom is recorded",
        Cell("VPC flow logs", lambda plan: plan.network.flow_logs is not None),
        Cell(
            "VPC flow logs, of the nodes' subnet",
            lambda plan: (
                all(subnet.flow_logs is not None for subnet in plan.network.networks[0].subnets)
                and "gce_subnetwork" in plan.observability.logs.filter
            ),
        ),
    ),
    Row(
        "what a bucket had is there for 30 days after it was overwritten",
        Cell("versions", lambda plan: 30 in {rule.noncurrent_days for rule in _parts(plan, "bucket")[0].lifecycle}),
        Cell(
            "versions",
            lambda plan: (
                _parts(plan, "bucket")[0].versioning
                and 30 in {rule.noncurrent_days for rule in _parts(plan, "bucket")[0].lifecycle}
            ),
        ),
        ("CW-POL-252",),
    ),
    Row(
        "logs are kept as long as the spec says",
        Cell("CloudWatch", lambda plan: {group.days for group in plan.observability.log_groups} == {90}),
        Cell("a log bucket of the cluster's own", lambda plan: plan.observability.logs.retention_days == 90),
        ("CW-POL-131", "CW-POL-231"),
    ),
    Row(
        "the head sizes groups, and nothing else does",
        Cell("least size 0, no rebalancing", lambda plan: "AZRebalance" in plan.groups[0].scaling.suspended),
        Cell("least size 0, size ignored", lambda plan: plan.groups[0].manager.ignore_target_size),
    ),
    Row(
        "the head's state leaves a snapshot when the cluster goes",
        Cell("yes", lambda plan: plan.head.state.snapshot),
        Cell("yes", lambda plan: plan.head.state.snapshot),
    ),
)
APART = (
    Row(
        "the head may size its own groups alone",
        Cell(
            "yes, by their names and tag",
            lambda plan: "clusterwright-cluster" in str(_statement(plan, "SizeGroups").conditions),
        ),
        Cell(
            "no: groups have no policy, so its custom role holds for all groups of the project",
            lambda plan: _binding(plan, "groups").kind == "project" and _binding(plan, "groups").condition is None,
        ),
    ),
    Row(
        "logs and metrics are written to the cluster's own alone",
        Cell(
            "logs yes",
            lambda plan: all(f"/{plan.name}/" in group.name for group in plan.observability.log_groups),
        ),
        Cell("no: both rights are the project's", lambda plan: _binding(plan, "logs").kind == "project"),
    ),
    Row(
        "what machines send out is limited by port",
        Cell(
            "80 and 443",
            lambda plan: (
                {
                    rule.ports
                    for rule in _aws_rules(plan, "egress")
                    if rule.peer == "0.0.0.0/0" and rule.protocol == "tcp"
                }
                == {(443, 443), (80, 80)}
            ),
        ),
        Cell(
            "no: firewall rules here let in, and a network lets all out",
            lambda plan: all(rule.source_ranges or rule.source_roles for rule in plan.network.firewall),
        ),
    ),
    Row(
        "who read and wrote data is on record",
        Cell(
            "a trail and a bucket of the cluster's own, 365 days, kept",
            lambda plan: (
                plan.observability.audit.lifecycle[0].days == 365 and plan.observability.audit.on_destroy == "keep"
            ),
        ),
        Cell(
            "a setting of the whole project. Records stay in the project's `_Default` log bucket, "
            "[30 days](https://docs.cloud.google.com/logging/docs/audit/configure-data-access) unless `gcloud logging "
            "buckets update _Default --location=global --retention-days=365` makes it more: the cluster's own log "
            "bucket ends with the cluster, and would take them along. Who changed a resource is on record for "
            "[400 days](https://cloud.google.com/logging/docs/storage), whatever is set",
            lambda plan: (
                set(type(plan.observability.audit).model_fields) == {"services", "types"}
                and "gce_instance" in plan.observability.logs.filter
            ),
        ),
    ),
    Row(
        "every request to a bucket is logged, if asked for",
        Cell("`security.access_logs`", lambda plan: "access_logs" in type(plan.observability).model_fields),
        Cell(
            "no such option: the record of data accesses has them",
            lambda plan: "access_logs" not in type(plan.observability).model_fields,
        ),
        ("CW-POL-153",),
    ),
    Row(
        "the shared file system knows who mounts it",
        Cell(
            "EFS: the machines' roles alone, over TLS, through an access point",
            lambda plan: (
                {"MachinesMount", "TlsOnly", "AccessPointOnly"}
                == {one.sid for one in _parts(plan, "nfs")[0].statements}
            ),
        ),
        Cell(
            "Filestore: whoever reaches its address, not encrypted on the way",
            lambda plan: "statements" not in type(_parts(plan, "nfs")[0]).model_fields,
        ),
        ("CW-POL-152", "CW-POL-154"),
    ),
    Row(
        "the shared file system is backed up",
        Cell("AWS Backup", lambda plan: _parts(plan, "nfs")[0].backups),
        Cell("no", lambda plan: not _parts(plan, "nfs")[0].backups),
    ),
    Row(
        "Lustre follows the bucket by itself",
        Cell(
            "yes: what is new, changed or deleted", lambda plan: len(_parts(plan, "lustre")[0].association.events) == 3
        ),
        Cell(
            "no: somebody asks for each import and export",
            lambda plan: "association" not in type(_parts(plan, "lustre")[0]).model_fields,
        ),
    ),
    Row(
        "capacity that begins and ends at a time",
        Cell(
            "a capacity block; the group is filled, drained and emptied by its times",
            lambda plan: [action.action for action in plan.groups[0].actions] == ["fill", "drain", "empty"],
        ),
        Cell(
            "a reservation, whose times the lock has; flex-start runs as long as it was asked for",
            lambda plan: plan.groups[0].capacity.kind == "reservation",
        ),
    ),
    Row(
        "the head comes back when its host fails",
        Cell("EC2's recovery", lambda plan: plan.head.auto_recovery),
        Cell("started again elsewhere", lambda plan: plan.head.instance.scheduling.automatic_restart),
    ),
    Row(
        "what machines start is measured",
        Cell("no such option", lambda plan: "secure_boot" not in type(plan.head.instance).model_fields),
        Cell(
            "Shielded VM: vTPM and integrity monitoring",
            lambda plan: plan.head.instance.vtpm and plan.head.instance.integrity_monitoring,
        ),
        ("CW-POL-221",),
    ),
)


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, ALIKE_HEAD, "", *_table(ALIKE), "", APART_HEAD, "", *_table(APART)]) + "\n"


def _table(rows: tuple[Row, ...]) -> list[str]:
    head = ["| promise | AWS | GCP | rules |", "|---|---|---|---|"]
    cells = [(row.promise, row.aws.text, row.gcp.text, ", ".join(row.codes) or "none") for row in rows]
    return [*head, *(f"| {' | '.join(row)} |" for row in cells)]
