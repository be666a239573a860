"""A concept's units set to zero, more and more of them: how much of it goes, and of all else."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Bars, Curves, Figure, Series, Sheet
from dissection.results.brushes import rank_units
from dissection.results.layer_dissection import LayerDissection

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.experiments.generators import GeneratorStudy

#: The number of units of which the paper tells how much they remove.
PAPER_UNITS = 20
#: Concepts that the bars show: those that are changed most, of those that are seen enough.
_SHOWN = 14
#: Random orders that the legend names one by one.
_NAMED_DRAWS = 4
_ORDERS = {"iou": "IoU"}
_COLUMNS = ("order", "draw", "k", "concept", "category", "before", "after", "change", "error")


class Settings(ExperimentSettings):
    """Choices of the experiment erase."""

    model: str = setting("storybook-church", "A generator.", kind="generator")
    dissection: str = setting(
        "", "Its dissection; empty: the one that ships, or made anew.", kind="dissection"
    )
    layer: str = setting("layer4", "The layer whose units are set to zero.", kind="layer")
    concept: str = setting("tree", "The concept whose units they are.", kind="concept")
    order: Literal["iou", "effect"] = setting("iou", "How units are ranked; as published")
    units: int = setting(30, "Most units that are set to zero.", least=1, most=4096, quick=20)
    every: int = setting(2, "From 0 units on in steps of so many.", least=1, quick=5, paper=1)
    controls: int = setting(
        2, "Random orders of units to compare with, and once the least related.", least=0, quick=1,
        most=1000,
    )  # fmt: skip
    controls_every: int = setting(10, "Those in steps of so many.", least=1)
    latents: int = setting(1000, "Latents.", least=1, quick=50, paper=10_000)
    first: int = setting(
        5000,
        "First row of the standard latents, behind those of the dissection.",
        least=0,
        most=999_999,
        paper=10_000,
    )
    scenes: int = setting(6, "Scenes to show before and after.", least=0, most=50)
    least_area: float = setting(
        0.001, "Concepts with a smaller share of the pictures are left out.", least=0, most=1
    )
    segmenter: str = setting("storybook", "What tells concepts apart.", kind="segmenter")


def run(settings: Settings, execution: "Execution") -> Measured:
    """Set the units to zero, and count."""
    from dissection.experiments.generators import open_study
    from dissection.interventions.erasure import measure_erasures

    study = open_study(
        execution, settings.model, settings.dissection, settings.segmenter, settings.latents,
        settings.first, [settings.layer], concept=settings.concept,
    )  # fmt: skip
    concept = study.concept(settings.concept)
    vocabulary = study.dissection.vocabulary
    index = vocabulary.id(concept)
    tries = _orders(settings, study.dissection[settings.layer], index)
    found = measure_erasures(
        study.job, study.passes, settings.layer, [units for *_, units in tries], len(vocabulary)
    )
    if not found.before[index]:
        raise study.absent(concept)
    pixels = study.job.grid**2
    seen = [
        i
        for i in range(1, len(vocabulary))
        if i == index or found.before[i] > settings.least_area * pixels
    ]
    rows = [
        {
            "order": order,
            "draw": draw,
            "k": len(units),
            "concept": vocabulary[i].name,
            "category": vocabulary[i].category,
            "before": found.before[i] / pixels,
            "after": found.after[n, i] / pixels,
            "change": found.change[n, i],
            "error": found.error[n, i],
        }
        for n, (order, draw, units) in enumerate(tries)
        for i in seen
    ]
    first = tries[_last(tries, settings.order)][2]
    summary, told = _headline(rows, settings, concept.name)
    pictures, arrays = _strips(settings, study, index, first)
    units = [{"place": n + 1, "layer": settings.layer, "unit": u} for n, u in enumerate(first)]
    return Measured(
        {"erased": columns(rows, _COLUMNS), "units": columns(units, ("place", "layer", "unit"))},
        summary,
        told,
        arrays,
        pictures,
        study.provenance,
    )


def _orders(
    settings: Settings, layer: LayerDissection, concept: int
) -> list[tuple[str, int, list[int]]]:
    """What is tried: the order's name, which draw of it, and the units."""
    count = layer.shape[0]
    most = min(settings.units, count)
    ranked = rank_units(layer, concept, settings.order, most).tolist()
    if not ranked:
        raise BadInputError(
            f"No unit of {settings.layer} has anything to do with {settings.concept}; take another "
            "layer or concept."
        )
    tries: list[tuple[str, int, list[int]]] = [
        (settings.order, 0, ranked[:k])
        for k in sorted({*range(0, len(ranked), settings.every), len(ranked)})
    ]
    steps = sorted({*range(0, most, settings.controls_every), most} - {0})
    if settings.controls:
        iou = np.nan_to_num(layer.iou[concept])
        least = np.argsort(iou, kind="stable").tolist()
        tries += [("least related", 0, least[:k]) for k in steps]
    for draw in range(settings.controls):
        drawn = np.random.default_rng([settings.first, draw]).permutation(count).tolist()
        tries += [("random", draw, drawn[:k]) for k in steps]
    return tries


