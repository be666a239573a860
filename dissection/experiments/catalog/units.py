"""Sheets of all units of a layer: what each matches, and the pictures that drive it hardest."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.experiments.dissections import find_dissection
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Figure, Sheet, UnitLink
from dissection.runtime.resources import bundled_ablations

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.results.dissection import Dissection

#: A class's most important units, as the supplement counts them.
_TOP = 4
_COLUMNS = ("place", "layer", "unit", "concept", "category", "iou", "classes")


class Settings(ExperimentSettings):
    """Choices of the experiment units."""

    dissection: str = setting(
        "storybook-church-sharp", "A dissection, bundled or a folder.", kind="dissection"
    )
    layer: str = setting("", "A layer; empty: the first with pictures.", kind="layer")
    model: str = setting(
        "",
        "The generator, to make pictures that are not stored; empty: those stored.",
        kind="generator",
    )
    ablation: str = setting(
        "",
        "A classifier's ablation, bundled or a folder, for the classes that need each unit; empty: "
        "the one that ships with it.",
    )
    units: int = setting(0, "Units, those of highest IoU; 0: all.", least=0, quick=24)
    images: int = setting(5, "Pictures of each unit.", least=1, most=20)
    side: int = setting(64, "Width and height of a picture, px.", least=16, most=256)
    rows: int = setting(40, "Units on a sheet.", least=1, most=200)


def run(settings: Settings, execution: "Execution") -> Measured:
    """Bring the pictures together."""
    dissection = find_dissection(settings.dissection)
    stored = [each.name for each in dissection.values() if each.pictures is not None]
    name = settings.layer or (stored or list(dissection.layers))[0]
    layer = dissection[name]
    if layer.pictures is None and not settings.model:
        ways = f"take --layer {' or '.join(stored)}, " if stored else ""
        raise BadInputError(
            f"The dissection {settings.dissection} holds no pictures of {name}; {ways}name the "
            f"generator with --model, or dissect again with --pictures {name}."
        )
    label_iou = np.nan_to_num(layer.label_iou)
    order = np.argsort(-label_iou, kind="stable")[: settings.units or None].tolist()
    classes, from_ablation = _classes(settings, dissection, name)
    rows = []
    for place, unit in enumerate(order):
        concept = dissection.vocabulary[int(layer.labels[unit])]
        rows.append(
            {
                "place": place + 1,
                "layer": name,
                "unit": unit,
                "concept": concept.name,
                "category": concept.category,
                "iou": float(label_iou[unit]),
                "classes": ", ".join(classes.get(unit, ())),
            }
        )
    pictures = _pictures(settings, execution, dissection, name, order)
    best = rows[0]
    return Measured(
        {"units": columns(rows, _COLUMNS)},
        {"layer": name, "units": len(rows), "best": best["unit"], "iou": best["iou"]},
        [
            f"{len(rows)} units of {name} of {dissection.model}, the best is unit {best['unit']}, "
            f"{best['concept']}, IoU {best['iou']:.3f}"
        ],
        pictures={"units": pictures},
        provenance={
            "network": dissection.network,
            "sample": dissection.provenance.get("sample"),
            "ablation": from_ablation,
        },
    )


def _classes(
    settings: Settings, dissection: "Dissection", layer: str
) -> tuple[dict[int, list[str]], str]:
    """For each unit the classes of whose four most important units it is one."""
    named = settings.ablation
    if not named:
        named = next((n for n in bundled_ablations() if n.startswith(dissection.model)), "")
    if not named:
        return {}, ""
    from dissection.interventions.ablation.store import load_ablation

    ablation = load_ablation(named)
    if ablation.layer != layer or not dissection.is_of(str(ablation.provenance["network"])):
        if settings.ablation:
            raise BadInputError(
                f"The ablation {named} is of {ablation.layer} of {ablation.model}, not of {layer} "
                f"of {dissection.model}; take another, or none."
            )
        return {}, ""
    found: dict[int, list[str]] = {}
    for name, losses in zip(ablation.classes, ablation.importance, strict=True):
        for unit in np.argsort(-np.nan_to_num(losses), kind="stable")[:_TOP].tolist():
            found.setdefault(unit, []).append(name)
    return found, named


def _pictures(
    settings: Settings,
    execution: "Execution",
    dissection: "Dissection",
    layer: str,
    units: list[int],
) -> NDArray[np.uint8]:
    """The pictures of the units, uint8 (units, images, side, side, 3)."""
    from dissection.data.images import thumbnail

    stored = dissection[layer].pictures
    if settings.model:
        from dissection.measurement.exemplars import unit_pictures
        from dissection.models.generators.checkpoints import load_generator

        generator = load_generator(settings.model).to(execution.device)
        dissection.require_network(generator.digest)
        strips: Any = unit_pictures(
            dissection, layer, units, generator, size=settings.side, report=execution.report
        )
    else:
        assert stored is not None  # run looked
        strips = [stored[unit] for unit in units]
    return np.stack(
        [
            np.stack([thumbnail(picture, settings.side) for picture in strip[: settings.images]])
            for strip in strips
        ]
    )


def figures(result: Result) -> Mapping[str, Figure]:
    """S6 to S18: sheets of units, those of highest IoU first."""
    rows, pictures = rows_of(result.table("units")), result.pictures["units"]
    step = result.settings["rows"]
    found: dict[str, Figure] = {}
    for sheet, first in enumerate(range(0, len(rows), step)):
        part = rows[first : first + step]
        names = [_name(row) for row in part]
        links = [
            UnitLink(row["layer"], row["unit"]) for row in part for _ in range(len(pictures[0]))
        ]
        found[f"units-{sheet + 1}"] = Sheet(
            f"{result.summary['layer']}, {sheet + 1} of {-(-len(rows) // step)}",
            pictures[first : first + step],
            names,
            links=links,
        )
    return found


def _name(row: dict[str, Any]) -> str:
    name = f"{row['unit']}: {row['concept']} {row['iou']:.3f}"
    return f"{name}\n{row['classes']}" if row["classes"] else name


EXPERIMENT = Experiment(
    name="units",
    title="All units of a layer",
    figure="Bau et al. 2020, figures S6 to S18",
    idea="Every unit of a layer with the pictures that drive it hardest, the best match first.",
    settings=Settings,
    run=run,
    figures=figures,
    takes="A minute of one core where the dissection holds the pictures: 512 units on 13 sheets.",
    shipped={
        "": {"units": 24, "images": 4},
        "classifier": {"dissection": "storybook-scenes", "units": 24, "images": 4},
    },
)
