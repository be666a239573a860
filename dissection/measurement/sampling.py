"""The sampling pass: network and segmenter over the whole sample, everything needed kept."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from dissection.data.labeled import LabeledSource
from dissection.data.sources import BRIGHTEST
from dissection.errors import BadInputError, DissectionError
from dissection.measurement.forward import forward_pass, forward_to_layers
from dissection.measurement.job import Job
from dissection.models.hooks import observe
from dissection.models.receptive_field import Following
from dissection.runtime.choices import CellCenters
from dissection.runtime.entry_points import in_words
from dissection.runtime.memory import is_out_of_memory
from dissection.runtime.progress import Meter
from dissection.statistics.upsample import Centers

__all__ = [
    "Job",
    "concept_maps_of",
    "layer_centers",
    "layer_maps",
    "layer_shapes",
    "open_concept_maps",
    "sample_layers",
    "segment_sample",
]

Result = TypeVar("Result")
#: More than this share of values beyond the brightest, and pictures are of another range.
_MOST_BEYOND = 0.25


@torch.no_grad()
def layer_shapes(job: Job, layers: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """(C, h, w) of each layer, in the order in which the network runs them.

    The first two inputs go through network and segmenter, so that whatever does not fit together
    is told before the long part begins; one alone would not tell a picture from a region.

    Raises:
        UnknownNameError: there is no such layer; the sentence lists the layers.
        BadInputError: a layer does not give a map of each input, or did not run; the network does
            not take the sample's inputs, or the segmenter not its pictures.
    """
    try:
        rows, inputs, outputs, activations = _first_pass(job, layers, min(2, job.batch))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        rows, inputs, outputs, activations = _first_pass(job, layers, 1)
    for name in layers:
        _require_feature_maps(name, activations.get(name), len(rows))
    images = outputs if job.source.generates else inputs
    _require_images(images)
    if job.source.generates:
        _require_range(images)
    _fitting(
        lambda: concept_maps_of(job, rows[:1], images[:1]),
        f"The segmenter does not take pictures of {list(images.shape[1:])}",
        "choose another segmenter",
    )
    return {name: (x.shape[1], x.shape[2], x.shape[3]) for name, x in activations.items()}


def _first_pass(
    job: Job, layers: Sequence[str], count: int
) -> tuple[list[int], Tensor, Any, dict[str, Tensor]]:
    """Places of the sample, their inputs, and what network and layers make of them."""
    rows = [min(place, len(job.source) - 1) for place in range(count)]
    inputs = job.inputs(rows)
    with observe(job.network, layers, detach=True, readings=job.readings) as activations:
        outputs = _look(job, inputs)
    return rows, inputs, outputs, activations


def _require_feature_maps(name: str, maps: Tensor | None, count: int) -> None:
    """Whether a layer gives a map of each input."""
    if maps is None:
        raise BadInputError(
            f"Layer '{name}' did not run, so it gives nothing where feature maps (N, C, h, w) are "
            "needed; choose a layer that the network uses."
        )
    if maps.ndim == 3:
        raise BadInputError(
            f"Layer '{name}' gives tokens {list(maps.shape)}, which lie in no rows and columns, "
            "where feature maps (N, C, h, w) are needed; choose a layer that gives maps."
        )
    if maps.ndim != 4:
        raise BadInputError(
            f"Layer '{name}' gives {list(maps.shape)} where feature maps (N, C, h, w) are needed; "
            "choose a convolutional layer."
        )
    if len(maps) != count:
        raise BadInputError(
            f"Layer '{name}' gives {len(maps)} maps for {count} pictures, of regions or copies of "
            "them; choose one that gives a map of each picture."
        )


@torch.no_grad()
def layer_centers(
    job: Job, layers: Sequence[str], rule: CellCenters = "auto"
) -> dict[str, Centers]:
    """Where the cells of layers lie in the pictures that the network looks at.

    Args:
        job: what to run.
        layers: names.
        rule: where cells lie, see ``runtime.choices.CellCenters``.

    Returns:
        The layers whose cells do not cover the picture evenly; none of a generator.
    """
    if job.source.generates or rule == "even":
        return {}
    picture = job.inputs([0])
    observing = observe(job.network, layers, detach=True, readings=job.readings)
    with observing as activations, Following(picture) as path:
        _look(job, picture)
    # Layers that give no maps are told of with the shapes of all; those with their units last
    # follow upon what is padded all around, and cover the picture evenly.
    maps = {
        n: x
        for n, x in activations.items()
        if not (n in job.readings and job.readings[n].channels_last)
    }
    found = {name: path.centers(maps[name], rule) for name in layers if name in maps}
    return {name: centers for name, centers in found.items() if centers is not None}


@torch.no_grad()
def segment_sample(
    job: Job,
    layers: dict[str, tuple[int, int, int]],
    needed: Collection[str] | None = None,
) -> NDArray[np.integer]:
    """One pass over the sample: concept maps of all pictures, and the maps of some layers.

    Args:
        job: what to run.
        layers: (C, h, w) of the layers to keep, in the order of the network; their maps go to
            ``layer_maps``.
        needed: names of the layers whose maps are still to be counted; None is all. If those, or
            the concept maps, are not there as they were written, the sample is measured anew.

    Returns:
        Integers (n, K, grid, grid), a memory map, of this process's share of the sample; -1 for
        pixels that nobody labeled. The first process then has those of all; see
        ``open_concept_maps``.
    """
    share = job.rows
    forward = forward_pass(job, layers)

    def run(rows: range, inputs: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        outputs, activations = forward(inputs)
        images = outputs.float() if job.source.generates else inputs
        if job.source.generates and not rows.start:
            job.work.remember("darkest", repr(_require_range(images)))
        return concept_maps_of(job, rows, images).cpu(), _on_cpu(activations)

    def keep(rows: range, made: tuple[Tensor, dict[str, Tensor]]) -> None:
        named, activations = made
        if rows.start == share.start:
            job.work.mark("channels", named.shape[1])
        here = slice(rows.start - share.start, rows.stop - share.start)
        job.work.put("concepts", *_concept_form(job), here, named.numpy())
        _keep(job, layers, activations, here)

    arrays = {"concepts": _concept_form(job), **_forms(job, layers, needed)}
    if not job.work.sound("sampling", arrays, share.start) and job.work.done("collected"):
        job.work.mark("collected", 0)
    with _labels_ahead(job):
        _go_on(job, "sampling", run, keep)
    maps = open_concept_maps(job)
    own = maps[: len(share)]
    # Only the first process marks it, and all must know.
    if not int(job.merge.highest(torch.tensor(job.work.done("collected")))):
        job.merge.collect(own, None if job.merge.rank else maps)
        if not job.merge.rank:
            job.work.note("concepts", maps, slice(len(share), len(maps)))
        job.work.mark("collected", int(job.merge.rank == 0))
    return own


@torch.no_grad()
def sample_layers(
    job: Job,
    layers: dict[str, tuple[int, int, int]],
    needed: Collection[str] | None = None,
) -> None:
    """One more pass for more layers, as far as the last of them; maps go to ``layer_maps``.

    Args:
        job: what to run.
        layers: (C, h, w) of the layers to keep, in the order of the network.
        needed: as of ``segment_sample``.
    """
    share = job.rows
    forward = forward_to_layers(job, layers)

    def run(_: range, inputs: Tensor) -> dict[str, Tensor]:
        return _on_cpu(forward(inputs))

    def keep(rows: range, activations: dict[str, Tensor]) -> None:
        _keep(job, layers, activations, slice(rows.start - share.start, rows.stop - share.start))

    stage = f"sampling {' '.join(layers)}"
    job.work.sound(stage, _forms(job, layers, needed), share.start)
    _go_on(job, stage, run, keep)


_Form = tuple[tuple[int, ...], DTypeLike]


def _forms(
    job: Job, layers: dict[str, tuple[int, int, int]], needed: Collection[str] | None
) -> dict[str, _Form]:
    """Shape and dtype of the arrays of layers' maps."""
    return {
        f"maps-{name}": ((len(job.rows), *shape), np.float32)
        for name, shape in layers.items()
        if needed is None or name in needed
    }


