"""Networks by name: bundled ones, files, torchvision's classifiers, a user's own.

``storybook-church``            a bundled generator or classifier
``path/to/file``                a generator, one of the published Places365 classifiers, or one that
                                ``dissection train classifier`` made
``torchvision:NAME``            torchvision's architecture, with the weights of a local file
``package.module:factory``      a user's own: a module, or a function or class that makes one

Nothing in a file is ever executed, and nothing is fetched from anywhere.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from dissection.errors import BadInputError, DissectionError, ModelFileError
from dissection.models.classifiers.fill import fill, filled, read_weights, sign
from dissection.models.classifiers.names import aliases
from dissection.models.classifiers.preparation import PUBLISHED, Preparation, Prepare, unchanged
from dissection.models.classifiers.published import PlacesAlexNet, PlacesVGG16
from dissection.models.classifiers.torchvision_models import (
    PREFIX,
    builder,
    load_torchvision,
    renaming,
)
from dissection.models.classifiers.trained import trained
from dissection.models.classifiers.transforms import takes_pictures
from dissection.models.generators.checkpoints import load_generator
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.wrappers import mappings_of_tensors, plain_key
from dissection.runtime.entry_points import find_dotted, in_words
from dissection.runtime.files import file_digest, user_path
from dissection.runtime.model_names import NO_ARCHITECTURE, ModelKind, find_model

_ALEXNET_SIZE = 227
#: The published ResNet-152 by its own keys, and by the usual ones.
_OF_RESNET152 = (
    {"4.0.0.0.0.weight", "6.35.0.0.0.weight"},
    {"layer2.7.conv3.weight", "layer3.35.conv3.weight"},
)


@dataclass(frozen=True, eq=False)
class Network:
    """A network to dissect.

    Attributes:
        module: in eval mode, on the CPU, without gradients for its weights. A classifier's takes
            pictures of -1..1 and normalizes them itself.
        name: what a person calls it.
        takes: "latents", "pictures", or "" where only the user knows.
        depth: length of a latent.
        preparation: how a classifier's pictures are made.
        classes: names of a classifier's outputs; empty where nobody says.
    """

    module: nn.Module
    name: str
    takes: str
    depth: int = 512
    preparation: Preparation = PUBLISHED
    classes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Px along a side of a classifier's pictures."""
        return self.preparation.size


def load_network(
    model: str | Path,
    weights: str | Path | None = None,
    prepare: Prepare = unchanged,
) -> Network:
    """The network that a name or path asks for.

    Args:
        model: see the module.
        weights: a file of named tensors (``torch.save`` or safetensors), for ``torchvision:NAME``
            and, if they have no weights of their own, for a user's networks. They may lie in
            what a training script saved around them, see ``weights.wrappers``.
        prepare: changes how a classifier's pictures are made; without it they are made as
            torchvision does it for these weights (``torchvision_models``), or as published.

    Raises:
        UnknownNameError: there is no such network, module or file.
        ModelFileError: a file is missing, damaged, unsafe or another network's; the sentence says
            the first thing wrong, by name.
        BadInputError: weights are missing, or not wanted; a user's code fails or makes no module.

    Example:
        >>> network = load_network("storybook-church")
        >>> network.name
        'storybook-church'
    """
    named = find_model(model)
    text = named.name
    if named.kind is ModelKind.TORCHVISION:
        module, name, file, prepared = load_torchvision(text, weights, prepare)
        return _classifier(module, name, file, prepared, name)
    if named.kind is ModelKind.DOTTED:
        return _own(text, weights, prepare)
    if weights is not None:
        raise BadInputError(
            f"{text} brings its own weights; --weights goes with {PREFIX}NAME or "
            "package.module:factory."
        )
    path = named.path
    if path is not None and path.is_file():
        found = _trained(path, prepare)
        if found is None and named.kind is not ModelKind.BUNDLED:
            found = _published(path, prepare)
        if found is not None:
            return found
    generator = load_generator(text)
    return Network(generator, generator.name, "latents", depth=generator.depth)


def _trained(path: Path, prepare: Prepare) -> Network | None:
    """A classifier that was trained here, or None if the file is something else."""
    try:
        found = trained(path)
    except WeightsFault as fault:
        raise ModelFileError(f"{path} cannot be used as a classifier: {fault}.") from fault
    except OSError:
        return None  # the generators' reader says what is wrong
    if found is None:
        return None
    plan = found.plan
    module = filled(path, path.stem, lambda classes: replace(plan, classes=classes).build())
    prepared = prepare(Preparation(plan.size, plan.size, source="as trained"))
    return replace(_classifier(module, path.stem, path, prepared), classes=found.classes)


def _published(path: Path, prepare: Prepare) -> Network | None:
    """One of the published Places365 classifiers, or None if the file is something else."""
    try:
        mappings = [held for _, held in mappings_of_tensors(read_weights(path))]
    except ModelFileError:
        return None  # the generators' reader says what is wrong
    held = max(mappings, key=len, default={})  # a number beside the weights may be a tensor
    tensors = {plain_key(key): value for key, value in held.items()}
    if "features.conv1_1.weight" in tensors:
        module = filled(path, "vgg16", PlacesVGG16)
        return _classifier(module, path.stem, path, prepare(PUBLISHED), "vgg16")
    first = tensors.get("conv1.weight")
    if isinstance(first, Tensor) and tuple(first.shape) == (96, 3, 11, 11):
        module = filled(path, "AlexNet", PlacesAlexNet)
        prepared = prepare(replace(PUBLISHED, size=_ALEXNET_SIZE))
        return _classifier(module, path.stem, path, prepared)
    if any(keys <= set(tensors) for keys in _OF_RESNET152):
        module = filled(path, "resnet152", builder("resnet152"), renaming("resnet152"))
        return _classifier(module, path.stem, path, prepare(PUBLISHED), "resnet152")
    if "layer1.conv.weight" in tensors or "features.0.conv.weight" in tensors:
        return None
    for key in ("features.0.weight", "conv1.weight", "4.0.0.0.0.weight", "classifier.0.weight"):
        if key in tensors:
            raise ModelFileError(
                f"{path} {NO_ARCHITECTURE}; name the "
                f"architecture too, as in --model {PREFIX}vgg16 --weights {path.name}."
            )
    return None


def _own(dotted: str, weights: str | Path | None, prepare: Prepare) -> Network:
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
    require_observable(found, f"'{dotted}'")
    if weights is not None:
        fill(user_path(weights), dotted, found)
    depth = getattr(found, "depth", 512)
    found.eval().requires_grad_(False)
    prepared = prepare(PUBLISHED)
    return Network(found, dotted, "", depth if isinstance(depth, int) else 512, prepared)


def require_observable(network: nn.Module, what: str) -> None:
    """Raise a BadInputError for what is no module, or one whose layers cannot be observed."""
    if not isinstance(network, nn.Module):
        raise BadInputError(
            f"{what} is a torch.nn.Module, whose layers can be observed, and no "
            f"{type(network).__name__}."
        )
    scripted = [m for m in network.modules() if isinstance(m, torch.jit.ScriptModule)]
    if scripted:
        raise BadInputError(
            f"{what} is TorchScript, whose layers cannot be observed; give the module that it was "
            "made of."
        )


def _classifier(
    module: nn.Module, name: str, path: Path, preparation: Preparation, architecture: str = ""
) -> Network:
    sign(module, name, file_digest(path))
    object.__setattr__(module, "aliases", aliases(architecture, module))
    takes_pictures(module.eval().requires_grad_(False), preparation.normalization)
    return Network(module, name, "pictures", preparation=preparation)
