"""User data of machines: a boot program that starts what it has checked; tests/machines/ asks cloud-init of it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from clusterwright.bootstrap import user_data
from tests.plans import MACHINE_STACKS, example_plan


def texts(stack: str) -> dict[str, str]:
    plan = example_plan(stack)
    return {"head": user_data(plan, "head", None)} | {
        group.name: user_data(plan, "compute", group.name) for group in plan.groups
    }


def written(stack: str) -> dict[str, str]:
    data = yaml.safe_load(texts(stack)["train"])
    return {file["path"]: file["content"] for file in data["write_files"]}


@pytest.mark.parametrize("stack", MACHINE_STACKS)
def test_the_boot_program_passes_shellcheck(stack: str, tmp_path: Path) -> None:
    (tmp_path / "boot.sh").write_text(written(stack)["/usr/local/sbin/clusterwright-boot"])
    shellcheck = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")
    assert shellcheck, "shellcheck is missing: `make setup` installs it"
    done = subprocess.run([shellcheck, str(tmp_path / "boot.sh")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("stack", MACHINE_STACKS)
def test_no_transfer_of_the_boot_program_waits_for_ever(stack: str) -> None:
    boot = written(stack)["/usr/local/sbin/clusterwright-boot"]
    calls = re.findall(r"curl (-\S+)", boot)
    assert len(calls) >= (0 if stack == "local-machines" else 2)
    assert all(re.fullmatch(r"-\w*m\d+\w*", options) for options in calls), calls


class Machine:
    """The boot program of a local machine over a bucket in a folder; sleeping ends it, so that it tries once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bucket = folder, folder / "bucket"
        self.node = folder / "node"
        self.node.mkdir()
        (self.bucket / "control" / "bundles").mkdir(parents=True)
        (folder / "instance-id").write_text("m-1\n")
        (folder / "bin").mkdir()
        (folder / "bin" / "sleep").write_text("#!/bin/bash\nkill $PPID\n")
        (folder / "bin" / "sleep").chmod(0o755)
        boot = written("local-machines")["/usr/local/sbin/clusterwright-boot"]
        assert "/var/lib/cloud/data/instance-id" in boot
        (folder / "boot").write_text(boot.replace("/var/lib/cloud/data/instance-id", str(folder / "instance-id")))

    def deploy(self, said: str = "started", damage: bytes = b"") -> str:
        """A bundle whose start says something and reports once more; the digest that is named is of it undamaged."""
        script = f'#!/bin/bash\necho {said} "${{BASH_SOURCE[0]}}"\nreport "told by the bundle"\n'.encode()
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            entry = tarfile.TarInfo("scripts/start.sh")
            entry.size = len(script)
            archive.addfile(entry, io.BytesIO(script))
        data = buffer.getvalue()
        digest = hashlib.sha256(data).hexdigest()
        (self.bucket / "control" / "bundles" / f"{digest}.tar.gz").write_bytes(data + damage)
        (self.bucket / "control" / "current").write_text(digest + "\n")
        return digest

    def run(self) -> str:
        environment = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "CLUSTERWRIGHT_BUCKET": f"file://{self.bucket}",
            "CLUSTERWRIGHT_NODE_DIR": str(self.node),
            "CLUSTERWRIGHT_GROUP": "train",
            "CLUSTERWRIGHT_ROLE": "compute",
            "CLUSTERWRIGHT_PROVIDER": "local",
        }
        done = subprocess.run(
            ["bash", str(self.folder / "boot")], env=environment, capture_output=True, text=True, timeout=30
        )
        return done.stdout

    def reported(self) -> dict[str, object]:
        return json.loads((self.bucket / "reports" / "m-1.json").read_text())


