"""Tables as the text of a CSV file. Free of Qt."""

import csv
import io
from collections.abc import Sequence

from dissection.errors import printable


def as_csv(rows: Sequence[Sequence[object]]) -> str:
    """Rows as CSV; a text is one line, also where a spreadsheet would take it for a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        writer.writerow([_text(cell) if isinstance(cell, str) else cell for cell in row])
    return stream.getvalue()


def _text(cell: str) -> str:
    told = printable(cell)
    return f"'{told}" if told.startswith(("=", "+", "-", "@")) else told
