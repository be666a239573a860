"""Figures on matplotlib, for files and notebooks. Free of torch.

matplotlib is imported with the first figure. Nothing of pyplot is touched: figures are the
caller's own, and are gone when nobody holds them.

Example:
    >>> from dissection.report.figures import Curves, Series
    >>> figure = draw(Curves("tree", "units", "share", (Series("", [0, 1], [0.0, 0.5]),)))
    >>> figure.axes[0].get_title()
    'tree'
"""

import io
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dissection.report.figures import (
    COLORS,
    Bars,
    Curves,
    Figure,
    Heat,
    Points,
    Rule,
    Series,
    Sheet,
    color_of,
)
from dissection.report.looks import LIGHT, Look
from dissection.results.colors import GRAY
from dissection.results.plots import literal
from dissection.vocabulary import readable_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

#: Dashes and marks of series, so that they differ by more than their color.
_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 3)), (0, (8, 2)))
_MARKS = ("o", "s", "^", "D", "v", "P", "X")
#: Inches: of a plot, and of one bar and one picture of a sheet.
_SIZE, _BAR, _PICTURE = (5.6, 3.6), 0.22, 1.25
_LARGEST = 16.0
#: Letters of a title for each inch of the figure; beside long names there is less room.
_LETTERS = {False: 10, True: 7}
#: Letters of a name in a figure, of a line along an axis, and of a title at most: longer ones would
#: leave no room for what is shown.
_NAME, _LINE, _TITLE = 48, 60, 120
_ALONG = ("x", "y", "label")
#: Between pictures of a sheet, as a share of their width.
_GAP = 0.04
_CROWD = 2000
#: Of PNG files: dots in an inch.
DPI = 120


