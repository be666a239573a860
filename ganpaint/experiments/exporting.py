"""Writes figures and results for other programs; takes a second, so not in the window's thread."""

from pathlib import Path

from dissection.errors import BadInputError
from dissection.experiments.result import Result
from dissection.experiments.store import save_result
from dissection.report.drawing import draw, encode
from dissection.report.figures import Figure
from dissection.runtime.files import write_bytes, write_text
from ganpaint.experiments.figure_table import figure_csv


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, SVG or CSV, as the name ends.

    Raises:
        BadInputError: another ending.
        DissectionError: the file cannot be written.
    """
    match path.suffix.lower():
        case ".csv":
            write_text(path, figure_csv(figure))
        case ".png" | ".svg" as ending:
            write_bytes(path, encode(draw(figure), ending[1:]))
        case _:
            raise BadInputError(f"A figure is written as .png, .svg or .csv, not to {path.name}.")


def write_result(result: Result, folder: Path) -> None:
    """Write a whole result, with its figures as PNG and SVG and its tables as CSV.

    Raises:
        StoreError: the folder holds other files.
        DissectionError: it cannot be written to.
    """
    save_result(result, folder)
