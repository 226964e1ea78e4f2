"""Hosts the c10d store in which torchrun's agents meet, and writes its address to the file that is named.

The store gets a socket that is already bound: left to itself it would listen on all interfaces. It holds nothing that
must survive: the workers of a store that went away meet again in the next one.
"""

import json
import os
import pathlib
import secrets
import signal
import socket
import sys

from torch.distributed import TCPStore

listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
host, port = listener.getsockname()
store = TCPStore(host, port, is_master=True, wait_for_workers=False, master_listen_fd=listener.detach())

address = pathlib.Path(sys.argv[1])
address.parent.mkdir(parents=True, exist_ok=True)
fresh = address.with_name(f".{address.name}.{os.getpid()}")
fresh.write_text(json.dumps({"host": host, "port": port, "token": secrets.token_hex(8)}) + "\n")
os.replace(fresh, address)
print(f"rendezvous on {host}:{port}", flush=True)
signal.pause()
