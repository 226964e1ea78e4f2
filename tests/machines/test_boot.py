"""Machines as they really boot: with network, name and bucket; through restarts, power cuts and a lost supervisor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from components.local.runtime.errors import LocalError
from components.local.runtime.machine import network, supervisor
from components.local.runtime.machine.cgroup import Cgroup
from components.local.runtime.machine.machine import Machine
from components.local.runtime.machine.place import Place
from tests.machines.conftest import Cluster, booted, eventually, traces

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def said(machine: Machine, command: str) -> str:
    """What a shell inside prints; fails with its last words when the command does."""
    done = machine.run("bash", "-c", command)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def asked(machine: Machine, path: str) -> tuple[str, int]:
    """What the metadata service says to a machine, by way of a token, and its status."""
    at = f"http://{network.METADATA}/latest"
    token = f"$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {at}/api/token)"
    text = said(machine, f"curl -sw ' %{{http_code}}' -H X-aws-ec2-metadata-token:{token} {at}/meta-data/{path}")
    body, _, status = text.rpartition(" ")
    return body, int(status)


def test_a_machine_boots_by_its_user_data_and_nothing_in_it_fails(cluster: Cluster) -> None:
    head = cluster.head()
    assert said(head, "ls /root/booted")
    assert said(head, "systemctl is-system-running --wait") == "running"
    assert said(head, "cat /var/lib/cloud/data/instance-id; hostname").split() == [head.id, head.id]


def test_slurm_and_its_helpers_wait_for_the_bootstrap(cluster: Cluster) -> None:
    services = "munge slurmctld slurmd slurmdbd mariadb"
    assert cluster.head().run("systemctl", "is-active", *services.split()).stdout.split() == ["inactive"] * 5


def test_machines_reach_each_other_and_are_alike(cluster: Cluster) -> None:
    head, (train,) = cluster.head(), cluster.train()
    said(head, "rm -rf /tmp/www && mkdir /tmp/www && echo here >/tmp/www/it")
    said(head, "systemd-run --quiet --collect python3 -m http.server --directory /tmp/www 8000")
    assert said(train, f"curl -sf --retry 5 --retry-connrefused http://{head.address}:8000/it") == "here"
    ids = {said(one, "cat /etc/machine-id") for one in (head, train)}
    assert len(ids) == 2


def test_a_machine_reaches_package_indices_by_name(cluster: Cluster) -> None:
    head = cluster.head()
    said(head, "python3 -m venv /tmp/venv && /tmp/venv/bin/pip download --quiet --no-deps --dest /tmp/got six")
    assert said(head, "ls /tmp/got").startswith("six-")


def test_machines_share_the_bucket_and_only_read_control(cluster: Cluster) -> None:
    head, (train,) = cluster.head(), cluster.train()
    said(head, "echo 1 >/srv/bucket/note; echo key >/srv/secrets/munge.key")
    assert said(train, "cat /srv/bucket/note /srv/secrets/munge.key").split() == ["1", "key"]
    for refused in (head, "/srv/bucket/control/x"), (train, "/srv/bucket/control/x"), (train, "/srv/secrets/x"):
        machine, path = refused
        assert "Read-only" in machine.run("touch", path).stderr
    assert train.run("ls", "/srv/groups").returncode != 0


def test_the_head_sizes_a_group_over_the_socket(cluster: Cluster) -> None:
    head, before = cluster.head(), cluster.train()
    script = (
        "import json, socket, sys; s = socket.socket(socket.AF_UNIX); s.connect('/srv/groups/groups.sock');"
        "s.sendall(sys.argv[1].encode() + b'\\n'); print(s.makefile().readline())"
    )

    def ask(**request: object) -> dict:
        return json.loads(said(head, f"""python3 -c "{script}" '{json.dumps(request)}'"""))

    grown = ask(op="grow", group="train", size=2)
    assert grown["ok"]
    (new,) = {one["id"] for one in grown["machines"]} - {one.id for one in before}
    assert ask(op="end", group="train", ids=[new])["ok"]
    eventually(lambda: new not in {one["id"] for one in ask(op="list", group="train")["machines"]})
    refused = ask(op="grow", group="train", size=3)
    assert refused == {"ok": False, "reason": "group train can have 2 machines at most, and 3 were asked for"}
    assert "no group head of compute machines" in ask(op="end", group="head", ids=[head.id])["reason"]
    assert "'power_cut' is none of list, grow, end" in ask(op="power_cut", id=head.id)["reason"]


def test_a_machine_is_told_about_itself_alone(cluster: Cluster) -> None:
    head, (train,) = cluster.head(), cluster.train()
    assert asked(train, "instance-id") == (train.id, 200)
    assert asked(train, "spot/instance-action") == ("", 404)
    supervisor.call(cluster.place, "notice", id=train.id, at=time.time() + 3600)
    action, status = asked(train, "spot/instance-action")
    assert (json.loads(action)["action"], status) == ("terminate", 200)
    assert asked(head, "spot/instance-action") == ("", 404)
    assert asked(head, "events/maintenance/scheduled") == ("[]", 200)
    without = f"curl -s -o /dev/null -w '%{{http_code}}' http://{network.METADATA}/latest/meta-data/instance-id"
    assert said(head, without) == "401"


def test_a_machine_that_restarts_is_the_same_machine(cluster: Cluster) -> None:
    head = cluster.head()
    said(head, "touch /root/mine")
    first = head.leader()
    with subprocess.Popen(head.enter("sleep", "1000")):  # one who is looking does not keep it from restarting
        head.run("systemctl", "reboot")
        eventually(lambda: head.leader() not in (None, first) and booted(head), seconds=30)
    assert said(head, "ls /root/mine; cat /var/lib/cloud/data/instance-id").split() == ["/root/mine", head.id]
    assert [one.id for one in cluster.fleet.list("head")] == [head.id]


def test_a_supervisor_that_is_killed_finds_every_machine_again(cluster: Cluster) -> None:
    head, (train,) = cluster.head(), cluster.train()
    (pid,) = Cgroup(f"{cluster.place.name}/supervisor").pids()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not supervisor.runs(cluster.place))
    with pytest.raises(LocalError, match="does not answer: run `make up`"):
        supervisor.call(cluster.place, "status")
    supervisor.ensure(cluster.place)
    told = supervisor.call(cluster.place, "list", group="train")["machines"]
    assert told == [{"id": train.id, "state": "running", "address": str(train.address)}]
    assert asked(head, "instance-id") == (head.id, 200)


def test_a_power_cut_removes_a_compute_machine_and_leaves_a_head_to_be_started_again(cluster: Cluster) -> None:
    head, (train,) = cluster.head(), cluster.train()
    said(head, "touch /root/mine && sync")
    for machine in (head, train):
        supervisor.call(cluster.place, "power_cut", id=machine.id)
    eventually(lambda: not train.folder.exists(), seconds=10)
    assert (cluster.fleet.list("train"), head.state()) == ([], "dead")
    again = cluster.head()
    assert (again.id, again.address, said(again, "ls /root/mine")) == (head.id, head.address, "/root/mine")


def test_a_spot_machine_ends_when_its_notice_said_so(cluster: Cluster) -> None:
    (train,) = cluster.train()
    supervisor.call(cluster.place, "notice", id=train.id, at=time.time() + 1)
    eventually(lambda: not train.folder.exists(), seconds=10)


def test_a_group_that_is_dropped_powers_its_machines_off(cluster: Cluster) -> None:
    cluster.train()
    started = time.monotonic()
    cluster.fleet.drop("train")
    assert cluster.fleet.list("train") == []
    assert time.monotonic() - started < 20
    with pytest.raises(LocalError, match="there is no group train"):
        cluster.fleet.grow("train", 1)


def test_a_cluster_that_is_removed_leaves_its_data_and_nothing_else(cluster: Cluster) -> None:
    said(cluster.head(), "echo 1 >/srv/bucket/note")
    others = [path.name for path in Path("/run/clusterwright/networks").iterdir() if path.name != cluster.place.name]
    assert len(traces(cluster.place)) > 6
    cluster.fleet.remove()
    assert traces(cluster.place) == []
    assert (cluster.place.bucket / "note").exists()
    if not others:
        assert network.FORWARD.read_text().strip() == "0"


def test_two_clusters_have_different_subnets(layers: list[Path]) -> None:
    with tempfile.TemporaryDirectory(prefix="cw-") as one, tempfile.TemporaryDirectory(prefix="cw-") as two:
        places = [Place(Path(one)), Place(Path(two))]
        try:
            for place in places:
                network.Network(place, network.choose(place)).make()
            first, second = (network.find(place) for place in places)
            assert first
            assert second
            assert not first.subnet.overlaps(second.subnet)
            network.remove(places[1])
            with pytest.raises(LocalError, match="is routed elsewhere on this machine"):
                network.Network(places[1], first.subnet).make()
        finally:
            for place in places:
                network.remove(place)
