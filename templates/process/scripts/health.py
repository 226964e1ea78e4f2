"""Whether PyTorch works on this node: the pinned version computes, and its ranks could talk over loopback."""

import socket
import sys

import torch
import torch.distributed

version = torch.__version__.split("+")[0]
if version != sys.argv[1]:
    sys.exit(f"PyTorch is {version}, pinned is {sys.argv[1]}")
if not torch.distributed.is_gloo_available():
    sys.exit("this PyTorch has no gloo")
ones = torch.ones(64, 64)
if not torch.equal(ones @ ones, torch.full((64, 64), 64.0)):
    sys.exit("PyTorch computes a wrong product")
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), timeout=5).close()