def _last(tries: Sequence[tuple[str, int, list[int]]], order: str) -> int:
    return max(n for n, row in enumerate(tries) if row[0] == order)


def _headline(
    rows: list[dict[str, Any]], settings: Settings, concept: str
) -> tuple[dict[str, Any], list[str]]:
    own = [r for r in rows if r["order"] == settings.order and r["concept"] == concept]
    near = min(own, key=lambda r: abs(r["k"] - PAPER_UNITS))
    others = [
        r
        for r in rows
        if r["order"] == settings.order and r["k"] == near["k"] and r["concept"] != concept
    ]
    moved = sum(abs(r["after"] - r["before"]) for r in others)
    whole = sum(r["before"] for r in others)
    random = [r for r in rows if r["order"] == "random" and r["concept"] == concept and r["k"] > 0]
    summary = {
        "concept": concept,
        "units": near["k"],
        "removed": -near["change"],
        "error": near["error"],
        "others_changed": moved / whole if whole else None,
        "removed_by_random": -float(np.mean([r["change"] for r in random])) if random else None,
        "paper_removed": 0.533,
    }
    told = [
        f"{near['k']} units of {settings.layer} at zero remove {-near['change']:.1%} of the "
        f"{concept} pixels (standard error {near['error']:.1%}; the paper's 20 tree units 53.3%)"
    ]
    if random:
        told.append(of_random_units(summary["removed_by_random"], concept))
    return summary, told


def of_random_units(removed: float, concept: str) -> str:
    """What random units do on average, in words: a share below zero is more of the concept."""
    verb = "remove" if removed >= 0 else "add"
    return f"random units {verb} {abs(removed):.1%} of the {concept} pixels on average"


