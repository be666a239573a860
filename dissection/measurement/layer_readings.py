"""How the layers of a network are read: found out before anything is counted.

A layer may run several times in a pass, may be known by several names, and its maps may have their
units last, (N, h, w, C). None of that may depend on how a job is run, so it is found out in one
pass with the first input, and told in the dissection's provenance.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from dissection.errors import BadInputError, DissectionError
from dissection.measurement.job import Job
from dissection.models.channel_axis import ChannelAxes
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.hooks import LayerReading, edit, other_names
from dissection.runtime.choices import Channels
from dissection.runtime.entry_points import in_words
from dissection.runtime.memory import is_out_of_memory

#: Where the units of maps lie: first in (N, C, h, w), last in (N, h, w, C), auto: what the network
#: says.
CHANNELS = ("auto", "first", "last")


@dataclass(frozen=True)
class FoundLayer:
    """What was found out about a layer.

    Attributes:
        reading: how it is read.
        known: whether the network or the caller says where the units of its maps lie.
        other_names: what else the same module is called.
    """

    reading: LayerReading
    known: bool = True
    other_names: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For the provenance."""
        channels = "last" if self.reading.channels_last else "first"
        return {
            "uses": self.reading.uses,
            "channels": channels if self.known else f"{channels} (assumed)",
            "same_as": list(self.other_names),
        }


@torch.no_grad()
def find_layers(
    job: Job, layers: Sequence[str], channels: Channels = "auto"
) -> dict[str, FoundLayer]:
    """What is to be known of layers before they are measured.

    Args:
        job: what to run.
        layers: names.
        channels: one of ``CHANNELS``: where the units of all of these layers' maps lie.

    Raises:
        UnknownNameError: there is no such layer; the sentence lists the layers.
        BadInputError: another word for channels, or the network does not take its inputs.
    """
    if channels not in CHANNELS:
        raise BadInputError(f"Channels are {', '.join(CHANNELS)}, not '{channels}'.")
    names = {name: tuple(other_names(job.network, name)) for name in layers}
    if isinstance(job.network, ProgressiveGenerator):
        return {name: FoundLayer(LayerReading(), True, same) for name, same in names.items()}
    axes = ChannelAxes() if channels == "auto" else None
    try:
        uses, last = _run(job, layers, axes)
    except Exception as error:
        if axes is None or is_out_of_memory(error) or isinstance(error, DissectionError):
            raise
        # Followed are ordinary operations; code that none of them can follow runs without.
        uses, last = _run(job, layers, None)
    found = {}
    for name, same in names.items():
        told = last[name] if channels == "auto" else channels == "last"
        reading = LayerReading(max(1, uses[name]), bool(told))
        found[name] = FoundLayer(reading, told is not None, same)
    return found


def _run(
    job: Job, layers: Sequence[str], axes: ChannelAxes | None
) -> tuple[dict[str, int], dict[str, bool | None]]:
    """How often each layer runs, and whether its units are last at its last use."""
    uses = dict.fromkeys(layers, 0)
    last: dict[str, bool | None] = dict.fromkeys(layers)

    def look(output: Tensor, name: str) -> None:
        uses[name] += 1
        # What is not of four dimensions is refused later, in a sentence of its own.
        last[name] = axes.channels_last(output) if axes and output.ndim == 4 else None

    with edit(job.network, {name: partial(look, name=name) for name in layers}):
        inputs = job.inputs([0])
        with axes or nullcontext():
            try:
                job.outputs(inputs)
            except Exception as error:
                if isinstance(error, DissectionError) or is_out_of_memory(error) or axes:
                    raise
                words = in_words(error).split("\n")[0].rstrip(".")
                raise BadInputError(
                    f"The network does not take inputs of {list(inputs.shape)} ({words}); take a "
                    "source or crop that fits it."
                ) from error
    return uses, last


def read_as(provenance: Mapping[str, Any]) -> dict[str, LayerReading]:
    """The readings that a dissection's provenance tells; plain ones where it does not."""
    told = provenance.get("layers", {})
    readings = {}
    for name, entry in told.items() if isinstance(told, Mapping) else ():
        uses = entry.get("uses", 1) if isinstance(entry, Mapping) else 1
        last = isinstance(entry, Mapping) and str(entry.get("channels", "")).startswith("last")
        readings[name] = LayerReading(uses if isinstance(uses, int) and uses > 0 else 1, last)
    return readings
