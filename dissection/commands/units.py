"""``dissection units``: the best units of some concepts on one sheet."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import Device, FiguresFile, Folder, PngFile, Shown, names_of
from dissection.commands.reporting import Reporter, reporting
from dissection.commands.targets import require_targets
from dissection.data.images import require_png, write_picture
from dissection.errors import BadInputError
from dissection.report.unit_sheet import SIDE, unit_sheet
from dissection.results.dissection import Dissection
from dissection.results.ranking import BestUnit, best_units
from dissection.results.sheets import Strips
from dissection.results.store import load_dissection
from dissection.runtime.files import write_text


def command(
    folder: Folder,
    concepts: Annotated[
        str, typer.Option(help="What the units are to match, with commas: tree,sky,part:door.")
    ],
    out: PngFile,
    layers: Annotated[
        str,
        typer.Option(
            help="Choose from the units of these layers, with commas.",
            show_default="those of which pictures are stored, or all if none are",
        ),
    ] = "",
    count: Annotated[int, typer.Option(min=1, help="Units of each concept.")] = 1,
    images: Annotated[
        int, typer.Option(min=1, help="Pictures of each unit, as far as there are so many.")
    ] = 5,
    side: Annotated[
        int, typer.Option(min=16, max=1024, help="Width and height of a picture in px.")
    ] = SIDE,
    model: Annotated[
        str,
        typer.Option(
            help="The generator that was dissected, to make the pictures anew: those that are not "
            "stored, and all of them in full sharpness."
        ),
    ] = "",
    device: Device = "auto",
    figures: FiguresFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Draw the units that match some concepts best, with the pictures that drive them hardest.

    Each row tells the concept, the unit and its IoU, and shows where the unit is above its level:
    there the picture is outlined, the rest dimmed. The best unit of a concept may match another one
    better still; that one is its label. reached: the IoU as a share of what the areas of unit and
    concept allow.

    Example: dissection units DIR --concepts tree,sky,door --out units.png
    """
    with reporting(progress) as report:
        require_png(out)
        require_targets(out, figures, reads=[folder, model])
        dissection = load_dissection(folder)
        wanted = list(
            dict.fromkeys(dissection.vocabulary.find(name) for name in _concepts(concepts))
        )
        if not wanted:
            raise BadInputError(
                "There is no concept to draw units of; name some: --concepts tree,sky."
            )
        chosen = _layers(dissection, names_of(layers), model)
        units = best_units(dissection, wanted, chosen, count)
        if model:
            strips = _made(dissection, units, images, side, model, device, report)
        else:
            strips = _stored(dissection, units, images)
        sheet = unit_sheet(units, strips, side)
        about = {"model": dissection.model, "network": dissection.network}
        rows = [_row(unit) for unit in units]
        write_picture(out, sheet, {**about, "units": json.dumps(rows)})
        if figures is not None:
            write_text(figures, json.dumps({**about, "units": rows}, indent=1) + "\n")
        report.result = {"file": str(out)}
    if report.quiet:
        return
    for line in _table(units):
        echo(line)
    echo(f"{len(units)} units of {dissection.model} in {out}")


def _concepts(text: str) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _layers(dissection: Dissection, names: list[str], model: str) -> list[str]:
    """The layers to choose from, of all of which there can be pictures."""
    stored = [name for name, layer in dissection.items() if layer.pictures is not None]
    chosen = names or stored or list(dissection)
    missing = [name for name in chosen if dissection[name].pictures is None]
    sample = dissection.provenance.get("sample", {})
    again = "dissect again with --pictures " + ",".join(missing or chosen)
    by_latents = sample.get("kind") == "standard latents"
    if model and not by_latents:
        # What was looked at is not here: only latents can be drawn again.
        raise BadInputError(
            f"--model makes pictures of standard latents, and the dissection of {dissection.model} "
            f"was made of {sample.get('kind') or 'a sample not told'}; leave it out"
            + (f", and {again}." if missing else ".")
        )
    if missing and not model:
        ways = ["name the generator with --model"] if by_latents else []
        ways += [f"choose from --layers {','.join(stored)}"] if stored else []
        raise BadInputError(
            f"No pictures of the units of {', '.join(missing)} are stored; "
            f"{', or '.join([*ways, again])}."
        )
    return chosen


def _stored(dissection: Dissection, units: Sequence[BestUnit], images: int) -> list[Strips]:
    """Pictures that are stored, of layers of which there are some."""
    sheets = {
        name: layer.pictures for name, layer in dissection.items() if layer.pictures is not None
    }
    return [sheets[unit.layer][unit.unit][:images] for unit in units]


def _made(
    dissection: Dissection,
    units: Sequence[BestUnit],
    images: int,
    side: int,
    model: str,
    device: str,
    report: Reporter,
) -> list[Strips]:
    """Pictures by the generator, layer by layer, in the order of the units."""
    from dissection.measurement.exemplars import unit_pictures
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.precision import choose_device

    generator = load_generator(model).to(choose_device(device))
    parts = {
        name: replace(layer, exemplars=layer.exemplars[:, :images])
        for name, layer in dissection.items()
    }
    fewer = replace(dissection, measured=parts)
    strips = {}
    for name in dict.fromkeys(unit.layer for unit in units):
        numbers = list(dict.fromkeys(unit.unit for unit in units if unit.layer == name))
        made = unit_pictures(fewer, name, numbers, generator, size=side, report=report)
        strips.update({(name, number): strip for number, strip in zip(numbers, made, strict=True)})
    return [strips[unit.layer, unit.unit] for unit in units]


def _row(unit: BestUnit) -> dict[str, str | int | float | None]:
    return {
        "concept": unit.concept.name,
        "category": unit.concept.category,
        "layer": unit.layer,
        "unit": unit.unit,
        "iou": round(unit.iou, 6),
        "label": unit.label.name,
        "label_category": unit.label.category,
        "label_iou": round(unit.label_iou, 6),
        "reached": None if unit.reached is None else round(unit.reached, 6),
    }


def _table(units: Sequence[BestUnit]) -> Iterator[str]:
    width = max(len("layer"), *(len(unit.layer) for unit in units)) + 2
    yield (
        f"{'concept':16}{'category':10}{'layer':{width}}{'unit':>5}{'IoU':>7}{'reached':>9}  label"
    )
    for unit in units:
        reached = "-" if unit.reached is None else f"{unit.reached:.0%}"
        yield (
            f"{unit.concept.name:16}{unit.concept.category:10}{unit.layer:{width}}{unit.unit:5}"
            f"{unit.iou:7.3f}{reached:>9}  {unit.label_name} {unit.label_iou:.3f}"
        )
