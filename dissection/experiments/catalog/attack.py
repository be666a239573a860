"""Attacks that make a classifier tell another class, and the units that they change."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError, StoreError
from dissection.experiments.dissections import UnitLabels, require_labels, unit_labels
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.sets import ranking
from dissection.interventions.ablation.store import load_ablation
from dissection.report.figures import Bars, Curves, Figure, Series, Sheet, UnitLink
from dissection.runtime.resources import bundled_ablations

if TYPE_CHECKING:
    from dissection.experiments.attacks import Attacks
    from dissection.experiments.execution import Execution

#: Groups of units (figure 5C), in words.
GROUPS = ("source", "target", "others")
_TEXTS = {"source": "the source class's", "target": "the target class's", "others": "all other"}
#: Rankings of units: by the accuracy that the class loses without them, as published, and by what
#: the gradient says that they add to its logit.
RANKINGS = {"importance": "most important", "effect": "highest effect by gradient"}
#: Half the width of a 99 % interval, in standard errors, as published.
_NINETY_NINE = 2.58
#: Perturbations are shown so many times as strong.
STRONGER = 10
_GROUP_COLUMNS = (
    "ranking", "group", "change", "interval", "count", "interval_by_attack", "gain",
    "in_deviations",
)  # fmt: skip
_ATTACK_COLUMNS = (
    "picture", "of", "source", "target", "found", "distance", "after_rounding",
    *(f"change_{group}" for group in GROUPS),
)  # fmt: skip
_RANK_COLUMNS = ("ranking", "of", "rank", "change", "error")
_EXAMPLE_COLUMNS = (
    "example", "source", "target", "group", "layer", "unit", "concept", "category", "peak_before",
    "peak_after",
)  # fmt: skip


class Settings(ExperimentSettings):
    """Choices of the experiment attack; the constants are those of the paper."""

    model: str = setting("storybook-scenes", "A classifier.", kind="classifier")
    ablation: str = setting(
        "", "Ablation that ranks the units of a layer, a folder; empty: one that ships."
    )
    dissection: str = setting(
        "", "Dissection of the layer, for what units match; empty: one that ships.",
        kind="dissection",
    )  # fmt: skip
    pictures: str = setting(
        "storybook:scenes", "Pictures to attack: storybook:scenes, or folders.", kind="folder"
    )
    images: int = setting(50, "Pictures to attack.", least=1, quick=5, paper=1000)
    targets: tuple[str, ...] = setting(
        ("harbour", "forest"),
        "Classes that the network is to tell, each for all pictures.",
        quick=("harbour",),
        paper=("harbour", "forest", "castle", "ski slope", "downtown"),
        kind="class",
    )
    units: int = setting(4, "Most important units of a class.", least=1, most=64)
    searches: int = setting(5, "Values of the constant c that are tried.", least=1, most=20)
    iterations: int = setting(1000, "Steps for each value, at most.", least=1, quick=200)
    rate: float = setting(0.005, "Learning rate.", least=1e-6, most=1)
    first: float = setting(0.01, "The first value of c.", least=1e-9, most=1e9)
    confidence: float = setting(0.0, "By how much the target's logit is to be highest.", least=0)
    examples: int = setting(4, "Attacks to show.", least=1, most=20)


def run(settings: Settings, execution: "Execution") -> Measured:
    """Attack the pictures, and look at the units before and after."""
    from dissection.experiments.attacks import attack_pictures
    from dissection.experiments.classifiers import class_numbers, open_classes, open_classifier
    from dissection.interventions.adversarial import AttackConstants

    if not settings.targets:
        raise BadInputError("Name at least one class with --targets.")
    network, digest = open_classifier(settings.model, execution)
    ablation = _ablation(settings.ablation, digest)  # before pictures are looked at
    targets = class_numbers(settings.targets, ablation.classes, "--targets")
    require_labels(settings.dissection, ablation.layer, digest)
    spare = 2 * settings.images if settings.pictures.startswith("storybook:") else 0
    subject = open_classes(network, digest, settings.pictures, spare, execution)
    if ablation.classes != subject.classes:
        raise BadInputError(
            f"The ablation is of the classes {', '.join(ablation.classes[:4])} ..., and the "
            f"network's are {', '.join(subject.classes[:4])} ...; ablate it anew."
        )
    execution.identify("ablation", ablation.provenance["train"]["sha256"])
    labels = unit_labels(settings.dissection, ablation.layer, subject.digest, ablation.units)
    found = attack_pictures(
        subject,
        ablation.layer,
        targets,
        settings.images,
        AttackConstants(
            settings.searches,
            settings.iterations,
            settings.rate,
            settings.first,
            settings.confidence,
        ),
        settings.examples,
        execution,
    )
    if not found.found.any():
        raise BadInputError(
            "No attack succeeded; take more --searches or --iterations, or a higher --first."
        )
    orders = _orders(ablation)
    top = ablation.order[:, : settings.units]
    groups = [
        row
        for name, order in orders.items()
        for row in _groups(found, order[:, : settings.units], name)
    ]
    summary, told = _headline(found, groups)
    examples, pictures = _examples(found, top, labels, ablation.layer, subject.classes)
    return Measured(
        {
            "groups": columns(groups, _GROUP_COLUMNS),
            "attacks": columns(_attack_rows(found, top, subject.classes), _ATTACK_COLUMNS),
            "ranks": columns(_rank_rows(found, orders), _RANK_COLUMNS),
            "examples": columns(examples, _EXAMPLE_COLUMNS),
        },
        summary,
        told,
        pictures=pictures,
        provenance={
            "network": subject.digest,
            "sample": subject.source.provenance,
            "layer": ablation.layer,
            "ablation": {"train": ablation.provenance["train"]},
        },
    )


def _ablation(name: str, network: str) -> Ablation:
    """The ablation that ranks units: the one asked for, or one that ships of this network."""
    if name:
        return load_ablation(name, network)
    for known in bundled_ablations():
        try:
            return load_ablation(known, network)
        except StoreError:
            continue  # of another network
    raise BadInputError(
        "No ablation of this network ships, and without one nobody knows which units are "
        "important; make one with dissection ablate, and name its folder with --ablation."
    )


def _masks(found: "Attacks", top: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Which unit counts for which group in which attack, bool (attacks, units) each."""
    source, target = (np.zeros(found.before.shape, bool) for _ in range(2))
    np.put_along_axis(source, top[found.source], True, 1)
    np.put_along_axis(target, top[found.target], True, 1)
    return {"source": source, "target": target, "others": ~(source | target)}


