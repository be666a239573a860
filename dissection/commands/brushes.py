"""``dissection brushes``."""

from pathlib import Path
from typing import Annotated

import typer

from dissection.brushes import BEST, ORDERS, MeasuredBrush, find_brush, rank_units
from dissection.measured import Dissection
from dissection.store import load_dissection


def command(
    folder: Annotated[Path, typer.Argument(help="Folder of a dissection.")],
    concept: Annotated[
        str, typer.Option(help="tree, or part:door; left out, all brushes are listed.")
    ] = "",
    units: Annotated[int, typer.Option("--units", "-k", help="Units of a brush.")] = 20,
    order: Annotated[str, typer.Option(help="best, iou or effect.")] = BEST,
    layer: Annotated[str, typer.Option(help="Take units from this layer only.")] = "",
    level: Annotated[str, typer.Option(help="0.99, 0.995 or raw-0.99; left out, the first.")] = "",
) -> None:
    """List the brushes of a dissection, or the units of one and all that was measured of it."""
    dissection = load_dissection(folder)
    brushes = dissection.brushes(units, order, layer or None, level or None)
    if not concept:
        for line in _overview(brushes):
            typer.echo(line)
        return
    wanted = dissection.vocabulary.find(concept)
    brush = find_brush(brushes, f"{wanted.category}:{wanted.name}")
    for line in [*_units(dissection, brush), "", *_strengths(dissection, brush)]:
        typer.echo(line)


def _overview(brushes: list[MeasuredBrush]) -> list[str]:
    lines = [
        f"{'concept':16}{'category':10}{'layer':16}{'order':8}{'units':>5}{'IoU':>8}"
        f"{'erased':>8}{'drawn':>8}{'gain':>8}{'elsewhere':>10}"
    ]
    for b in brushes:
        count = sum(len(part.units) for part in b.brush.layers.values())
        lines.append(
            f"{b.concept.name:16}{b.concept.category:10}{b.layer:16}{b.order:8}{count:5}{b.iou:8.3f}"
            f"{_share(b.erased):>8}{_share(b.drawn):>8}{_times(b.gain):>8}{_share(b.elsewhere):>10}"
            f"{'  weak' if b.weak else ''}"
        )
    return lines


def _units(dissection: Dissection, brush: MeasuredBrush) -> list[str]:
    index = dissection.vocabulary.id(brush.concept)
    lines = [
        f"{brush.concept.name} ({brush.concept.category}): {brush.k} units by {brush.order}"
        + (f". {brush.weak}" if brush.weak else "")
    ]
    lines.append(f"{'layer':10}{'unit':>6}{'level':>9}{'IoU':>8}{'effect':>10}  label of the unit")
    for name, part in brush.brush.layers.items():
        layer = dissection[name]
        for unit, level in zip(part.units, part.levels, strict=True):
            effect = "-" if layer.effect is None else f"{layer.effect[index, unit]:+.5f}"
            label = dissection.vocabulary[int(layer.labels[unit])].name
            lines.append(
                f"{name:10}{unit:6}{level:9.3f}{layer.iou[index, unit]:8.3f}{effect:>10}  "
                f"{label} {layer.iou[:, unit].max():.3f}"
            )
    return lines


def _strengths(dissection: Dissection, brush: MeasuredBrush) -> list[str]:
    """Every combination that was measured, the best first; and both rankings side by side."""
    found = [s for s in dissection.strengths if s.concept == brush.concept]
    lines = []
    if found:
        lines.append(
            f"{'layer':16}{'order':8}{'units':>5}{'erased':>8}{'drawn':>8}{'gain':>8}"
            f"{'elsewhere':>10}{'score':>8}{'latents':>8}"
        )
    lines += [
        f"{'+'.join(s.layers):16}{s.order:8}{s.k:5}{_share(s.erased):>8}{_share(s.drawn):>8}"
        f"{_times(s.gain):>8}{_share(s.elsewhere):>10}{s.score:8.3f}{s.latents:8}"
        for s in sorted(found, key=lambda s: (-s.latents, -s.score))
    ]
    index = dissection.vocabulary.id(brush.concept)
    for name in brush.brush.layers:
        for order in ORDERS[: 1 if dissection[name].effect is None else 2]:
            ranked = rank_units(dissection[name], index, order, brush.k)
            lines.append(f"{name} by {order}: {' '.join(map(str, ranked.tolist()))}")
    return lines


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
