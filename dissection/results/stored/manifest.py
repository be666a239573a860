"""``dissection.json``: what a dissection says of itself beside its arrays and pictures."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dissection.errors import StoreError
from dissection.results.dissection import Dissection
from dissection.results.layer_dissection import LayerDissection
from dissection.results.stored.fault import Fault
from dissection.results.strength import Strength
from dissection.runtime.choices import ORDERS, chosen
from dissection.runtime.files import reason
from dissection.runtime.reading import read_json
from dissection.vocabulary import Vocabulary

MANIFEST = "dissection.json"
#: What is written. Version 1 had no pictures of units and no classes, no histograms and no
#: detectors, and did not leave out pixels that nobody labeled; it is read as well.
SCHEMA = 2
READABLE = (1, 2)
#: Bytes that are read at most: thousands of concepts and brushes stay far below.
LARGEST_MANIFEST = 64 << 20
#: Entries of the provenance that hold others.
_OBJECTS = ("sample", "segmenter", "levels", "layers", "batch", "brushes")


def describe(dissection: Dissection) -> dict[str, Any]:
    """The manifest without the names of the files."""
    return {
        "schema": SCHEMA,
        "model": dissection.model,
        "vocabulary": dissection.vocabulary.to_json(),
        "levels": list(dissection.threshold_names),
        "layers": [
            {"name": layer.name, "shape": list(layer.shape)}
            for layer in dissection.measured.values()
        ],
        "classes": list(dissection.classes),
        "provenance": dict(dissection.provenance),
        "strengths": [_strength_row(s, dissection.vocabulary) for s in dissection.strengths],
    }


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder, of a version that this program reads.

    Raises:
        StoreError: there is none, or it is no JSON, or of another version.
    """
    path = folder / MANIFEST
    try:
        manifest = read_json(path, LARGEST_MANIFEST)
    except FileNotFoundError:
        raise StoreError(
            f"{folder} holds no dissection: there is no {MANIFEST} in it; "
            "make one with dissection dissect."
        ) from None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {reason(error)}.") from error
    except ValueError as error:
        raise StoreError(f"{path} is damaged: it is no JSON text; dissect anew.") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("schema"), int):
        raise StoreError(f"{path} is damaged: it does not say its schema version; dissect anew.")
    if manifest["schema"] not in READABLE:
        raise StoreError(
            f"{path} has schema version {manifest['schema']}, and this program reads versions "
            f"{READABLE[0]} to {READABLE[-1]}; use the program that made it, or dissect anew."
        )
    return manifest


def check_provenance(provenance: Mapping[str, Any]) -> None:
    """Whoever tells of a dissection takes these entries for what they always are.

    Raises:
        Fault: one is something else.
    """
    for name in _OBJECTS:
        if not isinstance(provenance.get(name, {}), Mapping):
            raise Fault(f"{MANIFEST} tells its {name} by something that is no object")
    if not isinstance(provenance.get("notices", []), list):
        raise Fault(f"{MANIFEST} has notices that are no list")


def read_strength(
    row: Mapping[str, Any], vocabulary: Vocabulary, measured: Mapping[str, LayerDissection]
) -> Strength:
    """One brush's measurement.

    Raises:
        Fault: it holds no finite numbers, or is about what the dissection does not have.
    """
    figures = {
        key: None if row[key] is None else float(row[key])
        for key in ("erased", "drawn", "gain", "elsewhere")
    }
    if any(value is not None and not math.isfinite(value) for value in figures.values()):
        raise Fault("the strength of a brush is not a finite number")
    layers = tuple(str(name) for name in row["layers"])
    index, k = int(row["concept"]), int(row["k"])
    if not 0 < index < len(vocabulary) or k < 1 or not set(layers) <= set(measured):
        raise Fault(f"the strength of a brush is about concept {index} with {k} units of {layers}")
    order = chosen(str(row["order"]), ORDERS)
    if order is None:
        raise Fault(f"the strength of a brush is of units in an order '{row['order']}'")
    # Version 1 did not tell figures by which a brush was chosen from fresh ones.
    later: dict[str, Any] = {"fresh": bool(row["fresh"])} if "fresh" in row else {}
    # Raised levels and what drawing spoils came later still.
    later["boost"] = float(row.get("boost", 1.0))
    spoiled = row.get("spoiled")
    later["spoiled"] = None if spoiled is None else float(spoiled)
    if not 0 < later["boost"] < math.inf or not math.isfinite(later["spoiled"] or 0.0):
        raise Fault("the level or the cost of a brush is not a finite number")
    return Strength(
        vocabulary[index],
        layers,
        order,
        k,
        figures["erased"],
        float(row["drawn"]),
        float(row["gain"]),
        float(row["elsewhere"]),
        int(row["latents"]),
        **later,
    )


def _strength_row(strength: Strength, vocabulary: Vocabulary) -> dict[str, Any]:
    row = asdict(strength)
    return {**row, "concept": vocabulary.id(strength.concept), "layers": list(strength.layers)}
