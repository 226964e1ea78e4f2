"""What is decided for a cluster on GCP before there is a plan: fabric, placement, interfaces, addresses, disks."""
