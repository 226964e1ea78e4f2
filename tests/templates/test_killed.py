"""Steps of a machine that were killed: the next run goes on."""

from __future__ import annotations

import pytest

from tests.templates.conftest import Steps


def apt(steps: Steps) -> dict[str, str]:
    """A machine that lacks all packages, with a dpkg that a killed installation has left in the middle."""
    (steps.folder / "interrupted").touch()
    steps.stub("dpkg-query", "exit 1")
    steps.stub("dpkg", f"rm {steps.folder}/interrupted")
    steps.stub(
        "apt-get",
        f"""
echo "$* $(<{steps.folder}/policy-rc.d)" >>{steps.folder}/calls
[[ $* == *update || ! -e {steps.folder}/interrupted ]] && exit
echo "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem." >&2
exit 100""",
    )
    return {"usr_sbin_policy-rc.d": str(steps.folder / "policy-rc.d")}


def test_packages_are_installed_after_an_installation_that_was_killed(steps: Steps) -> None:
    places = apt(steps)
    places["etc_munge"] = str(steps.folder / "etc")
    steps.stub("python", "echo denied >&2; exit 1")
    assert steps.run("60-munge", "local-machines", **places) == (1, "Munge's key cannot be read: denied")
    update, install = (line for line in (steps.folder / "calls").read_text().splitlines() if line.startswith("-qq"))
    assert update.split(" #!")[0].endswith(" update")
    assert install.split(" #!")[0].endswith(" install --yes --no-install-recommends -- munge")
    assert not (steps.folder / "policy-rc.d").exists(), "services of others may start again"


@pytest.mark.parametrize(("text", "left"), [("# clusterwright\nexit 101\n", False), ("exit 101\n", True)])
def test_what_kept_services_from_starting_goes_although_its_step_was_killed(
    steps: Steps, text: str, left: bool
) -> None:
    places = apt(steps)
    steps.stub("dpkg-query", "echo installed")
    steps.stub("python", "echo denied >&2; exit 1")
    (steps.folder / "policy-rc.d").write_text(text)
    steps.run("60-munge", "local-machines", **places)
    assert (steps.folder / "policy-rc.d").exists() == left, "that of somebody else is left alone"


def test_a_file_system_whose_process_was_killed_is_mounted_anew(steps: Steps) -> None:
    data, dead = steps.folder / "data", steps.folder / "dead"
    (steps.folder / "source").mkdir()
    dead.touch()
    steps.stub("mountpoint", "exit 1")
    steps.stub(
        "stat", f"[[ $1 == -f || ! -e {dead} ]] || {{ echo 'stat: Transport endpoint is not connected'; exit 1; }}"
    )
    steps.stub("mkdir", f"[[ ! -e {dead} ]]")
    steps.stub("umount", f'[[ "$*" == "--lazy {data}" ]] && rm {dead}')
    for name in ("mount", "install", "runuser"):
        steps.stub(name, "exit 0")
    places = {"srv_bucket_data": str(steps.folder / "source"), "data": str(data)}
    assert steps.run("30-mounts", "local-machines", **places)[0] == 0
    assert not dead.exists()


def test_a_file_system_whose_server_is_gone_is_not_waited_for(steps: Steps) -> None:
    steps.stub("mountpoint", "exit 1")
    steps.stub("timeout", 'shift; [[ $1 != stat ]] || exit 124; exec "$@"')
    code, words = steps.run("30-mounts", "local-machines")
    assert (code, words) == (1, "/data does not answer: it is mounted, and its server is gone")


def database(steps: Steps, install: str) -> dict[str, str]:
    """A head's machine with Slurm's packages, whose database is installed by `install` in the folder $data."""
    steps.stub("dpkg-query", "echo installed")
    steps.stub(
        "install",
        'if [[ $1 == -d ]]; then mkdir -p "${@: -1}"; else mkdir -p "$(dirname "${@: -1}")"; cp "${@: -2}"; fi',
    )
    steps.stub("mariadb-install-db", f'data=${{2#--datadir=}}; mkdir "$data/mysql" && {{ {install}; }}')
    steps.stub("mariadb", "exit 0")
    steps.stub("find", "exit 0")
    return {
        name: str(steps.folder / name)
        for name in ("etc_slurm", "etc_mysql_mariadb.conf.d", "etc_systemd", "var_log_slurm", "srv_clusterwright")
    }


def test_a_database_whose_installation_was_killed_is_installed_anew(steps: Steps) -> None:
    state = steps.folder / "srv_clusterwright"
    places = database(steps, 'kill -9 "$PPID"')
    assert steps.run("65-slurm", "local-machines", "head", **places)[0] == -9
    assert not (state / "mysql").exists()
    database(steps, 'touch "$data/whole"')
    assert steps.run("65-slurm", "local-machines", "head", **places)[0] == 0
    assert (state / "mysql" / "whole").exists()
    assert [path.name for path in state.iterdir() if "mysql" in path.name] == ["mysql"]
    database(steps, "exit 1")
    assert steps.run("65-slurm", "local-machines", "head", **places)[0] == 0, "what is there is left alone"
