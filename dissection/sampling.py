"""The sampling pass: network and segmenter over the whole sample, everything needed kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dissection.errors import BadInputError
from dissection.hooks import observe
from dissection.progress import Meter, Report
from dissection.segmenters.base import Segmenter
from dissection.sources import Source
from dissection.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Job:
    """What is measured with what, the same for every stage.

    Attributes:
        network: in eval mode, on ``device``.
        source: its inputs.
        segmenter: says what the pictures show.
        grid: the measuring grid is grid x grid.
        batch: inputs in one pass of the network.
        device: where the network is.
        work: the working folder.
        report: whom to tell.
    """

    network: nn.Module
    source: Source
    segmenter: Segmenter
    grid: int
    batch: int
    device: torch.device
    work: Workspace
    report: Report | None

    def batches(self, size: int) -> list[range]:
        """Places 0 .. size - 1 of the sample in batches."""
        starts = range(0, size, self.batch)
        return [range(first, min(first + self.batch, size)) for first in starts]

    def inputs(self, rows: Sequence[int]) -> Tensor:
        """The network's inputs on its device."""
        return self.source.inputs(rows).to(self.device)


@torch.no_grad()
def layer_shapes(job: Job, layers: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """(C, h, w) of each layer, in the order in which the network runs them.

    Raises:
        UnknownNameError: there is no such layer; the sentence lists the layers.
        BadInputError: a layer does not give maps, or did not run.
    """
    with observe(job.network, layers, detach=True) as seen:
        job.network(job.inputs([0]))
    for name in layers:
        if name not in seen or seen[name].ndim != 4:
            shape = list(seen[name].shape) if name in seen else "nothing"
            raise BadInputError(
                f"Layer '{name}' gives {shape} where feature maps (N, C, h, w) are needed; "
                "choose a convolutional layer."
            )
    return {name: (x.shape[1], x.shape[2], x.shape[3]) for name, x in seen.items()}


@torch.no_grad()
def segment_sample(job: Job, layers: dict[str, tuple[int, int, int]]) -> NDArray[np.integer]:
    """One pass over the sample: concept maps of all pictures, and the maps of some layers.

    Args:
        job: what to run.
        layers: (C, h, w) of the layers to keep, in the order of the network; their maps go to
            ``layer_maps``.

    Returns:
        Integers (N, K, grid, grid), a memory map.
    """
    for rows, inputs in _waiting(job, "sampling"):
        with observe(job.network, layers, detach=True) as seen:
            outputs = job.network(inputs)
        images = outputs if job.source.generates else inputs
        _require_images(images)
        named = job.segmenter.segment(images, size=job.grid)
        if rows.start == 0:
            job.work.mark("channels", named.shape[1])
        open_concept_maps(job)[rows.start : rows.stop] = named.cpu().numpy()
        _keep(job, layers, seen, rows)
    return open_concept_maps(job)


@torch.no_grad()
def sample_layers(job: Job, layers: dict[str, tuple[int, int, int]]) -> None:
    """One more pass for more layers, as far as the last of them; maps go to ``layer_maps``."""
    for rows, inputs in _waiting(job, f"sampling {' '.join(layers)}"):
        with observe(job.network, layers, detach=True, stop=True) as seen:
            job.network(inputs)
        _keep(job, layers, seen, rows)


def layer_maps(job: Job, name: str, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """The maps of a layer over the sample, float32 (N, C, h, w), a memory map."""
    return job.work.array(f"maps-{name}", (len(job.source), *shape), np.float32)


def open_concept_maps(job: Job) -> NDArray[np.integer]:
    """The concept maps of the sample, integers (N, K, grid, grid), a memory map."""
    dtype = np.uint8 if len(job.segmenter.vocabulary) <= 256 else np.uint16
    shape = (len(job.source), job.work.done("channels"), job.grid, job.grid)
    return job.work.array("concepts", shape, dtype)


def _waiting(job: Job, stage: str) -> Iterator[tuple[range, Tensor]]:
    """The batches of a stage that are not finished, with their inputs; each is marked after."""
    size = len(job.source)
    done = job.work.done(stage)
    meter = Meter(job.report, stage, size, done)
    for rows in job.batches(size):
        if rows.stop > done:
            yield rows, job.inputs(rows)
            job.work.mark(stage, rows.stop)
            meter.step(len(rows))


def _keep(
    job: Job,
    layers: dict[str, tuple[int, int, int]],
    seen: dict[str, Tensor],
    rows: range,
) -> None:
    for name, shape in layers.items():
        maps = layer_maps(job, name, shape)
        maps[rows.start : rows.stop] = seen[name].float().cpu().numpy()


def _require_images(images: Tensor) -> None:
    if images.ndim != 4 or images.shape[1] != 3:
        raise BadInputError(
            f"The segmenter needs pictures (N, 3, H, W), and this network gives "
            f"{list(images.shape)}; is it a generator?"
        )
