"""How a failed read is told: what, why, what to do next."""

from clusterwright.errors import ClusterwrightError
from clusterwright.spec.base import Provider

EXTRA = {"aws": "AWS", "gcp": "Google Cloud"}


def failure(what: str, why: str, hint: str) -> ClusterwrightError:
    return ClusterwrightError(f"error: {what}\n  why: {why}\n  hint: {hint}")


def no_client(provider: Provider) -> ClusterwrightError:
    """The cloud's own client is not installed."""
    return failure(
        f"the client of {EXTRA[provider]} is not installed",
        "only the account knows its images, quotas and reservations, and the cloud's own client reads them",
        f"in the project's folder: `make setup`, or in an environment of your own: `pip install '.[{provider}]'`",
    )


def denied(provider: Provider, permission: str, said: str) -> ClusterwrightError:
    """The credentials lack one permission; which one is what the reader has to know."""
    return failure(
        f"{permission} is denied",
        f"{EXTRA[provider]} said: {said}",
        f"grant the permission; all that a lock needs: clusterwright lock --permissions {provider}",
    )


def throttled(provider: Provider, permission: str) -> ClusterwrightError:
    return failure(
        f"{EXTRA[provider]} still refuses {permission} after several tries: too many requests",
        "an account's requests are counted together, whoever makes them",
        "try again in a minute",
    )


def no_answer(provider: Provider, said: str) -> ClusterwrightError:
    return failure(
        f"no answer from {EXTRA[provider]}",
        said,
        "check the connection, its proxy (HTTPS_PROXY) and the region's name, then try again",
    )
