"""What relates a layer's units to pictures, concepts and one another. Free of torch.

Measured over the first images of the sample, beside the statistics of ``layer``:

* *Precision-recall area* of each unit's best concepts (NeuronEval 2025: with IoU one of the few
  scores that notice both missing and extra labels): cells of the feature map in falling order of
  activation, in bins; a cell counts with all the pixels that lie nearest to it.
* *Lower exemplars*: images whose peak is at a share of all images' peaks, for top images alone
  flatter a unit.
* *Peaks* of images with the unit's label and without, as ranks evenly over their order, and
  *counterexamples*: with the label and the lowest peaks, without it and the highest (Bau et al.
  2020, figures 1f, 3f and 3g).
* *Nearest units* by the correlation of activations averaged on 8 x 8 cells, of the same layer and
  of others, and a map of the layer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.statistics.tally import Counts

#: Shares of all images' peaks that lower exemplars are taken from, and how many from each.
LOWER_SHARES = (0.999, 0.99, 0.9, 0.5)
LOWER_IMAGES = 3
#: Best concepts of which the precision-recall area is measured.
RANKED = 5
#: Peaks that are kept of images with the label, and of those without; and counterexamples of each.
DOTS, COUNTEREXAMPLES = 48, 4
#: Nearest units of the same layer, and of the others together.
NEAREST = 8
#: Bins of the precision-recall curve.
BINS = 256


@dataclass(frozen=True, eq=False)
class Relations:
    """What relates all units of a layer.

    Attributes:
        ranked: int64 (units, up to 5): concepts with the highest IoU, best first; 0 for none.
        areas: float32 (units, up to 5), 0..1: area under the precision-recall curve with them.
        lower: int64 (units, 12): images at the places of ``LOWER_SHARES`` in the order of all
            peaks, three of each.
        peaks_with: float32 (units, 48): peaks of images that show the label, lowest to highest,
            evenly over their order; 0 where the unit has no detector.
        peaks_without: float32 (units, 48): the same of images that do not.
        missed: int64 (units, 4): images that show the label and have the lowest peaks.
        mistaken: int64 (units, 4): images that do not and have the highest.
        near_layers: int64 (units, n): places of layers in the dissection, of the units that are
            correlated most: those of this layer, then those of others, each in falling order.
        near_units: int64 (units, n): their numbers.
        near_values: float32 (units, n): the correlations, -1..1.
        places: float32 (units, 2): where each unit lies on the map of the layer.
    """

    ranked: Counts
    areas: NDArray[np.float32]
    lower: Counts
    peaks_with: NDArray[np.float32]
    peaks_without: NDArray[np.float32]
    missed: Counts
    mistaken: Counts
    near_layers: Counts
    near_units: Counts
    near_values: NDArray[np.float32]
    places: NDArray[np.float32]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Relations":
        """The inverse of ``to_arrays``.

        Raises:
            KeyError: an array is missing.
        """
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, for a file."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, eq=False)
class Clarity:
    """How much of one thing each unit's exemplars are, in a segmenter's feature space.

    Attributes:
        clarity: float32 (units,), -1..1: mean cosine of pairs of exemplars.
        apart: float32 (units,), 0..2: how far the exemplars fall into two groups: of the best
            division the mean cosine of pairs within a group, less that of pairs across.
    """

    clarity: NDArray[np.float32]
    apart: NDArray[np.float32]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Clarity":
        """The inverse of ``to_arrays``.

        Raises:
            KeyError: an array is missing.
        """
        return cls(arrays["clarity"], arrays["apart"])

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, for a file."""
        return {"clarity": self.clarity, "apart": self.apart}


def best_concepts(iou: NDArray[np.floating], count: int = RANKED) -> Counts:
    """Each unit's concepts with the highest IoU, int64 (units, up to ``count``); 0 for none.

    Args:
        iou: float (concepts, units); row 0, nothing, is 0.
        count: how many.
    """
    order = np.argsort(-iou, axis=0, kind="stable")[:count]
    ranked: Counts = np.where(np.take_along_axis(iou, order, 0) > 0, order, 0).T.astype(np.int64)
    return ranked


