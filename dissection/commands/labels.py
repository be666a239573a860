"""``dissection labels``: lay out labeled pictures as a folder that ``--labels maps:`` names."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import NewFolder, Shown
from dissection.commands.reporting import reporting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dissection.data.label_layout import Painter


def command(
    pictures: Annotated[
        Path, typer.Argument(help="Folder of pictures NAME.jpg, each with its map NAME.png.")
    ],
    out: NewFolder,
    names: Annotated[
        Path, typer.Option(help="Names of the maps' values: a name and its number on each line.")
    ],
    merge: Annotated[
        Path | None,
        typer.Option(help="JSON file of concepts, each with the names that are one; all names."),
    ] = None,
    colors: Annotated[
        bool, typer.Option("--colors", help="The eleven basic colors too, as a second category.")
    ] = False,
    count: Annotated[
        int, typer.Option(min=0, help="Pictures at most, spread over the folder; 0 takes all.")
    ] = 0,
    progress: Shown = "tqdm",
) -> None:
    """Lay out labeled pictures for "dissection dissect --labels maps:OUT".

    A map's value is the number of an object, 255 what nobody labeled. OUT then holds images/,
    object/, color/ if asked for, and vocabulary.json.
    """
    with reporting(progress) as report:
        from dissection.data.label_layout import lay_out, read_merge, read_numbered_names

        laid_out = lay_out(
            pictures,
            out,
            read_numbered_names(names),
            read_merge(merge) if merge is not None else None,
            _color_names() if colors else None,
            count or None,
            report,
        )
        report.result = {"pictures": laid_out, "folder": str(out)}
    if not report.quiet:
        echo(f"{laid_out:,} labeled pictures in {out}")


def _color_names() -> "tuple[tuple[str, ...], Painter]":
    """The basic colors, and what names them pixel by pixel."""
    from dissection.data.images import from_bytes
    from dissection.models.segmenters.colors import COLORS, BasicColors

    segmenter = BasicColors()

    def paint(picture: "NDArray[np.uint8]") -> "NDArray[np.int64]":
        found: NDArray[np.int64] = segmenter.segment(from_bytes(picture[None]))[0, 0].numpy() - 1
        return found

    return COLORS, paint
