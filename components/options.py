"""The options of resources that hold data, on every cloud."""

from __future__ import annotations

import pulumi

from clusterwright.plan.cloud import CloudPlan
from clusterwright.spec.storage import OnDestroy


def kept(parent: pulumi.Resource, plan: CloudPlan, on_destroy: OnDestroy) -> pulumi.ResourceOptions:
    """The options of what holds data, as the plan wants it to end.

    What is kept stays in the account when the cluster goes. Protected, a change that would make it anew, empty, is
    refused, and a destroy that leaves out what is protected leaves it in the stack, so that the next update goes on
    with it (https://www.pulumi.com/docs/iac/concepts/resources/options/protect/).
    """
    keep = on_destroy == "keep"
    return pulumi.ResourceOptions(parent=parent, retain_on_delete=keep, protect=keep and plan.protect)
