"""A dissection on disk. Free of torch, so that the window can show it at once.

A dissection is one folder: ``dissection.json`` names an array file (safetensors) and a
sprite (WebP) with their SHA-256, and is replaced last, so that at any moment the folder holds one
whole dissection. ``timings.json`` beside it tells how long the making took; no figure depends on
it.
"""

import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from PIL import Image

from dissection.brushes import Strength
from dissection.errors import StoreError
from dissection.files import write_bytes, write_text
from dissection.measured import GREY, PICTURE_SIZE, Dissection, LayerDissection
from dissection.statistics.tally import Tally
from dissection.vocabulary import Concept, Vocabulary

__all__ = ["Dissection", "LayerDissection", "load_dissection", "save_dissection"]

SCHEMA = 1
MANIFEST = "dissection.json"
TIMINGS = "timings.json"
_COLUMNS = 8
_TALLY = ("intersection", "activated", "area", "pixels")


def save_dissection(
    dissection: Dissection, folder: str | Path, timings: Mapping[str, float] | None = None
) -> None:
    """Write a dissection to a folder, which is made if need be; an older one there is replaced.

    Args:
        dissection: what to write.
        folder: where to.
        timings: seconds by stage, for ``timings.json``.

    Raises:
        DissectionError: the folder cannot be written to, or the disk is full; what was there
            before is still there.
    """
    target = Path(folder).expanduser()
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"Cannot write the dissection to {target}: {(error.strerror or str(error)).lower()}."
        ) from error
    arrays = safetensors.numpy.save(_arrays(dissection))
    sprite, order = _sprite(dissection)
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        "model": dissection.model,
        "vocabulary": dissection.vocabulary.to_json(),
        "levels": list(dissection.levels),
        "layers": [
            {"name": part.name, "shape": list(part.shape)} for part in dissection.measured.values()
        ],
        "provenance": dict(dissection.provenance),
        "strengths": [_strength_row(s, dissection.vocabulary) for s in dissection.strengths],
        "arrays": _reference("arrays", "safetensors", arrays),
        "pictures": {**_reference("pictures", "webp", sprite), "concepts": order},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False) + "\n"
    write_bytes(target / manifest["arrays"]["file"], arrays)
    if order:
        write_bytes(target / manifest["pictures"]["file"], sprite)
    write_text(target / MANIFEST, text)
    if timings is not None:
        write_text(target / TIMINGS, json.dumps(dict(timings), indent=1) + "\n")
    for pattern, key in (("arrays-*.safetensors", "arrays"), ("pictures-*.webp", "pictures")):
        for old in target.glob(pattern):
            if old.name != manifest[key]["file"]:
                old.unlink(missing_ok=True)


def load_dissection(path: str | Path, network_digest: str | None = None) -> Dissection:
    """Read a stored dissection and check all of it.

    Args:
        path: its folder.
        network_digest: SHA-256 of the network at hand, to refuse a dissection of another one.

    Raises:
        StoreError: it is missing, damaged, of a newer program, or of another network; the
            sentence says what is wrong with which file.
    """
    folder = Path(path).expanduser()
    manifest = _read_manifest(folder)
    try:
        dissection = _assemble(folder, manifest)
    except _Fault as fault:
        raise StoreError(f"The dissection {folder} is damaged: {fault}; make it anew.") from fault
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise StoreError(
            f"The dissection {folder} is damaged: {MANIFEST} lacks or garbles an entry "
            f"({error!r}); make it anew."
        ) from error
    if network_digest is not None:
        dissection.require_network(network_digest)
    return dissection


class _Fault(Exception):  # noqa: N818 - half a sentence, which load_dissection completes
    """The first thing wrong with a stored dissection."""


def _arrays(dissection: Dissection) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for name, part in dissection.measured.items():
        for key in _TALLY:
            arrays[f"{name}.{key}"] = getattr(part.tally, key)
        arrays[f"{name}.levels"] = part.level_table
        arrays[f"{name}.exemplars"] = part.exemplars
        arrays[f"{name}.peaks"] = part.peaks
        if part.effect is not None:
            arrays[f"{name}.effect"] = part.effect
    return {key: np.ascontiguousarray(array) for key, array in arrays.items()}


