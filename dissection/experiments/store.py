"""A result on disk, and loaded again. Free of torch.

One folder: ``result.json`` holds tables, sentences, settings and provenance, and names files of
arrays (safetensors) and pictures (WebP) with their SHA-256; it is replaced last, so that at any
moment the folder holds one whole result. Beside it, for people: ``TABLE.csv``, and each figure as
``FIGURE.png`` and ``FIGURE.svg``; ``card.png`` is the first one, small, and ``card-dark.png`` the
same for dark screens; ``timings.json`` tells how long the making took. Files that this program did
not make are left alone (``runtime.own_files``).

Example:
    >>> import tempfile
    >>> from dissection.experiments.result import Result
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_result(Result({"counts": {"k": [1, 2]}}, experiment="none"), folder, plots=False)
    ...     load_result(folder).table()
    {'k': [1, 2]}
"""

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from PIL import Image

from dissection.errors import BadInputError, StoreError, printable
from dissection.experiments.registry import experiments
from dissection.experiments.result import Result, Table, plain
from dissection.experiments.stored_pictures import decode_pictures, encode_pictures
from dissection.report.drawing import draw, encode
from dissection.report.figures import Figure
from dissection.report.looks import DARK, Look
from dissection.results.stored.fault import Fault, read_part, reference
from dissection.runtime.files import user_path, write_bytes
from dissection.runtime.own_files import OwnFiles
from dissection.runtime.reading import read_object
from dissection.runtime.resources import bundled_experiments, resource

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

MANIFEST, TIMINGS = "result.json", "timings.json"
CARD, DARK_CARD = "card.png", "card-dark.png"
SCHEMA = 1
_LARGEST = 256 << 20
#: Width and height of the small picture, px, at most, and its colors.
_CARD_SIDES, _CARD_COLORS = (360, 270), 64
#: What tables and pictures are called.
_FILE = re.compile(r"\w[\w .()-]{0,99}")
#: Spreadsheets take a text that begins so for a formula; an apostrophe makes it a text again.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def save_result(
    result: Result,
    folder: str | Path,
    timings: Mapping[str, float] | None = None,
    plots: bool = True,
) -> None:
    """Write a result to a folder, which is made if need be; an older one there is replaced.

    Args:
        result: what to write.
        folder: where to.
        timings: seconds by stage, for ``timings.json``.
        plots: write tables as CSV and figures as PNG and SVG, too; else the small picture alone.

    Raises:
        BadInputError: a table or pictures are called what no file is.
        StoreError: the folder holds other files and no result, or one with a name of these.
        DissectionError: it cannot be written to, or the disk is full.
    """
    if (name := _unfit(*result.tables, *result.pictures)) is not None:
        raise BadInputError(
            f"A table or pictures of a result cannot be called {printable(name)!r}: so is a file; "
            "take letters, figures and blanks, 100 at most."
        )
    own = _own_files(user_path(folder))
    before = set(own.names)
    files: dict[str, bytes] = {}
    manifest = _manifest_of(result, files)
    drawn = _drawn(result, plots)
    files |= drawn
    if plots:
        files |= {f"{name}.csv": _csv(table) for name, table in result.tables.items()}
    if timings is not None:
        told = {stage: round(seconds, 1) for stage, seconds in timings.items()}
        files[TIMINGS] = (json.dumps(told, indent=1) + "\n").encode()
    manifest["sha256"] = manifest_digest(manifest)
    text = json.dumps(manifest, indent=None if not plots else 1, allow_nan=False) + "\n"
    files[MANIFEST] = text.encode()
    own.claim(*files)
    for name, data in files.items():
        write_bytes(own.folder / name, data, own.part(name))
    own.forget(before - set(files))


def load_result(path: str | Path) -> Result:
    """Read a stored result and check all of it.

    Args:
        path: its folder, or the name of one that ships, such as ``erase``.

    Raises:
        StoreError: it is missing, damaged, or of a newer program.
    """
    folder = user_path(path)
    if not folder.exists() and str(path) in bundled_experiments():
        folder = resource(f"experiments/{path}")
    if folder.name == MANIFEST:
        folder = folder.parent
    manifest = _read(folder)
    try:
        return _assemble(folder, manifest)
    except Fault as fault:
        raise StoreError(f"The result {folder} is damaged: {fault}; make it anew.") from fault
    except (
        KeyError, TypeError, ValueError, AttributeError, safetensors.SafetensorError, OSError,
    ) as error:  # fmt: skip
        raise StoreError(
            f"The result {folder} is damaged: {MANIFEST} or a file that it names lacks or garbles "
            f"an entry ({error!r}); make it anew."
        ) from error


def can_hold_result(folder: str | Path) -> None:
    """Refuse a folder for a result before the long work begins, not behind it.

    Raises:
        StoreError: see ``save_result``.
    """
    _own_files(user_path(folder))


