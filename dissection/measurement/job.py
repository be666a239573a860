"""What a dissection runs, the same for every stage, in batches that a device has memory for."""

import json
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from dissection.data.sources import LoadsAhead, Source
from dissection.errors import DissectionError
from dissection.models.hooks import LayerReading
from dissection.models.segmenters.base import Segmenter
from dissection.runtime.memory import free_memory, is_out_of_memory, told
from dissection.runtime.merge import ALONE, Merge, share_of
from dissection.runtime.progress import Report
from dissection.runtime.workspace import Workspace

Result = TypeVar("Result")
#: In the working folder: the batch since the device ran out of memory, and where that was.
_BATCH, _HALVED = "batch", "halved"


@dataclass(frozen=True, eq=False)
class Job:
    """What is measured with what, the same for every stage.

    Attributes:
        network: in eval mode, on ``device``.
        source: its inputs.
        segmenter: says what the pictures show.
        grid: the measuring grid is grid x grid.
        batch: inputs in one pass of the network, as asked for.
        device: where the network is.
        work: the working folder.
        report: whom to tell.
        dtype: what the network computes in while it is sampled; anything but float32 by autocast.
        merge: the processes that share the sample.
        readings: how the layers' outputs are read, see ``dissection.measurement.layer_readings``.
    """

    network: nn.Module
    source: Source
    segmenter: Segmenter
    grid: int
    batch: int
    device: torch.device
    work: Workspace
    report: Report | None
    dtype: torch.dtype = torch.float32
    merge: Merge = ALONE
    readings: Mapping[str, LayerReading] = field(default_factory=dict)

    def own_rows(self, size: int, split: int = 1) -> range:
        """Which of the first places of the sample this process goes through: whole batches.

        Args:
            size: of how many places.
            split: a batch is so many times smaller than the job's.
        """
        step = max(1, self.batch // split)
        own = share_of(-(-size // step), self.merge.rank, self.merge.ranks)
        return range(min(own.start * step, size), min(own.stop * step, size))

    @property
    def rows(self) -> range:
        """The places of the sample that this process goes through."""
        return self.own_rows(len(self.source))

    @property
    def step(self) -> int:
        """Inputs in one pass: the batch, or what is left of it since memory ran out."""
        return int(self.work.recall(_BATCH) or self.batch)

    def batches(self) -> dict[str, Any]:
        """For the provenance: the batch asked for, and where it had to be halved.

        Returns:
            ``asked``, and ``halved``: for each time the ``stage``, the ``place`` in it and the
            ``batch`` since; and the ``device``, where a stage went on on another.
        """
        return {"asked": self.batch, "halved": json.loads(self.work.recall(_HALVED) or "[]")}

    def inputs(self, rows: Sequence[int]) -> Tensor:
        """The network's inputs on its device: latents, or pictures as ``Source.inputs`` gives them.

        Args:
            rows: N places in the sample.

        Returns:
            Float32 (N, depth) or (N, 3, H, W), pictures RGB, -1..1.
        """
        return self.source.inputs(rows).to(self.device)

    def outputs(self, inputs: Tensor) -> Any:
        """What the network makes of inputs on its device, of which it gets a copy.

        It may change what it is given in place; the segmenter sees the picture as it was.

        Args:
            inputs: as ``inputs`` gives them, N of them.

        Returns:
            What the network gives: of a generator pictures, float (N, 3, H, W), RGB, about -1..1;
            of a classifier logits, float (N, K), or whatever else a user's own has.
        """
        return self.network(inputs.clone())

    def autocast(self) -> AbstractContextManager[object]:
        """The precision of the sampling pass."""
        enabled = self.dtype != torch.float32
        return torch.autocast(self.device.type, self.dtype if enabled else None, enabled=enabled)

    def each_batch(
        self,
        stage: str,
        rows: range,
        run: Callable[[range, Tensor], Result],
        split: int = 1,
    ) -> Iterator[tuple[range, Result]]:
        """Run a function on every input of a part of the sample, in batches.

        Where the device is out of memory the batch is halved, for the rest of the job, and the
        function is run again: it must not keep anything of a run that failed.

        Args:
            stage: what is done, for messages.
            rows: places of the sample.
            run: is given the places and inputs of a batch, on the device.
            split: a batch of this stage is so many times smaller than the job's.

        Yields:
            The places of each batch, in order, and what the function gave.

        Raises:
            DissectionError: there is too little memory even for one input.
        """
        first = rows.start
        with _reading(self.source, rows) as take:
            held = torch.empty(0)
            while first < rows.stop:
                count = max(1, self.step // split)
                if not len(held):
                    held = take(min(count, rows.stop - first))
                span = range(first, first + min(count, len(held)))
                try:
                    result = run(span, held[: len(span)].to(self.device))
                except (RuntimeError, MemoryError) as error:
                    self.halve(error, stage, first, len(span))
                else:
                    held, first = held[len(span) :], span.stop
                    yield span, result
                    del result

    def halve(self, error: Exception, stage: str, place: int, size: int) -> None:
        """Go on with half a batch if a device was out of memory; pass on any other error.

        Args:
            error: what a pass raised.
            stage: what was being done.
            place: where in it.
            size: inputs that there was no memory for.

        Raises:
            DissectionError: there is too little memory even for one input.
        """
        if not is_out_of_memory(error):
            raise error
        if size == 1:
            raise DissectionError(
                f"The {self.device.type} device has too little memory for even one input while "
                f"{stage}; close what else uses it, or take another --device or smaller pictures."
            ) from error
        self._give_up(error)
        batch = max(1, self.step // 2)
        self.work.remember(_BATCH, str(batch))
        self._note({"stage": stage, "place": place, "batch": batch})

    def leave_device(self, error: Exception, stage: str) -> None:
        """Go on on the CPU if a device was out of memory for what has no batches.

        Args:
            error: what was raised; any other error is passed on.
            stage: what was being done.

        Raises:
            DissectionError: it was the CPU, or several processes would have to go on alike.
        """
        if not is_out_of_memory(error):
            raise error
        if self.device.type == "cpu" or self.merge.ranks > 1:
            raise told(error, self.device) from error
        self._give_up(error)
        self._note({"stage": stage, "place": 0, "batch": self.step, "device": "cpu"})

    def _give_up(self, error: Exception) -> None:
        # What the failed pass had made lives as long as the frames of the error do.
        traceback.clear_frames(error.__traceback__)
        free_memory(self.device)

    def _note(self, what: dict[str, Any]) -> None:
        self.work.remember(_HALVED, json.dumps([*self.batches()["halved"], what]))


@contextmanager
def _reading(source: Source, rows: range) -> Iterator[Callable[[int], Tensor]]:
    """A function that gives the next so many inputs, on the CPU."""
    if isinstance(source, LoadsAhead):
        with closing(source.load(rows)) as loaded:
            yield lambda count: source.batch(islice(loaded, count))
    else:
        places = iter(rows)
        yield lambda count: source.inputs(list(islice(places, count)))
