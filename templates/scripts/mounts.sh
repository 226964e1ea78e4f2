# shellcheck shell=bash
# How each kind of storage is mounted, and its client had. Sourced by 30-mounts.sh.

# The source of a storage that was not known before it was made: the deployer writes it.
address() {
  PYTHONPATH=$CLUSTERWRIGHT_BUNDLE/lib PYTHONSAFEPATH=1 "$CLUSTERWRIGHT_PYTHON" -c '
import json, os, sys
from clusterwright.bucket import open_bucket
addresses = json.loads(open_bucket(os.environ["CLUSTERWRIGHT_BUCKET"]).read("control/addresses.json"))
print(addresses[sys.argv[1]])' "$1" 2>/dev/null || fail "control/addresses.json does not say where storage $1 is"
}

# https://docs.aws.amazon.com/fsx/latest/LustreGuide/install-lustre-client.html; the fingerprint is the one that AWS's
# archive has been signed with since 2019. https://docs.cloud.google.com/managed-lustre/docs/connect-from-compute-engine
lustre_client() {
  ! modinfo lustre >/dev/null 2>&1 || [[ ! -x /sbin/mount.lustre ]] || return 0
  local modules
  modules=lustre-client-modules-$(uname -r)
  case $PROVIDER in
    aws)
      trusted_key https://fsx-lustre-client-repo-public-keys.s3.amazonaws.com/fsx-ubuntu-public-key.asc \
        9C36DD9C515F10DBC3AA835C5D5CCC3383A962E1 "$KEYS/fsx-lustre.gpg"
      repository fsx-lustre "$KEYS/fsx-lustre.gpg" "https://fsx-lustre-client-repo.s3.amazonaws.com/ubuntu $(codename) main"
      ;;
    gcp)
      trusted_key "$GOOGLE_KEY" "$GOOGLE_FINGERPRINT" "$KEYS/google-cloud.gpg"
      repository artifact-registry "$KEYS/google-cloud.gpg" \
        "https://packages.cloud.google.com/apt apt-transport-artifact-registry-stable main"
      packages apt-transport-artifact-registry
      trusted_key https://us-apt.pkg.dev/doc/repo-signing-key.gpg "$GOOGLE_FINGERPRINT" "$KEYS/managed-lustre.gpg"
      repository managed-lustre "$KEYS/managed-lustre.gpg" \
        "ar+https://us-apt.pkg.dev/projects/lustre-client-binaries lustre-client-ubuntu-$(codename) main"
      ;;
  esac
  packages "$modules" lustre-client-utils
  modprobe lnet || fail "$modules does not fit the kernel that runs"
}

