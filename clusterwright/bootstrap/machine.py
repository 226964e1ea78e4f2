"""The bundle's files and the user data of nodes that boot: cloud nodes, and local ones with `runtime: machine`."""

from __future__ import annotations

import re
from typing import Any

from clusterwright.bootstrap import telemetry
from clusterwright.bootstrap.facts import (
    ENVIRONMENTS,
    HEAD,
    NODE_DIR,
    bucket_url,
    cluster_facts,
    group_facts,
    slurm_facts,
)
from clusterwright.bootstrap.files import ROOT, copied
from clusterwright.bootstrap.templating import CLOUD_CONFIG, SHELL, SLURM, Templates
from clusterwright.plan.common import hosts
from clusterwright.plan.model import ClusterPlan, GroupPlan, canonical

TEMPLATES = ROOT / "templates"
LONGEST_RESUME = 65533
"""Seconds: Slurm keeps a partition's ResumeTimeout in 16 bits (src/slurmctld/slurmctld.h, `resume_timeout`)."""
SLURMD_TIMEOUT = {"local": 30}
"""Seconds after which a silent node is down: soon on this machine; a cloud's network has pauses of minutes."""
SUSPEND_TIMEOUT = {"local": 5}
"""Seconds that a machine which is ended may take to be gone; its name is not given to another before."""


def files(plan: ClusterPlan) -> dict[str, bytes]:
    """All but the Python packages, the job and the software. Raises ValueError for a value that no file can hold."""
    for group in plan.groups:
        if group.name in (HEAD, "cluster") or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", group.name):
            raise ValueError(f"{group.name!r} cannot be the name of a group's files")
    made = {**python_facts(plan), **telemetry.files(plan), **slurm_files(plan)}
    for group in (None, *plan.groups):
        made[f"facts/{group.name if group else HEAD}.sh"] = shell_facts(plan, group)
    static = copied(Templates(TEMPLATES, SHELL), "", ("scripts", "scripts/bin", "systemd", "job"), {})
    return {**{name: text.encode() for name, text in made.items()}, **static}


def python_facts(plan: ClusterPlan) -> dict[str, str]:
    """The facts as JSON."""
    groups = {group.name if group else HEAD: group_facts(plan, group) for group in (None, *plan.groups)}
    return {
        f"facts/{name}.json": canonical(facts) for name, facts in {"cluster": cluster_facts(plan), **groups}.items()
    }


def shell_facts(plan: ClusterPlan, group: GroupPlan | None) -> str:
    """A group's facts as assignments of the shell; None is the head."""
    return Templates(TEMPLATES, SHELL).render("facts/group.sh.j2", _shell_values(plan, group))


def slurm_files(plan: ClusterPlan) -> dict[str, str]:
    """Slurm's configuration. Raises ValueError for a value that could be read as more than one."""
    rendered = copied(Templates(TEMPLATES, SLURM), "", ("slurm",), _slurm_values(plan))
    return {name: text.decode() for name, text in rendered.items()}


def user_data(plan: ClusterPlan, role: str, group: str, address: str | None) -> str:
    """The cloud-config; `address` of None is the plan's bucket. Raises ValueError for a value that it cannot hold."""
    boot = Templates(TEMPLATES, CLOUD_CONFIG).render("cloud-init/boot.sh.j2", {"provider": plan.provider})
    values = {
        "cluster": plan.name,
        "role": role,
        "group": group,
        "provider": plan.provider,
        "bucket": address or bucket_url(plan),
        "node_dir": NODE_DIR,
        "environments": ENVIRONMENTS,
        "boot": boot,
        "unit": (TEMPLATES / "cloud-init" / "clusterwright.service").read_text(encoding="utf-8"),
    }
    return Templates(TEMPLATES, CLOUD_CONFIG).render("cloud-init/user-data.yaml.j2", values)


def _shell_values(plan: ClusterPlan, group: GroupPlan | None) -> dict[str, Any]:
    facts, cluster = group_facts(plan, group), cluster_facts(plan)
    scratch = facts["scratch"] or {"count": 0, "mount": ""}
    return {
        **{name: facts[name] for name in ("role", "group", "gpus", "fabric", "efa_interfaces", "lustre_interfaces")},
        **{name: facts[name] for name in ("pytorch", "lock", "lock_sha256")},
        "provider": plan.provider,
        "region": cluster["region"] or "",
        "scratch_count": scratch["count"],
        "scratch_mount": scratch["mount"],
        "munge": cluster["secrets"]["munge"],
        "work": cluster["work"]["path"],
        "work_kind": cluster["work"]["kind"],
        "mounts": [
            {**mount, "source": mount["source"] or "", "options": ",".join(mount["options"])}
            for mount in facts["mounts"]
        ],
    }


def _slurm_values(plan: ClusterPlan) -> dict[str, Any]:
    default = plan.job.group if plan.job else plan.groups[0].name if plan.groups else None
    groups = [_partition(group, group.name == default) for group in plan.groups if group.nodes.max]
    kept = [hosts(group.name, group.nodes.min) for group in plan.groups if group.nodes.min]
    memory = all(group["memory_mib"] for group in groups)
    return {
        "cluster": plan.name,
        "local": plan.provider == "local",
        "slurmd_timeout": SLURMD_TIMEOUT.get(plan.provider, 300),
        "suspend_timeout": SUSPEND_TIMEOUT.get(plan.provider, 60),
        "select": "CR_Core_Memory" if memory else "CR_Core",
        "gres": any(group["gres"] for group in groups),
        "kept": ",".join(kept),
        "idle": max((group["idle_timeout"] for group in groups), default=600),
        "groups": groups,
    }


def _partition(group: GroupPlan, default: bool) -> dict[str, Any]:
    slurm = slurm_facts(group)
    return {
        **slurm,
        "start_timeout": min(slurm["start_timeout"], LONGEST_RESUME),
        "default": "YES" if default else "NO",
        "gpu_type": slurm["gres"].split(":")[1] if slurm["gres"] else None,
        "last_gpu": group.gpus - 1,
    }
