"""Rounding of a convolution's weights so that the errors cancel in what it computes.

Weights that meet like inputs can be rounded to opposite sides. One input after the other is
rounded, and what that changes is made up for, as well as it can be, by the weights that are still
to be rounded (GPTQ, Frantar et al. 2023; Optimal Brain Surgeon, Hassibi and Stork 1993).
"""

import torch
from torch import Tensor

#: Inputs rounded before their errors are handed on to all later ones at once.
_BLOCK = 128


def round_with_feedback(weight: Tensor, scale: Tensor, moments: Tensor, largest: int) -> Tensor:
    """Whole numbers Q for which ``sum over x of |(W - Q scale) x|^2`` is small.

    Args:
        weight: W, float (units, inputs).
        scale: positive, float32 (units, inputs).
        moments: sum of x x^T over the inputs x, float64 (inputs, inputs), positive definite.
        largest: numbers are from -largest to largest.

    Returns:
        Float32 (units, inputs), whole numbers.
    """
    # Those that matter most first: there are still many others to make up for their errors.
    order = moments.diagonal().argsort(descending=True, stable=True)
    weight, scale = weight.float()[:, order], scale[:, order]
    lower = torch.linalg.cholesky(moments[order][:, order])
    # Row i: by how much the later weights have to move for an error of 1 at input i.
    shares = torch.linalg.cholesky(torch.cholesky_inverse(lower), upper=True)
    shares = (shares / shares.diagonal()[:, None]).float()
    numbers = torch.empty_like(weight)
    for start in range(0, weight.shape[1], _BLOCK):
        stop = min(start + _BLOCK, weight.shape[1])
        errors = torch.empty_like(weight[:, start:stop])
        for i in range(start, stop):
            numbers[:, i] = (weight[:, i] / scale[:, i]).round().clamp(-largest, largest)
            error = weight[:, i] - numbers[:, i] * scale[:, i]
            errors[:, i - start] = error
            weight[:, i + 1 : stop] -= error[:, None] * shares[i, i + 1 : stop]
        weight[:, stop:] -= errors @ shares[start:stop, stop:]
    return numbers[:, order.argsort()]
