"""Putting the weights of a file into a classifier: all of them, of their shapes, and no others."""

import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from dissection.errors import ModelFileError
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import read_checkpoint, require_plain
from dissection.models.weights.wrappers import named_for
from dissection.runtime.files import file_digest, reason

#: Kept by old files or left out by them; it counts batches of the training and changes nothing.
_BOOKKEEPING = "num_batches_tracked"

Rename = Callable[[str], str]
Build = Callable[[int], nn.Module]


def read_weights(path: Path) -> dict[str, Any]:
    """What a file of weights holds, with all around it.

    Raises:
        ModelFileError: it is missing, unreadable, damaged, or unsafe.
    """
    try:
        return read_checkpoint(path)[0]
    except WeightsFault as fault:
        raise ModelFileError(f"{path} cannot be used as weights: {fault}.") from fault
    except FileNotFoundError:
        raise ModelFileError(f"There is no file of weights {path}; check the path.") from None
    except OSError as error:
        said = reason(error)
        raise ModelFileError(f"{path} cannot be read: {said}.") from error


def filled(path: Path, name: str, build: Build, rename: Rename = str) -> nn.Module:
    """A network with the weights of a file, and as many classes as the file has.

    Args:
        path: of the file.
        name: of the architecture, for messages.
        build: makes it for a number of classes.
        rename: makes a published name of the architecture's own.

    Raises:
        ModelFileError: the file cannot be read, or is of another network.
    """
    loaded = read_weights(path)
    try:
        plan = planned(build, 2)
        head = f"{_last_layer(plan)}.weight"
        tensors = named_for(loaded, list(plan.state_dict()), name, rename, _may_be_missing)
        classes = len(_required(tensors, head, name))
        module = planned(build, classes) if classes != 2 else plan
    except WeightsFault as fault:
        raise _not_of(path, name, fault) from fault
    if any(tensor.is_meta for tensor in _unsaved(module)):
        module = _made(build, classes)  # what is not in files has to be computed
    _put(path, name, module, tensors)
    return module


def fill(path: Path, name: str, module: nn.Module) -> None:
    """Put the weights of a file into a user's own network, and say whose they are.

    Raises:
        ModelFileError: the file cannot be read, or is of another network.
    """
    loaded = read_weights(path)
    try:
        tensors = named_for(loaded, list(module.state_dict()), name, optional=_may_be_missing)
    except WeightsFault as fault:
        raise _not_of(path, name, fault) from fault
    _put(path, name, module, tensors)
    sign(module, name, file_digest(path))


def sign(module: nn.Module, name: str, digest: str) -> None:
    """Say what a network is called and the SHA-256 of its file, as generators do."""
    object.__setattr__(module, "name", name)
    object.__setattr__(module, "digest", digest)


class _CountingOnCpu(TorchFunctionMode):
    """Numbers that an architecture counts with while it is built are real, not planned."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if func in (torch.arange, torch.linspace, torch.tensor) and given.get("device") is None:
            given["device"] = "cpu"
        return func(*args, **given)


def planned(build: Build, classes: int) -> nn.Module:
    """A network without memory or random numbers for weights that are replaced anyway.

    Args:
        build: makes it for a number of classes.
        classes: so many.
    """
    try:
        with torch.device("meta"), _CountingOnCpu():
            return build(classes)
    except (NotImplementedError, RuntimeError):
        return _made(build, classes)  # it computes with its own weights while it is built


def _made(build: Build, classes: int) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        return build(classes)


def _put(path: Path, name: str, module: nn.Module, tensors: Mapping[str, Any]) -> None:
    try:
        state = OrderedDict(_checked(tensors, module, name))
        # Layers that changed ask which version of theirs a file has: it has their names by now.
        state._metadata = module.state_dict()._metadata  # type: ignore[attr-defined]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on newer weights
            module.load_state_dict(state, assign=True)
    except WeightsFault as fault:
        raise _not_of(path, name, fault) from fault


def _not_of(path: Path, name: str, fault: WeightsFault) -> ModelFileError:
    return ModelFileError(f"{path} cannot be used as weights of {name}: {fault}.")


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
        if key not in tensors and _may_be_missing(key):
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


def _may_be_missing(key: str) -> bool:
    return key.endswith(_BOOKKEEPING)


def _left_out(key: str) -> bool:
    """Heads that only serve training, and bookkeeping."""
    return key.startswith(("aux", "AuxLogits")) or key.endswith(_BOOKKEEPING)
