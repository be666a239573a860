"""The figures of the experiment counterfactual: units, things, classes and pairs of pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dissection.experiments.result import Result, rows_of
from dissection.report.figures import Bars, Figure, Heat, Points, Rule, Series, Sheet, UnitLink

#: Units and things that the map shows, classes and units that the bars show.
_MAP_UNITS, _MAP_THINGS, _BARS = 24, 24, 16


def figures(result: Result) -> Mapping[str, Figure]:
    """Own things against others, by IoU; units by things; classes; pairs of pictures."""
    units = [row for row in rows_of(result.table("units")) if row["told_apart"] is not None]
    found: dict[str, Figure] = {}
    if units:
        found |= _of_units(units)
    things = [row["thing"] for row in rows_of(result.table("things"))]
    if things:
        found["things"] = _map(result, things, units)
    classes = rows_of(result.table("classes"))[:_BARS]
    if classes:
        names = [f"{row['class']} without {row['thing']}" for row in classes]
        tips = [
            f"{row['pairs']} scenes, {row['flipped']:.0%} taken for another class"
            + (f", most for {row['taken_for']}" if row["taken_for"] else "")
            for row in classes
        ]
        lost = Series("", (), [r["lost"] for r in classes], [r["error"] for r in classes], tips)
        title = "Classes that lose most without one thing"
        found["classes"] = Bars(title, "probability of the class lost", names, (lost,), across=True)
    examples = rows_of(result.table("examples"))
    if examples and "pairs" in result.pictures:
        texts = [f"{r['unit']} {r['concept']}\nwithout {r['thing']}" for r in examples]
        links = [UnitLink(r["layer"], r["unit"]) for r in examples for _ in range(4)]
        found["pairs"] = Sheet(
            "Pairs that move a unit most", result.pictures["pairs"], texts,
            ("with", "without", "unit with", "unit without"), links,
        )  # fmt: skip
    return found


def _of_units(units: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    tips = [
        f"{r['unit']} {r['concept']}: {r['own_pairs']} own pairs, {r['other_pairs']} others"
        for r in units
    ]
    links = [UnitLink(r["layer"], r["unit"]) for r in units]
    iou = [r["iou"] for r in units]
    control = [float("nan") if r["control"] is None else r["control"] for r in units]
    apart = Points(
        "Does a unit tell its label's removal from that of another thing?", "IoU with the label",
        "chance that it falls more",
        (
            Series("its own label", iou, [r["told_apart"] for r in units], (), tips, links),
            Series("other units' labels", iou, control, (), tips, links, control=True),
        ),
        (Rule(0.5, "chance"),),
    )  # fmt: skip
    best = sorted(units, key=lambda r: -r["iou"])[:_BARS]
    names = [f"{r['unit']} {r['concept']}" for r in best]
    links = [UnitLink(r["layer"], r["unit"]) for r in best]
    own_and_other = [
        Series(
            text, (), [r[key] for r in best], [r[f"{key}_error"] or 0.0 for r in best],
            [f"{r[f'{key}_pairs']} pairs" for r in best], links,
        )
        for key, text in (("own", "its concept goes"), ("other", "another thing goes"))
    ]  # fmt: skip
    bars = Bars(
        "How much the units with the highest IoU fall", "standard deviations of the peak", names,
        own_and_other,
    )  # fmt: skip
    return {"told-apart": apart, "own-and-other": bars}


def _map(result: Result, things: Sequence[str], units: Sequence[Mapping[str, Any]]) -> Heat:
    table = result.arrays["things"]
    chosen = [r["unit"] for r in sorted(units, key=lambda r: -r["iou"])[:_MAP_UNITS]]
    if not chosen:
        chosen = np.abs(table).max(0).argsort()[::-1][:_MAP_UNITS].tolist()
    strength = np.abs(table[:, chosen]).max(1)
    rows = sorted(np.argsort(-strength, kind="stable")[:_MAP_THINGS].tolist())
    concept = {r["unit"]: r["concept"] for r in units}
    names = [f"{unit} {concept.get(unit, '')}".strip() for unit in chosen]
    tips = [f"unit {u} without {things[t]}: {table[t, u]:+.2f}" for t in rows for u in chosen]
    return Heat(
        "How much units fall without a thing", table[np.ix_(rows, chosen)].astype(np.float64),
        "standard deviations", tips=tips, rows=[things[t] for t in rows], columns=names,
        signed=True,
    )  # fmt: skip
