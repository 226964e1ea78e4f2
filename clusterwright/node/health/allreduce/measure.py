"""One stage in one process: join a group of ranks, add up, compare, take the time.

Numbers are small whole ones, so a sum of float32 is exact in whatever order it is made: up to 8192 ranks it stays below
2^24.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.distributed import PrefixStore, TCPStore  # pyright: ignore[reportPrivateImportUsage]

from clusterwright.node.health.allreduce.place import Place

TILE = 17
"""Period of the numbers in a message: no power of two, so that a block at a wrong place is a wrong sum."""
ROUNDS = 5
WIDTH = torch.finfo(torch.float32).bits // 8
SIOCGIFADDR = 0x8915  # linux/sockios.h: the address of an interface


@dataclass(frozen=True)
class Stage:
    """What a group of ranks is to do: `sizes` are of messages in bytes, `limit` is in seconds."""

    name: str
    group: tuple[int, ...]
    sizes: tuple[int, ...]
    gpu: bool
    limit: float


@dataclass(frozen=True)
class Found:
    """What one rank saw: seconds by message size, sizes whose sum was wrong, ranks whose numbers came wrong."""

    seconds: dict[int, float]
    wrong: tuple[int, ...] = ()
    liars: tuple[int, ...] = ()


def expected(rank: int) -> torch.Tensor:
    """What a rank should put in: one period, on the CPU."""
    return torch.arange(TILE, dtype=torch.float32) + rank % 7


def contribution(rank: int, device: torch.device) -> torch.Tensor:
    """What this rank puts in, as its device holds it."""
    return expected(rank).to(device)


def measure(place: Place, stage: Stage) -> Found:
    """Raises RuntimeError, of PyTorch, when the group does not come together or breaks."""
    store = TCPStore(place.master, place.port, is_master=False, timeout=timedelta(seconds=stage.limit))
    device = _device(place, stage)
    os.environ.setdefault("GLOO_SOCKET_IFNAME", _interface_to(place.master))
    dist.init_process_group(
        "nccl" if stage.gpu else "gloo",
        store=PrefixStore(f"stage/{stage.name}/{stage.group[0]}", store),
        rank=stage.group.index(place.rank),
        world_size=len(stage.group),
        timeout=timedelta(seconds=stage.limit),
    )
    own = contribution(place.rank, device)
    liars = tuple(_liars(own, stage.group))
    total = sum((expected(rank) for rank in stage.group), torch.zeros(TILE)).to(device)
    seconds, wrong = {}, []
    for size in stage.sizes:
        message = torch.empty(max(1, size // WIDTH // TILE), TILE, device=device)
        message.copy_(own.expand_as(message))
        dist.all_reduce(message)
        if not (torch.equal(message.amin(0), total) and torch.equal(message.amax(0), total)):
            wrong.append(size)
        seconds[size] = _time(message, device)
    dist.destroy_process_group()
    return Found(seconds, tuple(wrong), liars)


def _device(place: Place, stage: Stage) -> torch.device:
    if not stage.gpu:
        return torch.device("cpu")
    count = torch.cuda.device_count()
    if not count:
        raise RuntimeError("PyTorch sees no GPU")
    device = torch.device("cuda", place.local % count)
    torch.cuda.set_device(device)
    return device


def _liars(own: torch.Tensor, group: Sequence[int]) -> Iterator[int]:
    """The ranks whose own numbers arrive as others than they should be."""
    gathered = [torch.empty_like(own) for _ in group]
    dist.all_gather(gathered, own)
    for rank, numbers in zip(group, gathered, strict=True):
        if not torch.equal(numbers.cpu(), expected(rank)):
            yield rank


def _time(message: torch.Tensor, device: torch.device) -> float:
    """Seconds of one all-reduce, the mean of ROUNDS; of zeros, which stay what they are."""
    message.zero_()
    dist.barrier()
    _wait_for(device)
    began = time.perf_counter()
    for _ in range(ROUNDS):
        dist.all_reduce(message)
    _wait_for(device)
    return (time.perf_counter() - began) / ROUNDS


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _interface_to(address: str) -> str:
    """The interface over which an address is reached: a host name may stand for loopback, which gloo would then use."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((address, 9))
        own = probe.getsockname()[0]
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):  # an interface without an IPv4 address
                asked = fcntl.ioctl(probe, SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                if socket.inet_ntoa(asked[20:24]) == own:
                    return name
    raise RuntimeError(f"no interface has the address {own}, from which {address} is reached")
