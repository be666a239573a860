"""Networks by name: bundled generators, files, torchvision's classifiers, a user's own.

``storybook-church``            a bundled generator
``path/to/file``                a generator, or one of the published Places365 classifiers
``torchvision:NAME``            torchvision's architecture, with the weights of a local file
``package.module:factory``      a user's own: a module, or a function or class that makes one

Nothing in a file is ever executed, and nothing is fetched from anywhere.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dissection.errors import BadInputError, DissectionError, ModelFileError, UnknownNameError
from dissection.models.classifiers.published import (
    PlacesAlexNet,
    PlacesVGG16,
    resnet152_name,
    vgg16_names,
)
from dissection.models.classifiers.transforms import takes_pictures
from dissection.models.generators.checkpoints import load_generator
from dissection.models.weights.files import WeightsFault, read_tensors, require_plain
from dissection.runtime.entry_points import find_dotted, in_words, is_dotted
from dissection.runtime.files import file_digest, user_path
from dissection.runtime.resources import bundled_models

_TORCHVISION = "torchvision:"
_SIZE, _ALEXNET_SIZE, _INCEPTION_SIZE = 224, 227, 299
#: Kept by old files or left out by them; it counts batches of the training and changes nothing.
_BOOKKEEPING = "num_batches_tracked"


@dataclass(frozen=True, eq=False)
class Network:
    """A network to dissect.

    Attributes:
        module: in eval mode, on the CPU, without gradients for its weights. A classifier's takes
            pictures of -1..1 and normalises them itself.
        name: what a person calls it.
        takes: "latents", "pictures", or "" where only the user knows.
        depth: length of a latent.
        size: px along a side of a classifier's pictures.
    """

    module: nn.Module
    name: str
    takes: str
    depth: int = 512
    size: int = _SIZE


def load_network(model: str | Path, weights: str | Path | None = None) -> Network:
    """The network that a name or path asks for.

    Args:
        model: see the module.
        weights: a file of named tensors (``torch.save`` or safetensors), for ``torchvision:NAME``
            and, if they have no weights of their own, for a user's networks.

    Raises:
        UnknownNameError: there is no such network, module or file.
        ModelFileError: a file is missing, damaged, unsafe or another network's; the sentence says
            the first thing wrong, by name.
        BadInputError: weights are missing, or not wanted; a user's code fails or makes no module.
    """
    text = str(model).strip()
    if text.startswith(_TORCHVISION):
        return _torchvision(text, weights)
    path = user_path(text)
    if text not in bundled_models() and not path.exists() and is_dotted(text):
        return _own(text, weights)
    if weights is not None:
        raise BadInputError(
            f"{text} brings its own weights; --weights goes with {_TORCHVISION}NAME or "
            "package.module:factory."
        )
    if text not in bundled_models() and path.is_file():
        found = _published(path)
        if found is not None:
            return found
    generator = load_generator(text)
    return Network(generator, generator.name, "latents", depth=generator.depth)


def _torchvision(text: str, weights: str | Path | None) -> Network:
    from torchvision import models

    name = text.removeprefix(_TORCHVISION).strip().lower()
    known = models.list_models(module=models)
    if name not in known:
        raise UnknownNameError(
            f"torchvision has no classifier '{name}'; it has {', '.join(known)}."
        )
    if weights is None:
        raise BadInputError(
            f"{text} is an architecture without weights; name a file of them with --weights."
        )
    more = {}
    if name in ("googlenet", "inception_v3"):
        more = {"init_weights": False, "aux_logits": False}

    def build(classes: int) -> nn.Module:
        network: nn.Module = models.get_model(name, weights=None, num_classes=classes, **more)
        return network

    path = user_path(weights)
    module = _filled(path, name, build, _renaming(name))
    size = _INCEPTION_SIZE if name == "inception_v3" else _SIZE
    return _classifier(module, name, path, size)


def _published(path: Path) -> Network | None:
    """One of the published Places365 classifiers, or None if the file is something else."""
    try:
        tensors = _tensors(path)
    except ModelFileError:
        return None  # the generators' reader says what is wrong
    if "features.conv1_1.weight" in tensors:
        return _classifier(_filled(path, "vgg16", PlacesVGG16, {}), path.stem, path, _SIZE)
    first = tensors.get("conv1.weight")
    if isinstance(first, Tensor) and tuple(first.shape) == (96, 3, 11, 11):
        module = _filled(path, "AlexNet", PlacesAlexNet, {})
        return _classifier(module, path.stem, path, _ALEXNET_SIZE)
    if "layer1.conv.weight" in tensors or "features.0.conv.weight" in tensors:
        return None
    for key in ("features.0.weight", "conv1.weight", "4.0.0.0.0.weight", "classifier.0.weight"):
        if key in tensors:
            raise ModelFileError(
                f"{path} holds weights of a classifier and does not say which; name the "
                f"architecture too, as in --model {_TORCHVISION}vgg16 --weights {path.name}."
            )
    return None


def _own(dotted: str, weights: str | Path | None) -> Network:
    found = find_dotted(dotted, "network")
    if isinstance(found, type) or not isinstance(found, nn.Module):
        if not callable(found):
            raise BadInputError(
                f"'{dotted}' is a {type(found).__name__}, neither a network nor something that "
                "makes one."
            )
        try:
            found = found()
        except DissectionError:
            raise
        except Exception as error:
            raise BadInputError(
                f"The network '{dotted}' cannot be made: it fails with {in_words(error)}"
            ) from error
    if not isinstance(found, nn.Module):
        raise BadInputError(f"'{dotted}' gives a {type(found).__name__}, not a torch module.")
    if weights is not None:
        path = user_path(weights)
        _fill(path, dotted, found, _tensors(path))
        _sign(found, dotted, file_digest(path))
    depth = getattr(found, "depth", 512)
    found.eval().requires_grad_(False)
    return Network(found, dotted, "", depth if isinstance(depth, int) else 512)


def _classifier(module: nn.Module, name: str, path: Path, size: int) -> Network:
    _sign(module, name, file_digest(path))
    takes_pictures(module.eval().requires_grad_(False))
    return Network(module, name, "pictures", size=size)


def _sign(module: nn.Module, name: str, digest: str) -> None:
    """Say what it is called and the SHA-256 of its file, as generators do."""
    object.__setattr__(module, "name", name)
    object.__setattr__(module, "digest", digest)


def _renaming(name: str) -> Mapping[str, str] | Callable[[str], str]:
    """Keys of published files to those of torchvision."""
    if name == "vgg16":
        return {published: numbered for numbered, published in vgg16_names().items()}
    return resnet152_name if name == "resnet152" else {}


def _tensors(path: Path) -> dict[str, Any]:
    """Named tensors of a file; the prefix ``module.`` of parallel training is dropped."""
    try:
        tensors, _ = read_tensors(path)
    except WeightsFault as fault:
        raise ModelFileError(f"{path} cannot be used as weights: {fault}.") from fault
    except FileNotFoundError:
        raise ModelFileError(f"There is no file of weights {path}; check the path.") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelFileError(f"{path} cannot be read: {reason}.") from error
    return {re.sub(r"(^|\.)module\.", r"\1", key): value for key, value in tensors.items()}


def _filled(
    path: Path,
    name: str,
    build: Callable[[int], nn.Module],
    renaming: Mapping[str, str] | Callable[[str], str],
) -> nn.Module:
    """A network with the weights of a file, and as many classes as the file has.

    Args:
        path: of the file.
        name: of the architecture, for messages.
        build: makes it for a number of classes.
        renaming: published layer to the architecture's; or a function of keys.
    """
    tensors = _tensors(path)
    if not callable(renaming):
        tensors = {_renamed(key, renaming): value for key, value in tensors.items()}
    else:
        tensors = {str(renaming(key)): value for key, value in tensors.items()}
    with torch.device("meta"):  # no memory and no random numbers for weights that are replaced
        key = f"{_last_layer(build(2))}.weight"
        try:
            module = build(len(_required(tensors, key, name)))
        except WeightsFault as fault:
            raise _not_of(path, name, fault) from fault
    if any(tensor.is_meta for tensor in _unsaved(module)):
        module = build(len(tensors[key]))  # what is not in files has to be computed
    _fill(path, name, module, tensors)
    return module


def _fill(path: Path, name: str, module: nn.Module, tensors: Mapping[str, Any]) -> None:
    try:
        module.load_state_dict(_checked(tensors, module, name), assign=True)
    except WeightsFault as fault:
        raise _not_of(path, name, fault) from fault


def _not_of(path: Path, name: str, fault: WeightsFault) -> ModelFileError:
    return ModelFileError(f"{path} cannot be used as weights of {name}: {fault}.")


def _renamed(key: str, renaming: Mapping[str, str]) -> str:
    layer, _, part = str(key).rpartition(".")
    return f"{renaming.get(layer, layer)}.{part}"


def _last_layer(module: nn.Module) -> str:
    """The layer that gives the logits: the last one with weights for inputs."""
    last = ""
    for name, layer in module.named_modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            last = str(name)
    return last


def _unsaved(module: nn.Module) -> list[Tensor]:
    saved = module.state_dict()
    return [buffer for name, buffer in module.named_buffers() if name not in saved]


def _required(tensors: Mapping[str, Any], key: str, name: str) -> Tensor:
    if key not in tensors:
        raise WeightsFault(f"it lacks the tensor {key}, which {name} has")
    tensor = require_plain(key, tensors[key])
    if key.endswith("weight") and not tensor.ndim:
        raise WeightsFault(f"{key} is a single number")
    return tensor


def _checked(tensors: Mapping[str, Any], module: nn.Module, name: str) -> dict[str, Tensor]:
    """The weights of a module, each there, of its shape and finite, and nothing else."""
    weights = {}
    state = module.state_dict()
    for key, expected in state.items():
        if key not in tensors and key.endswith(_BOOKKEEPING):
            weights[key] = torch.zeros(expected.shape, dtype=expected.dtype)
            continue
        tensor = _required(tensors, key, name)
        if tensor.shape != expected.shape:
            shapes = f"{tuple(tensor.shape)} and should have {tuple(expected.shape)}"
            raise WeightsFault(f"{key} has the shape {shapes}")
        weights[key] = tensor.detach().to(expected.dtype).contiguous()
        if not torch.isfinite(weights[key]).all():
            raise WeightsFault(f"{key} has values that are not finite numbers")
    extra = [key for key in tensors if key not in state and not _left_out(key)]
    if extra:
        raise WeightsFault(f"it has the tensor {extra[0]}, which {name} does not have")
    return weights


def _left_out(key: str) -> bool:
    """Heads that only serve training, and bookkeeping."""
    return key.startswith(("aux", "AuxLogits")) or key.endswith(_BOOKKEEPING)
