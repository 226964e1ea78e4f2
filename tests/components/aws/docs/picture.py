"""docs/images/aws.svg: a cluster on AWS as its resource graph has it, drawn by what stands inside what.

The network holds its subnets, and a subnet what the graph puts into it; what stands in no subnet is beside or below the
network, under the part of the cluster that it belongs to. Colours follow the reader's light or dark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

Node = Mapping[str, Any]

STYLE = """\
<style>
:root { --ink: #1f2328; --line: #8c959f; --box: #f6f8fa; --page: #ffffff; --kept: #2159d3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --line: #6e7681; --box: #1b2028; --page: #0d1117; --kept: #7aa7ff; }
}
text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; font-size: 12px; fill: var(--ink); }
.title { font-weight: 600; } .kept { fill: var(--kept); }
rect { fill: var(--box); stroke: var(--line); rx: 6px; } .outer { fill: var(--page); }
.net { stroke-dasharray: 5 4; }
</style>"""
NOUNS = {
    "autoscaling/group:Group": "Auto Scaling group",
    "autoscaling/schedule:Schedule": "scheduled size",
    "budgets/budget:Budget": "budget",
    "cloudtrail/trail:Trail": "trail",
    "cloudwatch/dashboard:Dashboard": "dashboard",
    "cloudwatch/logGroup:LogGroup": "log group",
    "cloudwatch/metricAlarm:MetricAlarm": "alarm",
    "ebs/volume:Volume": "volume of the head",
    "ec2/flowLog:FlowLog": "flow log",
    "ec2/instance:Instance": "instance",
    "ec2/internetGateway:InternetGateway": "internet gateway",
    "ec2/launchTemplate:LaunchTemplate": "launch template",
    "ec2/natGateway:NatGateway": "NAT gateway",
    "ec2/vpcEndpoint:VpcEndpoint": "endpoint",
    "efs/fileSystem:FileSystem": "EFS file system",
    "efs/mountTarget:MountTarget": "EFS mount target",
    "fsx/lustreFileSystem:LustreFileSystem": "Lustre file system",
    "iam/role:Role": "role",
    "kms/key:Key": "KMS key",
    "s3/bucket:Bucket": "bucket",
    "secretsmanager/secret:Secret": "secret",
    "sns/topic:Topic": "topic",
}
"""What is drawn, in a reader's words; rules, routes, policies and settings belong to what has them."""
SUBNET, VPC, ROUTE = "aws:ec2/subnet:Subnet", "aws:ec2/vpc:Vpc", "aws:ec2/route:Route"
PANELS = ("Network", "Storage", "Identity", "Compute", "Observability")
OPEN = "out to the internet"
WIDTH, INNER, SIDE, LINE, PAD = 940, 560, 330, 17, 12
WIDE, NARROW = 82, 46
"""Characters of a line in the boxes of either column."""


def picture(nodes: Sequence[Node]) -> str:
    """The whole SVG of the graph of one cluster. Raises ValueError where it has not one network of its own."""
    networks = [node for node in nodes if node["type"] == VPC]
    if len(networks) != 1:
        raise ValueError(f"a picture is of one network, and the graph has {len(networks)}")
    names = {node["name"] for node in nodes if node["type"] == SUBNET}
    placed = {node["urn"]: subnet for node in nodes if _drawn(node) and (subnet := _subnet(node, nodes, names))}
    beside = [node for node in nodes if _drawn(node) and node["urn"] not in placed]
    panels = {panel: _lines([node for node in beside if f"Aws{panel}$" in node["urn"]], nodes) for panel in PANELS}

    left: list[str] = []
    y = 32
    for text, _ in panels.pop("Network"):
        y += LINE
        left.append(f'<text x="24" y="{y}">{escape(text)}</text>')
    y += PAD
    subnets = [node for node in nodes if node["type"] == SUBNET]
    for subnet in sorted(subnets, key=lambda node: (_way_out(node, nodes) != OPEN, node["name"])):
        lines = _lines([node for node in nodes if placed.get(node["urn"]) == subnet["name"]], nodes)
        name = subnet["name"].rpartition("-")[2]
        title = f"subnet {name}, {subnet['inputs']['cidrBlock']}: {_way_out(subnet, nodes)}"
        left += _box(24, y, INNER - 18, title, lines, WIDE)
        y += _tall(lines, WIDE) + PAD
    frame = [
        f'<rect class="outer net" x="10" y="10" width="{INNER + 10}" height="{y - 10}"/>',
        f'<text class="title" x="24" y="32">network {escape(networks[0]["inputs"]["cidrBlock"])}</text>',
    ]
    y += PAD
    lines = panels.pop("Compute")
    left += _box(10, y, INNER + 10, "compute", lines, WIDE)
    bottom = y + _tall(lines, WIDE)

    right: list[str] = []
    y = 10
    for panel, lines in panels.items():
        right += _box(INNER + 40, y, SIDE, panel.lower(), lines, NARROW)
        y += _tall(lines, NARROW) + PAD
    inner = "\n".join([*frame, *left, *right])
    size = f"0 0 {WIDTH} {max(bottom, y) + 4}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{size}">{STYLE}\n{inner}\n</svg>\n'


