"""``dissection export``."""

from pathlib import Path
from typing import Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import MinIoU, Shown, names_of
from dissection.commands.reporting import Reporter, reporting
from dissection.commands.targets import require_targets
from dissection.errors import BadInputError
from dissection.results.dissection import Dissection
from dissection.results.interpretable import INTERPRETABLE
from dissection.results.store import load_dissection


def command(
    folder: Annotated[
        Path, typer.Argument(help="Folder of a dissection, or a report.json or dissect.json.")
    ],
    csv: Annotated[
        Path | None, typer.Option(help="Table of the units; the concepts go to OUT-concepts.csv.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="One page with everything in it.")] = None,
    layers: Annotated[
        str, typer.Option(help="Tell of these layers only, with commas: layer4,layer5.")
    ] = "",
    iou: MinIoU = INTERPRETABLE,
    model: Annotated[
        str,
        typer.Option(
            help="The generator that was dissected, to make pictures that are not stored, of the "
            "layers told of."
        ),
    ] = "",
    progress: Shown = "none",
) -> None:
    """Write a dissection as tables, or as a page that can be sorted and needs no network.

    The page shows every unit with its pictures, the concepts of each layer as bars, and, for a
    classifier, the classes that each unit matters to.
    """
    with reporting(progress) as report:
        if csv is None and html is None:
            raise BadInputError("There is nothing to write; give --csv OUT.csv or --html OUT.html.")
        if model and html is None:
            raise BadInputError("--model makes pictures for the page; name it with --html.")
        written = _write(folder, csv, html, layers, iou, model, report)
        report.result = {"file": str(written[-1])}
        pictureless = _pictureless(folder, names_of(layers)) if html and not model else []
    if not report.quiet:
        for path in written:
            echo(f"Wrote {path}, {path.stat().st_size / 1e6:.1f} MB")
        if pictureless:
            named = ",".join(pictureless)
            echo(
                f"The page has no pictures of the units of {named}: dissect with --pictures "
                f"{named}, or, of a generator, name it with --model"
            )


def _pictureless(folder: Path, layers: list[str]) -> list[str]:
    """The layers told of, of which no pictures are stored."""
    dissection = load_dissection(folder)
    return [name for name in layers or dissection if dissection[name].pictures is None]


def _write(
    folder: Path,
    csv: Path | None,
    html: Path | None,
    layers: str,
    iou: float,
    model: str,
    report: Reporter,
) -> list[Path]:
    """The files that were written, the page last."""
    from dissection.report.page import write_page
    from dissection.report.tables import concepts_table, write_tables

    tables = [csv, concepts_table(csv)] if csv is not None else []
    require_targets(*tables, html, reads=[folder, model])
    dissection = load_dissection(folder)
    names = names_of(layers)
    for name in names:
        dissection[name]  # raises where there is none
    written: list[Path] = []
    if csv is not None:
        written += write_tables(dissection, csv, iou, names)
    if html is not None:
        if model:
            dissection = _pictured(dissection, names or list(dissection), model, report)
        written.append(write_page(dissection, html, iou, names))
    return written


def _pictured(
    dissection: Dissection, layers: list[str], model: str, report: Reporter
) -> Dissection:
    """The dissection with pictures of all units of some layers."""
    from dataclasses import replace

    from dissection.measurement.exemplars import unit_pictures
    from dissection.models.generators.checkpoints import load_generator
    from dissection.results.sheets import Sheets

    generator = load_generator(model)
    parts = dict(dissection.measured)
    for name in layers:
        if parts[name].pictures is None:
            units = range(parts[name].shape[0])
            made = unit_pictures(dissection, name, units, generator, report=report)
            parts[name] = replace(parts[name], pictures=Sheets.of(made))
    return replace(dissection, measured=parts)
