# shellcheck shell=bash disable=SC2034,SC2054 # the steps use what is set here
readonly PROVIDER=aws
readonly REGION=us-east-1
readonly ROLE=compute
readonly GROUP=train
readonly GPUS=8
readonly FABRIC=efa
readonly EFA_INTERFACES=32
readonly LUSTRE_INTERFACES=0
readonly SCRATCH_COUNT=8
readonly SCRATCH_MOUNT=/local
readonly PYTORCH=2.15.0
readonly LOCK=pytorch-2.15.0.txt
readonly LOCK_SHA256=e1d8e8a60b54ddab53e0493926ab5f4a8bc42b3871b0c902f1307150c7a8cc5e
readonly MUNGE_SECRET=secretsmanager://us-east-1/clusterwright/bert-large/munge
readonly WORK=/scratch/clusterwright/bert-large
readonly WORK_KIND=shared
# Five words a mount: storage, path, type, source (empty: control/addresses.json has it), options.
readonly MOUNTS=(
  data
  /data
  mountpoint-s3
  bert-large-data-829effa1
  allow-delete,allow-other,allow-overwrite,prefix=data/
  home
  /home
  efs
  ''
  _netdev,iam,noresvport,tls
  scratch
  /scratch
  lustre
  ''
  _netdev,flock,lazystatfs,noatime,x-systemd.requires=network.service
)
