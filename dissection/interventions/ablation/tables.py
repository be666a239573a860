"""An ablation as tables: units, classes, and every pair of both. Free of torch and pandas.

A table is a mapping of columns to arrays of one length; ``to_pandas`` makes a data frame of one
and ``write_csv`` files.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.interventions.ablation.result import TOP_NUMBERS, Ablation
from dissection.interventions.ablation.store import write_beside
from dissection.results.dissection import Dissection
from dissection.results.frames import data_frame

if TYPE_CHECKING:
    import pandas as pd

Table = Mapping[str, NDArray[Any]]
#: Between the names of several classes in one cell.
_BETWEEN = "; "


def unit_table(ablation: Ablation, dissection: Dissection | None = None) -> Table:
    """A row for each unit.

    Args:
        ablation: what to tell of.
        dissection: of the same network and layer, for the unit's concept and IoU.

    Returns:
        ``unit``; ``silent``; ``mean_importance`` over classes (figure S4g), on training pictures;
        ``plain_lost``: accuracy over all classes that is lost, on held-out ones; ``top_2`` ...
        ``top_5``: how many classes have it among so many most important units; ``needed_by``: those
        of ``top_4``, the one that loses most first; and ``concept``,
        ``category`` and ``iou`` of the dissection, if one is given.

    Raises:
        StoreError: the dissection is of another network.
        UnknownNameError: it does not have the layer.
    """
    importance = np.nan_to_num(ablation.importance)
    plain = ablation.held_out.counts.plain
    needed = ablation.needed_by(4)
    order = np.argsort(-importance, axis=0, kind="stable")
    names = [
        _BETWEEN.join(ablation.classes[k] for k in order[:, unit] if needed[k, unit])
        for unit in range(ablation.units)
    ]
    table: dict[str, NDArray[Any]] = {
        "unit": np.arange(ablation.units),
        "silent": ablation.silent,
        "mean_importance": _mean(ablation.importance, 0),
        "plain_lost": plain[0] - plain[1:],
        **{f"top_{n}": ablation.needed_by(n).sum(0) for n in TOP_NUMBERS},
        "needed_by": np.array(names, object),
    }
    if dissection is not None:
        dissection.require_network(str(ablation.provenance["network"]))
        layer = dissection[ablation.layer]
        concepts = [layer.vocabulary[index] for index in layer.labels.tolist()]
        table["concept"] = np.array([concept.name for concept in concepts], object)
        table["category"] = np.array([concept.category for concept in concepts], object)
        table["iou"] = layer.label_iou
    return table


def class_table(ablation: Ablation) -> Table:
    """A row for each class; balanced accuracies on held-out pictures.

    Returns:
        ``class``; ``pictures``; ``accuracy`` of the whole network; for each kind of set its
        accuracy without it, and ``all_classes: KIND``, that over all classes then; for the control
        the mean over its draws; ``top_units``, the four most important; ``agreement`` with the
        gradient's estimate, if that was made.
    """
    table: dict[str, NDArray[Any]] = {
        "class": np.array(ablation.classes, object),
        "pictures": ablation.held_out.counts.sizes,
        "accuracy": ablation.held_out.baseline,
    }
    for kind in ablation.sets.kinds:
        if kind.startswith("random: "):
            table[kind] = _mean(ablation.control(kind.removeprefix("random: "))[0], 0)
        else:
            balanced, plain = ablation.without(kind)
            table[kind], table[f"all_classes: {kind}"] = balanced, plain
    top = [" ".join(map(str, units)) for units in ablation.order[:, :4].tolist()]
    table["top_units"] = np.array(top, object)
    if ablation.agreement is not None:
        table["agreement"] = ablation.agreement
    return table


def pair_table(ablation: Ablation) -> Table:
    """A row for each class and unit.

    Returns:
        ``class``; ``unit``; ``rank`` of the unit, from 0; ``lost_training`` and ``lost_held_out``,
        balanced accuracy; ``correlation``; ``taken_for``: the class that most of the pictures go to
        that are lost, or an empty text, and ``taken`` how many; ``class_effect``, if measured.
    """
    classes, units = len(ablation.classes), ablation.units
    most, many = ablation.taken_for
    names = np.array([*ablation.classes, ""], object)
    table: dict[str, NDArray[Any]] = {
        "class": np.repeat(np.array(ablation.classes, object), units),
        "unit": np.tile(np.arange(units), classes),
        "rank": np.argsort(ablation.order, axis=1).ravel(),
        "lost_training": ablation.training.importance.ravel(),
        "lost_held_out": ablation.held_out.importance.ravel(),
        "correlation": ablation.correlation.ravel(),
        "taken_for": names[most.ravel()],
        "taken": many.ravel(),
    }
    if ablation.class_effect is not None:
        table["class_effect"] = ablation.class_effect.ravel()
    return table


def tables(ablation: Ablation, dissection: Dissection | None = None) -> dict[str, Table]:
    """All three, by name: units, classes, pairs."""
    return {
        "units": unit_table(ablation, dissection),
        "classes": class_table(ablation),
        "pairs": pair_table(ablation),
    }


def to_pandas(
    ablation: Ablation,
    table: Literal["units", "classes", "pairs"] = "units",
    dissection: Dissection | None = None,
) -> "pd.DataFrame":
    """One of the three as a data frame; see ``unit_table``, ``class_table`` and ``pair_table``.

    Raises:
        BadInputError: another table, or pandas is not installed.
        StoreError, UnknownNameError: see ``unit_table``.
    """
    if table == "units":
        return data_frame(unit_table(ablation, dissection))
    if table == "classes":
        return data_frame(class_table(ablation))
    if table == "pairs":
        return data_frame(pair_table(ablation))
    raise BadInputError(f"An ablation has the tables units, classes, pairs, no '{table}'.")


def write_csv(
    ablation: Ablation, folder: str | Path, dissection: Dissection | None = None
) -> list[Path]:
    """Write ``units.csv``, ``classes.csv`` and ``pairs.csv`` to the folder of an ablation.

    Cells of what is not known are empty.

    Returns:
        Their paths.

    Raises:
        StoreError: one is there and was not made by this program.
        DissectionError: a file cannot be written.
    """
    files = {}
    for name, table in tables(ablation, dissection).items():
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(
            zip(*[map(_cell, column.tolist()) for column in table.values()], strict=True)
        )
        files[f"{name}.csv"] = stream.getvalue().encode("utf-8", "backslashreplace")
    return write_beside(folder, files)


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return value


def _mean(values: NDArray[np.floating], axis: int) -> NDArray[np.float64]:
    """Mean of those that are there; NaN where none is."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        found: NDArray[np.float64] = np.where(there, values, 0).sum(axis) / there.sum(axis)
    return found
