"""docs/images/aws.svg: a cluster on AWS as its resource graph has it, drawn by what stands inside what.

The network holds its subnets, and a subnet what the graph puts into it; what stands in no subnet is beside the network,
under the part of the cluster that it belongs to. Colours follow the reader's light or dark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

Node = Mapping[str, Any]

STYLE = """\
<style>
:root { --ink: #1f2328; --muted: #57606a; --line: #8c959f; --box: #f6f8fa; --page: #ffffff; --kept: #2159d3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --muted: #9aa3af; --line: #6e7681; --box: #1b2028; --page: #0d1117; --kept: #7aa7ff; }
}
text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; font-size: 12px; fill: var(--ink); }
.title { font-weight: 600; } .small { fill: var(--muted); font-size: 11px; } .kept { fill: var(--kept); }
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
PANELS = ("Storage", "Identity", "Compute", "Observability", "Network")
OPEN = "out to the internet"
WIDTH, INNER, SIDE, LINE, PAD = 940, 560, 330, 17, 12


def picture(nodes: Sequence[Node]) -> str:
    """The whole SVG of the graph of one cluster. Raises ValueError where it has not one network of its own."""
    networks = [node for node in nodes if node["type"] == VPC]
    if len(networks) != 1:
        raise ValueError(f"a picture is of one network, and the graph has {len(networks)}")
    names = {node["name"] for node in nodes if node["type"] == SUBNET}
    placed = {node["urn"]: subnet for node in nodes if _drawn(node) and (subnet := _subnet(node, nodes, names))}
    parts: list[str] = []
    y = 60
    subnets = [node for node in nodes if node["type"] == SUBNET]
    for subnet in sorted(subnets, key=lambda node: (_way_out(node, nodes) != OPEN, node["name"])):
        inside = [node for node in nodes if placed.get(node["urn"]) == subnet["name"]]
        parts += _subnet_box(subnet, _lines(inside, nodes), _way_out(subnet, nodes), y)
        y += _height(inside, nodes) + 12
    bottom = y
    side: list[str] = []
    y = 14
    beside = [node for node in nodes if _drawn(node) and node["urn"] not in placed]
    for panel in PANELS:
        inside = [node for node in beside if f"Aws{panel}$" in node["urn"]]
        if inside:
            lines = _lines(inside, nodes)
            side += _box(INNER + 40, y, SIDE, _tall(lines), panel.lower(), lines)
            y += _tall(lines) + 12
    height = max(bottom, y) + 4
    network = networks[0]["inputs"]["cidrBlock"]
    frame = [
        f'<rect class="outer net" x="10" y="14" width="{INNER + 10}" height="{bottom - 18}"/>',
        f'<text class="title" x="24" y="38">network {escape(network)}</text>',
    ]
    inner = "\n".join([*frame, *parts, *side])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height}">{STYLE}\n{inner}\n</svg>\n'
    )


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


def _tall(lines: Sequence[tuple[str, bool]]) -> int:
    return 2 * PAD + LINE * (len(_wrapped(lines, 46)) + 1)


def _height(inside: Sequence[Node], nodes: Sequence[Node]) -> int:
    return 2 * PAD + LINE * (len(_wrapped(_lines(inside, nodes), 82)) + 1)


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


def _subnet_box(subnet: Node, lines: list[tuple[str, bool]], way: str, y: int) -> list[str]:
    name, cidr = subnet["name"].rpartition("-")[2], subnet["inputs"]["cidrBlock"]
    wrapped = _wrapped(lines, 82)
    return _box(24, y, INNER - 18, 2 * PAD + LINE * (len(wrapped) + 1), f"subnet {name}, {cidr}: {way}", lines, 82)


def _box(
    x: int, y: int, width: int, height: int, title: str, lines: Sequence[tuple[str, bool]], characters: int = 46
) -> list[str]:
    drawn = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}"/>',
        f'<text class="title" x="{x + PAD}" y="{y + 20}">{escape(title)}</text>',
    ]
    for number, (text, kept) in enumerate(_wrapped(lines, characters), 1):
        shift = 12 if text.startswith("    ") else 0
        kind = ' class="kept"' if kept else ""
        drawn.append(f'<text{kind} x="{x + PAD + shift}" y="{y + 20 + LINE * number}">{escape(text.strip())}</text>')
    return drawn
