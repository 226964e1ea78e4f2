"""What a cluster registers, as the engine is told it; nothing is made."""

from __future__ import annotations

import base64
import hashlib

import pytest

from clusterwright import paths
from clusterwright.bootstrap import Bundle
from clusterwright.plan.model import ClusterPlan
from components.recorder import Recorder, record
from tests.plans import make_plan

DATA = b"what nodes run"
BUNDLE = Bundle(hashlib.sha256(DATA).hexdigest(), DATA, {}, plan=hashlib.sha256(b"a plan").hexdigest())


def register(plan: ClusterPlan, *, preview: bool = False) -> Recorder:
    return record(plan, BUNDLE, preview=preview)


def registered(recorder: Recorder) -> list[tuple[str, str]]:
    """Type and name of each, sorted: what waits for nothing is registered in any order."""
    return sorted((request.type.removeprefix("clusterwright"), request.name) for request in recorder.requests)


@pytest.fixture(params=[True, False], ids=["preview", "update"])
def recorder(request: pytest.FixtureRequest) -> Recorder:
    return register(make_plan(), preview=request.param)


def test_a_cluster_is_a_bucket_three_objects_and_a_group_for_head_and_nodes(recorder: Recorder) -> None:
    assert registered(recorder) == [
        ("-local:index:Bucket", "local-storage-bucket"),
        ("-local:index:Group", "local-compute-head"),
        ("-local:index:Group", "local-compute-train"),
        ("-local:index:Object", "local-storage-bundle"),
        ("-local:index:Object", "local-storage-current"),
        ("-local:index:Object", "local-storage-plan"),
        (":index:Cluster", "local"),
        (":index:LocalCompute", "local-compute"),
        (":index:LocalStorage", "local-storage"),
    ]


def test_every_resource_has_an_urn_of_its_own_a_parent_and_a_name_that_starts_with_its_parent_s(
    recorder: Recorder,
) -> None:
    names = {recorder.urn(request): request.name for request in recorder.requests}
    assert len(names) == len(recorder.requests)
    for request in recorder.requests:
        if request.type == "clusterwright:index:Cluster":
            continue
        assert request.name.startswith(f"{names[request.parent]}-"), request.name


def test_the_inputs_are_what_the_plan_decided(recorder: Recorder) -> None:
    folder, bucket = str(paths.cluster_dir("local")), str(paths.bucket_dir("local"))
    assert recorder.inputs("local-storage-bucket") == {
        "cluster": "local",
        "folder": folder,
        "path": bucket,
        "onDestroy": "keep",
    }
    assert recorder.inputs("local-storage-bundle") == {
        "bucket": bucket,
        "key": f"control/bundles/{BUNDLE.digest}.tar.gz",
        "sha256": BUNDLE.digest,
        "contentBase64": base64.b64encode(DATA).decode(),
    }
    for key, named in (("current", BUNDLE.digest), ("plan", BUNDLE.plan)):
        control = recorder.inputs(f"local-storage-{key}")
        assert (control["key"], control["content"]) == (f"control/{key}", f"{named}\n")
        assert control["sha256"] == hashlib.sha256(control["content"].encode()).hexdigest()
    train = recorder.inputs("local-compute-train")
    assert len(train.pop("userData")) < 4096
    assert train == {
        "cluster": "local",
        "name": "train",
        "role": "compute",
        "nodeNames": ["train-1", "train-2"],
        "folder": folder,
        "bucket": bucket,
    }
    head = recorder.inputs("local-compute-head")
    assert (head["role"], head["nodeNames"]) == ("head", ["head"])


def test_nodes_find_their_bundle_and_workers_stop_before_the_head(recorder: Recorder) -> None:
    def depends_on(name: str) -> set[str]:
        urns = {recorder.urn(request): request.name for request in recorder.requests}
        return {urns[urn] for urn in recorder.request(name).dependencies}

    assert {"local-storage-bundle", "local-storage-plan"} <= depends_on("local-storage-current")
    assert "local-storage-current" in depends_on("local-compute-head")
    assert "local-compute-head" in depends_on("local-compute-train")


def test_a_superseded_bundle_is_kept_and_nothing_else_is(recorder: Recorder) -> None:
    assert [request.name for request in recorder.requests if request.retainOnDelete] == ["local-storage-bundle"]


