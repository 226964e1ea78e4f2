"""Metrics of AWS: CloudWatch's, in the one namespace that the head's role may write to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from clusterwright.node.metrics import UNITS, SendError, Unit

NAMESPACE = "Clusterwright"
WORDS: Mapping[Unit, str] = {"count": "Count", "percent": "Percent", "usd": "None", "bytes a second": "Bytes/Second"}
"""CloudWatch knows no money (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html)."""


class AwsSender:
    """`client` is boto3's for CloudWatch. Metrics have no dimensions, as an alarm sees only those that it names."""

    def __init__(self, namespace: str, client: Any) -> None:
        self.namespace = namespace
        self.client = client

    @classmethod
    def open(cls, cluster: str, region: str) -> AwsSender:
        """With the machine's own role. What is not sent in time is left to the next minute, which has newer values.

        It is opened beside the head's loop, and the session that boto3 has for all is for one thread
        (https://docs.aws.amazon.com/boto3/latest/guide/clients.html).
        """
        import boto3.session
        from botocore.config import Config

        config = Config(
            region_name=region,
            connect_timeout=5,
            read_timeout=10,
            retries={"mode": "standard", "total_max_attempts": 2},
        )
        return cls(f"{NAMESPACE}/{cluster}", boto3.session.Session().client("cloudwatch", config=config))

    def send(self, values: Mapping[str, float], time: float) -> None:
        """One request holds 1000 metrics
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html)."""
        from botocore.exceptions import BotoCoreError, ClientError

        at = datetime.fromtimestamp(time, UTC)
        data = [
            {"MetricName": name, "Value": value, "Unit": WORDS[UNITS[name]], "Timestamp": at}
            for name, value in sorted(values.items())
        ]
        try:
            self.client.put_metric_data(Namespace=self.namespace, MetricData=data)
        except ClientError as error:
            answer = error.response.get("Error", {})
            said = f"{answer.get('Code', 'an error')}: {answer.get('Message', 'no message')}"
            raise SendError(f"CloudWatch refused {error.operation_name} ({said})") from error
        except BotoCoreError as error:
            raise SendError(f"CloudWatch can't be reached: {error}") from error
