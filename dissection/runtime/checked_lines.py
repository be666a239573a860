"""Lines of JSON that tell whether they are whole: each begins with the CRC-32 of the rest.

Files of such lines lose what a damaged line holds, and nothing else. Free of torch.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any


def checked_line(row: Mapping[str, Any]) -> bytes:
    """A row as the line of a file, without its end.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(row, allow_nan=False).encode()
    return b"%08x %s" % (zlib.crc32(text), text)


def read_line(line: bytes) -> dict[str, Any] | None:
    """The row of a line; None for one that is not whole."""
    check, _, text = line.rstrip(b"\r").partition(b" ")
    try:
        if len(check) != 8 or int(check, 16) != zlib.crc32(text):
            return None
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
