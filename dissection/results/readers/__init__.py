"""Results of the two public dissection programs, as far as their files go.

``report.json`` (github.com/davidbau/dissect) tells each unit's best concept and its IoU, and
``ttv_unit_ablation.json`` beside it which classes need the unit; ``dissect.json`` (gandissect)
levels, exemplars and the IoU with some concepts besides. What they do not tell is absent from the
dissection: see ``LayerDissection``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dissection.errors import StoreError
from dissection.results.dissection import Dissection
from dissection.results.readers.ablation import with_ablation
from dissection.results.readers.fields import Wrong
from dissection.results.readers.gandissect import read_gandissect
from dissection.results.readers.report import read_report
from dissection.runtime.files import reason
from dissection.runtime.reading import read_json, read_ordinary

REPORT, GANDISSECT = "report.json", "dissect.json"
#: What NetDissect and NetDissect-Lite write: named as what it is, and not read.
TALLY = "tally.csv"
#: Lies beside a report of a classifier.
ABLATION = "ttv_unit_ablation.json"
#: Bytes that are read at most: published files hold some megabytes.
LARGEST_FILE = 64 << 20

#: What entries of the wrong kind may raise where no reader names them.
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


def find_result_file(path: Path) -> Path | None:
    """The result file of another program that a path names, or that its folder holds."""
    if path.is_file():
        return path
    found = [path / name for name in (REPORT, GANDISSECT, TALLY) if (path / name).is_file()]
    return found[0] if found else None


def read_result_file(path: Path) -> Dissection:
    """Read one, whichever of the two it is.

    Raises:
        StoreError: it cannot be read, or is neither, or damaged; the sentence says where.
    """
    if path.suffix.lower() == ".csv":
        raise StoreError(
            f"{path} is a table of NetDissect, which is not read: it tells no levels and no IoU of "
            f"other concepts; give a {REPORT}, a {GANDISSECT} or the folder of a dissection."
            if _is_tally(path)
            else f"{path} is a table and no dissection; give the folder of a dissection."
        )
    content = _read_json(path)
    if isinstance(content, dict) and "layers" in content:
        read = read_gandissect
    elif isinstance(content, dict) and "units" in content:
        read = read_report
    else:
        raise StoreError(
            f"{path} is no dissection: it is neither a {REPORT} nor a {GANDISSECT}; give the "
            "folder of a dissection or one of these files."
        )
    dissection = _whole(path, lambda: read(content, path))
    ablation = path.with_name(ABLATION)
    if read is read_report and ablation.is_file():
        told = _read_json(ablation)
        return _whole(ablation, lambda: with_ablation(dissection, told))
    return dissection


def _is_tally(path: Path) -> bool:
    try:
        head = read_ordinary(path, LARGEST_FILE)[:1000].decode("utf-8-sig", "replace")
    except OSError:
        return False
    columns = {name.strip() for name in head.partition("\n")[0].split(",")}
    return {"unit", "category", "label"} <= columns or {"unit", "label", "score"} <= columns


def _whole(path: Path, read: Callable[[], Dissection]) -> Dissection:
    try:
        return read()
    except Wrong as wrong:
        raise StoreError(
            f"{path} is no whole result of a dissection: {wrong}; take another copy of it."
        ) from wrong
    except _MALFORMED as error:
        raise StoreError(
            f"{path} is no whole result of a dissection: an entry is of another kind than its "
            f"writer writes ({type(error).__name__}); take another copy of it."
        ) from error


def _read_json(path: Path) -> Any:
    try:
        return read_json(path, LARGEST_FILE)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {reason(error)}.") from error
    except ValueError as error:
        raise StoreError(
            f"{path} is no result of a dissection: it is no JSON text; take another copy of it."
        ) from error
