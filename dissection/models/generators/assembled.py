"""A generator made of the tensors of a file, in every published form and our own.

Sizes are read from the tensors, and everything is checked before a network is made of them.
"""

import math
import re
from typing import Any

import torch
from torch import Tensor

from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import all_finite, require_plain
from dissection.models.weights.wrappers import GENERATOR_KEYS, KEYS, mappings_of_tensors, plain_key

_PARTS = ("conv.weight", "wscale.b")
#: The first tensor of both namings, whatever stands in front of it.
_FIRST = re.compile(r"(?:(.*)\.)?(?:layer1|features\.0)\.conv\.weight")
#: Keys by which the generators of other programs are known. Theirs are other networks: the norm
#: stands elsewhere, weights are scaled while they run, or colors are blended.
_OTHERS = (
    ("pro_gan_pytorch", re.compile(r"(^|\.)initial_block\.conv_1\.")),
    ("rosinality's progressive-gan-pytorch", re.compile(r"(^|\.)progression(_\d+|\.\d+)\.conv")),
    ("pytorch_GAN_zoo", re.compile(r"(^|\.)(scaleLayers|formatLayer|toRGBLayers)\.")),
)


def assembled(loaded: dict[str, Any]) -> ProgressiveGenerator:
    """The generator that a file holds whole, in eval mode, float32, without gradients.

    Args:
        loaded: what ``read_checkpoint`` read.

    Raises:
        WeightsFault: it is no generator, or the first thing that is missing, misshapen, not a
            finite number or unknown.
    """
    return _assemble(_rename(_of_generator(loaded)))


def _of_generator(loaded: dict[str, Any]) -> dict[str, Tensor]:
    """The generator's tensors in a file, under the names that it gives them itself.

    Raises:
        WeightsFault: there are none; the sentence says what the file's keys begin with, and whose
            they are where that is known.
    """
    told = None
    for path, held in mappings_of_tensors(loaded, (*GENERATOR_KEYS, *KEYS)):
        tensors = {plain_key(key): value for key, value in held.items()}
        starts = {match[1] or "" for key in tensors if (match := _FIRST.fullmatch(key))}
        if starts:
            prefix = min(starts, key=len)
            prefix += "." if prefix else ""
            return {
                key.removeprefix(prefix): value
                for key, value in tensors.items()
                if key.startswith(prefix)
            }
        names = [key for key, value in held.items() if isinstance(value, Tensor)]
        told = told or (path, names)
        for program, known in _OTHERS:
            first = next((key for key in names if known.search(key)), None)
            if first is not None:
                raise WeightsFault(
                    f"it is a generator of {program}, another network than this program's (it has "
                    f"{first}), and is not read"
                )
    if told is None:
        keys = ", ".join(list(loaded)[:5]) or "nothing"
        raise WeightsFault(
            "it has no tensor layer1.conv.weight, with which every Progressive GAN begins, nor any "
            f"other, but {keys}"
        )
    path, names = told
    where = f" under {path}" if path else ""
    raise WeightsFault(
        "it has no tensor layer1.conv.weight, with which every Progressive GAN begins; its keys"
        f"{where} begin with {names[0]}"
    )


def _rename(tensors: dict[str, Tensor]) -> dict[str, tuple[str, Tensor]]:
    """Published key to (key in the file, tensor)."""
    if "features.0.conv.weight" not in tensors:
        return {key: (key, tensor) for key, tensor in tensors.items()}
    numbered = [re.fullmatch(r"features\.(\d+)\.conv\.weight", key) for key in tensors]
    layers = 1 + max(int(match[1]) for match in numbered if match)
    output = f"output_{_size(math.ceil(layers / 2))}"
    names = {
        f"features.{n}.{part}": f"layer{n + 1}.{part}" for n in range(layers) for part in _PARTS
    }
    names |= {f"output.{part}": f"{output}.{part}" for part in _PARTS}
    return {new: (old, tensors[old]) for old, new in names.items() if old in tensors}


def _size(resolutions: int) -> str:
    size = 4 * 2 ** (resolutions - 1)
    return f"{size}x{size}"


def _assemble(tensors: dict[str, tuple[str, Tensor]]) -> ProgressiveGenerator:
    """The network whose sizes are those of the tensors, with these as its weights."""
    numbered = [re.fullmatch(r"layer(\d+)\.conv\.weight", key) for key in tensors]
    layers = max((int(match[1]) for match in numbered if match), default=0)
    if "layer1.conv.weight" not in tensors:
        raise WeightsFault(
            "it has no tensor layer1.conv.weight, with which every Progressive GAN begins"
        )
    resolutions = math.ceil(layers / 2)
    if not 2 <= resolutions <= 9:
        raise WeightsFault(f"it has {layers} layers, and a Progressive GAN has from 4 to 18")
    old = tensors["layer1.conv.weight"][0].startswith("features.")
    names = [f"layer{n + 1}" for n in range(2 * resolutions)] + [f"output_{_size(resolutions)}"]
    for key in (f"{name}.{part}" for name in names for part in _PARTS):
        if key not in tensors:
            raise WeightsFault(f"it lacks the tensor {_old_name(key) if old else key}")
        _require_plain(*tensors[key])
    for n in range(1, 2 * resolutions, 2):
        key, tensor = tensors[f"layer{n}.conv.weight"]
        if tensor.ndim != 4 or 0 in tensor.shape:
            raise WeightsFault(
                f"{key} has the shape {tuple(tensor.shape)} and should have four sizes"
            )
    units = [tensors[f"layer{n}.conv.weight"][1].shape[0] for n in range(1, 2 * resolutions, 2)]
    with torch.device("meta"):  # no memory and no random numbers for weights that are replaced
        generator = ProgressiveGenerator(units, depth=tensors["layer1.conv.weight"][1].shape[1])
    weights = {}
    for name, expected in generator.state_dict().items():
        key, tensor = tensors[name]
        if tensor.shape != expected.shape:
            shapes = f"{tuple(tensor.shape)} and should have {tuple(expected.shape)}"
            raise WeightsFault(f"{key} has the shape {shapes}")
        weights[name] = tensor.detach().float().contiguous()
        if not all_finite(weights[name]):
            raise WeightsFault(f"{key} has values that are not finite numbers")
    extra = [key for key in tensors if key not in weights]
    if extra:
        raise WeightsFault(f"it has the tensor {extra[0]}, which a Progressive GAN does not have")
    generator.load_state_dict(weights, assign=True)
    return generator.requires_grad_(False).eval()


def _old_name(key: str) -> str:
    key = re.sub(r"^output_\d+x\d+\.", "output.", key)
    return re.sub(r"^layer(\d+)\.", lambda match: f"features.{int(match[1]) - 1}.", key)


def _require_plain(key: str, tensor: object) -> None:
    plain = require_plain(key, tensor)
    if not plain.is_floating_point():
        raise WeightsFault(f"{key} does not hold floating-point numbers but {plain.dtype}")
