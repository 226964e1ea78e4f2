"""Steps of a machine, with stand-ins for what they call: what they insist on, and how they say that it is not so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.templates.conftest import Steps


def gpus(steps: Steps, count: int, fabric: str = "Completed", driver: str = "580.1") -> None:
    """An nvidia-smi that answers for so many GPUs."""
    steps.stub(
        "nvidia-smi",
        f"""
case $1 in
  --query-gpu=driver_version) words="{driver}" ;;
  --query-gpu=fabric.state) words="{fabric}" ;;
  *) words=GPU ;;
esac
for ((i = 0; i < {count}; i++)); do echo "$words"; done""",
    )
    steps.stub("dcgmi", "exit 0")


def test_all_gpus_of_the_machine_type_must_answer(steps: Steps) -> None:
    gpus(steps, 7)
    assert steps.run("40-drivers") == (1, "7 GPUs answer, the machine type has 8")
    gpus(steps, 8)
    code, words = steps.run("40-drivers")
    assert (code, words.partition(" ")[2]) == (0, "8 GPUs, driver 580.1, 0 NVSwitches")


def test_an_image_without_a_driver_is_refused(steps: Steps) -> None:
    code, words = steps.run("40-drivers")
    assert (code, words) == (1, "the image has no NVIDIA driver: nvidia-smi is missing; name an image that has")


def test_a_fabric_that_never_gets_ready_keeps_the_node_out(steps: Steps) -> None:
    gpus(steps, 8, fabric="In Progress")
    assert steps.run("40-drivers") == (1, "the GPUs' NVLink fabric is not ready after 5 minutes: In Progress")


def test_a_node_without_gpus_needs_no_driver(steps: Steps) -> None:
    assert steps.run("40-drivers", group="prep")[0] == 0


def efa(steps: Steps, count: int) -> str:
    steps.stub("fi_info", f'for ((i = 0; i < {count}; i++)); do echo "    domain: rdmap$i-rdm"; done')
    return str(steps.folder / "bin" / "fi_info")


def test_all_efa_interfaces_must_answer_and_jobs_get_the_variables(steps: Steps) -> None:
    places = {
        "opt_amazon_efa_bin_fi": efa(steps, 31).removesuffix("_info"),
        "etc_clusterwright": str(steps.folder / "etc"),
    }
    assert steps.run("45-fabric", **places) == (1, "31 EFA interfaces answer, the machine has 32")
    efa(steps, 32)
    assert steps.run("45-fabric", **places)[0] == 0
    assert (steps.folder / "etc" / "fabric.env").read_text() == "FI_EFA_USE_HUGE_PAGE=0\n"


def test_a_fabric_whose_software_is_missing_is_told(steps: Steps) -> None:
    places = {"opt_amazon_efa_bin_fi": str(steps.folder / "none")}
    code, words = steps.run("45-fabric", **places)
    assert (code, words.split(":")[0]) == (1, "the image has no EFA software")


def test_a_file_system_whose_address_nobody_wrote_is_told(steps: Steps) -> None:
    for name in ("mountpoint", "python"):
        steps.stub(name, "exit 1")
    steps.stub("mkdir", "exit 0")
    steps.stub("mount-s3", "exit 0")
    steps.stub("systemd-run", f'echo "$*" >>{steps.folder}/calls')
    steps.stub("stat", "exit 0")
    steps.stub("id", "echo 2000")
    steps.stub("runuser", "exit 0")
    code, words = steps.run("30-mounts")
    assert (code, words) == (1, "control/addresses.json does not say where storage home is")
    # The process that is the file system ends with its own scope, and not with the agent's service.
    assert (
        (steps.folder / "calls")
        .read_text()
        .startswith("--quiet --scope --collect timeout 60 mount-s3 --region us-east-1 ")
    )


def test_homes_are_mounted_through_their_access_point(steps: Steps) -> None:
    steps.stub("mountpoint", "[[ $2 != /home ]]")
    steps.stub("python", "echo fs-0a1b::fsap-2c3d")
    steps.stub("mount", "exit 0")
    steps.stub("systemd-run", f'echo "$*" >>{steps.folder}/calls')
    for name in ("stat", "mkdir", "chmod", "install", "runuser"):
        steps.stub(name, "exit 0")
    steps.stub("mount.efs", "exit 0")
    places = {"sbin_mount.efs": str(steps.folder / "bin" / "mount.efs")}
    assert steps.run("30-mounts", **places)[0] == 0
    options = "_netdev,iam,noresvport,tls,accesspoint=fsap-2c3d"
    expected = f"--quiet --scope --collect timeout 120 mount -t efs -o {options} fs-0a1b /home"
    assert (steps.folder / "calls").read_text().splitlines() == [expected]


class Lnet:
    """Lustre's network on a machine of gpt3-aws, whose nodes have 32 EFA devices: modules, and what lnetctl is told."""

    def __init__(self, steps: Steps, devices: int = 32) -> None:
        self.steps, self.calls = steps, steps.folder / "calls"
        infiniband, driver = steps.folder / "infiniband", steps.folder / "drivers"
        for name, kind in [(f"rdmap{79 + number}s0", "efa") for number in range(devices)] + [("mlx5_0", "mlx5_core")]:
            (driver / kind).mkdir(parents=True, exist_ok=True)
            (infiniband / name / "device").mkdir(parents=True)
            (infiniband / name / "device" / "driver").symlink_to(driver / kind)
        self.places = {"sys_class_infiniband": str(infiniband), "sbin_mount.lustre": "/bin/true"}
        for name in ("stat", "mkdir", "chmod", "install", "runuser", "modinfo"):
            steps.stub(name, "exit 0")
        steps.stub("mountpoint", "[[ $2 != /scratch ]]")
        steps.stub("python", "echo fs-0a1b.fsx@tcp:/mount")
        steps.stub("ip", "echo 'default via 10.30.0.1 dev enp71s0 proto dhcp src 10.30.0.9 metric 100'")
        for name in ("modprobe", "mount"):
            steps.stub(name, f'echo "{name} $*" >>{self.calls}')
        self.answers()

    def answers(self, change: str = "") -> None:
        """lnetctl keeps what it is told, and shows it as Lustre 2.15 does; `change` goes first."""
        state = self.steps.folder / "lnet"
        state.touch()
        self.steps.stub(
            "lnetctl",
            f"""{change}
            case "$1 $2" in
              "net add") echo "$4 $6" >>{state} ;;
              "udsp add") echo udsp >>{state} ;;
              "net show") while read -r net name; do
                [[ $net == udsp || -n ${{4-}} && $net != "${{4-}}" ]] ||
                  printf -- '- nid: 1.2.3.4@%s\\n  status: up\\n  interfaces:\\n      0: %s\\n' "$net" "$name"
                done <{state} ;;
              "udsp show") ! grep -q udsp {state} || echo '- src: efa' ;;
            esac
            [[ $2 == show ]] || echo "lnetctl $*" >>{self.calls}""",
        )

    def run(self) -> tuple[int, str]:
        self.calls.write_text("")
        return self.steps.run("30-mounts", "gpt3-aws", **self.places)


