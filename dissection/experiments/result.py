"""What an experiment measured. Free of torch.

A result is tables, arrays, pictures and a few sentences, with the settings that it was made with
and what it was made of. How it is stored is in ``store``; its figures are its experiment's.

Columns of tables that are called so are links for whoever shows them: ``layer`` with ``unit`` name
a unit, ``concept`` with ``category`` a concept, ``row`` a row of the standard latents.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import UnknownNameError
from dissection.report.figures import SceneLink
from dissection.results.frames import data_frame

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas

    from dissection.report.figures import Figure, Link

Cell = str | int | float | bool | None
#: Columns of one length.
Table = Mapping[str, Sequence[Cell]]


@dataclass(frozen=True, eq=False)
class Measured:
    """What ``run`` of an experiment gives.

    Attributes:
        tables: name to columns; the first is the one that a data frame is made of unless said.
            None, or NaN, where a cell was not measured.
        summary: the headline figures, plain JSON values.
        told: what was found, in sentences for a person.
        arrays: name to numbers, for what is no table.
        pictures: name to uint8 (rows, columns, H, W, 3), RGB; stored as WebP, which loses a little.
        provenance: what it was measured on: digests of networks, the sample, the segmenter.
    """

    tables: Mapping[str, Table]
    summary: Mapping[str, Any] = field(default_factory=dict)
    told: Sequence[str] = ()
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    pictures: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Result(Measured):
    """What an experiment measured, with how.

    Attributes:
        experiment: its name.
        settings: every choice, plain JSON values.
        size: what size that was: quick, default or paper.
        show: the figures of a result, the experiment's own; None of one that is not there.
    """

    experiment: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    size: str = "default"
    show: "Callable[[Result], Mapping[str, Figure]] | None" = field(default=None, repr=False)

    def table(self, name: str = "") -> Table:
        """One of the tables by name; the first unless said.

        Raises:
            UnknownNameError: there is none of this name.
        """
        if not name:
            return next(iter(self.tables.values()), {})
        if name not in self.tables:
            raise UnknownNameError(
                f"The experiment {self.experiment} has the tables {', '.join(self.tables)}, no "
                f"'{name}'."
            )
        return self.tables[name]

    def to_pandas(self, table: str = "") -> "pd.DataFrame":
        """One of the tables as a data frame; the first unless said.

        Raises:
            UnknownNameError: there is no such table.
            BadInputError: pandas is not installed.
        """
        return data_frame(self.table(table))

    def scenes(self, rows: Sequence[int]) -> "list[Link | None]":
        """Links to scenes, rows of the standard latents; None each where a result is of others."""
        # Earlier versions took a stream of latents that the painter does not have.
        return [SceneLink(row) if "first" in self.settings else None for row in rows]

    def figures(self) -> "Mapping[str, Figure]":
        """What the experiment's figures show, by name; for whoever draws them."""
        return {} if self.show is None else self.show(self)

    def plot(self) -> "dict[str, Canvas]":
        """The experiment's figures on matplotlib, by name."""
        from dissection.report.drawing import draw

        return {name: draw(figure) for name, figure in self.figures().items()}


def columns(rows: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> dict[str, list[Cell]]:
    """Rows, alike, as columns: what tables are.

    Args:
        rows: name to cell each.
        names: of the columns, needed where there may be no rows.

    Example:
        >>> columns([{"k": 1, "fell": 0.5}, {"k": 2, "fell": 0.6}])
        {'k': [1, 2], 'fell': [0.5, 0.6]}
    """
    found = list(names) or list(rows[0] if rows else ())
    return {name: [row[name] for row in rows] for name in found}


def rows_of(table: Table) -> list[dict[str, Any]]:
    """The rows of a table."""
    return [dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)]


def plain(value: Any) -> Any:
    """Plain JSON values: numpy's numbers as Python's, and None for what is not finite."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
