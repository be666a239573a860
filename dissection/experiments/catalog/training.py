"""Networks kept along a training, dissected one after the other: how units come to mean things."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError, UnknownNameError
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Bars, Curves, Figure, Heat, Series
from dissection.results.colors import category_color
from dissection.results.interpretable import INTERPRETABLE

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.vocabulary import Vocabulary

#: Where trainings keep networks, in the folder of the run, and how the files end.
_SNAPSHOTS, _SUFFIX = "snapshots", ".safetensors"
#: Concepts that the map shows, and units whose roles are told.
_SHOWN, _TOLD = 20, 5
_OF_SCENES = {"labels": "storybook:scenes", "seed": 10_000_000, "images": 255}
_SNAPSHOT_COLUMNS = ("snapshot", "step", "units", "matching", "concepts", "iou", "changed")
_ROLE_COLUMNS = ("layer", "unit", "first", "first_iou", "last", "last_iou", "labels")


class Settings(ExperimentSettings):
    """Choices of the experiment training."""

    run: str = setting(
        "", "Folder of a training with --snapshots, or of its snapshots.", kind="folder"
    )
    start: str = setting(
        "", "Network that the training went on from, to be the first; empty: none.",
        kind="classifier",
    )  # fmt: skip
    layer: str = setting("layer4", "The layer whose units are followed.", kind="layer")
    labels: str = setting(
        "", "Labeled pictures for a classifier: storybook:DOMAIN, broden:FOLDER, maps:FOLDER; "
        "empty: Storybook's scenes.",
    )  # fmt: skip
    most: int = setting(
        8, "Snapshots, spread over the training; 0: all.", least=0, quick=3, paper=0
    )
    images: int = setting(500, "Latents or pictures.", least=2, quick=100, paper=10_000)
    min_iou: float = setting(
        INTERPRETABLE, "A unit matches its concept above this IoU.", least=0, most=0.999
    )
    seed: int = setting(1, "Seed of the sample.", least=0)
    segmenter: str = setting("storybook", "What tells concepts apart.", kind="segmenter")


def run(settings: Settings, execution: "Execution") -> Measured:
    """Dissect each network on the same sample."""
    files = _spread(find_snapshots(settings.run), settings.most)
    if settings.start:
        files = [_file_of(settings.start), *files]
    rows: list[dict[str, Any]] = []
    labels: list[NDArray[np.int64]] = []
    ious: list[NDArray[np.float32]] = []
    names: list[str] = []
    categories: Sequence[str] = ()
    left_out = []
    for path in files:
        found = _dissected(settings, execution, path)
        if found is None:
            left_out.append(path.name)
            continue
        vocabulary, label, iou = found
        if labels and len(label) != len(labels[0]):
            raise BadInputError(
                f"{path.name} has {len(label)} units in {settings.layer}, and those before have "
                f"{len(labels[0])}; name the snapshots of one training."
            )
        matching = iou > settings.min_iou
        before = labels[-1] if labels else None
        both = matching & (ious[-1] > settings.min_iou) if ious else matching
        rows.append(
            {
                "snapshot": path.stem,
                "step": step_of(path),
                "units": len(label),
                "matching": int(matching.sum()),
                "concepts": len(np.unique(label[matching])),
                "iou": float(iou.mean()),
                "changed": None if before is None else int((label != before)[both].sum()),
            }
        )
        for category in vocabulary.categories:
            own = [i for i, c in enumerate(vocabulary) if c.category == category]
            rows[-1][category] = len(np.intersect1d(label[matching], own))
        labels.append(label)
        ious.append(iou)
        names = _names(vocabulary)
        categories = vocabulary.categories
    if not rows:
        raise UnknownNameError(
            f"None of the {len(files)} snapshots in {settings.run} has a layer '{settings.layer}'; "
            "take another --layer."
        )
    table, iou_table = np.stack(labels), np.stack(ious)
    roles = _roles(settings, table, iou_table, names)
    first, last = rows[0], rows[-1]
    fates = _fates(table[[0, -1]], iou_table[[0, -1]] > settings.min_iou)
    told = _told(settings.layer, first, last, fates, roles, left_out)
    return Measured(
        {
            "snapshots": columns(rows, (*_SNAPSHOT_COLUMNS, *categories)),
            "roles": columns(roles, _ROLE_COLUMNS),
        },
        {"first": first, "last": last, "fates": fates, "categories": categories},
        told,
        {
            "labels": table.astype(np.int32),
            "iou": iou_table.astype(np.float32),
            "counts": _counts(table, iou_table > settings.min_iou, len(names)),
        },
        provenance={
            "snapshots": [path.name for path in files],
            "left_out": left_out,
            "concepts": names,
        },
    )


def _names(vocabulary: "Vocabulary") -> list[str]:
    """Names of concepts, with the category where two have one name."""
    plain = [concept.name for concept in vocabulary]
    return [
        f"{name} ({concept.category})" if plain.count(name) > 1 else name
        for name, concept in zip(plain, vocabulary, strict=True)
    ]


def _told(
    layer: str,
    first: Mapping[str, Any],
    last: Mapping[str, Any],
    fates: Mapping[str, Any],
    roles: Sequence[Mapping[str, Any]],
    left_out: Sequence[str],
) -> list[str]:
    """What is said of it, a sentence each."""
    told = [
        f"{layer}: {first['matching']} of {first['units']} units match "
        f"{first['concepts']} concepts after {first['step']}, {last['matching']} match "
        f"{last['concepts']} after {last['step']}"
    ]
    told.append(
        f"from the first to the last {fates['kept']} units keep their concept, {fates['changed']} "
        f"match another one, {fates['lost']} none any more, {fates['gained']} one at last"
    )
    told += [
        f"unit {role['unit']}: {role['labels']}"
        for role in [role for role in roles if " > " in role["labels"]][:_TOLD]
    ]
    if left_out:
        told.append(f"without {layer}, and left out: {', '.join(left_out)}")
    return told


def _file_of(start: str) -> Path:
    """The file of the network that a training went on from."""
    from dissection.runtime.model_names import find_model

    path = find_model(start).path
    if path is None or not path.is_file():
        raise BadInputError(f"There is no file of a network '{start}', as --start says.")
    return path


def _fates(labels: NDArray[np.int64], matching: NDArray[np.bool_]) -> dict[str, int]:
    """What became of the units between two networks, (2, units) each: how many of which fate."""
    before, after = matching
    same = labels[0] == labels[1]
    return {
        "kept": int((before & after & same).sum()),
        "changed": int((before & after & ~same).sum()),
        "lost": int((before & ~after).sum()),
        "gained": int((~before & after).sum()),
        "never": int((~before & ~after).sum()),
    }


def find_snapshots(folder: str) -> list[Path]:
    """The networks that a training kept, in the order of their steps.

    Raises:
        BadInputError: there is no such folder, or no network in it.
    """
    from dissection.runtime.files import user_path

    if not folder:
        raise BadInputError(
            "Name the folder of a training with --run; dissection train generator --snapshots "
            "makes one."
        )
    place = user_path(folder)
    if not place.is_dir():
        raise BadInputError(f"There is no folder {folder}; name that of a training with --run.")
    inner = place / _SNAPSHOTS
    found = sorted(
        (inner if inner.is_dir() else place).glob(f"*{_SUFFIX}"),
        key=lambda path: (step_of(path), path.name),
    )
    if len(found) < 2:
        raise BadInputError(
            f"{folder} holds {len(found)} snapshots, and at least 2 are needed; train with "
            "--snapshots."
        )
    return found


def step_of(path: Path) -> int:
    """How far the training was, by a snapshot's name: 00050000-32px, step-400."""
    digits = "".join(c if c.isdigit() else " " for c in path.stem).split()
    return int(digits[0]) if digits else 0


