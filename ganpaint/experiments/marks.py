"""What stands under the pointer in a figure: a text, and what a click leads to. Free of Qt."""

import math
from dataclasses import dataclass

from dissection.report.figures import Bars, Curves, Link, Points


@dataclass(frozen=True)
class Mark:
    """One point or bar.

    Attributes:
        x: of a point, or from where to where along the categories.
        y: its value.
        tip: shown under the pointer.
        link: what a click leads to; None leads nowhere.
        color: as #rrggbb.
    """

    x: float
    y: float
    tip: str
    link: Link | None
    color: str


def point_marks(figure: Curves | Points, colors: list[str]) -> list[list[Mark]]:
    """The points of each series; those that were not measured are left out."""
    return [
        [
            Mark(
                float(x),
                float(y),
                series.tips[place]
                if place < len(series.tips)
                else _told(series.name, figure.x, x, figure.y, y),
                series.links[place] if place < len(series.links) else None,
                color,
            )
            for place, (x, y) in enumerate(zip(series.x, series.y, strict=True))
            if _finite(x) and _finite(y)
        ]
        for series, color in zip(figure.series, colors, strict=True)
    ]


@dataclass(frozen=True)
class Bar:
    """One bar, along the categories and up (or to the right).

    Attributes:
        start, end: along the categories, whose middles are 0, 1, 2 ...
        low, high: of the value axis; ``high`` may be the lower one.
        error: standard error, or NaN.
        mark: its tip and link; ``y`` is the value of this bar alone.
    """

    start: float
    end: float
    low: float
    high: float
    error: float
    mark: Mark


def bars_of(figure: Bars, colors: list[str]) -> list[Bar]:
    """All bars of a figure: side by side, or one upon the other."""
    count = max(len(figure.series), 1)
    width = 0.8 if figure.stacked else 0.8 / count
    below = [0.0] * len(figure.categories)
    bars = []
    for number, (series, color) in enumerate(zip(figure.series, colors, strict=True)):
        places = [int(x) for x in series.x] or list(range(len(series.y)))
        shift = 0.0 if figure.stacked else (number - (count - 1) / 2) * width
        for order, (place, value) in enumerate(zip(places, series.y, strict=True)):
            if not _finite(value):
                continue
            name = figure.categories[place]
            said = ": ".join(filter(None, (name, series.name)))
            tip = series.tips[order] if order < len(series.tips) else f"{said}: {value:.4g}"
            link = series.links[order] if order < len(series.links) else None
            low = below[place] if figure.stacked else 0.0
            error = series.error[order] if len(series.error) else math.nan
            mark = Mark(place, float(value), tip, link, color)
            middle = place + shift
            bars.append(Bar(middle - width / 2, middle + width / 2, low, low + value, error, mark))
            below[place] = low + value
    return bars


def bar_at(bars: list[Bar], along: float, value: float, slack: float) -> Bar | None:
    """The bar at a place; a bar that is hardly there is met by its whole slot's foot.

    Args:
        bars: to look among.
        along: on the axis of the categories.
        value: on the other one.
        slack: how far from its ends a bar is still met.
    """
    for bar in bars:
        low, high = sorted((bar.low, bar.high))
        if bar.start <= along <= bar.end and low - slack <= value <= high + slack:
            return bar
    return None


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _told(name: str, x_name: str, x: float, y_name: str, y: float) -> str:
    head = f"{name}\n" if name else ""
    return f"{head}{x_name}: {x:.4g}\n{y_name}: {y:.4g}"
