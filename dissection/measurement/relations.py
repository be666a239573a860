"""The stage that measures what relates units: see ``dissection.statistics.relations``.

One pass over the first images of the sample; then the exemplars in the segmenter's feature space,
where it has one. It goes on from its last kept batch, and can be run on a dissection that was made
before (``dissection relate``).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dissection.measurement.exemplars import layer_centers
from dissection.measurement.forward import forward_pass
from dissection.measurement.job import Job
from dissection.measurement.sampling import concept_maps_of
from dissection.results.dissection import Dissection
from dissection.results.layer_dissection import LayerDissection
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter
from dissection.statistics import relations as r
from dissection.statistics.concepts import ConceptMaps, Named
from dissection.statistics.detector import showing
from dissection.statistics.histogram import bin_scale
from dissection.statistics.tally import ImageAreas
from dissection.statistics.upsample import axis_weights, upsample

#: Images that relations are measured over, of these so many for correlations.
SIZE, CORRELATED = 1000, 500
#: Cells along a side that activations are averaged on, steps of the activation there.
CELLS, STEPS = 8, 4095
#: Exemplars whose features are compared.
COMPARED = 10
#: Concept counts of this many values at a time.
_ROOM = 2**24
_SAVED_EACH = 8
_STAGE = "relating units"


@runtime_checkable
class HasFeatureMaps(Protocol):
    """A segmenter that shows what it sees pictures as, before it names anything."""

    def feature_maps(self, images: Tensor) -> Tensor:
        """Float (N, d, h, w) of pictures (N, 3, H, W), -1..1."""
        ...


@torch.no_grad()
def measure_relations(job: Job, dissection: Dissection, size: int = SIZE) -> Dissection:
    """The dissection with what relates its units.

    Args:
        job: what was dissected.
        dissection: counts, levels, histograms and detectors of its layers.
        size: images of the sample, the first ones, to measure over.

    Raises:
        BadInputError: the network or the segmenter give something else than before.
        Stopped: the report asked for it.
    """
    count = min(size, len(job.source))
    pass_ = _Pass(job, dissection, count)
    pass_.run()
    measured = dict(dissection.measured)
    for name, relations in pass_.relations().items():
        measured[name] = replace(measured[name], relations=relations)
    if isinstance(job.segmenter, HasFeatureMaps):
        peaks = {name: pass_.peaks(name) for name in dissection.layers}
        for name, clarity in _clarities(job, job.segmenter, dissection, peaks).items():
            measured[name] = replace(measured[name], clarity=clarity)
    told = {"size": count, "correlated": min(count, CORRELATED), "cells": CELLS}
    provenance = {**dissection.provenance, "relations": told}
    return replace(dissection, measured=measured, provenance=provenance)


class _Nearest(NamedTuple):
    """Which cell of a map each pixel of the measuring grid lies nearest to.

    Attributes:
        cells: int64 (grid * grid,): places in the map that is looked at.
        rows: int64 (h,): rows of the map that are looked at, fewer where it is finer.
        columns: int64 (w,).
    """

    cells: Tensor
    rows: Tensor
    columns: Tensor


class _Pass:
    """The pass over the images, and what it has kept."""

    def __init__(self, job: Job, dissection: Dissection, count: int) -> None:
        self._job = job
        self._dissection = dissection
        self._count = count
        self._correlated = min(count, CORRELATED)
        self._ranked = {n: r.best_concepts(np.nan_to_num(p.iou)) for n, p in dissection.items()}
        self._nearest = {name: self._nearest_cells(layer) for name, layer in dissection.items()}
        zeros = {
            f"{name}.counts": np.zeros((2, *self._ranked[name].shape, r.BINS), np.int64)
            for name in dissection.layers
        }
        self._counted = Accumulator(job.work, "relations", zeros, key="done")

    def run(self) -> None:
        """Go over the images that are not done yet."""
        job, done = self._job, self._counted.place[0]
        forward = forward_pass(job, self._dissection.layers)

        def look(rows: range, inputs: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
            outputs, activations = forward(inputs)
            images = outputs.float() if job.source.generates else inputs
            return concept_maps_of(job, rows, images), {
                n: m.float() for n, m in activations.items()
            }

        meter = Meter(job.report, _STAGE, self._count, done)
        batches = job.each_batch(_STAGE, range(done, self._count), look)
        for place, (rows, (maps, activations)) in enumerate(batches, start=1):
            self._take(rows, maps, activations)
            if place % _SAVED_EACH == 0 or rows.stop == self._count:
                self._counted.keep(rows.stop)
            meter.step(len(rows))

    def peaks(self, name: str) -> NDArray[np.float32]:
        """Each unit's peak in each image, float32 (count, units)."""
        units = self._dissection[name].shape[0]
        return self._job.work.array(f"peaks-{name}", (self._count, units), np.float32)

    def relations(self) -> dict[str, r.Relations]:
        """What relates the units of all layers."""
        job, dissection = self._job, self._dissection
        correlation = self._correlate()
        sizes = [layer.shape[0] for layer in dissection.values()]
        ends = np.cumsum([0, *sizes])
        layers = np.repeat(np.arange(len(sizes)), sizes)
        units = np.concatenate([np.arange(size) for size in sizes])
        areas = ImageAreas(self._array("areas"), self._array("pixels"))
        categories = np.array(job.segmenter.vocabulary.category_indices())
        found = {}
        meter = Meter(job.report, "ordering units and pictures", len(sizes))
        for place, (name, layer) in enumerate(dissection.items()):
            own = slice(int(ends[place]), int(ends[place + 1]))
            peaks = np.asarray(self.peaks(name))
            groups = np.maximum(categories[layer.labels], 0)
            counted = areas.pixels[:, groups]
            valid = (counted > 0) & (categories[layer.labels] >= 0)
            shows = showing(areas.area[:, layer.labels], counted)
            positive, total = self._counted[f"{name}.counts"]
            found[name] = r.Relations(
                ranked=self._ranked[name],
                areas=r.precision_recall_area(positive, total),
                lower=r.lower_exemplars(peaks),
                **r.sides_of_detectors(peaks, shows, valid),
                **r.nearest(correlation, own, layers, units),
                places=r.places_on_map(correlation[own, own]),
            )
            meter.step()
        return found

    def _correlate(self) -> NDArray[np.float64]:
        """Correlations of all units: integers are multiplied, so that the order does not matter."""
        kept = [self._cells(name) for name in self._dissection.layers]
        units = sum(cells.shape[1] for cells in kept)
        products, sums, step = np.zeros((units, units)), np.zeros(units), 25
        meter = Meter(self._job.report, "relating units", self._correlated)
        for first in range(0, self._correlated, step):
            parts = [cells[first : first + step].swapaxes(1, 2) for cells in kept]
            values = np.concatenate(parts, 2).reshape(-1, units).astype(np.float64)
            products += values.T @ values
            sums += values.sum(0)
            meter.step(len(parts[0]))
        return r.correlations(products, sums, self._correlated * CELLS**2)

    def _take(self, rows: range, maps: Tensor, activations: Mapping[str, Tensor]) -> None:
        job, here = self._job, slice(rows.start, rows.stop)
        channels = getattr(job.segmenter, "channels", None)
        concepts = ConceptMaps.of(
            maps.cpu().numpy(), job.segmenter.vocabulary, channels, job.device
        )
        areas = concepts.areas()
        self._array("areas")[here] = areas.area
        self._array("pixels")[here] = areas.pixels
        named = concepts.read(slice(0, len(rows)))
        for name, features in activations.items():
            features = features + 0.0  # minus zero is zero
            self.peaks(name)[here] = features.amax((2, 3)).cpu().numpy()
            low, scale = self._scale(name, STEPS)
            room = self._correlated - rows.start
            if room > 0:
                means = F.adaptive_avg_pool2d(features[:room], CELLS).flatten(2)
                steps = ((means - low[:, None]) * scale[:, None]).clamp(0, STEPS).round()
                stop = min(rows.stop, self._correlated)
                self._cells(name)[rows.start : stop] = steps.cpu().numpy().astype(np.uint16)
            self._count_cells(name, features, named)

    def _count_cells(self, name: str, features: Tensor, named: Named) -> None:
        """Pixels in bins of the activation of the cell that each lies nearest to."""
        ranked = torch.from_numpy(self._ranked[name]).to(features.device)
        wanted, places = ranked.unique(return_inverse=True)  # places: (units, ranked)
        nearest = self._nearest[name]
        features = features[:, :, nearest.rows][:, :, :, nearest.columns].flatten(2)
        low, scale = self._scale(name, r.BINS)
        units, cells = features.shape[1], features.shape[2]
        bins = ((features - low[:, None]) * scale[:, None]).clamp(0, r.BINS - 1).long()
        bins += torch.arange(units, device=bins.device)[:, None] * r.BINS
        number = torch.full((len(self._dissection.vocabulary),), -1, device=features.device)
        number[wanted] = torch.arange(len(wanted), device=features.device)
        number[0] = -1
        step = max(1, _ROOM // (cells * max(len(wanted), units)))
        counts = self._counted[f"{name}.counts"]
        for first in range(0, len(features), step):
            span = slice(first, first + step)
            with_, all_ = self._pixels(named, span, number, wanted, nearest.cells, cells)
            flat = bins[span].permute(0, 2, 1).reshape(-1)  # image, cell, unit
            for rank in range(places.shape[1]):
                for place, counted in enumerate((with_, all_)):
                    weights = counted[:, :, places[:, rank]].reshape(-1).double()
                    sums = torch.bincount(flat, weights, minlength=units * r.BINS)
                    counts[place, :, rank] += sums.round().long().view(units, r.BINS).cpu().numpy()

    def _pixels(
        self,
        named: Named,
        span: slice,
        number: Tensor,
        wanted: Tensor,
        nearest: Tensor,
        cells: int,
    ) -> tuple[Tensor, Tensor]:
        """Pixels of each wanted concept at each cell, and all that count: (n, cells, wanted)."""
        labels = named.labels[span].flatten(2)  # (n, K, pixels)
        images, count = len(labels), len(wanted)
        index = number[labels]
        at = torch.arange(images, device=labels.device)[:, None, None] * cells + nearest
        flat = (at * count + index)[index >= 0]
        with_ = torch.bincount(flat, minlength=images * cells * count).view(images, cells, count)
        groups = named.categories[wanted].clamp(min=0)
        if named.counted is None:
            every = torch.bincount(nearest, minlength=cells)
            return with_, every[None, :, None].expand_as(with_)
        counted = named.counted[span].flatten(2).double()  # (n, categories, pixels)
        sums = counted.new_zeros(*counted.shape[:2], cells).index_add_(2, nearest, counted)
        return with_, sums[:, groups].permute(0, 2, 1).long()

    def _nearest_cells(self, layer: LayerDissection) -> _Nearest:
        """For each pixel of the grid the cell with the greatest weight; of finer maps a choice."""
        grid, device = self._job.grid, self._job.device
        centers = layer_centers(self._dissection, layer.name)
        axes = (centers.rows, centers.columns) if centers else (None, None)
        sides = []
        for cells, axis in zip(layer.shape[1:], axes, strict=True):
            found = axis_weights(cells, grid, axis).argmax(1)
            kept, inverse = np.unique(found, return_inverse=True)
            sides.append((torch.from_numpy(kept).to(device), torch.from_numpy(inverse).to(device)))
        (rows, down), (columns, across) = sides
        flat = (down[:, None] * len(columns) + across[None]).reshape(-1)
        return _Nearest(flat, rows, columns)

    def _scale(self, name: str, steps: int) -> tuple[Tensor, Tensor]:
        """Lowest activations, and steps in an activation of 1; both (units,)."""
        layer, device = self._dissection[name], self._job.device
        histogram = layer.histogram
        assert histogram is not None, "measured layers have histograms"
        per_one = bin_scale(histogram.lowest, histogram.highest) * (steps / 64)
        low = torch.from_numpy(histogram.lowest).to(device)
        return low, torch.from_numpy(per_one.astype(np.float32)).to(device)

    def _cells(self, name: str) -> NDArray[np.uint16]:
        shape = (self._correlated, self._dissection[name].shape[0], CELLS**2)
        return self._job.work.array(f"cells-{name}", shape, np.uint16)

    def _array(self, what: str) -> NDArray[np.int32]:
        vocabulary = self._job.segmenter.vocabulary
        groups = max(len(vocabulary.categories), 1)
        columns = len(vocabulary) if what == "areas" else groups
        return self._job.work.array(f"relation-{what}", (self._count, columns), np.int32)


def _clarities(
    job: Job,
    segmenter: HasFeatureMaps,
    dissection: Dissection,
    peaks: Mapping[str, NDArray[np.float32]],
) -> dict[str, r.Clarity]:
    """Clarity of all layers: features of the region above t_u of each unit's top images."""
    top = {
        name: np.argsort(-values, axis=0, kind="stable")[:COMPARED].T
        for name, values in peaks.items()
    }
    rows = np.unique(np.concatenate([images.ravel() for images in top.values()]))
    forward = forward_pass(job, dissection.layers)
    found: dict[str, NDArray[np.float32]] = {}
    meter = Meter(job.report, "comparing exemplars", len(rows))
    step = max(1, job.step)
    for first in range(0, len(rows), step):
        chosen = rows[first : first + step]
        inputs = job.inputs(chosen.tolist())
        outputs, activations = forward(inputs)
        images = outputs.float() if job.source.generates else inputs
        space = segmenter.feature_maps(images).float()
        for name, maps in activations.items():
            unit, rank = np.isin(top[name], chosen).nonzero()
            image = np.searchsorted(chosen, top[name][unit, rank])
            means = _means_inside(maps.float(), space, dissection[name], unit, image)
            shape = (*top[name].shape, space.shape[1])
            found.setdefault(name, np.zeros(shape, np.float32))[unit, rank] = means
        meter.step(len(chosen))
    return {name: r.clarity_of(features) for name, features in found.items()}


def _means_inside(
    maps: Tensor,
    space: Tensor,
    layer: LayerDissection,
    unit: NDArray[Any],
    image: NDArray[Any],
) -> NDArray[np.float32]:
    """Mean features where units are above their levels, float32 (pairs, d)."""
    units, images = torch.from_numpy(unit), torch.from_numpy(image)
    levels = torch.from_numpy(layer.activation_threshold[unit]).to(maps.device)
    height, width = space.shape[2:]
    own = upsample(maps[images, units][:, None], 4 * max(height, width))[:, 0]
    above = (own > levels[:, None, None]).float()
    # A peak that the upsampling does not reach: its highest place stands for it.
    empty = above.sum((1, 2)) == 0
    above[empty] = (own[empty] == own[empty].amax((1, 2), keepdim=True)).float()
    weights = F.adaptive_avg_pool2d(above[:, None], (height, width))[:, 0]
    weights = weights / weights.sum((1, 2), keepdim=True)
    means = torch.einsum("phw,pdhw->pd", weights, space[images])
    return means.cpu().numpy()