@pytest.fixture
def booted(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_is_deployed_is_unpacked_and_started(booted: Machine) -> None:
    digest = booted.deploy()
    assert booted.run() == f"started {booted.node}/bundles/{digest}/scripts/start.sh\n"


def test_a_bundle_can_report_as_the_boot_program_does(booted: Machine) -> None:
    booted.deploy()
    booted.run()
    assert booted.reported()["reason"] == "told by the bundle"


def test_a_node_starts_what_it_has_converged_on_before_it_asks_the_bucket(booted: Machine) -> None:
    digest = booted.deploy()
    booted.run()
    (booted.node / "current").symlink_to(f"bundles/{digest}")
    shutil.rmtree(booted.bucket / "control")
    assert booted.run().startswith("started ")


def test_a_cluster_without_a_bundle_is_told_of(booted: Machine) -> None:
    assert booted.run() == ""
    report = booted.reported()
    assert (report["schema"], report["machine"], report["phase"], report["state"]) == (2, "m-1", "bundle", "failed")
    assert report["reason"] == (
        "control/current cannot be read: nothing is deployed yet, or the bucket is out of reach"
    )


def test_a_bundle_with_one_more_byte_is_refused(booted: Machine) -> None:
    digest = booted.deploy(damage=b"x")
    assert booted.run() == ""
    assert booted.reported()["reason"] == (
        f"control/bundles/{digest}.tar.gz has been altered: its SHA-256 is not its name"
    )
    assert not (booted.node / "bundles" / digest).exists()


@pytest.mark.parametrize("text", ["", "main", "../../etc", "0" * 63, "0" * 64 + "/x"])
def test_current_must_name_a_digest(text: str, booted: Machine) -> None:
    booted.deploy()
    (booted.bucket / "control" / "current").write_text(text)
    assert booted.run() == ""
    assert booted.reported()["reason"] == "control/current does not hold a SHA-256"


def test_a_bundle_that_is_not_there_is_told_of(booted: Machine) -> None:
    digest = booted.deploy()
    os.unlink(booted.bucket / "control" / "bundles" / f"{digest}.tar.gz")
    booted.run()
    assert booted.reported()["reason"] == f"control/bundles/{digest}.tar.gz cannot be read"


def test_what_an_interrupted_fetch_left_is_no_hindrance(booted: Machine) -> None:
    booted.deploy()
    (booted.node / "bundles" / ".new" / "tree" / "half").mkdir(parents=True)
    assert booted.run().startswith("started ")


CURL = """#!/bin/bash
here=${BASH_SOURCE[0]%/*}
input=
[[ "$*" != *"-K -"* ]] || input=$(cat)
printf '%s\\n' "ASKED $*" "$input" >>"$here/asked"
case $* in
  *api/token*) echo TOKEN ;;
  *security-credentials/) echo the-role ;;
  *security-credentials/the-role*)
    printf '{\\n  "AccessKeyId" : "KEY",\\n  "SecretAccessKey" : "SEC/RET+",\\n  "Token" : "SESSION=="\\n}\\n' ;;
  *services/domain*) echo amazonaws.com ;;
  *service-accounts/default/token*) echo '{"access_token":"ACCESS","expires_in":3599,"token_type":"Bearer"}' ;;
esac
"""


def asked_of_the_bucket(stack: str, call: str, folder: Path) -> tuple[str, str]:
    """What the boot program's last call of curl is told: its arguments, and its standard input."""
    boot = written(stack)["/usr/local/sbin/clusterwright-boot"]
    functions = boot[boot.index("export dir id\n") : boot.index("report() {")].replace("export dir id\n", "")
    (folder / "curl").write_text(CURL)
    (folder / "curl").chmod(0o755)
    address = {"bert-base-aws": "s3://name?region=eu-west-1", "bert-base-gcp": "gs://name"}[stack]
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "CLUSTERWRIGHT_BUCKET": address}
    subprocess.run(["bash", "-euc", f"{functions}\n{call}"], env=environment, check=True)
    *_, last = (folder / "asked").read_text().split("ASKED ")
    arguments, _, given = last.partition("\n")
    return arguments, given.strip()


def test_s3_is_asked_with_the_machine_s_own_role_and_no_key_is_an_argument(tmp_path: Path) -> None:
    arguments, given = asked_of_the_bucket("bert-base-aws", "get control/current /out", tmp_path)
    assert arguments == (
        "-sSfm300 --aws-sigv4 aws:amz:eu-west-1:s3 -o /out https://name.s3.eu-west-1.amazonaws.com/control/current -K -"
    )
    assert given == 'user = "KEY:SEC/RET+"\nheader = "x-amz-security-token: SESSION=="'


def test_a_report_is_put_into_s3(tmp_path: Path) -> None:
    arguments, _ = asked_of_the_bucket("bert-base-aws", "put /report reports/i-1.json", tmp_path)
    assert "-T /report https://name.s3.eu-west-1.amazonaws.com/reports/i-1.json" in arguments


def test_cloud_storage_is_asked_with_the_machine_s_own_account_and_no_token_is_an_argument(tmp_path: Path) -> None:
    arguments, given = asked_of_the_bucket("bert-base-gcp", "get control/current /out", tmp_path)
    assert arguments == "-sSfm300 -o /out https://storage.googleapis.com/name/control/current -K -"
    assert given == 'header = "Authorization: Bearer ACCESS"'


def test_a_report_is_put_into_cloud_storage(tmp_path: Path) -> None:
    arguments, _ = asked_of_the_bucket("bert-base-gcp", "put /report reports/1.json", tmp_path)
    assert "-T /report https://storage.googleapis.com/name/reports/1.json" in arguments
