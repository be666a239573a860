"""Units explained by formulas of several concepts."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Bars, Curves, Figure, Points, Series, UnitLink
from dissection.statistics.standard_error import standard_error

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.experiments.sampled import SampledLayer
    from dissection.statistics.formulas import SetCounts

#: Units that the bars show.
_SHOWN = 20
#: Values of upsampled maps at a time.
_VALUES = 2**24
_COLUMNS = ("layer", "unit", "length", "formula", "iou", "held_out")


class Settings(ExperimentSettings):
    """Choices of the experiment compose."""

    model: str = setting("storybook-church", "A generator or classifier.", kind="network")
    layer: str = setting("layer4", "The layer whose units are explained.", kind="layer")
    labels: str = setting(
        "", "Labeled pictures for a classifier: storybook:DOMAIN, broden:FOLDER, maps:FOLDER; "
        "empty: Storybook's scenes.",
    )  # fmt: skip
    length: int = setting(3, "Concepts of a formula, at most.", least=1, most=10, paper=10)
    beam: int = setting(10, "Formulas of each length that are looked further at.", least=1)
    units: int = setting(0, "Units, the first ones; 0: all.", least=0, quick=32)
    images: int = setting(1000, "Latents or pictures.", least=2, quick=100, paper=10_000)
    quantile: float = setting(
        0.99, "Share of the positions at or below a unit's level.", least=0.5, most=0.9999,
        paper=0.995,
    )  # fmt: skip
    seed: int = setting(1, "Seed of the sample.", least=0)
    segmenter: str = setting("storybook", "What tells concepts apart.", kind="segmenter")


def run(settings: Settings, execution: "Execution") -> Measured:
    """Sample once, count each unit over the sets of concepts, and search."""
    from dissection.experiments.sampled import sample_layer
    from dissection.runtime.progress import Meter
    from dissection.statistics.formulas import in_words, search

    sampled = sample_layer(
        execution, settings.model, settings.layer, settings.labels, settings.segmenter,
        settings.images, settings.seed,
    )  # fmt: skip
    counts = _count(sampled, settings, execution)
    total = counts.units.shape[1]
    units = range(min(settings.units or total, total))
    names = [concept.name for concept in sampled.vocabulary]
    meter = Meter(execution.report, "searching formulas", len(units))
    rows: list[dict[str, Any]] = []
    for unit in units:
        rows += [
            {
                "layer": settings.layer,
                "unit": unit,
                "length": len(found.terms),
                "formula": in_words(found.terms, names),
                "iou": found.iou,
                "held_out": found.held_out,
            }
            for found in search(counts, unit, settings.length, settings.beam)
        ]
        meter.step()
    if not rows:
        raise BadInputError(
            f"No unit of {settings.layer} is ever above its level where a concept is; take more "
            "--images."
        )
    by_length = {
        length: {
            key: float(np.mean([row[key] for row in rows if row["length"] == length]))
            for key in ("iou", "held_out")
        }
        for length in sorted({row["length"] for row in rows})
    }
    longest = by_length[max(by_length)]
    told = [
        f"{settings.layer} of {settings.model}, {len(units)} units: mean IoU "
        f"{by_length[1]['iou']:.3f} with one concept, {longest['iou']:.3f} with up to "
        f"{max(by_length)}; on the other half of the sample {by_length[1]['held_out']:.3f} and "
        f"{longest['held_out']:.3f}"
    ]
    return Measured(
        {"formulas": columns(rows, _COLUMNS)},
        {"by_length": by_length, "units": len(units), "sets": int(counts.area.shape[1])},
        told,
        provenance=sampled.provenance,
    )


def _count(sampled: "SampledLayer", settings: Settings, execution: "Execution") -> "SetCounts":
    """Pixels by their set of concepts, in all pictures and where each unit is above its level."""
    import torch

    from dissection.runtime.progress import Meter
    from dissection.statistics.concepts import distinct
    from dissection.statistics.formulas import SetCounts, number_sets
    from dissection.statistics.upsample import upsample

    job, maps = sampled.job, sampled.maps
    measuring = Meter(execution.report, "finding levels", 6 * len(maps))
    measured = sampled.measure(maps, settings.quantile, measuring.step)
    measuring.reach(6 * len(maps), 6 * len(maps))
    levels = torch.from_numpy(measured.threshold_table[0])
    labels = torch.from_numpy(np.array(sampled.concepts.maps, np.int64))
    named = distinct(labels.clamp(min=0)).transpose(0, 1).flatten(1).numpy()
    here, own = number_sets(named)
    members, place = np.unique(job.merge.join(own), axis=0, return_inverse=True)
    offset = int(job.merge.join(np.array([len(own)]))[: job.merge.rank].sum())
    sets = place[offset : offset + len(own)][here].reshape(len(maps), -1)
    half = (np.arange(len(maps)) + job.rows.start) % 2
    area = np.stack(
        [np.bincount(sets[half == h].reshape(-1), minlength=len(members)) for h in (0, 1)]
    )
    count = np.zeros((2, maps.shape[1], len(members)), np.int64)
    step = max(1, _VALUES // (maps.shape[1] * job.grid**2))
    meter = Meter(execution.report, "counting units over concepts", len(maps))
    for first in range(0, len(maps), step):
        part = slice(first, first + step)
        features = torch.from_numpy(np.array(maps[part])).to(job.device)
        above = upsample(features, job.grid) > levels[:, None, None].to(job.device)
        image, unit, pixel = (i.cpu().numpy() for i in above.flatten(2).nonzero(as_tuple=True))
        flat = (half[part][image] * maps.shape[1] + unit) * len(members) + sets[part][image, pixel]
        places, times = np.unique(flat, return_counts=True)
        count.reshape(-1)[places] += times
        meter.step(len(features))
    merged = [job.merge.sum(torch.from_numpy(part)).numpy() for part in (area, count)]
    return SetCounts(members, *merged)


def figures(result: Result) -> Mapping[str, Figure]:
    """IoU by length of the formula, what each unit gains, and the best explained units."""
    rows = rows_of(result.table("formulas"))
    layer = result.settings["layer"]
    lengths = sorted({row["length"] for row in rows})
    by_unit: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_unit.setdefault(row["unit"], []).append(row)
    best = {unit: max(found, key=lambda row: row["iou"]) for unit, found in by_unit.items()}
    first = {unit: found[0] for unit, found in by_unit.items()}
    units = sorted(by_unit)
    tips = [
        f"unit {unit}: {first[unit]['formula']} {first[unit]['held_out']:.3f}, "
        f"{best[unit]['formula']} {best[unit]['held_out']:.3f}"
        for unit in units
    ]
    shown = sorted(units, key=lambda unit: -best[unit]["held_out"])[:_SHOWN]
    links = [UnitLink(layer, unit) for unit in shown]
    return {
        "length": Curves(
            f"{layer}: formulas that explain units",
            "concepts of the formula, at most",
            "IoU, mean over units",
            [
                _mean(rows, lengths, "iou", "where it was searched"),
                _mean(rows, lengths, "held_out", "on the other half"),
            ],
        ),
        "gain": Points(
            f"{layer}: what formulas add, on the other half",
            "IoU of the best single concept",
            f"IoU of the best formula of up to {max(lengths)} concepts",
            (
                Series(
                    "",
                    [first[unit]["held_out"] for unit in units],
                    [best[unit]["held_out"] for unit in units],
                    tips=tips,
                    links=[UnitLink(layer, unit) for unit in units],
                ),
            ),
        ),
        "best": Bars(
            f"{layer}: units that formulas explain best",
            "IoU on the other half",
            [f"{unit}: {best[unit]['formula']}" for unit in shown],
            (
                Series("formula", (), [best[u]["held_out"] for u in shown], links=links),
                Series("one concept", (), [first[u]["held_out"] for u in shown], links=links),
            ),
            across=True,
        ),
    }


def _mean(rows: Sequence[Mapping[str, Any]], lengths: Sequence[int], key: str, name: str) -> Series:
    """The best of up to so many concepts, as found on the search half; mean over units."""
    units = sorted({row["unit"] for row in rows})
    values: list[NDArray[np.float64]] = []
    for most in lengths:
        chosen = [
            max(
                (row for row in rows if row["unit"] == unit and row["length"] <= most),
                key=lambda row: row["iou"],
            )
            for unit in units
        ]
        values.append(np.array([row[key] for row in chosen], float))
    error = [standard_error(v, alone=0.0) for v in values]
    return Series(name, list(lengths), [float(v.mean()) for v in values], error)


EXPERIMENT = Experiment(
    name="compose",
    title="Formulas of concepts",
    figure="Mu and Andreas 2020, compositional explanations",
    idea=(
        "How much better are units explained by a few concepts joined by and, or, and not than by "
        "any single one, on pictures that the formula was not chosen on, too?"
    ),
    settings=Settings,
    run=run,
    figures=figures,
    takes="Less than a minute of one core by default.",
    shipped={
        "": {},
        "classifier": {
            "model": "storybook-scenes",
            "layer": "features.relu5_3",
            "seed": 10_000_000,
        },
    },
)
