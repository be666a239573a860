"""An ablation on disk. Free of torch.

One folder: ``ablation.json`` names a file of arrays (safetensors) with its SHA-256 and is replaced
last, so that at any moment the folder holds one whole ablation. ``timings.json`` beside it tells
how long the making took; no figure depends on it. Files that are not on the folder's list of this
program's own are neither replaced nor deleted (``runtime.own_files``).

Example:
    >>> import tempfile
    >>> import numpy as np
    >>> import torch
    >>> from dissection import ablate
    >>> from dissection.interventions.ablation.classes import ClassImages
    >>> network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 8), torch.nn.Flatten())
    >>> noise = np.random.default_rng(0).uniform(-1, 1, (8, 3, 8, 8))
    >>> pictures = ClassImages(noise, [0, 1, 2, 3] * 2, ["farm", "lake", "pier", "barn"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_ablation(ablate(network, "0", pictures, pictures, effect_size=0), folder)
    ...     load_ablation(folder).classes
    ('farm', 'lake', 'pier', 'barn')
"""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from dissection.errors import StoreError
from dissection.interventions.ablation.accuracy import Counts, Flips
from dissection.interventions.ablation.result import Ablation, Curves, UnitFigures
from dissection.interventions.ablation.sets import UnitSets
from dissection.results.stored.fault import Fault, read_part, reference
from dissection.runtime.files import user_path, write_bytes
from dissection.runtime.own_files import OwnFiles
from dissection.runtime.reading import read_json
from dissection.runtime.resources import bundled_ablations, resource
from dissection.vocabulary import NAMELESS, readable_name

MANIFEST, TIMINGS, WORK = "ablation.json", "timings.json", "work"
SCHEMA = 1
_SAMPLES = ("training", "held_out")
#: What held-out pictures are taken for without each set of units: most of the bytes, and most of
#: them repeat, so that they are stored deflated, as uint8; plain in files of before.
_PREDICTED, _DEFLATED = "sets.predicted", "sets.predicted.zlib"
#: Of them at most, 0.8 GB; what is inflated at a time; and bytes of a manifest, which names all
#: held-out pictures.
_MOST_PREDICTIONS, _PIECE, _LARGEST_MANIFEST = 200_000_000, 1 << 20, 256 << 20


def save_ablation(
    ablation: Ablation, folder: str | Path, timings: Mapping[str, float] | None = None
) -> None:
    """Write an ablation to a folder, which is made if need be; an older one there is replaced.

    Args:
        ablation: what to write.
        folder: where to.
        timings: seconds by stage, for ``timings.json``.

    Raises:
        StoreError: the folder holds other files and no ablation, or one with a name of these.
        DissectionError: it cannot be written to, or the disk is full; what was there is still
            there.
    """
    data = safetensors.numpy.save(_arrays(ablation))
    entry = reference("arrays", "safetensors", data)
    manifest = {
        "schema": SCHEMA,
        "model": ablation.model,
        "layer": ablation.layer,
        "classes": list(ablation.classes),
        "pictures": list(ablation.names),
        "kinds": list(ablation.sets.kinds),
        "provenance": dict(ablation.provenance),
        "arrays": entry,
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False) + "\n"
    files = {entry["file"]: data}
    if timings is not None:
        files[TIMINGS] = (json.dumps(dict(timings), indent=1) + "\n").encode()
    write_beside(folder, {**files, MANIFEST: text.encode()})
    own = OwnFiles(user_path(folder))
    own.forget(name for name in own.names - {entry["file"]} if name.startswith("arrays-"))


