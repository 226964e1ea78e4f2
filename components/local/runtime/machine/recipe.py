"""What the root that machines share is made of: a Debian release, its packages, and the settings of an image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

SUITE = "trixie"
"""Debian 13: Slurm 24.11, cloud-init 25.1, Python 3.13 (https://packages.debian.org/trixie/)."""
VARIANT = "minbase"
OS_GB, SOFTWARE_GB = 2, 8
"""Disk that building takes, with what it downloads; about 1 and 5 of it stay."""

PACKAGES: Sequence[str] = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "cloud-init",
    "ifupdown",
    "iproute2",
    "libnss-myhostname",  # a machine's own name resolves without a server
    "munge",
    "slurmctld",
    "slurmd",
    "slurmdbd",
    "slurm-client",
    "slurm-wlm-basic-plugins",
    "slurm-wlm-mysql-plugin",
    "mariadb-server",
    "python3",
    "python3-venv",
    "ca-certificates",
    "curl",
    "procps",
    "util-linux",
)

STARTED_BY_THE_BOOTSTRAP = ("munge", "slurmctld", "slurmd", "slurmdbd", "mariadb")
NEVER_STARTED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "console-getty.service",
    "systemd-networkd-wait-online.service",
)
"""Upkeep of a machine that lives for months, and a login on a console that nobody sees."""

_CLOUD_INIT = {
    "datasource_list": ["NoCloud"],
    "manage_etc_hosts": False,
    "cloud_init_modules": ["seed_random", "bootcmd", "write_files", "set_hostname"],
    "cloud_config_modules": ["runcmd"],
    "cloud_final_modules": ["scripts_per_boot", "scripts_per_instance", "scripts_user", "final_message"],
}
"""Asks no cloud, and leaves out the modules whose programs are not installed (ssh, disks, packages, users)."""

SETTINGS: Mapping[str, str] = {
    "etc/cloud/cloud.cfg.d/90-clusterwright.cfg": json.dumps(_CLOUD_INIT, indent=1) + "\n",
    "etc/apt/apt.conf.d/40clusterwright": 'APT::Install-Recommends "false";\nAcquire::Retries "3";\n',
    # systemd takes an empty file as a machine that gets an id when it boots, and a missing one as a first boot, on
    # which it would enable what is disabled here (https://www.freedesktop.org/software/systemd/man/machine-id.html).
    "etc/machine-id": "",
    "etc/resolv.conf": "",
    "etc/hostname": "",
}

# Tells packages that are installed to start nothing
# (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).
POLICY = "usr/sbin/policy-rc.d"

INSTALL = f"""
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y install {" ".join(PACKAGES)}
"""

FINISH = f"""
set -eu
rm -f /{POLICY}
for service in {" ".join(STARTED_BY_THE_BOOTSTRAP)}; do systemctl --quiet disable "$service.service"; done
systemctl --quiet mask {" ".join(NEVER_STARTED)}
apt-get -q clean
rm -rf /var/lib/apt/lists/* /var/log/*.log /var/log/apt /var/lib/dbus/machine-id /tmp/* /root/.cache
"""


def digest(*parts: str) -> str:
    """Sixteen hex digits that change with the recipe and with `parts`."""
    recipe = [SUITE, VARIANT, dict(SETTINGS), INSTALL, FINISH, *parts]
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]
