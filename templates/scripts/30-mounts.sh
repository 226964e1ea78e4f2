#!/usr/bin/env bash
# File systems of the cluster. A mount that does not answer keeps the node out: a job would hang on it.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=mounts.sh
source "${BASH_SOURCE[0]%/*}/mounts.sh"

# clear_way PATH: what keeps a file system from being mounted there. Whose process has died keeps its place and answers
# all with ENOTCONN; whose server is gone answers nothing, and who waits for it waits for ever.
clear_way() {
  local words code=0
  words=$(LC_ALL=C timeout 30 stat -- "$1" 2>&1) || code=$?
  ((code != 124)) || fail "$1 does not answer: it is mounted, and its server is gone"
  [[ $words != *"Transport endpoint is not connected"* ]] || umount --lazy "$1" || fail "$1 is dead and cannot be unmounted"
}

for ((i = 0; i < ${#MOUNTS[@]}; i += 5)); do
  storage=${MOUNTS[i]} path=${MOUNTS[i + 1]} type=${MOUNTS[i + 2]} source=${MOUNTS[i + 3]} options=${MOUNTS[i + 4]}
  [[ $type != ext4 ]] || continue # the head's volumes are there by now
  if ! timeout 30 mountpoint -q "$path"; then
    [[ -n $source ]] || source=$(address "$storage")
    clear_way "$path"
    mkdir -p "$path" || fail "$path cannot be made"
    mount_storage "$type" "$source" "$path" "$options" ||
      fail "storage $storage cannot be mounted at $path: $source ($type)"
    say "mounted $storage at $path"
  fi
  timeout 30 stat -f -- "$path" >/dev/null || fail "storage $storage at $path does not answer"
  # Whoever is on the cluster has files on its scratch; the deployer makes it with a root that root alone can write.
  [[ $type != lustre || $ROLE != head ]] || chmod 1777 "$path" || fail "$path cannot be opened to jobs"
  case $type in # what is the job's own; of a shared file system it has a folder
    bind | mountpoint-s3 | gcsfuse)
      timeout 30 runuser -u "$JOB_USER" -- test -w "$path" || fail "storage $storage at $path cannot be written by jobs"
      ;;
  esac
done

# The home may have been hidden by a file system at /home, and the runs' folder is on a shared one.
install -d -m 0700 -o "$JOB_USER" -g "$JOB_USER" "/home/$JOB_USER" || fail "/home/$JOB_USER cannot be made"
if [[ $WORK_KIND == shared ]]; then
  mkdir -p "${WORK%/*}" || fail "$WORK cannot be made"
  install -d -m 0755 -o "$JOB_USER" -g "$JOB_USER" "$WORK" || fail "$WORK cannot be made"
fi
