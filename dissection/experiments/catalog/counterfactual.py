"""Scenes with and without one thing: is a unit's label what moves it?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.experiments.counterfactual_figures import figures
from dissection.experiments.dissections import UnitLabels, require_labels, unit_labels
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, columns
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.results.interpretable import INTERPRETABLE
from dissection.runtime.progress import Meter, Report
from dissection.statistics.matched_rank import higher_share
from dissection.statistics.standard_error import standard_error
from dissection.vocabulary import Concept, Vocabulary

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.experiments.pair_answers import Answers

#: A concept is gone when so much of it is, and stays when so much of it does.
_GONE, _STAYS = 0.8, 0.95
#: Changes of like size: edges, as shares of the picture.
_SIZES = (0.01, 0.03, 0.1, 0.3)
#: Random labels, the control.
_DRAWS = 10
#: Units whose pairs are shown.
_SHEET = 6
_UNIT_COLUMNS = (
    "layer", "unit", "concept", "category", "iou", "own", "own_error", "own_pairs", "own_size",
    "other", "other_error", "other_pairs", "other_size", "told_apart", "control", "strongest",
    "strongest_answer",
)  # fmt: skip
_THING_COLUMNS = ("thing", "pairs", "size", "flipped", "probability_lost", "error")
_CLASS_COLUMNS = (
    "class", "thing", "pairs", "before", "after", "lost", "error", "flipped", "taken_for",
)  # fmt: skip
_EXAMPLE_COLUMNS = (
    "layer", "unit", "concept", "category", "layout", "thing", "peak_with", "peak_without",
)  # fmt: skip


class Settings(ExperimentSettings):
    """Choices of the experiment counterfactual."""

    model: str = setting("storybook-scenes", "A classifier.", kind="classifier")
    layer: str = setting("features.relu5_3", "The layer whose units are asked.", kind="layer")
    dissection: str = setting(
        "", "Dissection of the layer, for its labels; empty: one that ships.", kind="dissection"
    )
    scenes: int = setting(
        1020, "Held-out scenes, each painted without each of its things.", least=2, quick=102,
        most=1_000_000, paper=10_200,
    )  # fmt: skip
    least_size: float = setting(
        0.005, "Least share of the picture that a thing or a concept has.", least=0, most=1
    )
    least_pairs: int = setting(10, "A unit or class is judged by so many pairs.", least=2, quick=3)
    first: int = setting(10_000_000, "Seed of the first scene.", least=0)


def run(settings: Settings, execution: "Execution") -> Measured:
    """Paint the pairs, and look at them."""
    from dissection.data.storybook import Storybook
    from dissection.experiments.classifiers import layer_reading, open_classifier
    from dissection.experiments.pair_answers import measure_answers

    network, digest = open_classifier(settings.model, execution)
    reading = layer_reading(network, settings.layer, execution.device)
    require_labels(settings.dissection, settings.layer, digest)  # before the long work
    layouts = range(settings.first, settings.first + settings.scenes)
    found = measure_answers(network, settings.layer, reading, layouts, execution)
    book = Storybook("scenes")
    labels = unit_labels(settings.dissection, settings.layer, digest, found.peaks.shape[2])
    answers = found.answers
    seen = found.changed >= settings.least_size
    units = _unit_rows(settings, found, answers, seen, labels, book.vocabulary, execution.report)
    judged = [row for row in units if row["told_apart"] == row["told_apart"]]
    if labels.layer is not None and not judged:
        raise BadInputError(
            f"No unit's label can be left out of {settings.scenes} scenes often enough; take more "
            "--scenes, fewer --least-pairs or another layer."
        )
    things, table = _thing_rows(found, answers, seen, settings.least_pairs)
    names = network.classes if len(network.classes) == found.scores.shape[2] else ()
    classes = _class_rows(found, seen, names, book.classes, settings.least_pairs)
    examples, pictures = _examples(
        settings, found, answers, seen, judged, book.vocabulary, network, reading, execution
    )
    summary, told = _headline(judged, found, seen)
    return Measured(
        {
            "units": columns(units, _UNIT_COLUMNS),
            "things": columns(things, _THING_COLUMNS),
            "classes": columns(classes, _CLASS_COLUMNS),
            "examples": columns(examples, _EXAMPLE_COLUMNS),
        },
        summary,
        told,
        {"things": table.astype(np.float32)},
        pictures,
        {"network": digest, "layer": settings.layer, "pairs": len(found)},
    )


def _unit_rows(
    settings: Settings,
    found: "Answers",
    answers: NDArray[np.float64],
    seen: NDArray[np.bool_],
    labels: UnitLabels,
    vocabulary: Vocabulary,
    report: Report | None,
) -> list[dict[str, Any]]:
    places = {(concept.name, concept.category): n for n, concept in enumerate(vocabulary)}
    pixels = found.before.sum(1).max(initial=1) / 3  # of three kinds of labels, at most
    least = settings.least_size * pixels
    indices = [
        places.get((name, category), 0)
        for name, category in zip(labels.names, labels.categories, strict=True)
    ]
    rng = np.random.default_rng(0)
    others = [c for c in dict.fromkeys(indices) if c]
    rows = []
    meter = Meter(report, "judging units", answers.shape[1])
    for unit in range(answers.shape[1]):
        meter.reach(unit, answers.shape[1])
        own, rest = _groups(found, seen, indices[unit], least)
        row = _answers_of(answers[:, unit], found.changed, own, rest, settings.least_pairs)
        control = []
        drawn = [c for c in rng.permutation(others) if c != indices[unit]] if others else []
        for concept in drawn[:_DRAWS]:
            mine, theirs = _groups(found, seen, int(concept), least)
            told = _told_apart(answers[:, unit], found.changed, mine, theirs, settings.least_pairs)
            control.append(told)
        finite = [value for value in control if value == value]
        strongest, most = _strongest(answers[:, unit], found.things, seen, settings.least_pairs)
        rows.append(
            {
                "layer": settings.layer,
                "unit": unit,
                **labels.row(unit),
                **row,
                "control": float(np.mean(finite)) if finite else float("nan"),
                "strongest": strongest,
                "strongest_answer": most,
            }
        )
    return rows


def _groups(
    found: "Answers", seen: NDArray[np.bool_], concept: int, least: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pairs in which a concept goes, and those in which it is there and other things go."""
    if not concept:
        nothing = np.zeros(len(found), bool)
        return nothing, nothing
    before, after = found.before[:, concept], found.after[:, concept]
    there = seen & (before > 0) & (before >= least)
    return there & (after <= (1 - _GONE) * before), there & (after >= _STAYS * before)


