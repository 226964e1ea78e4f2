"""Ranks: who this process is, how it talks to the others, and how it ends with them."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch.distributed import PrefixStore, Store, TCPStore  # pyright: ignore[reportPrivateImportUsage]

from .errors import PeerFailed, Stopped

T = TypeVar("T")

# A step that takes longer than this has lost a peer without a closed connection (a dead network, a stopped machine).
STEP_TIMEOUT = timedelta(minutes=10)
# Rank 0 may fetch and tokenize for long while the others wait.
PATIENCE = timedelta(hours=6)

_stop_requested = False


@dataclass(frozen=True)
class World:
    """This process among the ranks. `size` processes; `attempt` counts how often the job was started."""

    rank: int
    size: int
    local_rank: int
    attempt: int
    device: torch.device
    patient: Any = None  # process group whose collectives may wait for PATIENCE

    @property
    def leads(self) -> bool:
        return self.rank == 0


def start() -> World:
    """Join the process group that torchrun's environment describes; without torchrun, be a world of one."""
    rank, size, local_rank = (
        int(os.environ.get(name, default)) for name, default in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))
    )
    attempt = int(os.environ.get("CLUSTERWRIGHT_ATTEMPT") or os.environ.get("TORCHELASTIC_RESTART_COUNT", 0))
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", local_rank)
        torch.cuda.set_device(device)
    patient = None
    if size > 1:
        backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, timeout=STEP_TIMEOUT, store=_store(rank, size), rank=rank, world_size=size)
        patient = dist.new_group(backend="gloo", timeout=PATIENCE)
    return World(rank, size, local_rank, attempt, device, patient)


def _store(rank: int, size: int) -> Store:
    """The store in which the ranks find one another: torchrun's if it hosts one, else rank 0's.

    TCPStore listens on every interface unless it is given a socket; rank 0 listens on MASTER_ADDR alone. torchrun
    hosts none with TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1.
    """
    host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True":
        # torchrun's store lives through restarts: without a name of its own, an attempt would read the last one's keys.
        attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        return PrefixStore(f"attempt-{attempt}", TCPStore(host, port, size, is_master=False))
    if rank == 0:
        listener = socket.create_server((host, port), backlog=1024)
        return TCPStore(host, port, size, is_master=True, master_listen_fd=listener.detach())
    return TCPStore(host, port, size, is_master=False)


def finish() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def die_with_parent() -> None:
    """Ask Linux to kill this process when torchrun dies, so that no rank is left over (prctl(2), PR_SET_PDEATHSIG)."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    pr_set_pdeathsig = 1
    if ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:  # it died between the two calls
        os.kill(os.getpid(), signal.SIGKILL)


def listen_for_stop() -> None:
    """SIGTERM (torchrun, a shutdown), SIGUSR1 (Slurm's warning) and SIGINT set a flag that `agree` spreads."""

    def request(_number: int, _frame: Any) -> None:
        global _stop_requested
        _stop_requested = True

    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
        signal.signal(number, request)


def check_stop() -> None:
    """Raise Stopped if this rank was asked to stop; for work that rank 0 does alone."""
    if _stop_requested:
        raise Stopped


def total(world: World, values: Sequence[float]) -> list[float]:
    """Sum each value over the ranks, exactly the same on each."""
    if world.size == 1:
        return [float(v) for v in values]
    tensor = torch.tensor(values, dtype=torch.float64)
    dist.all_reduce(tensor)
    return tensor.tolist()


def agree(world: World, values: Sequence[float]) -> tuple[bool, list[float]]:
    """Sum the values over the ranks and learn whether any rank was asked to stop, in one exchange."""
    stop, *sums = total(world, [float(_stop_requested), *values])
    return stop > 0, sums


def lead(world: World, work: Callable[[], T]) -> T:
    """Run `work` on rank 0 while the others wait for its result, which must pickle.

    Raises:
        PeerFailed: on the other ranks, if rank 0 failed. Stopped: on every rank, if rank 0 stopped.
    """
    if world.size == 1:
        return work()
    box: list[Any] = [None, None]
    if world.leads:
        try:
            box = ["done", work()]
        except BaseException as error:
            box = ["stopped" if isinstance(error, Stopped) else "failed", None]
            raise
        finally:
            dist.broadcast_object_list(box, src=0, group=world.patient)
    else:
        dist.broadcast_object_list(box, src=0, group=world.patient)
    if box[0] == "stopped":
        raise Stopped
    if box[0] == "failed":
        raise PeerFailed
    return box[1]


def share(world: World, items: Sequence[T]) -> Sequence[T]:
    """This rank's part: every `size`-th item. Interleaved, so neighbours of like length spread evenly."""
    return items[world.rank :: world.size]
