"""What a dissection that was paused would say of the part of the sample that it has seen.

The job's own working folder is left as it is: what is needed of it is copied, so that going on
gives the same bytes as a run without the pause.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from torch import Tensor

from dissection.data.sources import Source
from dissection.errors import DissectionError
from dissection.measurement.concept_pictures import concept_pictures
from dissection.measurement.counting import measure_layers
from dissection.measurement.job import Job
from dissection.measurement.sampling import layer_centers, layer_shapes, open_concept_maps
from dissection.measurement.settings import DissectionSettings
from dissection.results.dissection import Dissection
from dissection.runtime.workspace import Workspace


class FirstInputs:
    """The first inputs of a source.

    Args:
        source: the whole.
        size: how many.
    """

    def __init__(self, source: Source, size: int) -> None:
        self._source, self._size = source, size
        self.generates = source.generates
        self.provenance = {**source.provenance, "size": size}

    def __len__(self) -> int:
        return self._size

    def inputs(self, rows: Sequence[int]) -> Tensor:
        """See ``Source``."""
        return self._source.inputs(rows)


def provisional_dissection(
    job: Job, settings: DissectionSettings, provenance: dict[str, Any]
) -> Dissection | None:
    """Levels, IoU and exemplars over the inputs that a stopped job has sampled.

    Args:
        job: as it was stopped; of one process.
        settings: its own.
        provenance: of the dissection that it will be; ``provisional`` is added.

    Returns:
        The layers that can be counted already, without effects and strengths; None where nothing
        was sampled.
    """
    done = job.work.done("sampling")
    if not done or job.merge.ranks > 1:
        return None
    shapes = layer_shapes(job, settings.layers)
    with _Copy(job, done) as copied:
        part = replace(job, source=FirstInputs(job.source, done), work=copied.work, report=None)
        layers = [name for name, shape in shapes.items() if copied.take(name, shape)]
        if not layers:
            return None
        cells = layer_centers(part, layers, settings.centers)
        measured = measure_layers(
            part, layers, cells, settings.quantile, settings.exemplars, settings.memory, {}
        )
        model = str(getattr(job.network, "name", "") or type(job.network).__name__)
        told = {
            **provenance,
            "sample": part.source.provenance,
            "provisional": {"done": done, "of": len(job.source)},
        }
        dissection = Dissection(model, job.segmenter.vocabulary, measured, told)
        pictures = concept_pictures(part, dissection, open_concept_maps(part))
        return replace(dissection, pictures=pictures)


class _Copy:
    """A temporary working folder with the first rows of what another holds."""

    def __init__(self, job: Job, rows: int) -> None:
        self._job, self._rows = job, rows
        self.work = Workspace(None, {})
        channels = job.work.done("channels")
        self.work.mark("channels", channels)
        self.work.mark("sampling", rows)
        self.work.mark("collected", 1)
        concepts = open_concept_maps(job)
        target = self.work.array("concepts", (rows, *concepts.shape[1:]), concepts.dtype)
        target[:] = concepts[:rows]

    def __enter__(self) -> "_Copy":
        return self

    def __exit__(self, *_: object) -> None:
        self.work.close(remove=True)

    def take(self, name: str, shape: tuple[int, int, int]) -> bool:
        """Copy what there is of a layer; False where there is nothing."""
        counted = self._job.work.load(f"layer-{name}")
        if counted is not None:
            self.work.save(f"layer-{name}", counted)
            return True
        if not self._job.work.holds(f"maps-{name}"):
            return False
        needed = 4 * self._rows * prod(shape)
        if shutil.disk_usage(self.work.folder).free < 2 * needed:
            raise DissectionError(
                f"There is no room in {self.work.folder} for a look at the units so far "
                f"({needed / 2**20:,.0f} MB); going on needs none."
            )
        whole = (len(self._job.rows), *shape)
        maps = self._job.work.array(f"maps-{name}", whole, np.float32)
        target = self.work.array(f"maps-{name}", (self._rows, *shape), np.float32)
        target[:] = maps[: self._rows]
        return True