def _orders(ablation: Ablation) -> dict[str, NDArray[np.int64]]:
    """Units of each class, the first ones first, by ranking."""
    orders = {"importance": ablation.order}
    if ablation.class_effect is not None:
        orders["effect"] = ranking(ablation.class_effect)
    return orders


def _groups(found: "Attacks", top: NDArray[np.int64], by: str) -> list[dict[str, Any]]:
    """Mean change of the peaks of each group of units, with intervals (figure 5C)."""
    change = (found.after - found.before)[found.found].astype(np.float64)
    deviation = found.before.std(0)
    scaled = np.abs(change) / np.where(deviation > 0, deviation, np.inf)
    rows = []
    for name, mask in _masks(found, top).items():
        chosen = mask[found.found]
        values = np.abs(change)[chosen]
        each = np.array([np.abs(row)[own].mean() for row, own in zip(change, chosen, strict=True)])
        rows.append(
            {
                "ranking": by,
                "group": name,
                "change": float(values.mean()),
                "interval": _interval(values),
                "count": len(values),
                "interval_by_attack": _interval(each),
                "gain": float(change[chosen].mean()),
                "in_deviations": float(scaled[chosen].mean()),
            }
        )
    return rows


def _interval(values: NDArray[np.floating]) -> float:
    if len(values) < 2:
        return float("nan")
    return float(_NINETY_NINE * values.std(ddof=1) / np.sqrt(len(values)))


def _attack_rows(
    found: "Attacks", top: NDArray[np.int64], classes: Sequence[str]
) -> list[dict[str, Any]]:
    masks, change = _masks(found, top), np.abs(found.after - found.before)
    return [
        {
            "picture": int(found.rows[n]),
            "of": classes[found.true[n]],
            "source": classes[found.source[n]],
            "target": classes[found.target[n]],
            "found": bool(found.found[n]),
            "distance": float(found.distance[n]),
            "after_rounding": bool(found.rounded[n]),
            **{f"change_{name}": float(change[n, mask[n]].mean()) for name, mask in masks.items()},
        }
        for n in range(len(found.rows))
    ]


def _rank_rows(found: "Attacks", orders: Mapping[str, NDArray[np.int64]]) -> list[dict[str, Any]]:
    """Mean change by the place of units in the rankings of the source and the target."""
    change = np.abs(found.after - found.before)[found.found]
    rows: list[dict[str, Any]] = []
    for by, order in orders.items():
        for of, classes in (("source", found.source), ("target", found.target)):
            ranked = np.take_along_axis(change, order[classes[found.found]], 1)
            error = ranked.std(0) / np.sqrt(len(ranked))
            rows += [
                {"ranking": by, "of": of, "rank": n + 1, "change": float(m), "error": float(e)}
                for n, (m, e) in enumerate(zip(ranked.mean(0), error, strict=True))
            ]
    return rows


