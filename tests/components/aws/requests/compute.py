"""How what components/aws/compute.py registers is asked for."""

from __future__ import annotations

from tests.components.aws.requests.storage import inside
from tests.components.aws.requests.translate import Call, Inputs, Resource

TEMPLATE = (
    "blockDeviceMappings", "capacityReservationSpecification", "cpuOptions", "disableApiStop", "disableApiTermination",
    "ebsOptimized", "iamInstanceProfile", "imageId", "instanceInitiatedShutdownBehavior", "instanceMarketOptions",
    "instanceType", "keyName", "maintenanceOptions", "metadataOptions", "monitoring", "networkInterfaces", "placement",
    "privateDnsNameOptions", "tagSpecifications", "userData",
)  # fmt: skip


def _instance(inputs: Inputs) -> Inputs:
    """Disks are a list, with the root's among them; tags of instance and disks are specifications; an interface that
    is there already is one of a list."""
    if primary := inputs.pop("primaryNetworkInterface", None):
        inputs["networkInterfaces"] = [{"deviceIndex": 0, **primary}]
    root = inputs.pop("rootBlockDevice", None)
    disks = [{"deviceName": "/dev/sda1", "ebs": root}] if root else []
    others = inputs.pop("ebsBlockDevices", None) or []
    disks += [{"deviceName": disk["deviceName"], "ebs": {**disk, "deviceName": None}} for disk in others]
    for disk in disks:
        tags = disk["ebs"].get("tags")
        disk["ebs"] = {name: value for name, value in disk["ebs"].items() if name != "tags"}
        inputs["volumeTags"] = inputs.get("volumeTags") or tags
    tagged = {"instance": inputs.pop("tags", None), "volume": inputs.pop("volumeTags", None)}
    specifications = [{"resourceType": type_, "tags": tags} for type_, tags in tagged.items() if tags]
    monitored = inputs.pop("monitoring", None)
    return {
        **inputs,
        "blockDeviceMappings": disks or None,
        "tagSpecifications": specifications or None,
        "monitoring": None if monitored is None else {"enabled": monitored},
    }


def _group(inputs: Inputs) -> Inputs:
    """The subnets are words of one string (https://docs.aws.amazon.com/autoscaling/ec2/APIReference/
    API_CreateAutoScalingGroup.html)."""
    zones = inputs.pop("vpcZoneIdentifiers", None)
    return {**inputs, "vpcZoneIdentifier": ",".join(zones)} if zones else inputs


def _schedule(inputs: Inputs) -> Inputs:
    """A size of -1 is not to be changed, and not sent (https://github.com/hashicorp/terraform-provider-aws/blob/main/
    website/docs/r/autoscaling_schedule.html.markdown)."""
    return {name: value for name, value in inputs.items() if value != -1}


REQUESTS = {
    "aws:ec2/launchTemplate:LaunchTemplate": Resource(
        (
            Call(
                "ec2:CreateLaunchTemplate",
                names={
                    **inside("LaunchTemplateData", TEMPLATE),
                    "name": "LaunchTemplateName",
                    "description": "VersionDescription",
                    "vpcSecurityGroupIds": "LaunchTemplateData.SecurityGroupIds",
                    "networkInterfaces.securityGroups": "Groups",
                    "blockDeviceMappings.ebs.volumeInitializationRate": "VolumeInitializationRate",
                },
                tagged="launch-template",
            ),
        ),
        {"updateDefaultVersion": "a later version is made the default one by a call of its own"},
    ),
    "aws:ec2/placementGroup:PlacementGroup": Resource(
        (Call("ec2:CreatePlacementGroup", names={"name": "GroupName"}, tagged="placement-group"),)
    ),
    "aws:ec2/networkInterface:NetworkInterface": Resource(
        (Call("ec2:CreateNetworkInterface", names={"securityGroups": "Groups"}, tagged="network-interface"),)
    ),
    "aws:ec2/instance:Instance": Resource(
        (
            Call(
                "ec2:RunInstances",
                names={
                    "ami": "ImageId",
                    "vpcSecurityGroupIds": "SecurityGroupIds",
                    "iamInstanceProfile": "IamInstanceProfile.Name",
                    "availabilityZone": "Placement.AvailabilityZone",
                    "userDataBase64": "UserData",
                    "launchTemplate.id": "LaunchTemplateId",
                    "launchTemplate.name": "LaunchTemplateName",
                },
                adds={"MinCount": 1, "MaxCount": 1},
                first=_instance,
            ),
        ),
        {
            "userDataReplaceOnChange": "what the provider does with a changed one",
            "forceDestroy": "what the provider does before it ends the instance",
        },
    ),
    "aws:autoscaling/group:Group": Resource(
        (
            Call(
                "autoscaling:CreateAutoScalingGroup",
                names={
                    "name": "AutoScalingGroupName",
                    "protectFromScaleIn": "NewInstancesProtectedFromScaleIn",
                    "launchTemplate.id": "LaunchTemplateId",
                    "launchTemplate.name": "LaunchTemplateName",
                },
                first=_group,
            ),
            Call(
                "autoscaling:SuspendProcesses",
                ("suspendedProcesses",),
                {"suspendedProcesses": "ScalingProcesses"},
                {"AutoScalingGroupName": "made"},
            ),
            Call(
                "autoscaling:EnableMetricsCollection",
                ("enabledMetrics", "metricsGranularity"),
                {"enabledMetrics": "Metrics", "metricsGranularity": "Granularity"},
                {"AutoScalingGroupName": "made", "Granularity": "1Minute"},
            ),
            Call("autoscaling:DeleteAutoScalingGroup", ("forceDelete",), adds={"AutoScalingGroupName": "made"}),
        ),
        {
            "waitForCapacityTimeout": "how long the provider waits for machines",
            "ignoreFailedScalingActivities": "what the provider makes of machines that did not come",
        },
    ),
    "aws:autoscaling/schedule:Schedule": Resource(
        (Call("autoscaling:PutScheduledUpdateGroupAction", first=_schedule),)
    ),
}
