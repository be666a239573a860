"""A layer's basis rotated step by step towards a random one: what is left of its concepts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Curves, Figure, Series
from dissection.results.interpretable import INTERPRETABLE
from dissection.results.matching import COLORS, OTHER
from dissection.statistics.standard_error import standard_error

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.experiments.sampled import SampledLayer

_COLUMNS = ("rotation", "share", "units", "concepts", "iou")


class Settings(ExperimentSettings):
    """Choices of the experiment rotation."""

    model: str = setting("storybook-church", "A generator or classifier.", kind="generator")
    layer: str = setting("layer4", "The layer whose basis is rotated.", kind="layer")
    labels: str = setting(
        "", "Labeled pictures for a classifier: storybook:DOMAIN, broden:FOLDER, maps:FOLDER; "
        "empty: Storybook's scenes.",
    )  # fmt: skip
    rotations: int = setting(3, "Random rotations.", least=1, quick=1, paper=10)
    steps: int = setting(5, "Steps from the network's own basis.", least=1, quick=2, paper=10)
    images: int = setting(500, "Latents or pictures.", least=2, quick=100, paper=10_000)
    min_iou: float = setting(
        INTERPRETABLE, "A unit matches its concept above this IoU.", least=0, most=0.999
    )
    quantile: float = setting(
        0.99, "Share of the positions at or below a unit's level.", least=0.5, most=0.9999,
        paper=0.995,
    )  # fmt: skip
    seed: int = setting(1, "Seed of the sample and of the rotations.", least=0)
    segmenter: str = setting("storybook", "What tells concepts apart.", kind="segmenter")


def run(settings: Settings, execution: "Execution") -> Measured:
    """Sample once, rotate, and match anew."""
    from dissection.experiments.sampled import sample_layer
    from dissection.runtime.accumulator import Accumulator
    from dissection.runtime.progress import Meter

    sampled = sample_layer(
        execution, settings.model, settings.layer, settings.labels, settings.segmenter,
        settings.images, settings.seed,
    )  # fmt: skip
    shares = [step / settings.steps for step in range(settings.steps + 1)]
    tries = [(0, 0.0)] + [(r, share) for r in range(settings.rotations) for share in shares[1:]]
    categories = sampled.vocabulary.categories
    zeros = {
        "units": np.zeros(len(tries), np.int64),
        "iou": np.zeros(len(tries), np.float64),
        "concepts": np.zeros((len(tries), len(categories)), np.int64),
    }
    kept = Accumulator(execution.work, "rotation", zeros)
    meter = Meter(execution.report, "rotating the basis", len(tries), kept.place[0])
    logarithm: tuple[int, NDArray[np.float64]] = (-1, np.zeros((0, 0)))
    for place in range(kept.place[0], len(tries)):
        rotation, share = tries[place]
        if share and logarithm[0] != rotation:
            logarithm = rotation, random_rotation(sampled.maps.shape[1], settings.seed, rotation)
        units, concepts, iou = _matched(sampled, settings, share, logarithm[1])
        kept["units"][place], kept["concepts"][place], kept["iou"][place] = units, concepts, iou
        kept.keep(place + 1)
        meter.step()
    rows = [
        {
            "rotation": rotation,
            "share": share,
            "units": int(kept["units"][n]),
            "concepts": int(kept["concepts"][n].sum()),
            "iou": float(kept["iou"][n]),
            **{name: int(kept["concepts"][n, c]) for c, name in enumerate(categories)},
        }
        for n, (rotation, share) in enumerate(tries)
    ]
    own, random = rows[0], [row for row in rows if row["share"] == 1]
    mean = {key: float(np.mean([row[key] for row in random])) for key in ("units", "concepts")}
    told = [
        f"{settings.layer} of {settings.model}: {own['units']} of {sampled.maps.shape[1]} units "
        f"match {own['concepts']} concepts in the network's own basis, {mean['units']:.0f} match "
        f"{mean['concepts']:.1f} in a random one"
    ]
    summary = {"own": {key: own[key] for key in mean}, "random": mean, "categories": categories}
    return Measured(
        {"rotation": columns(rows, (*_COLUMNS, *categories))},
        summary,
        told,
        provenance=sampled.provenance,
    )


def random_rotation(units: int, seed: int, number: int) -> NDArray[np.float64]:
    """The logarithm of a random rotation of so many units, skew-symmetric.

    Uniform over all rotations; its powers lead from no rotation to it by the shortest way.
    """
    from scipy.linalg import logm
    from scipy.stats import special_ortho_group

    if units < 2:  # nothing can be rotated
        return np.zeros((units, units))
    drawn = special_ortho_group.rvs(units, random_state=np.random.default_rng([seed, number]))
    logarithm = np.real(logm(drawn))
    skew: NDArray[np.float64] = (logarithm - logarithm.T) / 2
    return skew


def rotated(
    maps: NDArray[np.float32], logarithm: NDArray[np.float64], share: float
) -> NDArray[np.float32]:
    """A layer's maps (N, C, h, w) in a basis that is a share of the way to a rotation.

    Bau et al. 2017: Q to the power of the share. A share of 0 gives the maps as they are.
    """
    from scipy.linalg import expm

    if not share:
        return maps
    basis = expm(share * logarithm).astype(np.float32)
    count, units, *cells = maps.shape
    flat = np.asarray(maps, np.float32).reshape(count, units, -1)
    turned: NDArray[np.float32] = np.matmul(basis, flat).reshape(count, units, *cells)
    return turned


def _matched(
    sampled: "SampledLayer", settings: Settings, share: float, logarithm: NDArray[np.float64]
) -> tuple[int, NDArray[np.int64], float]:
    """Units that match, distinct concepts by category, and the mean IoU of all units."""
    found = sampled.measure(rotated(sampled.maps, logarithm, share), settings.quantile)
    iou = np.nan_to_num(found.tally.iou())
    best, labels = iou.max(0), iou.argmax(0)
    matching = best > settings.min_iou
    category = np.array(sampled.vocabulary.category_indices())
    distinct = np.unique(labels[matching])
    counts = np.bincount(category[distinct], minlength=len(sampled.vocabulary.categories))
    return int(matching.sum()), counts.astype(np.int64), float(best.mean())


def figures(result: Result) -> Mapping[str, Figure]:
    """Units and distinct concepts by how far the basis is rotated, as in the 2017 paper."""
    rows = rows_of(result.table("rotation"))
    layer, least = result.settings["layer"], result.settings["min_iou"]
    found: dict[str, Figure] = {
        "units": Curves(
            f"{layer}: units that match a concept (IoU > {least:g})",
            "rotation, 0: the network's own basis, 1: a random one",
            "units",
            (_curve(rows, "units", "units"),),
        ),
        "concepts": Curves(
            f"{layer}: distinct concepts",
            "rotation, 0: the network's own basis, 1: a random one",
            "distinct concepts",
            [
                _curve(rows, "concepts", "all", "#000000"),
                *(
                    _curve(rows, name, name, COLORS.get(name, OTHER))
                    for name in result.summary["categories"]
                    if any(row[name] for row in rows)
                ),
            ],
        ),
    }
    return {"concepts": found["concepts"], "units": found["units"]}


def _curve(rows: list[dict[str, Any]], key: str, name: str, color: str | None = None) -> Series:
    """Means over the rotations, with the standard error of the mean."""
    shares = sorted({row["share"] for row in rows})
    values = [np.array([row[key] for row in rows if row["share"] == share]) for share in shares]
    mean = [float(value.mean()) for value in values]
    error = [standard_error(value, alone=0.0) for value in values]
    tips = [f"{share:g}: {value:.1f} {name}" for share, value in zip(shares, mean, strict=True)]
    return Series(name, shares, mean, error, tips, color=color)


EXPERIMENT = Experiment(
    name="rotation",
    title="Rotating the basis",
    figure="Bau et al. 2017, interpretability as the basis is rotated",
    idea=(
        "Units match fewer concepts as their basis is turned towards a random one: what they mean "
        "is a property of the network's own axes."
    ),
    settings=Settings,
    run=run,
    figures=figures,
    takes="About 3 minutes of one core by default.",
    shipped={
        "": {"images": 200, "rotations": 2, "steps": 4},
        "classifier": {
            "model": "storybook-scenes",
            "layer": "features.relu5_3",
            "images": 255,
            "rotations": 2,
            "steps": 4,
            "seed": 10_000_000,
        },
    },
)
