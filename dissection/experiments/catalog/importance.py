"""Which classes need which units: the ablation of a layer, as the paper's figures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.experiments.dissections import (
    UnitLabels,
    find_dissection,
    require_labels,
    unit_labels,
)
from dissection.experiments.experiment import Experiment
from dissection.experiments.importance_figures import MOST_IMPORTANT, figures
from dissection.experiments.result import Measured, columns
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.interventions.ablation.combinations import find_combinations
from dissection.interventions.ablation.result import TOP_NUMBERS, Ablation
from dissection.interventions.ablation.sets import TOP, numbers, share
from dissection.interventions.ablation.store import load_ablation

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution

_COMBINATIONS = 3
_CLASS_COLUMNS = (
    "class", "pictures", "whole", "without_4", "without_share", "without_20", "only_20",
    "all_without_4", "all_without_20", "all_only_20", "without_most_half", "without_least_half",
    "random_half",
)  # fmt: skip
_UNIT_COLUMNS = (
    "layer", "unit", "concept", "category", "iou", "mean_importance",
    *(f"top_{n}" for n in TOP_NUMBERS), "needed_by",
)  # fmt: skip
_TOP_COLUMNS = (
    "class", "place", "layer", "unit", "concept", "category", "iou", "lost_training",
    "lost_held_out", "correlation",
)  # fmt: skip
_CURVE_COLUMNS = ("class", "order", "removed", "accuracy", "all_classes")
_COMBINATION_COLUMNS = ("example", "class", "layer", "unit", "concept", "category", "lost")


class Settings(ExperimentSettings):
    """Choices of the experiment importance."""

    model: str = setting("storybook-scenes", "A classifier.", kind="classifier")
    layer: str = setting("features.relu5_3", "Layer whose units are taken out.", kind="layer")
    ablation: str = setting(
        "",
        "A stored ablation, bundled or a folder, to draw instead; empty: made anew.",
        quick="storybook-scenes-relu5_3",
    )
    dissection: str = setting(
        "", "Dissection of the layer, for what units match; empty: one that ships.",
        kind="dissection",
    )  # fmt: skip
    classes: tuple[str, ...] = setting(
        ("ski slope", "suburb"),
        "Classes to follow over any number of units; the first is shown closely.",
        kind="class",
    )
    train: str = setting(
        "storybook:scenes", "Pictures to rank units on: storybook:scenes, or folders.",
        kind="folder",
    )  # fmt: skip
    val: str = setting("storybook:scenes", "Held-out ones to judge them on.", kind="folder")
    train_size: int = setting(
        0, "Training pictures; 0: all, of scenes 40 of each class.", least=0, paper=36_500
    )
    val_size: int = setting(
        2040, "Held-out pictures; 0: all, of scenes 25 of each class.", least=0, paper=36_500
    )
    draws: int = setting(10, "Random sets of each size, the control.", least=1, most=1000)


def run(settings: Settings, execution: "Execution") -> Measured:
    """Ablate, or read what was ablated, and make tables of it."""
    if settings.dissection:
        find_dissection(settings.dissection)  # before the long work, not behind it
    ablation = (
        load_ablation(settings.ablation) if settings.ablation else _ablate(settings, execution)
    )
    network = str(ablation.provenance["network"])
    execution.identify("ablation", network)
    for name in settings.classes:
        if name not in ablation.classes:
            raise BadInputError(
                f"The network has no class '{name}', as --classes says; it has "
                f"{', '.join(ablation.classes[:8])} and so on."
            )
    labels = unit_labels(settings.dissection, ablation.layer, network, ablation.units)
    chosen = settings.classes[0] if settings.classes else ablation.classes[0]
    example_rows, pictures = _combinations(ablation, labels)
    by_class = _class_rows(ablation)
    summary, told = _headline(ablation, by_class, chosen)
    return Measured(
        {
            "classes": columns(by_class, _CLASS_COLUMNS),
            "units": columns(_unit_rows(ablation, labels), _UNIT_COLUMNS),
            "top-units": columns(_top_rows(ablation, labels), _TOP_COLUMNS),
            "curves": columns(_curve_rows(ablation, settings.classes), _CURVE_COLUMNS),
            "combinations": columns(example_rows, _COMBINATION_COLUMNS),
        },
        summary,
        told,
        {
            "importance": ablation.importance.astype(np.float32),
            "correlation": ablation.correlation,
            "order": ablation.order.astype(np.int32),
        },
        pictures,
        {
            "network": network,
            "model": ablation.model,
            "layer": ablation.layer,
            "train": ablation.provenance["train"],
            "held_out": ablation.provenance["held_out"],
            "replacement": ablation.provenance["replacement"],
            "classes": list(ablation.classes),
            "chosen": chosen,
        },
    )


def _ablate(settings: Settings, execution: "Execution") -> Ablation:
    from dissection.experiments.classifiers import (
        choose_classes,
        class_numbers,
        class_pictures_in,
        open_classifier,
    )
    from dissection.interventions.ablation.sweep import ablate
    from dissection.models.hooks import find_layer

    network, digest = open_classifier(settings.model, execution)
    find_layer(network.module, settings.layer)
    require_labels(settings.dissection, settings.layer, digest)  # before the long work
    if network.classes:
        class_numbers(settings.classes, network.classes, "--classes")
    for pictures, size, held in (
        (settings.train, settings.train_size, False),
        (settings.val, settings.val_size, True),
    ):
        class_pictures_in(pictures, size, held)  # both, before either is looked at
    train, held_out = (
        choose_classes(
            network, pictures, size, held, 1, 0, "squeeze", execution.workers, execution.report
        )
        for pictures, size, held in (
            (settings.train, settings.train_size, False),
            (settings.val, settings.val_size, True),
        )
    )
    return ablate(
        network.module,
        settings.layer,
        train,
        held_out,
        classes=network.classes,
        curves=settings.classes,
        draws=settings.draws,
        effect_size=0,
        batch=execution.batch,
        device=execution.device,
        report=execution.report,
        work=execution.inner_work("ablation"),
        resume=execution.resume,
        keep_work=execution.folder is not None,
        timings=execution.timings,
        merge=execution.merge,
    )


def _class_rows(ablation: Ablation) -> list[dict[str, Any]]:
    """Accuracy of each class in the settings of figures 2B, 2D, S4A and S4B."""

    def of(kind: str) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        if kind not in ablation.sets.kinds:
            gone = np.full(len(ablation.classes), np.nan)
            return gone, gone
        return ablation.without(kind)

    few, many = MOST_IMPORTANT, TOP[-1]
    of_share = share(ablation.units, many)
    half = "without most important half"
    drawn = (
        ablation.control(half)[0].mean(0)
        if f"random: {half}" in ablation.sets.kinds
        else np.full(len(ablation.classes), np.nan)
    )
    cells = {
        "pictures": ablation.held_out.counts.sizes,
        "whole": ablation.held_out.baseline,
        "without_4": of(f"without {few}")[0],
        "without_share": of(f"without {of_share}")[0],
        "without_20": of(f"without {many}")[0],
        "only_20": of(f"only {many}")[0],
        "all_without_4": of(f"without {few}")[1],
        "all_without_20": of(f"without {many}")[1],
        "all_only_20": of(f"only {many}")[1],
        "without_most_half": of(half)[0],
        "without_least_half": of("without least important half")[0],
        "random_half": drawn,
    }
    return [
        {"class": name, **{key: values[k].item() for key, values in cells.items()}}
        for k, name in enumerate(ablation.classes)
    ]


def _unit_rows(ablation: Ablation, labels: UnitLabels) -> list[dict[str, Any]]:
    importance = np.nan_to_num(ablation.importance)
    needed = ablation.needed_by(MOST_IMPORTANT)
    counts = {n: ablation.needed_by(n).sum(0) for n in TOP_NUMBERS}
    rows = []
    for unit in range(ablation.units):
        of = sorted(np.flatnonzero(needed[:, unit]), key=lambda k: (-importance[k, unit], k))
        rows.append(
            {
                "layer": ablation.layer,
                "unit": unit,
                **labels.row(unit),
                "mean_importance": float(np.nanmean(ablation.importance[:, unit])),
                **{f"top_{n}": int(counts[n][unit]) for n in TOP_NUMBERS},
                "needed_by": "; ".join(ablation.classes[k] for k in of),
            }
        )
    return rows


def _top_rows(ablation: Ablation, labels: UnitLabels) -> list[dict[str, Any]]:
    """Each class's most important units (figure 2A)."""
    held = ablation.held_out.importance
    return [
        {
            "class": name,
            "place": place + 1,
            "layer": ablation.layer,
            "unit": unit,
            **labels.row(unit),
            "lost_training": float(ablation.importance[k, unit]),
            "lost_held_out": float(held[k, unit]),
            "correlation": float(ablation.correlation[k, unit]),
        }
        for k, name in enumerate(ablation.classes)
        for place, unit in enumerate(ablation.order[k, :MOST_IMPORTANT].tolist())
    ]


