"""Telling a device that is out of memory from everything else that can go wrong."""

import gc

import torch

#: How allocators that raise a plain RuntimeError say it: MPS, and torch's own on a CPU.
_SAID = ("out of memory", "can't allocate memory", "not enough memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device had too little memory for what was asked of it."""
    if isinstance(error, torch.cuda.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _SAID)


def free_memory(device: torch.device) -> None:
    """Give back what the allocator of a device keeps for later."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