def precision_recall_area(
    positive: NDArray[np.integer], total: NDArray[np.integer]
) -> NDArray[np.float32]:
    """The average precision of counts in bins of rising activation.

    Args:
        positive: integers (..., bins): pixels with the concept.
        total: integers (..., bins): all pixels that count for it.

    Returns:
        float32 (...): the sum over bins, from the highest down, of the recall that a bin adds
        times the precision down to it; 0 where the concept never occurs.
    """
    found = positive[..., ::-1].cumsum(-1).astype(np.float64)
    seen = total[..., ::-1].cumsum(-1).astype(np.float64)
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    added = positive[..., ::-1] * precision
    area = np.divide(added.sum(-1), found[..., -1], where=found[..., -1] > 0,
                     out=np.zeros(found.shape[:-1]))  # fmt: skip
    result: NDArray[np.float32] = area.astype(np.float32)
    return result


def lower_exemplars(peaks: NDArray[np.float32]) -> Counts:
    """Images at ``LOWER_SHARES`` of each unit's peaks.

    Args:
        peaks: float32 (N, units).

    Returns:
        int64 (units, 12): for each share the image whose peak that share of all images does not
        exceed, and the two below it.
    """
    count = len(peaks)
    order = np.argsort(-peaks, axis=0, kind="stable")
    firsts = [int(np.ceil(round((1 - share) * count, 6))) - 1 for share in LOWER_SHARES]
    ranks = [min(max(first, 0) + k, count - 1) for first in firsts for k in range(LOWER_IMAGES)]
    return order[ranks].T.astype(np.int64)


def sides_of_detectors(
    peaks: NDArray[np.float32], shows: NDArray[np.bool_], valid: NDArray[np.bool_]
) -> dict[str, NDArray[Any]]:
    """Peaks and counterexamples of images with each unit's label and without.

    Args:
        peaks: float32 (N, units), finite.
        shows: bool (N, units): images that show the unit's label.
        valid: bool (N, units): images that count.

    Returns:
        ``peaks_with``, ``peaks_without``, ``missed``, ``mistaken``; see ``Relations``.
    """
    shows, absent = shows & valid, ~shows & valid
    counts = np.stack([shows.sum(0), absent.sum(0)])
    defined = (counts > 0).all(0)
    found: dict[str, NDArray[Any]] = {}
    for key, chosen, count in (("with", shows, counts[0]), ("without", absent, counts[1])):
        ordered = np.sort(np.where(chosen, peaks, np.float32(np.inf)), axis=0)
        last = np.maximum(count - 1, 0)
        ranks = np.rint(np.linspace(0, 1, DOTS)[:, None] * last).astype(np.int64)
        values = np.take_along_axis(ordered, ranks, 0)
        found[f"peaks_{key}"] = np.where(defined, values, 0).T.astype(np.float32)
    for key, chosen, count, sign in (
        ("missed", shows, counts[0], 1), ("mistaken", absent, counts[1], -1)
    ):  # fmt: skip
        order = np.argsort(np.where(chosen, sign * peaks, np.inf), axis=0, kind="stable")
        ranks = np.minimum(np.arange(COUNTEREXAMPLES)[:, None], np.maximum(count - 1, 0))
        images = np.take_along_axis(order, ranks, 0)
        found[key] = np.where(defined, images, 0).T.astype(np.int64)
    return found


