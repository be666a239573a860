"""torchvision's classifiers with the weights of a file, fed as these weights were trained.

Every published file of torchvision comes with its own transforms: the size that pictures are
resized to, the crop, the interpolation, mean and standard deviation. Which published file one is
is told by its SHA-256, the first digits of which torchvision puts into the name, or by that name.
Weights of one's own are fed as the first published ones of their architecture (of their size,
where that is seen in the weights), which is how torchvision trains it.
"""

import math
import re
import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from dissection.errors import BadInputError, UnknownNameError
from dissection.models.classifiers.fill import filled, read_weights
from dissection.models.classifiers.preparation import PUBLISHED, Preparation, Prepare, unchanged
from dissection.models.classifiers.published import resnet152_name, vgg16_names
from dissection.models.classifiers.transforms import Normalization
from dissection.models.weights.wrappers import mappings_of_tensors
from dissection.runtime.files import file_digest, user_path

if TYPE_CHECKING:
    from torchvision.models import WeightsEnum

PREFIX = "torchvision:"
#: These scale their pictures to -1..1 themselves, in torchvision's published form.
_TRANSFORM_INPUT = ("googlenet", "inception_v3")
_DENSE_LAYER = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)")
_DENSE_HALVES = re.compile(r"mlp\.linear_([12])\.")


def load_torchvision(
    text: str, weights: str | Path | None, prepare: Prepare = unchanged
) -> tuple[nn.Module, str, Path, Preparation]:
    """A torchvision classifier by name.

    Args:
        text: ``torchvision:NAME``.
        weights: a file of its weights.
        prepare: changes how its pictures are made.

    Returns:
        The network, which takes normalized pictures; its name, the file, and how pictures are made.

    Raises:
        UnknownNameError: torchvision has no such classifier.
        BadInputError: no weights are named.
        ModelFileError: the file cannot be read, or is of another network.
    """
    from torchvision import models

    name = text.removeprefix(PREFIX).strip().lower()
    known = models.list_models(module=models)
    if name not in known:
        raise UnknownNameError(
            f"torchvision has no classifier '{name}'; it has {', '.join(known)}."
        )
    if weights is None:
        raise BadInputError(
            f"{text} is an architecture without weights; name a file of them with --weights."
        )
    path = user_path(weights)
    side = _image_size(path, name)
    preparation = prepare(prepared_as(name, path, side))
    build = builder(name, side, preparation)
    if _has_first_stem(path, name):
        build = _with_first_stem(build)
    module = filled(path, name, build, renaming(name))
    return module, name, path, preparation


def builder(
    name: str, side: int | None = None, preparation: Preparation | None = None
) -> Callable[[int], nn.Module]:
    """A function that makes an architecture for a number of classes.

    Args:
        name: torchvision's.
        side: px of the pictures of a vision transformer; None is torchvision's usual.
        preparation: how pictures are made; it decides whether GoogLeNet and Inception scale them.
    """
    from torchvision import models

    more: dict[str, Any] = {}
    if name in _TRANSFORM_INPUT:
        scales = preparation is None or preparation.transform_input
        more = {"init_weights": False, "aux_logits": False, "transform_input": scales}
    if side is not None:
        more["image_size"] = side

    def build(classes: int) -> nn.Module:
        network: nn.Module = models.get_model(name, weights=None, num_classes=classes, **more)
        return network

    return build


def _has_first_stem(path: Path, name: str) -> bool:
    """Whether a file is of torchvision's first MNASNet, which began with 32 units at any width."""
    if not name.startswith("mnasnet") or name == "mnasnet1_0":
        return False
    stems = (
        held[key]
        for _, held in mappings_of_tensors(read_weights(path))
        for key in held
        if key.endswith("layers.0.weight")
    )
    return any(
        isinstance(stem, Tensor) and len(stem.shape) == 4 and len(stem) == 32 for stem in stems
    )


def _with_first_stem(build: Callable[[int], nn.Module]) -> Callable[[int], nn.Module]:
    """The first MNASNet: torchvision makes it of the present one when it is told the version."""

    def first(classes: int) -> nn.Module:
        network, nothing = build(classes), OrderedDict[str, Tensor]()
        nothing._metadata = {"": {"version": 1}}  # type: ignore[attr-defined]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on newer weights
            network.load_state_dict(nothing, strict=False)
        return network

    return first


def renaming(name: str) -> Callable[[str], str]:
    """Names in published and older files to those of torchvision."""
    if name == "vgg16":
        numbered = {published: number for number, published in vgg16_names().items()}

        def vgg(key: str) -> str:
            layer, dot, part = key.rpartition(".")
            return f"{numbered.get(layer, layer)}{dot}{part}"

        return vgg
    if name == "resnet152":
        return resnet152_name
    if name.startswith("densenet"):
        return lambda key: _DENSE_LAYER.sub(r"\1\2", key)
    if name.startswith("vit_"):
        return lambda key: _DENSE_HALVES.sub(lambda m: f"mlp.{3 * (int(m[1]) - 1)}.", key)
    return str


def prepared_as(name: str, path: Path, side: int | None = None) -> Preparation:
    """How torchvision makes the pictures for the weights of a file.

    Args:
        name: of the architecture.
        path: the file.
        side: px of the pictures that the weights themselves tell, or None.
    """
    from torchvision import models

    entries: list[WeightsEnum] = list(models.get_model_weights(name))
    digest = file_digest(path) if path.is_file() else ""
    if digest:
        for entry in entries:
            if digest.startswith(Path(entry.url).stem.rpartition("-")[2]):
                return _of_entry(name, entry, "known by its SHA-256")
        for entry in entries:
            if path.stem.startswith(Path(entry.url).stem):
                return _of_entry(name, entry, "known by its name")
    fitting = [entry for entry in entries if _crop(entry) == side] or entries
    if not fitting:
        return PUBLISHED
    guessed = _of_entry(name, fitting[0], "the usual ones of this architecture; name your own")
    if side is not None and guessed.size != side:
        guessed = replace(guessed, size=side, resize=round(side * guessed.resize / guessed.size))
    return guessed


def _of_entry(name: str, entry: "WeightsEnum", how: str) -> Preparation:
    transforms = entry.transforms()
    return Preparation(
        size=_crop(entry),
        resize=max(_crop(entry), transforms.resize_size[0]),
        interpolation=transforms.interpolation.value,
        normalization=Normalization(tuple(transforms.mean), tuple(transforms.std)),
        transform_input=name in _TRANSFORM_INPUT,
        source=f"torchvision's of {entry.name}, {how}",
    )


def _crop(entry: "WeightsEnum") -> int:
    return int(entry.transforms().crop_size[0])


def _image_size(path: Path, name: str) -> int | None:
    """Px of the pictures that a vision transformer's places tell; None of all others."""
    if not name.startswith("vit_"):
        return None
    patch = int(name.rpartition("_")[2])
    for _, held in mappings_of_tensors(read_weights(path)):
        for key, places in held.items():
            if key.endswith("encoder.pos_embedding") and isinstance(places, Tensor):
                side = math.isqrt(max(0, places.shape[1] - 1)) if places.ndim == 3 else 0
                return patch * side or None
    return None
