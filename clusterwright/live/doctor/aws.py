"""What clusters on AWS need."""

from __future__ import annotations

from collections.abc import Iterator

from clusterwright.errors import ClusterwrightError
from clusterwright.host.check import Check, later, missing, there
from clusterwright.host.host import Host
from clusterwright.live.doctor import cloud
from clusterwright.live.lock.aws_failures import SIGN_IN, account_clients, reading

PURPOSE = "let you read the account, and deploy into it"
ASKS = ("container-role", "iam-role")
"""The ways to credentials that ask over a network, as botocore names them (botocore.credentials)."""
CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


def checks(host: Host, region: str | None, online: bool) -> Iterator[Check]:
    hint = "in the project's folder: make setup; in an environment of your own: pip install '.[aws]'"
    client = cloud.installed(host, "boto3", "AWS's own client, which reads what only the account knows", hint)
    yield client
    if client.state == "ok":
        yield _account(region) if online else _credentials(host)
    yield from cloud.engine(host, "aws")


def _credentials(host: Host) -> Check:
    """Whether there are some. AWS is not asked whether it knows them."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    name = "AWS credentials"
    session = Session()
    try:
        chain = session.get_component("credential_provider")
        for way in ASKS:
            chain.remove(way)
        found = chain.load_credentials()
    except BotoCoreError as error:
        return missing(name, PURPOSE, str(error), SIGN_IN)
    if found:
        return there(name, PURPOSE, f"from {found.method}; not tried: --online tries them")
    if any(variable in host.environment for variable in CONTAINER):
        return later(name, PURPOSE, "this container's role, which --online asks for")
    return missing(name, PURPOSE, "none found", f"{SIGN_IN}; a machine in AWS may have a role: --online asks for it")


def _account(region: str | None) -> Check:
    """Whether AWS knows them. Takes no permission at all
    (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)."""
    name = "AWS account"
    try:
        client = account_clients(region or "us-east-1")("sts")
        with reading():
            found = client.get_caller_identity()
    except ClusterwrightError as error:
        return failed(name, error)
    return there(name, PURPOSE, f"{found['Account']}, as {found['Arn']}")


def failed(name: str, error: ClusterwrightError) -> Check:
    """A message of three lines, as reading an account ends with, as a check."""
    parts = {key.strip(): words for key, _, words in (line.partition(": ") for line in str(error).split("\n"))}
    return missing(name, PURPOSE, f"{parts['error']}: {parts['why']}", parts["hint"])
