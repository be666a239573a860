"""A unit's peak as a classifier of its concept."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError, UnknownNameError
from dissection.experiments.experiment import Experiment
from dissection.experiments.peaks import SeenPeaks
from dissection.experiments.result import Measured, Result, columns
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Curves, Figure, Points, Rule, Series, Sheet
from dissection.runtime.progress import Meter, Report

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.experiments.generators import GeneratorStudy

#: Points of each group that the jitter shows, as the paper does, and pictures of each kind.
_SHOWN, _PICTURES = 800, 6
#: Places of the curves of density.
_PLACES = 120
_KINDS = {
    "detected": "detected",
    "missed": "has it, and is missed",
    "false alarm": "has none, and is taken for it",
}


class Settings(ExperimentSettings):
    """Choices of the experiment detector."""

    model: str = setting("storybook-church", "A generator or classifier.", kind="network")
    dissection: str = setting(
        "", "Its dissection; empty: the one that ships, or made anew.", kind="dissection"
    )
    layer: str = setting("layer5", "The layer of the unit.", kind="layer")
    concept: str = setting("snow", "The concept that it is to detect.", kind="concept")
    unit: int = setting(-1, "The unit; -1: the one of highest IoU.", least=-1)
    latents: int = setting(1000, "Latents or pictures.", least=4, quick=100, paper=10_000)
    pictures: str = setting(
        "",
        "Of a classifier: a folder with the folders positive and negative, or storybook:scenes, "
        "whose labels tell; empty: those.",
        kind="folder",
    )
    share: float = setting(
        0.05, "An image is positive above this share of the concept's pixels.", least=0, most=0.999
    )
    first: int = setting(
        5000,
        "Of a generator: first row of the standard latents, behind those of the dissection.",
        least=0,
        most=999_999,
        paper=10_000,
    )
    segmenter: str = setting("storybook", "What tells concepts apart.", kind="segmenter")


def run(settings: Settings, execution: "Execution") -> Measured:
    """Take the peaks, and tell the images apart by them."""
    from dissection.experiments.generators import open_study
    from dissection.experiments.picture_detector import look_at_pictures
    from dissection.models.classifiers.load import load_network

    if settings.pictures or load_network(settings.model).takes == "pictures":
        seen = look_at_pictures(
            settings.model, settings.layer, settings.dissection, settings.concept, settings.unit,
            settings.pictures, settings.latents, settings.share, execution,
        )  # fmt: skip
        return _judged(settings, seen, execution.report)
    study = open_study(
        execution, settings.model, settings.dissection, settings.segmenter, settings.latents,
        settings.first, [settings.layer], "float32", settings.concept,
    )  # fmt: skip
    concept = study.concept(settings.concept)
    index = study.dissection.vocabulary.id(concept)
    layer = study.dissection[settings.layer]
    iou = np.nan_to_num(layer.iou[index])
    unit = settings.unit if settings.unit >= 0 else int(iou.argmax())
    if unit >= layer.shape[0]:
        raise UnknownNameError(
            f"{settings.layer} has the units 0 to {layer.shape[0] - 1}, not {unit}."
        )
    peaks, shares = _peaks(study, settings.layer, unit, index)
    return _judged(
        settings,
        SeenPeaks(
            unit, float(iou[unit]), concept.name, peaks, shares, shares > settings.share,
            partial(_draw, study), study.provenance,
        ),
        execution.report,
    )  # fmt: skip


def _judged(settings: Settings, seen: SeenPeaks, report: Report | None) -> Measured:
    """Tell images with and without apart by the peaks."""
    from dissection.statistics.detector import separate

    unit, peaks, positive = seen.unit, seen.peaks, seen.positive
    pictured = "pictures" in seen.provenance
    unit_of_paper, paper = ("airplane", 0.856) if pictured else ("window", 0.782)
    found = separate(peaks, positive)
    if found is None:
        there = "every" if positive.all() else "no"
        raise BadInputError(
            f"In {there} picture of {len(peaks)} {seen.concept} covers more than "
            f"{settings.share:.1%}, so there is nothing to tell apart; take another --share or "
            "concept."
        )
    even = np.arange(len(peaks)) % 2 == 0
    chosen = separate(peaks[even], positive[even])
    held_out = None
    if chosen is not None and positive[~even].any() and not positive[~even].all():
        held_out = balanced(peaks[~even], positive[~even], chosen.detector_threshold)
    summary = {
        "unit": unit,
        "iou": seen.iou,
        "positive": found.shown,
        "negative": found.absent,
        "threshold": found.detector_threshold,
        "accuracy": found.accuracy,
        "best_threshold": found.best_threshold,
        "best_accuracy": found.best_accuracy,
        "held_out_accuracy": held_out,
        "paper_accuracy": paper,
    }
    told = [
        f"unit {unit} of {settings.layer} detects {seen.concept} above a peak of "
        f"{found.detector_threshold:.3g} with a balanced accuracy of {found.accuracy:.1%} "
        f"({found.shown} pictures with, {found.absent} without; the paper's {unit_of_paper} unit "
        f"{paper:.1%})"
    ]
    pictures, arrays = _examples(seen, found.detector_threshold, report)
    places = list(range(len(peaks)))
    table = {
        **({"picture": places} if pictured else {"scene": [settings.first + n for n in places]}),
        "peak": peaks.tolist(),
        "share": seen.shares.tolist(),
        "positive": positive.tolist(),
    }
    units = columns([{"layer": settings.layer, "unit": unit, "iou": seen.iou}])
    return Measured(
        {"images": table, "units": units}, summary, told, arrays, pictures, seen.provenance
    )


def balanced(
    peaks: NDArray[np.float32], positive: NDArray[np.bool_], detector_threshold: float
) -> float:
    """Balanced accuracy of peaks above a threshold: the mean of the shares rightly judged."""
    above = peaks > detector_threshold
    return float((above[positive].mean() + (~above[~positive]).mean()) / 2)


def _peaks(
    study: "GeneratorStudy", layer: str, unit: int, concept: int
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The unit's highest raw activation in each picture, and the concept's share of its pixels."""
    import torch

    from dissection.interventions.held_out import segment
    from dissection.runtime.accumulator import Accumulator

    job, passes = study.job, study.passes
    own = job.rows
    zeros = {"peaks": np.zeros(len(own), np.float32), "pixels": np.zeros(len(own), np.int32)}
    kept = Accumulator(job.work, "peaks", zeros)
    meter = Meter(job.report, "looking at peaks", len(own), kept.place[0])

    def look(_: range, z: Any) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        found: list[NDArray[np.float32]] = []

        def seen(x: Any) -> Any:
            found.append(x[:, unit].amax((1, 2)).float().cpu().numpy())
            return x

        with torch.no_grad():
            images = passes.changed(z, passes.features(z, [layer]), {layer: seen})
            pixels = (segment(job, passes, images) == concept).any(1).sum((1, 2))
        return found[0], pixels.cpu().numpy().astype(np.int32)

    for rows, (peaks, pixels) in job.each_batch(
        "looking at peaks", range(own.start + kept.place[0], own.stop), look
    ):
        here = slice(rows.start - own.start, rows.stop - own.start)
        kept["peaks"][here], kept["pixels"][here] = peaks, pixels
        kept.keep(here.stop)
        meter.step(len(rows))
    return job.merge.join(kept["peaks"]), job.merge.join(kept["pixels"]) / job.grid**2


