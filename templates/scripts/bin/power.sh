#!/bin/bash
# Slurm asks for nodes (with SLURM_RESUME_FILE set) or no longer wants them. Only a note: the head's loop looks at Slurm's
# own state, so that no request is lost with the head.
printf '%(%FT%T%z)T %s %s\n' -1 "${SLURM_RESUME_FILE:+resume}" "$*" >>/var/log/slurm/power.log
