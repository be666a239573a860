"""A dissection as pandas data frames and as an xarray dataset. Free of torch.

Both libraries are imported when they are asked for; they are the extra ``notebook``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.results.brushes import Measured, MeasuredBrush, measured_brushes
from dissection.results.layer_dissection import LayerDissection
from dissection.results.rows import (
    CONCEPT_COLUMNS,
    UNIT_COLUMNS,
    Cell,
    concept_cells,
    concept_rows,
    unit_cells,
    unit_rows,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Table = Literal["units", "concepts", "brushes"]
BRUSH_COLUMNS = (
    "concept",
    "category",
    "layers",
    "order",
    "k",
    "units",
    "iou",
    "erased",
    "drawn",
    "gain",
    "elsewhere",
    "fresh",
    "latents",
    "weak",
    "boost",
    "score",
)
#: Columns whose cells may be empty, which takes a type that knows of that.
_TYPES = {
    "area": "float64",
    "best_unit": "int64",
    "brush_units": "Int64",
    "detector_accuracy": "float64",
    "detector_threshold": "float64",
    "drawn": "float64",
    "effect_on_label": "float64",
    "elsewhere": "float64",
    "erased": "float64",
    "gain": "float64",
    "halves_agree": "boolean",
    "held_out_iou": "float64",
    "level": "float64",
    "peak": "float64",
}


def data_frame(columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> "pd.DataFrame":
    """Columns of one length as a data frame.

    Raises:
        BadInputError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise BadInputError(_missing("Data frames", "pandas")) from error
    return pd.DataFrame(dict(columns))


def to_pandas(dissection: Measured, table: Table = "units") -> "pd.DataFrame":
    """One of a dissection's tables; see ``Dissection.to_pandas``."""
    cells: Iterable[Sequence[Cell]]
    if table == "units":
        names: tuple[str, ...] = UNIT_COLUMNS
        cells = [
            unit_cells(row) for name in dissection.layers for row in unit_rows(dissection, name)
        ]
    elif table == "concepts":
        names = CONCEPT_COLUMNS
        cells = [concept_cells(row) for row in concept_rows(dissection)]
    elif table == "brushes":
        names = BRUSH_COLUMNS
        cells = [_brush_cells(brush) for brush in measured_brushes(dissection)]
    else:
        raise BadInputError(
            f"A dissection has the tables {', '.join(get_args(Table))}, no '{table}'."
        )
    columns = zip(*cells, strict=True) if cells else [()] * len(names)
    frame = data_frame(dict(zip(names, map(list, columns), strict=True)))
    types = {name: kind for name, kind in _TYPES.items() if name in frame}
    if table == "concepts":
        types["weak"] = "boolean"
    return frame.astype(types)


def _brush_cells(brush: MeasuredBrush) -> list[Cell]:
    units = "; ".join(
        f"{name}: {' '.join(map(str, layer_units.units))}"
        for name, layer_units in brush.brush.layers.items()
    )
    return [
        brush.concept.name,
        brush.concept.category,
        brush.layer,
        brush.order,
        brush.k,
        units,
        brush.iou,
        brush.erased,
        brush.drawn,
        brush.gain,
        brush.elsewhere,
        brush.fresh,
        brush.latents,
        brush.weak,
        brush.boost,
        brush.score,
    ]


def to_xarray(dissection: Measured) -> "xr.Dataset":
    """The arrays of all layers; see ``Dissection.to_xarray``."""
    try:
        import xarray as xr
    except ImportError as error:
        raise BadInputError(_missing("Datasets", "xarray")) from error
    layers = list(dissection.values())
    concepts = list(dissection.vocabulary)[1:]
    thresholds = list(dict.fromkeys(name for layer in layers for name in layer.threshold_names))
    images = max((layer.exemplars.shape[1] for layer in layers), default=0)
    arrays: dict[str, tuple[tuple[str, ...], NDArray[Any] | None]] = {
        "iou": (("concept", "unit"), np.concatenate([layer.iou[1:] for layer in layers], axis=1)),
        "effect": (("concept", "unit"), _beside([layer.effect for layer in layers], layers, 1)),
        "class_effect": (("class", "unit"), _beside([x.class_effect for x in layers], layers)),
        "class_ablation": (("class", "unit"), _beside([x.class_ablation for x in layers], layers)),
        "activation_threshold": (("level", "unit"), _thresholds(layers, thresholds)),
        "exemplars": (("unit", "image"), _wide([x.exemplars for x in layers], layers, images, -1)),
        "peaks": (("unit", "image"), _wide([x.peaks for x in layers], layers, images, np.nan)),
    }
    return xr.Dataset(
        {name: (dims, found) for name, (dims, found) in arrays.items() if found is not None},
        coords={
            "concept": [concept.name for concept in concepts],
            "category": ("concept", [concept.category for concept in concepts]),
            "layer": ("unit", np.repeat(dissection.layers, [x.shape[0] for x in layers])),
            "number": ("unit", np.concatenate([np.arange(x.shape[0]) for x in layers])),
            **({"level": thresholds} if thresholds else {}),
            **({"class": list(dissection.classes)} if dissection.classes else {}),
        },
        attrs={"model": dissection.model},
    )


def _beside(
    tables: Sequence[NDArray[np.float32] | None], layers: Sequence[LayerDissection], first: int = 0
) -> NDArray[np.float32] | None:
    """Tables (rows, units) of the layers side by side; NaN for layers that have none."""
    rows = next((len(table) for table in tables if table is not None), None)
    if rows is None:
        return None
    return np.concatenate(
        [
            np.full((rows, layer.shape[0]), np.nan, np.float32) if table is None else table
            for table, layer in zip(tables, layers, strict=True)
        ],
        axis=1,
    )[first:]


def _thresholds(
    layers: Sequence[LayerDissection], names: Sequence[str]
) -> NDArray[np.float32] | None:
    if not names:
        return None
    nothing = [np.full(layer.shape[0], np.nan, np.float32) for layer in layers]
    return np.stack(
        [
            np.concatenate(
                [
                    layer.activation_threshold_at(name) if name in layer.threshold_names else empty
                    for layer, empty in zip(layers, nothing, strict=True)
                ]
            )
            for name in names
        ]
    )


def _wide(
    tables: Sequence[NDArray[Any]], layers: Sequence[LayerDissection], images: int, empty: float
) -> NDArray[Any] | None:
    """Tables (units, images) of the layers one below the other, filled up to equal width."""
    if not images:
        return None
    found = []
    for table, layer in zip(tables, layers, strict=True):
        full = np.full((layer.shape[0], images), empty, table.dtype)
        full[: len(table), : table.shape[1]] = table
        found.append(full)
    return np.concatenate(found)


def _missing(what: str, library: str) -> str:
    return f"{what} need {library}, which is not installed: pip install 'ganpaint[notebook]'."
