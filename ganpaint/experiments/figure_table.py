"""The numbers behind a figure as a table, for CSV files. Free of Qt."""

import math
from collections.abc import Sequence
from typing import assert_never

from dissection.report.figures import Bars, Curves, Figure, Heat, Points, Sheet
from ganpaint.toolkit.csv_text import as_csv


def figure_csv(figure: Figure) -> str:
    """What a figure shows, as CSV: a row for each mark; numbers that were not measured are empty.

    Example:
        >>> from dissection.report.figures import Series
        >>> print(figure_csv(Curves("", "k", "fell", (Series("tree", [1], [0.5]),))), end="")
        series,k,fell,error
        tree,1,0.5,
    """
    return as_csv(_rows(figure))


def _rows(figure: Figure) -> list[list[object]]:
    head: list[object]
    rows: list[list[object]]
    match figure:
        case Curves() | Points():
            head = ["series", figure.x or "x", figure.y or "y", "error"]
            rows = [
                [series.name, _told(x), _told(y), _told(error)]
                for series in figure.series
                for x, y, error in zip(
                    series.x, series.y, _errors(series.error, len(series.y)), strict=True
                )
            ]
        case Bars():
            head = ["series", "category", figure.y or "value", "error"]
            rows = []
            for series in figure.series:
                places = [int(x) for x in series.x] or list(range(len(series.y)))
                errors = _errors(series.error, len(series.y))
                for place, y, error in zip(places, series.y, errors, strict=True):
                    rows.append([series.name, figure.categories[place], _told(y), _told(error)])
        case Heat():
            high, wide = figure.values.shape
            head = ["", *(figure.columns or [str(c) for c in range(wide)])]
            names = figure.rows or [str(row) for row in range(high)]
            rows = [
                [name, *map(_told, values.tolist())]
                for name, values in zip(names, figure.values, strict=True)
            ]
        case Sheet():
            rows_, columns = figure.pictures.shape[:2]
            head = ["row", *(figure.columns or [str(c) for c in range(columns)])]
            names = figure.rows or [str(row) for row in range(rows_)]
            rows = [[name, *[""] * columns] for name in names]
        case _:
            assert_never(figure)
    return [head, *rows]


def _errors(errors: Sequence[float], count: int) -> Sequence[float]:
    return errors if len(errors) else [math.nan] * count


def _told(value: float | None) -> object:
    return "" if value is None or math.isnan(value) else value
