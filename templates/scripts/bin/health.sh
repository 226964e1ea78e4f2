#!/bin/bash
# Slurm's HealthCheckProgram: it drains the node itself, with the reason.
exec /usr/local/lib/clusterwright/node health check
