"""Rules about machine types: whether they are what their part of the cluster needs."""

from collections.abc import Iterator

from clusterwright.decide.machines import machine_name, machine_of
from clusterwright.rules.base import Context, Rule
from clusterwright.spec.findings import Finding
from clusterwright.words import counted

NEEDS_GPUS = 100_000_000
"""Parameters from which pre-training takes weeks without a GPU; a bert-base has 110 million."""


class PretrainsWithoutGpus(Rule):
    """A model that needs GPUs is pre-trained on nodes that have none."""

    code = "CW-CMP-010"
    severity = "warning"
    why = "a step of a bert-base takes a CPU core minutes and a GPU less than a second; its 900,000 steps take months"

    def check(self, context: Context) -> Iterator[Finding]:
        job, group = context.decided_job, context.spec.job_group
        if job is None or group is None or context.job is None or "pretrain" not in context.job.phases:
            return
        machine = machine_of(context.spec, group)
        if machine is None or machine.gpus or (context.spec.provider == "local" and job.size.family != "bert"):
            return
        if job.parameters >= NEEDS_GPUS:
            name = machine_name(context.spec, group)
            what = f"{job.model} has {job.parameters / 1e6:,.0f} million parameters, and machine type {name} has no GPU"
            hint = {"aws": "machine: g6.2xlarge", "gcp": "machine: g2-standard-8"}.get(context.spec.provider)
            less = "a smaller model: `model: bert-mini`"
            yield self.finding(("job",), what, f"give group `{group.name}` GPUs: `{hint}`" if hint else f"train {less}")


class MoreRanksThanGpus(Rule):
    """A job starts more ranks on a node than the node has GPUs."""

    code = "CW-CMP-011"
    why = "NCCL refuses two ranks on one GPU (ncclInvalidUsage: duplicate GPU detected)"

    def check(self, context: Context) -> Iterator[Finding]:
        job, group = context.job, context.spec.job_group
        machine = machine_of(context.spec, group) if group else None
        if job is None or group is None or machine is None or machine.gpus is None:
            return
        most = machine.processes_per_node
        if job.processes_per_node and job.processes_per_node > most:
            name = machine_name(context.spec, group)
            ranks = counted(job.processes_per_node, "rank")
            yield self.finding(
                ("job", "processes_per_node"),
                f"the job starts {ranks} on a node, and machine type {name} has {counted(most, 'GPU')}",
                f"write `processes_per_node: {most}`, or leave it out",
            )


class HeadWithGpus(Rule):
    """The head is a machine with GPUs."""

    code = "CW-CMP-012"
    severity = "warning"
    why = "the head runs the cluster's services and no ranks, so its GPUs are paid for and never used"

    def check(self, context: Context) -> Iterator[Finding]:
        machine = machine_of(context.spec, context.spec.head)
        if machine and machine.gpus:
            name = machine_name(context.spec, context.spec.head)
            good = {"aws": "m7i.large", "gcp": "n2-standard-2"}[context.spec.provider]
            what = f"the head's machine type {name} has GPUs ({machine.gpus.kind})"
            yield self.finding(("head", "machine"), what, f"write `machine: {good}`")
