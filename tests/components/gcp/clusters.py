"""Clusters on GCP as they are registered, for the tests of their parts."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest import mock

from clusterwright.plan import plan_cluster
from clusterwright.plan.gcp import GcpPlan
from clusterwright.spec.load import load_spec, parse_lock
from components.recorder import Recorder, record
from tests.components.aws.clusters import BUNDLE
from tests.plan.gcp.plans import LOCK, group, plan_of

CACHE = tempfile.TemporaryDirectory()
"""Where files are put for the engine, in place of the user's own cache."""
ROOT = Path(__file__).parents[3]
STACKS = ("bert-base-gcp", "bert-large-gcp")
FAMILIES = {
    "a2-highgpu": group("a2-highgpu-8g"),
    "a2-ultragpu": group("a2-ultragpu-8g"),
    "a3-highgpu": group("a3-highgpu-8g", 2, ", fabric: none, capacity: {kind: spot}"),
    "a3-megagpu": group("a3-megagpu-8g", 2, ", capacity: {kind: reservation, id: fixed}"),
    "a3-ultragpu": group("a3-ultragpu-8g", 2, ", capacity: {kind: flex_start, duration: 24 h}"),
    "a4": group("a4-highgpu-8g", 2, ", capacity: {kind: reservation, id: dense}"),
    "a4x": group("a4x-highgpu-4g", 18, ", capacity: {kind: reservation, id: nvl72}"),
    "g2": group("g2-standard-96", 2, ", placement: {kind: cluster}") + "storage: [{name: d, cache: 1 TiB}]\n",
}
"""A group of each family of GPU machines."""
KINDS = FAMILIES | {
    "existing": ("network: {existing: {vpc: mine, subnets: [mine-1]}, access: {ssh_from: [203.0.113.0/24]}}\n"),
    "kept": (
        "storage: [{name: d}, {name: l, kind: lustre, size: 9000 GiB, bucket: d}, {name: o, kind: bucket, mount: /o}]\n"
        "job: {model: bert-base, corpus: 'gs://texts/some/'}\nsecurity: {users: ['user:a@example.com']}\n"
    ),
    "deleted": (
        "storage: [{name: d, on_destroy: delete}, {name: h, kind: nfs, mount: /home, on_destroy: delete}]\n"
        "security: {audit: false, deletion_protection: false}\n"
    ),
    "plain": (
        "security: {key: provider, audit: false}\nobservability: {dashboard: false}\nnetwork: {flow_logs: false}\n"
    ),
    "given": "security: {key: projects/p/locations/us-central1/keyRings/r/cryptoKeys/k}\nbudget: {limit: 100 USD}\n",
}
"""Specs of a cluster named `a` that between them have all that a plan of GCP can have and no example has."""
THERE = """
network: {id: mine, cidrs: [10.0.0.0/16], mtu: 8896}
subnets: {mine-1: {cidr: 10.0.0.0/20, free: 4000, vpc: mine}}
"""
ALL = (*STACKS, *KINDS)


@cache
def planned(name: str) -> GcpPlan:
    """The plan of an example stack or of one of KINDS, with a lock."""
    if name not in STACKS:
        return plan_of(KINDS[name], LOCK + (THERE if name == "existing" else ""))
    lock = parse_lock((ROOT / "tests" / "locks" / f"{name}.lock.yaml").read_text())
    plan = plan_cluster(replace(load_spec(ROOT / "stacks" / f"{name}.yaml"), lock=lock))
    assert isinstance(plan, GcpPlan)
    return plan


@cache
def registered(name: str, preview: bool = False) -> Recorder:
    return register(planned(name), preview=preview)


def register(plan: GcpPlan, *, preview: bool = False) -> Recorder:
    with mock.patch.dict(os.environ, XDG_CACHE_HOME=CACHE.name):
        return record(plan, BUNDLE, preview=preview)


def made(text: str) -> Recorder:
    """What the cluster named `a` of the spec `text` registers."""
    return register(plan_of(text, LOCK))
