"""Accounts are given exactly what the plan says, others' bindings stay, all is encrypted with the plan's one key."""

from __future__ import annotations

from collections import Counter

import pytest

from components.recorder import inputs_of
from tests.components.gcp.clusters import ALL, planned, registered

UNIQUE = "101234567890123456789"
LOGGING = "cmek-p123456789012@gcp-sa-logging.iam.gserviceaccount.com"
"""What Logging says in a recording: no name that a plan could have formed."""
KINDS = {
    "project": "projects/iAMMember:IAMMember",
    "bucket": ":BucketIAMMember",
    "managed_folder": ":ManagedFolderIamMember",
    "secret": ":SecretIamMember",
    "service_account": "serviceaccount/iAMMember:IAMMember",
    "tunnel": ":TunnelInstanceIAMMember",
}
KEYED = {
    ":Disk": lambda inputs: inputs.get("diskEncryptionKey", {}).get("kmsKeySelfLink"),
    "filestore/instance:Instance": lambda inputs: inputs.get("kmsKeyName"),
    "lustre/instance:Instance": lambda inputs: inputs.get("kmsKey"),
    "storage/bucket:Bucket": lambda inputs: inputs.get("encryption", {}).get("defaultKmsKeyName"),
    ":ProjectBucketConfig": lambda inputs: inputs.get("cmekSettings", {}).get("kmsKeyName"),
    ":InstanceTemplate": lambda inputs: inputs["disks"][0].get("diskEncryptionKey", {}).get("kmsKeySelfLink"),
    "compute/instance:Instance": lambda inputs: inputs["bootDisk"].get("kmsKeySelfLink"),
    ":Secret": lambda inputs: (
        inputs["replication"]["userManaged"]["replicas"][0].get("customerManagedEncryption", {}).get("kmsKeyName")
    ),
}