def _own_files(target: Path) -> OwnFiles:
    own = OwnFiles(target)
    if own.listed or own.is_empty():
        return own
    found = {path.name for path in target.iterdir()}
    if all(name == "work" or name.startswith("work-") for name in found):
        return own  # a job that was stopped
    raise StoreError(
        f"{target} holds other files and no result of an experiment; choose another folder."
    )


def manifest_digest(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of all that a manifest says, but for this."""
    told = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _manifest_of(result: Result, files: dict[str, bytes]) -> dict[str, Any]:
    """What ``result.json`` says; the files that it names are added to ``files``."""
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        "experiment": result.experiment,
        "size": result.size,
        "settings": plain(result.settings),
        "summary": plain(result.summary),
        "told": list(result.told),
        "tables": {name: plain(table) for name, table in result.tables.items()},
        "provenance": plain(result.provenance),
        "arrays": None,
        "pictures": {},
    }
    if result.arrays:
        tight = {name: np.ascontiguousarray(array) for name, array in result.arrays.items()}
        data = safetensors.numpy.save(tight)
        manifest["arrays"] = entry = reference("arrays", "safetensors", data)
        files[entry["file"]] = data
    for name, pictures in result.pictures.items():
        manifest["pictures"][name], sheets = encode_pictures(name, pictures)
        files |= sheets
    return manifest


def _drawn(result: Result, plots: bool) -> dict[str, bytes]:
    """The figures as files."""
    files: dict[str, bytes] = {}
    for place, (name, figure) in enumerate(result.figures().items()):
        if place and not plots:
            break
        canvas = draw(figure)
        if plots:
            files[f"{name}.png"], files[f"{name}.svg"] = (encode(canvas, f) for f in ("png", "svg"))
        if not place:
            files |= {CARD: _small(canvas), DARK_CARD: draw_card(figure, DARK)}
    return files


def draw_card(figure: Figure, look: Look) -> bytes:
    """A figure made small, of a tall sheet the upper part, as a PNG file."""
    return _small(draw(figure, look))


def _small(canvas: "Canvas") -> bytes:
    with Image.open(io.BytesIO(encode(canvas, "png")), formats=["PNG"]) as image:
        width, height = image.size
        shown = image.convert("RGB").crop((0, 0, width, min(height, round(0.75 * width) + 1)))
        if height <= 1.5 * width:  # all of it
            shown = image.convert("RGB")
    shown.thumbnail(_CARD_SIDES, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    shown.quantize(_CARD_COLORS).save(stream, format="PNG", optimize=True)
    return stream.getvalue()


def _unfit(*names: str) -> str | None:
    """The first name of a table or of pictures that no file beside the manifest may have."""
    return next((name for name in names if not _FILE.fullmatch(name)), None)


def _csv(table: Table) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_cell(name) for name in table])
    for cells in zip(*table.values(), strict=True):
        writer.writerow([_cell(cell) for cell in cells])
    return stream.getvalue().encode("utf-8", "backslashreplace")


def _cell(cell: object) -> object:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _read(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = read_object(path, _LARGEST)
    except FileNotFoundError:
        raise StoreError(
            f"{folder} holds no result of an experiment: there is no {MANIFEST} in it; make one "
            "with dissection experiment."
        ) from None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} is damaged or cannot be read; make it anew.") from error
    if manifest.get("schema") != SCHEMA:
        raise StoreError(
            f"{path} has schema version {manifest.get('schema')}, and this program reads version "
            f"{SCHEMA}; use the program that made it, or make it anew."
        )
    if manifest.get("sha256") != manifest_digest(manifest):
        raise StoreError(f"{path} is damaged: it is not what was written; make it anew.")
    return manifest


def _assemble(folder: Path, manifest: dict[str, Any]) -> Result:
    if (name := _unfit(*manifest["tables"], *manifest["pictures"])) is not None:
        raise Fault(f"{printable(name)!r} is no name of a table or of pictures")
    arrays: dict[str, NDArray[Any]] = {}
    if manifest["arrays"] is not None:
        arrays = safetensors.numpy.load(read_part(folder, manifest["arrays"]))
    pictures = {
        name: decode_pictures(folder, entry) for name, entry in manifest["pictures"].items()
    }
    tables: dict[str, dict[str, list[Any]]] = {}
    for name, table in manifest["tables"].items():
        tables[name] = {column: list(cells) for column, cells in table.items()}
        if len({len(cells) for cells in tables[name].values()}) > 1:
            raise Fault(f"the columns of {name} are of different lengths")
    name = str(manifest["experiment"])
    return Result(
        tables,
        dict(manifest["summary"]),
        tuple(str(line) for line in manifest["told"]),
        arrays,
        pictures,
        dict(manifest["provenance"]),
        name,
        dict(manifest["settings"]),
        str(manifest["size"]),
        experiments()[name].figures if name in experiments() else None,
    )