def _spread(files: list[Path], most: int) -> list[Path]:
    if not most or len(files) <= most:
        return files
    places = np.unique(np.linspace(0, len(files) - 1, max(most, 2)).round().astype(int))
    return [files[place] for place in places]


def _dissected(
    settings: Settings, execution: "Execution", path: Path
) -> tuple[Any, NDArray[np.int64], NDArray[np.float32]] | None:
    """Vocabulary, labels and their IoU; None of a network without the layer."""
    from dissection.experiments.sampled import choose_sample, open_network
    from dissection.models.segmenters.load import load_segmenter
    from dissection.pipeline import dissect

    try:
        network, digest = open_network(execution, str(path), [settings.layer])
    except UnknownNameError:
        return None
    execution.identify(f"snapshot {path.stem}", digest)
    source: Any = choose_sample(network, settings.labels, settings.images, settings.seed, execution)
    judge = load_segmenter(settings.segmenter, execution.device) if source.generates else None
    vocabulary = judge.vocabulary if judge is not None else source.vocabulary
    kept = execution.work.load(f"snapshot-{path.stem}")
    if kept is None:
        found = dissect(
            network.module,
            [settings.layer],
            source,
            judge,
            exemplars=1,
            batch=execution.batch,
            report=execution.report,
            work=execution.inner_work(path.stem),
            resume=execution.resume,
            merge=execution.merge,
        )[settings.layer]
        kept = {"labels": found.labels, "iou": np.nan_to_num(found.label_iou).astype(np.float32)}
        execution.work.save(f"snapshot-{path.stem}", kept)
    return vocabulary, kept["labels"], kept["iou"]


