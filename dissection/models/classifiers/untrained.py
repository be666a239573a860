"""A network as it was before it learned anything."""

import torch
from torch import nn

from dissection.errors import BadInputError


def draw_weights(network: nn.Module, seed: int) -> None:
    """Draw all weights of a network anew, as its layers do when they are made; changes it.

    Args:
        network: every module with weights of its own has ``reset_parameters``, as torch's have.
        seed: of the weights; torch's own stream goes on as it was.

    Raises:
        BadInputError: a module does not say how its weights are drawn.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, module in network.named_modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()
            elif next(module.parameters(recurse=False), None) is not None:
                raise BadInputError(
                    f"{name or 'The network'} ({type(module).__name__}) does not say how its "
                    "weights are drawn, so there is no untrained one; take --no-untrained."
                )
