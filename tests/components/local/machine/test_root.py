"""What a machine finds when it boots."""

from __future__ import annotations

import stat
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
import yaml

from components.local.runtime.errors import LocalError
from components.local.runtime.machine import root
from components.local.runtime.machine.network import Network
from components.local.runtime.machine.place import Place

PLACE = Place(Path("/data/small"))
NET = Network(PLACE, IPv4Network("10.213.7.0/24"))


def test_the_seed_names_the_machine_and_its_address() -> None:
    seed = root.seed(NET, "m-01234567", IPv4Address("10.213.7.9"), "#cloud-config\n")
    assert yaml.safe_load(seed["meta-data"]) == {"instance-id": "m-01234567", "local-hostname": "m-01234567"}
    (interface,) = yaml.safe_load(seed["network-config"])["config"]
    assert interface["subnets"] == [{"type": "static", "address": "10.213.7.9/24", "gateway": "10.213.7.1"}]
    assert seed["user-data"] == "#cloud-config\n"


def test_folders_over_a_distribution_s_are_as_open_as_its_own(tmp_path: Path) -> None:
    root.write(tmp_path, {"etc/systemd/it.conf": b"x"})
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("etc", "etc/systemd", "etc/systemd/it.conf")]
    assert modes == [0o755, 0o755, 0o644]


def test_machines_do_not_ask_a_server_on_the_host_s_loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub, upstream = tmp_path / "stub", tmp_path / "upstream"
    stub.write_text("nameserver 127.0.0.53\n")
    monkeypatch.setattr(root, "RESOLVERS", (upstream, stub))
    with pytest.raises(LocalError, match=r"stub names no server that a machine could reach"):
        root.resolver()
    upstream.write_text("# made by a program\nnameserver 192.0.2.1\nsearch example\n")
    assert root.resolver() == b"nameserver 192.0.2.1\nsearch example\n"


def test_only_the_head_writes_secrets_and_has_the_socket() -> None:
    head, compute = root.binds(PLACE, is_head=True), root.binds(PLACE, is_head=False)
    assert {"--bind=/data/small/secrets:/srv/secrets", "--bind=/data/small/run:/srv/groups"} <= set(head)
    assert "--bind-ro=/data/small/secrets:/srv/secrets" in compute
    assert not any("/srv/groups" in bind or "/srv/clusterwright" in bind for bind in compute)
    for binds in (head, compute):
        assert binds.index("--bind-ro=/data/small/bucket/control:/srv/bucket/control") == 1  # over the bucket