def _concept_form(job: Job) -> _Form:
    """Shape and dtype of the concept maps; without channels before the first batch."""
    concepts = len(job.segmenter.vocabulary)
    dtype = next(t for t in (np.int8, np.int16, np.int32) if concepts <= np.iinfo(t).max)
    size = len(job.rows) if job.merge.rank else len(job.source)
    return (size, job.work.done("channels"), job.grid, job.grid), dtype


def layer_maps(job: Job, name: str, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """The maps of a layer over this process's share, float32 (n, C, h, w), a memory map."""
    return job.work.array(f"maps-{name}", (len(job.rows), *shape), np.float32)


def open_concept_maps(job: Job) -> NDArray[np.integer]:
    """The concept maps of the sample, a memory map; but for the first process, of its share.

    Returns:
        Integers (N, K, grid, grid): 0 is nothing, -1 what nobody labeled.
    """
    return job.work.array("concepts", *_concept_form(job))


def _go_on(
    job: Job,
    stage: str,
    run: Callable[[range, Tensor], Result],
    keep: Callable[[range, Result], None],
) -> None:
    """The batches of a stage that are not finished; each is kept, then marked as finished."""
    share = job.rows
    done = max(job.work.done(stage), share.start)
    meter = Meter(job.report, stage, len(share), done - share.start)
    for rows, made in job.each_batch(stage, range(done, share.stop), run):
        keep(rows, made)
        job.work.mark(stage, rows.stop)
        meter.step(len(rows))


def concept_maps_of(job: Job, rows: Sequence[int], images: Tensor) -> Tensor:
    """What a segmenter says of pictures, or what labels in its place say of these places.

    Args:
        job: whose segmenter, or labels, and grid.
        rows: N places in the sample.
        images: float (N, 3, H, W), RGB, -1..1, unclamped as generated; kept as they are.

    Returns:
        Whole numbers (N, K, grid, grid): indices into the vocabulary in K channels, 0 for nothing,
        -1 for pixels that do not count.

    Raises:
        BadInputError: the segmenter gives something else.
    """
    if isinstance(job.segmenter, LabeledSource):
        return job.segmenter.labels(rows, job.grid)
    maps = job.segmenter.segment(images.clone(), size=job.grid)
    _require_maps(job, maps, len(images))
    return maps


def _require_maps(job: Job, maps: object, count: int) -> None:
    """Whether a segmenter, which may be a user's own, keeps to its protocol."""
    name = getattr(job.segmenter, "name", type(job.segmenter).__name__)
    wanted = f"whole numbers ({count}, K, {job.grid}, {job.grid})"
    if not isinstance(maps, Tensor):
        raise BadInputError(f"The segmenter {name} gives {type(maps).__name__}, not {wanted}.")
    whole = not (maps.is_floating_point() or maps.is_complex() or maps.dtype == torch.bool)
    square = maps.ndim == 4 and maps.shape[1] and maps.shape[2:] == (job.grid, job.grid)
    if not whole or not square or len(maps) != count:
        gives = f"{str(maps.dtype).removeprefix('torch.')} {tuple(maps.shape)}"
        raise BadInputError(
            f"The segmenter {name} gives {gives} for {count} pictures at size {job.grid}, where "
            f"{wanted} are needed."
        )
    lowest, highest = (int(value) for value in maps.aminmax())
    if lowest < -1 or highest >= len(job.segmenter.vocabulary):
        raise BadInputError(
            f"The segmenter {name} names the concepts {lowest} to {highest}; its vocabulary has 0 "
            f"to {len(job.segmenter.vocabulary) - 1}, and -1 is for pixels that do not count."
        )


def _labels_ahead(job: Job) -> AbstractContextManager[object]:
    """Meanwhile labels are loaded with their pictures, if there are any."""
    source = job.segmenter
    return source.labeling(job.grid) if isinstance(source, LabeledSource) else nullcontext()


def _on_cpu(activations: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: features.float().cpu().contiguous() for name, features in activations.items()}


def _keep(
    job: Job,
    layers: dict[str, tuple[int, int, int]],
    activations: dict[str, Tensor],
    here: slice,
) -> None:
    count = here.stop - here.start
    for name, shape in layers.items():
        if tuple(activations[name].shape) != (count, *shape):
            raise BadInputError(
                f"Layer '{name}' gives maps {list(activations[name].shape)} of {count} inputs, and "
                f"gave {list(shape)} of each at first; choose one whose maps are of one size."
            )
        whole = (len(job.rows), *shape)
        job.work.put(f"maps-{name}", whole, np.float32, here, activations[name].numpy())


def _look(job: Job, inputs: Tensor) -> Any:
    return _fitting(
        lambda: job.outputs(inputs),
        f"The network does not take inputs of {list(inputs.shape)}",
        "take a source or crop that fits it",
    )


def _fitting(run: Callable[[], Result], what: str, advice: str) -> Result:
    """Torch's words for inputs of a wrong shape, in one sentence."""
    try:
        return run()
    except Exception as error:
        # What runs may be a user's own code, which can fail in any way.
        if isinstance(error, DissectionError) or is_out_of_memory(error):
            raise
        words = in_words(error).split("\n")[0].rstrip(".")
        raise BadInputError(f"{what} ({words}); {advice}.") from error


def _require_range(images: Tensor) -> float:
    """Whether a generator's pictures are of -1..1; their lowest value.

    Raises:
        BadInputError: most of them lies beyond: they are of 0..255, or something else.
    """
    lowest, highest = (float(value) for value in images.aminmax())
    beyond = float((images.abs() > BRIGHTEST).float().mean())
    if beyond > _MOST_BEYOND:
        raise BadInputError(
            f"Pictures are of -1..1, and those of this network run from {lowest:g} to "
            f"{highest:g}; put a layer behind it that brings them there (x / 127.5 - 1 for 0..255)."
        )
    return lowest


def range_in_words(darkest: str | None) -> list[str]:
    """What is to be said of a generator whose pictures never go below 0.

    Args:
        darkest: their lowest value as the job remembers it, or None.
    """
    if darkest is None or not float(darkest) >= 0:
        return []
    return [
        "No picture of the first batch goes below 0: pictures are of -1..1, and where this network "
        "gives 0..1, everything is seen too bright; put a layer behind it that gives 2 x - 1"
    ]


def _require_images(images: object) -> None:
    if not isinstance(images, Tensor) or images.ndim != 4 or images.shape[1] != 3:
        gives = list(images.shape) if isinstance(images, Tensor) else type(images).__name__
        raise BadInputError(
            f"The segmenter needs pictures (N, 3, H, W), and this network gives {gives}; is it a "
            "generator?"
        )
