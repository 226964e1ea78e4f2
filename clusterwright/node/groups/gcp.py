"""Machines of Google Cloud: a zonal managed instance group, whose size is the head's to set.

Flex-start machines are asked for by resize requests, which are queued and filled as a whole, all others by the group's
size. The plan's group repairs nothing, so a machine that is gone (preempted, at the end of its time) stays a member of
it: `grow` takes it out.

A member tells no address (https://docs.cloud.google.com/compute/docs/reference/rest/v1/instanceGroupManagers/
listManagedInstances), and the head may not look at instances themselves: its claim tells where a machine is.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import time
from typing import Any, Literal

from clusterwright.node.groups import GroupError, Machine, State

AT_ONCE = 1000
"""Instances that one call deletes
(https://docs.cloud.google.com/compute/docs/reference/rest/v1/instanceGroupManagers/deleteInstances)."""
TRY = 30.0
"""s that a call may take. None is tried again here: the head asks again in its next round."""
SCHEDULED = 60.0
"""s that an operation may take: it is done when its actions are scheduled, not when machines have come or gone."""
FRESH = 600.0
"""s for which an error of a machine that is no member any more still is the reason why machines are missing."""
QUIET = 300.0
"""s after a failed resize request before the next one: a failed one frees its machines at once, so that each round
would ask anew."""
STATES: dict[str, State] = {
    "PROVISIONING": "starting",
    "STAGING": "starting",
    "PENDING": "starting",
    "REPAIRING": "starting",
    "RUNNING": "running",
    "PENDING_STOP": "ending",
    "STOPPING": "ending",
    "SUSPENDING": "ending",
    "DEPROVISIONING": "ending",
}
"""Compute Engine's words for an instance; all others are those of a dead one
(https://docs.cloud.google.com/compute/docs/instances/instance-lifecycle)."""
CREATES = ("CREATING", "CREATING_WITHOUT_RETRIES", "RECREATING")
LEAVES = ("DELETING", "ABANDONING")
OPEN = ("CREATING", "ACCEPTED")
"""States of a resize request that is still to be filled."""


class GcpGroup:
    """A managed instance group by its name; `managers` and `requests` are the clients of google-cloud-compute."""

    def __init__(
        self,
        name: str,
        project: str,
        zone: str,
        *,
        maximum: int,
        grows_by: Literal["resize", "resize_request"],
        managers: Any,
        requests: Any,
        clock: Callable[[], float] = time,
    ) -> None:
        self.name = name
        self.group = {"project": project, "zone": zone, "instance_group_manager": name}
        self.maximum = maximum
        self.queued = grows_by == "resize_request"
        self.managers = managers
        self.requests = requests
        self.clock = clock

    @classmethod
    def open(
        cls, name: str, project: str, zone: str, *, maximum: int, grows_by: Literal["resize", "resize_request"]
    ) -> GcpGroup:
        """With the machine's own service account. Raises GroupError where it has none."""
        from google.cloud import compute_v1

        with refusals():
            managers = compute_v1.InstanceGroupManagersClient()
            requests = compute_v1.InstanceGroupManagerResizeRequestsClient()
        return cls(name, project, zone, maximum=maximum, grows_by=grows_by, managers=managers, requests=requests)

    def list(self) -> Sequence[Machine]:
        there = [one for one in self._members() if one.id and not _dead(one)]
        template = self._template() if there else None
        return [Machine(str(one.id), _state(one), outdated=_outdated(one, template)) for one in there]

    def grow(self, size: int) -> None:
        members = self._members()
        self._delete([one for one in members if _dead(one)])
        size = min(size, self.maximum)
        there = [one for one in members if not _dead(one) and _state(one) != "ending"]
        if self.queued:
            self._queue(size, there)
        elif len(there) > size:
            self._delete([one for one in there if not one.id][: len(there) - size])
        elif len(there) < size:
            self._resize(size)

    def end(self, ids: Collection[str]) -> None:
        members = self._members() if ids else ()
        there = [one for one in members if str(one.id) in ids and not _dead(one)]
        self._delete([one for one in there if _state(one) != "ending"])

    def reason(self) -> str | None:
        """What the last attempt at a missing machine failed with, or else the newest error of the last minutes."""
        attempts = [one.last_attempt.errors.errors for one in self._members() if not one.id]
        if self.queued:
            attempts += [one.status.last_attempt.error.errors for one in self._requests() if one.state in OPEN]
        if error := next((error for errors in attempts for error in errors), None):
            return _sentence(error)
        if failed := self._failed(FRESH):
            return failed
        with refusals():
            errors = [
                one
                for one in self.managers.list_errors(request=self.group, timeout=TRY)
                if one.instance_action_details.action in CREATES and self._age(one.timestamp) < FRESH
            ]
        newest = min(errors, key=lambda one: self._age(one.timestamp), default=None)
        return _sentence(newest.error) if newest else None

    def _resize(self, size: int) -> None:
        """A size below the group's own would end machines of Google's choice, so that one is looked at first."""
        with refusals():
            if size > self.managers.get(request=self.group, timeout=TRY).target_size:
                request = {**self.group, "size": size}
                self.managers.resize(request=request, timeout=TRY).result(timeout=SCHEDULED)

    def _queue(self, size: int, there: Sequence[Any]) -> None:
        """Members without an instance are those of requests, sooner or later: such a request counts once.

        They can't be deleted; a request is cancelled as a whole, if none of its machines is wanted
        (https://docs.cloud.google.com/compute/docs/instance-groups/about-resize-requests-mig).
        """
        waiting = [one for one in self._requests() if one.state in OPEN]
        asked = max(len(there), sum(bool(one.id) for one in there) + sum(one.resize_by for one in waiting))
        if asked < size:
            self._request(size - asked)
        for one in sorted(waiting, key=lambda one: self._age(one.creation_timestamp)):
            if asked - one.resize_by >= size:
                asked -= one.resize_by
                with refusals():
                    request = {**self.group, "resize_request": one.name}
                    self.requests.cancel(request=request, timeout=TRY).result(timeout=SCHEDULED)

    def _request(self, number: int) -> None:
        """How long its machines run is in their template, and so in no request of flex-start
        (https://docs.cloud.google.com/sdk/gcloud/reference/compute/instance-groups/managed/resize-requests/create)."""
        if failed := self._failed(QUIET):
            raise GroupError(failed)
        body = {"name": f"cw-{uuid.uuid4().hex[:12]}", "resize_by": number}
        with refusals():
            request = {**self.group, "instance_group_manager_resize_request_resource": body}
            self.requests.insert(request=request, timeout=TRY).result(timeout=SCHEDULED)

    def _failed(self, seconds: float) -> str | None:
        """What the newest resize request of the last `seconds` failed with, if it failed."""
        found = [one for one in self._requests() if self._age(one.creation_timestamp) < seconds] if self.queued else []
        newest = min(found, key=lambda one: self._age(one.creation_timestamp), default=None)
        if newest is None or newest.state != "FAILED":
            return None
        error = next(iter(newest.status.error.errors), None)
        return _sentence(error) if error else f"Google Cloud did not fill the resize request {newest.name}"

    def _members(self) -> Sequence[Any]:
        """The group's members: instances, and those that it is to make. All of its pages, if it gives them in pages."""
        with refusals():
            return list(self.managers.list_managed_instances(request=self.group, timeout=TRY))

    def _template(self) -> str | None:
        """The name of the template that the group's next machine has; None where there are several."""
        with refusals():
            versions = self.managers.get(request=self.group, timeout=TRY).versions
        return _name(versions[0].instance_template) if len(versions) == 1 else None

    def _requests(self) -> Sequence[Any]:
        with refusals():
            return list(self.requests.list(request=self.group, timeout=TRY))

    def _delete(self, members: Sequence[Any]) -> None:
        """Deletes them and lowers the group's size by them; who is being deleted already is passed over."""
        for start in range(0, len(members), AT_ONCE):
            body = {
                "instances": [one.instance for one in members[start : start + AT_ONCE]],
                "skip_instances_on_validation_error": True,
            }
            with refusals():
                request = {**self.group, "instance_group_managers_delete_instances_request_resource": body}
                self.managers.delete_instances(request=request, timeout=TRY).result(timeout=SCHEDULED)

    def _age(self, timestamp: str) -> float:
        """s since a time of Google's, which is in RFC 3339."""
        return self.clock() - datetime.fromisoformat(timestamp).timestamp()


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever Google's clients raise inside becomes a GroupError."""
    from concurrent.futures import TimeoutError as Late

    from google.api_core import exceptions
    from google.auth import exceptions as auth
    from requests import exceptions as requests

    try:
        yield
    except exceptions.GoogleAPICallError as error:
        # An operation that failed says why in its errors, and in its message a status code's name alone.
        told = (getattr(one, "message", None) for one in error.errors)
        raise GroupError(f"Google Cloud refused ({next(filter(None, told), error.message)})") from error
    except (exceptions.RetryError, auth.GoogleAuthError, requests.RequestException, Late) as error:
        said = str(error.args[0] if error.args else error) or type(error).__name__
        raise GroupError(f"Google Cloud can't be asked for machines: {said}") from error


def _dead(member: Any) -> bool:
    """Whether a member's instance is gone, and the group does nothing about it."""
    if member.current_action in (*CREATES, *LEAVES):
        return False
    return not member.id or member.instance_status not in STATES


def _state(member: Any) -> State:
    """Of a member that is not dead."""
    if member.current_action in LEAVES:
        return "ending"
    if member.current_action in CREATES:
        return "starting"
    return STATES[member.instance_status]


def _outdated(member: Any, template: str | None) -> bool | None:
    """Whether a member is of another template than `template`. The plan's groups bring no machine that is there to
    another one, so a member's intended template is the one that it started with
    (https://docs.cloud.google.com/compute/docs/reference/rest/v1/instanceGroupManagers/listManagedInstances)."""
    own = _name(member.version.instance_template)
    return own != template if own and template else None


def _name(url: str) -> str:
    """The name of a template, which a changed one has not: its URL is written in several ways, by its id too."""
    return url.rpartition("/")[2].partition("?")[0]


def _sentence(error: Any) -> str:
    return f"{error.code}: {error.message}" if error.code else error.message
