"""A network of somebody else: where it computes for us, and in which mode it is given back."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import torch
from torch import nn

from dissection.errors import BadInputError
from dissection.models.generators.precision import choose_device


def device_for(network: nn.Module, device: torch.device | str | None = None) -> torch.device:
    """Where a network computes: on the device asked for, or where it is.

    Raises:
        BadInputError: there is no such device here, or the network has no weights yet.
    """
    placed = [tensor.device for tensor in chain(network.parameters(), network.buffers())]
    if any(here.type == "meta" for here in placed):
        raise BadInputError(
            "The network is on torch's device 'meta', which holds no weights; load them into it "
            "first."
        )
    if device is not None:
        return choose_device(str(device))
    parameter = next(network.parameters(), None)
    return parameter.device if parameter is not None else torch.device("cpu")


@contextmanager
def evaluating(network: nn.Module, device: torch.device | None = None) -> Iterator[nn.Module]:
    """A network in eval mode; behind the block each of its modules is in the mode it was in.

    Somebody may train a network of which parts are held in eval mode, such as normalizations:
    these stay so, where ``network.train()`` alone would put them into training mode.

    Args:
        network: any module.
        device: where it is moved to, and stays; None leaves it where it is.
    """
    training = network.training
    modes = [(module, module.training) for module in network.modules()]
    try:
        yield (network if device is None else network.to(device)).eval()
    finally:
        network.train(training)  # some do more than set flags
        for module, mode in modes:
            module.training = mode
