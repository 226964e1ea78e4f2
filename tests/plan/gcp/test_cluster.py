"""The whole plan of a cluster on GCP: complete, the same each time, tagged, and as short for many nodes as for one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterwright.plan import canonical_json, digest, plan_cluster
from clusterwright.plan.gcp import GcpPlan
from clusterwright.plan.model import canonical
from clusterwright.rules import check
from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import parse_lock, parse_spec
from tests.plan.gcp.plans import LOCK, group, plan_of

LIMITED = """
budget: {limit: 200 USD, alerts: [50]}
groups: [{name: train, machine: g2-standard-4}]
observability: {notify: [a@b.cd, b@b.cd, c@b.cd, d@b.cd, e@b.cd, f@b.cd]}
"""


def test_labels_say_whose_a_thing_is_and_are_decided_once() -> None:
    plan = plan_of("tags: {team: nlp}\n")
    whose = {"clusterwright-cluster": "a", "clusterwright-managed": "true", "team": "nlp"}
    assert plan.tags == plan.tags_of() == whose
    assert plan.tags_of("train") == whose | {"clusterwright-group": "train"}
    assert canonical_json(plan).count('"clusterwright-managed"') == 1


def sixteen(nodes: int) -> str:
    groups = ", ".join(f"{{name: g{n}, machine: a3-megagpu-8g, nodes: {nodes}}}" for n in range(16))
    return f"groups: [{groups}]\njob: none\nnetwork: {{cidr: 10.0.0.0/10}}\n"


def test_a_plan_of_ten_thousand_nodes_is_as_short_as_one_of_a_few() -> None:
    many, few = (canonical_json(plan_of(sixteen(nodes))) for nodes in (625, 2))
    assert len(many.splitlines()) == len(few.splitlines())
    changed = [(a, b) for a, b in zip(many.splitlines(), few.splitlines(), strict=True) if a != b]
    assert all(a.replace("625", "2") == b for a, b in changed)
    assert len(changed) == 16 * 4  # hosts, here and for Slurm; the numbers of nodes; the group's largest size
    assert len(many) - len(few) == 2 * 16 * 5  # the least and the most number are on one line


def test_without_a_lock_the_plan_is_whole_but_for_what_the_project_knows_and_says_so() -> None:
    plan = plan_of()
    assert (plan.account, plan.number, plan.project) == (None, None, "my-project")
    assert plan.refusals[0].what == "the plan is without a lock"
    assert "clusterwright lock" in plan.refusals[0].hint
    assert {group.instance.image.id for group in plan.groups} == {None}


def test_with_a_lock_nothing_is_left_unknown() -> None:
    plan = plan_of(group("a3-megagpu-8g", 2, ", capacity: {kind: reservation, id: fixed}"), LOCK)
    assert (plan.account, plan.number) == ("my-project", "123456789012")
    assert "UNKNOWN" not in canonical_json(plan)
    assert plan.refusals == ()


def test_a_model_that_the_project_does_not_train_needs_a_program() -> None:
    base = "groups: [{name: train, machine: a3-megagpu-8g, nodes: 128, capacity: {kind: spot}}]\n"
    without = plan_of(
        base + "job: {model: gpt3-175b, corpus: gs://texts, precision: bf16, sharding: full, recompute: true}\n", LOCK
    )
    assert without.refusals[0].what == "no program is named that trains gpt3-175b"
    named = plan_of(
        base + "job: {model: gpt3-175b, corpus: gs://texts, precision: bf16, sharding: full, recompute: true,"
        " source: jobs/gpt3, command: [train.py]}\n",
        LOCK,
    )
    assert named.refusals == ()


def test_the_services_that_a_project_has_to_switch_on() -> None:
    least = set(plan_of("storage: [{name: d}]\n").services)
    more = set(plan_of("storage: [{name: h, kind: nfs}, {name: l, kind: lustre, size: 9000 GiB}]\n").services)
    assert {"compute.googleapis.com", "secretmanager.googleapis.com"} <= least
    assert {name.partition(".")[0] for name in more - least} == {"file", "lustre", "servicenetworking"}


def test_every_decision_has_a_reason_and_what_the_spec_says_is_none() -> None:
    plan = plan_of("network: {cidr: 10.20.0.0/16}\ngroups: [{name: train, machine: g2-standard-8, disk: 300 GiB}]\n")
    paths = {decision.path for decision in plan.decisions}
    assert all(decision.reason and decision.reason != "the spec says so" for decision in plan.decisions)
    assert {"head.machine", "groups[0].fabric", "groups[0].placement", "network.mtu", "security.key"} <= paths
    assert not {"network.cidr", "groups[0].machine", "groups[0].disk", "groups"} & paths


def test_the_plan_reads_back_as_it_was_written() -> None:
    plan = plan_of("storage: [{name: d}, {name: h, kind: nfs}, {name: l, kind: lustre, size: 9000 GiB}]\n", LOCK)
    assert GcpPlan.model_validate_json(canonical_json(plan)) == plan


def test_the_job_has_a_rank_for_each_gpu() -> None:
    job = plan_of("groups: [{name: train, machine: g2-standard-48, nodes: 2}]\n").job
    assert job is not None
    assert (job.nodes, job.processes_per_node, job.world_size) == (2, 4, 8)


def test_logs_of_machines_are_those_of_the_cluster_s_own() -> None:
    logs = plan_of("observability: {logs: 36 h}\ngroups: [{name: x}, {name: y}]\n").observability.logs
    assert logs.retention_days == 2
    assert '=~"^a-(head|(x|y)-[a-z0-9]{4})$")' in logs.filter


def test_logs_of_the_cluster_s_own_network_are_kept_with_those_of_its_machines() -> None:
    flows = '(resource.type="gce_subnetwork" AND resource.labels.subnetwork_name="a-nodes")'
    nat = '(resource.type="nat_gateway" AND resource.labels.gateway_name="a-nat")'
    machines, *network = plan_of().observability.logs.filter.split(" OR ")
    assert machines.startswith('(resource.type="gce_instance" AND ')
    assert network == [flows, nat]
    theirs = plan_of("network: {existing: {vpc: mine, subnets: [mine-1]}}\n").observability.logs
    assert " OR " not in theirs.filter


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("", ("cloudkms.googleapis.com", "storage.googleapis.com")),
        ("security: {key: provider}\n", ("storage.googleapis.com",)),
    ],
)
def test_who_reads_and_writes_data_is_on_record(text: str, services: tuple[str, ...]) -> None:
    audit = plan_of(text).observability.audit
    assert audit is not None
    assert (audit.services, audit.types) == (services, ("ADMIN_READ", "DATA_READ", "DATA_WRITE"))
    assert plan_of("security: {audit: false}\n").observability.audit is None


def test_the_cloud_s_own_budget_is_there_where_the_spec_has_a_limit() -> None:
    assert plan_of().observability.spend is None
    plan = plan_of(LIMITED, LOCK)
    spend = plan.observability.spend
    assert spend is not None
    assert (spend.limit, spend.alerts) == (20000, (50,))
    assert (spend.billing, spend.project) == ("billingAccounts/012345-567890-ABCDEF", "projects/123456789012")
    assert spend.told == ("a@b.cd", "b@b.cd", "c@b.cd", "d@b.cd", "e@b.cd"), "Google takes five"
    key, value = spend.tag
    assert plan.tags[key] == value
    assert set(plan.services) - set(plan_of().services) == {
        "billingbudgets.googleapis.com",
        "cloudbilling.googleapis.com",
    }


@pytest.mark.parametrize(
    ("lock", "reason"),
    [
        (None, "without a lock nobody knows which account pays: Google has no budget of it"),
        (
            re.sub("\nbilling: .*", "", LOCK),
            "the lock names no billing account that pays for the project: Google has no budget of it",
        ),
        (
            LOCK.replace("currency: USD", "currency: EUR"),
            "the project's billing account is in EUR, and the limit in USD: Google has no budget of it",
        ),
    ],
    ids=["no lock", "no account", "another currency"],
)
def test_a_limit_that_google_can_have_no_budget_of_is_kept_by_the_head_and_the_plan_says_so(
    lock: str | None, reason: str
) -> None:
    plan = plan_of(LIMITED, lock)
    assert plan.observability.spend is None
    assert [one.reason for one in plan.decisions if one.value == "kept by the head alone"] == [reason]
    assert not any("billing" in service for service in plan.services)


def test_a_currency_that_is_not_known_is_no_reason_for_no_budget() -> None:
    assert plan_of(LIMITED, LOCK.replace(", currency: USD", "")).observability.spend is not None


def test_alarms_are_over_the_cluster_s_own_points() -> None:
    alarms = plan_of().observability.alarms
    assert [alarm.name for alarm in alarms] == [
        "a-failed-nodes", "a-idle-gpus", "a-slow-training", "a-head-silent",
    ]  # fmt: skip
    assert [alarm.name for alarm in alarms if alarm.silence] == ["a-head-silent"]
    assert {alarm.label for alarm in alarms} == {("cluster", "a")}
    assert alarms[0].metric == "custom.googleapis.com/clusterwright/failed_nodes"
    assert {(alarm.comparison, alarm.operator, alarm.aligner, alarm.reducer) for alarm in alarms} == {
        ("above", "COMPARISON_GT", "ALIGN_MAX", "REDUCE_MAX"), ("below", "COMPARISON_LT", "ALIGN_MEAN", "REDUCE_MEAN"),
    }  # fmt: skip
    assert {(alarm.unit, alarm.metric_unit) for alarm in alarms} == {
        ("nodes", "1"),
        ("percent", "%"),
        ("a minute", "1"),
    }
    assert {(alarm.silence, alarm.missing) for alarm in alarms} == {
        (False, "EVALUATION_MISSING_DATA_INACTIVE"), (True, "EVALUATION_MISSING_DATA_ACTIVE"),
    }  # fmt: skip


def test_a_dashboard_is_made_unless_it_is_not_wanted() -> None:
    assert plan_of().observability.dashboard == "a"
    assert plan_of("observability: {dashboard: false}\n").observability.dashboard is None


def test_what_can_t_have_its_name_again_at_once_ends_with_a_random_part() -> None:
    plan = plan_of("", LOCK)
    assert plan.key.ring_prefix == "a"
    assert plan.observability.logs.name_prefix == "a-logs"
    (role,) = plan.identity.roles
    assert role.id_prefix not in {binding.role for binding in plan.identity.bindings}


def full_names(value: Any) -> Iterator[str]:
    """Each name that a plan's data gives a resource at Google."""
    if isinstance(value, dict):
        yield from (inner for key, inner in value.items() if key == "full_name" and inner)
        for inner in value.values():
            yield from full_names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from full_names(inner)


