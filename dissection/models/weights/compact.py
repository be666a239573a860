"""Weights in 8 bits: the compact form of a safetensors file, and rounding to it.

A tensor ``KEY`` of two or more axes may be stored as two: ``KEY.int8``, whole numbers of its shape,
and ``KEY.scale``, float32 of as many axes, each of the tensor's size or 1. Its values are their
product. All other tensors are stored as they are. The file's texts say ``weights_form: compact``
and ``weights_version: 1``.

A scale serves the inputs of one unit at one tap of its kernel: with fewer weights the largest is
smaller, and so is the step. The scales take 1 / 64 of the space of the numbers at 256 inputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.overlay import FORM, VERSION, is_overlay

_INT8, _SCALE = ".int8", ".scale"
_TEXTS = {FORM: "compact", VERSION: "1"}
#: The numbers are from -127 to 127.
LARGEST = 127
#: Clipping the largest weights makes the steps of all others finer: shares that are tried.
_CLIPS = tuple(1 - k / 50 for k in range(26))


@dataclass(frozen=True, eq=False)
class Rounded:
    """A tensor as whole numbers times scales.

    Attributes:
        numbers: int8, -127..127, of the tensor's shape.
        scale: float32, positive, of as many axes, each of the tensor's size or 1.
    """

    numbers: Tensor
    scale: Tensor

    def values(self) -> Tensor:
        """The tensor that is stored, float32."""
        values = self.numbers.float()
        return values.mul_(self.scale.float())


def finest_scale(weight: Tensor) -> Tensor:
    """The step of each unit and tap with the least squared error of its weights.

    Args:
        weight: float (units, inputs, ...), finite.

    Returns:
        float32 (units, 1, ...), positive: the best of ``_CLIPS`` times largest weight / 127.
    """
    weight = weight.detach().float()
    full = weight.abs().amax(1, keepdim=True) / LARGEST
    full = torch.where(full > 0, full, torch.ones_like(full)).clamp(min=1e-30)
    scale, least = full, torch.full_like(full, torch.inf)
    for clip in _CLIPS:
        tried = full * clip
        error = (round_to(weight, tried).values() - weight).square().sum(1, keepdim=True)
        scale = torch.where(error < least, tried, scale)
        least = torch.minimum(error, least)
    return scale


def round_to(weight: Tensor, scale: Tensor) -> Rounded:
    """Each weight to the nearest multiple of its scale; those out of reach to the last one."""
    numbers = (weight / scale).round().clamp(-LARGEST, LARGEST)
    return Rounded(numbers.to(torch.int8), scale)


def compacted(
    tensors: Mapping[str, Tensor | Rounded], texts: Mapping[str, str]
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and texts of a file in the compact form.

    Args:
        tensors: by name; what is not rounded is stored as float32.
        texts: more texts of the file.
    """
    stored = {}
    for key, tensor in tensors.items():
        if isinstance(tensor, Rounded):
            stored[key + _INT8] = tensor.numbers.cpu().contiguous()
            stored[key + _SCALE] = tensor.scale.float().cpu().contiguous()
        else:
            stored[key] = tensor.detach().float().cpu().contiguous()
    return stored, {**texts, **_TEXTS}


def expanded(
    tensors: Mapping[str, Tensor], texts: Mapping[str, str]
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """What ``compacted`` was given, as float32 tensors; files in other forms as they are.

    Raises:
        WeightsFault: an unknown version, or a part of a tensor is missing or no such part.
    """
    if not is_compact(texts):
        return dict(tensors), dict(texts)
    form, version = (texts.get(key, "?") for key in _TEXTS)
    if (form, version) != tuple(_TEXTS.values()):
        raise WeightsFault(
            f"its weights are in the form {form}, version {version}, and this program reads "
            f"{_TEXTS[FORM]}, version {_TEXTS[VERSION]}; open it with a newer program"
        )
    plain = {}
    for key, tensor in tensors.items():
        whole = key.removesuffix(_SCALE if key.endswith(_SCALE) else _INT8)
        if whole == key:
            plain[key] = tensor.float() if tensor.is_floating_point() else tensor
        elif whole in tensors:
            raise WeightsFault(f"it holds {whole} twice, once in 8 bits")
        else:
            plain[whole] = _rounded(whole, tensors).values()
    return plain, {key: text for key, text in texts.items() if key not in _TEXTS}


def is_compact(texts: Mapping[str, str]) -> bool:
    """Whether a file with these texts is in the compact form, of whatever version."""
    return (FORM in texts or VERSION in texts) and not is_overlay(texts)


def _rounded(name: str, tensors: Mapping[str, Tensor]) -> Rounded:
    """The two stored parts of a tensor, checked."""
    for key in (name + _INT8, name + _SCALE):
        if key not in tensors:
            raise WeightsFault(f"it lacks the tensor {key}")
    numbers, scale = tensors[name + _INT8], tensors[name + _SCALE]
    if numbers.dtype != torch.int8:
        raise WeightsFault(f"{name + _INT8} holds {numbers.dtype} and should hold torch.int8")
    if not scale.is_floating_point():
        raise WeightsFault(f"{name + _SCALE} does not hold floating-point numbers")
    fits = [size in (1, whole) for size, whole in zip(scale.shape, numbers.shape, strict=False)]
    if scale.ndim != numbers.ndim or not all(fits):
        raise WeightsFault(
            f"{name + _SCALE} has the shape {tuple(scale.shape)}, which does not go with the "
            f"{tuple(numbers.shape)} of {name + _INT8}"
        )
    if not (torch.isfinite(scale) & (scale > 0)).all():
        raise WeightsFault(f"{name + _SCALE} has values that are not finite and positive")
    return Rounded(numbers, scale)
