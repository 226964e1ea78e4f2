#!/usr/bin/env bash
# Slurm's packages and files. Nothing of it is started here: a node's health comes first.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly SOURCE=$CLUSTERWRIGHT_BUNDLE/slurm CONFIG=/etc/slurm

# The packages start their services at boot; ours start when the node has shown that it can work (90-join).
our_services() {
  local service
  for service; do
    ! systemctl is-enabled --quiet "$service" 2>/dev/null || systemctl disable --quiet "$service" >&2 ||
      fail "$service cannot be kept from starting at boot"
  done
}

# drop_in SERVICE LINE...: what our units add to the distribution's.
drop_in() {
  local fresh
  fresh=$(mktemp)
  printf '%s\n' '[Service]' "${@:2}" >"$fresh"
  ! put_file "$fresh" "/etc/systemd/system/$1.service.d/clusterwright.conf" || reload=yes
  rm -f "$fresh"
}

# A machine that is a container of this host may not raise limits above the host's.
limits() { [[ $PROVIDER != local ]] || printf '%s\n' LimitNOFILE= LimitMEMLOCK= LimitSTACK=; }

# A head that replaces another may number its users otherwise than the one that filled the volume.
owned_by() { [[ $(find "$2" -maxdepth 1 ! -user "$1" -print -quit) == "" ]] || chown -R "$1:$1" "$2"; }

database() {
  local fresh data=$STATE/mysql
  packages mariadb-server
  fresh=$(mktemp)
  # Sizes: https://slurm.schedmd.com/accounting.html#slurm-accounting-configuration-before-build
  printf '%s\n' '[mariadbd]' "datadir=$data" skip-networking innodb_buffer_pool_size=512M innodb_log_file_size=64M \
    innodb_lock_wait_timeout=900 max_allowed_packet=16M >"$fresh"
  ! put_file "$fresh" /etc/mysql/mariadb.conf.d/90-clusterwright.cnf || systemctl stop mariadb.service
  rm -f "$fresh"
  if [[ ! -d $data ]]; then # a new head finds the one that was
    rm -rf "$data.new" # of an installation that was cut off, maybe another head's
    install -d -m 0700 -o mysql -g mysql "$data.new"
    mariadb-install-db --user=mysql --datadir="$data.new" --skip-test-db >&2 || fail "the database cannot be made in $data"
    sync --file-system "$data.new"
    mv -T "$data.new" "$data"
  fi
  owned_by mysql "$data"
  systemctl start mariadb.service || fail "MariaDB does not start: see journalctl -u mariadb"
  # Who asks over the socket is known by the operating system, so there is no password
  # (https://mariadb.com/kb/en/authentication-plugin-unix-socket/).
  mariadb <<'SQL' || fail "Slurm's accounting cannot be prepared in MariaDB"
CREATE DATABASE IF NOT EXISTS slurm_acct_db;
CREATE USER IF NOT EXISTS slurm@localhost IDENTIFIED VIA unix_socket;
GRANT ALL ON slurm_acct_db.* TO slurm@localhost;
SQL
}

reload=
install -d -m 0755 "$CONFIG"
if [[ $ROLE == head ]]; then
  packages slurmctld slurmdbd slurm-client
  our_services slurmctld.service slurmdbd.service
  install -d -m 0755 "$STATE" # services with users of their own have folders in it
  install -d -m 0755 -o slurm -g slurm /var/log/slurm
  install -d -m 0700 -o slurm -g slurm "$STATE/slurm"
  owned_by slurm "$STATE/slurm"
  our_services mariadb.service
  database
  for name in slurm.conf cgroup.conf gres.conf; do
    put_file "$SOURCE/$name" "$CONFIG/$name" || true
  done
  put_file "$SOURCE/slurmdbd.conf" "$CONFIG/slurmdbd.conf" 0600 slurm || true
  mapfile -t lines < <(limits)
  drop_in slurmctld RuntimeDirectory=slurmctld "${lines[@]}"
  drop_in slurmdbd RuntimeDirectory=slurmdbd "${lines[@]}"
else
  packages slurmd slurm-client
  our_services slurmd.service
  install -d -m 0755 -o slurm -g slurm /var/log/slurm
  install -d -m 0755 /var/lib/slurm/slurmd
  # The configuration comes from the head (https://slurm.schedmd.com/configless_slurm.html); an own one would go before it.
  rm -f "$CONFIG/slurm.conf"
  fresh=$(mktemp)
  printf 'SLURMD_OPTIONS="--conf-server head:6817 -N %s"\n' "$CLUSTERWRIGHT_NODE" >"$fresh"
  put_file "$fresh" /etc/default/slurmd || true
  rm -f "$fresh"
  mapfile -t lines < <(limits)
  # The file is what joining says to it, once (90-join).
  drop_in slurmd RuntimeDirectory=slurm EnvironmentFile=-/run/clusterwright/slurmd.env "${lines[@]}"
fi
put_file "$CLUSTERWRIGHT_BUNDLE/systemd/clusterwright-notices.service" /etc/systemd/system/clusterwright-notices.service &&
  reload=yes
[[ -z $reload ]] || systemctl daemon-reload
