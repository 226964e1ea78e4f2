"""Statements of an IAM policy, and the conditions that bind them to a cluster."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from clusterwright.plan.cloud import CLUSTER_TAG

Statement = dict[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]


def statement(
    sid: str, actions: Collection[str], resources: Sequence[str], conditions: Conditions | None = None
) -> Statement:
    """What allows these actions."""
    said: Statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
    return {**said, "Condition": conditions} if conditions else said


def tagged_as(cluster: str) -> Conditions:
    """What is there and is the cluster's."""
    return {"StringEquals": {f"aws:ResourceTag/{CLUSTER_TAG}": cluster}}


def requested_as(cluster: str) -> Conditions:
    """What is being made as the cluster's."""
    return {"StringEquals": {f"aws:RequestTag/{CLUSTER_TAG}": cluster}}


def claimed_by(cluster: str) -> Conditions:
    """What gets the cluster's tag and has no cluster's yet: that is being made, or was made without tags."""
    return {**requested_as(cluster), "Null": {f"aws:ResourceTag/{CLUSTER_TAG}": "true"}}
