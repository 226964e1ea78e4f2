"""How what components/aws/observability.py registers is asked for."""

from __future__ import annotations

from tests.components.aws.requests.storage import inside
from tests.components.aws.requests.translate import Call, Inputs, Resource

ATTRIBUTES = {"kmsMasterKeyId": "KmsMasterKeyId", "displayName": "DisplayName", "policy": "Policy"}
BUDGET = ("autoAdjustData", "budgetType", "costFilters", "costTypes", "timeUnit")


def _topic(inputs: Inputs) -> Inputs:
    """What a topic is like goes into a map of strings."""
    found = {ATTRIBUTES[name]: inputs.pop(name) for name in list(inputs) if name in ATTRIBUTES and inputs[name]}
    return {**inputs, "attributes": found or None}


def _budget(inputs: Inputs) -> Inputs:
    """Filters are a map in the request, and who is told stands beside what he is told of."""
    filters = inputs.pop("costFilters", None) or []
    told = [_notification(dict(one)) for one in inputs.pop("notifications", None) or []]
    return {
        **inputs,
        "costFilters": {one["name"]: one["values"] for one in filters} or None,
        "notificationsWithSubscribers": told or None,
    }


def _notification(inputs: Inputs) -> Inputs:
    subscribers = [
        {"subscriptionType": kind, "address": address}
        for kind, name in (("SNS", "subscriberSnsTopicArns"), ("EMAIL", "subscriberEmailAddresses"))
        for address in inputs.pop(name, None) or []
    ]
    return {"notification": inputs, "subscribers": subscribers}


REQUESTS = {
    "aws:cloudwatch/logGroup:LogGroup": Resource(
        (
            Call("logs:CreateLogGroup", names={"name": "logGroupName"}),
            Call("logs:PutRetentionPolicy", ("retentionInDays",), adds={"logGroupName": "made"}),
        )
    ),
    "aws:cloudwatch/dashboard:Dashboard": Resource((Call("cloudwatch:PutDashboard"),)),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Resource(
        (Call("cloudwatch:PutMetricAlarm", names={"name": "AlarmName"}),)
    ),
    "aws:sns/topic:Topic": Resource((Call("sns:CreateTopic", first=_topic),)),
    "aws:sns/topicPolicy:TopicPolicy": Resource(
        (
            Call(
                "sns:SetTopicAttributes",
                names={"arn": "TopicArn", "policy": "AttributeValue"},
                adds={"AttributeName": "Policy"},
            ),
        )
    ),
    "aws:sns/topicSubscription:TopicSubscription": Resource((Call("sns:Subscribe", names={"topic": "TopicArn"}),)),
    "aws:budgets/budget:Budget": Resource(
        (
            Call(
                "budgets:CreateBudget",
                names={
                    **inside("Budget", BUDGET),
                    "name": "Budget.BudgetName",
                    "limitAmount": "Budget.BudgetLimit.Amount",
                    "limitUnit": "Budget.BudgetLimit.Unit",
                    "tags": "ResourceTags",
                },
                adds={"AccountId": "123456789012"},
                first=_budget,
            ),
        )
    ),
    "aws:cloudtrail/trail:Trail": Resource(
        (
            Call("cloudtrail:CreateTrail", names={"tags": "TagsList"}),
            Call(
                "cloudtrail:PutEventSelectors",
                ("eventSelectors", "advancedEventSelectors"),
                {
                    "advancedEventSelectors.fieldSelectors.notEquals": "NotEquals",
                    "advancedEventSelectors.fieldSelectors.startsWiths": "StartsWith",
                },
                {"TrailName": "made"},
            ),
            Call("cloudtrail:StartLogging", ("enableLogging",), adds={"Name": "made"}, first=lambda _: {}),
        )
    ),
}