def _examples(
    seen: SeenPeaks, detector_threshold: float, report: Report | None
) -> tuple[dict[str, NDArray[np.uint8]], dict[str, NDArray[Any]]]:
    """The surest detections, and the worst counterexamples of both kinds."""
    from dissection.data.images import thumbnail, to_bytes

    peaks, positive = seen.peaks, seen.positive
    above = peaks > detector_threshold
    orders = {
        "detected": (above & positive, -peaks),
        "missed": (~above & positive, peaks),
        "false alarm": (above & ~positive, -peaks),
    }
    pictures, arrays = {}, {}
    meter = Meter(report, "making pictures of examples", len(orders))
    for place, (name, (chosen, order)) in enumerate(orders.items()):
        meter.reach(place, len(orders))
        rows = [int(row) for row in np.argsort(order, kind="stable") if chosen[row]][:_PICTURES]
        if not rows:
            continue
        images = seen.draw(rows)
        shown = [thumbnail(to_bytes(image[None])[0], min(128, image.shape[-1])) for image in images]
        key = name.replace(" ", "-")
        pictures[key] = np.stack(shown)[None]
        arrays[key] = np.array(rows, np.int64)
    meter.reach(len(orders), len(orders))
    return pictures, arrays


def _draw(study: "GeneratorStudy", rows: list[int]) -> Any:
    """A generator's pictures of some latents, float32 (n, 3, H, W)."""
    import torch

    with torch.no_grad():
        return study.passes.changed(study.job.inputs(rows), {}, {})


