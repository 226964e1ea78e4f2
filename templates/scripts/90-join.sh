#!/usr/bin/env bash
# The node takes its place in Slurm. What runs already and is as it should be is left alone, with its jobs.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly RUNNING=$CLUSTERWRIGHT_NODE_DIR/spool/slurm.sha256 # of the files that the running daemons were started with

configuration() { sha256sum "$@" | sha256sum | cut -d' ' -f1; }

# up SERVICE: running, with the reason if it does not come up.
up() {
  systemctl is-active --quiet "$1" && return
  systemctl reset-failed "$1" 2>/dev/null || true
  systemctl start "$1" || fail "$1 does not start: $(journalctl -u "$1" -n 1 -o cat 2>/dev/null)"
}

await() { # SECONDS WHAT COMMAND...
  local turn
  for ((turn = 0; turn < $1; turn++)); do
    "${@:3}" >/dev/null 2>&1 && return
    sleep 1
  done
  fail "$2 after $1 s"
}

head_services() {
  local found
  found=$(configuration /etc/slurm/{slurm,cgroup,gres,slurmdbd}.conf)
  up mariadb.service
  if systemctl is-active --quiet slurmctld.service && [[ $(cat "$RUNNING" 2>/dev/null) != "$found" ]]; then
    say "Slurm's configuration has changed: its controller starts anew, jobs go on"
    systemctl restart slurmdbd.service slurmctld.service || fail "Slurm does not start with its new configuration"
    await 60 "Slurm's controller does not answer" scontrol ping
    scontrol reconfigure || fail "nodes cannot be told of the new configuration"
  fi
  up slurmdbd.service
  await 60 "Slurm's accounting does not answer" sacctmgr -n show cluster
  up slurmctld.service
  await 60 "Slurm's controller does not answer" scontrol ping
  printf '%s\n' "$found" >"$RUNNING"
}

# Slurm takes no node that it has asked for and that has not booted since: a machine may have been there before, and a
# container's uptime is its host's. So slurmd says that it has just booted (-b of slurmd(8)) when the node joins, and not
# when systemd starts it again: the node's jobs would be ended.
join() {
  local once=/run/clusterwright/slurmd.env
  if ! systemctl is-active --quiet slurmd.service; then
    install -d "${once%/*}"
    sed 's/"$/ -b"/' /etc/default/slurmd >"$once"
  fi
  up slurmd.service
  rm -f "$once"
}

# Else cloud-init gives the machine its first name back at the next boot; the agent has given it its own.
install -d /etc/cloud/cloud.cfg.d
printf 'preserve_hostname: true\n' >/etc/cloud/cloud.cfg.d/99-clusterwright.cfg
case $ROLE in
  head) head_services ;;
  compute)
    join
    up clusterwright-notices.service
    ;;
esac
