"""The job's part of the plan: the file that the training package reads, and the nodes that run it."""

from collections.abc import Mapping
from typing import Any

from clusterwright.catalog.models import models
from clusterwright.decide.job import DecidedJob, decide_job
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
        source=job.source,
        command=job.command,
    )


def _config(job: JobSpec, decided: DecidedJob, decisions: Decisions) -> dict[str, Any]:
    """The content of job.json."""
    recipe, corpora = decided.recipe, job.corpora
    why = f"recipe `{decided.recipe_name}`" + (f": {decided.source}" if isinstance(job.model, InlineModel) else "")
    return {
        "schema": 1,
        "model": _model(job, decided, why, decisions),
        "corpus": {
            "pretrain": decisions.default(
                corpora, "job.corpus.pretrain", corpora.pretrain or recipe.corpus.pretrain, why
            ),
            "finetune": decisions.default(
                corpora, "job.corpus.finetune", corpora.finetune or recipe.corpus.finetune, why
            ),
        },
        "phases": list(decisions.default(job, "job.phases", job.phases, "the whole way from text to a tested model")),
        "precision": decisions.default(job, "job.precision", job.precision or recipe.precision, why),
        "seed": decisions.default(job, "job.seed", job.seed, "any number serves, as long as it stays the same"),
        "pretrain": _settings(job.pretrain, "job.pretrain", decided.pretrain, why, decisions),
        "finetune": _settings(job.finetune, "job.finetune", decided.finetune, why, decisions),
        "compare": list(decisions.default(job, "job.compare", job.compare, "an accuracy says little on its own")),
    }


def _model(job: JobSpec, decided: DecidedJob, why: str, decisions: Decisions) -> dict[str, Any]:
    inline = job.model if isinstance(job.model, InlineModel) else None
    if inline is None:
        decisions.default(job, "job.model", decided.model, "the smallest that learns well on two cores in minutes")
    else:
        decisions.default(inline, "job.model.name", decided.model, "a model of your own size")
        decisions.default(inline, "job.model.intermediate", decided.size.intermediate, "four times hidden, as in BERT")
    section = inline or job  # a name of the catalog leaves both of these open
    return {
        "name": decided.model,
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