def test_lustre_is_mounted_once_efa_carries_it(steps: Steps) -> None:
    lnet = Lnet(steps)
    assert lnet.run()[0] == 0
    devices = [f"rdmap{79 + number}s0" for number in range(0, 32, 4)]
    options = "_netdev,flock,lazystatfs,noatime,x-systemd.requires=network.service"
    assert lnet.calls.read_text().splitlines() == [
        "modprobe lnet",
        "modprobe kefalnd ipif_name=enp71s0",
        "modprobe ksocklnd",
        "lnetctl lnet configure",
        "lnetctl net add --net tcp --if enp71s0",
        *(f"lnetctl net add --net efa --if {device} --peer-credits 32" for device in devices),
        "lnetctl set discovery 1",
        "lnetctl udsp add --src efa --priority 0",
        f"mount -t lustre -o {options} fs-0a1b.fsx@tcp:/mount /scratch",
    ]
    # Run again, as after a kill: what is there is not added twice.
    assert lnet.run()[0] == 0
    assert not [call for call in lnet.calls.read_text().splitlines() if " add " in call]


def test_a_node_that_mounts_lustre_over_tcp_leaves_its_network_alone(steps: Steps) -> None:
    lnet = Lnet(steps, devices=0)
    assert steps.run("30-mounts", "gpt3-aws", "head", **lnet.places)[0] == 0
    assert [call.split()[0] for call in lnet.calls.read_text().splitlines()] == ["mount"]


def test_lustre_that_cannot_have_its_efa_interfaces_keeps_the_node_out(steps: Steps) -> None:
    assert Lnet(steps, devices=7).run() == (1, "Lustre is to have 8 EFA interfaces, and the kernel shows 7")


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ('[[ "$*" != *rdmap83s0* ]] || exit 1', "Lustre cannot use EFA interface rdmap83s0"),
        ('[[ "$*" != "net show --net efa" ]] || exit 1', "0 EFA interfaces carry Lustre, and 8 should"),
        ("[[ $1 != lnet ]] || exit 1", "Lustre's network does not start with EFA"),
    ],
)
def test_what_keeps_lustre_from_efa_is_told(steps: Steps, refused: str, words: str) -> None:
    lnet = Lnet(steps)
    lnet.answers(refused)
    assert lnet.run() == (1, words)


