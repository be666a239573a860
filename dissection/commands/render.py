"""``dissection render``: pictures of a generator on a contact sheet."""

from typing import Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import Device, Generator, PngFile, Shown
from dissection.commands.reporting import reporting
from dissection.commands.targets import require_targets
from dissection.errors import BadInputError
from dissection.runtime.progress import Meter

#: A larger sheet is more than most viewers open and takes gigabytes to make.
_LARGEST_SHEET = 2**27


def command(
    out: PngFile,
    model: Generator = "storybook-church",
    seeds: Annotated[
        str, typer.Option(help="Rows of the standard latents, such as 3,5,10-19.")
    ] = "0-15",
    columns: Annotated[int, typer.Option(min=1, help="Pictures in a row.")] = 4,
    device: Device = "auto",
    precision: Annotated[
        str,
        typer.Option(help="float32, bfloat16, or auto for the one that is faster on this machine."),
    ] = "float32",
    progress: Shown = "tqdm",
) -> None:
    """Render the pictures of some seeds onto one sheet.

    A seed names a row of the published standard latents, so that seed 489 is
    the same picture here, in the window and in the papers' figures.

    Example: dissection render --seeds 0-15 --out sheet.png
    """
    from dissection.data.images import contact_sheet, require_png, write_picture
    from dissection.data.latents import parse_rows, standard
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.precision import (
        choose_device,
        fold_for_speed,
        require_precision,
    )

    with reporting(progress) as report:
        require_png(out)
        require_targets(out, reads=[model])
        rows = parse_rows(seeds)
        generator = load_generator(model)
        if len(rows) * generator.size**2 > _LARGEST_SHEET:
            raise BadInputError(
                f"{len(rows)} pictures of {generator.size} px are too many for one sheet; "
                f"ask for at most {_LARGEST_SHEET // generator.size**2} seeds."
            )
        network = fold_for_speed(generator, choose_device(device), require_precision(precision))
        meter = Meter(report, "rendering", len(rows))
        pictures = []
        for picture in network.pictures(standard(rows, generator.depth)):
            pictures.append(picture)
            meter.step()
        sheet = contact_sheet(pictures, columns)
        write_picture(out, sheet, {"model": model, "network": generator.digest, "seeds": seeds})
        report.result = {"file": str(out)}
    if not report.quiet:
        echo(f"{len(rows)} pictures of {generator.name} in {out}")
