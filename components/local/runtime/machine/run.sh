#!/bin/sh
# Runs one machine until it is powered off: run.sh FOLDER LAYERS CGROUP_PROCS... -- OPTIONS OF SYSTEMD-NSPAWN...
#
# It is started in a mount namespace of its own, so that the root goes away with the last process that uses it. A machine
# that restarts itself is started again on the same root: with --keep-unit, systemd-nspawn leaves that to its caller and
# says so by 133 (process_reboot in systemd's src/nspawn/nspawn.c).
set -eu
readonly REBOOT=133
folder=$1
layers=$2
shift 2
while [ "$1" != -- ]; do
  echo $$ >"$1"
  shift
done
shift
mount -t overlay -o "lowerdir=$layers,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"
status=$REBOOT
while [ "$status" -eq "$REBOOT" ]; do
  status=0
  systemd-nspawn --directory="$folder/root" "$@" </dev/null || status=$?
done
exit "$status"
