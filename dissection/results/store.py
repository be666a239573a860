"""A dissection on disk. Free of torch, so that the window can show it at once.

A dissection is one folder: ``dissection.json`` names an array file (safetensors), a sprite of the
concepts' pictures and sheets of the units' pictures (WebP), each with its SHA-256, and is replaced
last, so that at any moment the folder holds one whole dissection. ``timings.json`` beside it tells
how long the making took; no figure depends on it. Other files in the folder are left alone.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from dissection.errors import StoreError
from dissection.results.dissection import Dissection
from dissection.results.layer_dissection import LayerDissection
from dissection.results.readers import find_result_file, read_result_file
from dissection.results.sheets import Sheets
from dissection.results.stored.arrays import pack, read_layer, unpack
from dissection.results.stored.crops import encode_crops, read_crops
from dissection.results.stored.fault import Fault, read_part, reference
from dissection.results.stored.manifest import (
    MANIFEST,
    check_provenance,
    describe,
    read_manifest,
    read_strength,
)
from dissection.runtime.files import user_path, write_bytes
from dissection.runtime.own_files import OwnFiles
from dissection.runtime.reading import read_object, read_ordinary
from dissection.vocabulary import NAMELESS, Vocabulary, readable_name

__all__ = ["Dissection", "LayerDissection", "load_dissection", "save_dissection"]

TIMINGS = "timings.json"
#: Where commands work, inside the folder that is to hold the result.
WORK, WORK_STRENGTHS, WORK_RELATE = "work", "work-strengths", "work-relate"
WORK_FOLDERS = (WORK, WORK_STRENGTHS, WORK_RELATE)
#: Of ``timings.json``.
_LARGEST_NOTE = 1 << 20


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
        StoreError: the dissection was read from a result file of another program, or the folder
            holds other files and no dissection, or one of another's that has a name of these.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from dissection.runtime.resources import resource
        >>> units = load_dissection(resource("dissections/storybook-church"))
        >>> with TemporaryDirectory() as folder:
        ...     save_dissection(units, folder)
        ...     load_dissection(folder).layers == units.layers
        True
    """
    target = user_path(folder)
    arrays = pack(dissection.values())
    crops, order = encode_crops(dissection)
    files: dict[str, bytes] = {}

    def named(stem: str, suffix: str, data: bytes) -> dict[str, Any]:
        entry = reference(stem, suffix, data)
        if data:
            files[entry["file"]] = data
        return entry

    manifest = {
        **describe(dissection),
        "arrays": named("arrays", "safetensors", arrays),
        "pictures": {**named("pictures", "webp", crops), "concepts": order},
        "unit_pictures": {
            name: {
                "images": layer.pictures.images,
                "size": layer.pictures.size,
                "sheets": [
                    named(f"units-{_plain(name)}-{place}", "webp", data)
                    for place, data in enumerate(layer.pictures.encoded)
                ],
            }
            for name, layer in dissection.items()
            if layer.pictures is not None
        },
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False) + "\n"
    names = [*files, MANIFEST]
    if timings is not None:
        files[TIMINGS] = (json.dumps(dict(timings), indent=1) + "\n").encode()
        names.append(TIMINGS)
    own = _own_files(target)
    # What has the name and the content needs no writing, whoever left it there.
    own.names.update(name for name, data in files.items() if _holds(target / name, data))
    own.claim(*names)
    for name, data in files.items():
        write_bytes(target / name, data, own.part(name))
    write_bytes(target / MANIFEST, text.encode(), own.part(MANIFEST))
    with suppress(OSError):  # what is left behind is on the list, for the next time
        own.forget({*own.names} - {*names, TIMINGS})
        own.forget_list()  # from here on the manifest says which files are the dissection's


def can_hold_dissection(folder: str | Path) -> None:
    """Refuse a folder for a dissection before the long work begins, not behind it.

    Raises:
        StoreError: see ``save_dissection``.
    """
    _own_files(user_path(folder))


def _own_files(target: Path) -> OwnFiles:
    """The dissection's files in a folder that may hold one.

    Raises:
        StoreError: it holds other things.
    """
    own = OwnFiles(target, _named_before(target))
    if not (own.names or own.listed or own.is_empty() or _holds_work_alone(target)):
        raise StoreError(
            f"{target} is not empty and holds no dissection; choose another folder, so that "
            "nothing in it is replaced."
        )
    return own


