"""Units that see texture, and units that see shape: where they are on when the style changes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.experiments.dissections import UnitLabels, find_dissection, unit_labels
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Bars, Curves, Figure, Points, Rule, Series, Sheet, UnitLink
from dissection.results.colors import category_color
from dissection.results.interpretable import INTERPRETABLE
from dissection.statistics.standard_error import standard_error

if TYPE_CHECKING:
    from dissection.data.sources import Source
    from dissection.experiments.execution import Execution
    from dissection.models.classifiers.load import Network
    from dissection.statistics.self_overlap import SelfOverlap

_STORYBOOK = "storybook:"
#: Bins of the distribution, and units of each kind and pictures of each unit on the sheet.
_BINS, _SHEET, _PICTURES = 20, 3, 3
_UNIT_COLUMNS = (
    "layer", "unit", "concept", "category", "iou", "style_iou", "by_chance", "kind",
)  # fmt: skip
_LAYER_COLUMNS = ("layer", "units", "shape", "texture", "mean", "error", "by_chance")
_KIND_COLUMNS = ("layer", "kind", "category", "units", "concepts")


class Settings(ExperimentSettings):
    """Choices of the experiment texture."""

    model: str = setting("storybook-scenes", "A classifier.", kind="classifier")
    layers: tuple[str, ...] = setting(
        ("features.relu3_3", "features.relu4_3", "features.relu5_3"), "Layers, with commas.",
        kind="layer",
    )  # fmt: skip
    pictures: str = setting(
        "storybook:scenes",
        "storybook:DOMAIN, or a folder of photographs.",
        kind="folder",
    )
    style: Literal["auto", "seed", "patches"] = setting(
        "auto",
        "What changes the style: seed paints scenes again with another style seed; patches makes "
        "pictures anew of patches of each other; auto: the first for Storybook.",
    )
    images: int = setting(1020, "Pictures.", least=2, quick=102, paper=36_500)
    dissection: str = setting(
        "", "Dissection of the layers, for what units match; empty: one that ships.",
        kind="dissection",
    )  # fmt: skip
    quantile: float = setting(
        0.99, "Units are on above this quantile of their activations.", least=0.5, most=0.9999
    )
    cut: float = setting(
        0.1, "Units are shape-like above this IoU with themselves.", least=0, most=1
    )
    seed: int = setting(1, "Seed of the styles, and of the choice of photographs.", least=0)


def run(settings: Settings, execution: "Execution") -> Measured:
    """Look at the pictures in both styles, and compare."""
    from dissection.experiments.classifiers import layer_reading, open_classifier
    from dissection.experiments.two_versions import sample_versions
    from dissection.models.hooks import find_layer

    if not settings.layers:
        raise BadInputError("Name at least one layer with --layers.")
    network, digest = open_classifier(settings.model, execution)
    for name in settings.layers:
        find_layer(network.module, name)
    if settings.dissection:  # before the long work, not behind it
        find_dissection(settings.dissection).require_network(digest)
    readings = {
        name: layer_reading(network, name, execution.device)
        for name in dict.fromkeys(settings.layers)
    }
    versions = _versions(settings, network, execution)
    found = sample_versions(network, readings, versions, settings.quantile, execution)
    rows: list[dict[str, Any]] = []
    labels = {}
    for layer, overlap in found.items():
        labels[layer] = _labels(settings, layer, digest, len(overlap.iou))
        rows += [
            {
                "layer": layer,
                "unit": unit,
                **labels[layer].row(unit),
                "style_iou": float(overlap.iou[unit]),
                "by_chance": float(overlap.shifted[unit]),
                "kind": "shape" if overlap.iou[unit] > settings.cut else "texture",
            }
            for unit in range(len(overlap.iou))
        ]
    last = next(reversed(found))
    pictures, examples = _examples(network, readings[last], versions, last, found[last], execution)
    layers = _layer_rows(rows)
    told = [
        f"{row['layer']}: {row['shape']} of {row['units']} units are shape-like; mean IoU with "
        f"themselves {row['mean']:.3f} +- {row['error']:.3f}, by chance {row['by_chance']:.3f}"
        for row in layers
    ]
    return Measured(
        {
            "units": columns(rows, _UNIT_COLUMNS),
            "layers": columns(layers, _LAYER_COLUMNS),
            "kinds": columns(_kind_rows(rows), _KIND_COLUMNS),
            "examples": columns(
                [{**row, "concept": labels[last].names[row["unit"]]} for row in examples],
                ("layer", "unit", "concept", "order", "style_iou"),
            ),
        },
        {row["layer"]: row for row in layers},
        told,
        pictures=pictures,
        provenance={
            "network": digest,
            "samples": [version.provenance for version in versions],
        },
    )


def _versions(
    settings: Settings, network: "Network", execution: "Execution"
) -> "tuple[Source, Source]":
    """The pictures, and the same in another style."""
    from dissection.data.image_folder import ImageFolder
    from dissection.data.labeled import StorybookLabels
    from dissection.data.styles import RestyledScenes, StylizedPictures
    from dissection.training.pictures import HELD_OUT

    if settings.pictures.startswith(_STORYBOOK):
        domain = settings.pictures.removeprefix(_STORYBOOK)
        layouts = range(HELD_OUT, HELD_OUT + settings.images)
        plain = StorybookLabels(layouts, domain, network.size, execution.workers)
        if settings.style == "patches":
            return plain, StylizedPictures(plain, settings.seed)
        return plain, RestyledScenes(layouts, HELD_OUT + settings.seed, network.size, domain)
    if settings.style == "seed":
        raise BadInputError(
            "Photographs cannot be painted again; take --style patches, or storybook:scenes."
        )
    folder = ImageFolder(
        settings.pictures, network.preparation.crop(), settings.images, settings.seed,
        execution.workers, report=execution.report,
    )  # fmt: skip
    return folder, StylizedPictures(folder, settings.seed)


def _labels(settings: Settings, layer: str, digest: str, units: int) -> UnitLabels:
    """What units match; nothing where a dissection that was not named lacks the layer."""
    return unit_labels(settings.dissection, layer, digest, units)


def _layer_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for layer in dict.fromkeys(row["layer"] for row in rows):
        own = [row for row in rows if row["layer"] == layer]
        values = np.array([row["style_iou"] for row in own])
        shape = sum(row["kind"] == "shape" for row in own)
        found.append(
            {
                "layer": layer,
                "units": len(own),
                "shape": shape,
                "texture": len(own) - shape,
                "mean": float(values.mean()),
                "error": standard_error(values, alone=0.0),
                "by_chance": float(np.mean([row["by_chance"] for row in own])),
            }
        )
    return found


def _kind_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Units of each kind that match a concept, by category (figures S3B and S3C)."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        if row["concept"] and row["iou"] > INTERPRETABLE:
            key = row["layer"], row["kind"], row["category"]
            found.setdefault(key, []).append(row["concept"])
    return [
        {"layer": layer, "kind": kind, "category": category, "units": len(names),
         "concepts": len(set(names))}
        for (layer, kind, category), names in found.items()
    ]  # fmt: skip


def _examples(
    network: "Network",
    reading: Any,
    versions: "tuple[Source, Source]",
    layer: str,
    overlap: "SelfOverlap",
    execution: "Execution",
) -> tuple[dict[str, NDArray[np.uint8]], list[dict[str, Any]]]:
    """The most texture-like and the most shape-like units, on pictures where they are highest."""
    from dissection.experiments.two_versions import shown_pairs

    alive = np.flatnonzero(overlap.activation_threshold.min(0) > 0)
    if not len(alive):
        return {}, []
    order = alive[np.argsort(overlap.iou[alive], kind="stable")]
    chosen = [*order[: min(_SHEET, len(order) // 2)].tolist(), *order[::-1][:_SHEET].tolist()]
    rows = [
        {
            "layer": layer,
            "unit": unit,
            "order": "least" if place < len(chosen) - min(_SHEET, len(order)) else "most",
            "style_iou": float(overlap.iou[unit]),
        }
        for place, unit in enumerate(chosen)
    ]
    strips = shown_pairs(
        network,
        layer,
        reading,
        versions,
        chosen,
        overlap.activation_threshold,
        _PICTURES,
        execution,
    )
    return {"units": strips}, rows


def figures(result: Result) -> Mapping[str, Figure]:
    """S3A, S3B and C as bars, S3D and E as pictures; and IoU with oneself against the label's."""
    rows, cut = rows_of(result.table("units")), result.settings["cut"]
    layers = list(dict.fromkeys(row["layer"] for row in rows))
    top = max(0.3, *(row["style_iou"] for row in rows))
    edges = np.linspace(0, top, _BINS + 1)
    middles = ((edges[1:] + edges[:-1]) / 2).tolist()
    series = []
    for name in layers:
        values = [row["style_iou"] for row in rows if row["layer"] == name]
        series.append(
            Series(name, middles, (np.histogram(values, edges)[0] / len(values)).tolist())
        )
    chance = [row["by_chance"] for row in rows]
    series.append(
        Series(
            "another scene", middles, (np.histogram(chance, edges)[0] / len(chance)).tolist(),
            control=True,
        )
    )  # fmt: skip
    found: dict[str, Figure] = {
        "distribution": Curves(
            "IoU of units with themselves in another style", "IoU(s, u)", "share of the units",
            series, (Rule(cut, "", upright=True),),
        )
    }  # fmt: skip
    kinds = rows_of(result.table("kinds"))
    if kinds:
        found["kinds"] = _kinds(kinds, layers)
        points = []
        for name in layers:
            own = [r for r in rows if r["layer"] == name and r["iou"] is not None]
            tips = [f"{r['unit']} {r['concept']}: {r['style_iou']:.3f}" for r in own]
            links = [UnitLink(name, r["unit"]) for r in own]
            x, y = [r["iou"] for r in own], [r["style_iou"] for r in own]
            points.append(Series(name, x, y, tips=tips, links=links))
        found["labels"] = Points(
            "Units that match a concept well, and those that see shape", "IoU with the label",
            "IoU(s, u)", points, (Rule(cut, f"{cut:g}"),),
        )  # fmt: skip
    examples = rows_of(result.table("examples"))
    if examples and "units" in result.pictures:
        texts = [
            f"{r['unit']} {r['concept']}\n{r['order']}: {r['style_iou']:.2f}" for r in examples
        ]
        names = [text for _ in range(_PICTURES) for text in ("original", "other style")]
        links = [UnitLink(r["layer"], r["unit"]) for r in examples for _ in names]
        found["units"] = Sheet(
            f"{examples[0]['layer']}: the most texture-like units, then the most shape-like",
            result.pictures["units"], texts, names, links,
        )  # fmt: skip
    return found


def _kinds(kinds: Sequence[Mapping[str, Any]], layers: Sequence[str]) -> Bars:
    bars = [(layer, kind) for layer in layers for kind in ("texture", "shape")]
    series = []
    for category in dict.fromkeys(row["category"] for row in kinds):
        counts = {
            (row["layer"], row["kind"]): row["units"]
            for row in kinds
            if row["category"] == category
        }
        y = [counts.get(bar, 0) for bar in bars]
        series.append(Series(category, (), y, color=category_color(category)))
    names = [f"{layer.rpartition('.')[2]} {kind}" for layer, kind in bars]
    return Bars("Texture-like and shape-like units that match a concept", "units", names, series,
                stacked=True)  # fmt: skip


EXPERIMENT = Experiment(
    name="texture",
    title="Texture or shape",
    figure="Bau et al. 2020, figure S3",
    idea=(
        "When textures and colors change and what stands where does not, units that see texture "
        "are on in other places, and units that see shape in the same."
    ),
    settings=Settings,
    run=run,
    figures=figures,
    of="classifier",
    takes="A minute of one core.",
    shipped={"": {}, "patches": {"style": "patches"}},
)
