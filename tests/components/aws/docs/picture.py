"""docs/images/aws.svg: a cluster on AWS; a subnet holds what the graph puts into it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.components.docs.picture import PANELS, Node, drawn, lines_of, texts

NOUNS = {
    "aws:autoscaling/group:Group": "Auto Scaling group",
    "aws:autoscaling/schedule:Schedule": "scheduled size",
    "aws:budgets/budget:Budget": "budget",
    "aws:cloudtrail/trail:Trail": "trail",
    "aws:cloudwatch/dashboard:Dashboard": "dashboard",
    "aws:cloudwatch/logGroup:LogGroup": "log group",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "alarm",
    "aws:ebs/volume:Volume": "volume of the head",
    "aws:ec2/flowLog:FlowLog": "flow log",
    "aws:ec2/instance:Instance": "instance",
    "aws:ec2/internetGateway:InternetGateway": "internet gateway",
    "aws:ec2/launchTemplate:LaunchTemplate": "launch template",
    "aws:ec2/natGateway:NatGateway": "NAT gateway",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "endpoint",
    "aws:efs/fileSystem:FileSystem": "EFS file system",
    "aws:efs/mountTarget:MountTarget": "EFS mount target",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "Lustre file system",
    "aws:iam/role:Role": "role",
    "aws:kms/key:Key": "KMS key",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:secretsmanager/secret:Secret": "secret",
    "aws:sns/topic:Topic": "topic",
}
"""What is drawn, in a reader's words; rules, routes, policies and settings belong to what has them."""
SUBNET, VPC, ROUTE = "aws:ec2/subnet:Subnet", "aws:ec2/vpc:Vpc", "aws:ec2/route:Route"
OPEN = "out to the internet"


def picture(nodes: Sequence[Node]) -> str:
    """The whole SVG of the graph of one cluster. Raises ValueError where it has not one network of its own."""
    networks = [node for node in nodes if node["type"] == VPC]
    if len(networks) != 1:
        raise ValueError(f"a picture is of one network, and the graph has {len(networks)}")
    subnets = [node for node in nodes if node["type"] == SUBNET]
    names = {node["name"] for node in subnets}
    things = [node for node in nodes if node["type"] in NOUNS]
    placed = {node["urn"]: subnet for node in things if (subnet := _subnet(node, nodes, names))}

    def lines(inside: Sequence[Node]) -> list[tuple[str, bool]]:
        return lines_of(inside, NOUNS, lambda node: _detail(node, nodes))

    boxes = []
    for subnet in sorted(subnets, key=lambda node: (_way_out(node, nodes) != OPEN, node["name"])):
        name = subnet["name"].rpartition("-")[2]
        title = f"subnet {name}, {subnet['inputs']['cidrBlock']}: {_way_out(subnet, nodes)}"
        boxes.append((title, lines([node for node in things if placed.get(node["urn"]) == subnet["name"]])))
    beside = [node for node in things if node["urn"] not in placed]
    panels = {panel: lines([node for node in beside if f"Aws{panel}$" in node["urn"]]) for panel in PANELS}
    return drawn(networks[0]["inputs"]["cidrBlock"], boxes, panels)


def _subnet(node: Node, nodes: Sequence[Node], subnets: set[str]) -> str | None:
    """The subnet whose id the inputs have, or those of the network interface that they name."""
    said = set(texts(node["inputs"]))
    for other in nodes:
        if other["type"] == "aws:ec2/networkInterface:NetworkInterface" and f"{other['name']}-id" in said:
            said |= set(texts(other["inputs"]))
    return next((name for name in sorted(subnets) if f"{name}-id" in said), None)


def _way_out(subnet: Node, nodes: Sequence[Node]) -> str:
    """Where the subnet's route of all else leads."""
    for link in nodes:
        if link["type"].endswith(":RouteTableAssociation") and link["inputs"]["subnetId"] == f"{subnet['name']}-id":
            for route in nodes:
                if route["type"] == ROUTE and route["inputs"]["routeTableId"] == link["inputs"]["routeTableId"]:
                    return "out through the NAT gateway" if "natGatewayId" in route["inputs"] else OPEN
    return "no way out"


def _detail(node: Node, nodes: Sequence[Node]) -> str:
    inputs, kind = node["inputs"], node["type"].removeprefix("aws:").split(":")[0]
    last = node["name"].rpartition("-")[2]
    match kind:
        case "ec2/instance":
            return f"head, {inputs['instanceType']}"
        case "autoscaling/group":
            templates = [one for one in nodes if one["type"] == "aws:ec2/launchTemplate:LaunchTemplate"]
            machine = next(one for one in templates if one["name"] == node["name"])["inputs"]["instanceType"]
            return f"{last}, 0 to {inputs['maxSize']} x {machine}"
        case "ec2/vpcEndpoint":
            return inputs["serviceName"].rpartition(".")[2]
        case "fsx/lustreFileSystem":
            return f"{inputs['storageCapacity']} GiB"
        case "ebs/volume":
            return f"{inputs['size']} GiB"
        case "s3/bucket" | "efs/fileSystem" | "efs/mountTarget" | "cloudwatch/logGroup":
            return last
        case "iam/role":
            return node["name"].partition("-identity-")[2]
        case _:
            return ""
