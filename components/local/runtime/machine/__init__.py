"""Nodes that are machines: systemd-nspawn containers that boot as a cloud's nodes do, on a network of their own.

What is there is told by the kernel and by the cluster's folder, never by memory: a machine lives while its cgroup holds
a process, a network while its namespace has a name. So whatever is killed, the next call goes on from what it finds.
"""
