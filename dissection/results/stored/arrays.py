"""The arrays of a stored dissection: what each is called, its shape, type and range.

One safetensors file holds them all as ``layer.key``. A measurement that was not made has no array.
A new one is a line in ``MEASUREMENTS``, or where several arrays are one object, in ``GROUPS``.
Counts are stored in as few bytes as the largest takes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from dissection.errors import StoreError
from dissection.results.layer_dissection import LayerDissection
from dissection.results.stored.fault import Fault
from dissection.statistics.detector import Detectors
from dissection.statistics.histogram import BINS, Histogram
from dissection.statistics.relations import Clarity, Relations
from dissection.statistics.tally import Tally, group_count
from dissection.vocabulary import Vocabulary

Arrays = dict[str, NDArray[Any]]
#: Values of all arrays together, at most: counts are stored in a byte and computed with in eight.
MOST_VALUES = 1 << 28


@dataclass(frozen=True)
class Kind:
    """What an array looks like.

    Attributes:
        dtype: of its values. Integers are counts or places: never below 0. Others are finite.
        dims: what each side counts: a number, "units", "concepts", "categories", "levels" or
            "classes", or another word that means the same size wherever it stands in the layer.
        attribute: of ``LayerDissection``, where it is not called as in the file.
    """

    dtype: type[np.generic]
    dims: tuple[str | int, ...]
    attribute: str = ""


TALLY = {
    "intersection": Kind(np.int64, (2, "concepts", "units")),
    "activated": Kind(np.int64, (2, "categories", "units")),
    "area": Kind(np.int64, (2, "concepts")),
    "pixels": Kind(np.int64, (2, "categories")),
}
ALWAYS = {
    "levels": Kind(np.float32, ("levels", "units"), "threshold_table"),
    "exemplars": Kind(np.int64, ("units", "images")),
    "peaks": Kind(np.float32, ("units", "images")),
}
#: Those that may be absent: the layer's attribute is None.
MEASUREMENTS = {
    "effect": Kind(np.float32, ("concepts", "units")),
    "class_effect": Kind(np.float32, ("classes", "units")),
    "class_ablation": Kind(np.float32, ("classes", "units")),
}
HISTOGRAM = {
    "lowest": Kind(np.float32, ("units",)),
    "highest": Kind(np.float32, ("units",)),
    "bins": Kind(np.int64, ("units", BINS)),
}
DETECTORS = {
    "thresholds": Kind(np.float32, (2, "units")),
    "accuracies": Kind(np.float32, (2, "units")),
    "shown": Kind(np.int64, (2, "units")),
}
RELATIONS = {
    "ranked": Kind(np.int64, ("units", "ranked")),
    "areas": Kind(np.float32, ("units", "ranked")),
    "lower": Kind(np.int64, ("units", "lower")),
    "peaks_with": Kind(np.float32, ("units", "dots")),
    "peaks_without": Kind(np.float32, ("units", "dots")),
    "missed": Kind(np.int64, ("units", "counterexamples")),
    "mistaken": Kind(np.int64, ("units", "counterexamples")),
    "near_layers": Kind(np.int64, ("units", "nearest")),
    "near_units": Kind(np.int64, ("units", "nearest")),
    "near_values": Kind(np.float32, ("units", "nearest")),
    "places": Kind(np.float32, ("units", 2)),
}
CLARITY = {
    "clarity": Kind(np.float32, ("units",)),
    "apart": Kind(np.float32, ("units",)),
}
#: The same for objects of several arrays: all of them are there, or none.
GROUPS = {
    "histogram": HISTOGRAM,
    "detectors": DETECTORS,
    "relations": RELATIONS,
    "clarity": CLARITY,
}

_KINDS = TALLY | ALWAYS | MEASUREMENTS | HISTOGRAM | DETECTORS | RELATIONS | CLARITY


def pack(layers: Iterable[LayerDissection]) -> bytes:
    """All layers' arrays as one safetensors file.

    Raises:
        StoreError: a layer was read from a result file and has no counts.
    """
    arrays: Arrays = {}
    for layer in layers:
        if layer.tally is None:
            raise StoreError(
                f"The dissection of {layer.name} was read from a result file without pixel counts, "
                "and only measured ones are stored; keep that file."
            )
        found = {key: getattr(layer.tally, key) for key in TALLY}
        for key, kind in (ALWAYS | MEASUREMENTS).items():
            found[key] = getattr(layer, kind.attribute or key)
        for name in GROUPS:
            group = getattr(layer, name)
            found |= {} if group is None else group.to_arrays()
        arrays |= {f"{layer.name}.{k}": array for k, array in found.items() if array is not None}
    data: bytes = safetensors.numpy.save({k: _narrow(a) for k, a in arrays.items()})
    return data


def unpack(data: bytes) -> dict[str, Arrays]:
    """The arrays by layer.

    Raises:
        Fault: it is no safetensors file.
    """
    try:
        arrays = safetensors.numpy.load(data)
    except Exception as error:
        # The library fails in its own ways on headers that are none.
        raise Fault("the file of its arrays is no safetensors file") from error
    if sum(array.size for array in arrays.values()) > MOST_VALUES:
        raise Fault(f"its arrays have more than {MOST_VALUES:,} values")
    layers: dict[str, Arrays] = {}
    for name, array in arrays.items():
        layer, _, key = name.rpartition(".")
        layers.setdefault(layer, {})[key] = array
    return layers


def read_layer(
    name: str,
    shape: tuple[int, int, int],
    threshold_names: tuple[str, ...],
    found: Mapping[str, NDArray[Any]],
    vocabulary: Vocabulary,
    sizes: Mapping[str, int],
) -> LayerDissection:
    """A layer from its arrays, all of them checked.

    Args:
        name: of the layer.
        shape: (C, h, w).
        threshold_names: of the rows of its levels.
        found: the arrays by key.
        vocabulary: of the dissection.
        sizes: "classes", and "sample": the images measured.

    Raises:
        Fault: an array is missing, or its shape, type or values cannot be right.
    """
    categories = np.array(vocabulary.category_indices())
    known = {
        **sizes,
        "units": shape[0],
        "levels": len(threshold_names),
        "concepts": len(vocabulary),
        "categories": group_count(categories),
    }
    found = _by_category({key: _widen(array) for key, array in found.items()}, known)
    optional = {*MEASUREMENTS, *(key for group in GROUPS.values() for key in group)}
    for key, kind in _KINDS.items():
        if key in found:
            _check(f"{key} of {name}", found[key], kind, known)
        elif key not in optional:
            raise Fault(f"{name} has no {key}")
    if found["exemplars"].size and found["exemplars"].max() >= sizes["sample"]:
        raise Fault(f"{name} names exemplars beyond its sample of {sizes['sample']}")
    tally = Tally.from_arrays(found, categories)
    inside = np.minimum(tally.activated[:, np.maximum(categories, 0)], tally.area[:, :, None])
    if (tally.intersection > inside).any():
        raise Fault(f"{name} counts more pixels in an intersection than in a unit or concept")
    others: dict[str, Any] = {
        kind.attribute or key: found[key]
        for key, kind in (ALWAYS | MEASUREMENTS).items()
        if key in found
    }
    for attribute, kinds in GROUPS.items():
        present = [key for key in kinds if key in found]
        if present and len(present) < len(kinds):
            missing = next(key for key in kinds if key not in found)
            raise Fault(f"{name} has {present[0]} and no {missing}")
        if present:
            others[attribute] = _OBJECTS[attribute].from_arrays(found)
    layer = LayerDissection(
        name, shape, threshold_names, tally=tally, vocabulary=vocabulary, **others
    )
    _check_figures(layer, sizes["sample"])
    return layer


_OBJECTS: dict[str, type[Histogram | Detectors | Relations | Clarity]] = {
    "histogram": Histogram,
    "detectors": Detectors,
    "relations": Relations,
    "clarity": Clarity,
}


def _by_category(found: Arrays, known: Mapping[str, int]) -> Arrays:
    """Version 1 counted units for all categories together: there every pixel counts for each."""
    groups = known["categories"]
    for key, sides in (("activated", 2), ("pixels", 1)):
        if key in found and found[key].ndim == sides:
            if groups * found[key].size > MOST_VALUES >> 2:
                raise Fault(f"{key} would have more than {MOST_VALUES >> 2:,} values")
            found[key] = np.repeat(found[key][:, None], groups, axis=1)
    return found


def _check_figures(layer: LayerDissection, sample: int) -> None:
    """What the figures of one layer say of each other."""
    histogram, detectors = layer.histogram, layer.detectors
    if histogram is not None:
        cells = sample * layer.shape[1] * layer.shape[2]
        if (histogram.lowest > histogram.highest).any() or (histogram.bins.sum(1) != cells).any():
            raise Fault(
                f"the histograms of {layer.name} do not count the {cells} cells of each unit"
            )
    relations = layer.relations
    if relations is not None:
        images = (relations.lower, relations.missed, relations.mistaken)
        if any(places.size and places.max() >= sample for places in images):
            raise Fault(f"{layer.name} names exemplars beyond its sample of {sample}")
        if relations.ranked.size and relations.ranked.max() >= len(layer.vocabulary):
            raise Fault(f"{layer.name} ranks concepts that its vocabulary has not")
    if detectors is not None:
        if (detectors.shown.sum(0) > sample).any():
            raise Fault(f"{layer.name} has detectors that were tried on more than {sample} images")
        if detectors.accuracies.min() < 0 or detectors.accuracies.max() > 1:
            raise Fault(f"the accuracies of {layer.name} are not all from 0 to 1")


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Counts in as few bytes as the largest takes; anything else as it is."""
    if np.issubdtype(array.dtype, np.signedinteger) and array.size and array.min() >= 0:
        array = array.astype(np.min_scalar_type(int(array.max())))
    return np.ascontiguousarray(array)


def _widen(array: NDArray[Any]) -> NDArray[Any]:
    """Counts as they are counted with."""
    return array.astype(np.int64) if np.issubdtype(array.dtype, np.integer) else array


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
