import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from dissection.errors import DissectionError, StoreError, UnknownNameError
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection, save_dissection
from support.processes import child_environment
from support.synthetic import DIGEST, make_dissection

#: What every provenance tells.
TOLD = {"network": DIGEST, "sample": {"size": 100}}


@pytest.fixture
def stored(tmp_path: Path, synthetic_dissection: Dissection) -> Path:
    save_dissection(synthetic_dissection, tmp_path / "d", {"generator": 1.5})
    return tmp_path / "d"


def rewrite(folder: Path, **entries: object) -> None:
    path = folder / "dissection.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def test_raised_levels_and_what_is_spoiled_are_kept(
    tmp_path: Path, synthetic_dissection: Dissection
) -> None:
    strengths = [replace(s, boost=2.0, spoiled=0.4) for s in synthetic_dissection.strengths]
    save_dissection(replace(synthetic_dissection, strengths=strengths), tmp_path / "d")
    assert list(load_dissection(tmp_path / "d").strengths) == strengths


@pytest.mark.parametrize("wrong", [{"boost": 0.0}, {"boost": -1.0}, {"spoiled": float("inf")}])
def test_a_raised_level_that_is_no_number_is_damage(stored: Path, wrong: dict[str, float]) -> None:
    rows = json.loads((stored / "dissection.json").read_text())["strengths"]
    rewrite(stored, strengths=[rows[0] | wrong, *rows[1:]])
    with pytest.raises(StoreError, match="damaged"):
        load_dissection(stored)
    for row in rows:  # as earlier versions wrote them
        del row["boost"], row["spoiled"]
    rewrite(stored, strengths=rows)
    assert {(s.boost, s.spoiled) for s in load_dissection(stored).strengths} == {(1.0, None)}


def test_what_is_loaded_is_what_was_saved(stored: Path, synthetic_dissection: Dissection) -> None:
    loaded = load_dissection(stored, DIGEST)
    assert (loaded.model, loaded.layers) == ("synthetic", ("layer3", "layer4"))
    assert loaded.vocabulary == synthetic_dissection.vocabulary
    assert list(loaded.strengths) == list(synthetic_dissection.strengths)
    for name in loaded:
        ours, theirs = loaded[name], synthetic_dissection[name]
        assert ours.shape == theirs.shape
        for key in ("threshold_table", "exemplars", "peaks", "iou", "effect", "labels"):
            np.testing.assert_array_equal(getattr(ours, key), getattr(theirs, key))
        for group in ("tally", "histogram", "detectors"):
            written = getattr(theirs, group).to_arrays()
            for key, array in getattr(ours, group).to_arrays().items():
                np.testing.assert_array_equal(array, written[key], key)
                assert array.dtype == written[key].dtype
    tree = loaded.vocabulary[1]
    assert np.abs(loaded.picture(tree).astype(int) - 40).max() <= 2
    assert loaded.picture(loaded.vocabulary[5]).shape == (96, 96, 3)


def test_iou_and_labels_are_those_on_paper(synthetic_dissection: Dissection) -> None:
    layer = synthetic_dissection["layer3"]
    # Both halves: 2 * 8 shared, 2 * 10 of the unit, 2 * 20 of the concept.
    assert layer.iou[1, 4] == pytest.approx(16 / (20 + 40 - 16))
    assert layer.iou[0].max() == 0
    assert layer.iou[5].max() == 0  # the concept that never occurs
    assert layer.labels[:8].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    held_out = layer.held_out()
    np.testing.assert_array_equal(held_out.labels, [layer.labels] * 2)
    assert held_out.iou[4] == pytest.approx(16 / (20 + 40 - 16))
    assert held_out.agree.tolist() == (layer.labels > 0).tolist()
    assert layer.area_share()[:6].tolist() == pytest.approx([0, 0.02, 0.02, 0.02, 0.02, 0])


def test_saving_again_replaces_and_leaves_nothing_behind(stored: Path) -> None:
    save_dissection(make_dissection(model="second", digest="ab" * 32), stored)
    other = make_dissection(model="third", shapes={"layer9": (40, 4, 4)})
    save_dissection(other, stored)
    assert load_dissection(stored).model == "third"
    assert len(list(stored.glob("arrays-*"))) == 1
    assert len(list(stored.glob("pictures-*"))) == 1


