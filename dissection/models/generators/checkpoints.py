"""Generators on disk: every published form of the Progressive GAN weights, and our own.

* ``layerN.conv.weight``, ``layerN.wscale.b``, ``output_RxR.*``: the published naming.
* The same inside ``{"state_dict": ...}``, or whatever training scripts save around it: under
  ``g_ema``, ``g_running``, ``netG``, ``generator`` ..., behind ``module.`` (``weights.wrappers``).
* ``features.N.*`` and ``output.*``: the older naming; other keys of such a file are dropped.
* safetensors with the published names, in float16 or float32, or in 8 bits
  (``weights.compact``): what this program writes.
* The same with only the tensors that differ from another model's (``weights.overlay``).

Nothing in a file is ever run: pickles are read with ``weights_only=True``, and everything is
checked before a network is made of it (``assembled``).
"""

from collections.abc import Mapping
from pathlib import Path

import torch

from dissection.errors import BadInputError, ModelFileError, UnknownNameError
from dissection.models.bundled import bundled_generators
from dissection.models.generators.assembled import assembled
from dissection.models.generators.overlay import over_base
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import read_checkpoint, safetensors_bytes
from dissection.models.weights.overlay import FORM, VERSION, is_overlay, whole_texts
from dissection.runtime.files import file_digest, reason, user_path, write_bytes
from dissection.runtime.model_names import find_model


def load_generator(name_or_path: str | Path) -> ProgressiveGenerator:
    """A generator in eval mode, float32, without gradients, on the CPU.

    Args:
        name_or_path: a bundled model's name, such as ``storybook-church``, or a file's path; the
            form of the file is found out from what it holds.

    Returns:
        The generator; ``name`` is the bundled name or the file's stem, ``digest`` the SHA-256 of
        the file, ``metadata`` the texts of a safetensors file. Of a file that holds only what
        differs from another model these are its own: ``base`` and ``base_sha256`` among the
        texts say which model that is.

    Raises:
        UnknownNameError: neither a bundled model nor a file is called so.
        ModelFileError: the file is no generator, or something in it is missing, misshapen, not a
            finite number, unknown, or unsafe to read, or the model that it differs from is not
            here; the sentence names the first such thing.

    Example:
        >>> generator = load_generator("storybook-church")
        >>> generator.size, generator.layer_shape("layer4")
        (128, (256, 8, 8))
    """
    path = generator_file(name_or_path)
    try:
        loaded, texts = read_checkpoint(path)
        if is_overlay(texts):
            generator = over_base(loaded, texts, path.parent)
        else:
            generator = assembled(loaded)
        generator.digest = file_digest(path)
    except WeightsFault as fault:
        raise ModelFileError(f"{path} cannot be used as a generator: {fault}.") from fault
    except OSError as error:
        said = reason(error)
        raise ModelFileError(f"{path} cannot be read: {said}.") from error
    generator.name = path.stem
    generator.metadata = {key: text for key, text in texts.items() if key not in (FORM, VERSION)}
    return generator


def generator_file(name_or_path: str | Path) -> Path:
    """The file that a bundled or fetched model's name or a path means; it exists.

    Raises:
        UnknownNameError: neither a bundled model nor a file is called so.
        ModelFileError: there is no such file, or it is a folder.
    """
    name = str(name_or_path)
    path = find_model(name).path or user_path(name)
    if path.is_dir():
        raise ModelFileError(f"{path} is a folder; give the path of a model file.")
    if path.exists():
        return path
    # Imported here: what the list of published models is checked with takes a while to load.
    from dissection.models.zoo.manifest import entries, not_here

    published = {entry.name: entry for entry in entries()}
    if name.strip() in published:
        raise UnknownNameError(not_here(published[name.strip()]))
    if path.name != name or path.suffix:
        raise ModelFileError(f"There is no model file {path}; check the path.")
    raise UnknownNameError(
        f"No model is called '{name}'; bundled are {', '.join(bundled_generators()) or 'none'}, "
        "and the path of a model file works too."
    )


def save_generator(
    generator: ProgressiveGenerator,
    path: str | Path,
    metadata: Mapping[str, str] | None = None,
    dtype: torch.dtype = torch.float16,
) -> None:
    """Write a generator as safetensors under the published names, as a whole file.

    Args:
        generator: in any mode and dtype, on any device.
        path: where to, by custom ``*.safetensors``.
        metadata: texts to put in, but for those that name a base, which a file of all weights
            does not have; None keeps those that the generator was loaded with.
        dtype: float16 (half the size, about three decimal digits) or float32.

    Raises:
        BadInputError: a weight is not finite in this dtype.
        DissectionError: the file cannot be written.
    """
    tensors = {
        k: v.detach().cpu().to(dtype).contiguous() for k, v in generator.state_dict().items()
    }
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise BadInputError(
                f"{path} is not written: {name} has values that {str(dtype).split('.')[-1]} "
                "cannot hold; use float32 if the training has not diverged."
            )
    texts = whole_texts(generator.metadata if metadata is None else metadata)
    write_bytes(path, safetensors_bytes(tensors, texts))
