"""One HTML page of a dissection: every unit with its pictures, sortable; concepts as bars.

The page is one file that asks nothing of the network: style, script, charts and pictures are in it.
It follows figures 1D, 3D and S6 to S18 of Bau et al. 2020.
"""

import base64
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from dissection.errors import BadInputError
from dissection.report.chart import concept_chart, layer_chart
from dissection.results.colors import CATEGORY_COLORS, GRAY, against
from dissection.results.dissection import Dissection
from dissection.results.interpretable import INTERPRETABLE, count_categories
from dissection.results.layer_dissection import LayerDissection
from dissection.results.matching import category_rank
from dissection.results.rows import UnitRow, unit_rows
from dissection.results.sheets import UNITS_PER_SHEET
from dissection.runtime.files import user_path, write_text
from dissection.runtime.version import VERSION
from dissection.vocabulary import NOTHING, Concept

_HERE = Path(__file__).parent
#: What colors are hardest to see on: the tracks of bars, --track of the style.
_LIGHT, _DARK = "#e3e6ea", "#393f48"


def write_page(
    dissection: Dissection,
    path: str | Path,
    min_iou: float = INTERPRETABLE,
    layers: Sequence[str] = (),
) -> Path:
    """Write the page.

    Args:
        dissection: what to tell of; pictures are those that are stored with it.
        path: ends in ``.html``.
        min_iou: a unit matches its best concept above this IoU.
        layers: which to tell of; none means all.

    Returns:
        The path.

    Raises:
        BadInputError: another ending, or a least IoU that is not from 0 to below 1.
        UnknownNameError: no such layer.
        DissectionError: the file cannot be written.
    """
    target = user_path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise BadInputError(f"A page is an .html file; give {path} a name that ends so.")
    write_text(target, make_page(dissection, min_iou, layers))
    return target


def make_page(
    dissection: Dissection, min_iou: float = INTERPRETABLE, layers: Sequence[str] = ()
) -> str:
    """The page as text; see ``write_page``."""
    chosen = [dissection[name] for name in layers or dissection]
    page = Template((_HERE / "page.html").read_text(encoding="utf-8"))
    facts = _facts(dissection)
    return page.substitute(
        title=escape(dissection.model),
        style=(_HERE / "page.css").read_text(encoding="utf-8") + color_rules(),
        script=(_HERE / "page.js").read_text(encoding="utf-8"),
        sheets="\n".join(_sheet_rules(place, layer) for place, layer in enumerate(chosen)),
        summary=escape(_summary(dissection, chosen)),
        layers="\n".join(_layer_button(layer, min_iou) for layer in chosen),
        legend=_legend(chosen),
        comparison=layer_chart(chosen, min_iou, _to_layer) if len(chosen) > 1 else "",
        charts="\n".join(_chart(layer, min_iou) for layer in chosen),
        facts="\n".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts),
        min_iou=f"{min_iou:g}",
        data=_in_script([_layer_data(dissection, layer, min_iou) for layer in chosen]),
    )


def _layer_data(dissection: Dissection, layer: LayerDissection, min_iou: float) -> dict[str, Any]:
    """What the script shows of a layer, in columns."""
    rows = unit_rows(dissection, layer.name, min_iou)
    concepts = list(dict.fromkeys(row.label for row in rows))
    places = {concept: place for place, concept in enumerate(concepts)}
    pictures = layer.pictures
    columns: dict[str, list[Any]] = {
        "label": [places[row.label] for row in rows],
        "iou": [_short(row.iou) for row in rows],
        "held": [_short(row.held_out) for row in rows],
        "level": [_short(row.level) for row in rows],
        "accuracy": [_short(row.accuracy) for row in rows],
        "effect": [_short(row.effect) for row in rows],
        "classes": [list(row.classes) for row in rows] if _any_class(rows) else [],
    }
    return {
        "name": layer.name,
        "units": len(rows),
        "concepts": [[concept.name, concept.category] for concept in concepts],
        "matches": [int(row.matches) for row in rows],
        "images": pictures.images if pictures else 0,
        "perSheet": UNITS_PER_SHEET,
        **{name: values for name, values in columns.items() if any(v is not None for v in values)},
    }


