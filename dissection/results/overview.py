"""A dissection at a glance: as text, and as HTML for a notebook. Free of torch."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import islice

import numpy as np
from PIL import Image

from dissection.results.brushes import Measured
from dissection.results.interpretable import INTERPRETABLE, interpretable
from dissection.results.layer_dissection import LayerDissection
from dissection.results.sheets import Sheets, Strips

#: Layers that the text lists, and the table of a notebook.
TEXT_LAYERS, TABLE_LAYERS = 14, 40
#: Longest name that is written out: names may come from files of others.
LONGEST_NAME = 40
#: Units that are shown with pictures, and pictures of each.
UNITS, PICTURES = 8, 4
#: Characters of all pictures together: a notebook keeps them in its file.
MOST_CHARACTERS = 150_000


@dataclass(frozen=True)
class LayerLine:
    """What is told of one layer.

    Attributes:
        layer: name.
        units: how many.
        cells: "16 x 16", or nothing where it is not known.
        matching: units that match a concept.
        concepts: distinct concepts among their labels.
        best: number of the unit with the highest IoU; None where no unit has a label.
        label: its concept.
        iou: its IoU with it, 0..1.
    """

    layer: str
    units: int
    cells: str
    matching: int
    concepts: int
    best: int | None
    label: str
    iou: float


def layer_line(layer: LayerDissection) -> LayerLine:
    """The figures of a layer."""
    units, height, width = layer.shape
    matches = interpretable(layer)
    best = int(layer.label_iou.argmax()) if units and layer.label_iou.max() > 0 else None
    return LayerLine(
        _short(layer.name),
        units,
        f"{height} x {width}" if height else "",
        int(matches.sum()),
        len(np.unique(layer.labels[matches])),
        best,
        "" if best is None else _short(layer.vocabulary[int(layer.labels[best])].name),
        0.0 if best is None else float(layer.label_iou[best]),
    )


def overview_text(dissection: Measured) -> str:
    """Fewer than 20 lines: the network, then a line for each layer."""
    lines = [
        f"<Dissection of {_short(dissection.model)}: {_counted(dissection)}; "
        f"a unit matches above IoU {INTERPRETABLE:g}>"
    ]
    shown = list(islice(dissection.items(), TEXT_LAYERS))
    width = max((len(_short(name)) for name, _ in shown), default=0)
    for _, layer in shown:
        line = layer_line(layer)
        cells = f", {line.cells} cells" if line.cells else ""
        best = f"; best {line.best}: {line.label} ({line.iou:.3f})" if line.best is not None else ""
        lines.append(
            f"  {line.layer:{width}}  {line.units} units{cells}: {line.matching} match "
            f"{line.concepts} concepts{best}"
        )
    more = len(dissection.layers) - len(shown)
    if more:
        lines.append(f"  and {more} more")
    return "\n".join(lines)


def overview_html(dissection: Measured) -> str:
    """The layers as a table and the best units with their pictures: HTML below 200 KB.

    Pictures are those that are stored with the dissection; what it was read from may have none.
    """
    rows = "".join(
        f"<tr><th>{escape(line.layer)}</th><td>{line.units}</td><td>{line.cells}</td>"
        f"<td>{line.matching}</td><td>{line.concepts}</td><td>{_best(line)}</td></tr>"
        for line in map(layer_line, islice(dissection.values(), TABLE_LAYERS))
    )
    more = len(dissection.layers) - TABLE_LAYERS
    if more > 0:
        rows += f'<tr><td colspan="6">and {more} more</td></tr>'
    return (
        f"<div><p><b>Dissection of {escape(_short(dissection.model))}</b>: "
        f"{_counted(dissection)}; a unit matches above IoU {INTERPRETABLE:g}</p>"
        "<table><thead><tr><th>layer</th><th>units</th><th>cells</th><th>units that match</th>"
        f"<th>concepts</th><th>best unit</th></tr></thead><tbody>{rows}</tbody></table>"
        f"{_gallery(dissection)}</div>"
    )


def _gallery(dissection: Measured) -> str:
    figures: list[str] = []
    length = 0
    for layer, pictures, unit in islice(_showpieces(dissection), UNITS):
        concept = dissection.vocabulary[int(layer.labels[unit])]
        figure = (
            '<figure style="display:inline-block;margin:4px">'
            f'<img alt="{escape(_short(concept.name))}" src="{_strip(pictures[unit])}"/>'
            f"<figcaption>{escape(_short(layer.name))}, unit {unit}: "
            f"{escape(_short(concept.name))} (IoU {float(layer.label_iou[unit]):.3f})"
            "</figcaption></figure>"
        )
        length += len(figure)
        if length > MOST_CHARACTERS:
            break
        figures.append(figure)
    return f"<div>{''.join(figures)}</div>" if figures else ""


def _showpieces(dissection: Measured) -> Iterator[tuple[LayerDissection, Sheets, int]]:
    """Units that have pictures, the best of each concept, the highest IoU first."""
    best: dict[int, tuple[float, LayerDissection, Sheets, int]] = {}
    for layer in dissection.values():
        if layer.pictures is None:
            continue
        for unit in np.argsort(layer.label_iou, kind="stable")[::-1].tolist():
            label, iou = int(layer.labels[unit]), float(layer.label_iou[unit])
            if label and iou > best.get(label, (0.0,))[0]:
                best[label] = iou, layer, layer.pictures, unit
    for _, layer, pictures, unit in sorted(best.values(), key=lambda found: -found[0]):
        yield layer, pictures, unit


def _strip(pictures: Strips) -> str:
    """The first of uint8 (images, size, size, 3) side by side, as an inline image's address."""
    strip = np.concatenate(list(pictures[:PICTURES]), axis=1)
    stream = io.BytesIO()
    Image.fromarray(strip).save(stream, format="WEBP", quality=70)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}"


def _best(line: LayerLine) -> str:
    return "" if line.best is None else f"{line.best}: {escape(line.label)} ({line.iou:.3f})"


def _counted(dissection: Measured) -> str:
    units = sum(layer.shape[0] for layer in dissection.values())
    return (
        f"{len(dissection.layers)} layers, {units} units, {len(dissection.vocabulary) - 1} concepts"
    )


def _short(name: str) -> str:
    """A name in one line of limited length."""
    line = " ".join(name.split())
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 3] + "..."
