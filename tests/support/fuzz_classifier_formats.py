"""What classifiers and their tabs store, for ``support.fuzzing``: see ``support.fuzz_formats``."""

import hashlib
import re
from pathlib import Path

import numpy as np
from PIL import Image

from dissection.interventions.ablation.store import load_ablation
from dissection.interventions.ablation.tables import write_csv
from dissection.models.classifiers.load import load_network
from dissection.training.classes import class_pictures
from ganpaint.units.notes_file import NetworkNotes, UnitNote, read_notes, write_notes
from support.fuzzing import Format, seal_header
from support.study import make_ablation, make_classifier, make_pictures


def seal_part(manifest: str, path: Path, data: bytes) -> bytes:
    """The digest that a folder's manifest tells of a damaged part."""
    if path.suffix == ".safetensors":
        data = seal_header(path, data)
    telling = path.with_name(manifest)
    if path != telling:
        text, digest = telling.read_text(), hashlib.sha256(data).hexdigest()
        match = re.search(rf'"{re.escape(path.name)}",\s*"sha256": "(\w+)"', text)
        assert match is not None
        telling.write_text(text.replace(match[1], digest))
    return data


def _make_classifier(folder: Path) -> None:
    make_pictures(folder / "pictures")
    make_classifier(folder / "a.safetensors", folder / "pictures")


def _make_ablation(folder: Path) -> None:
    _make_classifier(folder)
    make_ablation(folder / "ablation", folder / "a.safetensors", folder / "pictures")


def _open_ablation(folder: Path) -> None:
    write_csv(load_ablation(folder / "ablation"), folder / "ablation")


def _make_class_pictures(folder: Path) -> None:
    for name in ("farm", "lake"):
        (folder / "photos" / name).mkdir(parents=True)
        for number in range(3):
            picture = Image.fromarray(np.full((8, 8, 3), 40 * number, np.uint8))
            picture.save(folder / "photos" / name / f"{number}.png")
    _open_class_pictures(folder)


def _open_class_pictures(folder: Path) -> None:
    # The listing's name tells times: the copy's cache is made anew, and then that of the original.
    cached = sorted(folder.glob("cache/*.json"))
    class_pictures(str(folder / "photos"), 8, 0, 0, folder / "cache")
    for other in set(folder.glob("cache/*.json")) - set(cached):
        for ending in (".json", ".images.npy") if cached else ():
            cached[0].with_suffix(ending).replace(other.with_suffix(ending))
        class_pictures(str(folder / "photos"), 8, 0, 0, folder / "cache")


def _make_notes(folder: Path) -> None:
    notes = NetworkNotes("tiny", {("layer4", 3): UnitNote("dome", "left half")})
    notes.lists["domes"] = [("layer4", 3), ("layer5", 7)]
    write_notes(folder / "notes.json", {"5e" * 32: notes})


CLASSIFIER_FORMATS = (
    Format(
        "classifier",
        _make_classifier,
        ("a.safetensors",),
        lambda f: load_network(f / "a.safetensors"),
        seal_header,
    ),
    Format(
        "ablation",
        _make_ablation,
        ("ablation/ablation.json", "ablation/*.safetensors"),
        _open_ablation,
        lambda path, data: seal_part("ablation.json", path, data),
    ),
    Format("notes on units", _make_notes, ("notes.json",), lambda f: read_notes(f / "notes.json")),
    Format(
        "pictures of classes read before", _make_class_pictures, ("cache/*",), _open_class_pictures
    ),
)
