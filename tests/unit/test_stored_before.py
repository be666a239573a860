"""What version 0.1.0 stored loads, or goes on, today."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.painting.edits import Mode
from dissection.painting.project import read_project
from dissection.results.store import load_dissection
from dissection.runtime.files import file_digest
from dissection.training.generator_run import train_generator
from dissection.training.growth import GrowthPlan
from dissection.training.settings import GeneratorSettings

STORED = Path(__file__).parents[1] / "fixtures" / "0.1.0"


def test_a_dissection_loads() -> None:
    loaded = load_dissection(STORED / "dissection", file_digest(STORED / "tiny.safetensors"))
    assert loaded.layers == ("layer3", "layer4")
    assert loaded.threshold_names == ("0.99", "0.995", "raw-0.99")
    assert loaded.provenance["levels"]["grid"] == 32
    assert {brush.concept.name for brush in loaded.brushes()} >= {"tree", "sky"}
    layer = loaded["layer4"]
    assert np.isfinite(layer.activation_threshold).all()
    assert layer.area_share().max() > 0
    assert layer.effect is not None
    assert layer.histogram is not None


def test_an_unfinished_dissection_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = shutil.copytree(STORED / "unfinished", tmp_path / "d")

    def again(*_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr("dissection.measurement.counting.measure_layer", again)
    words = [
        "dissect", "--model", str(STORED / "tiny.safetensors"),
        "--segmenter", str(STORED / "segmenter.safetensors"), "--layers", "layer3,layer4",
        "--out", str(out), "--size", "24", "--effect-size", "12", "--strength-size", "4",
        "--batch", "6", "--precision", "float32", "--device", "cpu", "--threads", "1",
        "--grid", "32", "--progress", "none", "--resume",
    ]  # fmt: skip
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in (out / "work").glob("*")) == []
    ours, theirs = load_dissection(out), load_dissection(STORED / "dissection")
    for name in theirs:
        np.testing.assert_array_equal(ours[name].threshold_table, theirs[name].threshold_table)
        np.testing.assert_array_equal(ours[name].iou, theirs[name].iou)
    # Brushes are tried at two levels since, so that all that was tried then is tried, and more.
    tried = {(s.concept, s.layers, s.order, s.k) for s in ours.strengths}
    assert tried.issuperset((s.concept, s.layers, s.order, s.k) for s in theirs.strengths)
    assert {s.concept for s in ours.strengths if s.fresh} == {
        s.concept for s in theirs.strengths if s.fresh
    }


def test_a_training_goes_on(tmp_path: Path) -> None:
    run = shutil.copytree(STORED / "training", tmp_path / "run")
    before = torch.load(run / "state.pt", weights_only=True)
    plan = GrowthPlan(images=(16, 32, 64), fade=(0, 16, 16), batch=(8, 8, 8))
    settings = GeneratorSettings((6, 6, 4), (6, 6, 4), plan, depth=8, penalty_every=3, decay=32)
    assert json.loads((run / "settings.json").read_text())["units"] == [6, 6, 4]
    pictures = np.full((32, 16, 16, 3), 40, np.uint8)
    pictures[::2, :, :8] = 210
    pictures[1::2, :, 8:] = 210
    done: list[int] = []
    trained = train_generator(
        settings, pictures, run, stop=lambda: bool(done.append(1)) or len(done) > 1
    )
    assert 0 < int(before["shown"]) < trained.shown < plan.total


def test_a_project_loads() -> None:
    project = read_project(STORED / "town.ganpaint")
    assert project.scene.seed == 3
    assert project.scene.network == file_digest(STORED / "tiny.safetensors")
    (painted,) = project.scene.history
    assert painted.stroke.mode == Mode.DRAW
    assert str(painted.stroke.brush and painted.stroke.brush.concept) == "tree"