def _curve_rows(ablation: Ablation, classes: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    measured = {ablation.classes[k] for k in ablation.curves.classes}
    for name in classes:
        if name not in measured:
            continue
        balanced, plain = ablation.curve(name)
        for order, own, every in zip(("most", "least"), balanced, plain, strict=True):
            rows += [
                {"class": name, "order": order, "removed": n, "accuracy": a, "all_classes": b}
                for n, (a, b) in enumerate(zip(own.tolist(), every.tolist(), strict=True))
            ]
    return rows


def _combinations(
    ablation: Ablation, labels: UnitLabels
) -> tuple[list[dict[str, Any]], dict[str, NDArray[np.uint8]]]:
    """Three classes that share units in pairs, and pictures of the first example's units."""
    needed = ablation.needed_by(MOST_IMPORTANT)
    found = find_combinations(needed, np.nan_to_num(ablation.importance), _COMBINATIONS)
    rows = [
        {
            "example": n,
            "class": ablation.classes[k],
            "layer": ablation.layer,
            "unit": unit,
            "concept": labels.names[unit],
            "category": labels.categories[unit],
            "lost": float(ablation.importance[k, unit]),
        }
        for n, one in enumerate(found)
        for k in one.classes
        for unit in one.units
    ]
    pictures = labels.layer.pictures if labels.layer is not None else None
    if not found or pictures is None:
        return rows, {}
    units = [unit for one in found[:1] for unit in one.units]
    return rows, {"combination-units": np.stack([pictures[unit] for unit in units])}


def _headline(
    ablation: Ablation, by_class: Sequence[Mapping[str, Any]], chosen: str
) -> tuple[dict[str, Any], list[str]]:
    def mean(key: str) -> float:
        values = np.array([row[key] for row in by_class], float)
        return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")

    own = next(row for row in by_class if row["class"] == chosen)
    finite = ablation.correlation[np.isfinite(ablation.correlation)]
    needed = ablation.needed_by(MOST_IMPORTANT) & np.isfinite(ablation.correlation)
    summary = {
        "classes": len(by_class),
        "units": ablation.units,
        "mean": {key: mean(key) for key in _CLASS_COLUMNS if key not in ("class", "pictures")},
        "all_classes": float(ablation.held_out.counts.plain[0]),
        chosen: {key: value for key, value in own.items() if key != "class"},
        "negative_correlations": float((finite < 0).mean()) if finite.size else None,
        "negative_correlations_of_important": float((ablation.correlation[needed] < 0).mean())
        if needed.any()
        else None,
        "set_sizes": list(numbers(ablation.units)),
    }
    means = summary["mean"]
    assert isinstance(means, dict)
    told = [
        f"a class's accuracy, in the mean: {means['whole']:.1%} with all {ablation.units} units, "
        f"{means['without_20']:.1%} without its 20 most important, {means['only_20']:.1%} with "
        "only those",
        f"{chosen}: {own['whole']:.1%} with all, {own['without_4']:.1%} without 4, "
        f"{own['without_20']:.1%} without 20, {own['only_20']:.1%} with only those",
        f"without the least important half of units {means['without_least_half']:.1%} in the mean, "
        f"without the most important {means['without_most_half']:.1%}",
    ]
    if finite.size:
        told.append(f"{summary['negative_correlations']:.1%} of the correlations are negative")
    return summary, told


EXPERIMENT = Experiment(
    name="importance",
    title="Which classes need which units",
    figure="Bau et al. 2020, figures 2, S4 and S5",
    idea=(
        "How much of its accuracy does a class lose without the few units that it needs most, how "
        "much has it with only those, and do units that many classes need match concepts better?"
    ),
    settings=Settings,
    run=run,
    figures=figures,
    of="classifier",
    shipped={"": {"ablation": "storybook-scenes-relu5_3"}},
    takes="A minute of one core by default; quick draws the ablation that ships, in seconds.",
)