def _drawn(node: Node) -> bool:
    return node["type"].removeprefix("aws:") in NOUNS


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for one in value.values():
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)


def _subnet(node: Node, nodes: Sequence[Node], subnets: set[str]) -> str | None:
    """The subnet whose id the inputs have, or those of the network interface that they name."""
    said = set(_texts(node["inputs"]))
    for other in nodes:
        if other["type"] == "aws:ec2/networkInterface:NetworkInterface" and f"{other['name']}-id" in said:
            said |= set(_texts(other["inputs"]))
    return next((name for name in sorted(subnets) if f"{name}-id" in said), None)


def _way_out(subnet: Node, nodes: Sequence[Node]) -> str:
    """Where the subnet's route of all else leads."""
    for link in nodes:
        if link["type"].endswith(":RouteTableAssociation") and link["inputs"]["subnetId"] == f"{subnet['name']}-id":
            for route in nodes:
                if route["type"] == ROUTE and route["inputs"]["routeTableId"] == link["inputs"]["routeTableId"]:
                    return "out through the NAT gateway" if "natGatewayId" in route["inputs"] else OPEN
    return "no way out"


def _lines(inside: Sequence[Node], nodes: Sequence[Node]) -> list[tuple[str, bool]]:
    """A line for each kind of thing, with its number and what is known of each, and whether it is kept."""
    kinds = Counter((node["type"], node["retain"]) for node in inside)
    lines = []
    for (kind, kept), number in sorted(kinds.items(), key=lambda item: NOUNS[item[0][0].removeprefix("aws:")]):
        details = [_detail(node, nodes) for node in inside if (node["type"], node["retain"]) == (kind, kept)]
        noun = NOUNS[kind.removeprefix("aws:")]
        said = "; ".join(sorted(filter(None, details)))
        lines.append((f"{noun if number == 1 else f'{number} x {noun}'}{': ' + said if said else ''}", kept))
    return lines


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


def _tall(lines: Sequence[tuple[str, bool]], characters: int) -> int:
    return 2 * PAD + LINE * (len(_wrapped(lines, characters)) + 1) - 4


def _wrapped(lines: Sequence[tuple[str, bool]], width: int) -> list[tuple[str, bool]]:
    """Lines no longer than `width` characters; what follows a break is moved in."""
    found = []
    for text, kept in lines:
        text += "  (kept)" if kept else ""
        while len(text) > width:
            place = text.rfind(" ", 0, width)
            found.append((text[:place], kept))
            text = "    " + text[place + 1 :]
        found.append((text, kept))
    return found


def _box(x: int, y: int, width: int, title: str, lines: Sequence[tuple[str, bool]], characters: int) -> list[str]:
    drawn = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{_tall(lines, characters)}"/>',
        f'<text class="title" x="{x + PAD}" y="{y + 20}">{escape(title)}</text>',
    ]
    for number, (text, kept) in enumerate(_wrapped(lines, characters), 1):
        shift = 12 if text.startswith("    ") else 0
        kind = ' class="kept"' if kept else ""
        drawn.append(f'<text{kind} x="{x + PAD + shift}" y="{y + 20 + LINE * number}">{escape(text.strip())}</text>')
    return drawn
