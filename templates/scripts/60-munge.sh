#!/usr/bin/env bash
# Munge tells the cluster's nodes from strangers, by a key that the head makes once and keeps in the secret store.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly KEY=/etc/munge/munge.key
readonly BYTES=1024 # as mungekey(8) makes by itself
readonly PATIENCE=1800 # seconds that a node waits for a head that is still booting

packages munge
fresh=$(mktemp) # readable by root alone
trap 'rm -f "$fresh"' EXIT
for ((began = SECONDS; ; )); do
  code=0
  words=$(node_python secrets get "$MUNGE_SECRET" 2>&1 >"$fresh") || code=$?
  ((code == 0)) && break
  ((code == 3)) || fail "Munge's key cannot be read: $words"
  if [[ $ROLE == head ]]; then
    say "making the cluster's Munge key"
    head -c "$BYTES" /dev/urandom >"$fresh"
    words=$(node_python secrets put "$MUNGE_SECRET" <"$fresh" 2>&1) || fail "Munge's key cannot be stored: $words"
    break
  fi
  ((SECONDS - began < PATIENCE)) || fail "there is no Munge key after $PATIENCE s: the head has not made one"
  ((SECONDS - began)) || say "waiting for the head to make the Munge key"
  sleep 5
done
(($(stat -c %s "$fresh") >= 32)) || fail "what the secret store has for Munge is too short for a key"
changed=
! put_file "$fresh" "$KEY" 0400 munge || changed=yes
chown munge:munge /etc/munge && chmod 0700 /etc/munge
if [[ $changed ]]; then
  systemctl restart munge.service || fail "munge does not start"
else
  systemctl start munge.service || fail "munge does not start"
fi
munge -n | unmunge >/dev/null || fail "munge does not know its own words"
