"""The scenes that ``dissection evaluate`` judges by, and the file of its figures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from dissection.commands.reporting import Reporter

if TYPE_CHECKING:
    from dissection.training.pictures import Pictures


@contextmanager
def held_out_scenes(
    domain: str, size: int, count: int, cache: Path | None, report: Reporter
) -> Iterator["Pictures"]:
    """Held-out scenes with labels, painted into a cache folder or one that goes again."""
    from dissection.training.pictures import HELD_OUT, open_pictures

    with TemporaryDirectory(prefix="dissection-held-out-") as fresh:
        folder = cache or Path(fresh)
        painted = report.counter("held-out scenes")
        yield open_pictures(f"storybook:{domain}", size, count, folder, painted, HELD_OUT)


def write_figures(path: Path | None, figures: object) -> None:
    """Write figures as JSON, where a file was named."""
    from dissection.runtime.files import write_text

    if path is not None:
        write_text(path, json.dumps(figures, indent=1))