def _sprite(dissection: Dissection) -> tuple[bytes, list[int]]:
    """All concepts' pictures in one WebP, in rows of eight, and the concepts' indices in order."""
    order = sorted(dissection.vocabulary.id(concept) for concept in dissection.pictures)
    if not order:
        return b"", []
    size = PICTURE_SIZE
    rows = math.ceil(len(order) / _COLUMNS)
    sheet = np.full((rows * size, _COLUMNS * size, 3), GREY, np.uint8)
    for place, index in enumerate(order):
        top, left = place // _COLUMNS * size, place % _COLUMNS * size
        picture = dissection.pictures[dissection.vocabulary[index]]
        sheet[top : top + size, left : left + size] = picture
    stream = io.BytesIO()
    Image.fromarray(sheet).save(stream, format="WEBP", quality=92, method=6)
    return stream.getvalue(), order


def _reference(stem: str, suffix: str, data: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(data).hexdigest()
    return {"file": f"{stem}-{digest[:12]}.{suffix}", "sha256": digest}


def _strength_row(strength: Strength, vocabulary: Vocabulary) -> dict[str, Any]:
    row = asdict(strength)
    return {**row, "concept": vocabulary.id(strength.concept), "layers": list(strength.layers)}


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StoreError(
            f"{folder} holds no dissection: there is no {MANIFEST} in it; "
            "make one with dissection dissect."
        ) from None
    except OSError as error:
        raise StoreError(
            f"{path} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from error
    except ValueError as error:
        raise StoreError(f"{path} is damaged: it is no JSON text; dissect anew.") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("schema"), int):
        raise StoreError(f"{path} is damaged: it does not say its schema version; dissect anew.")
    if manifest["schema"] != SCHEMA:
        raise StoreError(
            f"{path} has schema version {manifest['schema']}, and this program reads version "
            f"{SCHEMA}; use the program that made it, or dissect anew."
        )
    return manifest


def _assemble(folder: Path, manifest: Mapping[str, Any]) -> Dissection:
    vocabulary = Vocabulary.from_json(manifest["vocabulary"])
    level_names = tuple(str(name) for name in manifest["levels"])
    if not level_names or not manifest["layers"]:
        raise _Fault(f"{MANIFEST} names no layers or no levels")
    try:
        arrays = safetensors.numpy.load(_read_part(folder, manifest["arrays"]))
    except safetensors.SafetensorError as error:
        raise _Fault(f"{manifest['arrays']['file']} is no safetensors file") from error
    sample = int(manifest["provenance"]["sample"]["size"])
    str(manifest["provenance"]["network"])
    measured = {}
    for entry in manifest["layers"]:
        name, shape = str(entry["name"]), tuple(int(n) for n in entry["shape"])
        if len(shape) != 3 or min(shape) < 1:
            raise _Fault(f"{MANIFEST} gives {name} the shape {list(shape)}")
        part = {
            key.removeprefix(f"{name}."): array
            for key, array in arrays.items()
            if key.rpartition(".")[0] == name
        }
        _check_layer(name, part, len(vocabulary), shape[0], len(level_names), sample)
        measured[name] = LayerDissection(
            name,
            shape,
            level_names,
            part["levels"],
            Tally(*(part[key] for key in _TALLY)),
            part["exemplars"],
            part["peaks"],
            part.get("effect"),
        )
    strengths = [_read_strength(row, vocabulary, measured) for row in manifest["strengths"]]
    return Dissection(
        str(manifest["model"]),
        vocabulary,
        measured,
        manifest["provenance"],
        strengths,
        _read_pictures(folder, manifest["pictures"], vocabulary),
    )


def _read_part(folder: Path, reference: Mapping[str, str]) -> bytes:
    path = folder / Path(reference["file"]).name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _Fault(f"{path.name} is missing or cannot be read") from error
    if hashlib.sha256(data).hexdigest() != reference["sha256"]:
        raise _Fault(f"{path.name} is not the file that was written (its SHA-256 differs)")
    return data


def _check_layer(
    name: str,
    part: Mapping[str, NDArray[Any]],
    concepts: int,
    units: int,
    levels: int,
    sample: int,
) -> None:
    """Shapes, dtypes and ranges of one layer's arrays."""
    images = part["exemplars"].shape[-1] if "exemplars" in part else 0
    expected: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
        "intersection": ((2, concepts, units), np.int64),
        "activated": ((2, units), np.int64),
        "area": ((2, concepts), np.int64),
        "pixels": ((2,), np.int64),
        "levels": ((levels, units), np.float32),
        "exemplars": ((units, images), np.int64),
        "peaks": ((units, images), np.float32),
    }
    if "effect" in part:
        expected["effect"] = ((concepts, units), np.float32)
    for key, (shape, dtype) in expected.items():
        if key not in part:
            raise _Fault(f"{name} has no {key}")
        array = part[key]
        if array.shape != shape or array.dtype != dtype:
            raise _Fault(
                f"{key} of {name} is {array.dtype} {list(array.shape)} and should be "
                f"{np.dtype(dtype)} {list(shape)}"
            )
        if not np.isfinite(array).all():
            raise _Fault(f"{key} of {name} holds values that are not finite numbers")
        if dtype is np.int64 and array.size and array.min() < 0:
            raise _Fault(f"{key} of {name} holds negative counts")
    if images and part["exemplars"].max() >= sample:
        raise _Fault(f"{name} names exemplars beyond its sample of {sample}")
    inside = np.minimum(part["activated"][:, None, :], part["area"][:, :, None])
    if (part["intersection"] > inside).any():
        raise _Fault(f"{name} counts more pixels in an intersection than in a unit or concept")


