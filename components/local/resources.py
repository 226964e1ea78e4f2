"""The resources of the plugin `clusterwright-local`, as programs use them.

What each input means is written where it is read: bucket.py, object.py and nodes.py in runtime/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi


class Bucket(pulumi.CustomResource):
    """A folder that is the cluster's bucket."""

    path: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        cluster: pulumi.Input[str],
        folder: pulumi.Input[str],
        path: pulumi.Input[str],
        on_destroy: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"cluster": cluster, "folder": folder, "path": path, "onDestroy": on_destroy}
        super().__init__("clusterwright-local:index:Bucket", resource_name, props, opts)


class Object(pulumi.CustomResource):
    """A file in a bucket: text in `content`, or bytes in `content_base64`."""

    path: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        bucket: pulumi.Input[str],
        key: pulumi.Input[str],
        sha256: pulumi.Input[str],
        content: pulumi.Input[str] | None = None,
        content_base64: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "bucket": bucket,
            "key": key,
            "sha256": sha256,
            "content": content,
            "contentBase64": content_base64,
            "path": None,
        }
        super().__init__("clusterwright-local:index:Object", resource_name, props, opts)


class Group(pulumi.CustomResource):
    """Process nodes of one role: as many as there are names."""

    nodes: pulumi.Output[Sequence[Mapping[str, Any]]]
    size: pulumi.Output[int]

    def __init__(
        self,
        resource_name: str,
        *,
        cluster: pulumi.Input[str],
        name: pulumi.Input[str],
        role: pulumi.Input[str],
        node_names: pulumi.Input[Sequence[pulumi.Input[str]]],
        folder: pulumi.Input[str],
        bucket: pulumi.Input[str],
        user_data: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "cluster": cluster,
            "name": name,
            "role": role,
            "nodeNames": node_names,
            "folder": folder,
            "bucket": bucket,
            "userData": user_data,
            "nodes": None,
            "size": None,
        }
        super().__init__("clusterwright-local:index:Group", resource_name, props, opts)
