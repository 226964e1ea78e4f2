"""The resources of the plugin `clusterwright-local`, as programs use them.

What each input means is written where it is read: bucket.py, object.py, nodes.py, volume.py and machine/plugin.py in
runtime/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi


class OneAtATime(pulumi.CustomResource):
    """What there can be one of alone under its name: a replacement is made when the old one is gone.

    The plugin says so too of what it wants replaced; what a user asks to have replaced, it is not asked about.
    """

    def __init__(self, kind: str, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        in_turn = pulumi.ResourceOptions(delete_before_replace=True)
        super().__init__(kind, name, dict(props), pulumi.ResourceOptions.merge(opts, in_turn))


class Bucket(OneAtATime):
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
        job_user: pulumi.Input[int] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"cluster": cluster, "folder": folder, "path": path, "onDestroy": on_destroy, "jobUser": job_user}
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


class Group(OneAtATime):
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


class Volume(OneAtATime):
    """A folder that ends with the cluster: what a cloud has a disk or a secret store for."""

    path: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        cluster: pulumi.Input[str],
        folder: pulumi.Input[str],
        path: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"cluster": cluster, "folder": folder, "path": path}
        super().__init__("clusterwright-local:index:Volume", resource_name, props, opts)


class Network(OneAtATime):
    """The network of a cluster's machines, with a way out through this machine."""

    subnet: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        cluster: pulumi.Input[str],
        folder: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"cluster": cluster, "folder": folder, "subnet": None}
        super().__init__("clusterwright-local:index:Network", resource_name, props, opts)


class Image(OneAtATime):
    """The root that machines share, built once on this machine: `layers` are its folders, the upmost first."""

    layers: pulumi.Output[Sequence[str]]

    def __init__(
        self,
        resource_name: str,
        *,
        cache: pulumi.Input[str],
        archive: pulumi.Input[str],
        lock_sha256: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {"cache": cache, "archive": archive, "lockSha256": lock_sha256, "layers": None}
        super().__init__("clusterwright-local:index:Image", resource_name, props, opts)


class Machines(OneAtATime):
    """Machines of one role: the head, or up to `maximum` of a group, whose number the head decides."""

    machines: pulumi.Output[Sequence[Mapping[str, Any]]]

    def __init__(
        self,
        resource_name: str,
        *,
        cluster: pulumi.Input[str],
        name: pulumi.Input[str],
        role: pulumi.Input[str],
        maximum: pulumi.Input[int],
        folder: pulumi.Input[str],
        layers: pulumi.Input[Sequence[pulumi.Input[str]]],
        user_data: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "cluster": cluster,
            "name": name,
            "role": role,
            "maximum": maximum,
            "folder": folder,
            "layers": layers,
            "userData": user_data,
            "machines": None,
        }
        super().__init__("clusterwright-local:index:Machines", resource_name, props, opts)
