"""Pictures of the exemplars of units: made when they are looked at, or once for storing.

For a generator an exemplar is a latent, so that its picture, and where the unit is above its
level, come from one forward pass whenever somebody looks. Stored ones (``--pictures``) are in
``LayerDissection.pictures``.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dissection.data.images import thumbnail, to_bytes
from dissection.data.latents import standard
from dissection.data.sources import Source
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.measurement.job import Job
from dissection.measurement.layer_readings import read_as
from dissection.measurement.spotlight import framed, spotlight
from dissection.models.hooks import PLAIN_READING, LayerReading, Readings, observe
from dissection.models.weights.files import network_digest
from dissection.results.dissection import Dissection
from dissection.results.layer_dissection import LayerDissection
from dissection.results.sheets import LONGEST, SIZE, Sheets, Strips
from dissection.runtime.progress import Meter, Report
from dissection.statistics.upsample import Centers

#: Inputs in one pass.
BATCH = 16
#: Bytes of pictures that are kept, over all networks and layers: some 170 units' of five pictures.
KEPT_BYTES = 16 * 2**20


class Wanted(NamedTuple):
    """Units of a layer whose exemplars are to be pictured.

    Attributes:
        layer: what was measured of the layer.
        units: which of its units.
        centers: where the cells of its maps lie in the pictures; None is evenly.
        reading: how the layer's output is read.
    """

    layer: LayerDissection
    units: Sequence[int]
    centers: Centers | None = None
    reading: LayerReading = PLAIN_READING


class StripCache:
    """The strips that were asked for last, as many as fit; for any number of threads.

    Args:
        room: bytes of pictures, all of one size.
    """

    def __init__(self, room: int) -> None:
        self._strips: OrderedDict[tuple[Any, ...], Strips] = OrderedDict()
        self._room = room
        self._lock = Lock()

    def get(self, key: tuple[Any, ...]) -> Strips | None:
        """What was put there; it counts as asked for now."""
        with self._lock:
            if key in self._strips:
                self._strips.move_to_end(key)
            return self._strips.get(key)

    def put(self, key: tuple[Any, ...], strip: Strips) -> None:
        """Keep strips, and forget those that were not asked for longest."""
        with self._lock:
            self._strips[key] = strip
            while len(self._strips) > 1 and len(self._strips) * strip.nbytes > self._room:
                self._strips.popitem(last=False)


#: For all networks and layers.
strip_cache = StripCache(KEPT_BYTES)


def unit_pictures(
    dissection: Dissection,
    layer: str,
    units: Sequence[int],
    generator: nn.Module,
    *,
    size: int = SIZE,
    source: Source | None = None,
    report: Report | None = None,
) -> Strips:
    """The exemplars of some units, each with the region above t_u outlined and the rest dimmed.

    One forward pass for each distinct input that is not kept from an earlier call.

    Args:
        dissection: of the generator.
        layer: name of a layer.
        units: which of its units, in any order.
        generator: the network that was dissected, in eval mode, on any device.
        size: width and height of a picture in pixels.
        source: the sample of the dissection; needed only where that is not rows of the standard
            latents.
        report: told how many of the inputs were looked at; False stops.

    Returns:
        uint8 (len(units), images, size, size, 3), RGB, best first.

    Raises:
        UnknownNameError: no such layer or unit.
        StoreError: the dissection is of another network, or does not tell levels or exemplars.
        BadInputError: the sample cannot be made again without ``source``, or that is another one.
        Stopped: the report said so.
    """
    measured = dissection[layer]
    for unit in units:
        if not 0 <= unit < measured.shape[0]:
            raise UnknownNameError(
                f"{layer} has units 0 to {measured.shape[0] - 1}, and no {unit}."
            )
    if not measured.exemplars.shape[1]:
        raise StoreError(f"The exemplars of {layer} are not in the file that this was read from.")
    digest = str(getattr(generator, "digest", "")) or network_digest(generator)
    dissection.require_network(digest)
    sample = source or made_again(dissection)
    if len(sample) <= measured.exemplars[list(units)].max(initial=0):
        raise BadInputError(
            f"The sample has {len(sample)} inputs, and the exemplars of {layer} lie beyond; give "
            "the one that was dissected."
        )
    identity = (digest, json.dumps(sample.provenance, sort_keys=True), layer, size)
    keys = {
        unit: (
            *identity,
            unit,
            float(measured.activation_threshold[unit]),
            tuple(measured.exemplars[unit].tolist()),
        )
        for unit in units
    }
    strips = {
        unit: strip for unit, key in keys.items() if (strip := strip_cache.get(key)) is not None
    }
    missing = [unit for unit in keys if unit not in strips]
    reading = read_as(dissection.provenance).get(layer, PLAIN_READING)
    wanted = {layer: Wanted(measured, missing, layer_centers(dissection, layer), reading)}
    meter = Meter(report, f"taking pictures of units of {layer}", count_inputs(wanted))
    made = draw_strips(generator, sample, wanted, size, tick=meter.step)[layer]
    for unit, strip in zip(missing, made, strict=True):
        strips[unit] = strip
        strip_cache.put(keys[unit], strip)
    shape = (0, measured.exemplars.shape[1], size, size, 3)
    return np.stack([strips[unit] for unit in units]) if units else np.empty(shape, np.uint8)


def picture_units(
    job: Job, dissection: Dissection, layers: Sequence[str], size: int = SIZE
) -> Dissection:
    """The dissection with pictures of all units of some layers, to be stored with it.

    Args:
        job: what was dissected.
        dissection: exemplars and levels.
        layers: names of layers of it.
        size: width and height of a picture in pixels.
    """
    wanted = {
        name: Wanted(
            replace(layer, exemplars=layer.exemplars[:, : LONGEST // size]),
            range(layer.shape[0]),
            layer_centers(dissection, name),
            job.readings.get(name, PLAIN_READING),
        )
        for name, layer in dissection.items()
        if name in layers
    }
    meter = Meter(job.report, "taking pictures of units", count_inputs(wanted))
    batch = min(BATCH, job.step)
    strips = draw_strips(job.network, job.source, wanted, size, batch, meter.step)
    parts = {n: replace(dissection[n], pictures=Sheets.of(made)) for n, made in strips.items()}
    return replace(dissection, measured={**dissection.measured, **parts})


def draw_strips(
    network: nn.Module,
    source: Source,
    wanted: Mapping[str, Wanted],
    size: int = SIZE,
    batch: int = BATCH,
    tick: Callable[[int], object] = lambda _: None,
) -> dict[str, Strips]:
    """Pictures of the exemplars of units of several layers, with one pass for each distinct input.

    Args:
        network: in eval mode.
        source: the sample that was dissected.
        wanted: by name of the layer.
        size: width and height of a picture in pixels.
        batch: inputs in one pass.
        tick: called with numbers of inputs; ``count_inputs(wanted)`` in all.

    Returns:
        Layer name to uint8 (units, images, size, size, 3).
    """
    strips = {
        name: np.empty((len(asked.units), asked.layer.exemplars.shape[1], size, size, 3), np.uint8)
        for name, asked in wanted.items()
    }
    rows = _distinct(wanted)
    for first in range(0, len(rows), batch):
        chosen = rows[first : first + batch]
        readings = {name: asked.reading for name, asked in wanted.items()}
        pictures, maps = look_at_inputs(network, source, chosen.tolist(), readings)
        small = [thumbnail(picture, size) for picture in pictures]
        for name, (part, units, centers, _) in wanted.items():
            exemplars = part.exemplars[list(units)].reshape(len(units), -1)
            for place, image in zip(*np.isin(exemplars, chosen).nonzero(), strict=True):
                row, unit = int(np.searchsorted(chosen, exemplars[place, image])), units[place]
                level = float(part.activation_threshold[unit])
                shown = spotlight(small[row], maps[name][row, unit], level, centers)
                strips[name][place, image] = framed(shown, size)
        tick(len(chosen))
    return strips


def count_inputs(wanted: Mapping[str, Wanted]) -> int:
    """How many distinct inputs the exemplars of some units are."""
    return len(_distinct(wanted))


def _distinct(wanted: Mapping[str, Wanted]) -> NDArray[np.int64]:
    rows = [asked.layer.exemplars[list(asked.units)].ravel() for asked in wanted.values()]
    return np.unique(np.concatenate(rows)) if rows else np.empty(0, np.int64)


@torch.no_grad()
def look_at_inputs(
    network: nn.Module, source: Source, rows: Sequence[int], layers: Readings
) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.float32]]]:
    """Pictures uint8 (n, H, W, 3) and maps float32 (n, C, h, w) of some inputs."""
    parameter = next(network.parameters(), None)
    inputs = source.inputs(rows)
    if parameter is not None:
        inputs = inputs.to(parameter.device)
    with observe(network, layers, detach=True, readings=layers) as activations:
        outputs = network(inputs.clone())
    maps = {name: activations[name].float().cpu().numpy() for name in layers}
    return to_bytes(outputs if source.generates else inputs), maps


def layer_centers(dissection: Dissection, layer: str) -> Centers | None:
    """Where the cells of a layer lie in the pictures; None is evenly."""
    told = dissection.provenance.get("levels", {}).get("centres", {})
    return Centers.from_json(told[layer]) if isinstance(told, Mapping) and layer in told else None


class _StandardLatents:
    """Rows of the standard latents, drawn when they are asked for."""

    generates = True

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.provenance = dict(told)
        self._size, self._depth, self._seed = (int(told[k]) for k in ("size", "depth", "seed"))

    def __len__(self) -> int:
        return self._size

    def inputs(self, rows: Sequence[int]) -> torch.Tensor:
        return torch.from_numpy(standard(rows, self._depth, self._seed))


def made_again(dissection: Dissection) -> Source:
    """The sample of a dissection, made again: rows of the standard latents.

    Raises:
        BadInputError: it was made of something else.
        StoreError: the dissection does not tell.
    """
    told = dissection.provenance.get("sample", {})
    kind = told.get("kind") if isinstance(told, Mapping) else None
    if kind != "standard latents":
        raise BadInputError(
            f"The dissection of {dissection.model} was made of {kind or 'a sample not told'}, "
            "which only whoever made it has; give it as source."
        )
    try:
        return _StandardLatents(told)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"The dissection of {dissection.model} does not tell its sample; dissect anew."
        ) from error
