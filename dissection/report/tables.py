"""Units and concepts as two CSV files: one row each, an empty cell where nothing was measured."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from dissection.errors import BadInputError
from dissection.results.dissection import Dissection
from dissection.results.interpretable import INTERPRETABLE
from dissection.results.rows import (
    CONCEPT_COLUMNS,
    UNIT_COLUMNS,
    Cell,
    concept_cells,
    concept_rows,
    unit_cells,
    unit_rows,
)
from dissection.runtime.files import reason, user_path, write_text
from dissection.runtime.reading import open_ordinary

#: Spreadsheets take a text that begins so for a formula, which may do anything: names come from
#: files of others. An apostrophe makes it a text again.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Bytes of an older table that are looked at, at most.
_LARGEST_TABLE = 64 << 20


def write_tables(
    dissection: Dissection,
    path: str | Path,
    min_iou: float = INTERPRETABLE,
    layers: Sequence[str] = (),
) -> tuple[Path, Path]:
    """Write ``OUT.csv`` with the units and ``OUT-concepts.csv`` with the concepts.

    Args:
        dissection: what to tell of.
        path: of the table of units; ends in ``.csv``.
        min_iou: a unit matches its best concept above this IoU.
        layers: whose units; none means all.

    Returns:
        Both paths.

    Raises:
        BadInputError: another ending, or a least IoU that is not from 0 to below 1.
        UnknownNameError: no such layer.
        DissectionError: a file cannot be written.
    """
    target, concepts = user_path(path), concepts_table(path)
    _require_own(concepts)
    units = [row for name in layers or dissection for row in unit_rows(dissection, name, min_iou)]
    write_text(target, _csv(UNIT_COLUMNS, map(unit_cells, units)))
    rows = concept_rows(dissection, min_iou)
    write_text(concepts, _csv(CONCEPT_COLUMNS, map(concept_cells, rows)))
    return target, concepts


def concepts_table(path: str | Path) -> Path:
    """Where the table of the concepts goes, of a table of units at a path.

    Raises:
        BadInputError: the path does not end in ``.csv``.
    """
    target = user_path(path)
    if target.suffix.lower() != ".csv":
        raise BadInputError(f"A table is a .csv file; give {path} a name that ends so.")
    return target.with_name(f"{target.stem}-concepts{target.suffix}")


def _require_own(concepts: Path) -> None:
    """The table whose name nobody gave replaces no file but an older one of its kind."""
    try:
        with open_ordinary(concepts, _LARGEST_TABLE) as stream:
            found = stream.readline(_LARGEST_TABLE).decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadInputError(f"Cannot write {concepts}: {reason(error)}.") from error
    if not found.startswith(CONCEPT_COLUMNS[0] + ","):
        raise BadInputError(
            f"{concepts}, where the table of concepts goes, is another file; give the tables "
            "another name, or move it away."
        )


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_spelled(cell) for cell in row] for row in rows)
    return text.getvalue()


def _spelled(cell: Cell) -> str | int:
    """Numbers to six digits, yes and no; nothing for what was not measured."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, str) and len(cell) > 1 and cell.startswith(_FORMULA):
        return f"'{cell}"
    return f"{cell:.6g}" if isinstance(cell, float) else cell