@pytest.mark.parametrize("name", ALL)
def test_members_are_given_the_plan_s_roles_and_no_others(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    wanted = Counter(
        (KINDS[binding.kind].split(":")[-1], binding.role, plan.identity.address(member))
        for binding in plan.identity.bindings
        for member in binding.members
    )
    own = {f"{plan.name}-identity-{role.name}-id": role.name for role in plan.identity.roles}
    given = Counter(
        (one.type.split(":")[-1], own.get(inputs["role"], inputs["role"]), inputs["member"])
        for one in recorder.requests
        if one.type.endswith(tuple(KINDS.values()))
        for inputs in (inputs_of(one),)
    )
    assert given == wanted


@pytest.mark.parametrize("name", ALL)
def test_no_policy_is_written_as_a_whole(name: str) -> None:
    kinds = {one.type.split(":")[-1] for one in registered(name).requests}
    assert [kind for kind in kinds if kind.lower().endswith(("iampolicy", "iambinding"))] == []


def test_folders_say_what_nodes_may_do_in_the_cluster_s_bucket() -> None:
    plan, recorder = planned("bert-large-gcp"), registered("bert-large-gcp")
    bucket = next(part.full_name for part in plan.storage if part.kind == "bucket")
    control = recorder.inputs("bert-large-storage-control-reads-compute")
    assert control == {
        "bucket": bucket,
        "managedFolder": "control/",
        "role": "roles/storage.objectViewer",
        "member": f"serviceAccount:{plan.identity.accounts[1].email}",
    }
    software = {
        (inputs["role"], inputs["member"])
        for one in recorder.requests
        if one.type.endswith(":ManagedFolderIamMember")
        for inputs in (inputs_of(one),)
        if inputs["managedFolder"] == "software/" and inputs["role"] == "roles/storage.objectUser"
    }
    assert software == {("roles/storage.objectUser", plan.identity.address("head"))}
    folders = {inputs_of(one)["name"] for one in recorder.requests if one.type.endswith(":ManagedFolder")}
    assert folders == {"control/", "data/", "jobs/", "nodes/", "reports/", "software/"}


def test_a_binding_with_a_condition_has_it() -> None:
    recorder = registered("kept")
    texts = recorder.inputs("a-storage-corpus-1-compute")
    assert texts["bucket"] == "texts"
    assert texts["condition"]["expression"].startswith('resource.name.startsWith("projects/_/buckets/texts/objects/')
    login = recorder.inputs("a-identity-user-1-login")
    assert login["condition"]["title"] == "machines of a"
    tunnel = recorder.inputs("a-compute-user-1-tunnel")
    assert (tunnel["instance"], tunnel["zone"], tunnel["member"]) == ("a-head", "us-central1-a", "user:a@example.com")
    acts = recorder.inputs("a-identity-user-1-acts-as-head")
    assert acts["serviceAccountId"] == "projects/my-project/serviceAccounts/a-head@my-project.iam.gserviceaccount.com"


@pytest.mark.parametrize("name", ALL)
def test_what_the_plan_encrypts_is_encrypted_with_its_key(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    key = {"cluster": f"{plan.name}-identity-key-id", "given": plan.key.full_name, "provider": None}[plan.key.kind]
    plain = {part.full_name for part in plan.storage if not part.encrypted}
    found = 0
    for kind, place in KEYED.items():
        for one in recorder.requests:
            if one.type.endswith(kind):
                inputs = inputs_of(one)
                named = inputs.get("name") or inputs.get("instanceId")
                assert place(inputs) == (None if named in plain else key), one.name
                found += 1
    assert found >= 6


@pytest.mark.parametrize("name", ALL)
def test_each_service_that_encrypts_is_there_and_may_use_the_key_before_anything_is_made_with_it(name: str) -> None:
    plan, recorder = planned(name), registered(name)
    allowed = {one.name: inputs_of(one) for one in recorder.requests if one.type.endswith(":CryptoKeyIAMMember")}
    assert {one["member"] for one in allowed.values()} == {
        f"serviceAccount:{one.email or LOGGING}" for one in plan.key.agents
    }
    asked = {inputs_of(one)["service"] for one in recorder.requests if one.type.endswith(":ServiceIdentity")}
    assert asked == {one.service for one in plan.key.agents} - {"compute.googleapis.com"}
    urns = {recorder.urn(one): one.name for one in recorder.requests}
    own = next(part.name for part in plan.storage if part.kind == "bucket")
    before = {urns[urn] for urn in recorder.request(f"{plan.name}-storage-{own}", ":Bucket").dependencies}
    assert allowed.keys() <= before


def test_what_can_t_have_its_name_again_ends_with_a_number_that_is_given_once() -> None:
    recorder = registered("bert-large-gcp")
    assert recorder.inputs("bert-large-identity-ring")["name"] == f"bert-large-{UNIQUE}"
    assert list(recorder.request("bert-large-identity-ring").ignoreChanges) == ["name"]
    role = recorder.inputs("bert-large-identity-groups")
    assert role["roleId"] == f"clusterwright.bert_large.groups.{UNIQUE}"
    assert role["permissions"] == [*planned("bert-large-gcp").identity.roles[0].permissions]
    logs = recorder.inputs("bert-large-observability-logs", ":ProjectBucketConfig")
    assert logs["bucketId"] == f"bert-large-logs-{UNIQUE}"


def test_the_key_is_rotated_and_the_munge_secret_has_no_value_yet() -> None:
    recorder = registered("bert-large-gcp")
    key = recorder.inputs("bert-large-identity-key")
    assert (key["rotationPeriod"], key["purpose"]) == ("7776000s", "ENCRYPT_DECRYPT")
    assert recorder.inputs("bert-large-identity-munge")["secretId"] == "bert-large-munge"
    assert not any(one.type.endswith(":SecretVersion") for one in recorder.requests)


@pytest.mark.parametrize("name", ["plain", "given"])
def test_without_a_key_of_its_own_a_cluster_makes_none(name: str) -> None:
    kinds = {one.type.split(":")[-1] for one in registered(name).requests}
    assert {"CryptoKey", "KeyRing"} & kinds == set()
    assert ("CryptoKeyIAMMember" in kinds) is (name == "given")