def draw(figure: Figure, look: Look = LIGHT) -> "Canvas":
    """A figure as one of matplotlib's, to be shown, changed or saved.

    Args:
        figure: what is shown.
        look: the colors of all but the data.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas

    title, figure = literal(readable_name(figure.title, _TITLE)), _literal(figure)
    settings: Any = look.settings()  # keys of a type of their own, in later versions
    with rc_context(settings):
        canvas = Canvas(figsize=_inches(figure), layout="constrained", facecolor=look.paper)
        if isinstance(figure, Sheet):
            _sheet(canvas, figure, title, look)
            return canvas
        axes = canvas.add_subplot()
        across = isinstance(figure, Bars) and figure.across
        letters = round(_LETTERS[across] * canvas.get_figwidth())
        axes.set_title(textwrap.fill(title, letters))
        if isinstance(figure, Heat):
            _heat(axes, figure, look)
        else:
            _plot(axes, figure, look)
    return canvas


def _literal(part: Any) -> Any:
    """A figure, or a part of one, whose texts are shown as they are, if they are not too long."""
    if isinstance(part, str):
        return "\n".join(literal(readable_name(line, _NAME)) for line in part.split("\n"))
    if isinstance(part, (list, tuple)) and part and isinstance(part[0], (str, Series, Rule)):
        return tuple(map(_literal, part))
    if isinstance(part, (Curves, Points, Bars, Heat, Sheet, Series, Rule)):
        shown = [f.name for f in fields(part) if f.name not in ("tips", "links", "color")]
        made = {name: _literal(getattr(part, name)) for name in shown}
        along = {n: getattr(part, n) for n in _ALONG if isinstance(made.get(n), str)}
        return replace(part, **made | {name: _along(told) for name, told in along.items()})
    return part


def _along(told: str) -> str:
    """What stands along an axis, in two lines at most."""
    return literal(textwrap.fill(readable_name(told, 2 * _LINE), _LINE))


def encode(canvas: "Canvas", form: str, dpi: int = DPI) -> bytes:
    """A drawn figure as the bytes of a file, the same whenever it is the same figure.

    Args:
        canvas: from ``draw``.
        form: "png", "svg" or "pdf".
        dpi: dots in an inch.
    """
    from matplotlib import rc_context

    stream = io.BytesIO()
    told: dict[str, Any] = {"Date": None} if form == "svg" else {}
    if form == "pdf":
        told = {"CreationDate": None}
    # Pictures stand in vector files as they are, not enlarged: a quarter of the size.
    images = [] if form == "png" else [image for axes in canvas.axes for image in axes.images]
    pictures = [image for image in images if np.asarray(image.get_array()).ndim == 3]
    before = [image.get_interpolation() for image in pictures]
    for image in pictures:
        image.set_interpolation("none")
    with (
        rc_context({"svg.hashsalt": "dissection", "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        # Letters that the font lacks are boxes, and the widest letters leave no room: no concern of
        # whoever reads the terminal.
        warnings.filterwarnings(
            "ignore", "Glyph .* missing from font|constrained_layout not applied"
        )
        canvas.savefig(stream, format=form, dpi=dpi, metadata=told)
    for image, how in zip(pictures, before, strict=True):
        image.set_interpolation(how)
    return stream.getvalue()


def _inches(figure: Figure) -> tuple[float, float]:
    width, height = _SIZE
    if isinstance(figure, Bars):
        bars = len(figure.categories) * (1 if figure.stacked else max(len(figure.series), 1))
        long = min(max(width, 1.6 + _BAR * max(bars, len(figure.categories))), _LARGEST)
        return (width + 1, max(2.2, long * 0.8)) if figure.across else (long, height)
    if isinstance(figure, Sheet):
        rows, columns, high, wide = figure.pictures.shape[:4]
        across = _PICTURE * max(columns, 1) + 0.4 + 0.08 * max(map(len, figure.rows), default=0)
        down = _PICTURE * max(rows, 1) * high / max(wide, 1) + 0.6
        return min(max(across, 2.0), _LARGEST), min(max(down, 1.2), 3 * _LARGEST)
    if isinstance(figure, Heat) and figure.rows:
        high, wide = figure.values.shape
        return min(2.6 + _BAR * wide, _LARGEST), min(1.6 + _BAR * high, _LARGEST)
    return width, height


def _plot(axes: "Axes", figure: Curves | Points | Bars, look: Look) -> None:
    from matplotlib.ticker import MaxNLocator

    if isinstance(figure, Bars):
        _bars(axes, figure, look)
    else:
        for place, series in enumerate(figure.series):
            (_line if isinstance(figure, Curves) else _points)(axes, series, place, look)
        if all(float(x).is_integer() for series in figure.series for x in series.x):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(figure.x)
        axes.set_ylabel(figure.y)
    for rule in figure.rules:
        _rule(axes, rule)
    axes.spines[["top", "right"]].set_visible(False)
    if any(series.name for series in figure.series):
        # Where there is room is looked for among few points only: it takes long among many.
        many = sum(len(series.x) for series in figure.series) > _CROWD
        axes.legend(fontsize="small", frameon=False, loc="upper left" if many else "best")


def _line(axes: "Axes", series: Series, place: int, look: Look) -> None:
    color = look.seen(color_of(series, place))
    x, y = np.asarray(series.x, float), np.asarray(series.y, float)
    axes.plot(
        x,
        y,
        color=color,
        linestyle="--" if series.control else _DASHES[place % len(_DASHES)],
        marker=_MARKS[place % len(_MARKS)] if len(x) <= 40 else None,
        markersize=3.5,
        label=series.name or None,
    )
    if len(series.error):
        error = np.asarray(series.error, float)
        axes.fill_between(x, y - error, y + error, color=color, alpha=0.2, linewidth=0)


def _points(axes: "Axes", series: Series, place: int, look: Look) -> None:
    color, mark = look.seen(color_of(series, place)), _MARKS[place % len(_MARKS)]
    many = len(series.x) > 100
    if len(series.error):
        axes.errorbar(
            series.x, series.y, yerr=series.error, fmt="none", ecolor=color, elinewidth=0.8
        )
    axes.scatter(
        series.x,
        series.y,
        s=6 if many else 18,
        color=color,
        marker=mark,
        alpha=0.5 if many else 0.9,
        linewidths=0,
        label=series.name or None,
        rasterized=len(series.x) > 2000,
    )


def _bars(axes: "Axes", figure: Bars, look: Look) -> None:
    places = np.arange(len(figure.categories), dtype=float)
    width = 0.8 if figure.stacked else 0.8 / max(len(figure.series), 1)
    below = np.zeros(len(places))
    for place, series in enumerate(figure.series):
        at = np.asarray(series.x, int) if len(series.x) else np.arange(len(series.y))
        value = np.full(len(places), np.nan)
        value[at] = series.y
        error = None
        if len(series.error):
            error = np.full(len(places), np.nan)
            error[at] = series.error
        shift = 0.0 if figure.stacked else (place - (len(figure.series) - 1) / 2) * width
        told: dict[str, Any] = {
            "color": look.seen(color_of(series, place)),
            "label": series.name or None,
            "error_kw": {"elinewidth": 0.8, "ecolor": look.ink},
        }
        if figure.stacked:  # parts are told apart by whoever does not see their colors, too
            told |= {"edgecolor": look.paper, "linewidth": 0.8}
        if figure.across:
            axes.barh(places + shift, value, width, left=below, xerr=error, **told)
        else:
            axes.bar(places + shift, value, width, bottom=below, yerr=error, **told)
        if figure.stacked:
            below = below + np.nan_to_num(value)
    names = list(figure.categories)
    if figure.across:
        axes.set_yticks(places, names)
        axes.invert_yaxis()
        axes.set_xlabel(figure.y)
    else:
        slanted = sum(map(len, names)) > 60
        axes.set_xticks(places, names, rotation=60 if slanted else 0)
        if slanted:
            for label in axes.get_xticklabels():
                label.set_horizontalalignment("right")
                label.set_rotation_mode("anchor")
        axes.set_ylabel(figure.y)
    axis: Any = axes.axvline if figure.across else axes.axhline
    axis(0, color=look.ink, linewidth=0.8)


def _rule(axes: "Axes", rule: Rule) -> None:
    if rule.upright:
        axes.axvline(rule.at, color=GRAY, linestyle=":", linewidth=1.2)
        place, anchor = (rule.at, 0.96), axes.get_xaxis_transform()
    else:
        axes.axhline(rule.at, color=GRAY, linestyle=":", linewidth=1.2)
        place, anchor = (1.0, rule.at), axes.get_yaxis_transform()
    if rule.name:
        axes.text(*place, f" {rule.name}", transform=anchor, fontsize="x-small", va="bottom")


def _heat(axes: "Axes", figure: Heat, look: Look) -> None:
    values = np.asarray(figure.values, float)
    high, wide = values.shape
    if not values.size:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "There is nothing to show.", ha="center", va="center")
        return
    if figure.signed:
        bound = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
        told: dict[str, Any] = {"cmap": _diverging(look.paper), "vmin": -bound, "vmax": bound}
    else:
        told = {"cmap": "cividis"}
    if figure.over is not None:
        axes.imshow(figure.over, extent=(-0.5, wide - 0.5, high - 0.5, -0.5))
        told["alpha"] = 0.6
    image = axes.imshow(values, aspect="auto" if figure.rows else "equal", **told)
    axes.figure.colorbar(image, ax=axes, label=figure.label)
    axes.set_xticks(*_ticks(figure.columns), rotation=90)
    axes.set_yticks(*_ticks(figure.rows))


def _ticks(names: Sequence[str]) -> tuple[list[int], list[str]]:
    return list(range(len(names))), list(names)


def _diverging(paper: str) -> Any:
    """From vermilion over the paper to blue, which all kinds of color vision tell apart."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("vermilion-blue", [COLORS[1], paper, COLORS[0]])