def correlations(
    products: NDArray[np.float64], sums: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Pearson's r of all units with one another, float64 (units, units), -1..1.

    Args:
        products: float64 (units, units): sums of products.
        sums: float64 (units,): sums.
        count: of how many values.

    Returns:
        0 for units that never change.
    """
    mean = sums / count
    covariance = products / count - np.outer(mean, mean)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0))
    scale = np.outer(spread, spread)
    r = np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 1e-9)
    clipped: NDArray[np.float64] = np.clip(r, -1, 1)
    return clipped


def nearest(
    r: NDArray[np.float64], layer: slice, layers: NDArray[np.int64], units: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """The units that are correlated most with each unit of a layer.

    Args:
        r: float64 (all, all), of the units of all layers.
        layer: which of them are the layer's.
        layers: int64 (all,): places of their layers.
        units: int64 (all,): their numbers.

    Returns:
        ``near_layers``, ``near_units``, ``near_values``; see ``Relations``.
    """
    rows = r[layer].copy()
    own = np.zeros(len(r), bool)
    own[layer] = True
    rows[np.arange(len(rows)), np.arange(layer.start, layer.stop)] = -np.inf  # not itself
    picked = []
    for group, room in ((own, int(own.sum()) - 1), (~own, int((~own).sum()))):
        ranked = np.argsort(np.where(group, -rows, np.inf), axis=1, kind="stable")
        picked.append(ranked[:, : min(NEAREST, max(room, 0))])
    chosen = np.concatenate(picked, 1)
    return {
        "near_layers": layers[chosen],
        "near_units": units[chosen],
        "near_values": np.take_along_axis(rows, chosen, 1).astype(np.float32),
    }


def places_on_map(r: NDArray[np.float64]) -> NDArray[np.float32]:
    """Units laid out in the plane by classical multidimensional scaling of sqrt(2 - 2 r).

    Args:
        r: float64 (units, units), correlations.

    Returns:
        float32 (units, 2); the unit farthest out along an axis is on its positive side.
    """
    squared = np.maximum(2 - 2 * r, 0)
    np.fill_diagonal(squared, 0)
    centered = squared - squared.mean(0) - squared.mean(1)[:, None] + squared.mean()
    values, vectors = np.linalg.eigh(-centered / 2)
    places = np.zeros((len(r), 2))
    count = min(2, len(r))
    top = np.sqrt(np.maximum(values[::-1][:count], 0)) * vectors[:, ::-1][:, :count]
    places[:, :count] = top
    farthest = places[np.abs(places).argmax(0), [0, 1]]
    places *= np.where(farthest < 0, -1, 1)
    return places.astype(np.float32)


def clarity_of(features: NDArray[np.float32]) -> Clarity:
    """Clarity of exemplars, and how far they fall into two groups.

    Args:
        features: float32 (units, images, d), at least 2 images, not all zero.
    """
    length = np.linalg.norm(features, axis=2, keepdims=True)
    unit = np.divide(features, length, out=np.zeros_like(features), where=length > 0)
    cosine = (unit @ unit.transpose(0, 2, 1)).astype(np.float64)
    count = features.shape[1]
    upper = np.triu_indices(count, 1)
    pairs = cosine[:, upper[0], upper[1]]  # (units, pairs)
    total = pairs.sum(1)
    clarity = total / max(len(upper[0]), 1)
    splits = _divisions(count)
    if not len(splits):
        return Clarity(clarity.astype(np.float32), np.zeros(len(features), np.float32))
    same = splits[:, upper[0]] == splits[:, upper[1]]  # (divisions, pairs)
    within = pairs @ same.T / same.sum(1)
    across = pairs @ ~same.T / (~same).sum(1)
    apart = (within - across).max(1)
    return Clarity(clarity.astype(np.float32), np.maximum(apart, 0).astype(np.float32))


def _divisions(count: int) -> NDArray[np.bool_]:
    """All ways to divide things into two groups of at least two, bool (ways, count)."""
    numbers = np.arange(2 ** (count - 1))
    bits = (numbers[:, None] >> np.arange(count)) & 1
    sizes = bits.sum(1)
    divided: NDArray[np.bool_] = bits[(sizes >= 2) & (sizes <= count - 2)].astype(bool)
    return divided
