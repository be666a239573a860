"""The figures of the experiment importance: panels of figures 2, S4 and S5 of Bau et al. 2020."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dissection.experiments.result import Result, rows_of
from dissection.interventions.ablation.result import TOP_NUMBERS
from dissection.interventions.ablation.sets import TOP
from dissection.report.figures import (
    Bars,
    Curves,
    Figure,
    Heat,
    Points,
    Rule,
    Series,
    Sheet,
    UnitLink,
)
from dissection.statistics.standard_error import standard_error

#: Units of a class that are its most important ones, as published (figures 2A, 2E, S4H, S5).
MOST_IMPORTANT = TOP[0]
#: Groups of units by what they are worth to all classes (figure S4G).
BUCKETS = 16
#: Classes that need a unit, from which on they are one group (figures 2E, S4C to F).
_MANY = 8


def figures(result: Result) -> Mapping[str, Figure]:
    """The panels of figures 2, S4 and S5."""
    found: dict[str, Figure] = {"classes": _accuracies(result)}
    found |= _of_class(result)
    units = rows_of(result.table("units"))
    if any(row["iou"] is not None for row in units):
        found["interpretable"] = _interpretable(units)
        found["mean-importance"] = _buckets(units)
    found["halves"] = _halves(result)
    found["correlation"] = _correlations(result)
    found |= _examples(result)
    return found


def _accuracies(result: Result) -> Points:
    rows = sorted(rows_of(result.table("classes")), key=lambda row: _number(row["whole"]))
    series = []
    for key, name in (
        ("whole", "whole network"),
        ("without_20", "without its 20 most important"),
        ("only_20", "with only those 20"),
    ):
        y = [_number(row[key]) for row in rows]
        tips = [f"{row['class']}: {value:.1%}" for row, value in zip(rows, y, strict=True)]
        if np.isfinite(y).any():
            series.append(Series(name, range(len(y)), y, tips=tips))
    return Points(
        "Every class without, and with only, its 20 most important units",
        "classes, by the whole network's accuracy",
        "single-class accuracy",
        series,
        (Rule(0.5, "chance"),),
    )


def _of_class(result: Result) -> dict[str, Figure]:
    chosen = str(result.provenance["chosen"])
    top = [row for row in rows_of(result.table("top-units")) if row["class"] == chosen]
    names = [f"{row['unit']} {row['concept']}".strip() for row in top]
    links = [UnitLink(row["layer"], row["unit"]) for row in top]
    lost = [
        Series(name, (), [_number(row[key]) for row in top], links=links)
        for key, name in (("lost_training", "training"), ("lost_held_out", "held out"))
    ]
    own = next(row for row in rows_of(result.table("classes")) if row["class"] == chosen)
    kinds = (
        ("whole", "all units"), ("without_4", "without 4"), ("without_20", "without 20"),
        ("only_20", "only 20"),
    )  # fmt: skip
    every = {"whole": result.summary["all_classes"]}
    every |= {key: own.get(f"all_{key}") for key in ("without_4", "without_20", "only_20")}
    sets = (
        Series(chosen, (), [_number(own[key]) for key, _ in kinds]),
        Series("all classes", (), [_number(every.get(key)) for key, _ in kinds]),
    )
    found: dict[str, Figure] = {
        "units-of-class": Bars(f"Most important units of {chosen}", "accuracy lost", names, lost),
        "sets": Bars(f"{chosen} without sets of units", "accuracy", [n for _, n in kinds], sets),
    }
    curves = rows_of(result.table("curves"))
    for name in dict.fromkeys(row["class"] for row in curves):
        series = []
        for order, text in (("most", "most important first"), ("least", "least important first")):
            own_rows = [r for r in curves if r["class"] == name and r["order"] == order]
            removed = [r["removed"] for r in own_rows]
            series.append(Series(text, removed, [r["accuracy"] for r in own_rows]))
        found[f"curve-{_ending(name)}"] = Curves(
            f"{name}: units taken out together", "units taken out", "single-class accuracy",
            series, (Rule(0.5, "chance"),),
        )  # fmt: skip
    return found


def _interpretable(units: Sequence[Mapping[str, Any]]) -> Curves:
    series = []
    iou = np.array([_number(row["iou"]) for row in units])
    for n in TOP_NUMBERS:
        count = np.minimum([row[f"top_{n}"] for row in units], _MANY)
        places = [k for k in range(_MANY + 1) if (count == k).any()]
        groups = [iou[count == k] for k in places]
        tips = [f"{len(group)} units" for group in groups]
        means = [float(np.nanmean(group)) for group in groups]
        series.append(Series(f"top {n}", places, means, [standard_error(g) for g in groups], tips))
    return Curves(
        "IoU of units by how many classes need them",
        f"classes that have the unit among their most important ({_MANY}: or more)",
        "mean IoU",
        series,
    )


def _buckets(units: Sequence[Mapping[str, Any]]) -> Bars:
    order = sorted(range(len(units)), key=lambda u: _number(units[u]["mean_importance"]))
    groups = [g for g in np.array_split(np.array(order), min(BUCKETS, len(units))) if len(g)]
    iou = [np.array([_number(units[u]["iou"]) for u in group]) for group in groups]
    lost = [np.mean([units[u]["mean_importance"] for u in group]) for group in groups]
    names = [f"{100 * value:.2f}" for value in lost]
    tips = [
        f"{len(group)} units that lose {value:.3%}"
        for group, value in zip(groups, lost, strict=True)
    ]
    means = [float(np.nanmean(group)) for group in iou]
    return Bars(
        "IoU of units by what all classes lose without them (% of accuracy)",
        "mean IoU",
        names,
        (Series("", (), means, [standard_error(group) for group in iou], tips),),
    )


def _halves(result: Result) -> Points:
    rows = rows_of(result.table("classes"))
    series = []
    for key, name in (
        ("without_most_half", "without the most important half"),
        ("without_least_half", "without the least important half"),
        ("random_half", "without a random half"),
    ):
        x = [_number(row["whole"]) for row in rows]
        y = [_number(row[key]) - _number(row["whole"]) for row in rows]
        tips = [f"{row['class']}: {100 * v:+.1f} points" for row, v in zip(rows, y, strict=True)]
        series.append(Series(name, x, y, tips=tips, control=key == "random_half"))
    return Points(
        "Half of the units taken out", "accuracy of the whole network", "change of accuracy",
        series, (Rule(0.0),),
    )  # fmt: skip


def _correlations(result: Result) -> Points:
    importance, correlation = result.arrays["importance"], result.arrays["correlation"]
    top = np.zeros(importance.shape, bool)
    np.put_along_axis(top, result.arrays["order"][:, :MOST_IMPORTANT].astype(np.int64), True, 1)
    top &= np.nan_to_num(importance) > 0
    classes, layer = result.provenance["classes"], str(result.provenance["layer"])
    series = []
    for name, chosen, color in (("all others", ~top, 1), ("4 most important of a class", top, 0)):
        there = np.argwhere(chosen & np.isfinite(correlation) & np.isfinite(importance))
        tips = [f"{classes[k]}, unit {unit}" for k, unit in there]
        links = [UnitLink(layer, int(unit)) for _, unit in there]
        at = tuple(there.T)
        series.append(
            Series(
                name,
                correlation[at].tolist(),
                importance[at].tolist(),
                tips=tips,
                links=links,
                color=color,
            )
        )
    return Points(
        "Units and classes", "correlation of the unit's peak with the class's probability",
        "accuracy lost without the unit", series, (Rule(0.0, upright=True),),
    )  # fmt: skip


def _examples(result: Result) -> dict[str, Figure]:
    rows = rows_of(result.table("combinations"))
    if not rows:
        return {}
    units = list(dict.fromkeys((row["example"], row["unit"], row["concept"]) for row in rows))
    classes = list(dict.fromkeys((row["example"], row["class"]) for row in rows))
    values = np.full((len(classes), len(units)), np.nan)
    for row in rows:
        at = (row["example"], row["class"]), (row["example"], row["unit"], row["concept"])
        values[classes.index(at[0]), units.index(at[1])] = 100 * row["lost"]
    names = [f"{unit} {concept}".strip() for _, unit, concept in units]
    found: dict[str, Figure] = {
        "combinations": Heat(
            "Classes that share important units in pairs",
            values,
            "points of accuracy lost",
            rows=[name for _, name in classes],
            columns=names,
            signed=True,
        )
    }
    pictures = result.pictures.get("combination-units")
    if pictures is not None:
        first = [row for row in rows if not row["example"]]
        of = list(dict.fromkeys(row["class"] for row in first))
        pairs = [f"{of[a]}, {of[b]}" for a, b in ((0, 1), (0, 2), (1, 2))]
        unit_rows = list(
            dict.fromkeys((row["layer"], row["unit"], row["concept"]) for row in first)
        )
        texts = [
            f"{unit} {concept}\n{pair}"
            for (_, unit, concept), pair in zip(unit_rows, pairs, strict=True)
        ]
        links = [
            UnitLink(layer, unit) for layer, unit, _ in unit_rows for _ in range(pictures.shape[1])
        ]
        found["combination-units"] = Sheet(
            "Units that two of three classes need", pictures, texts, links=links
        )
    return found


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _ending(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)
