"""What is told of each unit and each concept, the same in tables, data frames and pages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissection.results.brushes import Measured, MeasuredBrush, measured_brushes
from dissection.results.interpretable import INTERPRETABLE, interpretable
from dissection.results.layer_dissection import LayerDissection
from dissection.vocabulary import NOTHING, Concept

#: A unit matters to a class if it is among so many that the class needs most (Bau et al. 2020,
#: figures 2E and S6 to S12).
NEEDED = 4


#: Of tables of units and of concepts.
UNIT_COLUMNS = (
    "layer",
    "unit",
    "label",
    "category",
    "iou",
    "matches",
    "held_out_iou",
    "halves_agree",
    "level",
    "peak",
    "effect_on_label",
    "detector_threshold",
    "detector_accuracy",
    "classes",
)
CONCEPT_COLUMNS = (
    "concept",
    "category",
    "area",
    "matching_units",
    "best_layer",
    "best_unit",
    "best_iou",
    "brush_layers",
    "brush_order",
    "brush_units",
    "erased",
    "drawn",
    "elsewhere",
    "weak",
)
#: A held-out IoU below this share of the IoU is worth saying.
_WELL_BELOW = 0.75
#: What stands in a row of a table; None where nothing was measured.
Cell = str | int | float | bool | None


@dataclass(frozen=True)
class UnitRow:
    """One unit; None for what was not measured.

    Attributes:
        layer: name.
        unit: number.
        label: its best concept, ``NOTHING`` if none.
        iou: with the label, 0..1.
        matches: whether that is above the min IoU.
        held_out: of the label: its IoU on the half of the sample that speaks less for it, 0..1;
            see ``HeldOut``.
        agree: whether both halves of the sample alone choose the label.
        level: t_u.
        peak: highest activation in the sample.
        effect: on the label, signed; see ``LayerDissection``.
        detector_threshold: peak above which it detects its label in an image.
        accuracy: balanced accuracy of that, 0..1.
        classes: of a classifier, those that it matters to, the most affected first.
    """

    layer: str
    unit: int
    label: Concept
    iou: float
    matches: bool
    held_out: float | None
    agree: bool | None
    level: float | None
    peak: float | None
    effect: float | None
    detector_threshold: float | None
    accuracy: float | None
    classes: tuple[str, ...]

    @property
    def torn(self) -> bool:
        """Whether the halves of the sample alone choose different concepts, or another one."""
        return self.label != NOTHING and self.agree is False

    @property
    def well_below(self) -> bool:
        """Whether the held-out IoU is below three quarters of the IoU."""
        return self.held_out is not None and self.held_out < _WELL_BELOW * self.iou


@dataclass(frozen=True)
class ConceptRow:
    """One concept that occurs or that any unit has to do with; None for what was not measured.

    Attributes:
        concept: which.
        area: its share of the sample's pixels, 0..1.
        units: of all layers: how many match it best, above the min IoU.
        layer: of the unit with the highest IoU.
        unit: that unit.
        iou: its IoU, 0..1.
        brush: what was measured of its best brush; None where it has no units or no levels.
    """

    concept: Concept
    area: float | None
    units: int
    layer: str
    unit: int
    iou: float
    brush: MeasuredBrush | None


def unit_rows(dissection: Measured, layer: str, min_iou: float = INTERPRETABLE) -> list[UnitRow]:
    """Every unit of a layer, in order.

    Raises:
        UnknownNameError: no such layer.
        BadInputError: ``min_iou`` is not from 0 to below 1.
    """
    measured = dissection[layer]
    matches = interpretable(measured, min_iou)
    held = measured.held_out() if measured.tally is not None else None
    classes = classes_of_units(measured, dissection.classes)
    iou = measured.label_iou
    held_out = held.iou if held is not None else None
    agree = held.agree if held is not None else None
    rows = []
    for unit, index in enumerate(measured.labels.tolist()):
        detector = measured.detectors[unit] if measured.detectors is not None else None
        rows.append(
            UnitRow(
                layer,
                unit,
                measured.vocabulary[index],
                float(iou[unit]),
                bool(matches[unit]),
                None if held_out is None else float(held_out[unit]),
                None if agree is None else bool(agree[unit]),
                _finite(measured.activation_threshold[unit]) if measured.threshold_names else None,
                _finite(measured.peaks[unit, 0]) if measured.peaks.size else None,
                None
                if measured.effect is None or not index
                else float(measured.effect[index, unit]),
                None if detector is None else detector.detector_threshold,
                None if detector is None else detector.accuracy,
                classes[unit],
            )
        )
    return rows


def classes_of_units(layer: LayerDissection, classes: Sequence[str]) -> list[tuple[str, ...]]:
    """For each unit the classes that need it most, the most affected first.

    What was lost when units were set to zero decides; where that was not measured, how much the
    units make of the class to first order.
    """
    table = need(layer)
    found: list[list[tuple[float, str]]] = [[] for _ in range(layer.shape[0])]
    if table is not None:
        for name, needed in zip(classes, table, strict=True):
            for unit in np.argsort(-needed, kind="stable")[:NEEDED].tolist():
                if needed[unit] > 0:  # which NaN is not
                    found[unit].append((-float(needed[unit]), name))
    return [tuple(name for _, name in sorted(each)) for each in found]


def need(layer: LayerDissection) -> NDArray[np.float32] | None:
    """How much each class needs each unit, float32 (classes, units); above 0 where it does.

    NaN where a result file of another program does not tell it: of units that are needed little.
    """
    if layer.class_ablation is not None:
        return -layer.class_ablation
    return layer.class_effect


def concept_rows(dissection: Measured, min_iou: float = INTERPRETABLE) -> list[ConceptRow]:
    """The concepts in the vocabulary's order, without those that no unit has to do with.

    Raises:
        BadInputError: ``min_iou`` is not from 0 to below 1.
    """
    layers = list(dissection.values())
    labels = np.concatenate([layer.labels[interpretable(layer, min_iou)] for layer in layers])
    units = np.bincount(labels, minlength=len(dissection.vocabulary))
    area = layers[0].area_share() if layers[0].tally is not None else None
    levels = all(layer.threshold_names for layer in layers)
    brushes = {b.concept: b for b in measured_brushes(dissection)} if levels else {}
    best = [np.nan_to_num(layer.iou) for layer in layers]
    rows = []
    for index, concept in enumerate(dissection.vocabulary):
        place = int(np.argmax([table[index].max() for table in best]))
        unit = int(best[place][index].argmax())
        iou = float(best[place][index, unit])
        if concept != NOTHING and iou > 0:
            share = None if area is None else float(area[index])
            rows.append(
                ConceptRow(
                    concept,
                    share,
                    int(units[index]),
                    layers[place].name,
                    unit,
                    iou,
                    brushes.get(concept),
                )
            )
    return rows


def unit_cells(row: UnitRow) -> list[Cell]:
    """The row under ``UNIT_COLUMNS``."""
    return [
        row.layer,
        row.unit,
        row.label.name,
        row.label.category,
        row.iou,
        row.matches,
        row.held_out,
        row.agree,
        row.level,
        row.peak,
        row.effect,
        row.detector_threshold,
        row.accuracy,
        "; ".join(row.classes),
    ]


def concept_cells(row: ConceptRow) -> list[Cell]:
    """The row under ``CONCEPT_COLUMNS``."""
    cells: list[Cell] = [
        row.concept.name,
        row.concept.category,
        row.area,
        row.units,
        row.layer,
        row.unit,
        row.iou,
    ]
    brush = row.brush
    if brush is None:
        return [*cells, *[None] * (len(CONCEPT_COLUMNS) - len(cells))]
    measured: list[Cell] = [brush.erased, brush.drawn, brush.elsewhere, brush.weak is not None]
    return [
        *cells,
        brush.layer,
        brush.order,
        brush.k,
        *(measured if brush.latents else [None] * len(measured)),
    ]


def _finite(value: np.floating) -> float | None:
    return float(value) if math.isfinite(value) else None
