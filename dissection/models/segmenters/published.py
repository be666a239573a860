"""Weight files of the published segmenters, read with suspicion.

The files are plain dictionaries of tensors from the time of torch 0.4. What their training kept
for itself (running sums of a synchronized batch norm) is dropped; every other difference to the
architecture is refused, where the original reader would go on with random weights.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from dissection.errors import ModelFileError
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import read_tensors, require_plain
from dissection.runtime.files import reason

_BOOKKEEPING = ("_tmp_running_mean", "_tmp_running_var", "_running_iter")
_OPTIONAL = "num_batches_tracked"


def load_published(network: nn.Module, path: Path) -> None:
    """Fill a network (which may be on the meta device) from a published file, on the CPU.

    Args:
        network: the architecture; it is put in eval mode, float32, without gradients.
        path: a file of ``torch.save``, as published.

    Raises:
        ModelFileError: the file is missing, no file of plain tensors, or a tensor in it is
            missing, misshapen, unknown or not finite; the sentence names the first such tensor.
    """
    tensors = _read(path)
    weights = {}
    for key, expected in network.state_dict().items():
        found = tensors.pop(key, None)
        if found is None and key.endswith(_OPTIONAL):
            found = torch.zeros((), dtype=torch.int64)
        weights[key] = _fitting(path, key, found, expected)
    for key in tensors:
        norm, _, name = key.rpartition(".")
        if name not in _BOOKKEEPING or f"{norm}.running_mean" not in weights:
            raise ModelFileError(
                f"{path} cannot be used: it has the tensor {key}, which this network does not "
                "have; is it the file of another network?"
            )
    network.load_state_dict(weights, assign=True)
    network.requires_grad_(False).eval()


def _read(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise ModelFileError(f"There is no file {path}; put the published weights there.")
    try:
        return read_tensors(path)[0]
    except WeightsFault as fault:
        raise ModelFileError(f"{path} cannot be used: {fault}; download it again.") from fault
    except OSError as error:
        said = reason(error)
        raise ModelFileError(f"{path} cannot be read: {said}.") from error


def _fitting(path: Path, key: str, found: object, expected: Tensor) -> Tensor:
    """The tensor as the network wants it."""
    if found is None:
        raise ModelFileError(
            f"{path} cannot be used: it lacks the tensor {key}; is it the file of another network?"
        )
    try:
        plain = require_plain(key, found)
    except WeightsFault as fault:
        raise ModelFileError(f"{path} cannot be used: {fault}.") from fault
    if plain.shape != expected.shape:
        raise ModelFileError(
            f"{path} cannot be used: {key} has the shape {tuple(plain.shape)} and should have "
            f"{tuple(expected.shape)}."
        )
    if plain.is_complex() or plain.is_floating_point() != expected.is_floating_point():
        raise ModelFileError(f"{path} cannot be used: {key} holds {plain.dtype}.")
    weights = plain.detach().to(expected.dtype).contiguous()
    if weights.is_floating_point() and not torch.isfinite(weights).all():
        raise ModelFileError(f"{path} cannot be used: {key} has values that are not finite.")
    return weights
