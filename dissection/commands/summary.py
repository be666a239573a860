"""``dissection summary``."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated

import numpy as np
import typer

from dissection.commands.echo import echo
from dissection.commands.notices import notices
from dissection.commands.options import Folder, MinIoU
from dissection.results.dissection import Dissection
from dissection.results.interpretable import (
    INTERPRETABLE,
    count_categories,
    doubtful_count,
    interpretable,
    require_min_iou,
)
from dissection.results.layer_dissection import LayerDissection
from dissection.results.store import load_dissection


def command(
    folder: Folder,
    layer: Annotated[str, typer.Option(help="List the units of this layer.")] = "",
    concepts: Annotated[
        bool, typer.Option("--concepts", help="List the concepts: area and best units.")
    ] = False,
    iou: MinIoU = INTERPRETABLE,
) -> None:
    """Count what units match, list units and how well they detect, or concepts and their areas.

    held out: the label is chosen on one half of the sample and its IoU measured on the other,
    both ways, and the mean taken. detects: an image shows the unit's concept if the unit's
    highest activation is above the threshold; accuracy is the mean of the shares of images judged
    rightly among those that show it and those that do not.

    at most: the highest IoU that the best unit of all layers could have with the concept; reached:
    the share of that which it has. A unit is above its level at the top 1 % of the positions only,
    so that no unit's IoU with a concept that covers a share a of the pictures is above 0.01 / a.
    """
    require_min_iou(iou)
    dissection = load_dissection(folder)
    lines: Iterable[str]
    if layer:
        lines = _units(dissection[layer], iou)
    elif concepts:
        lines = _concepts(dissection)
    else:
        lines = chain(notices(dissection.provenance), count_lines(dissection, iou))
    for line in lines:
        echo(line)


def count_lines(dissection: Dissection, min_iou: float = INTERPRETABLE) -> Iterator[str]:
    """A table of the units and concepts of each layer, by category."""
    yield f"Units that match a concept (IoU over {min_iou:g}), and distinct concepts:"
    width = max(len("layer"), *(len(name) for name in dissection)) + 2
    yield f"{'layer':{width}}{'category':10}{'units':>7}{'held out':>10}{'concepts':>10}"
    for name, layer in dissection.items():
        for row in count_categories(layer, min_iou):
            if row.units or row.category == "all":
                confirmed = "-" if row.confirmed is None else row.confirmed
                of = f" of {layer.shape[0]}" if row.category == "all" else ""
                yield (
                    f"{name:{width}}{row.category:10}{row.units:7}{confirmed:>10}"
                    f"{row.concepts:10}{of}"
                )
    yield from _small_sample(dissection, min_iou)


def _small_sample(dissection: Dissection, min_iou: float) -> Iterator[str]:
    """Where chance names most of the units: held out, far fewer match."""
    for name, layer in dissection.items():
        doubt = doubtful_count(layer, dissection.provenance, min_iou)
        if doubt:
            yield f"{name}: {doubt}: go by the held-out count, or measure more with --size"


def _units(layer: LayerDissection, min_iou: float) -> Iterator[str]:
    """Every unit, the best match first."""
    yield (
        f"{'unit':>6}  {'label':16}{'category':10}{'IoU':>6}{'held out':>10}{'same':>6}"
        f"{'level':>9}{'threshold':>11}{'accuracy':>10}{'best':>8}"
    )
    held = layer.held_out() if layer.tally is not None else None
    good = interpretable(layer, min_iou)
    for unit in np.argsort(-layer.label_iou, kind="stable").tolist():
        concept = layer.vocabulary[int(layer.labels[unit])]
        confirmed = "-" if held is None else f"{held.iou[unit]:.3f}"
        same = "-" if held is None else "yes" if held.agree[unit] else "no"
        level = f"{layer.activation_threshold[unit]:.3f}" if layer.threshold_names else "-"
        detector = layer.detectors[unit] if layer.detectors is not None else None
        detects = f"{'-':>11}{'-':>10}{'-':>8}"
        if detector is not None:
            cut = detector.detector_threshold
            detects = f"{cut:11.3f}{detector.accuracy:10.1%}{detector.best_accuracy:8.1%}"
        yield (
            f"{unit:6}  {concept.name:16}{concept.category:10}{layer.label_iou[unit]:6.3f}"
            f"{confirmed:>10}{same:>6}{level:>9}{detects}{'' if good[unit] else '  no match'}"
        )


def _concepts(dissection: Dissection) -> Iterator[str]:
    """Every concept that occurs, the largest first, and its best unit in each layer."""
    layers = list(dissection.values())
    share = layers[0].area_share()
    ceilings = [layer.ceiling() for layer in layers]
    yield f"{'concept':16}{'category':10}{'area':>8}{'at most':>9}{'reached':>9}  best units"
    for index in np.argsort(-share, kind="stable").tolist():
        if not share[index]:
            continue
        concept = dissection.vocabulary[index]
        best = [int(layer.iou[index].argmax()) for layer in layers]
        iou = [float(layer.iou[index, unit]) for layer, unit in zip(layers, best, strict=True)]
        first = int(np.argmax(iou))
        ceiling = float(ceilings[first][index, best[first]])
        reached = f"{iou[first] / ceiling:.0%}" if ceiling else "-"
        told = [
            f"{p.name} {u} ({value:.3f})" for p, u, value in zip(layers, best, iou, strict=True)
        ]
        yield (
            f"{concept.name:16}{concept.category:10}{share[index]:8.2%}{ceiling:9.3f}{reached:>9}"
            f"  {', '.join(told)}"
        )
