"""Weights that a run goes on from: of one of its size, or of a smaller one that it widens.

A run at 64 px leaves everything that decides what is in a scene; the layers of 128 px and above
begin untrained and are faded in. Low resolutions are so trained on small pictures, cheaply.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from dissection.errors import ModelFileError
from dissection.models.generators.progressive import OutputLayer
from dissection.training.discriminator import Discriminator
from dissection.training.growth import GrowingGenerator

_OUTPUT = re.compile(r"(outputs|inputs)\.(\d+)\.")


def start_weights(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Weights of one player (``GeneratorTraining.weights``), by the names in its network."""
    stem = f"{prefix}."
    return {k.removeprefix(stem): t for k, t in tensors.items() if k.startswith(stem)}


def load_start(network: nn.Module, weights: dict[str, Tensor], path: Path, player: str) -> None:
    """Load what a run goes on from, in place.

    Args:
        network: a player of this run; layers of resolutions above the file's stay as they are.
        weights: ``start_weights`` of the file.
        path: of the file, for the sentence.
        player: what the network is, for the sentence.

    Raises:
        ModelFileError: layers are missing below the file's own size, or have other widths.
    """
    own = network.state_dict()
    size = _resolutions(weights)
    if isinstance(network, GrowingGenerator) and size == len(network.outputs):
        last = f"outputs.{size - 1}."
        name = f"body.output_{network.body.size}x{network.body.size}."
        weights = weights | {
            key.replace(last, name): tensor for key, tensor in weights.items() if last in key
        }
    expected = {key for key in own if _stage(network, key) < size} if size else set(own)
    missing = sorted(expected - set(weights))
    if missing:
        raise ModelFileError(
            f"The weights {path} do not fit the {player} of this run: they have "
            f"{4 << max(size - 1, 0)} px and lack {missing[0]}; name the file of a whole run."
        )
    for key, tensor in weights.items():
        if key not in own:
            raise ModelFileError(
                f"The weights {path} do not fit the {player} of this run: it has no {key}; "
                "give --size and --units of the run that made them, or a larger size."
            )
        if own[key].shape != tensor.shape:
            raise ModelFileError(
                f"The weights {path} do not fit the {player} of this run: {key} is "
                f"{tuple(tensor.shape)}, and {tuple(own[key].shape)} here; give the same --units "
                "at the resolutions that both have."
            )
    network.load_state_dict(weights, strict=False)


def _resolutions(weights: Mapping[str, Tensor]) -> int:
    """How many resolutions a player of the file has; 0 for one that does not grow."""
    stages = [int(found[2]) for key in weights if (found := _OUTPUT.match(key))]
    return max(stages, default=-1) + 1


def _stage(network: nn.Module, key: str) -> int:
    """Index of the resolution that a tensor serves."""
    kind, _, rest = key.partition(".")
    if isinstance(network, Discriminator):
        return int(rest.split(".")[0]) if kind in ("inputs", "first", "second") else 0
    assert isinstance(network, GrowingGenerator)
    if kind == "outputs":
        return int(rest.split(".")[0])
    name = rest.split(".")[0]
    body = network.body
    if isinstance(body.get_submodule(name), OutputLayer):
        return len(network.outputs) - 1
    return body.layer_names.index(name) // 2
