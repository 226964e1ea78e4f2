"""boto3's clients, and what each way of failing means to a user."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clusterwright.errors import ClusterwrightError
from clusterwright.live.lock.aws_prices import PRICES_IN
from clusterwright.live.lock.failures import denied, failure, no_answer, no_client, throttled
from clusterwright.live.lock.permissions import AWS

if TYPE_CHECKING:
    from clusterwright.live.lock.aws import Clients

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
THROTTLED = {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
NOT_ACCEPTED = {
    "AuthFailure",
    "InvalidClientTokenId",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
SIGN_IN = "sign in again: aws sso login, or set AWS_PROFILE to a profile with credentials; then try again"


def account_clients(region: str) -> Clients:
    """Clients with the user's own credentials. Raises ClusterwrightError where there is no boto3 or no such region."""
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import ProfileNotFound
    except ImportError as error:
        raise no_client("aws") from error

    try:
        with reading(), _settings():
            session = boto3.Session()
    except ProfileNotFound as error:
        raise failure(str(error), "AWS_PROFILE names it", "see the profiles: aws configure list-profiles") from error
    partitions = session.get_available_partitions()
    known = [name for partition in partitions for name in session.get_available_regions("ec2", partition)]
    if region not in known:
        near = difflib.get_close_matches(region, known, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "see the regions: aws ec2 describe-regions"
        raise failure(f"AWS has no region `{region}`", "boto3 lists the regions, and this is none of them", hint)
    # Standard mode waits longer after each refusal; a page of an answer comes within seconds.
    config = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            where = PRICES_IN if service == "pricing" else region
            with reading(), _settings():
                made[service] = session.client(service, region_name=where, config=config)
        return made[service]

    return client


@contextmanager
def reading() -> Iterator[None]:
    """Whatever boto3 raises inside becomes a ClusterwrightError."""
    from botocore import exceptions

    try:
        yield
    except exceptions.ProfileNotFound:
        raise
    except exceptions.ClientError as error:
        raise _refused(error) from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.NoAuthTokenError) as error:
        raise failure("no AWS credentials were found", str(error), SIGN_IN) from error
    except (
        exceptions.SSOError,
        exceptions.TokenRetrievalError,
        exceptions.CredentialRetrievalError,
        exceptions.LoginError,
    ) as error:
        raise failure("the AWS sign-in has ended or does not work", str(error), SIGN_IN) from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise no_answer("aws", str(error)) from error
    except exceptions.BotoCoreError as error:
        raise failure("the AWS account can't be read", str(error), "check AWS's own settings: aws configure") from error


@contextmanager
def _settings() -> Iterator[None]:
    """What boto3 says of the user's AWS_… variables and files in plain ValueErrors becomes a ClusterwrightError."""
    try:
        yield
    except ValueError as error:
        hint = "check the variables (env | grep AWS_) and ~/.aws/config"
        raise failure("AWS's own settings can't be used", str(error), hint) from error


def _refused(error: Any) -> ClusterwrightError:
    answer = error.response.get("Error", {})
    code, said = answer.get("Code", "unknown"), answer.get("Message") or str(error)
    action = permission(error)
    if code in DENIED:
        return denied("aws", action, said)
    if code in THROTTLED:
        return throttled("aws", action)
    if code in EXPIRED:
        return failure("the AWS credentials have expired", said, SIGN_IN)
    if code in NOT_ACCEPTED:
        return failure(
            "AWS does not accept the credentials in this region",
            f"{code}: {said}",
            "check them: aws sts get-caller-identity; a region that is off by default has to be enabled first",
        )
    return failure(f"AWS refused {action}", f"{code}: {said}", "try again; if it stays, look up that code")


def permission(error: Any) -> str:
    """The IAM action of the call that failed: the client's name of it, with its service."""
    name = error.operation_name
    return next((action for action in AWS if action.endswith(f":{name}")), name)