def load_dissection(path: str | Path, network_digest: str | None = None) -> Dissection:
    """Read a stored dissection and check all of it.

    Results of the two public dissection programs (``report.json``, gandissect's ``dissect.json``)
    are read as well, as far as they go; see ``dissection.results.readers``.

    Args:
        path: its folder, or a published result file or its folder.
        network_digest: SHA-256 of the network at hand, to refuse a dissection of another one.

    Raises:
        StoreError: it is missing, damaged, of a newer program, or of another network; the
            sentence says what is wrong with which file.

    Example:
        >>> from dissection.runtime.resources import resource
        >>> units = load_dissection(resource("dissections/storybook-church"))
        >>> units["layer4"].iou.shape == (len(units.vocabulary), 256)
        True
    """
    folder = user_path(path)
    if folder.name == MANIFEST and folder.is_file():
        folder = folder.parent
    if not (folder / MANIFEST).exists() and (found := find_result_file(folder)):
        dissection = read_result_file(found)
    else:
        dissection = _read(folder)
    if network_digest is not None:
        dissection.require_network(network_digest)
    return dissection


def _read(folder: Path) -> Dissection:
    manifest = read_manifest(folder)
    try:
        return _assemble(folder, manifest)
    except Fault as fault:
        raise StoreError(f"The dissection {folder} is damaged: {fault}; make it anew.") from fault
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise StoreError(
            f"The dissection {folder} is damaged: {MANIFEST} lacks or garbles an entry "
            f"({error!r}); make it anew."
        ) from error


def _assemble(folder: Path, manifest: Mapping[str, Any]) -> Dissection:
    vocabulary = Vocabulary.from_json(manifest["vocabulary"])
    threshold_names = tuple(str(name) for name in manifest["levels"])
    if not threshold_names or not manifest["layers"]:
        raise Fault(f"{MANIFEST} names no layers or no levels")
    classes = tuple(readable_name(str(name)) or NAMELESS for name in manifest.get("classes", ()))
    str(manifest["provenance"]["network"])
    check_provenance(manifest["provenance"])
    sizes = {
        "classes": len(classes),
        "sample": int(manifest["provenance"]["sample"]["size"]),
    }
    arrays = unpack(read_part(folder, manifest["arrays"]))
    measured = {}
    for entry in manifest["layers"]:
        name, shape = str(entry["name"]), [int(n) for n in entry["shape"]]
        if len(shape) != 3 or min(shape) < 1:
            raise Fault(f"{MANIFEST} gives {name} the shape {shape}")
        units, height, width = shape
        found = arrays.get(name, {})
        measured[name] = read_layer(
            name, (units, height, width), threshold_names, found, vocabulary, sizes
        )
    for name, entry in manifest.get("unit_pictures", {}).items():
        if name not in measured:
            raise Fault(f"{MANIFEST} names pictures of {name}, which was not measured")
        measured[name] = replace(measured[name], pictures=_sheets(folder, measured[name], entry))
    return Dissection(
        readable_name(str(manifest["model"])),
        vocabulary,
        measured,
        manifest["provenance"],
        [read_strength(row, vocabulary, measured) for row in manifest["strengths"]],
        read_crops(folder, manifest["pictures"], vocabulary),
        classes,
    )


def _sheets(folder: Path, layer: LayerDissection, entry: Mapping[str, Any]) -> Sheets:
    images, size = int(entry["images"]), int(entry["size"])
    if not 1 <= images <= layer.exemplars.shape[1]:
        raise Fault(f"{MANIFEST} names {images} pictures of each unit of {layer.name}")
    encoded = [read_part(folder, sheet) for sheet in entry["sheets"]]
    try:
        return Sheets(encoded, layer.shape[0], images, size)
    except ValueError as error:
        raise Fault(f"the pictures of {layer.name} are wrong: {error}") from error


def _named_before(folder: Path) -> set[str]:
    """The files of the dissection that is there, by its manifest; none without one."""
    try:
        manifest = read_manifest(folder)
        entries = [manifest["arrays"], manifest["pictures"]]
        for pictures in manifest.get("unit_pictures", {}).values():
            entries += pictures["sheets"]
        named = {str(entry["file"]) for entry in entries}
    except (StoreError, KeyError, TypeError, AttributeError):
        return set()
    timed: set[str] = set()
    with suppress(OSError, ValueError):
        seconds = read_object(folder / TIMINGS, _LARGEST_NOTE).values()
        timed = {TIMINGS} if all(isinstance(s, int | float) for s in seconds) else timed
    return {MANIFEST, *timed, *(n for n in named if Path(n).name == n)}


def _holds_work_alone(folder: Path) -> bool:
    """Whether nothing is there but the working folders of the job that made the dissection."""
    return all(path.name in WORK_FOLDERS and path.is_dir() for path in folder.iterdir())


def _holds(path: Path, data: bytes) -> bool:
    try:
        return not path.is_symlink() and read_ordinary(path, len(data)) == data
    except OSError:
        return False


def _plain(name: str) -> str:
    """A layer's name as a part of a file's name."""
    return re.sub(r"[^A-Za-z0-9._]", "_", name)
