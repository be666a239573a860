"""Several processes measure one network: ``torchrun --nproc-per-node N -m dissection dissect ...``.

Each process has a share of the sample, in whole batches, and its own working folder; what they
count comes together by ``TorchMerge``, a ``statistics.merge.Merge`` over torch.distributed. As all
that is merged are integers, extremes and rows in order, the figures are those of one process with
the same batches.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError, DissectionError
from dissection.runtime.merge import ALONE, Merge, Scalar

BACKENDS = ("auto", "gloo", "nccl")
#: While the first process tries brushes the others wait, for hours where need be.
_PATIENCE = timedelta(days=30)
_CHUNK_BYTES = 2**26


class TorchMerge:
    """The processes of a torch.distributed group; see ``Merge``.

    Args:
        group: which processes; None takes all. Its backend decides where tensors meet: on the
            CPU (gloo), or on this process's current CUDA device (nccl).
    """

    def __init__(self, group: dist.ProcessGroup | None = None) -> None:
        self._group = group
        self.rank = dist.get_rank(group)
        self.ranks = dist.get_world_size(group)
        on_cpu = "gloo" in dist.get_backend(group)
        self._device = torch.device("cpu" if on_cpu else "cuda")

    def sum(self, counts: Tensor) -> Tensor:
        """See ``Merge``."""
        return self._reduce(counts, dist.ReduceOp.SUM)

    def lowest(self, values: Tensor) -> Tensor:
        """See ``Merge``."""
        return self._reduce(values, dist.ReduceOp.MIN)

    def highest(self, values: Tensor) -> Tensor:
        """See ``Merge``."""
        return self._reduce(values, dist.ReduceOp.MAX)

    def join(self, rows: NDArray[Scalar]) -> NDArray[Scalar]:
        """See ``Merge``."""
        lengths = self._lengths(rows)
        joined: NDArray[Scalar] = np.empty((sum(lengths), *rows.shape[1:]), rows.dtype)
        first = sum(lengths[: self.rank])
        joined[first : first + len(rows)] = rows
        for rank, length in enumerate(lengths):
            first = sum(lengths[:rank])
            for part in _chunks(joined[first : first + length]):
                data = self._bytes(part)
                with _talking():
                    dist.broadcast(data, self._peer(rank), self._group)
                _put(data, part)
        return joined

    def collect(self, rows: NDArray[Any], into: NDArray[Any] | None) -> None:
        """See ``Merge``."""
        lengths = self._lengths(rows)
        if into is None:
            for part in _chunks(rows):
                with _talking():
                    dist.send(self._bytes(part), self._peer(0), self._group)
            return
        ALONE.collect(rows, into)
        for rank, length in enumerate(lengths[1:], 1):
            first = sum(lengths[:rank])
            for part in _chunks(into[first : first + length]):
                data = self._bytes(part)
                with _talking():
                    dist.recv(data, self._peer(rank), self._group)
                _put(data, part)

    def wait(self) -> None:
        """See ``Merge``."""
        self.sum(torch.zeros(1, dtype=torch.int64)).item()

    def _reduce(self, values: Tensor, how: dist.ReduceOp.RedOpType) -> Tensor:
        here = values.detach().to(self._device, copy=True).contiguous()
        with _talking():
            dist.all_reduce(here, how, self._group)
        return here.to(values.device)

    def _lengths(self, rows: NDArray[Any]) -> list[int]:
        """How many rows each process has."""
        lengths = torch.zeros(self.ranks, dtype=torch.int64)
        lengths[self.rank] = len(rows)
        return [int(length) for length in self.sum(lengths)]

    def _bytes(self, part: NDArray[Any]) -> Tensor:
        data = np.ascontiguousarray(part).view(np.uint8).reshape(-1)
        return torch.tensor(data, device=self._device)

    def _peer(self, rank: int) -> int:
        """The number among all processes of one of this group."""
        return rank if self._group is None else dist.get_global_rank(self._group, rank)


@contextmanager
def _talking() -> Iterator[None]:
    """A process that ended is told in a sentence."""
    try:
        yield
    except RuntimeError as error:
        raise DissectionError(
            "Another process of this job has ended before its time; what it says is the reason. "
            "What is finished is kept: go on with --resume."
        ) from error


def _chunks(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Rows in parts of some megabytes, in order."""
    each = max(1, _CHUNK_BYTES // max(rows[:1].nbytes, 1))
    for first in range(0, len(rows), each):
        yield rows[first : first + each]


def _put(data: Tensor, part: NDArray[Any]) -> None:
    part[...] = data.cpu().numpy().view(part.dtype).reshape(part.shape)


def own_device(device: torch.device) -> torch.device:
    """The CUDA device of this process, by number; other devices as they are."""
    if str(device) != "cuda":  # another kind, or one that has a number
        return device
    return torch.device("cuda", torch.cuda.current_device())


@contextmanager
def processes(cuda: bool, backend: str = "auto") -> Iterator[Merge]:
    """The processes that torchrun started, as a ``Merge``; ``ALONE`` without torchrun.

    Args:
        cuda: whether they compute on CUDA devices; each is given one of its own, by its local
            rank.
        backend: "gloo", "nccl", or "auto": nccl where every process has a device of its own.

    Raises:
        BadInputError: another backend, or one that this machine or PyTorch does not have.
    """
    if backend not in BACKENDS:
        raise BadInputError(f"--backend is {', '.join(BACKENDS)}, not '{backend}'.")
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield ALONE
        return
    if not dist.is_available():
        raise BadInputError("This PyTorch cannot work with several processes; start just one.")
    local, here = (int(os.environ.get(k, "0")) for k in ("LOCAL_RANK", "LOCAL_WORLD_SIZE"))
    devices = torch.cuda.device_count() if cuda else 0
    if devices:
        torch.cuda.set_device(local % devices)
    if backend == "auto":
        own = devices >= max(here, local + 1)
        backend = "nccl" if own and dist.is_nccl_available() else "gloo"
    elif backend == "nccl" and not (devices and dist.is_nccl_available()):
        raise BadInputError("The backend nccl needs CUDA devices; take --backend gloo.")
    dist.init_process_group(backend, timeout=_PATIENCE)
    merge = TorchMerge()
    yield merge
    # Until all have ended: torchrun stops all others when one that has no more to do aborts, as
    # tearing a group down may make it. So that is left to the end of the process.
    merge.wait()