def _sheet(canvas: "Canvas", figure: Sheet, title: str, look: Look) -> None:
    """All pictures in one image: axes of their own take seconds each hundred."""
    from matplotlib.colors import to_rgb

    if title:
        letters = round(_LETTERS[False] * canvas.get_figwidth())
        canvas.suptitle(textwrap.fill(title, letters))
    rows, columns, high, wide = figure.pictures.shape[:4]
    if not rows or not columns:
        return
    gap = max(1, round(_GAP * wide))
    paper = np.round(255 * np.array(to_rgb(look.paper))).astype(np.uint8)
    sheet = np.tile(paper, (rows * (high + gap) - gap, columns * (wide + gap) - gap, 1))
    for row in range(rows):
        for column in range(columns):
            top, left = row * (high + gap), column * (wide + gap)
            sheet[top : top + high, left : left + wide] = figure.pictures[row, column]
    axes = canvas.add_subplot()
    axes.imshow(sheet, interpolation="antialiased")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize="small", top=True, labeltop=True, bottom=False,
                     labelbottom=False)  # fmt: skip
    axes.set_yticks([row * (high + gap) + high / 2 for row in range(len(figure.rows))], figure.rows)
    places = [column * (wide + gap) + wide / 2 for column in range(len(figure.columns))]
    axes.set_xticks(places, figure.columns)