def write_beside(folder: str | Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files to the folder of an ablation, each whole, in order.

    Args:
        folder: of the ablation, or of the one that is about to be written.
        files: name to content.

    Returns:
        Their paths.

    Raises:
        StoreError: the folder holds other files and no ablation, or one with a name of these.
        DissectionError: it cannot be written to, or the disk is full.
    """
    own = _own_files(user_path(folder))
    own.claim(*files)
    for name, data in files.items():
        write_bytes(own.folder / name, data, own.part(name))
    return [own.folder / name for name in files]


def can_hold_ablation(folder: str | Path) -> None:
    """Refuse a folder for an ablation before the long work begins, not behind it.

    Raises:
        StoreError: see ``save_ablation``.
    """
    _own_files(user_path(folder))


def _own_files(target: Path) -> OwnFiles:
    own = OwnFiles(target)
    work_alone = target.is_dir() and all(path.name == WORK for path in target.iterdir())
    if not (own.listed or own.is_empty() or work_alone):
        raise StoreError(
            f"{target} is not empty and holds no ablation; choose another folder, so that nothing "
            "in it is replaced."
        )
    return own


def load_ablation(path: str | Path, network_digest: str | None = None) -> Ablation:
    """Read a stored ablation and check all of it.

    Args:
        path: its folder, the ``ablation.json`` in it, or the name of one that ships, such as
            ``storybook-scenes-relu5_3``.
        network_digest: SHA-256 of the network at hand, to refuse an ablation of another one.

    Raises:
        StoreError: it is missing, damaged, of a newer program, or of another network.
    """
    folder = user_path(path)
    if not folder.exists() and str(path) in bundled_ablations():
        folder = resource(f"ablations/{path}")
    if folder.name == MANIFEST:
        folder = folder.parent
    manifest = _manifest(folder)
    try:
        arrays = safetensors.numpy.load(read_part(folder, manifest["arrays"]))
        ablation = _assemble(manifest, arrays)
    except Fault as fault:
        raise StoreError(f"The ablation {folder} is damaged: {fault}; make it anew.") from fault
    except (
        KeyError, TypeError, ValueError, IndexError, AttributeError, safetensors.SafetensorError,
    ) as error:  # fmt: skip
        raise StoreError(
            f"The ablation {folder} is damaged: {MANIFEST} or its arrays lack or garble an entry "
            f"({error!r}); make it anew."
        ) from error
    made_from = str(ablation.provenance["network"])
    if network_digest is not None and network_digest != made_from:
        raise StoreError(
            f"This ablation was made of a network {ablation.model} with SHA-256 "
            f"{made_from[:12]}..., and the one at hand has {network_digest[:12]}...; ablate "
            "it anew."
        )
    return ablation


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = read_json(path, _LARGEST_MANIFEST)
    except FileNotFoundError:
        raise StoreError(
            f"{folder} holds no ablation: there is no {MANIFEST} in it; make one with dissection "
            "ablate."
        ) from None
    except OSError as error:
        raise StoreError(
            f"{path} cannot be read: {(error.strerror or str(error)).lower()}."
        ) from error
    except ValueError as error:
        raise StoreError(f"{path} is damaged: it is no JSON text; ablate anew.") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        found = manifest.get("schema") if isinstance(manifest, dict) else None
        raise StoreError(
            f"{path} has schema version {found}, and this program reads version {SCHEMA}; use the "
            "program that made it, or ablate anew."
        )
    return manifest


def _arrays(ablation: Ablation) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for name in _SAMPLES:
        figures: UnitFigures = getattr(ablation, name)
        found |= {
            f"{name}.sizes": figures.counts.sizes,
            f"{name}.hits": figures.counts.hits.astype(np.int32),
            f"{name}.taken": figures.counts.taken.astype(np.int32),
            f"{name}.changed": figures.changed,
            f"{name}.close": figures.close,
        }
    found |= {
        "targets": ablation.targets,
        "before": ablation.before,
        "flips.images": ablation.flips.images,
        "flips.settings": ablation.flips.settings,
        "flips.after": ablation.flips.after,
        "correlation": ablation.correlation,
        "sets.kind": ablation.sets.kind,
        "sets.of": ablation.sets.of,
        "sets.removed": np.packbits(ablation.sets.removed, axis=1),
        _DEFLATED: _deflated(ablation.set_predicted),
        "curves.classes": ablation.curves.classes,
        "curves.hits": ablation.curves.hits.astype(np.int32),
        "curves.taken": ablation.curves.taken.astype(np.int32),
        "curves.right": ablation.curves.right.astype(np.int32),
    }
    if ablation.class_effect is not None:
        found["class_effect"] = ablation.class_effect
    return {key: np.ascontiguousarray(value) for key, value in found.items()}


def _deflated(predicted: NDArray[Any]) -> NDArray[np.uint8]:
    plain = np.ascontiguousarray(predicted, np.dtype("<i4"))
    return np.frombuffer(zlib.compress(plain.tobytes(), 9), np.uint8)


def _inflated(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays with the predictions as they were, int32 (N, S)."""
    if _DEFLATED not in arrays:
        return dict(arrays)
    shape = len(arrays["targets"]), len(arrays["sets.kind"])
    if shape[0] * shape[1] > _MOST_PREDICTIONS:
        raise Fault(f"{_DEFLATED} claims {shape[0]} x {shape[1]} numbers")
    # Piece by piece, so that what is inflated is in memory once.
    predicted = np.empty(shape, np.dtype("<i4"))
    room, done = predicted.reshape(-1).view(np.uint8), 0
    inflating, left = zlib.decompressobj(), arrays[_DEFLATED].tobytes()
    try:
        while piece := inflating.decompress(left, _PIECE):
            if done + len(piece) > len(room):
                break
            room[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
            done, left = done + len(piece), inflating.unconsumed_tail
    except zlib.error as error:
        raise Fault(f"{_DEFLATED} cannot be inflated ({error})") from error
    if piece or done != len(room):
        raise Fault(f"{_DEFLATED} does not hold {shape[0]} x {shape[1]} numbers")
    return {**arrays, _PREDICTED: predicted}


def _assemble(manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Ablation:
    classes = tuple(readable_name(str(name)) or NAMELESS for name in manifest["classes"])
    str(manifest["provenance"]["network"])
    arrays = _inflated(arrays)
    units = len(arrays["training.changed"])
    pictures, sets = len(arrays["targets"]), len(arrays["sets.kind"])
    chosen = len(arrays["curves.classes"])
    settings, curve = (1 + units, len(classes)), (chosen, 2, max(0, units - 1))
    _require(
        arrays, {f"{name}.{part}": settings for name in _SAMPLES for part in ("hits", "taken")}
    )
    _require(arrays, {f"{name}.sizes": (len(classes),) for name in _SAMPLES})
    _require(arrays, {f"{name}.changed": (units,) for name in _SAMPLES})
    _require(arrays, {f"{name}.close": (1 + units,) for name in _SAMPLES})
    _require(arrays, {f"curves.{part}": curve for part in ("hits", "taken", "right")})
    flipped = arrays["flips.images"].shape
    wanted: dict[str, tuple[int, ...]] = {
        "before": (pictures,),
        "flips.settings": flipped,
        "flips.after": flipped,
        "correlation": (len(classes), units),
        "sets.of": (sets,),
        "sets.removed": (sets, -(-units // 8)),
        "sets.predicted": (pictures, sets),
    }
    if "class_effect" in arrays:
        wanted["class_effect"] = (len(classes), units)
    _require(arrays, wanted)
    for key, below in (
        ("targets", len(classes)), ("before", len(classes)), ("flips.after", len(classes)),
        ("sets.predicted", len(classes)), ("curves.classes", len(classes)),
        ("flips.settings", units), ("flips.images", pictures),
        ("sets.kind", len(manifest["kinds"])),
    ):  # fmt: skip
        values = arrays[key]
        if values.size and not 0 <= int(values.min()) <= int(values.max()) < below:
            raise Fault(f"{key} is out of range")
    removed = np.unpackbits(arrays["sets.removed"], axis=1, count=units).astype(np.bool_)
    return Ablation(
        readable_name(str(manifest["model"])),
        str(manifest["layer"]),
        classes,
        _figures(arrays, "training"),
        _figures(arrays, "held_out"),
        names=tuple(str(name) for name in manifest["pictures"]),
        targets=arrays["targets"],
        before=arrays["before"],
        flips=Flips(arrays["flips.images"], arrays["flips.settings"], arrays["flips.after"]),
        correlation=arrays["correlation"],
        class_effect=arrays.get("class_effect"),
        sets=UnitSets(
            tuple(str(kind) for kind in manifest["kinds"]),
            arrays["sets.kind"],
            arrays["sets.of"],
            removed,
        ),
        set_predicted=arrays["sets.predicted"],
        curves=Curves(
            arrays["curves.classes"],
            arrays["curves.hits"].astype(np.int64),
            arrays["curves.taken"].astype(np.int64),
            arrays["curves.right"].astype(np.int64),
        ),
        provenance=manifest["provenance"],
    )


def _figures(arrays: Mapping[str, NDArray[Any]], name: str) -> UnitFigures:
    counts = Counts(
        arrays[f"{name}.sizes"],
        arrays[f"{name}.hits"].astype(np.int64),
        arrays[f"{name}.taken"].astype(np.int64),
    )
    return UnitFigures(counts, arrays[f"{name}.changed"], arrays[f"{name}.close"])


def _require(arrays: Mapping[str, NDArray[Any]], shapes: Mapping[str, tuple[int, ...]]) -> None:
    for key, shape in shapes.items():
        if arrays[key].shape != shape:
            raise Fault(f"{key} has the shape {arrays[key].shape} and should have {shape}")
