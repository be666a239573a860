"""Concepts matched in each layer, by category, of one network or several side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dissection.errors import BadInputError
from dissection.experiments.category_figures import category_bars, layers_of
from dissection.experiments.dissections import chosen_layers, find_dissection
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Figure
from dissection.results.interpretable import ALL, INTERPRETABLE, count_categories

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution

_COLUMNS = ("network", "place", "layer", "units", "category", "matching", "share", "concepts")


class Settings(ExperimentSettings):
    """Choices of the experiment layers."""

    dissections: tuple[str, ...] = setting(
        ("storybook-church-sharp",),
        "Dissections, bundled or folders, with commas.",
        paper=("storybook-church-sharp", "storybook-church", "storybook-scenes"),
        kind="dissection",
    )
    layers: tuple[str, ...] = setting((), "Layers, with commas; none: all.", kind="layer")
    min_iou: float = setting(
        INTERPRETABLE, "A unit matches its concept above this IoU.", least=0, most=0.999
    )


def run(settings: Settings, execution: "Execution") -> Measured:
    """Count what is stored."""
    if not settings.dissections:
        raise BadInputError("Name at least one dissection with --dissections.")
    rows: list[dict[str, Any]] = []
    made_of, told = {}, []
    for place, name in enumerate(settings.dissections):
        dissection = find_dissection(name)
        made_of[name] = {"network": dissection.network}
        most = ("", -1, -1)
        for layer in chosen_layers(dissection, settings.layers):
            part = dissection[layer]
            for count in count_categories(part, settings.min_iou):
                rows.append(
                    {
                        "network": name,
                        "place": place,
                        "layer": layer,
                        "units": part.shape[0],
                        "category": count.category,
                        "matching": count.units,
                        "share": count.units / part.shape[0],
                        "concepts": count.concepts,
                    }
                )
            if count.concepts > most[1]:
                most = (layer, count.concepts, count.units)
        told.append(
            f"{name}: most distinct concepts in {most[0]}, {most[1]}, matched by {most[2]} units"
        )
    summary = {
        f"{row['network']} {row['layer']}": {"units": row["matching"], "concepts": row["concepts"]}
        for row in rows
        if row["category"] == ALL
    }
    return Measured(
        {"layers": columns(rows, _COLUMNS)}, summary, told, provenance={"dissections": made_of}
    )


def figures(result: Result) -> Mapping[str, Figure]:
    """Distinct concepts (1E, 3C) and units (S2) by layer."""
    rows = rows_of(result.table("layers"))
    several = len({row["place"] for row in rows}) > 1
    names = [f"{network} {layer}" if several else layer for _, network, layer in layers_of(rows)]
    bars = category_bars(rows, names, result.settings["min_iou"])
    return {f"{key}-by-layer": figure for key, figure in bars.items()}


EXPERIMENT = Experiment(
    name="layers",
    title="Concepts by layer",
    figure="Bau et al. 2020, figures 1E, 3C, S1 and S2",
    idea=(
        "Which kinds of concepts have units of their own changes from layer to layer: colors and "
        "materials first in a classifier and last in a generator, objects where the two meet."
    ),
    settings=Settings,
    run=run,
    figures=figures,
    takes="It reads what dissections hold, and takes seconds.",
    shipped={
        "": {"dissections": ("storybook-church-sharp", "storybook-church")},
        "classifier": {"dissections": ("storybook-scenes",)},
    },
)
