"""Generators as a file of what differs from another one: see ``weights.overlay``.

A generator whose finest layers were tuned shares the others with the one that it was made of. Its
file then holds a hundredth of the weights, and the shared layers are the base's own, to the bit.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from dissection.errors import BadInputError
from dissection.models.generators.assembled import assembled
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import (
    all_finite,
    is_overlay_file,
    read_checkpoint,
    require_plain,
    safetensors_bytes,
)
from dissection.models.weights.overlay import Base, base_of, find_base, is_overlay, overlay_texts
from dissection.runtime.files import reason, user_path, write_bytes


def over_base(
    tensors: Mapping[str, object], texts: Mapping[str, str], beside: Path
) -> ProgressiveGenerator:
    """The generator that an overlay and its base make.

    Args:
        tensors: what the overlay holds, by name.
        texts: of its file; they name the base.
        beside: the folder that it is in, where its base may lie, too.

    Returns:
        In eval mode, float32, without gradients; tensors that the overlay lacks are the base's.

    Raises:
        WeightsFault: the base is not here, another one, itself an overlay, or no generator; or
            the overlay is empty, or holds something that does not fit it.
    """
    base = base_of(texts)
    path = find_base(base, beside)
    try:
        loaded, told = read_checkpoint(path)
        if is_overlay(told):
            raise WeightsFault("it holds only what differs from another one itself")
        generator = assembled(loaded)
    except WeightsFault as fault:
        raise WeightsFault(f"its base {path} cannot be used: {fault}") from fault
    except OSError as error:
        raise WeightsFault(f"its base {path} cannot be read: {reason(error)}") from error
    _lay_over(generator, tensors, base.name)
    return generator


def differing(generator: ProgressiveGenerator, base: ProgressiveGenerator) -> dict[str, Tensor]:
    """The tensors of a generator that are not its base's, as an overlay stores them.

    A base in 8 bits has float32 values, and a generator that was made of it and saved in float16
    has them rounded; so tensors are the same if they are once both are float16.

    Args:
        generator: of any dtype, on any device.
        base: of the same latents and layers.

    Returns:
        By name, float16 on the CPU; nothing if all are the same.

    Raises:
        BadInputError: the networks have other sizes, or a value that differs is not finite in
            float16.
    """
    sizes = [(g.depth, g.units) for g in (generator, base)]
    if sizes[0] != sizes[1]:
        told = (f"{depth} numbers of latents and units {list(units)}" for depth, units in sizes)
        raise BadInputError(
            f"{generator.name or 'The generator'} has {' and its base '.join(told)}; only networks "
            "of the same sizes can share tensors."
        )
    found = {}
    theirs = base.state_dict()
    for name, value in generator.state_dict().items():
        own, other = value.detach().cpu().float(), theirs[name].detach().cpu().float()
        half = own.half()
        if torch.equal(own, other) or (torch.equal(half, other.half()) and all_finite(half)):
            continue
        if not all_finite(half):
            raise BadInputError(
                f"{name} of {generator.name or 'the generator'} has values that float16 cannot "
                "hold, in which differences are stored; keep the whole file."
            )
        found[name] = half.contiguous()
    return found


def save_overlay(
    generator: ProgressiveGenerator,
    base: ProgressiveGenerator,
    path: str | Path,
    metadata: Mapping[str, str] | None = None,
) -> list[str]:
    """Write what of a generator differs from another one, as a whole safetensors file.

    Args:
        generator: in any mode and dtype, on any device.
        base: a bundled or fetched model as ``load_generator`` gives it, of the same sizes.
        path: where to, by custom ``*.safetensors``.
        metadata: texts to put in; None keeps those that the generator was loaded with.

    Returns:
        Names of the tensors that were written.

    Raises:
        BadInputError: nothing differs; the base would not be found again by its name, or is an
            overlay, or the file that would be written over; or see ``differing``.
        DissectionError: the file cannot be written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from dissection.models.generators.checkpoints import load_generator
        >>> base, tuned = (load_generator("storybook-church") for _ in range(2))
        >>> tuned.layer12.wscale.b[0] += 1
        >>> with TemporaryDirectory() as folder:
        ...     save_overlay(tuned, base, f"{folder}/tuned.safetensors")
        ...     load_generator(f"{folder}/tuned.safetensors").metadata["base"]
        ['layer12.wscale.b']
        'storybook-church'
    """
    target = user_path(path)
    try:
        known = Base(base.name, base.digest)
        file = find_base(known)
    except WeightsFault as fault:
        raise BadInputError(
            f"{path} is not written: no bundled or fetched model is called {base.name or 'so'} and "
            f"has the SHA-256 {base.digest[:12] or 'of this one'}, by which the base is found "
            "again; name one that is."
        ) from fault
    if is_overlay_file(file):
        raise BadInputError(
            f"{path} is not written: {base.name} holds only what differs from another model "
            "itself; name that one as the base."
        )
    if target.exists() and target.samefile(file):
        raise BadInputError(f"{path} is the base itself; give the new file another name.")
    tensors = differing(generator, base)
    if not tensors:
        raise BadInputError(
            f"{path} is not written: {generator.name or 'the generator'} has the weights of "
            f"{base.name}, and nothing differs."
        )
    texts = generator.metadata if metadata is None else metadata
    write_bytes(target, safetensors_bytes(tensors, overlay_texts(texts, known)))
    return list(tensors)


def _lay_over(generator: ProgressiveGenerator, tensors: Mapping[str, object], base: str) -> None:
    """Put an overlay's tensors in the place of the base's, once all of them are found to fit."""
    own = generator.state_dict()
    if not tensors:
        raise WeightsFault(f"it holds no tensors, so nothing differs from {base}")
    weights = {}
    for key, value in tensors.items():
        if key not in own:
            raise WeightsFault(f"it has the tensor {key}, which its base {base} does not have")
        tensor = require_plain(key, value)
        if not tensor.is_floating_point():
            raise WeightsFault(f"{key} does not hold floating-point numbers but {tensor.dtype}")
        if tensor.shape != own[key].shape:
            raise WeightsFault(
                f"{key} has the shape {tuple(tensor.shape)}, and {tuple(own[key].shape)} in its "
                f"base {base}"
            )
        weights[key] = tensor.float().contiguous()
        if not all_finite(weights[key]):
            raise WeightsFault(f"{key} has values that are not finite numbers")
    generator.load_state_dict(weights, strict=False, assign=True)
    generator.requires_grad_(False)
