"""Changing a stroke that was painted: concept, mode, strength, units, order, layer, level."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from dissection.painting.edits import CellRule, Mode
from dissection.painting.history import Painted, UnitChoice
from dissection.runtime.choices import UnitOrder
from dissection.vocabulary import Concept
from ganpaint.painter.document.palette import Palette


@dataclass(frozen=True)
class Style:
    """What of a stroke can be changed afterwards; all but its mask.

    Attributes:
        concept: None for a stroke that never had a brush.
        patch: what a stamped patch is called; empty for others.
        mode: what the stroke does.
        strength: 0..1.
        rule: how its mask becomes cells.
        units: how many it has in each layer; 0 without a brush.
        order: how they are ranked, "iou" or "effect"; empty where that is not known.
        level: name of the level definition; empty for one that the dissection does not know.
        boost: what the levels are multiplied by.
        layers: names of its layers.
    """

    concept: Concept | None
    patch: str
    mode: Mode
    strength: float
    rule: CellRule
    units: int
    order: UnitOrder | Literal[""]
    level: str
    boost: float
    layers: tuple[str, ...]


def style_of(painted: Painted, palette: Palette) -> Style:
    """How a stroke is painted."""
    stroke, brush = painted.stroke, painted.stroke.brush
    choice = painted.choice or (palette.choice_of(brush) if brush else None)
    counted = brush.most_units if brush else 0
    level = ""
    if choice is not None:
        level = choice.level or next(iter(palette.threshold_names), "")
    return Style(
        brush.concept if brush else None,
        stroke.stamp.patch.name if stroke.stamp else "",
        stroke.mode,
        stroke.strength,
        stroke.rule,
        choice.units if choice else counted,
        choice.order if choice else "",
        level,
        choice.boost if choice else 1.0,
        tuple(brush.layers) if brush else (),
    )


def restyled(painted: Painted, palette: Palette, **changes: Any) -> Painted | None:
    """A stroke painted anew with some fields of its style changed.

    Args:
        painted: as it is.
        palette: where other units and levels come from.
        changes: fields of ``Style``. An ``order`` of "best" is the one that measured best for
            the concept; ``layers`` of () are those that did.

    Returns:
        The changed stroke; None where the palette has no such brush. Of a stamped patch only
        mode, strength and cells can be changed.
    """
    stroke, choice = painted.stroke, painted.choice
    if stroke.stamp is not None:
        possible = {key: changes[key] for key in ("mode", "strength", "rule") if key in changes}
        return replace(painted, stroke=replace(stroke, **possible))
    brush = stroke.brush
    wanted = {key: changes[key] for key in ("units", "order", "level", "boost") if key in changes}
    concept: Concept | None = changes.get("concept", brush.concept if brush else None)
    mode: Mode = changes.get("mode", stroke.mode)
    if brush is None and concept is None and mode != Mode.RESTORE:
        concept = next((b.concept for b in palette.brushes if b.weak is None), None)
    best = palette.best(concept)
    if wanted.get("order") == "best":
        wanted["order"] = best.order if best else "iou"
    if concept is not None and (brush is None or concept != brush.concept):
        if best is None:
            return None
        # Another concept has other layers, number of units and height; the kind of level stays.
        kept = choice or UnitChoice(best.order, best.k)
        kept = replace(kept, order=best.order, units=best.k, boost=best.boost)
        choice = replace(kept, **wanted)
        layers = changes.get("layers") or tuple(best.brush.layers)
        brush = palette.brush_of(concept, layers, choice)
    elif brush is not None and (wanted or "layers" in changes):
        choice = choice or palette.choice_of(brush) or _nearest(painted, palette)
        choice = replace(choice, **wanted)
        layers = changes.get("layers", tuple(brush.layers))
        if not layers and best is not None:
            layers = tuple(best.brush.layers)
        brush = palette.brush_of(brush.concept, layers, choice)
    if brush is None and mode != Mode.RESTORE:
        return None
    changed = replace(
        stroke,
        brush=brush,
        mode=mode,
        strength=changes.get("strength", stroke.strength),
        rule=changes.get("rule", stroke.rule),
    )
    return replace(painted, stroke=changed, choice=choice)


def _nearest(painted: Painted, palette: Palette) -> UnitChoice:
    """A choice for a brush of unknown origin: as many units, in the order that measured best."""
    brush = painted.stroke.brush
    assert brush is not None, "only a brush can be chosen anew"
    best = palette.best(brush.concept)
    return UnitChoice(best.order if best else "iou", max(brush.most_units, 1))
