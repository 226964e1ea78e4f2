"""The job's part of the plan: the file that the training package reads, and the nodes that run it."""

from collections.abc import Mapping
from typing import Any

from clusterwright.catalog.models import models
from clusterwright.decide.job import DecidedJob, decide_job
from clusterwright.decide.memory import Sharing, decide_sharing
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.model import GroupPlan, JobPlan, job_id
from clusterwright.spec.base import SpecModel
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.job import InlineModel, JobSpec


def plan_job(spec: ClusterSpec, groups: tuple[GroupPlan, ...], decisions: Decisions) -> JobPlan | None:
    """The job of a spec without errors; None for a cluster without one."""
    if not isinstance(spec.job, JobSpec):
        return None
    job, decided = spec.job, decide_job(spec.job, models())
    group = next((group for group in groups if job.group in (None, group.name)), None)
    if decided is None or group is None:
        raise ValueError("the rules pass no job whose model or group is unknown")
    if "job" not in spec.model_fields_set:
        decisions.note("job", decided.model, "the job is to train a BERT; write `job: none` for a cluster without one")
    config = _config(job, decided, decisions)
    where = decisions.default(job, "job.group", group.name, "the first group")
    nodes = decisions.default(job, "job.nodes", job.nodes or group.nodes.max, "all nodes of the group")
    processes = decisions.default(
        job, "job.processes_per_node", job.processes_per_node or group.processes_per_node, "the machine type's"
    )
    sharing = _sharing(spec, job, decided, decisions)
    return JobPlan(
        config=config,
        id=job_id(config),
        group=where,
        nodes=nodes,
        processes_per_node=processes,
        threads_per_process=decisions.default(
            job, "job.threads_per_process", job.threads_per_process or group.threads_per_process, "the machine type's"
        ),
        world_size=nodes * processes,
        sharding=sharing.sharding,
        recompute=sharing.recompute,
        source=job.source,
        command=job.command,
    )


def _sharing(spec: ClusterSpec, job: JobSpec, decided: DecidedJob, decisions: Decisions) -> Sharing:
    """How ranks share the model out. Nodes of this machine have no choice of it, so there it is no decision."""
    sharing = decide_sharing(spec, decided)
    if spec.provider != "local":
        decisions.default(job, "job.sharding", sharing.value.sharding, sharing.reason)
        decisions.default(job, "job.recompute", sharing.value.recompute, sharing.reason)
    return sharing.value


def _config(job: JobSpec, decided: DecidedJob, decisions: Decisions) -> dict[str, Any]:
    """The content of job.json. A decoder's holds what is decided of it, for the user's own program to read."""
    why = f"recipe `{decided.recipe_name}`" + (f": {decided.source}" if isinstance(job.model, InlineModel) else "")
    config = {
        "schema": 1,
        "model": _model(job, decided, why, decisions),
        "corpus": _corpus(job, decided, why, decisions),
        "phases": list(decisions.default(job, "job.phases", decided.phases, "the whole way from text to a model")),
        "precision": decisions.default(job, "job.precision", decided.precision, why),
        "seed": decisions.default(job, "job.seed", job.seed, "any number serves, as long as it stays the same"),
    }
    sections = {"pretrain": job.pretrain, "finetune": job.finetune}
    for phase, settings in decided.training:
        config[phase] = _settings(sections[phase], f"job.{phase}", settings, why, decisions)
    if decided.size.family == "bert":
        config["compare"] = list(
            decisions.default(job, "job.compare", job.compare, "an accuracy says little on its own")
        )
    return config


def _corpus(job: JobSpec, decided: DecidedJob, why: str, decisions: Decisions) -> dict[str, str]:
    """The texts by what they are for. A recipe without text has none to add to the spec's."""
    recipe = decided.recipe.corpus
    corpora = job.corpora.model_dump(exclude_none=True)
    for use, reference in (recipe.model_dump() if recipe else {}).items():
        corpora[use] = decisions.default(job.corpora, f"job.corpus.{use}", corpora.get(use, reference), why)
    return corpora


def _model(job: JobSpec, decided: DecidedJob, why: str, decisions: Decisions) -> dict[str, Any]:
    inline = job.model if isinstance(job.model, InlineModel) else None
    if inline is None:
        decisions.default(job, "job.model", decided.model, "the smallest that learns well on two cores in minutes")
    else:
        decisions.default(inline, "job.model.name", decided.model, "a model of your own size")
        decisions.default(inline, "job.model.intermediate", decided.size.intermediate, "four times hidden, as in BERT")
    family = {} if decided.size.family == "bert" else {"family": decided.size.family}
    section = inline or job  # a name of the catalog leaves both of these open
    return {
        "name": decided.model,
        **family,
        "layers": decided.size.layers,
        "hidden": decided.size.hidden,
        "heads": decided.size.heads,
        "intermediate": decided.size.intermediate,
        "vocabulary": decisions.default(section, "job.model.vocabulary", decided.vocabulary, why),
        "max_positions": decisions.default(section, "job.model.max_positions", decided.max_positions, why),
    }


def _settings(
    section: SpecModel, path: str, decided: Mapping[str, Any], why: str, decisions: Decisions
) -> dict[str, Any]:
    return {name: decisions.default(section, f"{path}.{name}", value, why) for name, value in decided.items()}