def _any_class(rows: Sequence[UnitRow]) -> bool:
    return any(row.classes for row in rows)


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _in_script(value: object) -> str:
    """JSON that no text in it can end the script element around it."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _sheet_rules(place: int, layer: LayerDissection) -> str:
    """One rule for each sheet of pictures, so that each stands in the page once."""
    encoded = layer.pictures.encoded if layer.pictures else ()
    return "\n".join(
        f".s{place}-{number}{{background-image:url(data:image/webp;base64,"
        f"{base64.b64encode(data).decode()})}}"
        for number, data in enumerate(encoded)
    )


def _layer_button(layer: LayerDissection, min_iou: float) -> str:
    every = count_categories(layer, min_iou)[-1]
    return (
        f'<a class="layer" href="{_to_layer(layer.name)}" data-layer="{escape(layer.name)}">'
        f"<b>{escape(layer.name)}</b><span>{every.units} of {layer.shape[0]} units</span>"
        f"<span>{every.concepts} concepts</span></a>"
    )


def _to_layer(name: str) -> str:
    return f"#layer={quote(name, safe='')}"


def _legend(parts: Sequence[LayerDissection]) -> str:
    """The categories of all concepts, as switches."""
    names = {category for layer in parts for category in layer.vocabulary.categories}
    return "".join(
        f'<button type="button" class="category" data-category="{escape(name)}" '
        f'aria-pressed="false"><i style="background:var(--{_variable(name)})"></i>'
        f"{escape('other' if name == NOTHING.category else name)}</button>"
        for name in sorted(names, key=lambda name: (category_rank(name), name))
    )


def _variable(category: str) -> str:
    """The name of the style's variable with the color of a category."""
    return category if category in CATEGORY_COLORS else "other"


def color_rules() -> str:
    """The categories' colors as they are seen on the page when it is light and when it is dark."""
    hues = {**CATEGORY_COLORS, "other": GRAY}

    def rules(ground: str) -> str:
        values = (f"--{name}: {against(hue, ground)};" for name, hue in hues.items())
        return f":root {{ {' '.join(values)} }}"

    charts = "\n".join(
        f'.charts [fill="{hue}"] {{ fill: var(--{name}); }}' for name, hue in hues.items()
    )
    dark = f"@media (prefers-color-scheme: dark) {{ {rules(_DARK)} }}"
    return f"{rules(_LIGHT)}\n{dark}\n{charts}\n"


def _chart(layer: LayerDissection, min_iou: float) -> str:
    def link(concept: Concept) -> str:
        wanted = quote(f"{concept.category}:{concept.name}", safe="")
        return f"{_to_layer(layer.name)}&concept={wanted}"

    chart = concept_chart(layer, min_iou, link)
    return f'<div class="chart" data-layer="{escape(layer.name)}">{chart}</div>'


def _summary(dissection: Dissection, parts: Sequence[LayerDissection]) -> str:
    units = sum(layer.shape[0] for layer in parts)
    what = "1 layer" if len(parts) == 1 else f"{len(parts)} layers"
    sample = dissection.provenance.get("sample", {})
    size = sample.get("size") if isinstance(sample, dict) else None
    over = f", measured over {size:,} inputs" if isinstance(size, int) else ""
    return f"{units:,} units of {what}{over}"


def _facts(dissection: Dissection) -> list[tuple[str, str]]:
    """What made the dissection, as far as it is told, in words."""
    found: list[tuple[str, str]] = []

    def add(value: object, name: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                add(inner, f"{name} {key}".strip())
        elif value not in (None, "", [], ()):
            found.append((name, value if isinstance(value, str) else json.dumps(value)))

    add(dict(dissection.provenance), "")
    return [*found, ("page", f"dissection {VERSION}")]
