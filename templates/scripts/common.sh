# shellcheck shell=bash disable=SC2034 # the steps use what is set here
# What all steps share. A step fails with its reason as its last words: the agent reports them.
set -euo pipefail
umask 022

: "${CLUSTERWRIGHT_BUNDLE:?}" "${CLUSTERWRIGHT_BUCKET:?}" "${CLUSTERWRIGHT_NODE_DIR:?}" "${CLUSTERWRIGHT_NODE:?}"
: "${CLUSTERWRIGHT_ENVIRONMENTS:?}" "${CLUSTERWRIGHT_PYTHON:?}" "${CLUSTERWRIGHT_GROUP:?}"
readonly KEYS=/usr/share/keyrings
# https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
readonly NO_SERVICES=/usr/sbin/policy-rc.d
# Google's archives are signed by its artifact registry (https://packages.cloud.google.com/apt/doc/apt-key.gpg has it).
readonly GOOGLE_KEY=https://packages.cloud.google.com/apt/doc/apt-key.gpg
readonly GOOGLE_FINGERPRINT=35BAA0B33E9EB396F59CA838C0BA5CE6DC6315A3
readonly LIB=/usr/local/lib/clusterwright STATE=/srv/clusterwright JOB_USER=cluster

# shellcheck source=../facts/train.sh
source "$CLUSTERWRIGHT_BUNDLE/facts/$CLUSTERWRIGHT_GROUP.sh"

say() { printf '%(%FT%T%z)T %s\n' -1 "$*" >&2; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# A program of the node's own code.
node_python() { PYTHONPATH=$CLUSTERWRIGHT_BUNDLE/lib PYTHONSAFEPATH=1 "$CLUSTERWRIGHT_PYTHON" -m "clusterwright.node.$1" "${@:2}"; }

readonly BASE_PYTHON=/usr/bin/python3
# shellcheck source=software.sh
source "${BASH_SOURCE[0]%/*}/software.sh"

# packages NAME...: installs those that are missing, from the archives that apt knows and checks the signatures of.
packages() {
  local name missing=()
  ! grep -qs clusterwright "$NO_SERVICES" || rm -f "$NO_SERVICES" # an installation that was killed has left it
  for name; do
    installed "$name" || missing+=("$name")
  done
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]}"
  install_packages "${missing[@]}" ||
    fail "cannot install ${missing[*]}: is the package archive reachable, and its clock right?"
}

installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

# install_packages NAME|FILE...: goes on where an installation was killed, after which dpkg takes no other. No service of
# theirs starts by itself: a node's services wait for its health.
install_packages() (
  apt() { apt-get -qq -o DPkg::Lock::Timeout=600 "$@" >&2; }
  trap 'rm -f "$NO_SERVICES"' EXIT
  printf '#!/bin/sh\n# clusterwright\nexit 101\n' >"$NO_SERVICES"
  chmod 0755 "$NO_SERVICES"
  export DEBIAN_FRONTEND=noninteractive
  apt update || exit
  dpkg --configure -a >&2 || apt install --fix-broken --yes || exit
  apt install --yes --no-install-recommends -- "$@"
)

# put_file SOURCE TARGET [MODE [OWNER]]: whole or not at all. Returns 0 if the file changed, 1 if it was so already.
put_file() {
  cmp -s "$1" "$2" && return 1
  install -D -m "${3:-0644}" -o "${4:-root}" -g "${4:-root}" "$1" "$2.new" || fail "$2 cannot be written"
  mv -f "$2.new" "$2" || fail "$2 cannot be written"
  say "wrote $2"
}

# trusted_key URL FINGERPRINT FILE: a vendor's signing key, as a keyring that holds no other. Without a fingerprint (-),
# where the vendor publishes none, the key is taken from the vendor's own address over TLS.
trusted_key() {
  local found
  [[ ! -s $3 ]] || return 0
  packages curl gnupg ca-certificates
  curl -fsSL --retry 5 "$1" -o "$3.download" || fail "the key $1 cannot be had"
  if [[ $2 == - ]]; then
    gpg --batch --yes --dearmor --output "$3" "$3.download" 2>/dev/null || mv -f "$3.download" "$3"
    return
  fi
  found=$(gpg --batch --show-keys --with-colons "$3.download" 2>/dev/null | awk -F: '$1 == "fpr" {print $10}') || true
  grep -qx "$2" <<<"$found" || fail "$1 does not hold the key $2 that is expected: found ${found//$'\n'/ }"
  rm -rf "$3.home" && install -d -m 0700 "$3.home"
  gpg --batch --quiet --homedir "$3.home" --import "$3.download" || fail "the key $2 cannot be imported"
  gpg --batch --quiet --homedir "$3.home" --export "$2" >"$3.new" || fail "the key $2 cannot be imported"
  rm -rf "$3.home" "$3.download"
  mv -f "$3.new" "$3"
}

# repository NAME KEYRING LINE: an archive of a vendor's, whose packages that key signs.
repository() {
  local fresh
  fresh=$(mktemp)
  printf 'deb [signed-by=%s] %s\n' "$2" "$3" >"$fresh"
  put_file "$fresh" "/etc/apt/sources.list.d/$1.list" || true
  rm -f "$fresh"
}

# NVIDIA's own archive, for what neither image nor distribution has.
nvidia_archive() {
  local architecture=x86_64 at
  [[ $(uname -m) != aarch64 ]] || architecture=sbsa
  at=https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/$architecture
  trusted_key "$at/3bf863cc.pub" EB693B3035CD5710E231E123A4B469963BF863CC "$KEYS/nvidia-cuda.gpg"
  repository nvidia-cuda "$KEYS/nvidia-cuda.gpg" "$at/ /"
}

# signed_package NAME URL KEYRING SUFFIX: a package that its vendor signs in a file beside it, URL.SUFFIX.
signed_package() {
  local folder
  ! installed "$1" || return 0
  folder=$(mktemp -d)
  curl -fsSL --retry 5 "$2" -o "$folder/p.deb" || fail "$2 cannot be had"
  curl -fsSL --retry 5 "$2.$4" -o "$folder/signature" || fail "$2.$4 cannot be had"
  gpgv --keyring "$3" "$folder/signature" "$folder/p.deb" 2>&1 || fail "$2 does not have its vendor's signature"
  install_packages "$folder/p.deb" || fail "$1 cannot be installed"
  rm -rf "$folder"
}
