"""How what components/aws/network.py registers is asked for."""

from __future__ import annotations

from tests.components.aws.requests.translate import Call, Inputs, Resource

MADE = "made-before"
"""Stands for the id of what an earlier call of the same resource made; EC2's model knows no pattern of ids."""


def _permission(inputs: Inputs) -> Inputs:
    """A rule is a resource in Pulumi, and a part of a list in EC2's calls."""
    peer = {"description": inputs.pop("description", None)}
    group, cidr = inputs.pop("referencedSecurityGroupId", None), inputs.pop("cidrIpv4", None)
    permission = {name: inputs.pop(name, None) for name in ("ipProtocol", "fromPort", "toPort")}
    if group:
        permission["userIdGroupPairs"] = [{"groupId": group, **peer}]
    if cidr:
        permission["ipRanges"] = [{"cidrIp": cidr, **peer}]
    return {**inputs, "ipPermissions": [permission]}


def _flow_log(inputs: Inputs) -> Inputs:
    vpc = inputs.pop("vpcId")
    return {**inputs, "resourceIds": [vpc], "resourceType": "VPC"}


def _rule(way: str) -> Resource:
    call = Call(
        f"ec2:AuthorizeSecurityGroup{way}",
        names={"securityGroupId": "GroupId"},
        tagged="security-group-rule",
        first=_permission,
    )
    return Resource((call,))


REQUESTS = {
    "aws:ec2/vpc:Vpc": Resource(
        (
            Call("ec2:CreateVpc", tagged="vpc"),
            *(
                Call("ec2:ModifyVpcAttribute", (name,), {name: f"{name[0].upper()}{name[1:]}.Value"}, {"VpcId": MADE})
                for name in ("enableDnsSupport", "enableDnsHostnames")
            ),
        )
    ),
    "aws:ec2/subnet:Subnet": Resource(
        (
            Call("ec2:CreateSubnet", tagged="subnet"),
            Call(
                "ec2:ModifySubnetAttribute",
                ("mapPublicIpOnLaunch",),
                {"mapPublicIpOnLaunch": "MapPublicIpOnLaunch.Value"},
                {"SubnetId": MADE},
            ),
        )
    ),
    "aws:ec2/internetGateway:InternetGateway": Resource(
        (
            Call("ec2:CreateInternetGateway", tagged="internet-gateway"),
            Call("ec2:AttachInternetGateway", ("vpcId",), adds={"InternetGatewayId": MADE}),
        )
    ),
    "aws:ec2/eip:Eip": Resource((Call("ec2:AllocateAddress", tagged="elastic-ip"),)),
    "aws:ec2/natGateway:NatGateway": Resource((Call("ec2:CreateNatGateway", tagged="natgateway"),)),
    "aws:ec2/routeTable:RouteTable": Resource((Call("ec2:CreateRouteTable", tagged="route-table"),)),
    "aws:ec2/route:Route": Resource((Call("ec2:CreateRoute"),)),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Resource((Call("ec2:AssociateRouteTable"),)),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Resource(
        (Call("ec2:CreateVpcEndpoint", names={"policy": "PolicyDocument"}, tagged="vpc-endpoint"),)
    ),
    "aws:ec2/securityGroup:SecurityGroup": Resource(
        (Call("ec2:CreateSecurityGroup", names={"name": "GroupName"}, tagged="security-group"),),
        {"revokeRulesOnDelete": "what the provider does before it deletes the group"},
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule("Ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule("Egress"),
    # It is there already: the provider looks it up by its network, tags it and takes its rules away.
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Resource(
        (
            Call(
                "ec2:DescribeSecurityGroups",
                ("vpcId",),
                first=lambda inputs: {"filters": [{"name": "vpc-id", "values": [inputs["vpcId"]]}]},
            ),
            Call("ec2:CreateTags", ("tags",), adds={"Resources": [MADE]}),
        )
    ),
    "aws:ec2/flowLog:FlowLog": Resource(
        (
            Call(
                "ec2:CreateFlowLogs",
                names={"iamRoleArn": "DeliverLogsPermissionArn"},
                tagged="vpc-flow-log",
                first=_flow_log,
            ),
        )
    ),
}
