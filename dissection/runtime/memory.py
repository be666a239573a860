"""Telling a device that is out of memory from everything else that can go wrong."""

import gc
import traceback

import torch

from dissection.errors import DissectionError

#: How allocators that raise a plain RuntimeError say it: MPS, and torch's own on a CPU.
_SAID = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "Storage size calculation overflowed",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device had too little memory for what was asked of it."""
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _SAID)


def told(error: BaseException, device: torch.device) -> DissectionError:
    """The sentence for a device without memory for what cannot be made smaller.

    Args:
        error: what was raised; what it keeps alive is let go.
        device: that is out of memory.
    """
    traceback.clear_frames(error.__traceback__)
    free_memory(device)
    return DissectionError(
        f"The {device.type} device ran out of memory where there is no batch to halve; close what "
        "else uses it and go on with --resume, or start anew on another --device."
    )


def too_much(error: BaseException) -> DissectionError:
    """The sentence for a job that nothing can make smaller but who asked for it.

    Args:
        error: what was raised; what it keeps alive is let go.
    """
    traceback.clear_frames(error.__traceback__)
    gc.collect()
    return DissectionError(
        "There is too little memory for what is asked for; take smaller batches, fewer units or "
        "smaller pictures, or close what else needs memory."
    )


def free_memory(device: torch.device) -> None:
    """Give back what the allocator of a device keeps for later."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
