"""Segmenters by name: bundled, published, a user's own, and compositions of them.

``storybook``                       the bundled network
``path/to/file.safetensors``        another file of the same kind
``colors``                          the eleven basic color names, by pixel
``halves``                          halves of the objects of everything in front of it
``netpqc``, ``netpqc=FOLDER``       the published unified-parsing network with its colors
``netpq``, ``netpq=FOLDER``         the same without the color network
``NAME``                            a segmenter that was fetched
``package.module:Name``             a user's class, function without arguments, or object
``storybook+colors+halves``         several of these as one
"""

import inspect
from collections.abc import Callable
from pathlib import Path

import platformdirs
import torch

from dissection.errors import BadInputError, DissectionError, ModelFileError, UnknownNameError
from dissection.models.bundled import bundled_segmenters
from dissection.models.segmenters import storybook
from dissection.models.segmenters.base import Segmenter, require_segmenter
from dissection.models.segmenters.colors import BasicColors
from dissection.models.segmenters.compose import compose
from dissection.models.segmenters.halves import with_halves
from dissection.models.segmenters.unified import UNIFIED_FILES, load_unified
from dissection.runtime.entry_points import find_dotted, in_words, is_dotted
from dissection.runtime.files import user_path
from dissection.runtime.model_names import (
    ModelKind,
    fetched_folder,
    fetched_segmenter,
    find_model,
)

_HALVES = "halves"
_UNIFIED = {"netpqc": True, "netpq": False}  # with colors or without
_PARTS = ("vocabulary", "digest", "segment")


def load_segmenter(spec: str | Path, device: torch.device | str = "cpu") -> Segmenter:
    """The segmenter that a name, path or composition asks for.

    Args:
        spec: see the module.
        device: where it computes; a user's class or function is given it if it has a parameter
            of this name.

    Returns:
        The segmenter; a ``SoftSegmenter`` where a part of it is one.

    Raises:
        UnknownNameError: a name that is neither bundled nor a file, or a module or attribute that
            is not there.
        ModelFileError: a weight file is missing, damaged or another network's.
        BadInputError: ``halves`` has nothing to halve, a part of the composition is empty, or the
            user's object is no segmenter.

    Example:
        >>> segmenter = load_segmenter("storybook+colors")
        >>> segmenter.vocabulary.categories
        ('object', 'part', 'material', 'color')
    """
    text = str(spec).strip()
    if _is_path(text):
        return _single(text, device)  # it may have a plus sign in it
    parts: list[Segmenter] = []
    for item in (piece.strip() for piece in text.split("+")):
        if not item:
            raise BadInputError(
                f"The segmenter '{text}' has an empty part; write it like storybook+colors+halves."
            )
        if item != _HALVES:
            parts.append(_single(item, device))
        elif not parts:
            raise BadInputError(
                f"The segmenter '{text}' begins with halves, which split the objects of what "
                "stands in front of them; write it like storybook+halves."
            )
        else:
            parts = [with_halves(compose(parts))]
    return compose(parts)


def published_folder() -> Path:
    """Where the published segmenter's files are looked for if no folder is given."""
    fetched = fetched_folder().parent / "segmodel"
    earlier = platformdirs.user_data_path("ganpaint") / "segmodel"
    return earlier if earlier.is_dir() and not fetched.is_dir() else fetched


def _single(item: str, device: torch.device | str) -> Segmenter:
    name, _, folder = item.partition("=")
    if name in _UNIFIED:
        if not folder and not (published_folder() / UNIFIED_FILES[0]).is_file():
            raise ModelFileError(
                f"There is no file {published_folder() / UNIFIED_FILES[0]}; dissection fetch "
                f"{name} puts the published weights there."
            )
        return load_unified(folder or published_folder(), _UNIFIED[name], device)
    if item == "colors":
        return BasicColors(device)
    path = user_path(item)
    if _is_path(item) and path.is_dir():
        return load_unified(path, device=device)
    fetched = None if _is_path(item) else fetched_segmenter(item)
    if fetched is not None:
        return load_unified(fetched, device=device)
    if not _is_path(item) and is_dotted(item):
        return _user_segmenter(item, device)
    named = find_model(item)
    if named.kind is ModelKind.FETCHED and named.path is not None:
        return storybook.load_segmenter(named.path, str(device))
    try:
        return storybook.load_segmenter(path if _is_path(item) else item, str(device))
    except UnknownNameError:
        raise UnknownNameError(
            f"There is no segmenter '{item}': known are storybook, colors, halves, netpqc, netpq, "
            "the path of a segmenter file and package.module:Name, joined with plus signs."
        ) from None


def _is_path(text: str) -> bool:
    """Whether a file or folder is meant; a known name never is, whatever lies around here."""
    known = {"", "colors", _HALVES, *_UNIFIED, *bundled_segmenters()}
    return text not in known and user_path(text).exists()


def _user_segmenter(dotted: str, device: torch.device | str) -> Segmenter:
    """What ``package.module:Name`` stands for, made if need be."""
    found = find_dotted(dotted, "segmenter")
    if isinstance(found, type) or not isinstance(found, Segmenter):
        found = _made(dotted, found, device)
    lacking = [part for part in _PARTS if not hasattr(found, part)]
    if lacking:
        raise BadInputError(
            f"'{dotted}' gives a {type(found).__name__}, which is no segmenter: it has no "
            f"{' and no '.join(lacking)}."
        )
    return require_segmenter(found, f"'{dotted}'")


def _made(dotted: str, factory: object, device: torch.device | str) -> object:
    if not callable(factory):
        raise BadInputError(
            f"'{dotted}' is a {type(factory).__name__}, neither a segmenter nor something that "
            "makes one."
        )
    try:
        return factory(device=device) if _takes_device(factory) else factory()
    except DissectionError:
        raise
    except Exception as error:
        raise BadInputError(
            f"The segmenter '{dotted}' cannot be made: it fails with {in_words(error)}"
        ) from error


def _takes_device(factory: Callable[..., object]) -> bool:
    try:
        return "device" in inspect.signature(factory).parameters
    except ValueError:  # some built-in types have no signature
        return False
