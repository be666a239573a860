"""Every way to damage a stored dissection ends in one sentence, and in nothing else."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from dissection.errors import StoreError
from dissection.results.dissection import Dissection
from dissection.results.sheets import Sheets
from dissection.results.store import load_dissection, save_dissection
from support.synthetic import make_dissection


def with_pictures() -> Dissection:
    """Layer3 with pictures of its units, and classes that need them."""
    plain = make_dissection()
    strips = np.arange(32, dtype=np.uint8)[:, None, None, None, None] * np.uint8(8)
    pictures = Sheets.of(np.broadcast_to(strips, (32, 5, 16, 16, 3)))
    table = np.linspace(-0.1, 0.1, 64, dtype=np.float32).reshape(2, 32)
    part = replace(plain["layer3"], pictures=pictures, class_ablation=table)
    return replace(plain, measured={**plain.measured, "layer3": part}, classes=("church", "barn"))


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    save_dissection(with_pictures(), tmp_path / "d")
    return tmp_path / "d"


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "dissection.json").read_text())
    return manifest


def write_manifest(folder: Path, manifest: object) -> None:
    (folder / "dissection.json").write_text(json.dumps(manifest))


def told(folder: Path) -> str:
    """The sentence with which a dissection is refused."""
    with pytest.raises(StoreError) as caught:
        load_dissection(folder)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_pictures_and_classes_come_back(stored: Path) -> None:
    loaded = load_dissection(stored)
    assert loaded.classes == ("church", "barn")
    table = loaded["layer3"].class_ablation
    assert table is not None
    assert (table.shape, float(table[0, 0])) == ((2, 32), np.float32(-0.1))
    assert loaded["layer4"].pictures is None
    sheets = loaded["layer3"].pictures
    assert sheets is not None
    assert np.abs(sheets[20].astype(int) - 160).max() <= 4
    assert loaded["layer3"].vocabulary is loaded.vocabulary
    save_dissection(loaded, stored)
    assert len(list(stored.glob("units-layer3-*"))) == 1
    save_dissection(make_dissection(), stored)
    assert not list(stored.glob("units-*"))


def test_any_shortened_file_is_told_by_name(stored: Path) -> None:
    files = [path for path in stored.iterdir() if path.suffix in (".safetensors", ".webp")]
    assert len(files) == 3
    for path in files:
        whole = path.read_bytes()
        for length in (0, 1, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:length])
            assert f"{path.name} is not the file that was written" in told(stored)
        path.unlink()
        assert f"{path.name} is missing" in told(stored)
        path.write_bytes(whole)
    load_dissection(stored)


def test_a_shortened_manifest_is_told(stored: Path) -> None:
    path = stored / "dissection.json"
    whole = path.read_bytes()
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:length])
        assert "no JSON text" in told(stored)
    path.write_bytes(b"\xff" + whole)
    assert "no JSON text" in told(stored)


def test_newer_and_nonsensical_versions_are_refused(stored: Path) -> None:
    manifest = manifest_of(stored)
    write_manifest(stored, {**manifest, "schema": 3})
    assert "schema version 3, and this program reads versions 1 to 2" in told(stored)
    for value in (None, "2", 2.5, [2], 0, -1):
        write_manifest(stored, {**manifest, "schema": value})
        assert "schema version" in told(stored)
    write_manifest(stored, [manifest])
    assert "schema version" in told(stored)


def test_a_sheet_that_is_another_picture_is_told(stored: Path) -> None:
    manifest = manifest_of(stored)
    entry = manifest["unit_pictures"]["layer3"]
    other = Sheets.of(np.zeros((31, 5, 16, 16, 3), np.uint8)).encoded[0]
    for data, why in ((other, "80 x 496 px and should be 80 x 512"), (b"RIFF", "no WebP picture")):
        (stored / entry["sheets"][0]["file"]).write_bytes(data)
        entry["sheets"][0]["sha256"] = hashlib.sha256(data).hexdigest()
        write_manifest(stored, manifest)
        assert why in told(stored)


def test_pictures_of_what_was_not_measured_are_told(stored: Path) -> None:
    manifest = manifest_of(stored)
    manifest["unit_pictures"]["layer9"] = manifest["unit_pictures"].pop("layer3")
    write_manifest(stored, manifest)
    assert "pictures of layer9, which was not measured" in told(stored)


def test_every_array_is_needed_and_looked_at(stored: Path) -> None:
    manifest = manifest_of(stored)
    path = stored / manifest["arrays"]["file"]
    arrays = safetensors.numpy.load_file(path)
    optional = {"effect", "class_ablation"}

    def rewrite(changed: dict[str, np.ndarray]) -> None:
        safetensors.numpy.save_file(changed, path)
        manifest["arrays"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        write_manifest(stored, manifest)

    for key, array in arrays.items():
        layer, _, name = key.rpartition(".")
        rewrite({other: arrays[other] for other in arrays if other != key})
        if name in optional:
            load_dissection(stored)
        else:
            sentence = told(stored)
            assert layer in sentence
            assert f"no {name}" in sentence
        rewrite({**arrays, key: np.ascontiguousarray(array[..., :-1])})
        assert f"of {layer} is" in told(stored)
        rewrite({**arrays, key: array.astype(np.float64)})
        assert f"{name} of {layer} is float64" in told(stored)


def leaves(entry: object, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to all entries, those that hold others included."""
    yield way
    inside = entry.items() if isinstance(entry, dict) else ()
    if isinstance(entry, list):
        inside = list(enumerate(entry))[:2]
    for key, value in inside:
        yield from leaves(value, (*way, key))


def test_whatever_is_written_in_the_manifest_nothing_but_a_sentence_comes(stored: Path) -> None:
    text = (stored / "dissection.json").read_text()
    refused = tried = 0
    for way in leaves(json.loads(text)):
        if not way or way[0] == "provenance":
            continue
        for junk in (None, -1, 10**30, "x", [], {}, [[]], 0.5):
            manifest = json.loads(text)
            record = manifest
            for key in way[:-1]:
                record = record[key]
            record[way[-1]] = junk
            write_manifest(stored, manifest)
            tried += 1
            try:
                load_dissection(stored)
            except StoreError:
                refused += 1
    assert tried > 300
    assert refused > 0.7 * tried
