"""Ablations on disk, in tables and data frames."""

import hashlib
import json
import pickle
import zlib
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from dissection.errors import BadInputError, StoreError
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.store import MANIFEST, load_ablation, save_ablation
from dissection.interventions.ablation.tables import tables, to_pandas, write_csv
from support.ablated_vgg import NAMES, same


def test_a_stored_ablation_is_the_same(found: Ablation, tmp_path: Path) -> None:
    save_ablation(found, tmp_path, {"sets": 1.5})
    again = load_ablation(tmp_path / MANIFEST, str(found.provenance["network"]))
    assert same(found, again)
    assert again.classes == NAMES
    assert again.provenance == found.provenance
    first = sorted(path.name for path in tmp_path.iterdir())
    save_ablation(again, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == first
    with pytest.raises(StoreError, match="made of a network VGG with SHA-256"):
        load_ablation(tmp_path, "0" * 64)


def test_damage_is_told(found: Ablation, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no ablation"):
        load_ablation(tmp_path)
    save_ablation(found, tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    for change, message in (
        ({"schema": 9}, "schema version 9"),
        ({"classes": ["one"]}, "has the shape"),
        ({"kinds": []}, "out of range"),
        ({"provenance": None}, "lack or garble"),
    ):
        (tmp_path / MANIFEST).write_text(json.dumps({**manifest, **change}))
        with pytest.raises(StoreError, match=message):
            load_ablation(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    path = tmp_path / manifest["arrays"]["file"]
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(StoreError, match="its SHA-256 differs"):
        load_ablation(tmp_path)


def test_decisions_are_stored_deflated_and_checked(found: Ablation, tmp_path: Path) -> None:
    """Files of before hold them plainly, and are read all the same."""
    save_ablation(found, tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    stored = safetensors.numpy.load((tmp_path / manifest["arrays"]["file"]).read_bytes())
    packed = stored.pop("sets.predicted.zlib")
    plain = zlib.compress(found.set_predicted.astype("<i4")[:-1].tobytes())
    for arrays, message in (
        ({"sets.predicted": found.set_predicted}, ""),
        ({"sets.predicted.zlib": packed[:-9]}, "does not hold"),
        ({"sets.predicted.zlib": np.frombuffer(plain, np.uint8)}, "does not hold"),
        ({"sets.predicted.zlib": packed[::-1]}, "cannot be inflated"),
    ):
        data = safetensors.numpy.save(
            {key: np.ascontiguousarray(value) for key, value in (stored | arrays).items()}
        )
        (tmp_path / "changed.safetensors").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        entry = {**manifest["arrays"], "file": "changed.safetensors", "sha256": digest}
        (tmp_path / MANIFEST).write_text(json.dumps({**manifest, "arrays": entry}))
        if message:
            with pytest.raises(StoreError, match=message):
                load_ablation(tmp_path)
        else:
            assert same(found, load_ablation(tmp_path))


def test_tables(found: Ablation, tmp_path: Path) -> None:
    made = tables(found)
    assert {name: len(next(iter(table.values()))) for name, table in made.items()} == {
        "units": 12, "classes": 5, "pairs": 60,
    }  # fmt: skip
    pairs = made["pairs"]
    row = 1 * 12 + int(found.order[1, 0])
    assert pairs["rank"][row] == 0
    assert pairs["lost_training"][row] == np.nanmax(found.importance[1])
    needed = [name for k, name in enumerate(NAMES) if found.needed_by(4)[k, 7]]
    assert sorted(filter(None, made["units"]["needed_by"][7].split("; "))) == needed
    assert (made["units"]["top_2"] <= made["units"]["top_5"]).all()
    paths = write_csv(found, tmp_path)
    assert [path.name for path in paths] == ["units.csv", "classes.csv", "pairs.csv"]
    lines = paths[1].read_text().splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("class,pictures,accuracy,without 1,")


def test_data_frames(found: Ablation) -> None:
    assert to_pandas(found)["silent"].tolist() == found.silent.tolist()
    assert to_pandas(found, "classes")["class"].tolist() == list(found.classes)
    assert len(to_pandas(found, "pairs")) == len(found.classes) * found.units
    with pytest.raises(BadInputError, match="units, classes, pairs, no 'unit'"):
        to_pandas(found, "unit")  # type: ignore[arg-type]


def test_an_ablation_can_be_pickled(found: Ablation) -> None:
    again = pickle.loads(pickle.dumps(found))
    assert np.array_equal(again.importance, found.importance, equal_nan=True)
    assert again.without("without 1")[0].tolist() == found.without("without 1")[0].tolist()
