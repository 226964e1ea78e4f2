"""Google's clients, and what each way of failing means to a user."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from clusterwright.errors import ClusterwrightError
from clusterwright.live.lock.failures import denied, failure, no_answer, no_client, throttled

if TYPE_CHECKING:
    from clusterwright.live.lock.gcp import Ask

METHODS = {
    "compute.projects.get": ("google.cloud.compute_v1", "ProjectsClient", "get"),
    "compute.regions.get": ("google.cloud.compute_v1", "RegionsClient", "get"),
    "compute.machineTypes.list": ("google.cloud.compute_v1", "MachineTypesClient", "list"),
    "compute.reservations.get": ("google.cloud.compute_v1", "ReservationsClient", "get"),
    "compute.images.get": ("google.cloud.compute_v1", "ImagesClient", "get"),
    "compute.images.getFromFamily": ("google.cloud.compute_v1", "ImagesClient", "get_from_family"),
    "compute.networks.get": ("google.cloud.compute_v1", "NetworksClient", "get"),
    "compute.subnetworks.get": ("google.cloud.compute_v1", "SubnetworksClient", "get"),
    "cloudquotas.quotas.get": ("google.cloud.cloudquotas_v1", "CloudQuotasClient", "get_quota_info"),
    "resourcemanager.projects.get": ("google.cloud.billing_v1", "CloudBillingClient", "get_project_billing_info"),
    "billing.accounts.get": ("google.cloud.billing_v1", "CloudBillingClient", "get_billing_account"),
    "billing.skus.list": ("google.cloud.billing_v1", "CloudCatalogClient", "list_skus"),
}
"""Module, client and method of each call, by the permission that it takes; the public price list takes none."""

TRY = 20.0
"""s that one try may take."""
PATIENCE = 60.0
"""s after which a call that is refused for being one of too many is given up."""

SIGN_IN = "sign in: gcloud auth application-default login"


class Missing(ClusterwrightError):
    """There is no such thing: an answer, where the reader asked whether there is."""


class Denied(ClusterwrightError):
    """The credentials lack the permission: what it would have told is unknown, where the lock is whole without it."""


def account_calls() -> Ask:
    """Calls with the user's own credentials. Raises ClusterwrightError where Google's clients are not installed."""
    try:
        modules = {name: import_module(name) for name, _, _ in METHODS.values()}
    except ImportError as error:
        raise no_client("gcp") from error
    clients = cache(lambda module, name: getattr(modules[module], name)())
    return calls(lambda module, name, method: getattr(clients(module, name), method))


def calls(method: Callable[[str, str, str], Callable[..., Any]]) -> Ask:
    """Calls that try again for a while, end after another, and fail with a ClusterwrightError.

    `method` gives the method of a client by the names that METHODS has.
    """
    from google.api_core import exceptions
    from google.api_core.retry import Retry, if_exception_type

    again = Retry(if_exception_type(exceptions.TooManyRequests, exceptions.ServiceUnavailable), timeout=PATIENCE)

    def ask(call: str, **request: Any) -> Any:
        with reading(call):
            return method(*METHODS[call])(request=request, retry=again, timeout=TRY)

    return ask


@contextmanager
def reading(call: str = "a list's next page") -> Iterator[None]:
    """Whatever Google's clients raise inside becomes a ClusterwrightError."""
    from google.api_core import exceptions
    from google.auth import exceptions as auth
    from requests import exceptions as requests

    try:
        yield
    except exceptions.NotFound as error:
        raise Missing(str(failure(f"{call} found nothing", error.message, "check the names in the spec"))) from error
    except exceptions.GoogleAPICallError as error:
        raise _refused(error, call) from error
    except (exceptions.RetryError, auth.TransportError, requests.RequestException) as error:
        raise no_answer("gcp", _first_line(error)) from error
    except auth.DefaultCredentialsError as error:
        raise failure("no Google Cloud credentials were found", _first_line(error), SIGN_IN) from error
    except auth.GoogleAuthError as error:
        raise failure("the Google Cloud sign-in has ended or does not work", _first_line(error), SIGN_IN) from error


def _first_line(error: Exception) -> str:
    return str(error.args[0] if error.args else error).splitlines()[0]


def _refused(error: Any, call: str) -> ClusterwrightError:
    from google.api_core import exceptions

    said = error.message
    if isinstance(error, exceptions.Unauthorized):
        return failure("the Google Cloud sign-in has ended or does not work", said, SIGN_IN)
    if isinstance(error, exceptions.Forbidden):
        if "has not been used in project" in said or "is disabled" in said:
            named = re.search(r"[a-z]+\.googleapis\.com", said)
            api = named[0] if named else f"{call.split('.')[0]}.googleapis.com"
            return failure(f"the API {api} is not enabled", said, f"enable it: gcloud services enable {api}")
        return Denied(str(denied("gcp", call, said)))
    if isinstance(error, exceptions.TooManyRequests):
        return throttled("gcp", call)
    if isinstance(error, exceptions.ServiceUnavailable | exceptions.GatewayTimeout):
        return no_answer("gcp", said)
    return failure(f"Google Cloud refused {call}", said, "try again; if it stays, look up that message")
