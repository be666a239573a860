"""Weights that a run goes on from: of one of its size, or of a smaller one that it widens.

A run at 64 px leaves everything that decides what is in a scene; the layers of 128 px and above
begin untrained and are faded in. Low resolutions are so trained on small pictures, cheaply.

Where nothing is left of a run but its generator, whose weights may have been rounded to 8 bits, a
run goes on from that: the discriminator begins anew, or with weights of its own, and learns alone
for a while (``GeneratorSettings.warm_up``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from dissection.errors import ModelFileError
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.progressive import OutputLayer
from dissection.models.weights.files import LARGEST_WEIGHTS
from dissection.runtime.reading import require_ordinary
from dissection.training.discriminator import Discriminator
from dissection.training.growth import GrowingGenerator

#: How names begin of weights that judge.
CRITICS = ("discriminator.", "features.")
_OUTPUT = re.compile(r"(outputs|inputs)\.(\d+)\.")


@dataclass(frozen=True)
class Start:
    """What a file to start from holds.

    Attributes:
        tensors: float32, by player and name in its network: ``generator.body...``.
        alone: the file is a generator's: no other player, and no color layers below its size.
        stage: index of its largest resolution, where it is a generator's; else 0.
    """

    tensors: Mapping[str, Tensor]
    alone: bool = False
    stage: int = 0


def read_start(path: Path) -> Start:
    """Read the weights of a run, or a generator in any published form.

    Raises:
        ModelFileError: it is neither, or damaged.
    """
    try:
        require_ordinary(path, LARGEST_WEIGHTS)
        tensors = load_file(path)
    except (OSError, SafetensorError):
        tensors = {}
    if any(key.startswith("generator.") for key in tensors):
        return Start({key: tensor.float() for key, tensor in tensors.items()})
    published = load_generator(str(path))
    stage = len(published.units) - 1
    own = {}
    for key, tensor in published.state_dict().items():
        layer, _, rest = key.partition(".")
        colors = isinstance(published.get_submodule(layer), OutputLayer)
        own[f"outputs.{stage}.{rest}" if colors else f"body.{key}"] = tensor.float()
    both = {f"{player}.{k}": t for player in ("generator", "average") for k, t in own.items()}
    return Start(both, alone=True, stage=stage)


def read_discriminator(path: Path) -> dict[str, Tensor]:
    """Weights of a discriminator, by player: of ``discriminator.safetensors``, or of a whole run.

    Raises:
        ModelFileError: the file cannot be read, or holds none.
    """
    try:
        require_ordinary(path, LARGEST_WEIGHTS)
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"The weights {path} cannot be read ({error}).") from error
    found = {k: t.float() for k, t in tensors.items() if k.startswith(CRITICS)}
    if not any(key.startswith(CRITICS[0]) for key in found):
        raise ModelFileError(
            f"The weights {path} hold no discriminator; name the discriminator.safetensors or the "
            "start.safetensors of a run."
        )
    return found


def start_weights(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Weights of one player (``GeneratorTraining.weights``), by the names in its network."""
    stem = f"{prefix}."
    return {k.removeprefix(stem): t for k, t in tensors.items() if k.startswith(stem)}


def load_start(
    network: nn.Module, weights: dict[str, Tensor], path: Path, player: str, alone: bool = False
) -> None:
    """Load what a run goes on from, in place.

    Args:
        network: a player of this run; layers of resolutions above the file's stay as they are.
        weights: ``start_weights`` of the file.
        path: of the file, for the sentence.
        player: what the network is, for the sentence.
        alone: the file is a generator's, which has no color layers below its own size.

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
    if alone:
        expected = {k for k in expected if not _OUTPUT.match(k) or _stage(network, k) == size - 1}
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
