#!/usr/bin/env bash
# The machine's own disks as one, and the head's volumes. What holds data already is never formatted.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly LABEL=cw-scratch

# The disks that are wiped when the machine ends. Names: "Amazon EC2 NVMe Instance Storage" and the local SSDs of
# https://docs.cloud.google.com/compute/docs/disks/local-ssd; partitions and second names of a disk are left out.
own_disks() {
  local link
  for link in /dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_* /dev/disk/by-id/google-local-nvme-ssd-*; do
    [[ ! -b $link || $link == *-part[0-9]* ]] || readlink -f -- "$link"
  done | sort -u
}

# The deep-learning image of AWS stripes them with LVM (vg.01, dlami-nvme.service) before anyone is asked.
release_image_stripe() {
  systemctl cat dlami-nvme.service >/dev/null 2>&1 || return 0
  systemctl disable --now dlami-nvme.service >&2 || fail "dlami-nvme.service cannot be stopped"
  ! mountpoint -q /opt/dlami/nvme || umount /opt/dlami/nvme || fail "/opt/dlami/nvme is in use"
  ! vgs vg.01 >/dev/null 2>&1 || vgremove --yes vg.01 >&2 || fail "the image's stripe vg.01 cannot be taken apart"
}

scratch() {
  if mountpoint -q "$SCRATCH_MOUNT"; then
    say "$SCRATCH_MOUNT is there"
  else
    mount_scratch
  fi
  chmod 1777 "$SCRATCH_MOUNT" || fail "$SCRATCH_MOUNT cannot be opened to jobs"
  # The disks outlive a restart, and a job may have put a link in its folder's place: what root made would be elsewhere.
  [[ ! -L $SCRATCH_MOUNT/$JOB_USER ]] || rm -f -- "$SCRATCH_MOUNT/$JOB_USER"
  runuser -u "$JOB_USER" -- install -d -m 0700 "$SCRATCH_MOUNT/$JOB_USER" ||
    fail "$SCRATCH_MOUNT/$JOB_USER cannot be made by jobs"
}

mount_scratch() {
  local disks device
  packages mdadm xfsprogs
  mapfile -t disks < <(own_disks)
  ((${#disks[@]} == SCRATCH_COUNT)) ||
    fail "the machine has ${#disks[@]} disks of its own, and its type is known to have $SCRATCH_COUNT: ${disks[*]}"
  device=$(blkid -L "$LABEL" || true)
  if [[ -z $device ]]; then # after a stop the disks are blank, after a restart they are not
    release_image_stripe
    device=${disks[0]}
    if ((SCRATCH_COUNT > 1)); then
      device=/dev/md/scratch
      [[ ! -b $device ]] || mdadm --stop "$device" >&2 || fail "$device is in use"
      wipefs --all --quiet "${disks[@]}" || fail "the machine's own disks are in use: ${disks[*]}"
      mdadm --create "$device" --run --level=0 --homehost=any --raid-devices="$SCRATCH_COUNT" "${disks[@]}" >&2 ||
        fail "the machine's own disks cannot be striped"
    fi
    mkfs.xfs -f -q -L "$LABEL" "$device" || fail "$device cannot be formatted"
  fi
  mkdir -p "$SCRATCH_MOUNT"
  mount -o noatime,discard "$device" "$SCRATCH_MOUNT" || fail "$device cannot be mounted at $SCRATCH_MOUNT"
}

# volume_device SOURCE: the block device of a volume. AWS writes the name that the volume was attached as into the NVMe
# controller's data from byte 3072 on (https://docs.aws.amazon.com/ebs/latest/userguide/identify-nvme-ebs-device.html);
# Google makes a link of the device's name.
volume_device() {
  local device name
  case $PROVIDER in
    gcp) printf '%s' "/dev/disk/by-id/google-$1" ;;
    aws)
      packages nvme-cli
      for device in /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_*; do
        [[ -b $device && $device != *-part[0-9]* ]] || continue
        name=$(nvme id-ctrl --raw-binary "$device" | tail -c +3073 | head -c 32 | tr -d ' \0') || continue
        if [[ /dev/${name#/dev/} == "$1" ]]; then
          readlink -f -- "$device"
          return
        fi
      done
      ;;
  esac
}

volume() { # PATH SOURCE OPTIONS
  if mountpoint -q "$1"; then
    say "$1 is there"
  else
    mount_volume "$@"
  fi
  resize2fs "$(findmnt --noheadings --output SOURCE --mountpoint "$1")" >&2 || # at once when it has its size
    fail "the file system at $1 cannot grow to its volume"
}

mount_volume() {
  local device="" found turn
  for ((turn = 0; turn < 60; turn++)); do # a new head boots before its volume is attached
    device=$(volume_device "$2")
    [[ ! -b $device ]] || break
    sleep 5
  done
  [[ -b $device ]] || fail "the volume for $1 ($2) was not attached within 5 minutes"
  found=0
  blkid --probe "$device" >&2 || found=$? # 2: nothing is known to be on it (blkid(8))
  if ((found == 2)); then
    [[ -z $(wipefs --noheadings "$device") ]] || fail "the volume for $1 is neither blank nor a file system: $device"
    mkfs.ext4 -q "$device" || fail "$device cannot be formatted"
  elif ((found)); then
    fail "what is on the volume for $1 cannot be told: blkid ended with $found"
  fi
  mkdir -p "$1"
  mount -t ext4 -o "${3:-defaults}" "$device" "$1" || fail "$device cannot be mounted at $1"
}

((SCRATCH_COUNT == 0)) || scratch
for ((i = 0; i < ${#MOUNTS[@]}; i += 5)); do
  [[ ${MOUNTS[i + 2]} != ext4 ]] || volume "${MOUNTS[i + 1]}" "${MOUNTS[i + 3]}" "${MOUNTS[i + 4]}"
done
if [[ $ROLE == head ]]; then
  mountpoint -q "$STATE" || fail "$STATE is no volume: a new head would not find the queue and the accounting"
fi