def _read_strength(
    row: Mapping[str, Any], vocabulary: Vocabulary, measured: Mapping[str, LayerDissection]
) -> Strength:
    figures = {
        key: None if row[key] is None else float(row[key])
        for key in ("erased", "drawn", "gain", "elsewhere")
    }
    if any(value is not None and not math.isfinite(value) for value in figures.values()):
        raise _Fault("the strength of a brush is not a finite number")
    layers = tuple(str(name) for name in row["layers"])
    index, k = int(row["concept"]), int(row["k"])
    if not 0 < index < len(vocabulary) or k < 1 or not set(layers) <= set(measured):
        raise _Fault(f"the strength of a brush is about concept {index} with {k} units of {layers}")
    return Strength(
        vocabulary[index],
        layers,
        str(row["order"]),
        k,
        figures["erased"],
        float(row["drawn"]),
        float(row["gain"]),
        float(row["elsewhere"]),
        int(row["latents"]),
    )


def _read_pictures(
    folder: Path, entry: Mapping[str, Any], vocabulary: Vocabulary
) -> dict[Concept, NDArray[np.uint8]]:
    order = [int(index) for index in entry["concepts"]]
    if not order:
        return {}
    if min(order) < 1 or max(order) >= len(vocabulary):
        raise _Fault(f"{MANIFEST} names pictures of concepts that the vocabulary does not have")
    data = _read_part(folder, {"file": entry["file"], "sha256": entry["sha256"]})
    try:
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
            sheet = np.asarray(image.convert("RGB"))
    except (OSError, Image.DecompressionBombError) as error:
        raise _Fault(f"{entry['file']} is no WebP picture") from error
    size = PICTURE_SIZE
    if sheet.shape[:2] != (math.ceil(len(order) / _COLUMNS) * size, _COLUMNS * size):
        raise _Fault(f"{entry['file']} has the wrong size")
    tiles = sheet.reshape(-1, size, _COLUMNS, size, 3).swapaxes(1, 2).reshape(-1, size, size, 3)
    return {vocabulary[index]: tiles[place] for place, index in enumerate(order)}