def _answers_of(
    answers: NDArray[np.float64],
    sizes: NDArray[np.float32],
    own: NDArray[np.bool_],
    rest: NDArray[np.bool_],
    least: int,
) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, mask in (("own", own), ("other", rest)):
        values = answers[mask]
        row[name] = float(values.mean()) if len(values) else float("nan")
        row[f"{name}_error"] = standard_error(values)
        row[f"{name}_pairs"] = len(values)
        row[f"{name}_size"] = float(sizes[mask].mean()) if len(values) else float("nan")
    row["told_apart"] = _told_apart(answers, sizes, own, rest, least)
    return row


def _told_apart(
    answers: NDArray[np.float64],
    sizes: NDArray[np.float32],
    own: NDArray[np.bool_],
    rest: NDArray[np.bool_],
    least: int,
) -> float:
    """Chance that the unit falls more when its concept goes than when as large a thing does."""
    if min(own.sum(), rest.sum()) < least:
        return float("nan")
    return higher_share(answers[own], answers[rest], sizes[own], sizes[rest], _SIZES)


def _strongest(
    answers: NDArray[np.float64], things: Sequence[str], seen: NDArray[np.bool_], least: int
) -> tuple[str, float]:
    """The thing that a unit falls most without."""
    names = np.array(things)
    best = ("", float("-inf"))
    for thing in sorted(set(things)):
        mask = seen & (names == thing)
        if mask.sum() >= least:
            mean = float(answers[mask].mean())
            best = max(best, (thing, mean), key=lambda one: one[1])
    return best if best[0] else ("", float("nan"))


def _thing_rows(
    found: "Answers", answers: NDArray[np.float64], seen: NDArray[np.bool_], least: int
) -> tuple[list[dict[str, Any]], NDArray[np.float64]]:
    """A row for each thing, and how units fall without it, (things, units)."""
    names = np.array(found.things)
    told = found.scores[:, 0].argmax(1)
    lost = np.take_along_axis(found.scores, told[:, None, None], 2)[..., 0]
    flipped = found.scores[:, 1].argmax(1) != told
    rows, table = [], []
    for thing in sorted(set(found.things)):
        mask = seen & (names == thing)
        if mask.sum() < least:
            continue
        fallen = (lost[mask, 0] - lost[mask, 1]).astype(np.float64)
        rows.append(
            {
                "thing": thing,
                "pairs": int(mask.sum()),
                "size": float(found.changed[mask].mean()),
                "flipped": float(flipped[mask].mean()),
                "probability_lost": float(fallen.mean()),
                "error": standard_error(fallen),
            }
        )
        table.append(answers[mask].mean(0))
    return rows, np.array(table).reshape(len(rows), answers.shape[1])