def _examples(
    found: "Attacks",
    top: NDArray[np.int64],
    labels: UnitLabels,
    layer: str,
    classes: Sequence[str],
) -> tuple[list[dict[str, Any]], dict[str, NDArray[np.uint8]]]:
    """Figures 5A and 5B: pictures of some attacks, and of the units of the first one."""
    from dissection.experiments.attacks import gained_and_lost

    shown = found.examples
    if not shown:
        return [], {}
    strips = np.stack(
        [
            np.stack([e.original, _stronger(e.original, e.attacked), e.attacked])
            for e in (found.pictures[n] for n in shown)
        ]
    )
    rows: list[dict[str, Any]] = []
    first = shown[0]
    for place, n in enumerate(shown):
        for group, of in (("source", found.source[n]), ("target", found.target[n])):
            rows += [
                {
                    "example": place,
                    "source": classes[found.source[n]],
                    "target": classes[found.target[n]],
                    "group": group,
                    "layer": layer,
                    "unit": unit,
                    "concept": labels.names[unit],
                    "category": labels.categories[unit],
                    "peak_before": float(found.before[n, unit]),
                    "peak_after": float(found.after[n, unit]),
                }
                for unit in top[of].tolist()
            ]
    units = [row["unit"] for row in rows if not row["example"]]
    maps = gained_and_lost(found.pictures[first], units)
    return rows, {"attacks": strips, "units": maps}


def _stronger(original: NDArray[np.uint8], attacked: NDArray[np.uint8]) -> NDArray[np.uint8]:
    change = attacked.astype(np.float64) - original
    return np.clip(128 + STRONGER * change, 0, 255).astype(np.uint8)


def _headline(
    found: "Attacks", groups: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], list[str]]:
    by_name = {str(row["group"]): row for row in groups if row["ranking"] == "importance"}
    others = by_name["others"]["change"]
    distance = float(np.median(found.distance[found.found]))
    summary = {
        "attacks": len(found.rows),
        "found": int(found.found.sum()),
        "after_rounding": int(found.rounded.sum()),
        "median_distance": distance,
        **{f"change_{name}": row["change"] for name, row in by_name.items()},
        **{f"times_others_{n}": by_name[n]["change"] / others for n in ("source", "target")},
    }
    told = [
        f"{summary['found']} of {len(found.rows)} attacks succeed, {summary['after_rounding']} "
        f"still when colors are rounded to 8 bits; median distance {distance:.2f}",
        *(
            f"{_TEXTS[name]} units: peaks change by {row['change']:.3f} ± {row['interval']:.3f}, "
            f"by {row['gain']:+.3f} with the sign"
            for name, row in by_name.items()
        ),
    ]
    return summary, told


def figures(result: Result) -> Mapping[str, Figure]:
    """Figure 5C, changes by rank, figure 5A, figure 5B."""
    groups, ranks = rows_of(result.table("groups")), rows_of(result.table("ranks"))
    bars, curves = [], []
    for by, text in RANKINGS.items():
        own = [row for row in groups if row["ranking"] == by]
        if not own:
            continue
        tips = [f"{row['count']} pairs of a unit and a picture" for row in own]
        error = [row["interval"] for row in own]
        bars.append(Series(text, (), [row["change"] for row in own], error, tips))
    for of in ("source", "target"):
        near = [r for r in ranks if r["of"] == of and r["ranking"] == "importance"]
        x, y, error = ([row[key] for row in near] for key in ("rank", "change", "error"))
        curves.append(Series(f"by importance to the {of} class", x, y, error))
    most = result.settings["units"]
    names = [f"{_TEXTS[name]} {most}" for name in GROUPS[:2]] + ["all others"]
    found: dict[str, Figure] = {
        "change": Bars(
            f"Change of units' peaks by {result.summary['found']} attacks (99 % intervals)",
            "mean |change of peak|",
            names,
            bars,
        ),
        "ranks": Curves(
            "Change by how important units are",
            "place in the class's ranking of units",
            "mean |change of peak|",
            curves,
        ),
    }
    examples = rows_of(result.table("examples"))
    if not examples:
        return found
    pairs = dict.fromkeys((r["example"], f"{r['source']}\nto {r['target']}") for r in examples)
    strips = result.pictures["attacks"]
    found["attacks"] = Sheet(
        "Attacks", strips, [text for _, text in pairs],
        ("original", f"change x {STRONGER}", "attacked"),
    )  # fmt: skip
    first = [row for row in examples if not row["example"]]
    texts = [
        f"{r['unit']} {r['concept']}\n{r['peak_after'] - r['peak_before']:+.2f}" for r in first
    ]
    links = [UnitLink(r["layer"], r["unit"]) for r in first for _ in range(3)]
    found["units"] = Sheet(
        f"Units of {first[0]['source']}, then of {first[0]['target']}",
        result.pictures["units"], texts,
        ("before", "after", "lost (blue), gained"), links,
    )  # fmt: skip
    return found


EXPERIMENT = Experiment(
    name="attack",
    title="Attacks on a classifier",
    figure="Bau et al. 2020, figure 5A to C",
    idea=(
        "A picture is changed by as little as makes the network take it for another class: do the "
        "units that the two classes need change more than all others?"
    ),
    settings=Settings,
    run=run,
    figures=figures,
    of="classifier",
    takes="10 minutes of one core by default: 100 attacks on the classifier that ships.",
)
