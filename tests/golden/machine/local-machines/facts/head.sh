# shellcheck shell=bash disable=SC2034,SC2054 # the steps use what is set here
readonly PROVIDER=local
readonly REGION=''
readonly ROLE=head
readonly GROUP=head
readonly GPUS=0
readonly FABRIC=none
readonly EFA_INTERFACES=0
readonly LUSTRE_INTERFACES=0
readonly SCRATCH_COUNT=0
readonly SCRATCH_MOUNT=''
readonly PYTORCH=2.15.0
readonly LOCK=pytorch-2.15.0.txt
readonly LOCK_SHA256=e1d8e8a60b54ddab53e0493926ab5f4a8bc42b3871b0c902f1307150c7a8cc5e
readonly MUNGE_SECRET=file:///srv/secrets/munge.key
readonly WORK=/var/lib/clusterwright/work
readonly WORK_KIND=node
# Five words a mount: storage, path, type, source (empty: control/addresses.json has it), options.
readonly MOUNTS=(
  data
  /data
  bind
  /srv/bucket/data
  ''
)
