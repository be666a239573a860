"""The arrays of a stored dissection: what each is called, its shape, type and range.

One safetensors file holds them all as ``layer.key``. A measurement that was not made has no array.
A new one is a line in ``MEASUREMENTS``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from dissection.errors import StoreError
from dissection.measured import LayerDissection
from dissection.statistics.tally import Tally
from dissection.stored.fault import Fault

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Kind:
    """What an array looks like.

    Attributes:
        dtype: of its values. Integers are counts or places: never below 0. Others are finite.
        dims: what each side counts: a number, "units", "concepts", "levels" or "classes", or
            another word that means the same size wherever it stands in the layer.
        attribute: of ``LayerDissection``, where it is not called as in the file.
    """

    dtype: type[np.generic]
    dims: tuple[str | int, ...]
    attribute: str = ""


TALLY = {
    "intersection": Kind(np.int64, (2, "concepts", "units")),
    "activated": Kind(np.int64, (2, "units")),
    "area": Kind(np.int64, (2, "concepts")),
    "pixels": Kind(np.int64, (2,)),
}
ALWAYS = {
    "levels": Kind(np.float32, ("levels", "units"), "level_table"),
    "exemplars": Kind(np.int64, ("units", "images")),
    "peaks": Kind(np.float32, ("units", "images")),
}
#: Those that may be absent: the layer's attribute is None.
MEASUREMENTS = {
    "effect": Kind(np.float32, ("concepts", "units")),
    "class_effect": Kind(np.float32, ("classes", "units")),
}


def pack(layers: Iterable[LayerDissection]) -> bytes:
    """All layers' arrays as one safetensors file.

    Raises:
        StoreError: a layer was read from a result file and has no counts.
    """
    arrays: Arrays = {}
    for part in layers:
        if part.tally is None:
            raise StoreError(
                f"The dissection of {part.name} was read from a result file without pixel counts, "
                "and only measured ones are stored; keep that file."
            )
        found = {key: getattr(part.tally, key) for key in TALLY}
        for key, kind in (ALWAYS | MEASUREMENTS).items():
            found[key] = getattr(part, kind.attribute or key)
        arrays |= {f"{part.name}.{k}": array for k, array in found.items() if array is not None}
    data: bytes = safetensors.numpy.save({k: np.ascontiguousarray(a) for k, a in arrays.items()})
    return data


def unpack(data: bytes) -> dict[str, Arrays]:
    """The arrays by layer.

    Raises:
        Fault: it is no safetensors file.
    """
    try:
        arrays = safetensors.numpy.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise Fault("the file of its arrays is no safetensors file") from error
    layers: dict[str, Arrays] = {}
    for name, array in arrays.items():
        layer, _, key = name.rpartition(".")
        layers.setdefault(layer, {})[key] = array
    return layers


def read_layer(
    name: str,
    shape: tuple[int, int, int],
    level_names: tuple[str, ...],
    found: Mapping[str, NDArray[Any]],
    sizes: Mapping[str, int],
) -> LayerDissection:
    """A layer from its arrays, all of them checked.

    Args:
        name: of the layer.
        shape: (C, h, w).
        level_names: of the rows of its levels.
        found: the arrays by key.
        sizes: "concepts", "classes", and "sample": the images measured.

    Raises:
        Fault: an array is missing, or its shape, type or values cannot be right.
    """
    known = {**sizes, "units": shape[0], "levels": len(level_names)}
    for key, kind in (TALLY | ALWAYS | MEASUREMENTS).items():
        if key in found:
            _check(f"{key} of {name}", found[key], kind, known)
        elif key not in MEASUREMENTS:
            raise Fault(f"{name} has no {key}")
    if found["exemplars"].size and found["exemplars"].max() >= sizes["sample"]:
        raise Fault(f"{name} names exemplars beyond its sample of {sizes['sample']}")
    tally = Tally(*(found[key] for key in TALLY))
    inside = np.minimum(tally.activated[:, None, :], tally.area[:, :, None])
    if (tally.intersection > inside).any():
        raise Fault(f"{name} counts more pixels in an intersection than in a unit or concept")
    others: dict[str, Any] = {
        kind.attribute or key: found[key]
        for key, kind in (ALWAYS | MEASUREMENTS).items()
        if key in found
    }
    return LayerDissection(name=name, shape=shape, level_names=level_names, tally=tally, **others)


def _check(what: str, array: NDArray[Any], kind: Kind, known: dict[str, int]) -> None:
    free = dict(zip(kind.dims, array.shape, strict=False))
    sides = [
        side if isinstance(side, int) else known.setdefault(side, int(free.get(side, 0)))
        for side in kind.dims
    ]
    if list(array.shape) != sides or array.dtype != kind.dtype:
        raise Fault(
            f"{what} is {array.dtype} {list(array.shape)} and should be "
            f"{np.dtype(kind.dtype)} {sides}"
        )
    if np.issubdtype(kind.dtype, np.floating) and not np.isfinite(array).all():
        raise Fault(f"{what} holds values that are not finite numbers")
    if np.issubdtype(kind.dtype, np.signedinteger) and array.size and array.min() < 0:
        raise Fault(f"{what} holds negative counts")
