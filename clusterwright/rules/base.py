"""What a rule is: a class that looks at a whole spec and names each bad place in it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from clusterwright.catalog.machines import Machine, machine, names
from clusterwright.catalog.models import Models, models
from clusterwright.catalog.software import Environment, environments
from clusterwright.decide.job import DecidedJob, decide_job
from clusterwright.spec.base import Provider
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import Finding, Path, Severity
from clusterwright.spec.job import JobSpec
from clusterwright.spec.lock import Lock

CLOUDS: tuple[Provider, ...] = ("aws", "gcp")
WRITE_THE_LOCK = "run `clusterwright lock NAME`, with your own credentials"


@dataclass(frozen=True)
class Context:
    """What rules look at: the spec, the catalog, and what follows from both."""

    spec: ClusterSpec
    lock: Lock | None = None
    _found: dict[str, tuple[Finding, ...]] = field(default_factory=dict, compare=False, repr=False)

    def findings(self, rule: "Rule") -> tuple[Finding, ...]:
        """What `rule` finds, nothing where it does not apply. Each rule runs once, whoever asks."""
        if rule.code not in self._found:
            self._found[rule.code] = tuple(rule.check(self)) if rule.applies(self) else ()
        return self._found[rule.code]

    @property
    def models(self) -> Models:
        return models()

    @property
    def machine_names(self) -> tuple[str, ...]:
        """The machine types of the spec's provider."""
        return names(self.spec.provider)

    def machine(self, name: str) -> Machine | None:
        """The machine type of that name of the spec's provider; None where the catalog has none."""
        return machine(self.spec.provider, name)

    @property
    def environments(self) -> Mapping[str, Environment]:
        return environments()

    @property
    def job(self) -> JobSpec | None:
        return self.spec.job if isinstance(self.spec.job, JobSpec) else None

    @cached_property
    def decided_job(self) -> DecidedJob | None:
        """The job with its recipe filled in; None without a job, or where the catalog does not know its model."""
        return decide_job(self.job, self.models) if self.job else None


class Rule(ABC):
    """A bad state of a spec. Subclasses are found by a scan of this package; their code is stable once shipped.

    `why` is the reason that all findings of the rule share, with its source where the reason is somebody else's.
    `acceptable` says whether a spec can accept the rule's findings with a reason (`accept`): warnings unless the rule
    says otherwise, errors only where it says so, since what the cloud would refuse can't be accepted.
    """

    code: ClassVar[str]
    why: ClassVar[str]
    severity: ClassVar[Severity] = "error"
    acceptable: ClassVar[bool] = False
    providers: ClassVar[tuple[Provider, ...]] = ("local", "aws", "gcp")

    def __init_subclass__(cls) -> None:
        if "acceptable" not in vars(cls):
            cls.acceptable = cls.severity == "warning"

    def applies(self, context: Context) -> bool:
        """Whether the rule has anything to say of the spec's provider."""
        return context.spec.provider in self.providers

    @abstractmethod
    def check(self, context: Context) -> Iterator[Finding]:
        """A finding for each bad place; none for a good spec."""

    def finding(self, path: Path, what: str, hint: str) -> Finding:
        """A finding of this rule at `path`."""
        return Finding(self.code, what, self.why, hint, path, self.severity)

    def unknown(self, path: Path, what: str) -> Finding:
        """A note that this rule can't tell without a lock; `what` says what it can't: "whether the quota covers it"."""
        return Finding(self.code, f"unknown without a lock: {what}", self.why, WRITE_THE_LOCK, path, "note")


def written(words: Sequence[str]) -> str:
    """Words as a sentence lists them: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