def figures(result: Result) -> Mapping[str, Figure]:
    """1F, 3F, 3G: peaks of pictures with and without, their densities, counterexamples."""
    summary, settings = result.summary, result.settings
    concept, threshold = settings["concept"].split(":")[-1], summary["threshold"]
    table = result.table("images")
    peaks, positive = np.array(table["peak"], float), np.array(table["positive"], bool)
    rows = np.array(next(iter(table.values())), int)
    title = (
        f"unit {summary['unit']} of {settings['layer']} as a detector of {concept}: "
        f"{summary['accuracy']:.1%}"
    )
    rule = Rule(threshold, f"{threshold:.3g}", upright=True)
    pictured = "pictures" in result.provenance
    what = "picture" if pictured else "latent"

    groups = ((f"with {concept}", positive, 1), (f"without {concept}", ~positive, 0))
    jitter = np.random.default_rng(0).uniform(-0.35, 0.35, len(peaks))
    series = []
    for name, mask, level in groups:
        few = np.flatnonzero(mask)[:_SHOWN]
        series.append(
            Series(
                name,
                peaks[few].tolist(),
                (level + jitter[few]).tolist(),
                tips=[f"{what} {rows[n]}: peak {peaks[n]:.3g}" for n in few],
                links=() if pictured else result.scenes(rows[few].tolist()),
            )
        )
    found: dict[str, Figure] = {
        "peaks": Points(title, "peak activation", "", series, (rule,)),
        "density": Curves(
            title,
            "peak activation",
            "density",
            [_density(name, peaks[mask], peaks) for name, mask, _ in groups],
            (rule,),
        ),
    }
    for key, pictures in result.pictures.items():
        places = result.arrays[key].tolist()
        found[key] = Sheet(
            f"{concept}: {_KINDS[key.replace('-', ' ')]}",
            pictures,
            (),
            [f"{what} {rows[n]}: {peaks[n]:.3g}" for n in places],
            () if pictured else result.scenes(rows[places].tolist()),
        )
    return found


def _density(name: str, peaks: NDArray[np.float64], every: NDArray[np.float64]) -> Series:
    """A Gaussian kernel's estimate over all peaks; a spike where all are alike."""
    places = np.linspace(every.min(), every.max(), _PLACES)
    if len(peaks) < 2 or not peaks.std():
        return Series(name, places.tolist(), [0.0] * _PLACES)
    from scipy.stats import gaussian_kde

    return Series(name, places.tolist(), gaussian_kde(peaks)(places).tolist())


EXPERIMENT = Experiment(
    name="detector",
    title="A unit as a detector",
    figure="Bau et al. 2020, figures 1F, 3F and 3G",
    idea="How surely can the peak of a single unit tell whether a concept is in a picture?",
    settings=Settings,
    run=run,
    figures=figures,
    of="network",
    takes="Less than a minute of one core by default.",
    shipped={
        "": {},
        "classifier": {
            "model": "storybook-scenes",
            "layer": "features.relu5_3",
            "concept": "skyscraper",
        },
    },
)
