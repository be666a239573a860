"""A layer's basis rotated step by step towards a random one: what is left of its concepts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Curves, Figure, Rule, Series
from dissection.results.colors import category_color
from dissection.results.interpretable import INTERPRETABLE
from dissection.statistics.standard_error import standard_error

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.experiments.sampled import SampledLayer

_COLUMNS = (
    "rotation", "share", "units", "concepts", "iou", "units_by_chance", "concepts_by_chance",
)  # fmt: skip
#: Lowest IoUs that the curves of units by IoU show.
BARS = np.linspace(0, 0.25, 26)


class Settings(ExperimentSettings):
    """Choices of the experiment rotation."""

    model: str = setting("storybook-church", "A generator or classifier.", kind="network")
    layer: str = setting("layer4", "The layer whose basis is rotated.", kind="layer")
    labels: str = setting(
        "", "Labeled pictures for a classifier: storybook:DOMAIN, broden:FOLDER, maps:FOLDER; "
        "empty: Storybook's scenes.",
    )  # fmt: skip
    rotations: int = setting(3, "Random rotations.", least=1, most=1000, quick=1, paper=10)
    steps: int = setting(
        5, "Steps from the network's own basis.", least=1, most=100, quick=2, paper=10
    )
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
    from dissection.statistics.self_overlap import next_places

    sampled = sample_layer(
        execution, settings.model, settings.layer, settings.labels, settings.segmenter,
        settings.images, settings.seed,
    )  # fmt: skip
    shares = [step / settings.steps for step in range(settings.steps + 1)]
    tries = [(0, 0.0)] + [(r, share) for r in range(settings.rotations) for share in shares[1:]]
    units = sampled.maps.shape[1]
    zeros: dict[str, NDArray[Any]] = {
        # Of each try: what each unit matches best, in its own pictures and in the next ones.
        "labels": np.zeros((len(tries), 2, units), np.int64),
        "iou": np.zeros((len(tries), 2, units), np.float32),
    }
    kept = Accumulator(execution.work, "rotation", zeros)
    following = next_places(len(sampled.maps), execution.batch).numpy()
    meter = Meter(execution.report, "rotating the basis", len(tries), kept.place[0])
    logarithm: tuple[int, NDArray[np.float64]] = (-1, np.zeros((0, 0)))
    for place in range(kept.place[0], len(tries)):
        rotation, share = tries[place]
        if share and logarithm[0] != rotation:
            logarithm = rotation, random_rotation(units, settings.seed, rotation)
        turned = rotated(sampled.maps, logarithm[1], share)
        for n, maps in enumerate((turned, turned[following])):
            found = np.nan_to_num(sampled.measure(maps, settings.quantile).tally.iou())
            kept["labels"][place, n], kept["iou"][place, n] = found.argmax(0), found.max(0)
        kept.keep(place + 1)
        meter.step()
    rows = [
        {"rotation": rotation, "share": share, **_counts(sampled, settings, labels, iou)}
        for (rotation, share), labels, iou in zip(tries, kept["labels"], kept["iou"], strict=True)
    ]
    own, random = rows[0], [row for row in rows if row["share"] == 1]
    keys = ("units", "concepts", "units_by_chance", "concepts_by_chance")
    mean = {key: float(np.mean([row[key] for row in random])) for key in keys}
    told = [
        f"{settings.layer} of {settings.model}: {own['units']} of {units} units match "
        f"{own['concepts']} concepts in the network's own basis, {mean['units']:.0f} match "
        f"{mean['concepts']:.1f} in a random one; with the next picture's concepts, by chance, "
        f"{own['units_by_chance']} and {mean['units_by_chance']:.0f} do"
    ]
    categories = sampled.vocabulary.categories
    summary = {"own": {key: own[key] for key in keys}, "random": mean, "categories": categories}
    return Measured(
        {"rotation": columns(rows, (*_COLUMNS, *categories))},
        summary,
        told,
        {"iou": kept["iou"].copy()},
        provenance=sampled.provenance,
    )


def _counts(
    sampled: "SampledLayer",
    settings: Settings,
    labels: NDArray[np.int64],
    iou: NDArray[np.float32],
) -> dict[str, Any]:
    """Units that match, (2, units) each: in their own pictures, and in the next ones by chance."""
    matching = iou > settings.min_iou
    categories = sampled.vocabulary.categories
    category = np.array(sampled.vocabulary.category_indices())
    distinct = [np.unique(own[good]) for own, good in zip(labels, matching, strict=True)]
    counts = np.bincount(category[distinct[0]], minlength=len(categories)).tolist()
    return {
        "units": int(matching[0].sum()),
        "concepts": len(distinct[0]),
        "iou": float(iou[0].mean()),
        "units_by_chance": int(matching[1].sum()),
        "concepts_by_chance": len(distinct[1]),
        **dict(zip(categories, counts, strict=True)),
    }


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


def figures(result: Result) -> Mapping[str, Figure]:
    """Units and distinct concepts by how far the basis is rotated, as in the 2017 paper."""
    rows = rows_of(result.table("rotation"))
    layer, least = result.settings["layer"], result.settings["min_iou"]
    across = "rotation, 0: the network's own basis, 1: a random one"
    chance = "with the next picture's concepts, by chance"
    return {
        "concepts": Curves(
            f"{layer}: distinct concepts",
            across,
            "distinct concepts",
            [
                _curve(rows, "concepts", "all", "#000000"),
                *(
                    _curve(rows, name, name, category_color(name))
                    for name in result.summary["categories"]
                    if any(row[name] for row in rows)
                ),
                _curve(rows, "concepts_by_chance", chance, control=True),
            ],
        ),
        "units": Curves(
            f"{layer}: units that match a concept (IoU > {least:g})",
            across,
            "units",
            (
                _curve(rows, "units", "with a picture's own concepts"),
                _curve(rows, "units_by_chance", chance, control=True),
            ),
        ),
        "by-iou": Curves(
            f"{layer}: units that match a concept, by how well",
            "IoU",
            "units above it",
            _by_iou(rows, result.arrays["iou"]),
            (Rule(least, f"{least:g}", upright=True),),
        ),
    }


def _by_iou(rows: list[dict[str, Any]], iou: NDArray[np.float32]) -> list[Series]:
    """How many units are above each IoU: in the own basis, in random ones, and by chance."""
    above = (iou[..., None] > BARS).sum(2)  # (tries, 2, bars)
    random = above[[row["share"] == 1 for row in rows]]
    found = []
    for name, counts, control in (
        ("own basis", above[:1, 0], False),
        ("random basis", random[:, 0], False),
        ("own basis, by chance", above[:1, 1], True),
        ("random basis, by chance", random[:, 1], True),
    ):
        mean = counts.mean(0).tolist()
        error = [standard_error(counts[:, n], alone=0.0) for n in range(len(BARS))]
        tips = [f"IoU > {bar:.2f}: {n:.1f} units" for bar, n in zip(BARS, mean, strict=True)]
        found.append(Series(name, BARS.tolist(), mean, error, tips, control=control))
    return found


def _curve(
    rows: list[dict[str, Any]],
    key: str,
    name: str,
    color: str | None = None,
    control: bool = False,
) -> Series:
    """Means over the rotations, with the standard error of the mean."""
    shares = sorted({row["share"] for row in rows})
    values = [np.array([row[key] for row in rows if row["share"] == share]) for share in shares]
    mean = [float(value.mean()) for value in values]
    error = [standard_error(value, alone=0.0) for value in values]
    tips = [f"{share:g}: {value:.1f} {name}" for share, value in zip(shares, mean, strict=True)]
    return Series(name, shares, mean, error, tips, color=color, control=control)


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