# What carries Lustre over EFA, in the order of AWS's own script for clients: before Lustre itself, which looks for the
# servers' ways when it mounts. Nothing of it outlives a boot, after which this step runs again.
# https://docs.aws.amazon.com/fsx/latest/LustreGuide/configure-efa-clients.html
# https://docs.aws.amazon.com/eks/latest/userguide/fsx-csi-tuning-efa.html
lustre_over_efa() {
  local device devices=() interface shown up number
  ((LUSTRE_INTERFACES)) || return 0
  for device in /sys/class/infiniband/*; do
    [[ $(readlink -f "$device/device/driver") != */efa ]] || devices+=("${device##*/}")
  done
  ((${#devices[@]} >= LUSTRE_INTERFACES)) ||
    fail "Lustre is to have $LUSTRE_INTERFACES EFA interfaces, and the kernel shows ${#devices[@]}"
  mapfile -t devices < <(printf '%s\n' "${devices[@]}" | sort --version-sort)
  modinfo kefalnd >/dev/null 2>&1 ||
    fail "the Lustre client cannot use EFA, kefalnd is missing: it comes for Ubuntu's kernel 6.8 and newer, and $(uname -r) runs"
  read -r _ _ _ _ interface _ < <(ip -4 route show default) || fail "no interface has a way out"
  { modprobe lnet && modprobe kefalnd "ipif_name=$interface" && modprobe ksocklnd && lnet lnet configure >&2; } ||
    fail "Lustre's network does not start with EFA"
  shown=$(lnet net show) || fail "Lustre's network cannot be looked at"
  [[ $shown == *@tcp* ]] || lnet net add --net tcp --if "$interface" >&2 || fail "Lustre cannot use $interface"
  for ((number = 0; number < LUSTRE_INTERFACES; number++)); do
    device=${devices[number * ${#devices[@]} / LUSTRE_INTERFACES]} # from all over the machine
    grep -qw -- "$device" <<<"$shown" || lnet net add --net efa --if "$device" --peer-credits 32 >&2 ||
      fail "Lustre cannot use EFA interface $device"
  done
  lnet set discovery 1 >&2 || fail "Lustre cannot be told to look for servers' EFA"
  shown=$(lnet udsp show) || fail "Lustre's choice of networks cannot be looked at"
  [[ $shown == *"src: efa"* ]] || lnet udsp add --src efa --priority 0 >&2 || fail "Lustre cannot be told to prefer EFA"
  up=$(lnet net show --net efa | grep -c 'status: up') || true
  ((up == LUSTRE_INTERFACES)) || fail "$up EFA interfaces carry Lustre, and $LUSTRE_INTERFACES should"
}

lnet() { timeout 60 lnetctl "$@"; }

# https://docs.aws.amazon.com/efs/latest/ug/installing-amazon-efs-utils.html. TLS and the machine's role are its own work;
# AWS publishes no fingerprint of its key.
efs_client() {
  [[ ! -x /sbin/mount.efs ]] || return 0
  local at=https://amazon-efs-utils.aws.com
  trusted_key $at/efs-utils.gpg - "$KEYS/efs-utils.gpg"
  repository efs-utils "$KEYS/efs-utils.gpg" "$at/repo/deb/ubuntu $(release) main"
  packages amazon-efs-utils
}

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/mountpoint-installation.html; the key is valid until 2029-03-18.
mountpoint_client() {
  command -v mount-s3 >/dev/null && return
  local at=https://s3.amazonaws.com/mountpoint-s3-release architecture=x86_64 version=1.21.0
  [[ $(uname -m) != aarch64 ]] || architecture=arm64
  trusted_key $at/public_keys/KEYS 8AEFE705EBE329C0948C75A66F1C3B3AEF4B030B "$KEYS/mountpoint-s3.gpg"
  packages fuse3 gpgv
  signed_package mount-s3 "$at/$version/$architecture/mount-s3-$version-$architecture.deb" "$KEYS/mountpoint-s3.gpg" asc
}

# https://docs.cloud.google.com/storage/docs/cloud-storage-fuse/install
gcsfuse_client() {
  command -v gcsfuse >/dev/null && return
  trusted_key "$GOOGLE_KEY" "$GOOGLE_FINGERPRINT" "$KEYS/google-cloud.gpg"
  repository gcsfuse "$KEYS/google-cloud.gpg" "https://packages.cloud.google.com/apt gcsfuse-$(codename) main"
  packages fuse3 gcsfuse
}

codename() { (source /etc/os-release && printf '%s' "$VERSION_CODENAME"); }
release() { (source /etc/os-release && printf '%s' "$VERSION_ID"); }

# apart COMMAND...: what it leaves running is a file system, which must not end when the agent's service starts anew.
apart() { systemd-run --quiet --scope --collect "$@"; }

# mount_storage TYPE SOURCE PATH OPTIONS; the last words of what fails go to the step's log.
mount_storage() {
  local user words=() option
  user=$(id -u "$JOB_USER")
  case $1 in
    bind)
      [[ -d $2 ]] || return
      timeout 60 mount --bind "$2" "$3"
      ;;
    lustre)
      lustre_client
      lustre_over_efa
      timeout 120 mount -t lustre -o "$4" "$2" "$3"
      ;;
    nfs)
      packages nfs-common
      timeout 120 mount -t nfs -o "$4" "$2" "$3"
      ;;
    efs)
      efs_client
      # FILE-SYSTEM::ACCESS-POINT, as https://github.com/kubernetes-sigs/aws-efs-csi-driver writes it. By an access point
      # the helper alone can mount (https://docs.aws.amazon.com/efs/latest/ug/mounting-access-points.html).
      apart timeout 120 mount -t efs -o "$4,accesspoint=${2##*::}" "${2%%::*}" "$3"
      ;;
    mountpoint-s3)
      mountpoint_client
      IFS=, read -ra words <<<"$4"
      apart timeout 60 mount-s3 --region "$REGION" --uid "$user" --gid "$user" "${words[@]/#/--}" "$2" "$3"
      ;;
    gcsfuse)
      gcsfuse_client
      for option in ${4//,/ }; do
        case $option in
          _netdev | allow_other) ;; # of fstab and of FUSE; the latter is given below
          *) words+=("--${option//_/-}") ;;
        esac
      done
      apart timeout 60 gcsfuse -o allow_other --uid "$user" --gid "$user" "${words[@]}" "$2" "$3"
      ;;
    *) fail "a mount of type $1 is not known" ;;
  esac
}
