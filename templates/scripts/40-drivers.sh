#!/usr/bin/env bash
# What drives and watches the GPUs: the image brings the driver, and a node without it is not mended by guessing.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

if ((GPUS == 0)); then
  say "no GPUs here"
  exit 0
fi

command -v nvidia-smi >/dev/null || fail "the image has no NVIDIA driver: nvidia-smi is missing; name an image that has"
driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader | sort -u) || fail "nvidia-smi fails: $driver"
[[ $driver != *$'\n'* && -n $driver ]] || fail "the GPUs have different drivers: ${driver//$'\n'/, }"
count=$(nvidia-smi --query-gpu=uuid --format=csv,noheader | wc -l)
((count == GPUS)) || fail "$count GPUs answer, the machine type has $GPUS"
nvidia-smi -pm 1 >&2 || fail "persistence mode cannot be set" # else each first use of a GPU takes seconds

# NVSwitches are bridges of NVIDIA's (class 0680): with them, GPUs talk only once the fabric manager has set them up.
switches=0
for device in /sys/bus/pci/devices/*; do
  [[ $(<"$device/vendor") != 0x10de || $(<"$device/class") != 0x0680* ]] || ((switches += 1))
done
if ((switches)); then
  # Of the driver's own version (https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide).
  systemctl cat nvidia-fabricmanager.service >/dev/null 2>&1 || packages "nvidia-fabricmanager-${driver%%.*}"
  systemctl start nvidia-fabricmanager.service || fail "the fabric manager does not start: it must be of version $driver"
fi
for ((turn = 0; ; turn++)); do
  state=$(nvidia-smi --query-gpu=fabric.state --format=csv,noheader | sort -u) || fail "the state of NVLink cannot be told"
  [[ $state == *"In Progress"* || $state == *"Not Started"* ]] || break
  ((turn < 60)) || fail "the GPUs' NVLink fabric is not ready after 5 minutes: ${state//$'\n'/, }"
  sleep 5
done

# DCGM, from NVIDIA's archive where the image has none
# (https://docs.nvidia.com/datacenter/dcgm/latest/user-guide/getting-started.html).
if ! command -v dcgmi >/dev/null; then
  nvidia_archive
  packages datacenter-gpu-manager-4-cuda13
fi
systemctl start nvidia-dcgm.service || fail "DCGM does not start"
say "$count GPUs, driver $driver, $switches NVSwitches"
