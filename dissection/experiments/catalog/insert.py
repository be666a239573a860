"""A concept's units forced on at every single cell: where a generator agrees to make it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Bars, Figure, Heat, Rule, Series, Sheet

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.experiments.generators import GeneratorStudy
    from dissection.interventions.insertion_sweep import Insertions
    from dissection.painting.edits import LayerUnits

#: Places of the kind shown, best and impossible ones.
_PLACES = 6
#: Of so many contexts the impossible ones.
_CONTEXTS = 3
#: Contexts that the bars show: those of most cells.
_SHOWN = 14
_COLUMNS = ("context", "category", "cells", "gain", "error", "share")


class Settings(ExperimentSettings):
    """Choices of the experiment insert."""

    model: str = setting("storybook-church", "A generator.", kind="generator")
    dissection: str = setting(
        "", "Its dissection; empty: the one that ships, or made anew.", kind="dissection"
    )
    layer: str = setting("layer4", "The layer whose units are forced on.", kind="layer")
    concept: str = setting("door", "The concept whose units they are.", kind="concept")
    order: Literal["iou", "effect"] = setting("iou", "How units are ranked; as published")
    units: int = setting(20, "Units that are forced on.", least=1, most=4096)
    level: str = setting(
        "",
        "To which level: 0.99 (the paper's text), 0.995 (its code), raw-0.99; empty: the "
        "dissection's first.",
    )
    latents: int = setting(
        500, "Latents, each with as many pictures as the layer has cells.", least=1, quick=20,
        paper=10_000,
    )  # fmt: skip
    first: int = setting(
        5000,
        "First row of the standard latents, behind those of the dissection.",
        least=0,
        most=999_999,
        paper=10_000,
    )
    least_cells: int = setting(
        50, "A context that fewer cells have is left out.", least=1, quick=10, paper=1000
    )
    segmenter: str = setting("storybook", "What tells concepts apart.", kind="segmenter")


def run(settings: Settings, execution: "Execution") -> Measured:
    """Force the units on, and count."""
    from dissection.experiments.generators import open_study
    from dissection.interventions.insertion_sweep import measure_insertions
    from dissection.results.brushes import make_brush

    study = open_study(
        execution, settings.model, settings.dissection, settings.segmenter, settings.latents,
        settings.first, [settings.layer], concept=settings.concept,
    )  # fmt: skip
    concept = study.concept(settings.concept)
    vocabulary = study.dissection.vocabulary
    brush = make_brush(
        study.dissection, concept, [settings.layer], settings.order, settings.units,
        settings.level or None,
    )  # fmt: skip
    if not brush.layers:
        raise BadInputError(
            f"No unit of {settings.layer} has anything to do with {concept.name}; take another "
            "layer or concept."
        )
    units = brush.layers[settings.layer]
    shape = study.dissection[settings.layer].shape[1:]
    found = measure_insertions(
        study.job, study.passes, settings.layer, units, (shape[0], shape[1]), vocabulary.id(concept)
    )
    usual = float(found.before.mean())
    rows: list[dict[str, Any]] = []
    for index, context in enumerate(vocabulary):
        gain, error, cells = found.gain_on(index)
        if index and gain is not None and cells >= settings.least_cells:
            rows.append(
                {
                    "context": context.name,
                    "category": context.category,
                    "cells": cells,
                    "gain": gain,
                    "error": error,
                    "share": gain / usual if usual else None,
                    "index": index,
                }
            )
    if not rows:
        raise BadInputError(
            f"Nothing stands at the center of {settings.least_cells} cells; take more latents, or "
            "a lower --least-cells."
        )
    rows.sort(key=lambda row: -row["gain"])
    summary = {
        "concept": concept.name,
        "usual_pixels": usual,
        "renders": int(found.gains.size),
        "gain": float(found.gains.mean()),
        "best": rows[0]["context"],
        "worst": rows[-1]["context"],
        "nothing": min(rows, key=lambda row: abs(row["gain"]))["context"],
        "gains": {row["context"]: row["gain"] for row in rows},
    }
    told = [
        f"{len(units.units)} {concept.name} units of {settings.layer} forced on at single cells, "
        f"{found.gains.size} pictures: {rows[0]['gain']:+.1f} pixels where {rows[0]['context']} "
        f"stands, {rows[-1]['gain']:+.1f} where {rows[-1]['context']} does (a picture has "
        f"{usual:.0f} on average)"
    ]
    shown = [
        {"place": n + 1, "layer": settings.layer, "unit": u} for n, u in enumerate(units.units)
    ]
    pictures, arrays = _places(settings, study, found, units, rows)
    arrays["map"] = found.gains.mean(0)
    return Measured(
        {"contexts": columns(rows, _COLUMNS), "units": columns(shown)},
        summary,
        told,
        arrays,
        pictures,
        study.provenance,
    )


def _places(
    settings: Settings,
    study: "GeneratorStudy",
    found: "Insertions",
    units: "LayerUnits",
    rows: list[dict[str, Any]],
) -> tuple[dict[str, NDArray[np.uint8]], dict[str, NDArray[Any]]]:
    """The best places, those where nothing comes, and the scene whose cells differ most.

    Nothing comes where the contexts are of which it comes least, whatever the sign.
    """
    _, height, width = study.dissection[settings.layer].shape
    best = _distinct(np.argsort(-found.gains, axis=None, kind="stable"), height * width)
    hard = np.zeros(found.gains.shape, np.bool_)
    for row in sorted(rows, key=lambda row: abs(row["gain"]))[:_CONTEXTS]:
        hard |= found.where(row["index"])
    order = np.argsort(np.where(hard, np.abs(found.gains), 2**20), axis=None, kind="stable")
    never = [place for place in _distinct(order, height * width) if hard.reshape(-1)[place]]
    pictures, arrays = {}, {}
    for name, chosen in (("best", best), ("impossible", never)):
        if chosen:
            cells = [np.unravel_index(place, found.gains.shape) for place in chosen]
            arrays[name] = np.array(cells, np.int64)
            pictures[name] = _before_and_after(study, settings.layer, units, arrays[name])
            arrays[name][:, 0] += settings.first  # rows of the standard latents
    scene = int(found.gains.reshape(len(found.gains), -1).std(1).argmax())
    arrays["scene"] = found.gains[scene].astype(np.float32)
    arrays["scene_row"] = np.array([settings.first + scene], np.int64)
    whole = _before_and_after(
        study, settings.layer, units, np.array([[scene, 0, 0]]), outline=False
    )
    pictures["scene"] = whole[:1]
    return pictures, arrays


def _distinct(order: NDArray[np.int64], cells: int) -> list[int]:
    """The first places of an order that are of different pictures."""
    chosen: dict[int, int] = {}
    for place in order.tolist():
        chosen.setdefault(place // cells, place)
        if len(chosen) == _PLACES:
            break
    return list(chosen.values())


def _before_and_after(
    study: "GeneratorStudy",
    layer: str,
    units: "LayerUnits",
    places: NDArray[np.int64],
    outline: bool = True,
) -> NDArray[np.uint8]:
    """Pictures uint8 (2, places, H, W, 3): unchanged with the cell outlined, and changed."""
    import torch

    from dissection.data.images import thumbnail, to_bytes
    from dissection.interventions.insertion_sweep import Forced
    from dissection.runtime.progress import Meter

    _, height, width = study.dissection[layer].shape
    pairs = []
    meter = Meter(study.job.report, "making pictures of places", len(places))
    with torch.no_grad():
        for row, y, x in places.tolist():
            z = study.job.inputs([row])
            features = study.passes.features(z, [layer])
            pair = []
            for change in (lambda x: x, Forced(units, [(y, x)])):
                image = to_bytes(study.passes.changed(z, features, {layer: change}))[0]
                pair.append(thumbnail(image, min(128, len(image))).copy())
            if outline:
                _outline(pair[0], (y, x), (height, width))
            pairs.append(pair)
            meter.step()
    return np.stack([np.stack([pair[n] for pair in pairs]) for n in range(2)])


def _outline(picture: NDArray[np.uint8], cell: tuple[int, int], shape: tuple[int, int]) -> None:
    side = len(picture)
    top, left = (place * side // count for place, count in zip(cell, shape, strict=True))
    bottom, right = (
        (place + 1) * side // count - 1 for place, count in zip(cell, shape, strict=True)
    )
    for color, inset in (((0, 0, 0), 0), ((255, 255, 0), 1)):
        t, b, le, r = top + inset, bottom - inset, left + inset, right - inset
        picture[[t, b], le : r + 1] = color
        picture[t : b + 1, [le, r]] = color


def figures(result: Result) -> Mapping[str, Figure]:
    """4C and 4D: what comes by what stood there, over the cells, and at single places."""
    concept, rows = result.summary["concept"], rows_of(result.table("contexts"))
    common = sorted(rows, key=lambda row: -row["cells"])[:_SHOWN]
    shown = sorted(common, key=lambda row: -row["gain"])
    names = [row["context"] for row in shown]
    labels = [
        f"{row['context']} ({row['category']})" if names.count(row["context"]) > 1 else name
        for row, name in zip(shown, names, strict=True)
    ]
    found: dict[str, Figure] = {
        "contexts": Bars(
            f"{concept} units forced on at one cell",
            f"new {concept} pixels for each cell, by what stood there",
            labels,
            (
                Series(
                    "",
                    (),
                    [row["gain"] for row in shown],
                    [row["error"] for row in shown],
                    tips=[f"{r['context']}: {r['gain']:+.1f} in {r['cells']} cells" for r in shown],
                ),
            ),
            across=True,
            rules=(Rule(result.summary["gain"], "all cells", upright=True),),
        ),
        "map": Heat(
            f"{concept} units forced on, all scenes",
            result.arrays["map"],
            f"new {concept} pixels",
            signed=True,
        ),
        "scene": Heat(
            f"{concept} units forced on, latent {result.arrays['scene_row'][0]}",
            result.arrays["scene"],
            f"new {concept} pixels",
            over=result.pictures["scene"][0, 0],
            signed=True,
        ),
    }
    for name, title in (("best", "most comes"), ("impossible", "nothing comes")):
        if name in result.pictures:
            places = result.arrays[name].tolist()
            found[name] = Sheet(
                f"{concept} units at one cell: where {title}",
                result.pictures[name],
                ["before", "after"],
                [f"latent {row}" for row, *_ in places],
                2 * result.scenes([row for row, *_ in places]),
            )
    return found


EXPERIMENT = Experiment(
    name="insert",
    title="Inserting a concept",
    figure="Bau et al. 2020, figures 4C and 4D",
    idea=(
        "Door units are forced on at one cell after the other: how many pixels of door come, and "
        "does it depend on what is there?"
    ),
    settings=Settings,
    run=run,
    figures=figures,
    of="generator",
    takes="6 minutes of one core by default, 32,000 pictures of 128 px; 11 for 256 px.",
    shipped={"": {}},
)
