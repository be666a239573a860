"""The concepts that units of a layer match, as bars by category (Bau et al. 2020, 1D and 3D).

One bar for each concept, as high as units match it; categories side by side in Okabe and Ito's
colors, which people of all kinds of color vision tell apart.
"""

from collections.abc import Callable, Sequence
from html import escape

from dissection.results.colors import category_color
from dissection.results.interpretable import INTERPRETABLE, count_categories
from dissection.results.layer_dissection import LayerDissection
from dissection.results.matching import bars_of, category_rank
from dissection.vocabulary import NOTHING, Concept

_BAR, _GAP, _CATEGORY_GAP = 16, 4, 26
_HIGH, _TOP, _LEFT, _RIGHT = 132, 34, 30, 12
_LETTER = 6.4
_FONT = 11


def plural(category: str, count: int) -> str:
    """A count of concepts of a category, as in "1 object", "12 colors"."""
    kind = "concept" if category == NOTHING.category else category  # it is not known
    return f"{count} {kind}{'' if count == 1 else 's'}"


def concept_chart(
    layer: LayerDissection,
    min_iou: float = INTERPRETABLE,
    link: Callable[[Concept], str] | None = None,
) -> str:
    """The chart as an SVG element, for a page or, as it is, for a file.

    Text and axis are in the color of the text around; bars carry their own.

    Args:
        layer: what was measured.
        min_iou: a unit matches its best concept above this IoU.
        link: where a click on a concept's bar leads; None makes no links.

    Raises:
        BadInputError: ``min_iou`` is not from 0 to below 1.
    """
    bars = bars_of(layer, min_iou)
    most = max((count for _, count in bars), default=1)
    longest = max((len(concept.name) for concept, _ in bars), default=0)
    parts: list[str] = []
    x = float(_LEFT)
    groups: dict[str, list[tuple[Concept, int]]] = {}
    for concept, count in bars:
        groups.setdefault(concept.category, []).append((concept, count))
    for category, group in groups.items():
        color, heading = category_color(category), plural(category, len(group))
        span = len(group) * (_BAR + _GAP) - _GAP
        parts.append(
            f'<text x="{x:g}" y="14" font-weight="600">{escape(heading)}</text>'
            f'<rect x="{x:g}" y="19" width="{span}" height="3" rx="1.5" fill="{color}"/>'
        )
        for place, (concept, count) in enumerate(group):
            left = x + place * (_BAR + _GAP)
            parts.append(_bar(concept, count, left, count / most, color, link))
        # A short group is as wide as its heading.
        x += max(span, len(heading) * _LETTER) + _CATEGORY_GAP
    base = _TOP + _HIGH
    width = max(x - _CATEGORY_GAP + _RIGHT, 240.0)
    if not bars:
        parts = [f'<text x="{_LEFT + 8}" y="{base - 12}">No unit matches a concept.</text>']
    height = base + 14 + longest * _LETTER
    title = f"Units of {layer.name} that match each concept"
    return _svg(title, width, height, [_axis(most, width), *parts])


def layer_chart(
    layers: Sequence[LayerDissection],
    min_iou: float = INTERPRETABLE,
    link: Callable[[str], str] | None = None,
) -> str:
    """Distinct concepts of each category by layer, as an SVG element (figures 1E and 3C).

    Args:
        layers: what was measured, in the order of the network.
        min_iou: a unit matches its best concept above this IoU.
        link: where a click on a layer leads; None makes no links.

    Raises:
        BadInputError: ``min_iou`` is not from 0 to below 1.
    """
    counts = [
        sorted(count_categories(layer, min_iou)[:-1], key=lambda row: category_rank(row.category))
        for layer in layers
    ]
    sums = [sum(row.concepts for row in rows) for rows in counts]
    most = max(*sums, 1)
    longest = max(len(layer.name) for layer in layers)
    width = max(_LEFT + len(layers) * (_BAR + 2 * _GAP) + _RIGHT, 160)
    base = _TOP + _HIGH
    parts = [_axis(most, width)]
    for place, (layer, rows, every) in enumerate(zip(layers, counts, sums, strict=True)):
        x, y = _LEFT + place * (_BAR + 2 * _GAP), float(base)
        told = ", ".join(plural(row.category, row.concepts) for row in rows if row.concepts)
        body = f"<title>{escape(layer.name)}: {escape(told) or 'no concepts'}</title>"
        body += _catch(x - _GAP, _BAR + 2 * _GAP)
        for row in rows:
            high = _HIGH * row.concepts / most
            y -= high
            color = category_color(row.category)
            body += (
                f'<rect x="{x}" y="{y:g}" width="{_BAR}" height="{max(high - 1, 0):g}" '
                f'fill="{color}"/>'
            )
        body += f'<text x="{x + _BAR / 2:g}" y="{y - 5:g}" text-anchor="middle">{every}</text>'
        body += _below(layer.name, x)
        parts.append(_linked(body, "column", link and link(layer.name)))
    height = base + 14 + longest * _LETTER
    return _svg("Distinct concepts that units of each layer match", width, height, parts)


def _bar(
    concept: Concept,
    count: int,
    x: float,
    share: float,
    color: str,
    link: Callable[[Concept], str] | None,
) -> str:
    high = max(_HIGH * share, 1.0)
    units = "1 unit" if count == 1 else f"{count} units"
    body = (
        f"<title>{escape(concept.name)} ({escape(concept.category)}): {units}</title>"
        f"{_catch(x - _GAP / 2, _BAR + _GAP)}"
        f'<rect x="{x:g}" y="{_TOP + _HIGH - high:g}" width="{_BAR}" height="{high:g}" rx="2" '
        f'fill="{color}"/>{_below(concept.name, x)}'
    )
    return _linked(body, "bar", link and link(concept))


def _catch(x: float, width: float) -> str:
    """As high as the chart, so that small bars are easily clicked on."""
    return f'<rect x="{x:g}" y="{_TOP}" width="{width:g}" height="{_HIGH}" fill="transparent"/>'


def _below(name: str, x: float) -> str:
    """A name under its bar, upwards."""
    return (
        f'<text transform="translate({x + _BAR / 2 + 4:g} {_TOP + _HIGH + 8}) rotate(-90)" '
        f'text-anchor="end">{escape(name)}</text>'
    )


def _linked(body: str, name: str, target: str | None) -> str:
    return f'<a href="{escape(target)}" class="{name}">{body}</a>' if target else f"<g>{body}</g>"


def _axis(most: int, width: float) -> str:
    """Some four round numbers from 0 up to the highest bar, and lines across."""
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**6) if most / s <= 5)
    parts = []
    for tick in range(0, most + 1, step):
        y = _TOP + _HIGH - _HIGH * tick / most
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 4:g}" text-anchor="end" opacity=".7">{tick}</text>'
            f'<line x1="{_LEFT - 4}" x2="{width - _RIGHT:g}" y1="{y:g}" y2="{y:g}" '
            f'stroke="currentColor" stroke-opacity="{0.13 if tick else 0.5}"/>'
        )
    return "".join(parts)


def _svg(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-label="{escape(title)}" '
        f'font-family="system-ui, sans-serif" font-size="{_FONT}" fill="currentColor">'
        f"{''.join(parts)}</svg>"
    )
