"""``ttv_unit_ablation.json``: for each class of a classifier the units whose loss hurts it most.

It lies beside the ``report.json`` of the layer. The published program writes it (Bau et al. 2020,
figures 2E and S6 to S12) from the balanced accuracy of each class with single units set to zero; a
list ends where less than half a percent is lost, so what units further down do is not known.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from dissection.results.dissection import Dissection
from dissection.results.readers.fields import Wrong, entry, number, records, require_cells


def with_ablation(dissection: Dissection, content: Any) -> Dissection:
    """A dissection of one layer with the classes that need its units.

    Args:
        dissection: of one layer.
        content: of the file: class to records of a unit and a change in accuracy.

    Returns:
        The same with ``classes`` and ``class_ablation``, NaN where the file does not tell.

    Raises:
        Wrong: it is not what its writer writes.
    """
    if not isinstance(content, dict) or not content:
        raise Wrong("it has no classes")
    (layer,) = dissection.values()
    require_cells(len(content) * layer.shape[0], "its table of classes and units")
    table = np.full((len(content), layer.shape[0]), np.nan, np.float32)
    for place, name in enumerate(content):
        for rank, record in enumerate(records(content, name, "the file")):
            where = f"entry {rank} of {name}"
            unit = entry(record, "unit", where)
            if type(unit) is not int or not 0 <= unit < layer.shape[0]:
                raise Wrong(f"{where} is of unit {unit!r}, and {layer.name} has {layer.shape[0]}")
            if not np.isnan(table[place, unit]):
                raise Wrong(f"{name} has unit {unit} twice")
            change = number(record, "val_acc", where)
            if abs(change) > 1:
                raise Wrong(f"'val_acc' of {where} is {change:g}, and accuracy is from 0 to 1")
            table[place, unit] = change
    measured = {layer.name: replace(layer, class_ablation=table)}
    return replace(dissection, measured=measured, classes=tuple(content))
