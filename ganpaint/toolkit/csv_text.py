"""Tables as the text of a CSV file. Free of Qt."""

import csv
import io
from collections.abc import Sequence


def as_csv(rows: Sequence[Sequence[object]]) -> str:
    """Rows as CSV; a text that a spreadsheet would take for a formula stays a text."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        writer.writerow(
            [f"'{c}" if isinstance(c, str) and c[:1] in ("=", "+", "-", "@") else c for c in row]
        )
    return stream.getvalue()