def test_a_failed_save_leaves_the_old_dissection(
    stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DissectionError("the disk is full")

    monkeypatch.setattr("dissection.results.store.write_bytes", full)
    with pytest.raises(DissectionError, match="full"):
        save_dissection(make_dissection(model="new", shapes={"layer9": (40, 4, 4)}), stored)
    monkeypatch.undo()
    assert load_dissection(stored).model == "synthetic"


def test_only_what_the_manifest_names_is_replaced(stored: Path) -> None:
    mine = [
        "pictures-of-my-cat.webp",
        "units-of-the-army.webp",
        "arrays-1.safetensors",
        "notes.txt",
    ]
    for name in mine:
        (stored / name).write_text(name)
    other = make_dissection(model="third", shapes={"layer9": (40, 4, 4)})
    save_dissection(other, stored, {"generator": 2.0})
    assert load_dissection(stored).model == "third"
    assert [(stored / name).read_text() for name in mine] == mine
    assert len(list(stored.iterdir())) == len(mine) + 4  # manifest, timings, arrays, pictures


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "timings.json").write_text("mine")
    with pytest.raises(StoreError, match="not empty and holds no dissection"):
        save_dissection(make_dissection(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["timings.json"]


def test_a_name_that_another_file_has_is_refused(stored: Path) -> None:
    (stored / "timings.json").write_text("the times at which my train leaves")
    before = {path.name: path.read_bytes() for path in stored.iterdir()}
    with pytest.raises(StoreError, match=r"timings\.json is there and was not made by this"):
        save_dissection(make_dissection(model="second"), stored, {"generator": 1.0})
    assert {path.name: path.read_bytes() for path in stored.iterdir()} == before


def test_links_in_the_folder_are_replaced_not_followed(stored: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    (stored / "dissection.json").rename(elsewhere)
    (stored / "dissection.json").symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    save_dissection(make_dissection(model="second"), stored)
    assert load_dissection(stored).model == "second"
    assert elsewhere.read_bytes() == before


def test_what_a_killed_save_left_goes_with_the_next(stored: Path) -> None:
    killed = """
import os, signal, sys
from dissection.results import store
from support.synthetic import make_dissection
write = store.write_bytes
def dying(path, data, part):
    if path.name == "dissection.json":
        os.kill(os.getpid(), signal.SIGKILL)
    write(path, data, part)
store.write_bytes = dying
store.save_dissection(make_dissection(shapes={"layer9": (40, 4, 4)}), sys.argv[1])
"""
    subprocess.run(
        [sys.executable, "-c", killed, str(stored)],
        env=child_environment(),
        check=False,
    )
    assert load_dissection(stored).layers == ("layer3", "layer4")
    assert len(list(stored.glob("arrays-*"))) == 2
    save_dissection(make_dissection(model="next"), stored)
    assert len(list(stored.glob("arrays-*"))) == 1
    assert not list(stored.glob("made-by-*"))


def test_the_same_dissection_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_dissection(make_dissection(), tmp_path / name)
    names = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert names == sorted(p.name for p in (tmp_path / "b").iterdir())
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_another_network_is_refused_by_name(stored: Path) -> None:
    with pytest.raises(StoreError, match=r"synthetic with SHA-256 5e5e5e5e5e5e.*abababababab"):
        load_dissection(stored, "ab" * 32)


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no dissection"):
        load_dissection(tmp_path / "nowhere")


@pytest.mark.parametrize("grid", [None, "7", True, 0, 10**9])
def test_a_dissection_that_does_not_tell_its_grid_says_so(
    synthetic_dissection: Dissection, grid: object
) -> None:
    levels = {"grid": grid}
    told = {**synthetic_dissection.provenance, "levels": levels}
    with pytest.raises(StoreError, match="on which grid"):
        replace(synthetic_dissection, provenance=told).label_grid()
    levels["grid"] = 56
    assert replace(synthetic_dissection, provenance=told).label_grid() == 56


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"schema": 99}, "schema version 99"),
        ({"schema": None}, "schema version"),
        ({"layers": []}, "no layers"),
        ({"layers": [{"name": "layer3", "shape": [31, 8, 8]}]}, r"should be int64 \[2, 6, 31\]"),
        ({"layers": [{"name": "layer7", "shape": [32, 8, 8]}]}, "layer7 has no"),
        ({"vocabulary": [["-", "-"], ["tree"]]}, "lacks or garbles"),
        ({"provenance": {}}, "lacks or garbles"),
        ({"provenance": {**TOLD, "segmenter": "nobody"}}, "tells its segmenter"),
        ({"provenance": {**TOLD, "levels": [7]}}, "tells its levels"),
        ({"provenance": {**TOLD, "notices": {}}}, "notices that are no list"),
        ({"arrays": {"file": "arrays-0.safetensors", "sha256": ""}}, "missing"),
        ({"levels": ["0.99"]}, "levels of layer3"),
    ],
)
def test_a_wrong_manifest_is_told_in_a_sentence(
    stored: Path, entries: dict[str, object], message: str
) -> None:
    rewrite(stored, **entries)
    with pytest.raises(StoreError, match=message):
        load_dissection(stored)