def _strips(
    settings: Settings, study: "GeneratorStudy", concept: int, units: Sequence[int]
) -> tuple[dict[str, NDArray[np.uint8]], dict[str, NDArray[Any]]]:
    """Scenes that show most of the concept, before and after."""
    import torch

    from dissection.data.images import thumbnail, to_bytes
    from dissection.interventions.erasure import without_units
    from dissection.interventions.held_out import segment
    from dissection.runtime.progress import Meter

    if not settings.scenes:
        return {}, {}
    job, passes, layer = study.job, study.passes, settings.layer
    rows = list(range(min(len(job.source), 10 * settings.scenes)))
    steps = [0, *sorted({-(-len(units) // 3), -(-2 * len(units) // 3), len(units)})]
    with torch.no_grad():
        areas: list[int] = []
        meter = Meter(job.report, "choosing scenes to show", len(rows))
        for start in range(0, len(rows), job.step):
            z = job.inputs(rows[start : start + job.step])
            shown = segment(job, passes, passes.changed(z, passes.features(z, [layer]), {
                layer: lambda x: x
            }))  # fmt: skip
            areas += (shown == concept).any(1).sum((1, 2)).tolist()
            meter.reach(len(areas), len(rows))
        best = np.argsort(-np.array(areas), kind="stable")[: settings.scenes]
        strips = []
        meter = Meter(job.report, "making pictures of scenes", len(best))
        for row in sorted(int(rows[place]) for place in best):
            z = job.inputs([row])
            features = passes.features(z, [layer])
            strip = []
            for k in steps:
                off = torch.tensor(list(units[:k]), dtype=torch.long, device=job.device)
                change = {layer: partial(without_units, units=off)}
                image = passes.changed(z, features, change)
                strip.append(thumbnail(to_bytes(image)[0], min(128, image.shape[-1])))
            strips.append(np.stack(strip))
            meter.step()
    chosen = settings.first + np.array(sorted(int(rows[place]) for place in best), np.int64)
    arrays = {"scenes": chosen, "steps": np.array(steps, np.int64)}
    return {"scenes": np.stack(strips)}, arrays


def figures(result: Result) -> Mapping[str, Figure]:
    """4A and 4B: what goes by number of units, what else changes, and scenes."""
    settings, rows = result.settings, rows_of(result.table("erased"))
    concept, order = settings["concept"].split(":")[-1], settings["order"]
    own = [row for row in rows if row["concept"] == concept]
    series = [_curve(own, order, 0, f"{concept} units by {_ORDERS.get(order, order)}")]
    controls = dict.fromkeys((r["order"], r["draw"]) for r in own if r["order"] != order)
    draws = sum(kind == "random" for kind, _ in controls)
    series += [
        _curve(own, kind, draw, _control(kind, draw, draws), control=True)
        for kind, draw in controls
    ]
    found: dict[str, Figure] = {
        "removed": Curves(
            f"{concept}: units of {settings['layer']} set to zero",
            "units set to zero",
            f"share of {concept} pixels removed",
            series,
        )
    }
    near = min({r["k"] for r in own if r["order"] == order}, key=lambda k: abs(k - PAPER_UNITS))
    shown = [r for r in rows if r["order"] == order and r["k"] == near and r["change"] is not None]
    shown.sort(key=lambda r: -abs(r["after"] - r["before"]))
    shown = shown[:_SHOWN]
    names = [row["concept"] for row in shown]
    found["others"] = Bars(
        f"{near} {concept} units at zero",
        "change of each concept's pixels, share of what was there",
        [
            f"{name} ({row['category']})" if names.count(name) > 1 else name
            for row, name in zip(shown, names, strict=True)
        ],
        (
            Series(
                "",
                (),
                [row["change"] for row in shown],
                [row["error"] for row in shown],
                tips=[f"{r['concept']}: {r['before']:.2%} to {r['after']:.2%}" for r in shown],
            ),
        ),
        across=True,
    )
    if "scenes" in result.pictures:
        pictures, steps = result.pictures["scenes"], result.arrays["steps"].tolist()
        scenes = result.arrays["scenes"].tolist()
        found["scenes"] = Sheet(
            f"{concept} units at zero",
            pictures,
            [f"latent {row}" for row in scenes],
            ["as made", *(f"{k} units" for k in steps[1:])],
            [link for link in result.scenes(scenes) for _ in steps],
        )
    return found


def _control(kind: str, draw: int, draws: int) -> str:
    """What the legend calls a control: every draw of a few, and of many the first for all."""
    if kind != "random":
        return f"{kind} units"
    if draws > _NAMED_DRAWS:
        return "" if draw else f"random units, {draws} draws"
    return f"random units, draw {draw + 1}" if draws > 1 else "random units"


def _curve(
    rows: list[dict[str, Any]], order: str, draw: int, name: str, control: bool = False
) -> Series:
    own = [row for row in rows if (row["order"], row["draw"]) == (order, draw)]
    if control:  # it begins where nothing is changed
        own = [{"k": 0, "change": 0.0, "error": 0.0}, *own]
    own.sort(key=lambda row: row["k"])
    removed = [-row["change"] for row in own]
    tips = [f"{row['k']} units: {value:.1%}" for row, value in zip(own, removed, strict=True)]
    errors = [row["error"] for row in own]
    return Series(name, [row["k"] for row in own], removed, errors, tips, control=control)


EXPERIMENT = Experiment(
    name="erase",
    title="Erasing a concept",
    figure="Bau et al. 2020, figures 4A and 4B",
    idea=(
        "When the units that match trees are set to zero, how much of the trees goes from a "
        "generator's pictures, how much of all else, and how much of them without random units?"
    ),
    settings=Settings,
    run=run,
    figures=figures,
    of="generator",
    takes="5 minutes of one core by default, 25,000 pictures of 128 px; 20 for 256 px.",
    shipped={"": {}, "effect": {"order": "effect"}},
)