def test_outputs_are_those_of_every_provider() -> None:
    plan = make_plan()
    recorder = register(plan)
    [outputs] = [outputs for urn, outputs in recorder.outputs.items() if urn.endswith("Cluster::local")]
    bucket = str(paths.bucket_dir("local"))
    assert outputs == {
        "bucket": bucket,
        "groups": {"head": ["head"], "train": ["train-1", "train-2"]},
        "connect": f".venv/bin/supervisorctl -c {paths.nodes_dir('local') / 'head' / 'supervisord.conf'}",
        "logs": ".venv/bin/clusterwright logs local",
        "kept": [{"name": "data", "path": bucket}],
        "plan_digest": BUNDLE.plan,
        "bundle_digest": BUNDLE.digest,
    }  # and no dashboard and no hourly_price: they are None, which the wire leaves out


def test_a_replacement_waits_until_the_old_one_is_gone_but_for_objects_that_nodes_still_read() -> None:
    resources = [request for request in register(make_plan(runtime="machine")).requests if request.custom]
    both = {request.name for request in resources if not request.deleteBeforeReplace}
    assert both == {"local-storage-bundle", "local-storage-current", "local-storage-plan"}


def test_every_component_registers_outputs(recorder: Recorder) -> None:
    components = {recorder.urn(request) for request in recorder.requests if not request.custom}
    assert components == {
        urn for urn in recorder.outputs if not urn.startswith("urn:pulumi:local::clusterwright::pulumi:pulumi:Stack::")
    }


def test_resources_grow_with_groups_and_not_with_nodes() -> None:
    assert registered(register(make_plan(nodes=2000))) == registered(register(make_plan(nodes=2)))


def test_user_data_does_not_change_with_job_or_software() -> None:
    with_job, without = register(make_plan()), register(make_plan(job=None, nodes=3))
    for name in ("local-compute-head", "local-compute-train"):
        assert with_job.inputs(name)["userData"] == without.inputs(name)["userData"]


def test_a_cluster_of_machines_has_its_network_secrets_state_and_image_besides() -> None:
    made = registered(register(make_plan(runtime="machine")))
    assert made == [
        ("-local:index:Bucket", "local-storage-bucket"),
        ("-local:index:Image", "local-compute-image"),
        ("-local:index:Machines", "local-compute-head"),
        ("-local:index:Machines", "local-compute-train"),
        ("-local:index:Network", "local-network-bridge"),
        ("-local:index:Object", "local-storage-bundle"),
        ("-local:index:Object", "local-storage-current"),
        ("-local:index:Object", "local-storage-plan"),
        ("-local:index:Volume", "local-identity-secrets"),
        ("-local:index:Volume", "local-storage-state"),
        (":index:Cluster", "local"),
        (":index:LocalCompute", "local-compute"),
        (":index:LocalStorage", "local-storage"),
    ]
    assert registered(register(make_plan(runtime="machine", nodes=60))) == made


def test_machines_wait_for_all_that_they_mount_and_compute_machines_for_the_head() -> None:
    recorder = register(make_plan(runtime="machine"))
    urns = {recorder.urn(request): request.name for request in recorder.requests}
    head = {urns[urn] for urn in recorder.request("local-compute-head").dependencies}
    mounted = {"local-network-bridge", "local-identity-secrets", "local-storage-state", "local-storage-current"}
    assert {*mounted, "local-compute-image"} <= head
    assert "local-compute-head" in {urns[urn] for urn in recorder.request("local-compute-train").dependencies}


def test_the_inputs_of_machines_are_what_the_plan_decided() -> None:
    plan = make_plan(runtime="machine")
    recorder = register(plan)
    train = recorder.inputs("local-compute-train")
    assert len(train.pop("userData")) < 4096
    assert train == {
        "cluster": "local",
        "name": "train",
        "role": "compute",
        "maximum": 2,
        "folder": str(paths.cluster_dir("local")),
        "layers": ["/cache/software", "/cache/system"],
    }
    image = recorder.inputs("local-compute-image")
    assert (image["cache"], image["lockSha256"]) == (str(paths.machines_dir()), plan.software.lock_sha256)
    assert recorder.inputs("local-storage-bucket")["jobUser"] == 2000
    assert recorder.inputs("local-storage-state")["path"] == str(paths.state_dir("local"))
    assert recorder.inputs("local-identity-secrets")["path"] == str(paths.secrets_dir("local"))


def test_outputs_of_a_cluster_of_machines_have_the_same_shape() -> None:
    recorder = register(make_plan(runtime="machine"))
    [outputs] = [outputs for urn, outputs in recorder.outputs.items() if urn.endswith("Cluster::local")]
    assert outputs["groups"] == {"head": ["head"], "train": ["train-1", "train-2"]}
    assert outputs["connect"] == ".venv/bin/python -m components.local.runtime.machine local"
    assert outputs["kept"] == [{"name": "data", "path": str(paths.bucket_dir("local"))}]
