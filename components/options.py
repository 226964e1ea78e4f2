"""The options of resources that hold data, on every cloud."""

from __future__ import annotations

import pulumi

from clusterwright.spec.storage import OnDestroy


def kept(parent: pulumi.Resource, on_destroy: OnDestroy) -> pulumi.ResourceOptions:
    """The options of what holds data, as the plan wants it to end.

    What is kept is protected: a change that would make it anew, empty, is refused, and a destroy that leaves out what
    is protected leaves it in the stack, so that the next update goes on with it: a forgotten bucket would have its name
    still, and a forgotten disk would be made anew, empty. Where the stack itself goes, it stays in the account
    (https://www.pulumi.com/docs/iac/concepts/resources/options/protect/ and retainondelete/).
    """
    keep = on_destroy == "keep"
    return pulumi.ResourceOptions(parent=parent, retain_on_delete=keep, protect=keep)
