"""Layers side by side: how many concepts and units they have of each category. Free of torch."""

from collections.abc import Mapping, Sequence
from typing import Any

from dissection.report.figures import Bars, Series
from dissection.results.colors import category_color
from dissection.results.interpretable import ALL

#: A layer in such rows: its place, the network's name and its own.
Layer = tuple[Any, Any, Any]


def layers_of(rows: Sequence[Mapping[str, Any]]) -> list[Layer]:
    """The layers that rows of ``place``, ``network`` and ``layer`` tell of, in their order."""
    return list(dict.fromkeys((row["place"], row["network"], row["layer"]) for row in rows))


def category_bars(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], min_iou: float, across: bool = False
) -> dict[str, Bars]:
    """Distinct concepts and matching units of each layer, stacked by category.

    Args:
        rows: of ``place``, ``network``, ``layer``, ``category``, ``concepts`` and ``matching``.
        names: what each of ``layers_of(rows)`` is called.
        min_iou: above which a unit matches, for the title.
        across: bars run from left to right.

    Returns:
        Figures under "concepts" and "matching"; a category that no layer has is left out.
    """
    layers = layers_of(rows)
    categories = dict.fromkeys(row["category"] for row in rows if row["category"] != ALL)
    figures = {}
    for key, label in (("concepts", "distinct concepts"), ("matching", "units that match")):
        series = []
        for category in categories:
            counts = {
                (row["place"], row["network"], row["layer"]): row[key]
                for row in rows
                if row["category"] == category
            }
            y = [counts.get(layer, 0) for layer in layers]
            tips = [f"{name}: {n} of category {category}" for name, n in zip(names, y, strict=True)]
            if any(y):
                color = category_color(category)
                series.append(Series(category, (), y, tips=tips, color=color))
        title = f"{label} (IoU > {min_iou:g})"
        figures[key] = Bars(title, label, names, series, stacked=True, across=across)
    return figures
