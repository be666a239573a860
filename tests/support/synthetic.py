"""A small dissection with figures known on paper, for tests that need one without a network.

Six concepts, two layers. In ``layer3`` units 4c to 4c + 3 show concept c (c = 1 to 5), each worse
than the one before; ``layer4`` shows the same more weakly. Boat never occurs; person is weak.
"""

import numpy as np

from dissection.results.dissection import Dissection
from dissection.results.layer_dissection import LayerDissection
from dissection.results.strength import Strength
from dissection.statistics.detector import Detectors
from dissection.statistics.histogram import BINS, Histogram
from dissection.statistics.tally import Tally
from dissection.vocabulary import Concept, Vocabulary

VOCABULARY = Vocabulary(
    [
        Concept("tree", "object"),
        Concept("sky", "object"),
        Concept("door", "part"),
        Concept("person", "object"),
        Concept("boat", "object"),
    ]
)
DIGEST = "5e" * 32
PIXELS = 1000


def make_dissection(
    model: str = "synthetic",
    digest: str = DIGEST,
    shapes: dict[str, tuple[int, int, int]] | None = None,
    vocabulary: Vocabulary = VOCABULARY,
    sample: int = 100,
) -> Dissection:
    """Units 4c .. 4c + 3 of each layer show concept c; the first best, the first layer better."""
    shapes = shapes or {"layer3": (32, 8, 8), "layer4": (32, 8, 8)}
    measured = {}
    for place, (name, shape) in enumerate(shapes.items()):
        measured[name] = _layer(name, shape, vocabulary, sample, 2 * place)
    absent = len(vocabulary) - 1
    strengths = [
        Strength(
            concept,
            (name,),
            order,
            k,
            erased=0.05 if concept.name == "person" else 0.6 - 0.2 * place + 0.1 * (order != "iou"),
            drawn=0.01 if concept.name == "person" else 0.3 - 0.1 * place + k / 1000,
            gain=0.02 if concept.name == "person" else 0.8 - 0.1 * place + k / 1000,
            elsewhere=0.1,
            latents=32,
        )
        for index, concept in enumerate(vocabulary)
        if 0 < index < absent
        for place, name in enumerate(shapes)
        for order in ("iou", "effect")
        for k in (10, 20)
    ]
    pictures = {
        concept: np.full((96, 96, 3), 40 * index % 256, np.uint8)
        for index, concept in enumerate(vocabulary)
        if 0 < index < absent
    }
    provenance = {
        "network": digest,
        "sample": {"kind": "standard latents", "seed": 1, "size": sample},
        "segmenter": {"name": "synthetic", "digest": "00" * 32},
        "versions": {},
        "command": "make_dissection()",
    }
    return Dissection(model, vocabulary, measured, provenance, strengths, pictures)


def _layer(
    name: str, shape: tuple[int, int, int], vocabulary: Vocabulary, sample: int, weaker: int
) -> LayerDissection:
    concepts, categories = len(vocabulary), vocabulary.categories
    units = shape[0]
    intersection = np.zeros((2, concepts, units), np.int64)
    effect = np.zeros((concepts, units), np.float32)
    for concept in range(1, concepts - 1):  # the last concept never occurs
        for place in range(4):
            unit = (4 * concept + place) % units
            intersection[:, concept, unit] = 8 - place - weaker
            effect[concept, unit] = place + 1  # the other way round
    area = np.full((2, concepts), 20, np.int64)
    area[:, -1] = 0
    levels = np.arange(1, units + 1, dtype=np.float32)
    rng = np.random.default_rng(0)
    return LayerDissection(
        name,
        shape,
        ("0.99", "0.995", "raw-0.99"),
        np.stack([levels, levels + 0.5, levels + 1.0]),
        Tally(
            intersection,
            np.full((2, len(categories), units), 10, np.int64),
            area,
            np.full((2, len(categories)), PIXELS, np.int64),
            np.array(vocabulary.category_indices()),
        ),
        np.stack([rng.permutation(sample)[:5] for _ in range(units)]).astype(np.int64),
        np.tile(np.linspace(5, 1, 5, dtype=np.float32), (units, 1)),
        effect,
        histogram=_histogram(units, sample * shape[1] * shape[2]),
        detectors=_detectors(units, sample),
    )


def _histogram(units: int, cells: int) -> Histogram:
    """Silent at all cells but as many as the unit's number, where it is at its peak, 5."""
    bins = np.zeros((units, BINS), np.int64)
    bins[:, -1] = np.arange(units)
    bins[:, 0] = cells - bins[:, -1]
    return Histogram(np.zeros(units, np.float32), np.full(units, 5, np.float32), bins)


def _detectors(units: int, sample: int) -> Detectors:
    """The first four units detect nothing, the others their concept in a quarter of the images."""
    defined = (np.arange(units) >= 4).astype(np.float32)
    shown = np.array([[sample // 4], [sample - sample // 4]]) * np.int64(defined)
    return Detectors(
        np.array([[2.0], [2.5]], np.float32) * defined,
        np.array([[0.7], [0.75]], np.float32) * defined,
        shown,
    )
