"""Clusters on AWS as they are registered, for the tests of their parts."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from clusterwright.bootstrap import Bundle
from clusterwright.plan.aws import AwsPlan
from clusterwright.spec.lock import LockedNetwork, LockedSubnet
from components.recorder import Recorder, record
from tests.plan.aws.plans import lock_of, plan_of, plan_of_stack

DATA = b"what nodes run"
BUNDLE = Bundle(hashlib.sha256(DATA).hexdigest(), DATA, {}, plan=hashlib.sha256(b"a plan").hexdigest())

KINDS = {
    "existing": (
        "network: {existing: {vpc: vpc-0123456789abcdef0, subnets: [subnet-0123456789abcdef0]}, access: {ssh_from: "
        "[203.0.113.0/24]}}\n"
    ),
    "spot": (
        "groups: [{name: any, machine: c7i.8xlarge, alternatives: [m7i.8xlarge], nodes: 4, capacity: {kind: spot, "
        "max_price: 2 USD}}, {name: one, machine: c7i.8xlarge, nodes: 2, capacity: {kind: spot}}]\n"
    ),
    "near": "groups: [{name: train, machine: p4d.24xlarge, nodes: 2}]\n",
    "kept": (
        "storage: [{name: d}, {name: s, kind: lustre, size: 1200 GiB, bucket: d}, {name: w, kind: lustre, size: "
        "6000 GiB, deployment: persistent_1, drive: hdd, throughput: 12 MB/s/TiB, mount: /w}]\n"
    ),
    "deleted": (
        "storage: [{name: d, on_destroy: delete}, {name: s, kind: lustre, size: 1200 GiB, deployment: scratch_2, "
        "on_destroy: delete}, {name: h, kind: nfs, mount: /home, one_zone: true, throughput: 100 MB/s, on_destroy: "
        "delete}]\nsecurity: {audit: false, deletion_protection: false}\n"
    ),
    "plain": "security: {key: provider, audit: false}\nobservability: {dashboard: false}\n",
    "given": "security: {key: 'arn:aws:kms:us-east-1:123456789012:key/0123'}\nbudget: {limit: 100 USD}\n",
}
"""Specs of a cluster named `a` that between them have all that a plan of AWS can have and no example has."""
VPC, SUBNET = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0"
THERE = {
    "network": LockedNetwork(id=VPC, cidrs=("10.0.0.0/16",), dns_support=True, dns_hostnames=True),
    "subnets": {SUBNET: LockedSubnet(zone="us-east-1a", cidr="10.0.0.0/20", free=4000, vpc=VPC)},
}
STACKS = ("bert-base-aws", "bert-large-aws", "gpt3-aws")
ALL = (*STACKS, *KINDS)


@cache
def planned(name: str) -> AwsPlan:
    """The plan of an example stack or of one of KINDS, with a lock."""
    if name in STACKS:
        return plan_of_stack(name)
    return plan_of(KINDS[name], lock_of().model_copy(update=THERE if name == "existing" else {}))


@cache
def registered(name: str, preview: bool = False) -> Recorder:
    return register(planned(name), preview=preview)


def register(plan: AwsPlan, *, preview: bool = False, bundle: Bundle = BUNDLE) -> Recorder:
    return record(plan, bundle, preview=preview)


def made(text: str, **options: Any) -> Recorder:
    """What the cluster named `a` of the spec `text` registers."""
    return register(plan_of(text, lock_of()), **options)