def _roles(
    settings: Settings,
    labels: NDArray[np.int64],
    iou: NDArray[np.float32],
    names: Sequence[str],
) -> list[dict[str, Any]]:
    """What each unit matched, from the first snapshot to the last; the best matches first."""
    roles = []
    for unit in np.argsort(-iou[-1], kind="stable").tolist():
        history: list[str] = []
        for label, value in zip(labels[:, unit], iou[:, unit], strict=True):
            name = names[int(label)] if value > settings.min_iou else "-"
            if not history or history[-1] != name:
                history.append(name)
        roles.append(
            {
                "layer": settings.layer,
                "unit": unit,
                "first": names[int(labels[0, unit])],
                "first_iou": float(iou[0, unit]),
                "last": names[int(labels[-1, unit])],
                "last_iou": float(iou[-1, unit]),
                "labels": " > ".join(history),
            }
        )
    return roles


def _counts(
    labels: NDArray[np.int64], matching: NDArray[np.bool_], concepts: int
) -> NDArray[np.int32]:
    """Units that match each concept, int32 (snapshots, concepts)."""
    rows = [
        np.bincount(label[good], minlength=concepts)
        for label, good in zip(labels, matching, strict=True)
    ]
    return np.stack(rows).astype(np.int32)


def figures(result: Result) -> Mapping[str, Figure]:
    """Concepts by step, and which concepts have units when."""
    rows = rows_of(result.table("snapshots"))
    steps = [row["step"] for row in rows]
    layer, names = result.settings["layer"], result.provenance["concepts"]
    counts = result.arrays["counts"].astype(float)
    most = [int(i) for i in np.argsort(-counts.max(0), kind="stable") if counts[:, i].any()]
    shown = sorted(most[:_SHOWN], key=lambda i: (int((counts[:, i] > 0).argmax()), -counts[-1, i]))
    fates = result.summary["fates"]
    return {
        "concepts": Curves(
            f"{layer}: concepts that units match along the training",
            "step, or images shown",
            "distinct concepts",
            [
                Series("all", steps, [row["concepts"] for row in rows], color="#000000"),
                *(
                    Series(name, steps, [r[name] for r in rows], color=category_color(name))
                    for name in result.summary["categories"]
                    if any(row[name] for row in rows)
                ),
            ],
        ),
        "units": Curves(
            f"{layer}: units along the training",
            "step, or images shown",
            "units",
            (
                Series("match a concept", steps, [row["matching"] for row in rows]),
                Series(
                    "another one than before",
                    steps,
                    [np.nan if r["changed"] is None else r["changed"] for r in rows],
                ),
            ),
        ),
        "when": Heat(
            f"{layer}: units that match each concept",
            counts[:, shown].T,
            "units",
            rows=[names[i] for i in shown],
            columns=[str(step) for step in steps],
        ),
        "fates": Bars(
            f"{layer}: what became of {sum(fates.values())} units, from the first to the last",
            "units",
            list(fates),
            (Series("", (), list(fates.values())),),
        ),
    }


EXPERIMENT = Experiment(
    name="training",
    title="Units along a training",
    figure="Bau et al. 2017, how concepts emerge in training",
    idea=(
        "While a network learns, or is fine-tuned to another task, units turn from simple concepts "
        "to complex ones, and change their roles."
    ),
    settings=Settings,
    run=run,
    figures=figures,
    takes="As long as dissecting each of the snapshots takes.",
    # Of trainings that do not ship, by commands in docs/results.md into these folders.
    shipped={
        "generator": {"run": "generator-run", "layer": "layer6", "most": 0},
        "classifier": {**_OF_SCENES, "run": "classifier-run", "layer": "relu5"},
        "tuned": {
            **_OF_SCENES,
            "run": "tuned-run",
            "layer": "features.relu5_3",
            "start": "storybook-scenes",
        },
    },
)
