"""What a dissection was made from and with, and what its working folder is known by."""

import platform
from typing import Any

import numpy as np
import torch
from torch import nn

from dissection.data.sources import Source
from dissection.measurement.settings import DissectionSettings
from dissection.models.classifiers.transforms import normalizations
from dissection.models.segmenters.base import Segmenter
from dissection.models.weights.files import network_digest
from dissection.runtime.merge import Merge
from dissection.runtime.version import VERSION


def describe(
    network: nn.Module,
    source: Source,
    segmenter: Segmenter,
    settings: DissectionSettings,
    more: dict[str, Any],
) -> dict[str, Any]:
    """The provenance of a dissection: what decides the result, as plain JSON values.

    Args:
        network: with a ``digest``, or its weights are hashed.
        source: tells what the sample is.
        segmenter: what says where a concept is.
        settings: with every choice made.
        more: entries of the caller.
    """
    return {
        "network": getattr(network, "digest", "") or network_digest(network),
        # What takes_pictures put in front of it, which its weights do not tell.
        "normalisation": [[list(n.mean), list(n.std)] for n in normalizations(network)],
        "sample": source.provenance,
        "segmenter": {
            "name": getattr(segmenter, "name", type(segmenter).__name__),
            "digest": segmenter.digest,
        },
        "levels": {
            "grid": settings.grid,
            "quantile": settings.quantile,
            "definition": "the ceil((1 - quantile) N)-th largest of the N upsampled activations",
        },
        "versions": {
            "dissection": VERSION,
            "torch": str(torch.__version__),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        **more,
    }


def decisive(
    settings: DissectionSettings,
    described: dict[str, Any],
    strength: dict[str, Any] | None,
    where: torch.device,
    merge: Merge,
) -> dict[str, Any]:
    """What a working folder is known by: all that decides the figures, and their order.

    Args:
        settings: with every choice made.
        described: ``describe`` of the same job.
        strength: how brushes are tried, as plain JSON values; None where they are not.
        where: the device.
        merge: the processes that share the sample.

    Returns:
        Plain JSON values; the keys are those of stored working folders.
    """
    return {
        "network": described["network"],
        "normalisation": described["normalisation"],
        "layers": list(settings.layers),
        "sample": described["sample"],
        "segmenter": described["segmenter"],
        "grid": settings.grid,
        "quantile": settings.quantile,
        "batch": settings.batch,
        "dtype": settings.dtype,
        "centres": settings.centers,
        "threads": torch.get_num_threads(),
        "device": where.type,
        "exemplars": settings.exemplars,
        "effect": settings.effect_size,
        "relate": settings.relate_size,
        "strength": strength,
        "precision": settings.precision,
        "channels": None if settings.channels == "auto" else settings.channels,
        "pictures": list(settings.pictures),
        # It decides which layers are kept by one pass, and so what is finished when.
        "memory": settings.memory,
        "processes": merge.ranks,
    }