def test_the_longest_names_that_the_rules_pass_are_short_enough_for_google() -> None:
    """63 characters (RFC 1035), 58 for a group's machines, 30 for a service account, 64 for a role."""
    longest = "b" * 20
    plan = plan_of(
        f"groups: [{{name: {longest}, machine: a3-megagpu-8g}}]\njob: none\n"
        f"storage: [{{name: {longest}}}, {{name: n{longest[1:]}, kind: nfs, mount: /home}}]\n",
        LOCK,
        name="c" * 20,
    )
    assert {len(name) <= 63 for name in full_names(plan.model_dump(mode="json"))} == {True}
    assert {len(rule.name) <= 63 for rule in plan.network.firewall} == {True}
    assert len(plan.groups[0].manager.base_instance_name) <= 58
    assert {6 <= len(account.account_id) <= 30 for account in plan.identity.accounts} == {True}
    random = len("-101234567890123456789")
    assert {len(role.id_prefix) + random <= 64 for role in plan.identity.roles} == {True}
    assert len(plan.observability.logs.name_prefix) + random <= 100


MACHINES = st.sampled_from(["g2-standard-8", "n2-standard-8", "a2-ultragpu-1g", "a3-megagpu-8g"])
STORAGES = st.sampled_from(
    [
        {"kind": "nfs"},
        {"kind": "nfs", "tier": "basic_hdd"},
        {"kind": "lustre", "size": "9000 GiB"},
        {"kind": "bucket", "on_destroy": "delete"},
        {"kind": "volume", "size": "100 GiB"},
    ]
)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "groups": st.lists(
            st.fixed_dictionaries({"machine": MACHINES, "nodes": st.integers(1, 9)}), min_size=1, max_size=4
        ).map(lambda groups: [{"name": f"g{n}", **one} for n, one in enumerate(groups)]),
        "storage": st.lists(STORAGES, min_size=1, max_size=4).map(
            lambda storages: [{"name": f"s{n}", **one} for n, one in enumerate(storages)]
        ),
        "network": st.sampled_from([{}, {"cidr": "192.168.0.0/16"}, {"flow_logs": False}]),
        "security": st.sampled_from([{}, {"key": "provider"}, {"users": ["user:a@example.com"]}]),
    },
)


@settings(max_examples=40)
@given(SPECS, st.booleans())
def test_any_spec_without_errors_has_one_plan_whose_things_have_names_of_their_own(
    document: dict[str, Any], locked: bool
) -> None:
    text = canonical(
        {"name": "a", "provider": "gcp", "project": "my-project", "region": "us-central1", "zone": "us-central1-a"}
        | {"job": "none"}
        | document
    )
    loaded = replace(parse_spec(text), lock=parse_lock(LOCK) if locked else None)
    if any(finding.severity == "error" for finding in check(loaded)):
        return
    plan = plan_cluster(loaded)
    assert isinstance(plan, GcpPlan)
    assert digest(plan) == digest(plan_cluster(loaded))
    assert GcpPlan.model_validate_json(canonical_json(plan)) == plan
    sids = [binding.sid for binding in plan.identity.bindings]
    assert len(set(sids)) == len(sids)
    rules = [rule.name for rule in plan.network.firewall]
    assert len(set(rules)) == len(rules)


def test_a_spec_with_errors_has_no_plan() -> None:
    with pytest.raises(SpecError):
        plan_of("groups: [{name: train, machine: no-such-machine}]\n")