def test_a_lustre_client_without_efa_is_told(steps: Steps) -> None:
    lnet = Lnet(steps)
    steps.stub("modinfo", "[[ $1 != kefalnd ]]")
    steps.stub("uname", "echo 6.5.0-1024-aws")
    code, words = lnet.run()
    assert code == 1
    assert words.startswith("the Lustre client cannot use EFA, kefalnd is missing: ")
    assert words.endswith("kernel 6.8 and newer, and 6.5.0-1024-aws runs")


def test_a_mount_that_fails_names_its_storage(steps: Steps) -> None:
    steps.stub("mountpoint", "exit 1")
    steps.stub("mkdir", "exit 0")
    code, words = steps.run("30-mounts", "local-machines", srv_bucket=str(steps.folder / "none"))
    assert code == 1
    assert words == f"storage data cannot be mounted at /data: {steps.folder}/none/data (bind)"


def test_a_mount_that_jobs_cannot_write_keeps_the_node_out(steps: Steps) -> None:
    steps.stub("mountpoint", "exit 0")
    steps.stub("stat", "exit 0")
    steps.stub("runuser", "exit 1")
    assert steps.run("30-mounts", "local-machines") == (1, "storage data at /data cannot be written by jobs")


def test_a_secret_store_that_refuses_is_told(steps: Steps) -> None:
    steps.stub("dpkg-query", "echo installed")
    steps.stub("python", "echo 'secret x cannot be read: denied' >&2; exit 1")
    assert steps.run("60-munge", "local-machines") == (1, "Munge's key cannot be read: secret x cannot be read: denied")


def test_a_machine_that_is_not_healthy_ends_the_step_with_its_reason(steps: Steps) -> None:
    steps.stub("python3", "echo py3.12-x86_64")
    code, words = steps.run("80-health", usr_bin_python3=str(steps.folder / "bin" / "python3"))
    assert code != 0
    assert "bin/python: No such file or directory" in words


@pytest.mark.parametrize("active", [True, False])
def test_a_node_joins_under_the_name_that_it_has(steps: Steps, active: bool) -> None:
    """The name itself and the lines of /etc/hosts are the agent's to keep."""
    calls, etc = steps.folder / "calls", steps.folder / "etc"
    steps.stub("systemctl", f'echo "$*" >>{calls}; [[ $1 != is-active ]] || exit {0 if active else 3}')
    steps.stub("hostname", f'echo "hostname $*" >>{calls}')
    (etc / "default").mkdir(parents=True)
    (etc / "default" / "slurmd").write_text('SLURMD_OPTIONS="-N train-1"\n')
    code, _ = steps.run("90-join", etc=str(etc), run_clusterwright=str(steps.folder / "run"))
    assert code == 0
    done = [call for call in calls.read_text().splitlines() if not call.startswith("is-active")]
    services = ["slurmd.service", "clusterwright-notices.service"]
    assert done == [f"{do} {service}" for service in services if not active for do in ("reset-failed", "start")]
    assert (etc / "cloud" / "cloud.cfg.d" / "99-clusterwright.cfg").read_text() == "preserve_hostname: true\n"
    assert sorted(path.name for path in etc.iterdir()) == ["cloud", "default"]


@pytest.mark.parametrize("stack", ["bert-large-aws", "bert-large-gcp"])
def test_a_node_sends_the_logs_of_jobs_that_it_has_written_itself(steps: Steps, stack: str) -> None:
    keys = steps.folder / "keys"
    keys.mkdir()
    for name in ("cloudwatch", "google-cloud"):
        (keys / f"{name}.gpg").write_text("key")
    steps.stub("dpkg-query", "echo installed")
    steps.stub("amazon-cloudwatch-agent-ctl", "exit 0")
    etc = str(steps.folder / "etc")
    places = {"etc": etc, "usr_share_keyrings": str(keys), "opt_aws_amazon-cloudwatch-agent": str(steps.folder)}
    assert steps.run("70-telemetry", stack, **places)[0] == 0
    written = "clusterwright/cloudwatch.json" if stack.endswith("aws") else "google-cloud-ops-agent/config.yaml"
    assert '"/scratch/clusterwright/bert-large/*/logs/train-1.log"' in Path(etc, written).read_text()