def test_damaged_files_are_told_by_name(stored: Path) -> None:
    arrays = next(stored.glob("arrays-*"))
    whole = arrays.read_bytes()
    arrays.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match=f"{arrays.name} is not the file that was written"):
        load_dissection(stored)
    arrays.write_bytes(whole)
    next(stored.glob("pictures-*")).unlink()
    with pytest.raises(StoreError, match=r"pictures-.* is missing"):
        load_dissection(stored)
    (stored / "dissection.json").write_text("{")
    with pytest.raises(StoreError, match="no JSON"):
        load_dissection(stored)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("layer3.levels", np.nan, "not finite"),
        ("layer3.intersection", 10**6, "more pixels in an intersection"),
        ("layer3.area", -1, "negative"),
        ("layer3.exemplars", 100, "beyond its sample of 100"),
        ("layer3.bins", 7, "do not count the 6400 cells of each unit"),
        ("layer3.lowest", 6, "histograms of layer3"),
        ("layer3.shown", 99, "more than 100 images"),
        ("layer3.accuracies", 1.5, "not all from 0 to 1"),
    ],
)
def test_impossible_arrays_are_told(stored: Path, key: str, value: float, message: str) -> None:
    arrays = replace_arrays(stored)
    if np.issubdtype(arrays[key].dtype, np.integer):
        arrays[key] = arrays[key].astype(np.int64)
    arrays[key].flat[4] = value
    replace_arrays(stored, arrays)
    with pytest.raises(StoreError, match=message):
        load_dissection(stored)


def test_a_half_of_a_histogram_is_told(stored: Path) -> None:
    replace_arrays(stored, without="layer4.bins")
    with pytest.raises(StoreError, match="layer4 has lowest and no bins"):
        load_dissection(stored)


def test_what_version_1_did_not_count_is_absent(stored: Path) -> None:
    arrays = replace_arrays(stored)
    for layer in ("layer3", "layer4"):
        for key in ("lowest", "highest", "bins", "thresholds", "accuracies", "shown"):
            del arrays[f"{layer}.{key}"]
        for key in ("activated", "pixels"):
            arrays[f"{layer}.{key}"] = np.ascontiguousarray(arrays[f"{layer}.{key}"][:, 0])
    replace_arrays(stored, arrays)
    rewrite(stored, schema=1)
    layer = load_dissection(stored)["layer3"]
    assert (layer.histogram, layer.detectors) == (None, None)
    np.testing.assert_array_equal(layer.iou, make_dissection()["layer3"].iou)


def replace_arrays(
    folder: Path, arrays: dict[str, np.ndarray] | None = None, without: str = ""
) -> dict[str, np.ndarray]:
    """Write other arrays to a stored dissection; those that are there by default."""
    path = next(folder.glob("arrays-*"))
    arrays = arrays or safetensors.numpy.load_file(path)
    kept = {key: array for key, array in arrays.items() if key != without}
    safetensors.numpy.save_file(kept, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    rewrite(folder, arrays={"file": path.name, "sha256": digest})
    return kept


def test_unknown_layer_and_level_list_what_there_is(synthetic_dissection: Dissection) -> None:
    with pytest.raises(UnknownNameError, match="layer3, layer4"):
        synthetic_dissection["layer5"]
    with pytest.raises(UnknownNameError, match=r"0\.99, 0\.995, raw-0\.99"):
        synthetic_dissection["layer3"].activation_threshold_at("0.5")


def test_store_and_brushes_come_without_torch() -> None:
    modules = "dissection.results.store, dissection.results.brushes"
    program = f"import {modules}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
