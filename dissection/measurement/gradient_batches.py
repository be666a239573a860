"""How many inputs at a time gradients have room for.

A pass with gradients keeps maps of all its layers until the backward passes are done: of a picture
in the published unified-parsing segmenter a third to half of a GB, where a pass without keeps next
to nothing. On a CPU, where nobody says in time that there is too little memory, a batch of a
dissection is therefore gone through in parts. How large they are follows from what the networks
keep of one input, never from how busy the machine is: the same job has the same parts.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, UntypedStorage
from torch.autograd.graph import saved_tensors_hooks

from dissection.measurement.job import Job

Graph = TypeVar("Graph")
#: Bytes that the graph of a part may keep on a CPU. Backward passes need some room besides.
ROOM = 2**30


def sum_of_parts(
    job: Job,
    key: str,
    inputs: Tensor,
    forward: Callable[[Tensor], Graph],
    backward: Callable[[Graph], dict[str, NDArray[np.float64]]],
) -> dict[str, NDArray[np.float64]]:
    """Sums over a batch, of which as many inputs are in one graph as there is room for.

    Args:
        job: what to run; its working folder remembers how many inputs that are.
        key: under which it does.
        inputs: (N, ...), a batch.
        forward: the pass with gradients.
        backward: sums over its inputs.

    Returns:
        What ``backward`` gives, added up.
    """
    sums: dict[str, NDArray[np.float64]] = {}
    for part in inputs.split(_at_once(job, key, inputs, forward)):
        found = backward(forward(part))
        sums = {name: sums[name] + value if sums else value for name, value in found.items()}
    return sums


def kept_bytes(forward: Callable[[], object]) -> int:
    """Bytes that a pass keeps for the backward passes, weights among them, each once."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> UntypedStorage:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        # Not the tensor: that knows its graph, and a graph that holds itself is never let go.
        return storage

    with saved_tensors_hooks(keep, lambda storage: storage):  # nobody goes back
        graph = forward()
    del graph  # until here: what was let go could have lent its place to another
    return sum(kept.values())


def _at_once(job: Job, key: str, inputs: Tensor, forward: Callable[[Tensor], object]) -> int:
    """Inputs in one graph; on other devices than a CPU all, as those say when memory runs out."""
    if job.device.type != "cpu" or len(inputs) < 2:
        return len(inputs)
    known = job.work.recall(key)
    if known is None:
        one = kept_bytes(lambda: forward(inputs[:1]))
        two = kept_bytes(lambda: forward(inputs[:2]))
        known = str(max(1, ROOM // max(1, two - one)))  # the weights are in both
        job.work.remember(key, known)
    return int(known)
