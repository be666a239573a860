"""``dissection brushes``."""

from typing import Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import BrushOrder, BrushUnits, Folder, Level
from dissection.results.brushes import (
    BEST,
    MeasuredBrush,
    find_brush,
    rank_units,
    require_brush_order,
)
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from dissection.results.strength import Strength
from dissection.runtime.choices import ORDERS


def command(
    folder: Folder,
    concept: Annotated[
        str, typer.Option(help="tree, or part:door; left out, all brushes are listed.")
    ] = "",
    units: BrushUnits = None,
    order: BrushOrder = BEST,
    layer: Annotated[str, typer.Option(help="Take units from this layer only.")] = "",
    level: Level = "",
) -> None:
    """List the brushes of a dissection, or the units of one and all that was measured of it.

    level: what the units' levels are multiplied by. erased: share of the concept's pixels that go
    when the units are zero everywhere. drawn: share of a block that takes the concept on when
    they are forced to their levels in it. gain: the same as a share of what could be expected.
    elsewhere: share of the other pixels whose object changes. spoiled: pixels that drawing takes
    from other things without a gain, as a share of what could be expected to be drawn. The figures
    of a brush are those of fresh latents, on which nothing was chosen, unless they are marked with
    a star.
    """
    dissection = load_dissection(folder)
    brushes = dissection.brushes(units, require_brush_order(order), layer or None, level or None)
    if not concept:
        for line in _overview(brushes):
            echo(line)
        return
    wanted = dissection.vocabulary.find(concept)
    brush = find_brush(brushes, f"{wanted.category}:{wanted.name}")
    for line in [
        *_units(dissection, brush),
        *_by_layer(dissection, brush),
        *_trials(dissection, brush),
        *_rankings(dissection, brush),
    ]:
        echo(line)


_FIGURES = (
    f"{'level':>7}{'erased':>8}{'drawn':>8}{'gain':>7}{'elsewhere':>11}{'spoiled':>9}{'score':>8}"
    f"{'latents':>9}"
)


def _overview(brushes: list[MeasuredBrush]) -> list[str]:
    width = max((len(b.layer) for b in brushes), default=0) + 2
    width = max(width, len("layers") + 2)
    lines = [
        f"{'concept':16}{'category':10}{'layers':{width}}{'order':8}{'units':>5}{'level':>7}{'IoU':>7}"
        f"{'erased':>8}{'drawn':>8}{'gain':>7}{'elsewhere':>11}"
    ]
    for b in brushes:
        count = b.brush.units
        lines.append(
            f"{b.concept.name:16}{b.concept.category:10}{b.layer:{width}}{b.order:8}{count:5}"
            f"{_raised(b.boost):>7}{b.iou:7.3f}{_share(b.erased):>8}{_share(b.drawn):>8}{_times(b.gain):>7}"
            f"{_share(b.elsewhere):>11}{_star(b)}{_verdict(b)}"
        )
    lines += ["", *(f"weak: {b.weak}" for b in brushes if b.weak)]
    if any(_star(b) for b in brushes):
        lines.append("* on the latents by which this brush was chosen, which flatter it")
    return lines


def _verdict(brush: MeasuredBrush) -> str:
    if brush.weak:
        return "  weak"
    return "" if brush.draws else "  for erasing"


def _raised(boost: float) -> str:
    return f"x{boost:g}"


def _star(brush: MeasuredBrush) -> str:
    return "*" if brush.latents and not brush.fresh else ""


def _units(dissection: Dissection, brush: MeasuredBrush) -> list[str]:
    index = dissection.vocabulary.id(brush.concept)
    lines = [
        f"{brush.concept.name} ({brush.concept.category}): "
        f"{brush.k} units of {_each(brush)} by {brush.order}"
        + (f". {brush.weak}" if brush.weak else "")
    ]
    lines.append(f"{'layer':10}{'unit':>6}{'level':>9}{'IoU':>8}{'effect':>10}  label of the unit")
    for name, layer_units in brush.brush.layers.items():
        layer = dissection[name]
        for unit, level in zip(layer_units.units, layer_units.levels, strict=True):
            effect = "-" if layer.effect is None else f"{layer.effect[index, unit]:+.5f}"
            label = dissection.vocabulary[int(layer.labels[unit])].name
            lines.append(
                f"{name:10}{unit:6}{level:9.3f}{layer.iou[index, unit]:8.3f}{effect:>10}  "
                f"{label} {layer.iou[:, unit].max():.3f}"
            )
    return lines


def _each(brush: MeasuredBrush) -> str:
    return ("each of " if "+" in brush.layer else "") + brush.layer.replace("+", ", ")


def _by_layer(dissection: Dissection, brush: MeasuredBrush) -> list[str]:
    """What the chosen brush and the best one of each layer did to fresh latents."""
    strengths = [s for s in dissection.strengths if s.concept == brush.concept and s.fresh]
    if not strengths:
        return []
    width = max(len("+".join(s.layers)) for s in strengths) + 2
    lines = ["", "The chosen brush and the best of each layer, on fresh latents:"]
    lines.append(f"{'layers':{width}}{'order':8}{'units':>5}{_FIGURES}")
    lines += [f"{_row(s, width)}{'  weak' if s.weak else ''}" for s in strengths]
    return lines


def _trials(dissection: Dissection, brush: MeasuredBrush) -> list[str]:
    """Every combination that was tried, those that were tried longest first, then the best."""
    strengths = [s for s in dissection.strengths if s.concept == brush.concept and not s.fresh]
    if not strengths:
        return []
    width = max(len("+".join(s.layers)) for s in strengths) + 2
    lines = ["", "All that were tried to choose it, the longest tried and best first:"]
    lines.append(f"{'layers':{width}}{'order':8}{'units':>5}{_FIGURES}")
    ranked = sorted(strengths, key=lambda s: (-s.latents, -s.score))
    return lines + [_row(s, width) for s in ranked]


def _row(s: Strength, width: int) -> str:
    return (
        f"{'+'.join(s.layers):{width}}{s.order:8}{s.k:5}{_raised(s.boost):>7}"
        f"{_share(s.erased):>8}{_share(s.drawn):>8}{_times(s.gain):>7}{_share(s.elsewhere):>11}"
        f"{_times(s.spoiled):>9}{s.score:8.3f}{s.latents:9}"
    )


def _rankings(dissection: Dissection, brush: MeasuredBrush) -> list[str]:
    """The units of the brush's layers in both orders, side by side."""
    index = dissection.vocabulary.id(brush.concept)
    lines = [""]
    for name in brush.brush.layers:
        for order in ORDERS[: 1 if dissection[name].effect is None else 2]:
            ranked = rank_units(dissection[name], index, order, brush.k)
            lines.append(f"{name} by {order}: {' '.join(map(str, ranked.tolist()))}")
    return lines


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
