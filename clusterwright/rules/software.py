"""Rules about software."""

from collections.abc import Iterator

from clusterwright.catalog.gpus import gpu
from clusterwright.decide.machines import machine_name, machine_of
from clusterwright.decide.memory import BF16
from clusterwright.rules.base import CLOUDS, Context, Rule
from clusterwright.spec.compute import GroupSpec
from clusterwright.spec.findings import Finding

LEAST_CAPABILITY = {13: 7.5}
"""The least compute capability of a major version of CUDA: 13 needs Turing."""


def capability(context: Context, group: GroupSpec) -> float | None:
    """The compute capability of a group's GPUs; None without GPUs, or where it is not known."""
    machine = machine_of(context.spec, group)
    row = gpu(machine.gpus.kind) if machine and machine.gpus else None
    return row.compute_capability if row else None


class NoEnvironment(Rule):
    """No locked environment is shipped for that version of PyTorch."""

    code = "CW-SOF-001"
    why = "nodes install only environments in which every package is pinned by hash"

    def check(self, context: Context) -> Iterator[Finding]:
        version, known = context.spec.software.pytorch, list(context.environments)
        if version not in known:
            what = f"there is no locked environment for PyTorch {version}"
            hint = f'write `pytorch: "{known[-1]}"`; known are: {", ".join(known)}' if known else "run `make lock`"
            yield self.finding(("software", "pytorch"), what, hint)


class GpuTooOld(Rule):
    """A group's GPUs are older than the oldest that its PyTorch is built for."""

    code = "CW-SOF-002"
    providers = CLOUDS
    why = (
        "the first kernel would end with `no kernel image is available`: builds with CUDA 13 begin with compute "
        "capability 7.5 (https://github.com/pytorch/pytorch/issues/190385)"
    )

    def check(self, context: Context) -> Iterator[Finding]:
        environment = context.environments.get(context.spec.software.pytorch)
        least = LEAST_CAPABILITY.get(environment.cuda or 0) if environment else None
        for index, group in enumerate(context.spec.groups):
            has = capability(context, group)
            if environment and least and has and has < least:
                name = machine_name(context.spec, group)
                what = (
                    f"the GPUs of {name} have compute capability {has}, and PyTorch {context.spec.software.pytorch} "
                    f"with CUDA {environment.cuda} needs {least}"
                )
                good = {"aws": "g6.2xlarge", "gcp": "g2-standard-8"}[context.spec.provider]
                path = ("groups", index, "machine")
                yield self.finding(path, what, f"choose newer GPUs, for example `machine: {good}`")


class Bf16NotNative(Rule):
    """A job asks for bf16 on GPUs that don't compute it."""

    code = "CW-SOF-003"
    severity = "warning"
    providers = CLOUDS
    why = "GPUs before Ampere have no bf16 arithmetic: it is emulated, and slower than fp32"

    def check(self, context: Context) -> Iterator[Finding]:
        job, group = context.job, context.spec.job_group
        has = capability(context, group) if group else None
        if job and group and job.precision == "bf16" and has and has < BF16:
            what = f"the GPUs of {machine_name(context.spec, group)} don't compute bf16"
            yield self.finding(("job", "precision"), what, "write `precision: auto`, or choose newer GPUs")