def _class_rows(
    found: "Answers",
    seen: NDArray[np.bool_],
    names: Sequence[str],
    scenes: Sequence[str],
    least: int,
) -> list[dict[str, Any]]:
    """Each class of scenes without each thing; nothing where the network tells other classes."""
    if set(names) != set(scenes):
        return []
    things = np.array(found.things)
    of = np.array([names.index(scenes[layout % len(scenes)]) for layout in found.layouts])
    rows = []
    for k, name in enumerate(names):
        for thing in sorted(set(things[of == k])):
            mask = seen & (of == k) & (things == thing)
            if mask.sum() < least:
                continue
            before, after = found.scores[mask, 0, k], found.scores[mask, 1, k]
            now = found.scores[mask, 1].argmax(1)
            gone = now[now != k]
            rows.append(
                {
                    "class": name,
                    "thing": str(thing),
                    "pairs": int(mask.sum()),
                    "before": float(before.mean()),
                    "after": float(after.mean()),
                    "lost": float((before - after).mean()),
                    "error": standard_error((before - after).astype(np.float64)),
                    "flipped": float((now != found.scores[mask, 0].argmax(1)).mean()),
                    "taken_for": names[int(np.bincount(gone).argmax())] if len(gone) else "",
                }
            )
    return sorted(rows, key=lambda row: -row["lost"])


def _examples(
    settings: Settings,
    found: "Answers",
    answers: NDArray[np.float64],
    seen: NDArray[np.bool_],
    judged: Sequence[Mapping[str, Any]],
    vocabulary: Vocabulary,
    network: Any,
    reading: Any,
    execution: "Execution",
) -> tuple[list[dict[str, Any]], dict[str, NDArray[np.uint8]]]:
    """For the units whose label moves them most: a pair, with where the unit is on."""
    from dissection.data.storybook.pairs import paint_pairs
    from dissection.experiments.pair_answers import as_inputs, look
    from dissection.measurement.spotlight import spotlight

    best: dict[str, Mapping[str, Any]] = {}
    for row in sorted(judged, key=lambda one: -one["own"]):
        if row["iou"] > INTERPRETABLE:
            best.setdefault(row["concept"], row)
    rows, strips = [], []
    shown = list(best.values())[:_SHEET]
    meter = Meter(execution.report, "making pictures of pairs", len(shown))
    for row in shown:
        unit = row["unit"]
        concept = vocabulary.id(Concept(row["concept"], row["category"]))
        pool = np.flatnonzero(_groups(found, seen, concept, 0)[0])
        n = int(pool[answers[pool, unit].argmax()])
        pair = next(
            p
            for p in paint_pairs(int(found.layouts[n]), network.size)
            if p.thing == found.things[n]
        )
        both = (pair.whole.image, pair.without.image)
        looked = look(network, settings.layer, reading, as_inputs(both, execution.device), 1)
        maps = [part[0][0, unit].cpu().numpy() for part in looked]
        level = 0.5 * float(maps[0].max())
        lit = [spotlight(image, values, level) for image, values in zip(both, maps, strict=True)]
        strips.append(np.stack([*both, *lit]))
        rows.append(
            {
                **{key: row[key] for key in ("layer", "unit", "concept", "category")},
                "layout": int(found.layouts[n]),
                "thing": found.things[n],
                "peak_with": float(found.peaks[n, 0, unit]),
                "peak_without": float(found.peaks[n, 1, unit]),
            }
        )
        meter.step()
    return rows, {"pairs": np.stack(strips)} if strips else {}


def _headline(
    judged: Sequence[Mapping[str, Any]], found: "Answers", seen: NDArray[np.bool_]
) -> tuple[dict[str, Any], list[str]]:
    from dissection.statistics.ranks import spearman

    matching = [row for row in judged if row["iou"] > INTERPRETABLE]
    summary: dict[str, Any] = {
        "pairs": int(seen.sum()),
        "units_judged": len(judged),
        "matching_judged": len(matching),
    }
    told = [f"{summary['pairs']} pairs of scenes that differ by one thing"]
    if matching:
        for key in ("own", "other", "told_apart", "control"):
            summary[key] = float(np.nanmean([row[key] for row in matching]))
        summary["label_is_strongest"] = float(
            np.mean([row["strongest"] == row["concept"] for row in matching])
        )
        summary["above_chance"] = float(np.mean([row["told_apart"] > 0.5 for row in matching]))
        told.append(
            f"{len(matching)} units that match a concept fall by {summary['own']:.2f} standard "
            f"deviations when it goes, and by {summary['other']:.2f} when another thing does; of "
            f"two as large things they tell their own by {summary['told_apart']:.1%}, and that of "
            f"other units' labels by {summary['control']:.1%}"
        )
    if len(judged) > 2:
        iou = np.array([row["iou"] for row in judged])
        apart = np.array([row["told_apart"] for row in judged])
        summary["rank_correlation_with_iou"] = spearman(iou, apart)
        value = summary["rank_correlation_with_iou"]
        if value is not None:
            told.append(f"rank correlation of that with the IoU: {value:.2f}")
    return summary, told


EXPERIMENT = Experiment(
    name="counterfactual",
    title="Scenes with and without one thing",
    figure="Ours: no photograph can be taken twice",
    idea=(
        "A scene is painted again without one thing, all else alike: a unit that stands for a "
        "concept falls when that goes, and stays when as large a thing of another kind does."
    ),
    settings=Settings,
    run=run,
    figures=figures,
    of="classifier",
    takes="A minute of one core by default: 1,020 scenes.",
)
